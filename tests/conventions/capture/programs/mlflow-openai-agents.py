# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "openai-agents==0.24.0",
#   "mlflow-skinny==3.17.2",
#   "pandas",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""OpenAI Agents under MLflow: an agent with a tool and a guardrail, a handoff, a failing call."""

import asyncio

import mlflow
from agents import Agent, GuardrailFunctionOutput, Runner, function_tool, input_guardrail
from common import WEATHER, attempt

mlflow.openai.autolog()


@function_tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return WEATHER.get(city, "unknown")


@input_guardrail
async def polite(context, agent, given):
    return GuardrailFunctionOutput(output_info="fine", tripwire_triggered=False)


async def agent():
    made = Agent(
        name="weatherman",
        instructions="You know the weather.",
        tools=[get_weather],
        model="gpt-4o-mini",
        input_guardrails=[polite],
    )
    await Runner.run(made, "What is the weather? city: Paris")


async def handoff():
    other = Agent(name="geographer", instructions="Answer.", model="gpt-4o-mini")
    made = Agent(name="desk", instructions="Hand over.", handoffs=[other], model="gpt-4o-mini")
    await Runner.run(made, "What is the capital of France?", max_turns=3)


async def failing():
    await Runner.run(Agent(name="unlucky", model="gpt-4o-mini"), "please fail")


async def scenes():
    for scene in (agent, handoff, failing):
        try:
            await scene()
        except Exception as error:
            print(f"{scene.__name__}: {type(error).__name__}: {str(error)[:300]}")


attempt(asyncio.run, scenes())
