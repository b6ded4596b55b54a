"""Semantic Kernel: an agent with a tool, a stream, a failing call."""

import asyncio

from common import WEATHER
from semantic_kernel.agents import ChatCompletionAgent
from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion
from semantic_kernel.functions import kernel_function


class Weather:
    @kernel_function(name="get_weather", description="The weather in a city.")
    def get_weather(self, city: str) -> str:
        return WEATHER.get(city, "unknown")


def agent(name):
    return ChatCompletionAgent(
        service=OpenAIChatCompletion(ai_model_id="gpt-4o-mini"),
        name=name,
        instructions="You know the weather.",
        plugins=[Weather()],
    )


def answered(_):
    asyncio.run(agent("weatherman").get_response(messages="What is the weather? city: Paris"))


def streamed(_):
    async def read():
        async for _ in agent("counter").invoke_stream(messages="Count to three."):
            pass

    asyncio.run(read())


def failing(_):
    asyncio.run(agent("unlucky").get_response(messages="please fail"))


SCENES = (answered, streamed, failing)
