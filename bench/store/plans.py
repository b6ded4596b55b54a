"""What the plans of named queries read, counted by DuckDB itself: rows behind zone maps stay unread."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from misstep_store.answering.listing import cursor_at, listing_sql
from misstep_store.database import ROW_GROUP_ROWS, Database, query
from misstep_store.deriving.loading import spans_sql, trace_sql
from misstep_store.reader import RunQuery

FEW = 4 * ROW_GROUP_ROWS
"""Rows that a question about one moment may look at, of a table of any size."""


FILTERS: dict[str, Any] = {
    "status": "error",
    "verdict": "bad",
    "failed": True,
    "model": "none of that name",
    "name": "none of that name",
    "service": "none of that name",
    "pipeline": "none of that name",
    "version": "none of that name",
    "session": "none of that name",
    "user": "none of that name",
    "tag": "none of that name",
    "since": "2026-01-31T12:00:00Z",
}
"""Of the Runs page and the API, with values that the columns alone decide about."""


def rows_scanned(database: Database, sql: str, parameters: Any) -> Counter[str]:
    """{table: rows that its scans looked at} of a query, which is executed for it."""
    told = database.rows(f"EXPLAIN (ANALYZE, FORMAT json) {sql}", parameters)
    found: Counter[str] = Counter()
    for table, rows in _scans(json.loads(told[0][1])):
        found[table] += rows
    return found


def _scans(node: Any) -> Iterator[tuple[str, int]]:
    # DuckDB 1.5 and 2.0 name the same things differently.
    if node.get("operator_type", node.get("type")) == "TABLE_SCAN":
        table = str(node["extra_info"].get("Table", "")).rpartition(".")[2]
        yield table, int(node.get("operator_rows_scanned", node.get("rows_scanned", 0)))
    for child in [*node.get("children", []), *node.get("operator", [])]:
        yield from _scans(child)


def moment_of(database: Database) -> tuple[str, int]:
    """A run from the middle of the store, and when it began."""
    run_id, start = database.rows(
        "SELECT run_id, start_unix_nano FROM runs ORDER BY start_unix_nano "
        "LIMIT 1 OFFSET (SELECT count(*) // 2 FROM runs)"
    )[0]
    return str(run_id), int(start)


def checked(database: Database) -> list[dict[str, Any]]:
    """What each question that is about one moment reads: name, table, rows, the most it may."""
    run_id, start = moment_of(database)
    window = {"low": start, "high": start + 10**9, "text": "no such text"}
    arrived = database.rows(
        "SELECT max(received_unix_nano) FROM spans WHERE start_unix_nano BETWEEN ? AND ?",
        [start, start + 10**9],
    )[0][0]
    asked: dict[tuple[str, str], tuple[str, dict[str, Any]]] = {
        ("one run's hops", "hops"): (query("outline"), {"run": run_id, "start": start}),
        ("one run's spans", "spans"): (
            spans_sql(),
            {"low": start, "high": start + 10**9, "traces": [run_id]},
        ),
        ("one run's spans by its own window", "spans"): (
            trace_sql(),
            {"low": start, "high": start + 10**9, "trace": run_id},
        ),
        ("latest runs that failed", "runs"): listing_sql(RunQuery(status="error"), 51, bodies=True),
        ("one run", "runs"): (query("stored"), {"run": run_id}),
        ("a page of runs", "runs"): (query("page"), {"runs": [run_id], "starts": [start]}),
        **{
            (f"a page after a cursor, {sort} first", "runs"): listing_sql(
                RunQuery(sort=sort, cursor=cursor_at(sort, start, run_id)), 51, bodies=True
            )
            for sort in ("newest", "oldest")
        },
        ("when hops of listed runs ran", "hops"): (
            query("intervals"),
            {"runs": [run_id], "starts": [start]},
        ),
        ("what hops of ticked runs were like", "hops"): (
            query("traits"),
            {"runs": [run_id], "starts": [start]},
        ),
        ("text of a time", "spans"): (
            query("text_spans"),
            window | {"above": -1, "upto": 2**63 - 1},
        ),
        ("text of what arrived together", "spans"): (
            query("text_spans"),
            window | {"low": 0, "high": 2**63 - 1, "above": arrived - 1, "upto": arrived},
        ),
        ("sums of a moment", "hops"): (query("rollup"), {"low": start, "high": start + 10**9}),
        ("all text of what arrived together", "spans"): (
            query("texts_of_spans"),
            {"low": arrived - 1, "high": arrived},
        ),
    }
    return [
        {
            "question": name,
            "table": table,
            "rows": rows_scanned(database, sql, given)[table],
            "most": FEW,
        }
        for (name, table), (sql, given) in asked.items()
    ] + [*filters(database), *narrow(database, run_id)]


LARGE = ("spans", "hops", "all_hops", "logs")
"""Tables that hold what was sent; `runs` and `run_index` are a twelfth of them, and narrow."""


def narrow(database: Database, run_id: str) -> list[dict[str, Any]]:
    """What named queries about all runs, or about what is new, read of the large tables: nothing."""
    now = 2**62
    asked: dict[str, dict[str, Any]] = {
        "behind": {},
        "pending": {"above": now, "limit": 100},
        "due": {"limit": 20, "quiet": now, "since": 0, "most_hops": 1000},
        "windows": {"traces": [run_id]},
        "text_names": {"low": 0, "high": now, "text": "no such name"},
        "rollup_stamps": {},
        "facets": {"replays": None},
        "retention": {},
        "profile_gone": {"pipeline": "none of that name"},
        "unmade": {"run": run_id},
    }
    found = []
    for name, given in asked.items():
        scanned = rows_scanned(database, query(name).rstrip().rstrip(";"), given)
        large = sum(scanned[table] for table in LARGE)
        found.append({"question": f"{name}.sql", "table": "spans", "rows": large, "most": 0})
    return found


def reads_of(database: Database, ask: Callable[[], object]) -> Counter[str]:
    """{table: rows that its scans looked at} of all that a call asks the database."""
    asked: list[tuple[str, Any]] = []
    plain = database.rows

    def rows(sql: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
        asked.append((sql, parameters))
        return plain(sql, parameters)

    database.rows = rows  # type: ignore[method-assign]
    try:
        ask()
    finally:
        del database.rows  # type: ignore[method-assign]
    found: Counter[str] = Counter()
    for sql, parameters in asked:
        found += rows_scanned(database, sql.rstrip().rstrip(";"), parameters)
    return found


def filters(database: Database) -> list[dict[str, Any]]:
    """What a listing under each filter reads of the large tables: nothing, its columns are the
    runs' own."""
    found = []
    for name, value in FILTERS.items():
        sql, given = listing_sql(replace(RunQuery(), **{name: value}), 51, bodies=True)
        scanned = rows_scanned(database, sql, given)
        large = sum(scanned[table] for table in LARGE)
        found.append({"question": f"runs by {name}", "table": "spans", "rows": large, "most": 0})
    return found
