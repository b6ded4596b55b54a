"""Spans and log records as OTLP requests: the inverse of ``decode``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from misstep_store.otlp.spans import LogRecord, Resource, Scope, Span

_INT64 = 2**63
Item = TypeVar("Item", Span, LogRecord)


def traces_request(spans: Sequence[Span]) -> ExportTraceServiceRequest:
    """One request with all spans, grouped by resource and scope."""
    request = ExportTraceServiceRequest()
    for resource, scopes in grouped(spans):
        group = request.resource_spans.add(schema_url=resource.schema_url)
        _resource(group.resource, resource)
        for scope, members in scopes:
            scoped = group.scope_spans.add(schema_url=scope.schema_url)
            _scope(scoped.scope, scope)
            for span in members:
                _span(scoped.spans.add(), span)
    return request


def logs_request(logs: Sequence[LogRecord]) -> ExportLogsServiceRequest:
    """One request with all records, grouped by resource and scope."""
    request = ExportLogsServiceRequest()
    for resource, scopes in grouped(logs):
        group = request.resource_logs.add(schema_url=resource.schema_url)
        _resource(group.resource, resource)
        for scope, members in scopes:
            scoped = group.scope_logs.add(schema_url=scope.schema_url)
            _scope(scoped.scope, scope)
            for log in members:
                _log(scoped.log_records.add(), log)
    return request


def grouped(items: Sequence[Item]) -> list[tuple[Resource, list[tuple[Scope, list[Item]]]]]:
    """Items by resource, then by scope, in the order in which each was first met."""
    groups: dict[str, tuple[Resource, dict[str, tuple[Scope, list[Item]]]]] = {}
    keys: dict[int, str] = {}  # most items share the object; its text is made once
    for item in items:
        resource, scope = item.resource, item.scope
        resource_key = keys.get(id(resource)) or keys.setdefault(id(resource), repr(resource))
        scope_key = keys.get(id(scope)) or keys.setdefault(id(scope), repr(scope))
        scopes = groups.setdefault(resource_key, (resource, {}))[1]
        scopes.setdefault(scope_key, (scope, []))[1].append(item)
    return [(resource, list(scopes.values())) for resource, scopes in groups.values()]


def _resource(message: Any, resource: Resource) -> None:
    message.attributes.extend(_pairs(resource.attributes))
    message.dropped_attributes_count = resource.dropped_attributes_count
    for reference in resource.entity_refs:
        message.entity_refs.add(**reference)


def _scope(message: Any, scope: Scope) -> None:
    message.name, message.version = scope.name, scope.version
    message.attributes.extend(_pairs(scope.attributes))
    message.dropped_attributes_count = scope.dropped_attributes_count


def _span(message: Any, span: Span) -> None:
    message.trace_id, message.span_id = bytes.fromhex(span.trace_id), bytes.fromhex(span.span_id)
    message.parent_span_id = bytes.fromhex(span.parent_span_id)
    message.trace_state, message.flags, message.name = span.trace_state, span.flags, span.name
    message.kind = span.kind
    message.start_time_unix_nano = span.start_unix_nano
    message.end_time_unix_nano = span.end_unix_nano
    message.attributes.extend(_pairs(span.attributes))
    message.dropped_attributes_count = span.dropped_attributes_count
    for event in span.events:
        message.events.add(
            name=event.name,
            time_unix_nano=event.time_unix_nano,
            attributes=_pairs(event.attributes),
            dropped_attributes_count=event.dropped_attributes_count,
        )
    message.dropped_events_count = span.dropped_events_count
    for link in span.links:
        message.links.add(
            trace_id=bytes.fromhex(link.trace_id),
            span_id=bytes.fromhex(link.span_id),
            trace_state=link.trace_state,
            attributes=_pairs(link.attributes),
            dropped_attributes_count=link.dropped_attributes_count,
            flags=link.flags,
        )
    message.dropped_links_count = span.dropped_links_count
    message.status.code, message.status.message = span.status_code, span.status_message


def _log(message: Any, log: LogRecord) -> None:
    message.trace_id, message.span_id = bytes.fromhex(log.trace_id), bytes.fromhex(log.span_id)
    message.time_unix_nano = log.time_unix_nano
    message.observed_time_unix_nano = log.observed_time_unix_nano
    message.severity_number, message.severity_text = log.severity_number, log.severity_text
    message.event_name = log.event_name
    message.body.CopyFrom(any_value(log.body))
    message.attributes.extend(_pairs(log.attributes))
    message.dropped_attributes_count, message.flags = log.dropped_attributes_count, log.flags


def _pairs(attributes: dict[str, Any]) -> Iterable[KeyValue]:
    return [KeyValue(key=k, value=any_value(v)) for k, v in attributes.items()]


def any_value(value: Any) -> AnyValue:
    """A Python value as OTLP carries it; integers beyond 64 bits become text."""
    made = AnyValue()
    if isinstance(value, bool):
        made.bool_value = value
    elif isinstance(value, str):
        made.string_value = value
    elif isinstance(value, int) and -_INT64 <= value < _INT64:
        made.int_value = value
    elif isinstance(value, int):
        made.string_value = str(value)
    elif isinstance(value, float):
        made.double_value = value
    elif isinstance(value, bytes):
        made.bytes_value = value
    elif isinstance(value, dict):
        made.kvlist_value.SetInParent()
        made.kvlist_value.values.extend(_pairs(value))
    elif isinstance(value, list | tuple):
        made.array_value.SetInParent()
        made.array_value.values.extend(any_value(v) for v in value)
    return made
