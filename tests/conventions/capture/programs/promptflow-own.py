# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "promptflow-tracing==1.18.5",
#   "openai",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""promptflow's own spans: a flow with a tool, streams, a completion, vectors, failures."""

import asyncio
import os

os.environ["PF_DISABLE_TRACING"] = "false"
os.environ["OPENAI_BASE_URL"] = os.environ["ODD"] + "/v1"

import openai
from common import TOOLS, WEATHER, attempt, telemetry
from promptflow.tracing import start_trace, trace

provider = telemetry()
start_trace()
CALLER = openai.OpenAI(max_retries=0)
MODEL = "gpt-4o-mini"
USAGE = {"stream": True, "stream_options": {"include_usage": True}}


def ask(name, **more):
    said = [
        {"role": "system", "content": "Answer shortly."},
        {"role": "user", "content": f"Where is Oslo? odd:{name}"},
    ]
    made = CALLER.chat.completions.create(model=MODEL, messages=said, **more)
    return list(made) if "stream" in more else made


@trace
def get_weather(city):
    return WEATHER[city]


@trace
def flow(question):
    said = [
        {"role": "user", "content": f"{question} plan:[[get_weather(city=Oslo) ;; say It rains.]]"}
    ]
    first = CALLER.chat.completions.create(model=MODEL, temperature=0.2, messages=said, tools=TOOLS)
    message = first.choices[0].message
    result = {
        "role": "tool",
        "tool_call_id": message.tool_calls[0].id,
        "content": get_weather("Oslo"),
    }
    said += [message.model_dump(exclude_none=True), result]
    last = CALLER.chat.completions.create(model=MODEL, messages=said, tools=TOOLS)
    return last.choices[0].message.content


@trace
async def read(city):
    said = [{"role": "user", "content": f"Where is {city}? odd:emoji"}]
    made = await openai.AsyncOpenAI(max_retries=0).chat.completions.create(
        model=MODEL, messages=said, **USAGE
    )
    async for _ in made:
        pass


async def at_once():
    await asyncio.gather(read("Rome"), read("Bern"))


def completion():
    CALLER.completions.create(model="gpt-3.5-turbo-instruct", prompt="Oslo lies odd:plain")


def vectors():
    local = openai.OpenAI(base_url=os.environ["PROVIDER"] + "/v1")
    local.embeddings.create(model="text-embedding-3-small", input=["Paris", "Oslo"])


attempt(flow, "How is Oslo?")
attempt(ask, "refusal")
attempt(ask, "length")
attempt(ask, "tools", tools=TOOLS, **USAGE)
attempt(ask, "filtered")
attempt(get_weather, "Mordor")
attempt(lambda: asyncio.run(at_once()))
attempt(completion)
attempt(vectors)
provider.force_flush()
