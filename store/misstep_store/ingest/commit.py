"""One transaction of spans and logs, and what it has to find out first."""

from __future__ import annotations

import contextlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from misstep_store import asking, rows
from misstep_store.database import Connection, Database
from misstep_store.otlp import values
from misstep_store.otlp.spans import LogRecord, Span

Key = tuple[str, str]
_WINDOW = (
    "SELECT min(start_unix_nano), max(last_start_unix_nano) FROM run_index "
    "WHERE trace_id IN (SELECT trace_id FROM incoming)"
)
_JSON = ("attributes", "events", "links")


@dataclass(slots=True)
class Commit:
    """What a transaction writes. ``spans`` and ``index`` are Arrow tables in the layout of
    :mod:`misstep_store.rows`; ``replaced`` are keys whose stored rows go first."""

    number: int
    spans: list[pa.Table] = field(default_factory=list)
    index: list[pa.Table] = field(default_factory=list)
    replaced: list[Key] = field(default_factory=list)
    logs: list[rows.Row] = field(default_factory=list)
    resources: dict[str, rows.Row] = field(default_factory=dict)
    scopes: dict[str, rows.Row] = field(default_factory=dict)
    conflicts: int = 0
    mark: int = 0
    """The number of rows whose batch goes on in the next transaction; 0: there are none."""
    finished: list[int] = field(default_factory=list)
    """Marks of before that are void with this one."""

    @property
    def exclusive(self) -> bool:
        """Whether it touches rows that other writers touch too."""
        return bool(self.replaced or self.conflicts)

    @property
    def alone(self) -> bool:
        """Whether it has to see what the transaction before it wrote, and so begins after it."""
        return bool(self.exclusive or self.logs or self.resources or self.scopes)

    def append(self, connection: Connection) -> None:
        """Begins it and writes its rows, which is nearly all the work; nobody sees them yet."""
        connection.execute("BEGIN")
        with _rolling_back(connection):
            self._append(connection)

    def finish(self, connection: Connection) -> None:
        """Commits it, after the transaction before it; the rows are in the file then."""
        with _rolling_back(connection):
            marks = [*([self.mark] if self.mark else []), *(-mark for mark in self.finished)]
            if marks:
                connection.execute("INSERT INTO unfinished SELECT unnest(?)", [marks])
            connection.execute("COMMIT")

    def _append(self, connection: Connection) -> None:
        for name, columns, new in (
            ("resources", rows.RESOURCE_COLUMNS, self.resources),
            ("scopes", rows.SCOPE_COLUMNS, self.scopes),
        ):
            if new:
                with incoming(connection, rows.table(columns, list(new.values()))):
                    connection.execute(f"INSERT OR IGNORE INTO {name} SELECT * FROM incoming")  # noqa: S608
        if self.replaced:
            trace_ids, span_ids = zip(*self.replaced, strict=True)
            connection.execute(
                "DELETE FROM spans WHERE (trace_id, span_id) IN (SELECT unnest(?), unnest(?))",
                [list(trace_ids), list(span_ids)],
            )
        for name, tables in (("spans", self.spans), ("run_index", self.index)):
            if tables:
                with incoming(connection, pa.concat_tables(tables)):
                    connection.execute(f"INSERT INTO {name} SELECT * FROM incoming")  # noqa: S608
        if self.logs:
            self._write_logs(connection)
        if self.conflicts:
            count(connection, "conflict", self.conflicts)

    def _write_logs(self, connection: Connection) -> None:
        with incoming(connection, rows.table(rows.LOG_COLUMNS, self.logs)):
            connection.execute(
                "INSERT INTO logs SELECT * FROM incoming i WHERE NOT EXISTS ("
                "SELECT 1 FROM logs l WHERE l.trace_id = i.trace_id AND l.digest = i.digest) "
                "QUALIFY row_number() OVER (PARTITION BY trace_id, digest) = 1"
            )
        by_trace = Counter(row[0] for row in self.logs if row[0])
        touched = [_index_row(trace, [], self.number, logs=n) for trace, n in by_trace.items()]
        if touched:
            with incoming(connection, rows.table(rows.INDEX_COLUMNS, touched)):
                connection.execute("INSERT INTO run_index SELECT * FROM incoming")


