# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "agent-framework-core==1.23.0",
#   "agent-framework-openai==1.17.0",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Microsoft Agent Framework: responses with thoughts and own tools, tools at once and one that fails, threads."""

import asyncio
import os

os.environ |= {"ENABLE_INSTRUMENTATION": "true", "ENABLE_SENSITIVE_DATA": "true"}

from agent_framework import Agent
from agent_framework.openai import OpenAIChatClient, OpenAIChatCompletionClient
from common import attempt, telemetry

telemetry()


def chat(kind=OpenAIChatCompletionClient, model="gpt-4o-mini"):
    return kind(model=model, base_url=os.environ["ODD"] + "/v1", api_key="local")


def get_weather(city: str) -> str:
    """The weather in a city."""
    if city != "Paris":
        raise LookupError(f"no station in {city}")
    return "sunny"


def ran(name, answer, client=chat, **more):
    async def scene():
        made = Agent(client(), "Answer shortly.", name=name, **more)
        await made.run(f"Where is Oslo? odd:{answer}")

    scene.__name__ = name
    return scene


def responding():
    return chat(OpenAIChatClient)


def thinking():
    return chat(OpenAIChatClient, "o4-mini")


async def streamed():
    made = Agent(chat(), name="streaming", tools=[get_weather])
    async for _ in made.run("Where is Oslo? odd:tools_once", stream=True):
        pass


async def helped():
    helper = Agent(chat(), name="helper").as_tool(name="get_weather", arg_name="city")
    await Agent(chat(), name="asking", tools=[helper]).run("Where is Oslo? odd:tools_once")


SCENES = (
    ran("weatherman", "tools_once", tools=[get_weather]),
    ran("responder", "tools_once", responding, tools=[get_weather]),
    ran("thinker", "reasoned", thinking),
    ran("searcher", "builtin", responding),
    ran("refused", "refusal"),
    ran("empty", "empty"),
    ran("cut", "length"),
    ran("filtered", "filtered"),
    streamed,
    helped,
)


async def scenes():
    for scene in SCENES:
        try:
            await scene()
        except Exception as error:
            print(f"{scene.__name__}: {type(error).__name__}: {str(error)[:300]}")


attempt(asyncio.run, scenes())
