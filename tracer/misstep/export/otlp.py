"""The official OTLP exporters, made on the worker so that a fork never inherits a channel."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SpanExporter, SpanExportResult
from opentelemetry.util.re import parse_env_headers

from misstep.config import DEFAULT_ENDPOINT

_TIMEOUT_S = 10.0


def traces_url(endpoint: str | None) -> str:
    """Where OTLP/HTTP traces go for a base ``endpoint`` (None: what the environment says)."""
    if endpoint:
        return endpoint if endpoint.endswith("/v1/traces") else endpoint.rstrip("/") + "/v1/traces"
    exact = os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    if exact:
        return exact
    base = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or DEFAULT_ENDPOINT
    return base.rstrip("/") + "/v1/traces"


def protocol() -> str:
    """``grpc`` or ``http/protobuf``, as the standard variables say."""
    return (
        os.environ.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
        or os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL")
        or "http/protobuf"
    ).strip()


class LazyOtlpExporter(SpanExporter):
    """The OTLP exporter the environment asks for, made at the first batch."""

    def __init__(self, endpoint: str | None, *, console: bool = False) -> None:
        self._endpoint = endpoint
        self._console = console
        self._exporter: SpanExporter | None = None
        self._pid = 0
        self._stopped = False
        self.grpc = protocol() == "grpc" and endpoint is None
        self.headers: Mapping[str, str] = parse_env_headers(
            os.environ.get("OTEL_EXPORTER_OTLP_TRACES_HEADERS")
            or os.environ.get("OTEL_EXPORTER_OTLP_HEADERS", ""),
            liberal=True,
        )

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Sends a batch, retrying as OTLP says."""
        if self._stopped:
            return SpanExportResult.FAILURE
        if self._exporter is None or self._pid != os.getpid():
            self._exporter, self._pid = self._make(), os.getpid()
        return self._exporter.export(spans)

    def _make(self) -> SpanExporter:
        if self._console:
            return ConsoleSpanExporter()
        if self.grpc:
            from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import (
                OTLPSpanExporter as GrpcExporter,
            )

            return GrpcExporter()
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        return OTLPSpanExporter(endpoint=traces_url(self._endpoint) if self._endpoint else None)

    def shutdown(self) -> None:
        """Interrupts a retry that is under way."""
        self._stopped = True
        if self._exporter is not None:
            self._exporter.shutdown()
