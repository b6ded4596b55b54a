# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "opentelemetry-instrumentation-openai-agents-v2",
#   "openai-agents==0.24.0",
#   "opentelemetry-util-genai",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""OpenAI Agents under OpenTelemetry's older package: a tool, a handoff, a guardrail, a failing call."""

import asyncio
import os

os.environ["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "span_and_event"
os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "gen_ai_latest_experimental"

from agents import Agent, GuardrailFunctionOutput, Runner, function_tool, input_guardrail
from common import WEATHER, attempt, telemetry
from opentelemetry.instrumentation.openai_agents import OpenAIAgentsInstrumentor

OpenAIAgentsInstrumentor().instrument(tracer_provider=telemetry())


@function_tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return WEATHER.get(city, "unknown")


@input_guardrail
async def polite(context, agent, given):
    return GuardrailFunctionOutput(output_info="fine", tripwire_triggered=False)


@input_guardrail
async def strict(context, agent, given):
    return GuardrailFunctionOutput(output_info="rude", tripwire_triggered=True)


def agent(name, **more):
    return Agent(**{"name": name, "instructions": "Answer.", "model": "gpt-4o-mini", **more})


async def tool():
    made = agent("weatherman", tools=[get_weather], input_guardrails=[polite])
    await Runner.run(made, "What is the weather? city: Paris")


async def handoff():
    made = agent("desk", handoffs=[agent("geographer")])
    await Runner.run(made, "What is the capital of France?", max_turns=3)


async def stream():
    made = Runner.run_streamed(agent("counter"), "Count to three.")
    async for _ in made.stream_events():
        pass


async def tripped():
    await Runner.run(agent("careful", input_guardrails=[strict]), "Be rude.")


async def failing():
    await Runner.run(agent("unlucky"), "please fail")


async def scenes():
    for scene in (tool, handoff, stream, tripped, failing):
        try:
            await scene()
        except Exception as error:
            print(f"{scene.__name__}: {type(error).__name__}: {str(error)[:300]}")


attempt(asyncio.run, scenes())
