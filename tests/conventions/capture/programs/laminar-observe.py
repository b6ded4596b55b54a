# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "lmnr==0.8.2",
#   "openai",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Laminar: an agent with a tool, a stream, responses, embeddings, a failing call."""

import json
import os

from common import TOOLS, WEATHER, attempt
from lmnr import Laminar, observe

sink = os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"]
Laminar.initialize(
    project_api_key="local",
    base_url=sink.rpartition(":")[0],
    http_port=int(sink.rpartition(":")[2]),
    force_http=True,
)

from openai import OpenAI

client = OpenAI(max_retries=0)


@observe(span_type="TOOL")
def get_weather(city):
    return WEATHER[city]


@observe(name="assistant", session_id="session-1", user_id="user-1", tags=["demo"])
def agent(question):
    messages = [
        {"role": "system", "content": "You know the weather."},
        {"role": "user", "content": question},
    ]
    first = (
        client.chat.completions.create(
            model="gpt-4o-mini", temperature=0, messages=messages, tools=TOOLS
        )
        .choices[0]
        .message
    )
    answer = get_weather(**json.loads(first.tool_calls[0].function.arguments))
    messages += [
        first.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": first.tool_calls[0].id, "content": answer},
    ]
    return (
        client.chat.completions.create(model="gpt-4o-mini", messages=messages)
        .choices[0]
        .message.content
    )


def stream():
    list(
        client.chat.completions.create(
            model="gpt-4o-mini",
            stream=True,
            stream_options={"include_usage": True},
            messages=[{"role": "user", "content": "Count to three."}],
        )
    )


def responses():
    client.responses.create(
        model="gpt-4o-mini", instructions="Answer shortly.", input="What is the capital of France?"
    )


def embeddings():
    client.embeddings.create(model="text-embedding-3-small", input=["Paris", "Oslo"])


def failing():
    client.chat.completions.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": "please fail"}]
    )


attempt(agent, "What is the weather? city: Paris")
for scene in (stream, responses, embeddings, failing):
    attempt(scene)
Laminar.flush()
