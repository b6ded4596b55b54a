# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "strands-agents[openai,anthropic]==1.62.0",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Strands: Claude's thoughts, tools at once and one that fails, shapes, cut answers, agents as tools."""

import os

from common import attempt, telemetry
from pydantic import BaseModel
from strands import Agent, tool
from strands.models.anthropic import AnthropicModel
from strands.models.openai import OpenAIModel

telemetry()
chat = OpenAIModel(
    client_args={"base_url": os.environ["ODD"] + "/v1", "api_key": "local", "max_retries": 0},
    model_id="gpt-4o-mini",
)
claude = AnthropicModel(
    client_args={"base_url": os.environ["ODD"], "api_key": "local", "max_retries": 0},
    model_id="claude-sonnet-4-5",
    max_tokens=2000,
)


class City(BaseModel):
    """A city."""

    city: str


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    if city != "Paris":
        raise LookupError(f"no station in {city}")
    return "sunny"


@tool
def ask_helper(question: str) -> str:
    """Asks another agent."""
    return str(Agent(model=chat, name="helper", callback_handler=None)(question))


def ran(name, model, answer, **more):
    def scene():
        Agent(
            model=model,
            name=name,
            callback_handler=None,
            trace_attributes={"session.id": "session-6", "user.id": "user-6"},
            **more,
        )(f"Where is Oslo? odd:{answer}")

    scene.__name__ = name
    return scene


def helped():
    made = Agent(model=chat, name="asking", tools=[ask_helper], callback_handler=None)
    made.tool.ask_helper(question="Where is Oslo? odd:plain")
    made("And Rome? odd:plain")


def shaped():
    made = Agent(model=chat, name="shaped", callback_handler=None)
    made.structured_output(City, "Where is Oslo? odd:plain")


def conversation():
    made = Agent(model=claude, name="talking", callback_handler=None)
    made("I am called Ada. odd:plain")
    made("What am I called? odd:plain")


SCENES = (
    ran("weatherman", chat, "tools_once", tools=[get_weather]),
    ran("claude", claude, "tools_once", tools=[get_weather]),
    ran("thinker", claude, "thought"),
    ran("reasoner", chat, "reasoned"),
    ran("cut", chat, "length"),
    ran("filtered", chat, "filtered"),
    ran("empty", chat, "empty"),
    helped,
    shaped,
    conversation,
)
for scene in SCENES:
    attempt(scene)
