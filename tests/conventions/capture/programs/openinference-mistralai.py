# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "openinference-instrumentation-mistralai==2.2.2",
#   "openinference-instrumentation==0.1.72",
#   "mistralai",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Mistral under OpenInference: chat, stream, tools, a failing call."""

import json

from common import PROVIDER, TOOLS, WEATHER, attempt, telemetry
from mistralai.client import Mistral
from openinference.instrumentation.mistralai import MistralAIInstrumentor

MistralAIInstrumentor().instrument(tracer_provider=telemetry())
client = Mistral(api_key="local", server_url=PROVIDER)
MODEL = "mistral-small-latest"


def chat():
    client.chat.complete(
        model=MODEL,
        temperature=0,
        messages=[
            {"role": "system", "content": "Answer shortly."},
            {"role": "user", "content": "What is the capital of France?"},
        ],
    )


def stream():
    list(client.chat.stream(model=MODEL, messages=[{"role": "user", "content": "Count to three."}]))


def tools():
    messages = [{"role": "user", "content": "What is the weather? city: Paris"}]
    first = client.chat.complete(model=MODEL, tools=TOOLS, messages=messages).choices[0].message
    call = first.tool_calls[0]
    given = call.function.arguments
    city = (json.loads(given) if isinstance(given, str) else given)["city"]
    messages += [
        first,
        {"role": "tool", "tool_call_id": call.id, "name": "get_weather", "content": WEATHER[city]},
    ]
    client.chat.complete(model=MODEL, tools=TOOLS, messages=messages)


def failing():
    client.chat.complete(model=MODEL, messages=[{"role": "user", "content": "please fail"}])


for scene in (chat, stream, tools, failing):
    attempt(scene)
