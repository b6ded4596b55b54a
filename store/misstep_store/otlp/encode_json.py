"""Spans and log records as OTLP JSON: hex ids, integers as text, as the specification writes it."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Sequence
from typing import Any

import orjson

from misstep_store.otlp.encode import Item, grouped
from misstep_store.otlp.spans import LogRecord, Resource, Scope, Span, SpanEvent, SpanLink

_INT64 = 2**63


def traces(spans: Sequence[Span]) -> bytes:
    """An ExportTraceServiceRequest in JSON, spans grouped by resource and scope."""
    return orjson.dumps({"resourceSpans": _groups(spans, "scopeSpans", "spans", _span)})


def logs(records: Sequence[LogRecord]) -> bytes:
    """An ExportLogsServiceRequest in JSON, records grouped by resource and scope."""
    return orjson.dumps({"resourceLogs": _groups(records, "scopeLogs", "logRecords", _log)})


def _groups(
    items: Sequence[Item], scoped: str, members: str, one: Callable[[Any], dict[str, Any]]
) -> list[dict[str, Any]]:
    return [
        _filled(
            resource=_resource(resource),
            schemaUrl=resource.schema_url,
            **{
                scoped: [
                    _filled(
                        scope=_scope(scope),
                        schemaUrl=scope.schema_url,
                        **{members: [one(item) for item in of_scope]},
                    )
                    for scope, of_scope in scopes
                ]
            },
        )
        for resource, scopes in grouped(items)
    ]


def _filled(**fields: Any) -> dict[str, Any]:
    """Without what protobuf's JSON leaves out too: empty text, zero, empty lists."""
    return {k: v for k, v in fields.items() if v not in ("", 0, None, [])}


def _resource(resource: Resource) -> dict[str, Any]:
    references = [
        _filled(
            schemaUrl=r.get("schema_url", ""),
            type=r.get("type", ""),
            idKeys=list(r.get("id_keys", ())),
            descriptionKeys=list(r.get("description_keys", ())),
        )
        for r in resource.entity_refs
    ]
    return _filled(
        attributes=_pairs(resource.attributes),
        droppedAttributesCount=resource.dropped_attributes_count,
        entityRefs=references,
    )


def _scope(scope: Scope) -> dict[str, Any]:
    return _filled(
        name=scope.name,
        version=scope.version,
        attributes=_pairs(scope.attributes),
        droppedAttributesCount=scope.dropped_attributes_count,
    )


def _span(span: Span) -> dict[str, Any]:
    return _filled(
        traceId=span.trace_id,
        spanId=span.span_id,
        parentSpanId=span.parent_span_id,
        traceState=span.trace_state,
        flags=span.flags,
        name=span.name,
        kind=span.kind,
        startTimeUnixNano=str(span.start_unix_nano),
        endTimeUnixNano=str(span.end_unix_nano),
        attributes=_pairs(span.attributes),
        droppedAttributesCount=span.dropped_attributes_count,
        events=[_event(e) for e in span.events],
        droppedEventsCount=span.dropped_events_count,
        links=[_link(x) for x in span.links],
        droppedLinksCount=span.dropped_links_count,
        status=_filled(code=span.status_code, message=span.status_message),
    )


def _event(event: SpanEvent) -> dict[str, Any]:
    return _filled(
        timeUnixNano=str(event.time_unix_nano),
        name=event.name,
        attributes=_pairs(event.attributes),
        droppedAttributesCount=event.dropped_attributes_count,
    )


def _link(link: SpanLink) -> dict[str, Any]:
    return _filled(
        traceId=link.trace_id,
        spanId=link.span_id,
        traceState=link.trace_state,
        attributes=_pairs(link.attributes),
        droppedAttributesCount=link.dropped_attributes_count,
        flags=link.flags,
    )


def _log(log: LogRecord) -> dict[str, Any]:
    return _filled(
        timeUnixNano=str(log.time_unix_nano),
        observedTimeUnixNano=str(log.observed_time_unix_nano),
        severityNumber=log.severity_number,
        severityText=log.severity_text,
        eventName=log.event_name,
        body=any_value(log.body),
        attributes=_pairs(log.attributes),
        droppedAttributesCount=log.dropped_attributes_count,
        flags=log.flags,
        traceId=log.trace_id,
        spanId=log.span_id,
    )


def _pairs(attributes: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": k, "value": any_value(v)} for k, v in attributes.items()]


def any_value(value: Any) -> dict[str, Any]:
    """A Python value as OTLP JSON carries it; integers beyond 64 bits become text."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, int):
        fits = -_INT64 <= value < _INT64
        return {"intValue" if fits else "stringValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": _double(value)}
    if isinstance(value, bytes):
        return {"bytesValue": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {"kvlistValue": {"values": _pairs(value)}}
    if isinstance(value, list | tuple):
        return {"arrayValue": {"values": [any_value(v) for v in value]}}
    return {}


def _double(value: float) -> float | str:
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")
