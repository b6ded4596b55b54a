"""Spans and log records as database rows, and back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
import pyarrow as pa

from misstep_store import layout
from misstep_store.otlp import values
from misstep_store.otlp.spans import LogRecord, Resource, Scope, Span, SpanEvent, SpanLink

_U32, _I64, _TEXT = pa.uint32(), pa.int64(), pa.string_view()

SPAN_COLUMNS: dict[str, pa.DataType] = {
    "trace_id": _TEXT,
    "span_id": _TEXT,
    "parent_span_id": _TEXT,
    "trace_state": _TEXT,
    "flags": _U32,
    "name": _TEXT,
    "kind": _U32,
    "start_unix_nano": _I64,
    "end_unix_nano": _I64,
    "attributes": _TEXT,
    "dropped_attributes_count": _U32,
    "events": _TEXT,
    "dropped_events_count": _U32,
    "links": _TEXT,
    "dropped_links_count": _U32,
    "status_code": _U32,
    "status_message": _TEXT,
    "resource_id": _TEXT,
    "scope_id": _TEXT,
    # from here on copies of attributes, to filter and to sum by without reading JSON
    "service": _TEXT,
    "version": _TEXT,
    "operation": _TEXT,
    "provider": _TEXT,
    "model": _TEXT,
    "session_id": _TEXT,
    "user_id": _TEXT,
    "pipeline": _TEXT,
    "input_tokens": _U32,
    "output_tokens": _U32,
    "received_unix_nano": _I64,
}
STORED_SPAN = 19
"""How many of the span's columns hold the span itself."""
INDEX_COLUMNS: dict[str, pa.DataType] = {
    "trace_id": _TEXT,
    "start_unix_nano": _I64,
    "last_start_unix_nano": _I64,
    "end_unix_nano": _I64,
    "spans": _U32,
    "open_spans": _U32,
    "errors": _U32,
    "logs": _U32,
    "service": _TEXT,
    "version": _TEXT,
    "session_id": _TEXT,
    "user_id": _TEXT,
    "pipeline": _TEXT,
    "commit_number": _I64,
}
LOG_COLUMNS: dict[str, pa.DataType] = {
    "trace_id": _TEXT,
    "span_id": _TEXT,
    "time_unix_nano": _I64,
    "observed_time_unix_nano": _I64,
    "severity_number": pa.int32(),
    "severity_text": _TEXT,
    "event_name": _TEXT,
    "body": _TEXT,
    "attributes": _TEXT,
    "dropped_attributes_count": _U32,
    "flags": _U32,
    "resource_id": _TEXT,
    "scope_id": _TEXT,
    "digest": _TEXT,
    "received_unix_nano": _I64,
}
RESOURCE_COLUMNS = {
    "resource_id": _TEXT,
    "attributes": _TEXT,
    "dropped_attributes_count": _U32,
    "schema_url": _TEXT,
    "entity_refs": _TEXT,
}
SCOPE_COLUMNS = {
    "scope_id": _TEXT,
    "name": _TEXT,
    "version": _TEXT,
    "attributes": _TEXT,
    "dropped_attributes_count": _U32,
    "schema_url": _TEXT,
}
Row = tuple[Any, ...]


def table(columns: dict[str, pa.DataType], rows: Sequence[Row]) -> pa.Table:
    """Rows as an Arrow table, which DuckDB takes without copying value by value."""
    by_column = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    arrays = [
        _array(values_, kind) for values_, kind in zip(by_column, columns.values(), strict=True)
    ]
    return pa.Table.from_arrays(arrays, names=list(columns))


