# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "openinference-instrumentation-agent-framework==0.1.13",
#   "openinference-instrumentation==0.1.72",
#   "agent-framework-core==1.23.0",
#   "agent-framework-openai==1.17.0",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Microsoft Agent Framework under OpenInference's span processor: an agent with a tool, a stream, a workflow of two agents, a failing call."""

import asyncio
import os

os.environ |= {"ENABLE_INSTRUMENTATION": "true", "ENABLE_SENSITIVE_DATA": "true"}

from agent_framework import Agent, WorkflowBuilder
from agent_framework.openai import OpenAIChatCompletionClient
from common import WEATHER, attempt, telemetry
from openinference.instrumentation.agent_framework import AgentFrameworkToOpenInferenceProcessor
from opentelemetry.sdk.trace import TracerProvider

provider = TracerProvider()
provider.add_span_processor(AgentFrameworkToOpenInferenceProcessor())
telemetry(provider)


def client():
    return OpenAIChatCompletionClient(
        model="gpt-4o-mini", base_url=os.environ["OPENAI_BASE_URL"], api_key="local"
    )


def get_weather(city: str) -> str:
    """The weather in a city."""
    return WEATHER.get(city, "unknown")


async def agent():
    await Agent(client(), "You know the weather.", name="weatherman", tools=[get_weather]).run(
        "What is the weather? city: Paris"
    )


async def stream():
    async for _ in Agent(client(), name="counter").run("Count to three.", stream=True):
        pass


async def workflow():
    writer, editor = (
        Agent(client(), "Answer.", name="writer"),
        Agent(client(), "Shorten.", name="editor"),
    )
    made = WorkflowBuilder(start_executor=writer, name="desk").add_edge(writer, editor).build()
    await made.run("What is the capital of France?")


async def failing():
    await Agent(client(), name="unlucky").run("please fail")


async def scenes():
    for scene in (agent, stream, workflow, failing):
        try:
            await scene()
        except Exception as error:
            print(f"{scene.__name__}: {type(error).__name__}: {str(error)[:300]}")


attempt(asyncio.run, scenes())
