"""Stored spans and logs of traces, as they arrived and in columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from operator import itemgetter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from misstep import semconv as sc
from misstep_store import asking, rows
from misstep_store.database import Connection, chosen, query
from misstep_store.headers import SpanColumns
from misstep_store.headers.columns.logs import Logs
from misstep_store.headers.columns.spans import named
from misstep_store.otlp import values
from misstep_store.otlp.spans import LogRecord, Resource, Scope, Span

_NOTHING = "[]"
_STORED = list(rows.SPAN_COLUMNS)[: rows.STORED_SPAN]
_START = _STORED.index("start_unix_nano")
NUMBERS = ("start_unix_nano", "end_unix_nano", "status_code")
"""Columns of many spans that are known as arrays too."""
IDS = ("trace_id", "span_id", "parent_span_id")
"""Columns of many spans that are known as Arrow too."""
CODED = ("resource_id", "scope_id")
"""Columns of many spans that have few different texts."""
FLAGS = ("events", "links")
FEW_SPANS = 1_000
"""Up to so many are read as rows; Arrow columns pay for more."""


@dataclass(frozen=True, slots=True)
class Window:
    """Where the spans of a trace lie in time, and which of its transactions are known."""

    start: int
    last_start: int
    spans: int
    logs: int
    commit: int


def windows_of(connection: Connection, trace_ids: Sequence[str]) -> dict[str, Window]:
    """The window of each trace that is stored."""
    found = connection.execute(query("windows"), {"traces": list(trace_ids)}).fetchall()
    return {row[0]: Window(*row[1:]) for row in found}


@dataclass(slots=True)
class Loaded:
    """Spans of traces in columns, by start, and their logs by trace.

    ``ids``: columns of the table that are known as Arrow too, ``numbers`` those that are as arrays;
    ``coded``: the number of each span's among the different texts of a column, and these; ``flags``:
    of events and links, whether a span has any."""

    table: dict[str, list[Any]] = field(default_factory=dict)
    places: dict[str, list[int]] = field(default_factory=dict)
    logs: dict[str, list[rows.Row]] = field(default_factory=dict)
    resources: dict[str, Resource] = field(default_factory=dict)
    scopes: dict[str, Scope] = field(default_factory=dict)
    ids: dict[str, pa.Array] = field(default_factory=dict)
    numbers: dict[str, Any] = field(default_factory=dict)
    coded: dict[str, tuple[Any, list[str]]] = field(default_factory=dict)
    flags: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return sum(map(len, self.places.values()))

    def trace(self, trace_id: str) -> tuple[list[Span], list[LogRecord]]:
        """One trace's spans and logs."""
        spans = [self._span(p) for p in self.places.get(trace_id, ())]
        logs = [rows.log_of(r, self.resources, self.scopes) for r in self.logs.get(trace_id, ())]
        return spans, logs

    def _span(self, place: int) -> Span:
        row = tuple(self.table[name][place] for name in _STORED)
        return rows.span_of(row, self.resources, self.scopes)

    @property
    def trace_ids(self) -> list[str]:
        """All traces of which something is stored."""
        return list(dict.fromkeys([*self.places, *self.logs]))

    def alone(self) -> list[str]:
        """Traces of which every begun hop has ended."""
        return [i for i in self.places if self._have_ended(i)]

    def _have_ended(self, trace_id: str) -> bool:
        begun = {r[1] for r in self.logs.get(trace_id, ()) if r[6] == sc.LOG_HOP_START}
        return not begun or begun <= {self.table["span_id"][p] for p in self.places[trace_id]}

    def columns(self, trace_ids: Sequence[str]) -> SpanColumns:
        """The spans of some traces, side by side."""
        table, ids, known = self.table, self.ids, self.numbers
        coded, flags = self.coded, self.flags
        if len(trace_ids) == len(self.places):
            places: Sequence[int] = range(len(table["span_id"]))
        else:
            places = [p for i in trace_ids for p in self.places[i]]
            table = {n: [table[n][p] for p in places] for n in _STORED}
            ids = {n: column.take(pa.array(places, pa.int64())) for n, column in ids.items()}
            known = {n: column[places] for n, column in known.items()}
            coded = {n: (column[places], told) for n, (column, told) in coded.items()}
            flags = {n: column[places] for n, column in flags.items()}
        if not coded:
            coded = {n: _coded(table[n]) for n in CODED}
            flags = {n: np.array([x != _NOTHING for x in table[n]], np.bool_) for n in FLAGS}
        none, (by, processes) = Resource(), coded["resource_id"]
        of, scopes = coded["scope_id"]
        scopes = [self.scopes[i].name if i in self.scopes else "" for i in scopes]
        made = SpanColumns(
            trace_id=table["trace_id"],
            span_id=table["span_id"],
            parent_span_id=table["parent_span_id"],
            name=table["name"],
            kind=table["kind"],
            start_unix_nano=table["start_unix_nano"],
            end_unix_nano=table["end_unix_nano"],
            status_code=table["status_code"],
            attributes=[values.loads(a) for a in table["attributes"]],
            plain=(~(flags["events"] | flags["links"])).tolist(),
            scope=named(of, scopes),
            resources=[self.resources.get(i, none) for i in processes],
            resource_of=by,
            span=lambda place: self._span(places[place]),
            events=cache(lambda place: rows.events_of(table["events"][place])),
            message=lambda place: table["status_message"][place],
            links=lambda place: rows.links_of(table["links"][place]),
            linked=set(np.flatnonzero(flags["links"]).tolist()),
            arrow=dict(ids),
            arrays=known | {"scope": of},
        )
        made.logs = Logs.joined(
            made.trace_id,
            made.span_id,
            made.attributes,
            [
                rows.log_of(row, self.resources, self.scopes)
                for i in (trace_ids if self.logs else ())
                for row in self.logs.get(i, ())
                if row[6] != sc.LOG_HOP_START
            ],
        )
        return made