@contextlib.contextmanager
def _rolling_back(connection: Connection) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with contextlib.suppress(Exception):
            connection.execute("ROLLBACK")
        raise


def forget_marks(connection: Connection, marks: Sequence[int]) -> None:
    """Removes marks that are void, with what says so."""
    connection.execute(
        "DELETE FROM unfinished WHERE abs(number) IN (SELECT unnest(?))", [list(marks)]
    )


def recover(database: Database) -> int:
    """Removes halves of batches that a crash left, none of which was acknowledged; how many spans.

    Their runs are made again from what is left of them."""
    noted = {row[0] for row in database.rows("SELECT number FROM unfinished")}
    if not noted:
        return 0
    marks = [number for number in noted if number > 0 and -number not in noted]
    with database.transaction() as connection:
        traces = connection.execute(
            "SELECT DISTINCT trace_id FROM run_index WHERE commit_number IN (SELECT unnest(?))",
            [marks],
        ).fetchall()
        gone = asking.row(
            connection,
            "DELETE FROM spans WHERE received_unix_nano IN (SELECT unnest(?))",
            [marks],
        )
        connection.execute(
            "DELETE FROM run_index WHERE commit_number IN (SELECT unnest(?))", [marks]
        )
        for table in ("runs", "hops"):
            connection.execute(
                f"DELETE FROM {table} WHERE run_id IN (SELECT unnest(?))",  # noqa: S608
                [[row[0] for row in traces]],
            )
        connection.execute("DELETE FROM unfinished")
    return int(gone[0]) if gone else 0


def count(connection: Connection, name: str, number: int) -> None:
    """Adds to a counter of the store."""
    connection.execute(
        "INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE "
        "SET number = counters.number + excluded.number",
        [name, number],
    )


@contextlib.contextmanager
def incoming(connection: Connection, table: pa.Table) -> Iterator[None]:
    """Makes an Arrow table readable as ``incoming``."""
    connection.register("incoming", table)
    try:
        yield
    finally:
        connection.unregister("incoming")


@dataclass(slots=True)
class SpanRows:
    """Spans that upb or JSON brought, as rows."""

    spans: list[rows.Row] = field(default_factory=list)
    logs: list[rows.Row] = field(default_factory=list)
    resources: dict[str, rows.Row] = field(default_factory=dict)
    scopes: dict[str, rows.Row] = field(default_factory=dict)


def rows_of(spans: Sequence[Span], logs: Sequence[LogRecord], received: int) -> SpanRows:
    """The rows of decoded spans and logs, with their resources and scopes."""
    made = SpanRows()
    # Spans of one request share the objects; hashing them once is enough.
    ids: dict[int, str] = {}

    def shared(item: Any, make: Any, into: dict[str, rows.Row]) -> str:
        known = ids.get(id(item))
        if known is None:
            row = make(item)
            known = ids[id(item)] = row[0]
            into[known] = row
        return known

    for span in spans:
        resource = shared(span.resource, rows.resource_row, made.resources)
        scope = shared(span.scope, rows.scope_row, made.scopes)
        made.spans.append(rows.span_row(span, resource, scope, received))
    for log in logs:
        resource = shared(log.resource, rows.resource_row, made.resources)
        scope = shared(log.scope, rows.scope_row, made.scopes)
        made.logs.append(rows.log_row(log, resource, scope, received))
    return made


_AT = {name: at for at, name in enumerate(rows.SPAN_COLUMNS)}
_START, _END, _STATUS = _AT["start_unix_nano"], _AT["end_unix_nano"], _AT["status_code"]


def index_table(span_rows: Sequence[rows.Row], number: int) -> pa.Table:
    """What rows add to the run index."""
    by_trace: dict[str, list[rows.Row]] = defaultdict(list)
    for row in span_rows:
        by_trace[row[0]].append(row)
    made = [_index_row(trace, group, number) for trace, group in by_trace.items()]
    return rows.table(rows.INDEX_COLUMNS, made)


