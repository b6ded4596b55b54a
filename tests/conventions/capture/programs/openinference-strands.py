# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "openinference-instrumentation-strands-agents==0.1.12",
#   "openinference-instrumentation==0.1.72",
#   "strands-agents[openai]==1.62.0",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Strands under OpenInference's span processor: an agent with a tool, a graph of two agents, a swarm, a failing call."""

import os

from common import WEATHER, attempt, telemetry
from openinference.instrumentation.strands_agents import StrandsAgentsToOpenInferenceProcessor
from opentelemetry.sdk.trace import TracerProvider
from strands import Agent, tool
from strands.models.openai import OpenAIModel
from strands.multiagent import GraphBuilder, Swarm

provider = TracerProvider()
provider.add_span_processor(StrandsAgentsToOpenInferenceProcessor())
telemetry(provider)
model = OpenAIModel(
    client_args={"base_url": os.environ["OPENAI_BASE_URL"], "api_key": "local", "max_retries": 0},
    model_id="gpt-4o-mini",
)


@tool
def get_weather(city: str) -> str:
    """The weather in a city."""
    return WEATHER.get(city, "unknown")


def agent():
    Agent(
        model=model,
        name="weatherman",
        tools=[get_weather],
        system_prompt="You know the weather.",
        callback_handler=None,
        trace_attributes={"session.id": "session-1", "user.id": "user-1"},
    )("What is the weather? city: Paris")


def graph():
    made = GraphBuilder()
    made.add_node(Agent(model=model, name="writer", callback_handler=None), "write")
    made.add_node(Agent(model=model, name="editor", callback_handler=None), "edit")
    made.add_edge("write", "edit")
    made.set_entry_point("write")
    made.build()("What is the capital of France?")


def swarm():
    Swarm([Agent(model=model, name="solo", callback_handler=None)], max_handoffs=2)(
        "What is the capital of Norway?"
    )


def failing():
    Agent(model=model, name="unlucky", callback_handler=None)("please fail")


for scene in (agent, graph, swarm, failing):
    attempt(scene)
