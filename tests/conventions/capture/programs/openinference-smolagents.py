# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "openinference-instrumentation-smolagents==0.1.43",
#   "openinference-instrumentation==0.1.72",
#   "smolagents[openai]==1.26.0",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""smolagents under OpenInference: a tool-calling agent, a failing call."""

import os

from common import WEATHER, attempt, telemetry
from openinference.instrumentation.smolagents import SmolagentsInstrumentor
from smolagents import OpenAIServerModel, ToolCallingAgent, tool

SmolagentsInstrumentor().instrument(tracer_provider=telemetry())
model = OpenAIServerModel("gpt-4o-mini", api_base=os.environ["OPENAI_BASE_URL"], api_key="local")


@tool
def get_weather(city: str) -> str:
    """The weather in a city.

    Args:
        city: its name.
    """
    return WEATHER.get(city, "unknown")


def calling():
    ToolCallingAgent(
        tools=[get_weather],
        model=model,
        name="weatherman",
        description="Knows the weather.",
        max_steps=3,
    ).run("What is the weather? city: Paris")


def failing():
    ToolCallingAgent(tools=[], model=model, max_steps=1).run("please fail")


for scene in (calling, failing):
    attempt(scene)
