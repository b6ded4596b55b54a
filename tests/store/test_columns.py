"""Every field of OTLP has a column or a named place."""

from __future__ import annotations

import dataclasses

from opentelemetry.proto.logs.v1 import logs_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

from misstep_store import rows
from misstep_store.otlp import spans

# message → field → where it is kept: a column, or the attribute of a shape that a column holds.
PLACES = {
    "ResourceSpans": {
        "resource": "resources",
        "scope_spans": "spans.scope_id",
        "schema_url": "resources.schema_url",
    },
    "ScopeSpans": {"scope": "scopes", "spans": "spans", "schema_url": "scopes.schema_url"},
    "ResourceLogs": {
        "resource": "resources",
        "scope_logs": "logs.scope_id",
        "schema_url": "resources.schema_url",
    },
    "ScopeLogs": {"scope": "scopes", "log_records": "logs", "schema_url": "scopes.schema_url"},
    "Span": {
        "start_time_unix_nano": "spans.start_unix_nano",
        "end_time_unix_nano": "spans.end_unix_nano",
        "status": "spans.status_code",
    },
    "Status": {"code": "spans.status_code", "message": "spans.status_message"},
    "Event": {f.name: f"SpanEvent.{f.name}" for f in dataclasses.fields(spans.SpanEvent)},
    "Link": {f.name: f"SpanLink.{f.name}" for f in dataclasses.fields(spans.SpanLink)},
    "LogRecord": {},
    "Resource": {},
    "InstrumentationScope": {},
    "EntityRef": dict.fromkeys(
        ("schema_url", "type", "id_keys", "description_keys"), "resources.entity_refs"
    ),
}
COLUMNS = {
    "Span": rows.SPAN_COLUMNS,
    "LogRecord": rows.LOG_COLUMNS,
    "Resource": rows.RESOURCE_COLUMNS,
    "InstrumentationScope": rows.SCOPE_COLUMNS,
}
VALUES = {"AnyValue", "ArrayValue", "KeyValueList", "KeyValue"}


def messages(descriptor, seen: dict[str, object]) -> dict[str, object]:
    """All message types below one, by name."""
    if descriptor.name in seen or descriptor.name in VALUES:
        return seen
    seen[descriptor.name] = descriptor
    for field in descriptor.fields:
        if field.message_type is not None:
            messages(field.message_type, seen)
    return seen


def test_every_field_of_the_protobuf_has_a_column_or_a_named_place() -> None:
    found = messages(trace_pb2.ResourceSpans.DESCRIPTOR, {})
    found = messages(logs_pb2.ResourceLogs.DESCRIPTOR, found)
    homeless = [
        f"{name}.{field.name}"
        for name, descriptor in found.items()
        for field in descriptor.fields
        if field.name not in COLUMNS.get(name, {}) and field.name not in PLACES.get(name, {})
    ]
    assert not homeless, f"no place for {homeless}"


def test_every_named_column_is_in_the_schema(tmp_path) -> None:
    from misstep_store.database import Database

    database = Database.open(tmp_path / "t.duckdb")
    columns = {
        f"{table}.{column}"
        for table, column in database.rows("SELECT table_name, column_name FROM duckdb_columns()")
    }
    tables = {name.partition(".")[0] for name in columns}
    named = {p for places in PLACES.values() for p in places.values() if p[0].islower()}
    assert {n for n in named if n not in columns and n not in tables} == set()
    for table, expected in (
        ("spans", rows.SPAN_COLUMNS),
        ("logs", rows.LOG_COLUMNS),
        ("run_index", rows.INDEX_COLUMNS),
        ("resources", rows.RESOURCE_COLUMNS),
        ("scopes", rows.SCOPE_COLUMNS),
    ):
        stored = database.rows(
            "SELECT column_name FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index",
            [table],
        )
        assert [row[0] for row in stored] == list(expected), table
    database.close()
