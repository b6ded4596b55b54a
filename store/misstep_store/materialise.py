"""Spans → runs and hops: before any reader answers, and the rest behind ingest, newest first.

A few new traces are read by their conventions at once. Many at a time (a flood, an import) become
*provisional* runs first: one statement sums them from columns, so listings, filters and totals have
them; the conventions then read them in the background, or when a run is listed or opened.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa

from misstep.model import Hop
from misstep_store import doubles, pricing, rows
from misstep_store.conventions import Normalised, build
from misstep_store.conventions import drafts as drafts_of
from misstep_store.conventions.starts import begun
from misstep_store.conventions.types import Draft
from misstep_store.database import Connection, Database, query
from misstep_store.listing import among
from misstep_store.spans import LogRecord, Span
from misstep_store.write import count

logger = logging.getLogger("misstep.store")

AT_ONCE_TRACES = 200
AT_ONCE_SPANS = 4_000
"""Up to so many new traces and spans are read by their conventions before a query answers."""
BATCH_TRACES = 100
PAYLOAD_FIELDS = frozenset(
    {
        "input",
        "output",
        "messages_in",
        "messages_out",
        "system",
        "tools",
        "answer",
        "documents",
    }
)

_RUN_COLUMNS: dict[str, pa.DataType] = {
    "run_id": pa.string(),
    "name": pa.string(),
    "service": pa.string(),
    "pipeline": pa.string(),
    "version": pa.string(),
    "start_unix_nano": pa.int64(),
    "last_start_unix_nano": pa.int64(),
    "duration_ms": pa.float64(),
    "status": pa.string(),
    "complete": pa.bool_(),
    "session_id": pa.string(),
    "user_id": pa.string(),
    "tags": pa.list_(pa.string()),
    "models": pa.list_(pa.string()),
    "hop_count": pa.int32(),
    "input_tokens": pa.int64(),
    "output_tokens": pa.int64(),
    "cost_usd": pa.float64(),
    "recorded_verdict": pa.string(),
    "span_count": pa.int64(),
    "log_count": pa.int64(),
    "body": pa.string(),
    "made_unix_nano": pa.int64(),
    "made_commit": pa.int64(),
    "provisional": pa.bool_(),
}
_HOP_COLUMNS: dict[str, pa.DataType] = {
    "run_id": pa.string(),
    "hop_id": pa.string(),
    "idx": pa.int32(),
    "name": pa.string(),
    "kind": pa.string(),
    "provider": pa.string(),
    "model": pa.string(),
    "input_tokens": pa.int64(),
    "output_tokens": pa.int64(),
    "unpriced_tokens": pa.int64(),
    "cost_usd": pa.float64(),
    "duration_ms": pa.float64(),
    "is_error": pa.bool_(),
    "counted": pa.bool_(),
    "body": pa.string(),
    "payload": pa.string(),
    "run_start_unix_nano": pa.int64(),
}


@dataclass(frozen=True, slots=True)
class Window:
    """Where the spans of a trace lie in time, and which of its transactions are known."""

    start: int
    last_start: int
    spans: int
    logs: int
    commit: int


class Materialiser:
    """Keeps runs and hops in step with the raw spans."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.RLock()
        # Every transaction up to this one is in `runs`, at least provisionally.
        self._watermark = self._first_watermark()
        self._seen = -1

    def _first_watermark(self) -> int:
        behind = self._database.rows(query("behind"))[0][0]
        if behind is not None:
            return int(behind) - 1
        newest = self._database.rows("SELECT max(commit_number) FROM run_index")[0][0]
        return int(newest or 0)

    def refresh(self, last_commit: int) -> list[str]:
        """Brings `runs` up to the last transaction; the run ids it touched.

        Args:
            last_commit: number of the newest transaction; nothing is looked up when it is known.
        """
        if last_commit == self._seen:
            return []
        with self._lock:
            found = self._database.rows(
                query("pending"), {"above": self._watermark, "limit": AT_ONCE_TRACES + 1}
            )
            touched = [row[0] for row in found]
            if touched:
                if len(touched) <= AT_ONCE_TRACES and found[0][1] <= AT_ONCE_SPANS:
                    touched = self._make(touched)
                    self._watermark = max(self._watermark, found[0][2])
                else:
                    touched = self._make_provisional()
            self._seen = last_commit
            return touched

    def _make_provisional(self) -> list[str]:
        with self._database.transaction() as connection:
            connection.execute(query("touched"), {"above": self._watermark})
            low, high, newest = connection.execute(
                "SELECT min(start_unix_nano), max(last_start_unix_nano), max(commit_number) "
                "FROM touched"
            ).fetchall()[0]
            ids = [r[0] for r in connection.execute("SELECT trace_id FROM touched").fetchall()]
            connection.execute("DELETE FROM runs WHERE run_id IN (SELECT trace_id FROM touched)")
            connection.execute("DELETE FROM hops WHERE run_id IN (SELECT trace_id FROM touched)")
            connection.execute(
                query("provisional"), {"low": low, "high": high, "now": time.time_ns()}
            )
            # Traces of which only the start of a hop is known.
            begun_only = connection.execute(
                "SELECT trace_id FROM touched WHERE spans = 0 AND logs > 0 LIMIT ?",
                [AT_ONCE_TRACES],
            ).fetchall()
            connection.execute("DROP TABLE touched")
        self.remake([row[0] for row in begun_only])
        self._watermark = max(self._watermark, newest)
        return ids

    def make(self, run_ids: Sequence[str]) -> None:
        """Reads these runs by their conventions, if they are provisional."""
        with self._lock:
            found = self._database.rows(
                among("SELECT run_id, provisional FROM runs WHERE run_id IN ({runs})", run_ids),
                run_ids,
            )
            self.remake([run_id for run_id, provisional in found if provisional])

    def remake(self, trace_ids: Sequence[str]) -> None:
        """Reads these traces by their conventions, whether that was done before or not."""
        with self._lock:
            for at in range(0, len(trace_ids), BATCH_TRACES):
                self._make(trace_ids[at : at + BATCH_TRACES])

    def make_some(self) -> list[str]:
        """Reads the newest provisional runs by their conventions; which, empty when there is none."""
        with self._lock:
            newest = self._database.rows(
                "SELECT run_id FROM runs WHERE provisional ORDER BY start_unix_nano DESC LIMIT ?",
                [BATCH_TRACES],
            )
            return self._make([row[0] for row in newest]) if newest else []

    def _make(self, trace_ids: Sequence[str]) -> list[str]:
        # One transaction: what arrives meanwhile has a higher number and is pending afterwards.
        with self._database.transaction() as connection:
            windows: dict[str, Window] = {}

            def load(wanted: Sequence[str]) -> doubles.Drafts:
                these = windows_of(connection, wanted)
                windows.update(these)
                found = load_traces(connection, wanted, these)
                traces = {i: begun(*t) for i, t in found.items()}
                return {i: _drafts(connection, *t) for i, t in traces.items() if t[0]}

            read = load(trace_ids)
            wanted = set(read)
            groups = doubles.groups(connection, read, load)
            folded = {i for others in groups.values() for i in others}
            results = []
            for run_id in (wanted | set(groups)) - folded:
                members = [run_id, *groups.get(run_id, ())]
                built, start = _built(connection, [d for i in members for d in read[i]])
                results.append((built, start, _joined([windows[i] for i in members])))
            _store(connection, results)
        return [n.run.run_id for n, _, _ in results]


