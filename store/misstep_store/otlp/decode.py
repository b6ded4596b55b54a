"""OTLP bytes, protobuf or JSON, as spans and log records.

A body that is not OTLP at all raises DecodeError; a single bad span in a good body is left out and
reported, so that the sender gets a partial success.

Source: opentelemetry-proto 1.11; the JSON encoding of the OTLP specification (hex ids, integers for
enums, 64-bit integers as text or number, unknown fields ignored).
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson
from google.protobuf.message import DecodeError as ProtobufError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from misstep.errors import DecodeError
from misstep_store.otlp import json_fields as fields
from misstep_store.otlp.json_fields import HEX, MAX_DEPTH, MAX_NANO
from misstep_store.otlp.spans import LogRecord, Resource, Scope, Span, SpanEvent, SpanLink


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


def decode_object(body: dict[str, Any]) -> Decoded:
    """The spans and log records of a parsed OTLP JSON request.

    Raises:
        DecodeError: when a list of it is none.
    """
    traces, logs = _traces_json(body), _logs_json(body)
    return Decoded(traces.spans, logs.logs, traces.rejected + logs.rejected)


def _check_ids(trace_id: str, span_id: str, what: str) -> str | None:
    for label, value, length in (("trace_id", trace_id, 32), ("span_id", span_id, 16)):
        if len(value) != length or not HEX.issuperset(value):
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
            start_unix_nano=min(raw.start_time_unix_nano, MAX_NANO),
            end_unix_nano=min(raw.end_time_unix_nano, MAX_NANO),
            attributes=_attributes(raw.attributes),
            dropped_attributes_count=raw.dropped_attributes_count,
            events=[
                SpanEvent(
                    e.name,
                    min(e.time_unix_nano, MAX_NANO),
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
        time_unix_nano=min(raw.time_unix_nano, MAX_NANO),
        observed_time_unix_nano=min(raw.observed_time_unix_nano, MAX_NANO),
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
        parsed = fields.parsed(body.removeprefix(codecs.BOM_UTF8))
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise DecodeError(f"the body is not JSON: {error}") from error
    if not isinstance(parsed, dict):
        raise DecodeError(f"an OTLP JSON body is an object, not {type(parsed).__name__}")
    return parsed


def _traces_json(body: dict[str, Any]) -> Decoded:
    made = Decoded()
    for group in fields.objects(body, "resourceSpans"):
        resource = _resource_json(group)
        for scoped in fields.objects(group, "scopeSpans"):
            scope = _scope_json(scoped)
            for raw in fields.objects(scoped, "spans"):
                _add_span_json(made, raw, resource, scope)
    return made


def _add_span_json(made: Decoded, raw: dict[str, Any], resource: Resource, scope: Scope) -> None:
    name = fields.text(raw, "name")
    try:
        trace_id, span_id = fields.id_of(raw, "traceId"), fields.id_of(raw, "spanId")
        problem = _check_ids(trace_id, span_id, f"span {name[:80]!r}")
        if problem:
            raise DecodeError(problem)
        status = raw.get("status") if isinstance(raw.get("status"), dict) else {}
        span = Span(
            trace_id=trace_id,
            span_id=span_id,
            name=name,
            parent_span_id=_parent(fields.other_id(raw, "parentSpanId")),
            trace_state=fields.text(raw, "traceState"),
            flags=fields.count_of(raw, "flags"),
            kind=fields.enum(raw, "kind"),
            start_unix_nano=fields.nano(raw, "startTimeUnixNano"),
            end_unix_nano=fields.nano(raw, "endTimeUnixNano"),
            attributes=fields.attributes(raw),
            dropped_attributes_count=fields.count_of(raw, "droppedAttributesCount"),
            events=[_event_json(e) for e in fields.objects(raw, "events")],
            dropped_events_count=fields.count_of(raw, "droppedEventsCount"),
            links=[_link_json(x) for x in fields.objects(raw, "links")],
            dropped_links_count=fields.count_of(raw, "droppedLinksCount"),
            status_code=fields.enum(status, "code"),  # type: ignore[arg-type]
            status_message=fields.text(status, "message"),  # type: ignore[arg-type]
            resource=resource,
            scope=scope,
        )
    except DecodeError as error:
        made.rejected.append(str(error))
        return
    made.spans.append(span)


def _event_json(raw: dict[str, Any]) -> SpanEvent:
    return SpanEvent(
        fields.text(raw, "name"),
        fields.nano(raw, "timeUnixNano"),
        fields.attributes(raw),
        fields.count_of(raw, "droppedAttributesCount"),
    )


def _link_json(raw: dict[str, Any]) -> SpanLink:
    return SpanLink(
        fields.other_id(raw, "traceId"),
        fields.other_id(raw, "spanId"),
        fields.text(raw, "traceState"),
        fields.attributes(raw),
        fields.count_of(raw, "droppedAttributesCount"),
        fields.count_of(raw, "flags"),
    )


def _logs_json(body: dict[str, Any]) -> Decoded:
    made = Decoded()
    for group in fields.objects(body, "resourceLogs"):
        resource = _resource_json(group)
        for scoped in fields.objects(group, "scopeLogs"):
            scope = _scope_json(scoped)
            for raw in fields.objects(scoped, "logRecords"):
                try:
                    made.logs.append(_log_json(raw, resource, scope))
                except DecodeError as error:
                    made.rejected.append(str(error))
    return made


def _log_json(raw: dict[str, Any], resource: Resource, scope: Scope) -> LogRecord:
    return LogRecord(
        trace_id=fields.other_id(raw, "traceId"),
        span_id=fields.other_id(raw, "spanId"),
        time_unix_nano=fields.nano(raw, "timeUnixNano"),
        observed_time_unix_nano=fields.nano(raw, "observedTimeUnixNano"),
        severity_number=fields.enum(raw, "severityNumber"),
        severity_text=fields.text(raw, "severityText"),
        event_name=fields.text(raw, "eventName"),
        body=fields.value_of(raw.get("body"), 0),
        attributes=fields.attributes(raw),
        dropped_attributes_count=fields.count_of(raw, "droppedAttributesCount"),
        flags=fields.count_of(raw, "flags"),
        resource=resource,
        scope=scope,
    )


def _resource_json(group: dict[str, Any]) -> Resource:
    raw = group.get("resource") if isinstance(group.get("resource"), dict) else {}
    return Resource(
        fields.attributes(raw),  # type: ignore[arg-type]
        fields.count_of(raw, "droppedAttributesCount"),  # type: ignore[arg-type]
        fields.text(group, "schemaUrl"),
        [
            {
                "schema_url": fields.text(r, "schemaUrl"),
                "type": fields.text(r, "type"),
                "id_keys": fields.texts(r, "idKeys"),
                "description_keys": fields.texts(r, "descriptionKeys"),
            }
            for r in fields.objects(raw, "entityRefs")  # type: ignore[arg-type]
        ],
    )


def _scope_json(scoped: dict[str, Any]) -> Scope:
    raw: dict[str, Any] = scoped["scope"] if isinstance(scoped.get("scope"), dict) else {}
    return Scope(
        fields.text(raw, "name"),
        fields.text(raw, "version"),
        fields.attributes(raw),
        fields.count_of(raw, "droppedAttributesCount"),
        fields.text(scoped, "schemaUrl"),
    )
