# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "arize-phoenix-evals==3.9.4",
#   "openinference-instrumentation-openai", "openinference-instrumentation",
#   "openai", "pandas",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Evaluators of Phoenix: a model that classifies and fails at it, a function that scores."""

from common import attempt, telemetry
from openinference.instrumentation.openai import OpenAIInstrumentor
from phoenix.evals import LLM, create_classifier, create_evaluator

OpenAIInstrumentor().instrument(tracer_provider=telemetry())

TOLD = {"input": "Where is Oslo?", "output": "In Norway."}


def classified():
    judge = create_classifier(
        name="helpful",
        prompt_template="Is it helpful? {input} {output}",
        llm=LLM(provider="openai", model="gpt-4o-mini"),
        choices={"yes": 1.0, "no": 0.0},
    )
    print(judge.evaluate(TOLD))


def scored():
    @create_evaluator(name="short", kind="code")
    def short(output: str) -> float:
        return 1.0 / len(output)

    print(short.evaluate(TOLD))


for scene in (classified, scored):
    attempt(scene)