def _joined(windows: Sequence[Window]) -> Window:
    return Window(
        min(w.start for w in windows),
        max(w.last_start for w in windows),
        sum(w.spans for w in windows),
        sum(w.logs for w in windows),
        max(w.commit for w in windows),
    )


def windows_of(connection: Connection, trace_ids: Sequence[str]) -> dict[str, Window]:
    """The window of each trace that is stored."""
    found = connection.execute(query("windows"), {"traces": list(trace_ids)}).fetchall()
    return {row[0]: Window(*row[1:]) for row in found}


def _drafts(connection: Connection, spans: list[Span], logs: list[LogRecord]) -> list[Draft]:
    try:
        return drafts_of(spans, logs)
    except Exception:  # one trace that cannot be read must not stop the others
        logger.exception("trace %s could not be read", spans[0].trace_id)
        count(connection, "unreadable trace", 1)
        return [Draft(s, "unreadable") for s in spans]


def _built(connection: Connection, drafts: list[Draft]) -> tuple[Normalised, int]:
    spans = [d.span for d in drafts]
    start = min((s.start_unix_nano for s in spans if s.start_unix_nano), default=0)
    try:
        return build(drafts, price=pricing.price), start
    except Exception:
        logger.exception("trace %s could not be normalised", spans[0].trace_id)
        count(connection, "unreadable trace", 1)
        return build([Draft(s, "unreadable") for s in spans], price=None), start


