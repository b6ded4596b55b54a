"""What every captured program does first and last."""

import importlib
import os

from opentelemetry import trace
from opentelemetry._logs import set_logger_provider
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

PROVIDER = os.environ["PROVIDER"]
WEATHER = {"Paris": "sunny, 21 degrees", "Oslo": "rain, 8 degrees"}
DOCUMENTS = [
    "Paris is the capital of France.",
    "Oslo is the capital of Norway.",
    "A refund takes five days.",
]

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "The weather in a city.",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        },
    }
]


def telemetry(provider=None):
    """Exports spans and logs to the endpoint of the environment; the tracer provider.

    Variants name in ``PROCESSORS`` and ``INSTRUMENTORS`` who tells of a program."""
    provider = provider or TracerProvider()
    for named in os.environ.get("PROCESSORS", "").split():
        provider.add_span_processor(_named(named)())
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    logs = LoggerProvider()
    logs.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
    set_logger_provider(logs)
    for named in os.environ.get("INSTRUMENTORS", "").split():
        _named(named)().instrument(tracer_provider=provider)
    return provider


def _named(name):
    """``module:Class``, as a variant's environment names what tells of a program."""
    module, _, found = name.partition(":")
    return getattr(importlib.import_module(module), found)


def attempt(what, *args, **kwargs):
    """Runs one scene; a failure of it is printed, the others still run."""
    try:
        return what(*args, **kwargs)
    except Exception as error:
        print(f"{getattr(what, '__name__', what)}: {type(error).__name__}: {str(error)[:300]}")
        return None
