"""What an inbox holds: spans that no server took yet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from misstep.inbox import inbox_path, segments


def spans(store: Path) -> list[Any]:
    """All spans in a store's inbox."""
    return [
        span
        for path, signal_ in segments(inbox_path(store))
        if signal_ == "traces"
        for r in ExportTraceServiceRequest.FromString(path.read_bytes()).resource_spans
        for scope in r.scope_spans
        for span in scope.spans
    ]


def attributes(span: Any) -> dict[str, Any]:
    return {a.key: a.value.string_value for a in span.attributes}


def names(store: Path) -> list[str]:
    return sorted(s.name for s in spans(store))
