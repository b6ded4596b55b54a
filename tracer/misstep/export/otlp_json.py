"""OTLP JSON of spans: hex ids, as the specification wants them (protobuf's own JSON has base64)."""

from __future__ import annotations

import base64
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_IDS = frozenset({"traceId", "spanId", "parentSpanId"})


def request_json(body: bytes) -> dict[str, Any]:
    """A serialised ExportTraceServiceRequest as OTLP JSON."""
    message = ExportTraceServiceRequest.FromString(body)
    request = MessageToDict(message, use_integers_for_enums=True)
    return {"resourceSpans": [_hex(r) for r in request.get("resourceSpans", [])]}


def _hex(value: Any) -> Any:
    if isinstance(value, list):
        return [_hex(v) for v in value]
    if isinstance(value, dict):
        return {
            k: base64.b64decode(v).hex() if k in _IDS and isinstance(v, str) else _hex(v)
            for k, v in value.items()
        }
    return value
