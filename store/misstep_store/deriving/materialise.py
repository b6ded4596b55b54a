"""Spans → runs and hops: before any reader answers, and the rest behind ingest, newest first.

A few new traces are mapped at once. Many at a time (a flood, an import) become *provisional* runs
first: one statement sums them from columns, so listings, filters and totals have them; their hops
are made in the background, or when a run is listed or opened.

Of few spans the conventions make run and hops one by one. Of many, :mod:`misstep_store.headers` makes
the hops of all plain traces together, and their runs without what they were given and gave; that is
mapped when they are first shown.
"""

from __future__ import annotations

import contextlib
import gc
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from misstep_store import rows
from misstep_store.conventions import Normalised, build
from misstep_store.conventions import drafts as drafts_of
from misstep_store.conventions.starts import begun
from misstep_store.conventions.types import Draft
from misstep_store.database import Connection, Database, among, query
from misstep_store.deriving import doubles, pricing
from misstep_store.deriving.aside import FAILED_ALONE, Aside, is_of_data
from misstep_store.deriving.loading import Loaded, Window, load, load_trace, windows_of
from misstep_store.headers import Made, headers
from misstep_store.headers.columns.tables import (
    HOP_COLUMNS,
    LONE_CALL,
    RUN_COLUMNS,
    facts_of,
    hop_row,
    run_row,
    to_json,
)
from misstep_store.ingest.write import count
from misstep_store.otlp.spans import LogRecord, Span

logger = logging.getLogger("misstep.store")

AT_ONCE_TRACES = 2_000
AT_ONCE_SPANS = 4_000
"""Up to so many new traces and spans get their hops before a query answers."""
BATCH_SPANS = 10_000
"""So many are read together: some hundred mebibytes while they are, and whole row groups of hops."""
BATCH_TRACES = 8_000
FEW_STORED = 1_000_000
"""A store of fewer spans may be looked through as a whole for the sake of some runs."""
NEAR_NANO = 60 * 60 * 1_000_000_000
"""In a larger store, how much of it in time."""
FEW_SPANS = 500
"""Up to so many are read by their conventions one by one, and stored with what they gave."""
NO_HOPS = pa.schema(list(HOP_COLUMNS.items()))
"""Of no hops; not a table yet, for pyarrow loads pandas with its first array."""


