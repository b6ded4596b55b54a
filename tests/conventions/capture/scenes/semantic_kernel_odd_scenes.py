"""Semantic Kernel: tools at once and one that fails, streams with tools, refusals, cuts, thoughts."""

import asyncio
import os

import openai
from semantic_kernel.agents import ChatCompletionAgent
from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion
from semantic_kernel.functions import kernel_function


class Weather:
    @kernel_function(name="get_weather", description="The weather in a city.")
    def get_weather(self, city: str) -> str:
        if city != "Paris":
            raise LookupError(f"no station in {city}")
        return "sunny"


def agent(name, model="gpt-4o-mini"):
    client = openai.AsyncOpenAI(base_url=os.environ["ODD"] + "/v1", max_retries=0)
    return ChatCompletionAgent(
        service=OpenAIChatCompletion(ai_model_id=model, async_client=client),
        name=name,
        instructions="Answer shortly.",
        plugins=[Weather()],
    )


def answered(name, **more):
    def scene(_):
        asyncio.run(agent(name, **more).get_response(messages=f"Where is Oslo? odd:{name}"))

    scene.__name__ = name
    return scene


def streamed(name):
    def scene(_):
        async def read():
            async for _ in agent(name).invoke_stream(messages=f"Where is Oslo? odd:{name}"):
                pass

        asyncio.run(read())

    return scene


SCENES = (
    answered("tools_once"),
    answered("refusal"),
    answered("filter"),
    answered("empty"),
    answered("length"),
    answered("reasoned", model="deepseek-reasoner"),
    answered("filtered"),
    streamed("tools_once"),
    streamed("emoji"),
)
