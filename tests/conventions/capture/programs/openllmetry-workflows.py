# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "traceloop-sdk==0.62.4", "httpx",
#   "openai",
#   "anthropic",
# ]
# ///
"""Traceloop's SDK: workflows, tasks, agents and tools, properties and conversations, two providers."""

import asyncio
import os

os.environ["ANTHROPIC_OPEN_TELEMETRY"] = "false"

import anthropic
import openai
from common import DOCUMENTS, WEATHER, attempt
from traceloop.sdk import Traceloop
from traceloop.sdk.decorators import agent, task, tool, workflow
from traceloop.sdk.instruments import Instruments

Traceloop.init(
    app_name="assistant",
    api_endpoint=os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"],
    api_key="local",
    disable_batch=True,
    telemetry_enabled=False,
    instruments={Instruments.OPENAI, Instruments.ANTHROPIC},
)
client = openai.OpenAI(max_retries=0)


def ask(text, **more):
    asked = [{"role": "user", "content": text}]
    made = client.chat.completions.create(model="gpt-4o-mini", messages=asked, **more)
    return made.choices[0].message.content


@task(name="find")
def find(question):
    return [d for d in DOCUMENTS if "Norway" in d]


@task(name="write", version=2)
def write(found):
    return ask(f"From {found[0]} say: what is the capital of Norway?")


@workflow(name="rag", version=3)
def rag(question):
    Traceloop.set_association_properties({"session_id": "session-1", "user_id": "user-1"})
    return write(find(question))


@tool(name="get_weather")
def get_weather(city):
    return WEATHER[city]


@agent(name="weatherman")
def weatherman(city):
    return ask(f"It is {get_weather(city)} in {city}. What should I wear?")


@workflow(name="two providers")
def two_providers():
    first = ask("What is the capital of Peru?")
    second = anthropic.Anthropic(max_retries=0).messages.create(
        model="claude-3-5-haiku-20241022",
        max_tokens=100,
        messages=[{"role": "user", "content": f"Is this right: {first}"}],
    )
    return second.content[0].text


@workflow(name="at once")
async def at_once():
    made = openai.AsyncOpenAI(max_retries=0)

    async def one(city):
        asked = [{"role": "user", "content": f"What is the capital of {city}?"}]
        told = await made.chat.completions.create(model="gpt-4o-mini", messages=asked)
        return told.choices[0].message.content

    return await asyncio.gather(one("Chile"), one("Cuba"))


@task(name="ask")
def failing_task():
    return ask("please fail")


@workflow(name="unlucky")
def unlucky():
    return failing_task()


attempt(rag, "What is the capital of Norway?")
attempt(weatherman, "Paris")
attempt(two_providers)
attempt(lambda: asyncio.run(at_once()))
attempt(unlucky)