class Materialiser:
    """Keeps runs and hops in step with the raw spans."""

    def __init__(self, database: Database, *, replayed: Callable[[], int]) -> None:
        self._database = database
        self._replayed = replayed
        self._lock = threading.RLock()
        # Every transaction up to this one is in `runs`, at least provisionally.
        self._watermark = self._first_watermark()
        self._seen = -1
        self._aside = Aside()

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
                    made, failed = self._make(touched)
                    if failed:
                        touched = [*made, *self._make_provisional(tried=failed)]
                    else:
                        touched, self._watermark = made, max(self._watermark, found[0][2])
                else:
                    touched = self._make_provisional()
            self._seen = last_commit
            return touched

    def set_aside(self) -> int:
        """How many runs could not be made and stay provisional."""
        return self._aside.count(self._database)

    def _make_provisional(self, tried: Sequence[str] = ()) -> list[str]:
        with self._database.transaction() as connection:
            connection.execute(query("touched"), {"above": self._watermark})
            low, high, newest = connection.execute(
                "SELECT min(start_unix_nano), max(last_start_unix_nano), max(commit_number) "
                "FROM touched"
            ).fetchall()[0]
            ids = [r[0] for r in connection.execute("SELECT trace_id FROM touched").fetchall()]
            self._aside.forget(set(ids).difference(tried))
            connection.execute(query("replayed_before"))
            # Attributes of 60,000 spans are 160 ms, half of what all else here costs, and nearly
            # always nothing was executed again.
            if self._replayed() > self._watermark:
                connection.execute(query("replayed"), {"low": low, "high": high})
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
            connection.execute("DROP TABLE touched; DROP TABLE replayed")
        self.remake([row[0] for row in begun_only])
        self._watermark = max(self._watermark, newest)
        return ids

    def make(self, run_ids: Sequence[str]) -> None:
        """Maps these runs, if they are provisional."""
        with self._lock:
            found = self._database.rows(
                among(
                    "SELECT run_id, made_unix_nano FROM runs WHERE run_id IN ({runs}) "
                    "AND provisional",
                    run_ids,
                ),
                run_ids,
            )
            opened = len(run_ids) == 1
            self.remake([i for i, made in found if not self._aside.holds(i, made, opened=opened)])

    def remake(self, trace_ids: Sequence[str]) -> None:
        """Maps these traces, whether that was done before or not."""
        with self._lock:
            for batch in self._batches(trace_ids) if trace_ids else ():
                self._make(batch)

    def _batches(self, trace_ids: Sequence[str]) -> list[list[str]]:
        """Some traces at a time, by how many spans they have."""
        spans: dict[str, int] = {}
        for at in range(0, len(trace_ids), BATCH_TRACES):
            some = trace_ids[at : at + BATCH_TRACES]
            found = self._database.read(lambda c, some=some: windows_of(c, some))  # type: ignore[misc]
            spans |= {i: w.spans for i, w in found.items()}
        batches: list[list[str]] = [[]]
        size = 0
        for trace_id in trace_ids:
            more = spans.get(trace_id, 0)
            if batches[-1] and (size + more > BATCH_SPANS or len(batches[-1]) >= BATCH_TRACES):
                batches.append([])
                size = 0
            batches[-1].append(trace_id)
            size += more
        return batches

    def make_some(self) -> list[str]:
        """Maps the newest provisional runs; which, empty when there is none."""
        with self._lock:
            newest = self._database.rows(
                "SELECT run_id, span_count FROM runs WHERE provisional AND made_unix_nano > ? "
                "AND run_id NOT IN (SELECT unnest(?)) ORDER BY start_unix_nano DESC LIMIT ?",
                [self._aside.until_unix_nano, self._aside.known, BATCH_TRACES],
            )
            some: list[str] = []
            size = 0
            for run_id, spans in newest:
                if some and size + spans > BATCH_SPANS:
                    break
                some.append(run_id)
                size += spans
            return self._make(some)[0] if some else []

    def complete(self, run_ids: Sequence[str]) -> None:
        """Maps what these runs were given and gave, where that is not stored yet."""
        with self._lock:
            lacking = self._database.rows(
                among("SELECT run_id FROM runs WHERE run_id IN ({runs}) AND body = ''", run_ids),
                run_ids,
            )
            if not lacking:
                return
            for batch in self._batches([run_id for (run_id,) in lacking]):
                for some in self._near(batch):
                    with uncollected(), self._database.transaction() as connection:
                        made = _mapped_together(connection, some)
                        bodies = {
                            i: to_json(n.run.model_dump(mode="python")) for i, n in made.items()
                        }
                        _set_bodies(connection, bodies)

    def _near(self, run_ids: list[str]) -> list[list[str]]:
        """Those to be read at once: of a large store runs near each other in time, for what lies
        between them is looked through too."""
        if self._database.rows("SELECT count(*) FROM spans")[0][0] < FEW_STORED:
            return [run_ids]
        windows = self._database.read(lambda c: windows_of(c, run_ids))
        near: list[list[str]] = []
        latest = -1
        for run_id in sorted(windows, key=lambda i: windows[i].start):
            window = windows[run_id]
            if window.last_start > latest:
                near.append([])
                latest = window.start + NEAR_NANO
            near[-1].append(run_id)
        return near

    def _make(self, trace_ids: Sequence[str]) -> tuple[list[str], list[str]]:
        """Makes runs of traces; one that cannot be made keeps no others from it. Which runs, and
        which traces are set aside."""
        made: list[str] = []
        failed: list[str] = []
        waiting = [trace_ids]
        while waiting:
            some = waiting.pop()
            try:
                made += self._make_together(some)
            except Exception as error:
                if not is_of_data(error):
                    raise
                if len(some) > 1:
                    half = len(some) // 2
                    waiting += [some[half:], some[:half]]
                    continue
                told = None if self._aside else error  # of the first in full
                logger.error(
                    "trace %s could not be read and stays as it came", *some, exc_info=told
                )
                self._aside.add(some, alone=True)
                failed += some
                if len(failed) >= FAILED_ALONE and len(failed) > len(made):
                    break
            else:
                self._aside.forget(some)
        untried = [trace_id for some in waiting for trace_id in some]
        if failed:
            with self._database.transaction() as connection:
                count(connection, "unreadable trace", len(failed))
        if untried:
            logger.error("%d traces that came with them are not tried", len(untried))
            self._aside.add(untried, alone=False)
        return made, [*failed, *untried]

    def _make_together(self, trace_ids: Sequence[str]) -> list[str]:
        # One transaction: what arrives meanwhile has a higher number and is pending afterwards.
        with uncollected(), self._database.transaction() as connection:
            before = doubles.standing_of(connection, trace_ids)
            return _Batch(connection, list(dict.fromkeys([*trace_ids, *before]))).store()


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Leaves Python's collector off for a moment: it would look through all spans of a batch again
    and again, and none of them is garbage."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Batch:
    """Traces that become runs together."""

    def __init__(self, connection: Connection, trace_ids: Sequence[str]) -> None:
        self._connection = connection
        self._trace_ids = trace_ids
        self._windows: dict[str, Window] = {}

    def _load(self, trace_ids: Sequence[str]) -> Loaded:
        windows = windows_of(self._connection, trace_ids)
        self._windows.update(windows)
        return load(self._connection, windows)

    def _read(self, loaded: Loaded, trace_ids: Sequence[str]) -> doubles.Drafts:
        traces = {i: begun(*loaded.trace(i)) for i in trace_ids}
        return {i: _drafts(self._connection, *t) for i, t in traces.items() if t[0]}

    def _read_more(self, trace_ids: Sequence[str]) -> doubles.Drafts:
        loaded = self._load(trace_ids)
        return self._read(loaded, loaded.trace_ids)

    def store(self) -> list[str]:
        """Writes runs and hops in place of those before; which runs."""
        loaded = self._load(self._trace_ids)
        made = _headers(loaded) if len(loaded) > FEW_SPANS else None
        together = set(made.runs["run_id"].to_pylist()) if made is not None else set()
        read = self._read(loaded, [i for i in loaded.trace_ids if i not in together])
        lone = made.lone if made is not None else LONE_CALL.empty_table()
        hops = made.hops if made is not None else NO_HOPS.empty_table()
        wanted = set(read)
        groups, freed = doubles.groups(
            self._connection, read, lone, hops, self._read_more, forget=[*together, *read]
        )
        folded = {i for others in groups.values() for i in others}
        gone = together & (folded | set(groups))
        results = []
        for run_id in (wanted | set(groups) | (freed - together)) - folded:
            members = [run_id, *groups.get(run_id, ())]
            built, start = _built(self._connection, [d for i in members for d in read[i]])
            results.append((built, start, _joined([self._windows[i] for i in members])))
        ids = [*(n.run.run_id for n, _, _ in results), *(together - gone)]
        self._replace(ids, results, made, gone)
        return ids

    def _replace(
        self,
        ids: list[str],
        results: Sequence[tuple[Normalised, int, Window]],
        made: Made | None,
        gone: set[str],
    ) -> None:
        if not ids:
            return
        now = time.time_ns()
        for table in ("runs", "hops"):
            self._connection.execute(
                f"DELETE FROM {table} WHERE run_id IN (SELECT unnest(?))",  # noqa: S608
                [ids],
            )
        runs = rows.table(RUN_COLUMNS, [_run_row(n, start, w, now) for n, start, w in results])
        hops = [r for n, start, _ in results for r in _hop_rows(n, start)]
        if made is not None:
            lasting = [_without(table, gone) for table in (made.runs, made.hops)]
            runs = pa.concat_tables([runs, self._run_table(lasting[0], now)])
            self._insert("hops", lasting[1])
        self._insert("runs", runs)
        if hops:
            self._insert("hops", rows.table(HOP_COLUMNS, hops))

    def _run_table(self, made: pa.Table, now: int) -> pa.Table:
        """Rows of ``runs``, of those that were made together."""
        windows = [self._windows[run_id] for run_id in made["run_id"].to_pylist()]
        last = pa.array([w.last_start for w in windows], pa.int64())
        told = {name: made[name] for name in made.column_names} | {
            "last_start_unix_nano": pc.max_element_wise(made["start_unix_nano"], last),
            "span_count": pa.array([w.spans for w in windows], pa.int64()),
            "log_count": pa.array([w.logs for w in windows], pa.int64()),
            "made_unix_nano": pa.repeat(pa.scalar(now, pa.int64()), len(windows)),
            "made_commit": pa.array([w.commit for w in windows], pa.int64()),
            "provisional": pa.repeat(pa.scalar(False), len(windows)),
        }
        return pa.table([told[name] for name in RUN_COLUMNS], names=list(RUN_COLUMNS))

    def _insert(self, name: str, table: pa.Table) -> None:
        if table.num_rows:
            self._connection.register("made", table)
            try:
                self._connection.execute(f"INSERT INTO {name} SELECT * FROM made")  # noqa: S608
            finally:
                self._connection.unregister("made")


