"""Spans into the database: one transaction for all that waits, idempotent, nothing half done."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from misstep.errors import StoreError
from misstep_store import rows
from misstep_store.database import Connection, Database
from misstep_store.spans import LogRecord, Span

MAX_GROUP_SPANS = 20_000
_STOP = None


@dataclass(slots=True)
class Ingested:
    """What became of a batch: every span is accepted, a duplicate, or a conflict."""

    accepted: int = 0
    duplicates: int = 0
    conflicts: int = 0
    logs: int = 0
    run_ids: set[str] = field(default_factory=set)


@dataclass(slots=True)
class _Batch:
    spans: Sequence[Span]
    logs: Sequence[LogRecord]
    done: Future[Ingested]


class Writer:
    """One thread that commits what waits together; a batch's future resolves after the commit."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: queue.Queue[_Batch | None] = queue.Queue(maxsize=256)
        self._thread = threading.Thread(target=self._run, name="misstep-writer", daemon=True)
        self._closing = False
        self._thread.start()

    def submit(
        self, spans: Sequence[Span], logs: Sequence[LogRecord] = (), *, timeout_s: float = 30.0
    ) -> Future[Ingested]:
        """Queues a batch.

        Raises:
            StoreError: when the queue stays full for ``timeout_s`` or the writer is closing.
        """
        if self._closing:
            raise StoreError("the store is closing")
        batch = _Batch(spans, logs, Future())
        try:
            self._queue.put(batch, timeout=timeout_s)
        except queue.Full as error:
            raise StoreError("the store is too busy to take more spans now") from error
        return batch.done

    def _run(self) -> None:
        while True:
            group = self._gather()
            if group is None:
                return
            self._commit(group)

    def _gather(self) -> list[_Batch] | None:
        first = self._queue.get()
        if first is _STOP:
            return None
        group, size = [first], len(first.spans)
        while size < MAX_GROUP_SPANS:
            try:
                following = self._queue.get_nowait()
            except queue.Empty:
                break
            if following is _STOP:
                self._queue.put(_STOP)
                break
            group.append(following)
            size += len(following.spans)
        return group

    def _commit(self, group: list[_Batch]) -> None:
        try:
            results = ingest(self._database, [(b.spans, b.logs) for b in group])
        except BaseException as error:
            self._one_by_one(group, error)
            return
        for batch, result in zip(group, results, strict=True):
            batch.done.set_result(result)

    def _one_by_one(self, group: list[_Batch], error: BaseException) -> None:
        """A batch that cannot be stored must not take its neighbours down."""
        if len(group) == 1:
            group[0].done.set_exception(error)
            return
        for batch in group:
            try:
                batch.done.set_result(ingest(self._database, [(batch.spans, batch.logs)])[0])
            except BaseException as own_error:
                batch.done.set_exception(own_error)

    def close(self) -> None:
        """Commits what waits and stops."""
        self._closing = True
        self._queue.put(_STOP)
        self._thread.join()


def ingest(
    database: Database, batches: Sequence[tuple[Sequence[Span], Sequence[LogRecord]]]
) -> list[Ingested]:
    """Stores batches in one transaction; all are committed when this returns.

    A span already stored with the same content is a duplicate; one stored unfinished is replaced
    by its finished self; unlike content for a finished span is a conflict: the first stays, the
    conflict is counted.
    """
    with database.transaction() as connection:
        known = _known(connection, {s.trace_id for spans, _ in batches for s in spans})
        work = _Work(known, time.time_ns())
        results = [work.add(spans, logs) for spans, logs in batches]
        work.write(connection)
    return results


def _known(connection: Connection, trace_ids: set[str]) -> dict[tuple[str, str], tuple[str, int]]:
    """(digest, end) of the stored spans of these traces."""
    if not trace_ids:
        return {}
    wanted = list(trace_ids)
    stored = connection.execute(
        "SELECT run_id FROM runs WHERE run_id IN (SELECT unnest(?)) "
        "UNION SELECT trace_id FROM pending WHERE trace_id IN (SELECT unnest(?)) "
        "UNION SELECT trace_id FROM folded WHERE trace_id IN (SELECT unnest(?))",
        [wanted, wanted, wanted],
    ).fetchall()
    if not stored:
        return {}
    found = connection.execute(
        "SELECT trace_id, span_id, digest, end_unix_nano FROM spans "
        "WHERE trace_id IN (SELECT unnest(?))",
        [[r[0] for r in stored]],
    ).fetchall()
    return {(t, s): (d, e) for t, s, d, e in found}