def _coded(column: Sequence[str]) -> tuple[Any, list[str]]:
    numbers = {told: n for n, told in enumerate(dict.fromkeys(column))}
    return np.array([numbers[told] for told in column], np.int64), list(numbers)


def spans_sql(*, some: bool = False) -> str:
    """Reads the spans of ``$traces`` that begin between ``$low`` (1 at least) and ``$high``, or only
    ``$spans`` of them, and those without a start, which lie outside any window. Two reads: one with
    OR would look at every row."""
    named = ", ".join(_STORED)
    among = "trace_id IN (SELECT unnest($traces))"
    if some:
        among += " AND span_id IN (SELECT unnest($spans))"
    return (
        f"SELECT {named} FROM ("  # noqa: S608
        f"SELECT {named}, rowid AS place FROM spans "
        f"WHERE start_unix_nano BETWEEN $low AND $high AND {among} "
        f"UNION ALL SELECT {named}, rowid FROM spans WHERE start_unix_nano = 0 AND {among}"
        ") ORDER BY start_unix_nano, place"
    )


def trace_sql() -> str:
    """Reads the spans of ``$trace`` that begin between ``$low`` and ``$high``, in no order, with
    their place at the end: half the work of :func:`spans_sql`, where that is all of them."""
    return (
        f"SELECT {', '.join(_STORED)}, rowid FROM spans "  # noqa: S608
        "WHERE start_unix_nano BETWEEN $low AND $high AND trace_id = $trace"
    )


def load_trace(connection: Connection, trace_id: str, window: Window) -> Loaded | None:
    """Everything stored of a trace of up to :data:`FEW_SPANS` spans, when its window holds just as
    many as it says; None: it is for :func:`load`."""
    if window.spans > FEW_SPANS:
        return None
    given = {"low": window.start, "high": window.last_start, "trace": trace_id}
    made = connection.execute(trace_sql(), given).fetchall()
    if not made or len(made) != window.spans:
        return None
    made.sort(key=itemgetter(_START, -1))
    columns = list(zip(*made, strict=True))[:-1]
    found = Loaded(table={n: list(c) for n, c in zip(_STORED, columns, strict=True)})
    return _with_rest(connection, found, [trace_id] if window.logs else [], None)


def load(
    connection: Connection, windows: dict[str, Window], *, span_ids: set[str] | None = None
) -> Loaded:
    """Everything stored of the traces with these windows, or of some of their spans."""
    found = Loaded()
    if not windows:
        return found
    low = min(w.start for w in windows.values())
    high = max(w.last_start for w in windows.values())
    given: dict[str, Any] = {"low": max(low, 1), "high": high, "traces": list(windows)}
    if span_ids is not None:
        given["spans"] = list(span_ids)
    table = asking.table(connection, spans_sql(some=span_ids is not None), given)
    found.table = {name: table[name].to_numpy().tolist() for name in _STORED}
    found.ids = {n: table[n].combine_chunks().cast(pa.string()) for n in IDS}
    found.numbers = {n: table[n].to_numpy().astype(np.int64) for n in NUMBERS}
    for name in CODED:
        told = table[name].combine_chunks().dictionary_encode()
        found.coded[name] = told.indices.to_numpy().astype(np.int64), told.dictionary.to_pylist()
    found.flags = {n: pc.not_equal(table[n], _NOTHING).to_numpy() for n in FLAGS}
    logged = [i for i, window in windows.items() if window.logs]
    return _with_rest(connection, found, logged, span_ids)


def _with_rest(
    connection: Connection, found: Loaded, logged: list[str], span_ids: set[str] | None
) -> Loaded:
    """``found`` with what belongs to its spans: log records, resources, scopes."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, trace_id in enumerate(found.table["trace_id"]):
        places[trace_id].append(place)
    found.places = dict(places)
    log_rows = _log_rows(connection, logged)
    if span_ids is not None:
        log_rows = [r for r in log_rows if r[1] in span_ids]
    for row in log_rows:
        found.logs.setdefault(row[0], []).append(row)
    resource_ids = list({*found.table["resource_id"], *(r[11] for r in log_rows)})
    scope_ids = list({*found.table["scope_id"], *(r[12] for r in log_rows)})
    found.resources = rows.resources_of(_by_id(connection, "resource", resource_ids))
    found.scopes = rows.scopes_of(_by_id(connection, "scope", scope_ids))
    return found


def _by_id(connection: Connection, what: str, ids: list[str]) -> list[rows.Row]:
    sql = f"SELECT * FROM {what}s WHERE {what}_id {{chosen}}"  # noqa: S608
    return connection.execute(*chosen(sql, ids)).fetchall()


def _log_rows(connection: Connection, trace_ids: list[str]) -> list[rows.Row]:
    if not trace_ids:
        return []
    return connection.execute(
        f"SELECT {', '.join(rows.LOG_COLUMNS)} FROM logs "  # noqa: S608
        "WHERE trace_id IN (SELECT unnest(?)) "
        "ORDER BY time_unix_nano, observed_time_unix_nano, rowid",
        [trace_ids],
    ).fetchall()


def load_traces(
    connection: Connection, trace_ids: Sequence[str]
) -> dict[str, tuple[list[Span], list[LogRecord]]]:
    """Spans and logs of traces, as they arrived."""
    found = load(connection, windows_of(connection, trace_ids))
    return {i: found.trace(i) for i in found.trace_ids}
