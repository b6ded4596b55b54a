"""Spans into the database: what waits is committed together, idempotent, nothing half done.

One thread decodes and judges ("misstep-writer"), two others write ("misstep-commit-…"), so that the
next transaction is prepared while one is written. Order of arrival is kept.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

from misstep import semconv as sc
from misstep.errors import StoreError
from misstep_store import rows
from misstep_store.columnar.fast import FAST
from misstep_store.database import ROW_GROUP_ROWS, Database
from misstep_store.ingest import commit as committing
from misstep_store.ingest.commit import count
from misstep_store.ingest.committer import Committer, Ingested, Job
from misstep_store.ingest.pace import Pace, Patience
from misstep_store.otlp import decode
from misstep_store.otlp.spans import LogRecord, Span

logger = logging.getLogger("misstep.store")

MAX_WAITING_BYTES = 128 * 1024 * 1024
"""Bodies that may wait for the writer; beyond that senders are asked to come again."""
GROUP_ROWS = 2 * ROW_GROUP_ROWS
MIN_ROWS_WHILE_BUSY = 4096
"""Rows that are decoded while a transaction is written; fewer wait until it is."""
GROUP_BYTES = 48 * 1024 * 1024
MAX_IDS = 1 << 24
"""Ids of stored spans that are remembered; what may have been forgotten is looked up."""
_OBJECT_BYTES = 2048  # what a decoded span is taken to weigh in the queue


class Writer:
    """Takes batches from any thread; a batch's future resolves after its commit."""

    def __init__(self, database: Database) -> None:
        self._database = database
        committing.recover(database)
        self._waiting: deque[Job] = deque()
        self._waiting_bytes = 0
        self._changed = threading.Condition()
        self._closing = False
        self.last_commit = 0
        """Number of the newest transaction that is visible to readers."""
        self._committer = Committer(database, self._committed)
        self._patience = Patience(ROW_GROUP_ROWS)
        self._pace = Pace(lambda: self._committer.busy_s() + self._patience.waited_s())
        try:
            self._builder = _Builder(database, self._committer, self._patience)
        except BaseException:  # damaged where it is first read: no thread may hold it
            self._committer.close()
            raise
        self._thread = threading.Thread(target=self._run, name="misstep-writer", daemon=True)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether batches wait, or so many come that the next will be here in a moment."""
        return bool(self._waiting) or not self._committer.idle or self.flooded

    @property
    def replayed(self) -> int:
        """Number of the newest transaction that may hold what was executed again."""
        return self._builder.replayed

    @property
    def flooded(self) -> bool:
        """Whether so many spans come that both processors are needed for them."""
        return self._pace.flooded

    def submit(
        self, spans: Sequence[Span], logs: Sequence[LogRecord] = (), *, timeout_s: float = 30.0
    ) -> Future[Ingested]:
        """Queues decoded spans and logs.

        Raises:
            StoreError: when too much waits already for ``timeout_s``, or the writer is closing.
        """
        size = _OBJECT_BYTES * (len(spans) + len(logs))
        return self._queue(Job(None, spans, logs, size, len(spans)), timeout_s)

    def submit_body(self, body: bytes, spans: int) -> Future[Ingested]:
        """Queues an ExportTraceServiceRequest of about ``spans`` spans, to be decoded here.

        Raises:
            StoreError: when too much waits already.
        """
        return self._queue(Job(body, (), (), len(body), spans), 0)

    def _queue(self, job: Job, timeout_s: float) -> Future[Ingested]:
        with self._changed:
            free = self._changed.wait_for(
                lambda: (
                    self._closing
                    or not self._waiting
                    or self._waiting_bytes + job.size_bytes <= MAX_WAITING_BYTES
                ),
                timeout_s,
            )
            if self._closing:
                raise StoreError("the store is closing")
            if not free:
                raise StoreError("the store is too busy to take more spans now")
            self._waiting.append(job)
            self._waiting_bytes += job.size_bytes
            self._pace.note(job.rows)
            self._patience.came()
            self._changed.notify_all()
        return job.done

    def _committed(self, number: int) -> None:
        self.last_commit = max(self.last_commit, number)
        with self._changed:
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            jobs = self._gather()
            if jobs is None:
                break
            try:
                self._builder.take(jobs)
            except BaseException as error:
                self._builder.fail(jobs, error)
        self._builder.flush()
        self._committer.close()

    def _gather(self) -> list[Job] | None:
        """What waits, up to a transaction's worth; empty when rows of before can be written now."""
        with self._changed:
            while (left_s := self._left_s()) != 0:
                self._changed.wait(left_s)
            if not self._waiting:
                return None if self._closing else []
            jobs: list[Job] = []
            row_count = size = 0
            objects = self._waiting[0].body is None
            # No more than makes a row group whole: it is written while the next is decoded.
            most = ROW_GROUP_ROWS - self._builder.waiting_rows % ROW_GROUP_ROWS
            while (
                self._waiting
                and (self._waiting[0].body is None) == objects  # they take another way
                and row_count < most
                and size < GROUP_BYTES
            ):
                job = self._waiting.popleft()
                jobs.append(job)
                row_count += job.rows
                size += job.size_bytes
            self._waiting_bytes -= size
            self._changed.notify_all()
            return jobs

    def _left_s(self) -> float | None:
        """Seconds until there is something to do if nothing comes; 0: there is, None: for ever."""
        row_count = sum(j.rows for j in self._waiting)
        if self._closing or self._builder.ready or row_count >= MIN_ROWS_WHILE_BUSY:
            return 0
        row_count += self._builder.waiting_rows
        if not (self._waiting or row_count) or not self._committer.idle:
            return None
        return self._patience.left_s(row_count)

    def close(self) -> None:
        """Commits what waits and stops; safe to call twice."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()


@dataclass(slots=True)
class _Carried:
    """Rows of a slab that wait for their transaction, in order of arrival."""

    slab: Any
    rows: Any


class _Builder:
    """Makes transactions out of batches; used by the writer's thread alone."""

    def __init__(self, database: Database, committer: Committer, patience: Patience) -> None:
        self._database = database
        self._committer = committer
        self._patience = patience
        self._fast: ModuleType | None = None
        self._names: Any = None
        self._ids: Any = None
        self._carried: deque[_Carried] = deque()
        self._pending: deque[Job] = deque()
        # Numbers rise for ever, also where the clock was set back.
        newest = database.rows("SELECT max(commit_number) FROM run_index")[0][0]
        self._number = int(newest or 0)
        self._rows_in = 0
        self._rows_out = 0
        # The newest transaction that may hold what was executed again; of those before this
        # process that is not known.
        self.replayed = self._number

    @property
    def ready(self) -> bool:
        """Whether rows wait for their transaction that can be written now."""
        row_count = self.waiting_rows
        if self._committer.idle:
            return row_count > 0 and not self._patience.left_s(row_count)
        return row_count >= ROW_GROUP_ROWS and self._committer.free

    def take(self, jobs: list[Job]) -> None:
        """Decodes batches and hands a transaction on, waiting while one is written."""
        if not jobs:
            self._hand_over()
            return
        if self._committer.take_failure() and self._names is not None:
            self._names.forget()
        if jobs[0].body is None:
            self._take_objects([(job, job.spans, job.logs) for job in jobs])
            self._settle(jobs)
            return
        self._activate()
        for group in _slabs(jobs):
            self._take_bodies(group)
        while self.ready or self.waiting_rows >= GROUP_ROWS:
            self._hand_over()

    @property
    def waiting_rows(self) -> int:
        """Decoded rows that are in no transaction yet."""
        return sum(len(c.rows) for c in self._carried)

    def _activate(self) -> None:
        """Remembers the ids of what is stored, when the walker is first used."""
        if self._fast is not None:
            return
        fast = FAST.want()
        if fast is None:
            raise StoreError("bodies cannot be decoded here yet")
        self.flush()
        self._names, self._ids = fast.Names(), fast.IdSet(MAX_IDS)
        fast.load_ids(self._database, self._ids)
        self._fast = fast

    def _take_bodies(self, jobs: list[Job]) -> None:
        fast = self._fast
        assert fast is not None
        slab = fast.Slab(
            max(1, sum(j.rows for j in jobs)), sum(j.size_bytes for j in jobs), self._names
        )
        owners: list[tuple[Job, range]] = []
        hard: list[Job] = []
        for job in jobs:
            assert job.body is not None
            taken = slab.add(job.body)
            if taken is None:
                hard.append(job)
            else:
                owners.append((job, taken))
        if slab.rows:
            self._take_slab(slab, owners)
        self._settle([job for job, _ in owners])
        for job in hard:
            self._take_hard(job)

    def _take_hard(self, job: Job) -> None:
        """A body that the walker leaves to upb."""
        try:
            found = decode.decode_traces(job.body or b"", json=False)
        except BaseException as error:
            job.done.set_exception(error)
            return
        job.result.rejected = found.rejected
        if found.rejected:
            with self._database.transaction() as connection:
                count(connection, "rejected spans", len(found.rejected))
        self._take_objects([(job, found.spans, found.logs)])
        self._settle([job])

    def _take_slab(self, slab: Any, owners: list[tuple[Job, range]]) -> None:
        new = self._new_ids(slab.id_hashes, slab.starts)
        self._look_up(slab, new)
        before = self._rows_in
        fresh = np.flatnonzero(new)
        if len(fresh):
            self._carried.append(_Carried(slab, fresh))
            self._rows_in += len(fresh)
        for job, taken in owners:
            job.result.accepted = int(new[taken.start : taken.stop].sum())
            job.settled_at = before + int(new[: taken.stop].sum())
            job.begins_at = job.settled_at - job.result.accepted
        if len(fresh) < slab.rows:
            hits = slab.table(np.flatnonzero(~new), self._next_number())
            columns = [c.to_pylist() for c in hits.columns]
            owner_of = [
                number
                for number, (_, taken) in enumerate(owners)
                for known in ~new[taken.start : taken.stop]
                if known
            ]
            incoming = list(zip(owner_of, zip(*columns, strict=True), strict=True))
            self._take_rows(
                [job for job, _ in owners], incoming, committing.SpanRows(), replays=slab.replays
            )

    def _new_ids(self, hashes: Any, starts: Any) -> Any:
        """Remembers ids; an array that is True where one is not remembered already."""
        if self._ids.must_forget(len(hashes)):
            self.flush()  # so that whatever is forgotten can be looked up
        return self._ids.add(hashes, starts)

    def _look_up(self, slab: Any, new: Any) -> None:
        """``new`` becomes False where an id was forgotten, but is stored."""
        doubtful = np.flatnonzero(new & (slab.starts <= self._ids.forgotten_until))
        if len(doubtful):
            keys = slab.keys(doubtful)
            new[doubtful] &= ~self._database.read(lambda c: committing.are_stored(c, keys))

    def _take_objects(self, batches: list[tuple[Job, Sequence[Span], Sequence[LogRecord]]]) -> None:
        number = self._next_number()
        together = committing.SpanRows()
        incoming: list[tuple[int, rows.Row]] = []
        for owner, (job, spans, logs) in enumerate(batches):
            made = committing.rows_of(spans, logs, number)
            job.result.logs = len(made.logs)
            job.result.run_ids = {row[0] for row in made.spans}
            incoming += [(owner, row) for row in made.spans]
            together.logs += made.logs
            together.resources |= made.resources
            together.scopes |= made.scopes
        replays = any(_is_replay(s) for _, spans, _ in batches for s in spans)
        if self._fast is not None and incoming:
            hashes = self._fast.hash_ids([(r[0], r[1]) for _, r in incoming])
            self._new_ids(hashes, committing.starts([r for _, r in incoming]))
        self._take_rows([job for job, _, _ in batches], incoming, together, replays=replays)

    def _take_rows(
        self,
        jobs: list[Job],
        incoming: list[tuple[int, rows.Row]],
        more: committing.SpanRows,
        *,
        replays: bool,
    ) -> None:
        """Rows whose ids may be stored: everything before them is committed first."""
        self.flush()
        verdicts = self._database.read(lambda c: committing.judge(c, incoming))
        for owner, job in enumerate(jobs):
            job.result.duplicates += verdicts.duplicates[owner]
            job.result.conflicts += verdicts.conflicts[owner]
            mine = sum(1 for o, _ in incoming if o == owner)
            job.result.accepted += mine - verdicts.duplicates[owner] - verdicts.conflicts[owner]
        if not verdicts.new and not more.logs and not verdicts.conflicts:
            return
        number = self._next_number()
        made = committing.Commit(
            number,
            replaced=verdicts.replaced,
            logs=more.logs,
            resources=more.resources,
            scopes=more.scopes,
            conflicts=sum(verdicts.conflicts.values()),
        )
        if verdicts.new:
            self.replayed = number if replays else self.replayed
            made.spans = [rows.table(rows.SPAN_COLUMNS, verdicts.new)]
            made.index = [committing.index_table(verdicts.new, number)]
            self._take_names(made)
        self._committer.put(made, []).result()

    def _take_names(self, made: committing.Commit) -> None:
        if self._names is not None:
            made.resources = {**self._names.resources, **made.resources}
            made.scopes = {**self._names.scopes, **made.scopes}
            self._names.resources, self._names.scopes = {}, {}

    def _settle(self, jobs: list[Job]) -> None:
        """Batches all of whose rows are on their way: those that wait for none are answered."""
        self._pending.extend(jobs)
        settled = self._settled()
        if settled:
            self._committer.put(None, settled)

    def _next_number(self) -> int:
        self._number = max(self._number + 1, time.time_ns())
        return self._number

    def _settled(self) -> list[Job]:
        done = []
        while self._pending and self._pending[0].settled_at <= self._rows_out:
            done.append(self._pending.popleft())
        return done

    def _hand_over(self, *, everything: bool = False) -> Future[None] | None:
        """Hands on whole row groups and keeps the rest; all of it when there is no whole one."""
        waiting = self.waiting_rows
        if not waiting:
            return None
        count = waiting // ROW_GROUP_ROWS * ROW_GROUP_ROWS
        if everything or not count:
            count = waiting
        self._patience.gone(count)
        made = committing.Commit(self._next_number())
        going_on = self._going_on(self._rows_out + count)
        self._cut(count - going_on, made, made.number)
        self._take_names(made)
        self._rows_out += count
        settled = self._settled()
        made.finished = [mark for job in settled for mark in job.marks]
        # The first that is left may have rows in this transaction too.
        partly = self._pending[0] if self._pending else None
        if going_on and partly is not None:
            made.mark = self._next_number()
            partly.marks.append(made.mark)
            self._cut(going_on, made, made.mark)
        return self._committer.put(made, settled, partly)

    def _going_on(self, rows_out: int) -> int:
        """How many of the last rows before that one are of a batch that goes on after it."""
        first = next((j for j in self._pending if j.settled_at > rows_out), None)
        if first is None:
            return 0
        return max(0, rows_out - max(first.begins_at, self._rows_out))

    def _cut(self, count: int, made: committing.Commit, number: int) -> None:
        """Moves that many rows into a transaction, with what they add to the run index."""
        while count:
            first = self._carried.popleft()
            if len(first.rows) > count:
                self._carried.appendleft(_Carried(first.slab, first.rows[count:]))
                first = _Carried(first.slab, first.rows[:count])
            self.replayed = number if first.slab.replays else self.replayed
            made.spans.append(first.slab.table(first.slab.by_trace(first.rows), number))
            made.index.append(first.slab.index_table(first.rows, number))
            count -= len(first.rows)

    def flush(self) -> None:
        """Commits all that waits; a failure has been told to the batches it concerns."""
        handed = self._hand_over(everything=True)
        if handed is not None:
            handed.exception()
        self._committer.wait_idle()

    def fail(self, jobs: list[Job], error: BaseException) -> None:
        """Tells batches that could not be taken."""
        logger.warning("a batch could not be stored: %s", error)
        waiting = set(map(id, self._pending))
        for job in jobs:
            if id(job) not in waiting and not job.done.done():
                job.done.set_exception(error)


def _is_replay(span: Span) -> bool:
    return sc.REPLAY_OF in span.attributes or sc.REPLAY_OF in span.resource.attributes


def _slabs(jobs: list[Job]) -> list[list[Job]]:
    """Batches whose bodies fit one slab together."""
    groups: list[list[Job]] = [[]]
    size = 0
    for job in jobs:
        if groups[-1] and size + job.size_bytes > GROUP_BYTES:
            groups.append([])
            size = 0
        groups[-1].append(job)
        size += job.size_bytes
    return groups


__all__ = ["Ingested", "Writer", "count"]
