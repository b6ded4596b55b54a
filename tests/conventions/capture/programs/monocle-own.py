# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "monocle_apptrace",
#   "openai",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""Monocle: a workflow, a call, a tool, a stream, a failure."""

from common import TOOLS, attempt
from monocle_apptrace import setup_monocle_telemetry
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace.export import BatchSpanProcessor

processor = BatchSpanProcessor(OTLPSpanExporter())
setup_monocle_telemetry(workflow_name="weather", span_processors=[processor])

import openai

CALLER = openai.OpenAI(max_retries=0)


def call(text, **more):
    asked = [
        {"role": "system", "content": "Answer shortly."},
        {"role": "user", "content": text},
    ]
    return CALLER.chat.completions.create(model="gpt-4o-mini", messages=asked, **more)


attempt(call, "What is the capital of France?", temperature=0)
attempt(call, "What is the weather? city: Paris", tools=TOOLS)
attempt(lambda: list(call("Count to three.", stream=True)))
attempt(lambda: CALLER.embeddings.create(model="text-embedding-3-small", input=["Paris"]))
attempt(call, "please fail")
processor.force_flush()
