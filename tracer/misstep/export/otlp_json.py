"""OTLP JSON of spans: hex ids, as the specification wants them (protobuf's own JSON has base64)."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan

_IDS = frozenset({"traceId", "spanId", "parentSpanId"})


def request_json(spans: Sequence[ReadableSpan]) -> dict[str, Any]:
    """An ExportTraceServiceRequest as OTLP JSON."""
    request = MessageToDict(encode_spans(spans), use_integers_for_enums=True)
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
