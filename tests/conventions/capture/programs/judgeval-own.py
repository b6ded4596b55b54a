# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "judgeval==1.6.0",
#   "openai",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Judgment's own spans: observed functions, a wrapped client, a tool, a stream, a failure."""

import os

from small_server import serve

os.environ |= {
    "JUDGMENT_API_KEY": "local",
    "JUDGMENT_ORG_ID": "local",
    "JUDGMENT_API_URL": serve(
        {"/resolve/": {"project_id": "p1"}, "/projects/resolve": {"project_id": "p1"}}
    ),
}
import openai
from common import WEATHER, attempt
from judgeval import Tracer
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace.export import BatchSpanProcessor

made = Tracer.init(project_name="weather", span_processors=[BatchSpanProcessor(OTLPSpanExporter())])
CALLER = Tracer.wrap(openai.OpenAI(max_retries=0))


def call(text, **more):
    asked = [
        {"role": "system", "content": "Answer shortly."},
        {"role": "user", "content": text},
    ]
    return CALLER.chat.completions.create(model="gpt-4o-mini", messages=asked, **more)


@Tracer.observe(span_type="tool")
def get_weather(city):
    return WEATHER[city]


@Tracer.observe(span_type="agent")
def forecast(question):
    call(question, temperature=0)
    get_weather("Paris")
    return "sunny"


@Tracer.observe(span_type="function")
def stream():
    list(call("Count to three.", stream=True, stream_options={"include_usage": True}))


@Tracer.observe(span_type="function")
def failing():
    call("please fail")


attempt(forecast, "What is the capital of France?")
attempt(stream)
attempt(failing)
made.force_flush() if hasattr(made, "force_flush") else None
made._tracer_provider.force_flush() if hasattr(made, "_tracer_provider") else None
