"""The official OTLP/gRPC exporter, given batches that are encoded already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from misstep.export.batch import Batch


class _Encoded(list[bytes]):
    """One encoded request, in the place of a list of spans."""


class EncodedGrpcExporter(OTLPSpanExporter):
    """Sends through the exporter's own channel: its retries, metadata, credentials."""

    def _translate_data(self, data: Sequence[Any]) -> ExportTraceServiceRequest:
        if isinstance(data, _Encoded):
            return ExportTraceServiceRequest.FromString(data[0])
        return super()._translate_data(data)

    def export_encoded(self, batch: Batch) -> bool:
        """Sends every request of the batch; True when all were taken."""
        results = [self.export(_Encoded([body])) for body in batch.requests()]  # type: ignore[arg-type]
        return all(r is SpanExportResult.SUCCESS for r in results)


def make(endpoint: str | None) -> SpanExporter:
    """The exporter for ``grpc://host:port`` or ``grpcs://`` (None: what the environment says)."""
    # A name of the exporter's inside: where a release has it not, spans go the usual way.
    kind = EncodedGrpcExporter if hasattr(OTLPSpanExporter, "_translate_data") else OTLPSpanExporter
    if endpoint is None:
        return kind()
    parts = urlsplit(endpoint)
    return kind(endpoint=parts.netloc, insecure=parts.scheme == "grpc")
