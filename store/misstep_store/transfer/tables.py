"""Rows of other tools' tables as the objects their JSON exports hold: Parquet and CSV."""

from __future__ import annotations

import csv
import io
import math
import sys
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

_SNIFFED_BYTES = 1 << 16
_KNOWN = frozenset(
    {"trace_id", "traceid", "context.trace_id", "run_type", "inputs", "input", "input.value"}
    | {"example_id"}
)


def rows_of(table: pa.Table) -> list[dict[str, Any]]:
    """Each row as an object; moments as ISO text, maps as objects, NaN as None."""
    columns = [
        column.cast(pa.timestamp("us", column.type.tz), safe=False)
        if pa.types.is_timestamp(column.type)
        else column
        for column in table.columns
    ]
    plain = pa.table(columns, names=table.column_names)
    return [{k: _plain(v) for k, v in row.items()} for row in plain.to_pylist()]


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, list):
        if value and all(isinstance(v, tuple) and len(v) == 2 for v in value):  # a map's pairs
            return {str(k): _plain(v) for k, v in value}
        return [_plain(v) for v in value]
    if isinstance(value, dict):  # members of other rows' objects stand here too, empty
        return {k: _plain(v) for k, v in value.items() if v is not None}
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if value is None or isinstance(value, str | int):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def is_csv(raw: bytes) -> bool:
    """Whether a text begins with a line of column names that some tool's export has."""
    head = raw[:_SNIFFED_BYTES].decode("utf-8", "replace")
    names = next(csv.reader(io.StringIO(head)), []) if "," in head and "\x00" not in head else []
    known = {n.strip().lower() for n in names}
    return len(names) > 1 and (bool(known & _KNOWN) or any(n.startswith("input.") for n in known))


def csv_rows(raw: bytes, rejected: list[str]) -> Iterator[dict[str, Any]]:
    """The rows of a CSV file; empty cells are None, rows with more cells than columns go to
    ``rejected``."""
    csv.field_size_limit(sys.maxsize)
    text = io.StringIO(raw.decode("utf-8", "replace").replace("\x00", ""), newline="")
    reader = csv.DictReader(text, restkey="")
    for row in reader:
        if "" in row and isinstance(row[""], list):
            rejected.append(f"the row that ends in line {reader.line_num} has too many cells")
            continue
        yield {k: v or None for k, v in row.items()}
