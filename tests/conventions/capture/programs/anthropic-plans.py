# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "anthropic==2.10.0",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""The Anthropic SDK's own spans: tools run by its helper, streams, shapes, refusals, counts, async calls."""

import asyncio
import os

import anthropic
from common import attempt, telemetry
from opentelemetry import trace
from pydantic import BaseModel

os.environ["ANTHROPIC_BASE_URL"] = os.environ["ODD"]
os.environ.setdefault("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", "true")
provider = telemetry()
if os.environ.get("OPENINFERENCE"):
    from openinference.instrumentation.anthropic import AnthropicInstrumentor

    AnthropicInstrumentor().instrument(tracer_provider=provider)
MODEL = "claude-sonnet-4-5"
client = anthropic.Anthropic(max_retries=0)


class City(BaseModel):
    city: str


def said(text):
    return [{"role": "user", "content": text}]


def helper():
    @anthropic.beta_tool
    def weather(city: str) -> str:
        """The weather in a city.

        Args:
            city: its name.
        """
        if city == "Mordor":
            raise LookupError("no station in Mordor")
        return f"{city}: sunny"

    run = client.beta.messages.tool_runner(
        model=MODEL,
        max_tokens=300,
        tools=[weather],
        system="Answer shortly.",
        messages=said(
            "Weather? plan:[[think Hm. | weather(city=Oslo) & weather(city=Mordor) ;; say Only Oslo.]]"
        ),
    )
    for _ in run:
        pass


def streamed():
    with client.messages.stream(
        model=MODEL,
        max_tokens=300,
        messages=said("Tell. plan:[[think Hm. | say Oslo lies in Norway.]]"),
    ) as stream:
        for _ in stream.text_stream:
            pass


def raw_stream():
    for _ in client.messages.create(
        model=MODEL, max_tokens=300, stream=True, messages=said("Tell me. plan:[[say Oslo it is.]]")
    ):
        pass


def left():
    with client.messages.stream(
        model=MODEL,
        max_tokens=300,
        messages=said("Tell long. plan:[[say Oslo lies in Norway and that is all.]]"),
    ) as stream:
        for _ in stream.text_stream:
            break


def shaped():
    client.messages.parse(
        model=MODEL,
        max_tokens=300,
        messages=said('Which? plan:[[say {"city": "Oslo"}]]'),
        output_format=City,
    )


def refused():
    client.messages.create(model=MODEL, max_tokens=300, messages=said("Fail. plan:[[fail]]"))


def busy():
    anthropic.Anthropic(max_retries=2).messages.create(
        model=MODEL, max_tokens=300, messages=said("Busy? plan:[[busy ;; say Now.]]")
    )


def asynchronous():
    async def ask():
        await anthropic.AsyncAnthropic(max_retries=0).messages.create(
            model=MODEL, max_tokens=300, messages=said("Async? plan:[[say Yes.]]")
        )

    asyncio.run(ask())


def cut():
    client.messages.create(
        model=MODEL, max_tokens=5, messages=said("Tell all. plan:[[cut Oslo lies]]")
    )


def talk():
    with trace.get_tracer("app").start_as_current_span("talk"):
        first = client.messages.create(
            model=MODEL,
            max_tokens=99,
            metadata={"user_id": "user-4"},
            system=[{"type": "text", "text": "Be kind.", "cache_control": {"type": "ephemeral"}}],
            messages=said("I am Ada. plan:[[say Hello Ada.]]"),
        )
        client.messages.create(
            model=MODEL,
            max_tokens=99,
            messages=[
                *said("I am Ada."),
                {"role": "assistant", "content": first.content},
                *said("Who? plan:[[say You are Ada.]]"),
            ],
        )


def nobody():
    anthropic.Anthropic(max_retries=0, base_url="http://127.0.0.1:9").messages.create(
        model=MODEL, max_tokens=9, messages=said("Is anybody there?")
    )


for scene in (
    helper,
    streamed,
    raw_stream,
    left,
    shaped,
    refused,
    busy,
    asynchronous,
    cut,
    talk,
    nobody,
):
    attempt(scene)
provider.force_flush()