class _Work:
    """What one transaction will insert."""

    def __init__(self, known: dict[tuple[str, str], tuple[str, int]], now: int) -> None:
        self._known = known
        self._now = now
        self._spans: dict[tuple[str, str], rows.Row] = {}
        self._replaced: list[tuple[str, str]] = []
        self._logs: list[rows.Row] = []
        self._resources: dict[str, rows.Row] = {}
        self._scopes: dict[str, rows.Row] = {}
        self._ids: dict[int, str] = {}
        self._kept_alive: list[object] = []
        self._touched: set[str] = set()
        self._conflicts = 0

    def add(self, spans: Sequence[Span], logs: Sequence[LogRecord]) -> Ingested:
        result = Ingested(logs=len(logs))
        for span in spans:
            self._add_span(span, result)
        for log in logs:
            resource_id, scope_id = self._resource_id(log), self._scope_id(log)
            self._logs.append(rows.log_row(log, resource_id, scope_id, self._now))
            if log.trace_id:
                self._touched.add(log.trace_id)
        return result

    def _add_span(self, span: Span, result: Ingested) -> None:
        row = rows.span_row(span, self._resource_id(span), self._scope_id(span), self._now)
        key, content = (span.trace_id, span.span_id), row[-2]
        before = self._known.get(key)
        result.run_ids.add(span.trace_id)
        if before is not None:
            digest, end = before
            if digest == content or (end != 0 and span.end_unix_nano == 0):
                result.duplicates += 1
                return
            if end != 0:
                result.conflicts += 1
                self._conflicts += 1
                return
            if key not in self._spans:
                self._replaced.append(key)
        self._known[key] = (content, span.end_unix_nano)
        self._spans[key] = row
        self._touched.add(span.trace_id)
        result.accepted += 1

    def _resource_id(self, item: Span | LogRecord) -> str:
        # Spans of one request share the object; hashing it once a request is enough.
        known = self._ids.get(id(item.resource))
        if known is None:
            row = rows.resource_row(item.resource)
            known = self._ids[id(item.resource)] = row[0]
            self._resources[known] = row
            self._kept_alive.append(item.resource)
        return known

    def _scope_id(self, item: Span | LogRecord) -> str:
        known = self._ids.get(id(item.scope))
        if known is None:
            row = rows.scope_row(item.scope)
            known = self._ids[id(item.scope)] = row[0]
            self._scopes[known] = row
            self._kept_alive.append(item.scope)
        return known

    def write(self, connection: Connection) -> None:
        _insert(connection, "resources", rows.RESOURCE_COLUMNS, list(self._resources.values()))
        _insert(connection, "scopes", rows.SCOPE_COLUMNS, list(self._scopes.values()))
        if self._replaced:
            connection.execute(
                "DELETE FROM spans WHERE (trace_id, span_id) IN (SELECT unnest(?), unnest(?))",
                [[k[0] for k in self._replaced], [k[1] for k in self._replaced]],
            )
        _insert(connection, "spans", rows.SPAN_COLUMNS, list(self._spans.values()))
        self._write_logs(connection)
        if self._touched:
            connection.execute("INSERT INTO pending SELECT unnest(?)", [list(self._touched)])
        if self._conflicts:
            count(connection, "conflict", self._conflicts)

    def _write_logs(self, connection: Connection) -> None:
        if not self._logs:
            return
        incoming = rows.table(rows.LOG_COLUMNS, self._logs)
        connection.register("incoming_logs", incoming)
        try:
            connection.execute(
                "INSERT INTO logs SELECT * FROM incoming_logs i WHERE NOT EXISTS ("
                "SELECT 1 FROM logs l WHERE l.trace_id = i.trace_id AND l.digest = i.digest) "
                "QUALIFY row_number() OVER (PARTITION BY trace_id, digest) = 1"
            )
        finally:
            connection.unregister("incoming_logs")


def _insert(
    connection: Connection, name: str, columns: dict[str, object], new: list[rows.Row]
) -> None:
    if not new:
        return
    connection.register("incoming", rows.table(columns, new))
    try:
        # The table names are our own constants, never text of a trace.
        conflict = "OR IGNORE " if name in ("resources", "scopes") else ""
        connection.execute(f"INSERT {conflict}INTO {name} SELECT * FROM incoming")  # noqa: S608
    finally:
        connection.unregister("incoming")


def count(connection: Connection, name: str, number: int) -> None:
    """Adds to a counter of the store."""
    connection.execute(
        "INSERT INTO counters VALUES (?, ?) ON CONFLICT (name) DO UPDATE "
        "SET number = counters.number + excluded.number",
        [name, number],
    )
