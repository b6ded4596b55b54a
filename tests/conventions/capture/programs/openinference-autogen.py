# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "openinference-instrumentation-autogen-agentchat",
#   "openinference-instrumentation==0.1.72",
#   "autogen-agentchat==0.7.5",
#   "autogen-ext[openai]==0.7.5",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""AutoGen under OpenInference: an agent with a tool, a round-robin team, a failing call."""

import asyncio
import os

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core import SingleThreadedAgentRuntime
from autogen_ext.models.openai import OpenAIChatCompletionClient
from common import WEATHER, attempt, telemetry
from openinference.instrumentation.autogen_agentchat import AutogenAgentChatInstrumentor

provider = telemetry()
AutogenAgentChatInstrumentor().instrument(tracer_provider=provider)


def model():
    return OpenAIChatCompletionClient(
        model="gpt-4o-mini", base_url=os.environ["OPENAI_BASE_URL"], api_key="local", max_retries=0
    )


async def get_weather(city: str) -> str:
    """The weather in a city."""
    return WEATHER.get(city, "unknown")


def agent():
    made = AssistantAgent(
        "weatherman",
        model_client=model(),
        tools=[get_weather],
        system_message="You know the weather.",
    )
    asyncio.run(made.run(task="What is the weather? city: Paris"))


def team():
    async def run():
        members = [
            AssistantAgent("writer", model_client=model()),
            AssistantAgent("editor", model_client=model()),
        ]
        runtime = SingleThreadedAgentRuntime(tracer_provider=provider)
        runtime.start()
        made = RoundRobinGroupChat(
            members, termination_condition=MaxMessageTermination(3), runtime=runtime
        )
        await made.run(task="What is the capital of France?")
        await runtime.stop()

    asyncio.run(run())


def failing():
    asyncio.run(AssistantAgent("unlucky", model_client=model()).run(task="please fail"))


for scene in (agent, team, failing):
    attempt(scene)
