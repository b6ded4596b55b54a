# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "braintrust[otel]==0.48.1",
#   "openai",
#   "opentelemetry-instrumentation-openai==0.62.4",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Spans for Braintrust: its processor, its attributes of steps, calls, tools and scores."""

import json
import os

os.environ |= {
    "BRAINTRUST_API_KEY": "local",
    "BRAINTRUST_API_URL": os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"],
    "BRAINTRUST_PARENT": "project_name:weather",
}
from braintrust.otel import BraintrustSpanProcessor
from common import WEATHER, attempt
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

provider = TracerProvider()
provider.add_span_processor(BraintrustSpanProcessor())
trace.set_tracer_provider(provider)
tracer = trace.get_tracer("weather.app")

import openai

CALLER = openai.OpenAI(max_retries=0)


def step(name, kind, given, **more):
    """A span as Braintrust's SDKs for Java, Go, Ruby and .NET write it."""
    return tracer.start_as_current_span(
        name,
        attributes={
            "braintrust.span_attributes": json.dumps({"type": kind, "name": name}),
            "braintrust.input_json": json.dumps(given),
            **more,
        },
    )


def call(text, **more):
    asked = [
        {"role": "system", "content": "Answer shortly."},
        {"role": "user", "content": text},
    ]
    about = {"provider": "openai", "model": "gpt-4o-mini", "temperature": 0}
    with step("Chat Completion", "llm", asked) as span:
        span.set_attribute("braintrust.metadata", json.dumps(about))
        answer = CALLER.chat.completions.create(
            model="gpt-4o-mini", messages=asked, temperature=0, **more
        )
        said = [choice.model_dump(exclude_none=True) for choice in answer.choices]
        used = {
            "prompt_tokens": answer.usage.prompt_tokens,
            "completion_tokens": answer.usage.completion_tokens,
            "tokens": answer.usage.total_tokens,
            "time_to_first_token": 0.25,
        }
        span.set_attribute("braintrust.output_json", json.dumps(said))
        span.set_attribute("braintrust.metrics", json.dumps(used))
        span.set_attribute("braintrust.metadata", json.dumps(about | {"model": answer.model}))
        return answer.choices[0].message


def run():
    tags = {"braintrust.tags": ["weather", "demo"]}
    with step("forecast", "task", {"city": "Paris"}, **tags) as span:
        call("What is the capital of France?")
        with step("get_weather", "tool", {"city": "Paris"}) as tool:
            tool.set_attribute("braintrust.output_json", json.dumps(WEATHER["Paris"]))
        with step("accuracy", "score", {"output": WEATHER["Paris"]}) as score:
            score.set_attribute("braintrust.scores", json.dumps({"accuracy": 0.9}))
        span.set_attribute("braintrust.output_json", json.dumps({"weather": WEATHER["Paris"]}))


def failing():
    with step("forecast", "task", {"city": "Nowhere"}):
        call("please fail")


def instrumented():
    from opentelemetry.instrumentation.openai import OpenAIInstrumentor

    OpenAIInstrumentor().instrument(tracer_provider=provider)
    CALLER.chat.completions.create(
        model="gpt-4o-mini",
        messages=[{"role": "user", "content": "What is the capital of Norway?"}],
    )


for scene in (run, failing, instrumented):
    attempt(scene)
provider.force_flush()
