# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "openinference-instrumentation-litellm==0.1.51",
#   "openinference-instrumentation==0.1.72",
#   "litellm==1.106.2",
#   "mcp",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""LiteLLM under OpenInference: chat, stream, tools, embeddings, a failing call."""

import json

import litellm
from common import WEATHER, attempt, telemetry
from openinference.instrumentation import using_session
from openinference.instrumentation.litellm import LiteLLMInstrumentor

LiteLLMInstrumentor().instrument(tracer_provider=telemetry())
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "The weather in a city.",
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
            },
        },
    }
]


def chat():
    with using_session("session-1"):
        litellm.completion(
            model="gpt-4o-mini",
            temperature=0,
            messages=[
                {"role": "system", "content": "Answer shortly."},
                {"role": "user", "content": "What is the capital of France?"},
            ],
        )


def stream():
    list(
        litellm.completion(
            model="gpt-4o-mini",
            stream=True,
            stream_options={"include_usage": True},
            messages=[{"role": "user", "content": "Count to three."}],
        )
    )


def tools():
    messages = [{"role": "user", "content": "What is the weather? city: Paris"}]
    first = (
        litellm.completion(model="gpt-4o-mini", tools=TOOLS, messages=messages).choices[0].message
    )
    call = first.tool_calls[0]
    messages += [
        first.model_dump(exclude_none=True),
        {
            "role": "tool",
            "tool_call_id": call.id,
            "content": WEATHER[json.loads(call.function.arguments)["city"]],
        },
    ]
    litellm.completion(model="gpt-4o-mini", tools=TOOLS, messages=messages)


def embeddings():
    litellm.embedding(model="text-embedding-3-small", input=["Paris", "Oslo"])


def claude():
    litellm.completion(
        model="anthropic/claude-3-5-haiku-20241022",
        messages=[{"role": "user", "content": "Say hello."}],
    )


def failing():
    litellm.completion(
        model="gpt-4o-mini", num_retries=0, messages=[{"role": "user", "content": "please fail"}]
    )


for scene in (chat, stream, tools, embeddings, claude, failing):
    attempt(scene)