def _without(table: pa.Table, runs: set[str]) -> pa.Table:
    """A table without the rows of some runs."""
    if not runs:
        return table
    return table.filter(pc.invert(pc.is_in(table["run_id"], pa.array(list(runs)))))


def _headers(loaded: Loaded) -> Made | None:
    """Headers of the plain traces; None when they cannot be made."""
    try:
        return headers(loaded.columns(loaded.alone()), price=pricing.price)
    except Exception:  # the conventions read them one by one then
        logger.exception("headers of %d traces could not be made together", len(loaded.places))
        return None


def mapped(connection: Connection, run_id: str, window: Window | None = None) -> Normalised | None:
    """A run with all its hops and their payloads, by its conventions; None when it is not stored.

    Spans of traces that were folded into the run are among its own. Without its ``window``, as the
    stored run has it, that is looked up in all transactions."""
    traces = doubles.traces_of(connection, [run_id])
    loaded = None
    if window is not None and len(traces) == 1:
        loaded = load_trace(connection, run_id, window)
    if loaded is None:
        loaded = load(connection, windows_of(connection, traces))
    return _mapped(connection, loaded, loaded.trace_ids)


def _mapped_together(connection: Connection, run_ids: Sequence[str]) -> dict[str, Normalised]:
    """Some runs as :func:`mapped` has them, their spans read at once; those that are not stored are
    left out."""
    run_of = dict(zip(run_ids, run_ids, strict=True)) | doubles.folded_into(connection, run_ids)
    loaded = load(connection, windows_of(connection, list(run_of)))
    traces: dict[str, list[str]] = {}
    for trace_id in loaded.trace_ids:
        traces.setdefault(run_of[trace_id], []).append(trace_id)
    found = {run_id: _mapped(connection, loaded, its) for run_id, its in traces.items()}
    return {run_id: made for run_id, made in found.items() if made is not None}


