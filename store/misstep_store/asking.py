"""Questions to DuckDB in the way each supported version answers them best.

DuckDB 2 refuses other work on a connection while a result on it is unread, and hands Arrow out of
a relation without a copy; DuckDB 1.5 copies rows for a relation with parameters, and hands Arrow out
of a result.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import pyarrow as pa

Parameters = Sequence[Any] | dict[str, Any]
_RELATIONS = int(duckdb.__version__.split(".")[0]) >= 2


def row(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Parameters = ()
) -> tuple[Any, ...] | None:
    """The first row of the answer, which is read to its end; None: it has none."""
    found = connection.execute(sql, parameters).fetchall()
    return found[0] if found else None


def table(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Parameters = ()) -> pa.Table:
    """The answer as an Arrow table."""
    return _arrow(connection, sql, parameters).to_arrow_table()


def batches(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Parameters, rows: int
) -> pa.RecordBatchReader:
    """The answer as Arrow batches of so many rows; the connection is free when all are read."""
    return _arrow(connection, sql, parameters).to_arrow_reader(rows)


def _arrow(connection: duckdb.DuckDBPyConnection, sql: str, parameters: Parameters) -> Any:
    if _RELATIONS:
        return connection.sql(sql, params=parameters)
    return connection.execute(sql, parameters)
