# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "pydantic-ai-slim[openai]==1.0.0",
#   "openai<2",
#   "opentelemetry-sdk==1.36.0", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Pydantic AI: an agent with a tool, structured output, a failing call."""

from common import WEATHER, attempt, telemetry
from pydantic import BaseModel
from pydantic_ai import Agent
from pydantic_ai.models.instrumented import InstrumentationSettings

provider = telemetry()
Agent.instrument_all(InstrumentationSettings(tracer_provider=provider, version=2))


class Report(BaseModel):
    city: str
    weather: str


def get_weather(city: str) -> str:
    """The weather in a city."""
    return WEATHER.get(city, "unknown")


def agent():
    Agent(
        "openai:gpt-4o-mini",
        name="weatherman",
        instructions="You know the weather.",
        tools=[get_weather],
    ).run_sync("What is the weather? city: Paris")


def shaped():
    Agent("openai:gpt-4o-mini", name="reporter", output_type=Report, tools=[get_weather]).run_sync(
        "What is the weather? city: Oslo"
    )


def failing():
    Agent("openai:gpt-4o-mini", name="unlucky").run_sync("please fail")


for scene in (agent, shaped, failing):
    attempt(scene)
