# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "pydantic-ai-slim[openai,anthropic,google]==2.68.0",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Pydantic AI: thoughts, tools that ask again, fallbacks, helpers, streams, limits, pictures, no content."""

import asyncio
import os

os.environ["OPENAI_BASE_URL"] = os.environ["ODD"] + "/v1"
os.environ["ANTHROPIC_BASE_URL"] = os.environ["ODD"]

from common import attempt, telemetry
from openai import AsyncOpenAI
from pydantic import BaseModel
from pydantic_ai import Agent, ImageUrl, ModelRetry, RunContext
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.fallback import FallbackModel
from pydantic_ai.models.instrumented import InstrumentationSettings
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.usage import UsageLimits

provider = telemetry()
Agent.instrument_all(InstrumentationSettings(tracer_provider=provider))
chat = OpenAIChatModel("gpt-4o-mini")
claude = AnthropicModel("claude-sonnet-4-5")
hasty = OpenAIChatModel("gpt-4o", provider=OpenAIProvider(openai_client=AsyncOpenAI(max_retries=0)))


class City(BaseModel):
    """A city."""

    city: str


def get_weather(city: str) -> str:
    """The weather in a city."""
    if city != "Paris":
        raise ModelRetry(f"no station in {city}, try another")
    return "sunny"


def ran(name, model, answer, **more):
    def scene():
        settings = more.pop("model_settings", None)
        made = Agent(model, name=name, instructions="Answer shortly.", **more)
        made.run_sync(f"Where is Oslo? odd:{answer}", model_settings=settings)

    scene.__name__ = name
    return scene


def helped():
    """An agent whose tool asks another agent."""
    helper = Agent(chat, name="helper")
    asking = Agent(chat, name="asking")

    @asking.tool
    async def get_weather(ctx: RunContext, city: str) -> str:
        """The weather in a city."""
        return (await helper.run(f"Weather in {city}? odd:plain", usage=ctx.usage)).output

    asking.run_sync("Where is Oslo? odd:tools_once")


def limited():
    made = Agent(chat, name="limited", tools=[get_weather])
    made.run_sync("Where is Oslo? odd:tools", usage_limits=UsageLimits(request_limit=1))


def streamed():
    async def read():
        async with Agent(claude, name="streaming").run_stream("Where is Oslo? odd:thought") as run:
            async for _ in run.stream_text():
                pass

    asyncio.run(read())


def abandoned():
    async def read():
        async with Agent(chat, name="leaving").run_stream("Where is Oslo? odd:emoji") as run:
            async for _ in run.stream_text():
                break

    asyncio.run(read())


def conversation():
    made = Agent(chat, name="talking")
    first = made.run_sync("I am called Ada. odd:plain")
    made.run_sync("What am I called? odd:plain", message_history=first.all_messages())


def pictures():
    said = ["What does it show? odd:plain", ImageUrl("https://example.org/cat.png")]
    Agent(chat, name="seeing").run_sync(said)


def silent():
    settings = InstrumentationSettings(tracer_provider=provider, include_content=False)
    Agent(chat, name="silent", instrument=settings).run_sync("Where is Oslo? odd:plain")


def at_once():
    async def both():
        made = Agent(chat, name="twin")
        await asyncio.gather(*(made.run(f"Where is {c}? odd:plain") for c in ("Rome", "Bern")))

    asyncio.run(both())


SCENES = (
    ran("weatherman", chat, "tools_once", tools=[get_weather]),
    ran("claude", claude, "tools_once", tools=[get_weather]),
    ran("thinker", claude, "thought"),
    ran("reasoner", OpenAIResponsesModel("o4-mini"), "reasoned"),
    ran("searcher", OpenAIResponsesModel("gpt-4o-mini"), "builtin"),
    ran("refused", chat, "refusal"),
    ran("filtered", chat, "filtered"),
    ran("shaped", chat, "plain", output_type=City),
    ran("falling", FallbackModel(OpenAIChatModel("gpt-4o"), claude), "filtered"),
    ran("rescued", FallbackModel(hasty, claude), "busy"),
    helped,
    limited,
    streamed,
    abandoned,
    conversation,
    pictures,
    silent,
    at_once,
)
for scene in SCENES:
    attempt(scene)
