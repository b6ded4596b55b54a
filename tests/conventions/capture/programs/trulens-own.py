# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "trulens-core==2.16.0", "trulens-feedback==2.16.0", "trulens-otel-semconv==2.16.0",
#   "trulens-providers-openai==2.16.0",
#   "openai",
#   "opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http",
# ]
# ///
"""TruLens's own spans: an app with retrieval and generation, feedback functions that score it."""

import os
import tempfile

os.environ["TRULENS_OTEL_TRACING"] = "1"

import openai
from common import DOCUMENTS, attempt
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from trulens.apps.app import TruApp
from trulens.core import Metric, Selector, TruSession
from trulens.core.otel.instrument import instrument
from trulens.otel.semconv.trace import SpanAttributes

session = TruSession(database_url="sqlite:///" + tempfile.mkdtemp() + "/t.db")
trace.get_tracer_provider().add_span_processor(SimpleSpanProcessor(OTLPSpanExporter()))
client = openai.OpenAI(max_retries=0)


class Geographer:
    @instrument(
        span_type=SpanAttributes.SpanType.RETRIEVAL,
        attributes={
            SpanAttributes.RETRIEVAL.QUERY_TEXT: "question",
            SpanAttributes.RETRIEVAL.RETRIEVED_CONTEXTS: "return",
        },
    )
    def look_up(self, question):
        return DOCUMENTS[:2]

    @instrument(span_type=SpanAttributes.SpanType.GENERATION)
    def say(self, question, found):
        made = client.chat.completions.create(
            model="gpt-4o-mini", messages=[{"role": "user", "content": question}]
        )
        return made.choices[0].message.content

    @instrument(span_type=SpanAttributes.SpanType.RECORD_ROOT)
    def answer(self, question):
        return self.say(question, self.look_up(question))


def short(text):
    return 1.0 / len(text), {"reason": "counted"}


def broken(text):
    raise ValueError("no yardstick")


def scored():
    made = Geographer()
    metrics = [
        Metric(
            name=f.__name__, implementation=f, selectors={"text": Selector.select_record_output()}
        )
        for f in (short, broken)
    ]
    app = TruApp(
        made, app_name="geographer", app_version="v1", feedbacks=metrics, main_method=made.answer
    )
    with app:
        made.answer("What is the capital of Italy?")
    session.force_flush()
    app.compute_feedbacks(raise_error_on_no_feedbacks_computed=False)
    session.force_flush()
    print(session.get_records_and_feedback()[0].T)


attempt(scored)
