# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "pydantic-evals[logfire]==2.62.0", "pydantic-ai-slim[openai]==2.62.0",
#   "logfire",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Pydantic's evals: scores, labels, assertions with reasons, an evaluator and a task that fail."""

from dataclasses import dataclass

import logfire
from common import attempt

logfire.configure(send_to_logfire=False, console=False)
logfire.instrument_pydantic_ai()

from pydantic_ai import Agent
from pydantic_evals import Case, Dataset, set_eval_attribute
from pydantic_evals.evaluators import EvaluationReason, Evaluator, IsInstance, LLMJudge

agent = Agent("openai-chat:gpt-4o-mini", instructions="Answer shortly.", name="geographer")


@dataclass
class Rated(Evaluator):
    def evaluate(self, ctx):
        return {
            "length": len(ctx.output) / 100,
            "tone": EvaluationReason("dry", reason="no word of greeting"),
            "names_it": EvaluationReason("Rome" in str(ctx.output), reason="looked for the name"),
        }


@dataclass
class Broken(Evaluator):
    def evaluate(self, ctx):
        raise ValueError("no yardstick")


async def answer(question):
    set_eval_attribute("asked_by", "a test")
    return (await agent.run(question)).output


def evaluated():
    cases = [
        Case(name="rome", inputs="What is the capital of Italy?", expected_output="Rome"),
        Case(name="broken", inputs="please fail"),
    ]
    judge = LLMJudge(rubric="It is polite.", model="openai-chat:gpt-4o-mini", include_input=True)
    made = Dataset(
        name="capitals",
        cases=cases,
        evaluators=[IsInstance(type_name="str"), Rated(), Broken(), judge],
    )
    print(made.evaluate_sync(answer, progress=False, max_concurrency=1))


attempt(evaluated)
logfire.force_flush()
