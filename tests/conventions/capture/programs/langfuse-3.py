# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "langfuse==3.10.0",
#   "openai<3",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Langfuse's third SDK: wrapped OpenAI, decorators, a retriever, scores, a failing call."""

import os

os.environ |= {
    "LANGFUSE_PUBLIC_KEY": "pk-lf-local",
    "LANGFUSE_SECRET_KEY": "sk-lf-local",
    "LANGFUSE_HOST": os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"],
}

from common import DOCUMENTS, TOOLS, WEATHER, attempt
from langfuse import get_client, observe
from langfuse.openai import openai

client = openai.OpenAI(max_retries=0)


@observe(as_type="retriever")
def search(query):
    return [{"id": "doc-1", "content": DOCUMENTS[1], "score": 0.9}]


@observe(as_type="tool")
def get_weather(city):
    return WEATHER[city]


@observe(name="assistant", as_type="agent")
def agent(question):
    get_client().update_current_trace(session_id="session-1", user_id="user-1", tags=["demo"])
    messages = [{"role": "user", "content": question}]
    first = (
        client.chat.completions.create(
            model="gpt-4o-mini", temperature=0, messages=messages, tools=TOOLS
        )
        .choices[0]
        .message
    )
    answer = get_weather("Paris")
    messages += [
        first.model_dump(exclude_none=True),
        {"role": "tool", "tool_call_id": first.tool_calls[0].id, "content": answer},
    ]
    search(question)
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


def failing():
    client.chat.completions.create(
        model="gpt-4o-mini", messages=[{"role": "user", "content": "please fail"}]
    )


attempt(agent, "What is the weather? city: Paris")
for scene in (stream, failing):
    attempt(scene)
get_client().flush()
