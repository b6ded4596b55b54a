# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "traceai-openai",
#   "fi-instrumentation-otel==1.1.0",
#   "openai",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Future AGI's traceAI on the OpenAI SDK: chat, a tool, a stream, embeddings, a failure."""

from common import TOOLS, attempt, telemetry

provider = telemetry()
from traceai_openai import OpenAIInstrumentor

OpenAIInstrumentor().instrument(tracer_provider=provider)

import openai

CALLER = openai.OpenAI(max_retries=0)


def call(text, **more):
    asked = [
        {"role": "system", "content": "Answer shortly."},
        {"role": "user", "content": text},
    ]
    return CALLER.chat.completions.create(model="gpt-4o-mini", messages=asked, **more)


def steps():
    from fi_instrumentation import FITracer

    tracer = FITracer(provider.get_tracer("weather"))
    with tracer.start_as_current_span("forecast", fi_span_kind="chain") as span:
        span.set_input("What is the capital of France?")
        call("What is the capital of France?", temperature=0)
        with tracer.start_as_current_span("get_weather", fi_span_kind="tool") as tool:
            tool.set_input({"city": "Paris"})
            tool.set_output("sunny")
        span.set_output("sunny")


attempt(steps)
attempt(call, "What is the weather? city: Paris", tools=TOOLS)
attempt(lambda: list(call("Count to three.", stream=True)))
attempt(lambda: CALLER.embeddings.create(model="text-embedding-3-small", input=["Paris"]))
attempt(call, "please fail")
provider.force_flush()