def load_traces(
    connection: Connection, trace_ids: Sequence[str], windows: dict[str, Window] | None = None
) -> dict[str, tuple[list[Span], list[LogRecord]]]:
    """Spans and logs of traces, as they arrived."""
    if windows is None:
        windows = windows_of(connection, trace_ids)
    if not windows:
        return {}
    wanted = list(windows)
    low = min(w.start for w in windows.values())
    high = max(w.last_start for w in windows.values())
    stored = list(rows.SPAN_COLUMNS)[: rows.STORED_SPAN]
    # A span without a start time lies outside any window.
    span_rows = connection.execute(
        f"SELECT {', '.join(stored)} FROM spans "  # noqa: S608
        "WHERE (start_unix_nano BETWEEN ? AND ? OR start_unix_nano = 0) "
        "AND trace_id IN (SELECT unnest(?)) ORDER BY start_unix_nano, rowid",
        [low, high, wanted],
    ).fetchall()
    with_logs = [trace for trace, window in windows.items() if window.logs]
    log_rows: list[rows.Row] = []
    if with_logs:
        log_rows = connection.execute(
            f"SELECT {', '.join(rows.LOG_COLUMNS)} FROM logs "  # noqa: S608
            "WHERE trace_id IN (SELECT unnest(?)) "
            "ORDER BY time_unix_nano, observed_time_unix_nano, rowid",
            [with_logs],
        ).fetchall()
    resource_ids = list({r[17] for r in span_rows} | {r[11] for r in log_rows})
    scope_ids = list({r[18] for r in span_rows} | {r[12] for r in log_rows})
    resources = rows.resources_of(
        connection.execute(
            "SELECT * FROM resources WHERE resource_id IN (SELECT unnest(?))", [resource_ids]
        ).fetchall()
    )
    scopes = rows.scopes_of(
        connection.execute(
            "SELECT * FROM scopes WHERE scope_id IN (SELECT unnest(?))", [scope_ids]
        ).fetchall()
    )
    found: dict[str, tuple[list[Span], list[LogRecord]]] = defaultdict(lambda: ([], []))
    for row in span_rows:
        found[row[0]][0].append(rows.span_of(row, resources, scopes))
    for row in log_rows:
        found[row[0]][1].append(rows.log_of(row, resources, scopes))
    return dict(found)


def _store(connection: Connection, results: Sequence[tuple[Normalised, int, Window]]) -> None:
    if not results:
        return
    now = time.time_ns()
    ids = [n.run.run_id for n, _, _ in results]
    connection.execute("DELETE FROM runs WHERE run_id IN (SELECT unnest(?))", [ids])
    connection.execute("DELETE FROM hops WHERE run_id IN (SELECT unnest(?))", [ids])
    _insert(connection, "runs", _RUN_COLUMNS, [_run_row(n, s, w, now) for n, s, w in results])
    hops = [_hop_row(n.run.run_id, start, hop) for n, start, _ in results for hop in n.hops]
    _insert(connection, "hops", _HOP_COLUMNS, hops)


def _insert(
    connection: Connection, name: str, columns: dict[str, pa.DataType], new: list[rows.Row]
) -> None:
    if new:
        connection.register("made", rows.table(columns, new))
        try:
            connection.execute(f"INSERT INTO {name} SELECT * FROM made")  # noqa: S608
        finally:
            connection.unregister("made")


def _text(value: str | None) -> str | None:
    if value is None:
        return None
    return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def to_json(value: Any) -> str:
    """JSON text for the database; what JSON cannot hold is written as text."""
    try:
        text = orjson.dumps(value).decode()
    except (TypeError, orjson.JSONEncodeError):
        import json

        text = json.dumps(value, default=str).encode("utf-8", "replace").decode()
    return text


def _run_row(made: Normalised, start: int, window: Window, now: int) -> rows.Row:
    run = made.run
    # A run is found by the model it asked for too: `m` is answered by `m-2026-01-31`.
    models = dict.fromkeys([*run.models, *(m for h in made.hops if (m := h.request_model))])
    return (
        run.run_id,
        _text(run.name),
        _text(run.service),
        _text(run.pipeline),
        _text(run.version),
        start,
        max(start, window.last_start),
        run.duration_ms,
        run.status,
        run.complete,
        _text(run.session_id),
        _text(run.user_id),
        [_text(t) for t in run.tags],
        [_text(m) for m in models],
        run.hop_count,
        run.input_tokens,
        run.output_tokens,
        run.cost_usd,
        run.verdict.state,
        window.spans,
        window.logs,
        to_json(run.model_dump(mode="python")),
        now,
        window.commit,
        False,
    )


def _hop_row(run_id: str, run_start: int, hop: Hop) -> rows.Row:
    body = hop.model_dump(mode="python")
    payload = {key: body.pop(key) for key in PAYLOAD_FIELDS}
    return (
        run_id,
        hop.hop_id,
        hop.index,
        _text(hop.name),
        hop.kind,
        _text(hop.provider),
        _text(hop.response_model or hop.request_model),
        hop.input_tokens,
        hop.output_tokens,
        hop.unpriced_tokens,
        hop.cost_usd,
        hop.duration_ms,
        hop.error is not None,
        bool(hop.input_tokens or hop.output_tokens),
        to_json(body),
        to_json(payload),
        run_start,
    )
