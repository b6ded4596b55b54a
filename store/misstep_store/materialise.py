"""Pending traces → runs and hops: after the commit, and before any reader answers."""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import orjson
import pyarrow as pa

from misstep.model import Hop, Run
from misstep_store import doubles, pricing, rows
from misstep_store.conventions import Normalised, build
from misstep_store.conventions import drafts as drafts_of
from misstep_store.conventions.starts import begun
from misstep_store.conventions.types import Draft
from misstep_store.database import Connection, Database
from misstep_store.spans import LogRecord, Span
from misstep_store.write import count

logger = logging.getLogger("misstep.store")

BATCH_TRACES = 500
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
    "body": pa.string(),
    "made_unix_nano": pa.int64(),
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
}


class Materialiser:
    """Keeps runs and hops in step with the raw spans."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()

    def refresh(self) -> list[str]:
        """Makes all pending traces into runs; their run ids."""
        made: list[str] = []
        with self._lock:
            while True:
                batch = [
                    r[0]
                    for r in self._database.rows(
                        f"SELECT DISTINCT trace_id FROM pending LIMIT {BATCH_TRACES}"  # noqa: S608
                    )
                ]
                if not batch:
                    return made
                made += self._make(batch)

    def _make(self, trace_ids: Sequence[str]) -> list[str]:
        # One transaction: spans that arrive meanwhile are pending again afterwards.
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM pending WHERE trace_id IN (SELECT unnest(?))", [list(trace_ids)]
            )

            def load(wanted: Sequence[str]) -> doubles.Drafts:
                found = load_traces(connection, wanted)
                traces = {i: begun(*t) for i, t in found.items()}
                return {i: _drafts(connection, *t) for i, t in traces.items() if t[0]}

            read = load(trace_ids)
            wanted = set(read)
            groups = doubles.groups(connection, read, load)
            folded = {i for others in groups.values() for i in others}
            results = [
                _built(connection, [*read[i], *(d for o in groups.get(i, ()) for d in read[o])])
                for i in (wanted | set(groups)) - folded
            ]
            _store(connection, results)
        return [n.run.run_id for n, _ in results]


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
    connection: Connection, trace_ids: Sequence[str]
) -> dict[str, tuple[list[Span], list[LogRecord]]]:
    """Spans and logs of traces, as they arrived."""
    wanted = [list(trace_ids)]
    span_rows = connection.execute(
        f"SELECT {', '.join(rows.SPAN_COLUMNS)} FROM spans "  # noqa: S608
        "WHERE trace_id IN (SELECT unnest(?)) ORDER BY start_unix_nano, rowid",
        wanted,
    ).fetchall()
    log_rows = connection.execute(
        f"SELECT {', '.join(rows.LOG_COLUMNS)} FROM logs "  # noqa: S608
        "WHERE trace_id IN (SELECT unnest(?)) "
        "ORDER BY time_unix_nano, observed_time_unix_nano, rowid",
        wanted,
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


def _store(connection: Connection, results: Sequence[tuple[Normalised, int]]) -> None:
    if not results:
        return
    now = time.time_ns()
    ids = [n.run.run_id for n, _ in results]
    connection.execute("DELETE FROM runs WHERE run_id IN (SELECT unnest(?))", [ids])
    connection.execute("DELETE FROM hops WHERE run_id IN (SELECT unnest(?))", [ids])
    _insert(connection, "runs", _RUN_COLUMNS, [_run_row(n.run, s, now) for n, s in results])
    hops = [_hop_row(n.run.run_id, hop) for n, _ in results for hop in n.hops]
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


def _run_row(run: Run, start: int, now: int) -> rows.Row:
    return (
        run.run_id,
        _text(run.name),
        _text(run.service),
        _text(run.pipeline),
        _text(run.version),
        start,
        run.duration_ms,
        run.status,
        run.complete,
        _text(run.session_id),
        _text(run.user_id),
        [_text(t) for t in run.tags],
        [_text(m) for m in run.models],
        run.hop_count,
        run.input_tokens,
        run.output_tokens,
        run.cost_usd,
        run.verdict.state,
        to_json(run.model_dump(mode="python")),
        now,
    )


def _hop_row(run_id: str, hop: Hop) -> rows.Row:
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
    )