def _array(values_: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if kind == _TEXT:  # pyarrow makes views from Python text only by way of plain strings
        return pa.array(values_, type=pa.string()).cast(_TEXT)
    return pa.array(values_, type=kind)


def _clean(text: str) -> str:
    """DuckDB text holds no NUL and no lone surrogate."""
    if "\x00" in text:
        text = text.replace("\x00", "\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def digest(*parts: Any) -> str:
    """128 bits that stand for the content of the parts."""
    return hashlib.blake2b(orjson.dumps(parts), digest_size=16).hexdigest()


def resource_row(resource: Resource) -> Row:
    """The row of a resource; its id is the hash of the rest."""
    rest = (
        values.dumps(resource.attributes),
        resource.dropped_attributes_count,
        _clean(resource.schema_url),
        values.dumps(resource.entity_refs),
    )
    return (digest(*rest), *rest)


def scope_row(scope: Scope) -> Row:
    """The row of a scope; its id is the hash of the rest."""
    rest = (
        _clean(scope.name),
        _clean(scope.version),
        values.dumps(scope.attributes),
        scope.dropped_attributes_count,
        _clean(scope.schema_url),
    )
    return (digest(*rest), *rest)


def span_row(span: Span, resource_id: str, scope_id: str, received_unix_nano: int) -> Row:
    """The row of a span."""
    row = (
        span.trace_id,
        span.span_id,
        span.parent_span_id,
        _clean(span.trace_state),
        span.flags,
        _clean(span.name),
        max(0, span.kind),
        span.start_unix_nano,
        span.end_unix_nano,
        values.dumps(span.attributes),
        span.dropped_attributes_count,
        values.dumps([_event(e) for e in span.events]) if span.events else "[]",
        span.dropped_events_count,
        values.dumps([_link(x) for x in span.links]) if span.links else "[]",
        span.dropped_links_count,
        max(0, span.status_code),
        _clean(span.status_message),
        resource_id,
        scope_id,
    )
    promoted = _promoted(span)
    return (*row, *promoted, received_unix_nano)


def _promoted(span: Span) -> Row:
    texts = [_first_text(span, name) for name in layout.PROMOTED if name in layout.KEPT_TEXTS]
    numbers = [_first_number(span, name) for name in ("input_tokens", "output_tokens")]
    return (*service_and_version(span.resource), *texts, *numbers)


def _first_text(span: Span, column: str) -> str | None:
    for key in layout.PROMOTED[column]:
        value = span.attributes.get(key)
        if isinstance(value, str) and value:
            return _clean(value)
    return None


def _first_number(span: Span, column: str) -> int:
    for key in layout.PROMOTED[column]:
        value = span.attributes.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return min(max(0, value), 2**32 - 1)
    return 0


def service_and_version(resource: Resource) -> tuple[str | None, str | None]:
    """``service.name`` and ``service.version`` of a resource, where they are texts."""
    found = [resource.attributes.get(key) for key in ("service.name", "service.version")]
    service, version = (_clean(v) if isinstance(v, str) and v else None for v in found)
    return service, version


def log_row(log: LogRecord, resource_id: str, scope_id: str, received_unix_nano: int) -> Row:
    """The row of a log record, its digest included."""
    row = (
        _clean(log.trace_id),
        _clean(log.span_id),
        log.time_unix_nano,
        log.observed_time_unix_nano,
        log.severity_number,
        _clean(log.severity_text),
        _clean(log.event_name),
        values.dumps(log.body),
        values.dumps(log.attributes),
        log.dropped_attributes_count,
        log.flags,
        resource_id,
        scope_id,
    )
    return (*row, digest(*row), received_unix_nano)


def _event(event: SpanEvent) -> list[Any]:
    return [
        event.name,
        event.time_unix_nano,
        event.attributes,
        event.dropped_attributes_count,
    ]


def _link(link: SpanLink) -> list[Any]:
    return [
        link.trace_id,
        link.span_id,
        link.trace_state,
        link.attributes,
        link.dropped_attributes_count,
        link.flags,
    ]


def span_of(row: Row, resources: dict[str, Resource], scopes: dict[str, Scope]) -> Span:
    """The span a row holds; the row has the order of :data:`SPAN_COLUMNS`, of which the first
    :data:`STORED_SPAN` are enough."""
    return Span(
        trace_id=row[0],
        span_id=row[1],
        parent_span_id=row[2],
        trace_state=row[3],
        flags=row[4],
        name=row[5],
        kind=row[6],
        start_unix_nano=row[7],
        end_unix_nano=row[8],
        attributes=values.loads(row[9]),
        dropped_attributes_count=row[10],
        events=events_of(row[11]),
        dropped_events_count=row[12],
        links=links_of(row[13]),
        dropped_links_count=row[14],
        status_code=row[15],
        status_message=row[16],
        resource=resources.get(row[17]) or Resource(),
        scope=scopes.get(row[18]) or Scope(),
    )


def events_of(text: str) -> list[SpanEvent]:
    """The events in the text of their column."""
    return [SpanEvent(*e) for e in values.loads(text)]


def links_of(text: str) -> list[SpanLink]:
    """As :func:`events_of`, of links."""
    return [SpanLink(*x) for x in values.loads(text)]


def log_of(row: Row, resources: dict[str, Resource], scopes: dict[str, Scope]) -> LogRecord:
    """The log record a row holds; the row has the order of :data:`LOG_COLUMNS`."""
    return LogRecord(
        trace_id=row[0],
        span_id=row[1],
        time_unix_nano=row[2],
        observed_time_unix_nano=row[3],
        severity_number=row[4],
        severity_text=row[5],
        event_name=row[6],
        body=values.loads(row[7]),
        attributes=values.loads(row[8]),
        dropped_attributes_count=row[9],
        flags=row[10],
        resource=resources.get(row[11]) or Resource(),
        scope=scopes.get(row[12]) or Scope(),
    )


def resources_of(rows: Iterable[Row]) -> dict[str, Resource]:
    """Resources by id."""
    return {r[0]: Resource(values.loads(r[1]), r[2], r[3], values.loads(r[4])) for r in rows}


def scopes_of(rows: Iterable[Row]) -> dict[str, Scope]:
    """Scopes by id."""
    return {r[0]: Scope(r[1], r[2], values.loads(r[3]), r[4], r[5]) for r in rows}