def _index_row(trace_id: str, group: Sequence[rows.Row], number: int, *, logs: int = 0) -> rows.Row:
    starts = [r[_START] for r in group if r[_START]]
    found: dict[str, Any] = {
        "trace_id": trace_id,
        "start_unix_nano": min(starts, default=0),
        "last_start_unix_nano": max(starts, default=0),
        "end_unix_nano": max((r[_END] for r in group), default=0),
        "spans": len(group),
        "open_spans": sum(1 for r in group if r[_END] == 0),
        "errors": sum(1 for r in group if r[_STATUS] == 2),
        "logs": logs,
        "commit_number": number,
    }
    for name in ("service", "version", "session_id", "user_id", "pipeline"):
        found[name] = next((r[_AT[name]] for r in group if r[_AT[name]] is not None), None)
    return tuple(found[name] for name in rows.INDEX_COLUMNS)


@dataclass(slots=True)
class Verdicts:
    """What became of rows whose ids may be stored already; counts by the row's owner."""

    new: list[rows.Row] = field(default_factory=list)
    replaced: list[Key] = field(default_factory=list)
    duplicates: Counter[int] = field(default_factory=Counter)
    conflicts: Counter[int] = field(default_factory=Counter)


def judge(connection: Connection, incoming_rows: Sequence[tuple[int, rows.Row]]) -> Verdicts:
    """Tells new spans, redeliveries, completions and conflicts apart.

    The same content again is a duplicate, also an unfinished self that comes after the finished
    one; a finished span replaces its unfinished self; unlike content for a finished span is a
    conflict, and the first stays.

    Args:
        incoming_rows: (owner, row) in order of arrival; everything before them is committed.
    """
    made = Verdicts()
    before = _stored(connection, {(r[0], r[1]) for _, r in incoming_rows})
    kept: dict[Key, rows.Row] = {}
    for owner, row in incoming_rows:
        key = (row[0], row[1])
        known = kept.get(key) or before.get(key)
        if known is None:
            kept[key] = row
        elif _same(known, row) or (known[_END] != 0 and row[_END] == 0):
            made.duplicates[owner] += 1
        elif known[_END] == 0:
            if key in before and key not in kept:
                made.replaced.append(key)
            kept[key] = row
        else:
            made.conflicts[owner] += 1
    made.new = list(kept.values())
    return made


def starts(span_rows: Sequence[rows.Row]) -> Any:
    """When they began, as an array of ns since 1970."""
    return np.array([row[_START] for row in span_rows], np.int64)


def are_stored(connection: Connection, keys: pa.Table) -> Any:
    """Whether each (trace id, span id) is stored: an array of booleans in the order of ``keys``.

    A span lies in the time window of its trace, and that is known for each trace: what belongs to
    no stored trace is not looked for, and of the spans only those windows are read."""
    numbered = keys.append_column("number", pa.array(range(keys.num_rows), pa.int64()))
    found = np.zeros(keys.num_rows, np.bool_)
    with incoming(connection, numbered):
        low, high = asking.row(connection, _WINDOW) or (None, None)
        if low is not None:
            numbers = connection.execute(
                "SELECT i.number FROM incoming i JOIN spans s USING (trace_id, span_id) "
                "WHERE s.start_unix_nano BETWEEN ? AND ? OR s.start_unix_nano = 0",
                [low, high],
            ).fetchnumpy()["number"]
            found[numbers] = True
    return found


def _stored(connection: Connection, keys: set[Key]) -> dict[Key, rows.Row]:
    """The stored rows of these spans, looked for in the time window of their traces only."""
    if not keys:
        return {}
    asked = rows.table(
        {"trace_id": rows.SPAN_COLUMNS["trace_id"], "span_id": rows.SPAN_COLUMNS["span_id"]},
        list(keys),
    )
    with incoming(connection, asked):
        low, high = asking.row(connection, _WINDOW) or (None, None)
        if low is None:
            return {}
        found = connection.execute(
            f"SELECT {', '.join(rows.SPAN_COLUMNS)} FROM spans "  # noqa: S608
            "WHERE (start_unix_nano BETWEEN ? AND ? OR start_unix_nano = 0) "
            "AND (trace_id, span_id) IN (SELECT trace_id, span_id FROM incoming)",
            [low, high],
        ).fetchall()
    return {(row[0], row[1]): row for row in found}


def _same(a: rows.Row, b: rows.Row) -> bool:
    """Whether two rows mean the same span, however it was sent."""
    for name in list(rows.SPAN_COLUMNS)[: rows.STORED_SPAN]:
        x, y = a[_AT[name]], b[_AT[name]]
        if x != y and not (name in _JSON and values.loads(x) == values.loads(y)):
            return False
    return True
