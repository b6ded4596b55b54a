"""Runs in a peer's environment: ``python -m bench.tracer.peer NAME`` prints one JSON object.

Each peer records the pipeline of :mod:`bench.tracer.work` the way its documentation shows for
functions: a decorator that captures arguments and result.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
from collections.abc import Callable
from typing import Any

from bench.tracer import work

URL = os.environ.get("BENCH_URL", "http://127.0.0.1:9")
Decorator = Callable[..., Callable[..., Any]]


def decorated(step_with: Any, root_with: Any | None = None) -> work.Pipeline:
    """The pipeline with its functions decorated."""
    step = step_with(work.answer_text)

    def pipeline(text: str) -> Any:
        result = None
        for _ in range(work.STEPS):
            result = step(text)
        return result

    root = (root_with or step_with)(pipeline)
    return lambda: root(work.TEXT_IN)


def traceloop() -> work.Pipeline:
    from traceloop.sdk import Traceloop
    from traceloop.sdk.decorators import task, workflow

    Traceloop.init(app_name="bench", api_endpoint=URL, disable_batch=False, telemetry_enabled=False)
    return decorated(task(name="step"), workflow(name="pipeline"))


def phoenix() -> work.Pipeline:
    from phoenix.otel import register

    provider = register(
        endpoint=URL + "/v1/traces", batch=True, protocol="http/protobuf", verbose=False
    )
    tracer = provider.get_tracer("bench")
    return decorated(tracer.chain)


def openinference() -> work.Pipeline:
    from openinference.instrumentation import TracerProvider
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=URL + "/v1/traces")))
    return decorated(provider.get_tracer("bench").chain)


def logfire() -> work.Pipeline:
    import logfire as tool
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    tool.configure(
        send_to_logfire=False,
        console=False,
        additional_span_processors=[
            BatchSpanProcessor(OTLPSpanExporter(endpoint=URL + "/v1/traces"))
        ],
    )
    return decorated(tool.instrument("step", extract_args=True, record_return=True))


def langfuse() -> work.Pipeline:
    os.environ |= {
        "LANGFUSE_HOST": URL,
        "LANGFUSE_PUBLIC_KEY": "pk-x",
        "LANGFUSE_SECRET_KEY": "sk-x",
    }
    from langfuse import observe

    return decorated(observe(name="step"))


def langsmith() -> work.Pipeline:
    os.environ |= {
        "LANGSMITH_TRACING": "true",
        "LANGSMITH_ENDPOINT": URL,
        "LANGSMITH_API_KEY": "x",
    }
    from langsmith import traceable

    return decorated(traceable(name="step"))


def opik() -> work.Pipeline:
    os.environ |= {"OPIK_URL_OVERRIDE": URL, "OPIK_API_KEY": "x", "OPIK_WORKSPACE": "default"}
    from opik import track

    return decorated(track(name="step"))


def mlflow() -> work.Pipeline:
    os.environ |= {
        "MLFLOW_TRACKING_URI": "http://127.0.0.1:9",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": URL + "/v1/traces",
    }
    import mlflow as tool

    return decorated(tool.trace(name="step"))


def main(name: str) -> None:
    """Measures one peer against the bare SDK in the same process."""
    run = globals()[name]()
    tracer = work.silent_provider().get_tracer("bench")
    bare = work.bare(tracer)
    for warm in (bare, run):
        work.caller_us(warm, 10)
    found = work.interleaved(
        {"bare_sdk": lambda: work.caller_us(bare, 10), name: lambda: work.caller_us(run, 10)}, 21
    )
    package = {
        "traceloop": "traceloop-sdk",
        "phoenix": "arize-phoenix-otel",
        "openinference": "openinference-instrumentation",
        "mlflow": "mlflow-tracing",
    }.get(name, name)
    print(
        json.dumps(
            {
                "version": f"{package} {importlib.metadata.version(package)}",
                "ratio": found.ratios[name],
                "us": found.medians_us[name],
                "bare_us": found.medians_us["bare_sdk"],
            }
        ),
        flush=True,
    )
    os._exit(0)  # no peer's exit handler is waited for


if __name__ == "__main__":
    main(sys.argv[1])
