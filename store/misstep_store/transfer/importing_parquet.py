"""Spans and log records out of the Parquet files that ``misstep export`` writes; rows of others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from misstep.errors import DecodeError, first_line
from misstep_store.otlp import values
from misstep_store.otlp.decode import Decoded
from misstep_store.otlp.spans import LogRecord, Resource, Scope, Span, SpanEvent, SpanLink
from misstep_store.transfer import tables
from misstep_store.transfer.exporting import LOG_FIELDS, SPAN_FIELDS


def read_parquet(path: Path) -> Decoded | list[dict[str, Any]]:
    """What such a file holds: spans or log records; the rows of a file that another program wrote.

    Raises:
        DecodeError: when it is damaged.
    """
    try:
        table = pq.read_table(path)
        columns = set(table.column_names)
        if "span_id" in columns and "start_unix_nano" in columns:
            return Decoded(spans=[_span(row) for row in table.to_pylist()])
        if "observed_time_unix_nano" in columns:
            return Decoded(logs=[_log(row) for row in table.to_pylist()])
        return tables.rows_of(table)
    except (pa.ArrowException, OSError) as error:
        raise DecodeError(f"{path} is a damaged Parquet file: {first_line(error)}") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DecodeError(
            f"{path} has columns of misstep's export, but not their values: {first_line(error)}"
        ) from error


def _span(row: dict[str, Any]) -> Span:
    fields = {name: row[name] for name in SPAN_FIELDS}
    fields["attributes"] = values.loads(row["attributes"])
    fields["events"] = [SpanEvent(**e) for e in values.loads(row["events"])]
    fields["links"] = [SpanLink(**x) for x in values.loads(row["links"])]
    return Span(**fields, resource=_resource(row), scope=_scope(row))


def _log(row: dict[str, Any]) -> LogRecord:
    fields = {name: row[name] for name in LOG_FIELDS}
    fields["body"] = values.loads(row["body"])
    fields["attributes"] = values.loads(row["attributes"])
    return LogRecord(**fields, resource=_resource(row), scope=_scope(row))


def _resource(row: dict[str, Any]) -> Resource:
    return Resource(
        values.loads(row["resource_attributes"]),
        row["resource_dropped_attributes_count"],
        row["resource_schema_url"],
        values.loads(row["resource_entity_refs"]),
    )


def _scope(row: dict[str, Any]) -> Scope:
    return Scope(
        row["scope_name"],
        row["scope_version"],
        values.loads(row["scope_attributes"]),
        row["scope_dropped_attributes_count"],
        row["scope_schema_url"],
    )
