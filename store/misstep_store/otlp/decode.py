"""OTLP bytes, protobuf or JSON, as spans and log records.

A body that is not OTLP at all raises DecodeError; a single bad span in a good body is left out and
reported, so that the sender gets a partial success.

Source: opentelemetry-proto 1.11; the JSON encoding of the OTLP specification (hex ids, integers for
enums, 64-bit integers as text or number, unknown fields ignored).
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson
from google.protobuf.message import DecodeError as ProtobufError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from misstep.errors import DecodeError
from misstep_store.otlp.spans import LogRecord, Resource, Scope, Span, SpanEvent, SpanLink

MAX_DEPTH = 100
_HEX = frozenset("0123456789abcdef")
_MAX_NANO = 2**63 - 1


@dataclass(slots=True)
class Decoded:
    """What a body held; ``rejected`` has one sentence for each span or record left out."""

    spans: list[Span] = field(default_factory=list)
    logs: list[LogRecord] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)


def decode_traces(body: bytes, *, json: bool) -> Decoded:
    """The spans of an ExportTraceServiceRequest.

    Raises:
        DecodeError: when the body is not one.
    """
    return _traces_json(_json(body)) if json else _traces_protobuf(body)


def decode_logs(body: bytes, *, json: bool) -> Decoded:
    """The records of an ExportLogsServiceRequest.

    Raises:
        DecodeError: when the body is not one.
    """
    return _logs_json(_json(body)) if json else _logs_protobuf(body)


def _check_ids(trace_id: str, span_id: str, what: str) -> str | None:
    for label, value, length in (("trace_id", trace_id, 32), ("span_id", span_id, 16)):
        if len(value) != length or not _HEX.issuperset(value):
            return f"{what}: {label} must be {length} hex digits, got {value[:40]!r}"
        if value == "0" * length:
            return f"{what}: {label} is all zeros"
    return None


# --- protobuf ----------------------------------------------------------------------------


def parse(kind: Any, body: bytes) -> Any:
    """The body as a message of that kind.

    Raises:
        DecodeError: when it is none.
    """
    message = kind()
    try:
        message.ParseFromString(body)
    except (ProtobufError, RecursionError, ValueError) as error:
        raise DecodeError(f"the body is not an OTLP {kind.DESCRIPTOR.name}: {error}") from error
    return message


def _traces_protobuf(body: bytes) -> Decoded:
    made = Decoded()
    for group in parse(ExportTraceServiceRequest, body).resource_spans:
        resource = resource_of(group.resource, group.schema_url)
        for scoped in group.scope_spans:
            scope = scope_of(scoped.scope, scoped.schema_url)
            for raw in scoped.spans:
                _add_span(made, raw, resource, scope)
    return made


def _add_span(made: Decoded, raw: Any, resource: Resource, scope: Scope) -> None:
    trace_id, span_id = raw.trace_id.hex(), raw.span_id.hex()
    problem = _check_ids(trace_id, span_id, f"span {raw.name[:80]!r}")
    if problem:
        made.rejected.append(problem)
        return
    made.spans.append(
        Span(
            trace_id=trace_id,
            span_id=span_id,
            name=raw.name,
            parent_span_id=_parent(raw.parent_span_id.hex()),
            trace_state=raw.trace_state,
            flags=raw.flags,
            kind=raw.kind,
            start_unix_nano=min(raw.start_time_unix_nano, _MAX_NANO),
            end_unix_nano=min(raw.end_time_unix_nano, _MAX_NANO),
            attributes=_attributes(raw.attributes),
            dropped_attributes_count=raw.dropped_attributes_count,
            events=[
                SpanEvent(
                    e.name,
                    min(e.time_unix_nano, _MAX_NANO),
                    _attributes(e.attributes),
                    e.dropped_attributes_count,
                )
                for e in raw.events
            ],
            dropped_events_count=raw.dropped_events_count,
            links=[
                SpanLink(
                    x.trace_id.hex(),
                    x.span_id.hex(),
                    x.trace_state,
                    _attributes(x.attributes),
                    x.dropped_attributes_count,
                    x.flags,
                )
                for x in raw.links
            ],
            dropped_links_count=raw.dropped_links_count,
            status_code=raw.status.code,
            status_message=raw.status.message,
            resource=resource,
            scope=scope,
        )
    )


def _logs_protobuf(body: bytes) -> Decoded:
    made = Decoded()
    for group in parse(ExportLogsServiceRequest, body).resource_logs:
        resource = resource_of(group.resource, group.schema_url)
        for scoped in group.scope_logs:
            scope = scope_of(scoped.scope, scoped.schema_url)
            made.logs += [_log(raw, resource, scope) for raw in scoped.log_records]
    return made


def _log(raw: Any, resource: Resource, scope: Scope) -> LogRecord:
    return LogRecord(
        trace_id=raw.trace_id.hex(),
        span_id=raw.span_id.hex(),
        time_unix_nano=min(raw.time_unix_nano, _MAX_NANO),
        observed_time_unix_nano=min(raw.observed_time_unix_nano, _MAX_NANO),
        severity_number=raw.severity_number,
        severity_text=raw.severity_text,
        event_name=raw.event_name,
        body=_value(raw.body),
        attributes=_attributes(raw.attributes),
        dropped_attributes_count=raw.dropped_attributes_count,
        flags=raw.flags,
        resource=resource,
        scope=scope,
    )


def _parent(parent: str) -> str:
    return "" if parent == "0" * 16 else parent


def resource_of(raw: Any, schema_url: str) -> Resource:
    """A protobuf resource as ours."""
    references = [
        {
            "schema_url": r.schema_url,
            "type": r.type,
            "id_keys": list(r.id_keys),
            "description_keys": list(r.description_keys),
        }
        for r in getattr(raw, "entity_refs", ())
    ]
    return Resource(
        _attributes(raw.attributes), raw.dropped_attributes_count, schema_url, references
    )


def scope_of(raw: Any, schema_url: str) -> Scope:
    """A protobuf scope as ours."""
    return Scope(
        raw.name,
        raw.version,
        _attributes(raw.attributes),
        raw.dropped_attributes_count,
        schema_url,
    )


def _attributes(pairs: Iterable[Any]) -> dict[str, Any]:
    return {p.key: _value(p.value) for p in pairs}


def _value(raw: Any, depth: int = 0) -> Any:
    kind = raw.WhichOneof("value")
    if kind == "string_value":
        return raw.string_value
    if kind is None:
        return None
    if kind == "array_value":
        return _nested(depth, lambda: [_value(v, depth + 1) for v in raw.array_value.values])
    if kind == "kvlist_value":
        return _nested(
            depth, lambda: {p.key: _value(p.value, depth + 1) for p in raw.kvlist_value.values}
        )
    return getattr(raw, kind)


def _nested(depth: int, make: Callable[[], Any]) -> Any:
    return "<nested too deep>" if depth > MAX_DEPTH else make()


# --- JSON --------------------------------------------------------------------------------


def _json(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        parsed = orjson.loads(body)
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise DecodeError(f"the body is not JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise DecodeError(f"an OTLP JSON body is an object, not {type(parsed).__name__}")
    return parsed


def _traces_json(body: dict[str, Any]) -> Decoded:
    made = Decoded()
    for group in _objects(body, "resourceSpans"):
        resource = _resource_json(group)
        for scoped in _objects(group, "scopeSpans"):
            scope = _scope_json(scoped)
            for raw in _objects(scoped, "spans"):
                _add_span_json(made, raw, resource, scope)
    return made


def _add_span_json(made: Decoded, raw: dict[str, Any], resource: Resource, scope: Scope) -> None:
    name = _text(raw, "name")
    try:
        trace_id, span_id = _id(raw, "traceId"), _id(raw, "spanId")
        problem = _check_ids(trace_id, span_id, f"span {name[:80]!r}")
        if problem:
            raise DecodeError(problem)
        status = raw.get("status") if isinstance(raw.get("status"), dict) else {}
        span = Span(
            trace_id=trace_id,
            span_id=span_id,
            name=name,
            parent_span_id=_parent(_id(raw, "parentSpanId")),
            trace_state=_text(raw, "traceState"),
            flags=_integer(raw, "flags"),
            kind=_integer(raw, "kind"),
            start_unix_nano=_nano(raw, "startTimeUnixNano"),
            end_unix_nano=_nano(raw, "endTimeUnixNano"),
            attributes=_attributes_json(raw),
            dropped_attributes_count=_integer(raw, "droppedAttributesCount"),
            events=[_event_json(e) for e in _objects(raw, "events")],
            dropped_events_count=_integer(raw, "droppedEventsCount"),
            links=[_link_json(x) for x in _objects(raw, "links")],
            dropped_links_count=_integer(raw, "droppedLinksCount"),
            status_code=_integer(status, "code"),  # type: ignore[arg-type]
            status_message=_text(status, "message"),  # type: ignore[arg-type]
            resource=resource,
            scope=scope,
        )
    except DecodeError as error:
        made.rejected.append(str(error))
        return
    made.spans.append(span)


def _event_json(raw: dict[str, Any]) -> SpanEvent:
    return SpanEvent(
        _text(raw, "name"),
        _nano(raw, "timeUnixNano"),
        _attributes_json(raw),
        _integer(raw, "droppedAttributesCount"),
    )


def _link_json(raw: dict[str, Any]) -> SpanLink:
    return SpanLink(
        _id(raw, "traceId"),
        _id(raw, "spanId"),
        _text(raw, "traceState"),
        _attributes_json(raw),
        _integer(raw, "droppedAttributesCount"),
        _integer(raw, "flags"),
    )


def _logs_json(body: dict[str, Any]) -> Decoded:
    made = Decoded()
    for group in _objects(body, "resourceLogs"):
        resource = _resource_json(group)
        for scoped in _objects(group, "scopeLogs"):
            scope = _scope_json(scoped)
            for raw in _objects(scoped, "logRecords"):
                try:
                    made.logs.append(_log_json(raw, resource, scope))
                except DecodeError as error:
                    made.rejected.append(str(error))
    return made


def _log_json(raw: dict[str, Any], resource: Resource, scope: Scope) -> LogRecord:
    return LogRecord(
        trace_id=_id(raw, "traceId"),
        span_id=_id(raw, "spanId"),
        time_unix_nano=_nano(raw, "timeUnixNano"),
        observed_time_unix_nano=_nano(raw, "observedTimeUnixNano"),
        severity_number=_integer(raw, "severityNumber"),
        severity_text=_text(raw, "severityText"),
        event_name=_text(raw, "eventName"),
        body=_value_json(raw.get("body"), 0),
        attributes=_attributes_json(raw),
        dropped_attributes_count=_integer(raw, "droppedAttributesCount"),
        flags=_integer(raw, "flags"),
        resource=resource,
        scope=scope,
    )


def _resource_json(group: dict[str, Any]) -> Resource:
    raw = group.get("resource") if isinstance(group.get("resource"), dict) else {}
    return Resource(
        _attributes_json(raw),  # type: ignore[arg-type]
        _integer(raw, "droppedAttributesCount"),  # type: ignore[arg-type]
        _text(group, "schemaUrl"),
        [
            {
                "schema_url": _text(r, "schemaUrl"),
                "type": _text(r, "type"),
                "id_keys": r.get("idKeys") or [],
                "description_keys": r.get("descriptionKeys") or [],
            }
            for r in _objects(raw, "entityRefs")  # type: ignore[arg-type]
        ],
    )


def _scope_json(scoped: dict[str, Any]) -> Scope:
    raw: dict[str, Any] = scoped["scope"] if isinstance(scoped.get("scope"), dict) else {}
    return Scope(
        _text(raw, "name"),
        _text(raw, "version"),
        _attributes_json(raw),
        _integer(raw, "droppedAttributesCount"),
        _text(scoped, "schemaUrl"),
    )


def _objects(raw: dict[str, Any], key: str) -> list[dict[str, Any]]:
    value = raw.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
        raise DecodeError(f"{key} must be a list of objects")
    return value


def _text(raw: dict[str, Any], key: str) -> str:
    value = raw.get(key)
    return value if isinstance(value, str) else ""


def _id(raw: dict[str, Any], key: str) -> str:
    return _text(raw, key).lower()


def _integer(raw: dict[str, Any], key: str) -> int:
    value = raw.get(key)
    try:
        number = int(value) if value is not None else 0
    except (TypeError, ValueError, OverflowError) as error:
        raise DecodeError(f"{key} must be an integer, got {str(value)[:40]!r}") from error
    if not -(2**31) <= number < 2**32:
        raise DecodeError(f"{key} is out of range: {number}")
    return number


def _nano(raw: dict[str, Any], key: str) -> int:
    value = raw.get(key)
    try:
        return max(0, min(int(value), _MAX_NANO)) if value is not None else 0
    except (TypeError, ValueError, OverflowError) as error:
        raise DecodeError(f"{key} must be nanoseconds, got {str(value)[:40]!r}") from error


def _attributes_json(raw: dict[str, Any]) -> dict[str, Any]:
    pairs = raw.get("attributes")
    if not isinstance(pairs, list):
        return {}
    return {
        str(p["key"]): _value_json(p.get("value"), 0)
        for p in pairs
        if isinstance(p, dict) and "key" in p
    }


def _value_json(raw: Any, depth: int) -> Any:
    if not isinstance(raw, dict) or depth > MAX_DEPTH:
        return None if not isinstance(raw, dict) else "<nested too deep>"
    for key, convert in _CONVERT.items():
        if key in raw:
            return convert(raw[key], depth)
    return None


def _int_json(value: Any, _: int) -> Any:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _double_json(value: Any, _: int) -> Any:
    if isinstance(value, str):
        named = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
        return named.get(value)
    return float(value) if isinstance(value, int | float) else None


def _bytes_json(value: Any, _: int) -> Any:
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error):
        return None


def _array_json(value: Any, depth: int) -> Any:
    values = value.get("values") if isinstance(value, dict) else None
    return [_value_json(v, depth + 1) for v in values or []]


def _kvlist_json(value: Any, depth: int) -> Any:
    values = value.get("values") if isinstance(value, dict) else None
    return {
        str(p["key"]): _value_json(p.get("value"), depth + 1)
        for p in values or []
        if isinstance(p, dict) and "key" in p
    }


_CONVERT: dict[str, Callable[[Any, int], Any]] = {
    "stringValue": lambda v, _: v if isinstance(v, str) else str(v),
    "boolValue": lambda v, _: v if isinstance(v, bool) else None,
    "intValue": _int_json,
    "doubleValue": _double_json,
    "bytesValue": _bytes_json,
    "arrayValue": _array_json,
    "kvlistValue": _kvlist_json,
}