def _mapped(connection: Connection, loaded: Loaded, trace_ids: Sequence[str]) -> Normalised | None:
    found: list[Draft] = []
    for trace_id in trace_ids:
        spans, logs = begun(*loaded.trace(trace_id))
        if spans:
            found += _drafts(connection, spans, logs, counting=False)
    return _built(connection, found, counting=False)[0] if found else None


def _set_bodies(connection: Connection, bodies: dict[str, str]) -> None:
    if not bodies:
        return
    told = {"run_id": list(bodies), "body": list(bodies.values())}
    connection.register("made", pa.table({k: pa.array(v, pa.string()) for k, v in told.items()}))
    try:
        connection.execute(
            "UPDATE runs SET body = made.body FROM made WHERE runs.run_id = made.run_id"
        )
    finally:
        connection.unregister("made")


def _joined(windows: Sequence[Window]) -> Window:
    return Window(
        min(w.start for w in windows),
        max(w.last_start for w in windows),
        sum(w.spans for w in windows),
        sum(w.logs for w in windows),
        max(w.commit for w in windows),
    )


def _drafts(
    connection: Connection, spans: list[Span], logs: list[LogRecord], *, counting: bool = True
) -> list[Draft]:
    try:
        return drafts_of(spans, logs)
    except Exception:  # one trace that cannot be read must not stop the others
        logger.exception("trace %s could not be read", spans[0].trace_id)
        if counting:
            count(connection, "unreadable trace", 1)
        return [Draft(s, "unreadable") for s in spans]


def _built(
    connection: Connection, drafts: list[Draft], *, counting: bool = True
) -> tuple[Normalised, int]:
    spans = [d.span for d in drafts]
    start = min((s.start_unix_nano for s in spans if s.start_unix_nano), default=0)
    try:
        return build(drafts, price=pricing.price), start
    except Exception:
        logger.exception("trace %s could not be normalised", spans[0].trace_id)
        if counting:
            count(connection, "unreadable trace", 1)
        return build([Draft(s, "unreadable") for s in spans], price=None), start


def _run_row(made: Normalised, start: int, window: Window, now: int) -> rows.Row:
    return run_row(
        facts_of(made.run, made.hops, start),
        to_json(made.run.model_dump(mode="python")),
        last_start=window.last_start,
        spans=window.spans,
        logs=window.logs,
        commit=window.commit,
        now=now,
    )


def _hop_rows(made: Normalised, run_start: int) -> list[tuple[Any, ...]]:
    return [hop_row(made.run.run_id, hop, run_start) for hop in made.hops]
