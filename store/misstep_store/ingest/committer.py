"""Transactions on threads of their own, committed one after another, and the batches they answer."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from misstep.errors import MisstepError
from misstep_store.database import Connection, Database
from misstep_store.ingest import commit as committing
from misstep_store.otlp.spans import LogRecord, Span


@dataclass(slots=True)
class Ingested:
    """What became of a batch: every span is accepted, a duplicate, a conflict, or rejected (each
    with a sentence)."""

    accepted: int = 0
    duplicates: int = 0
    conflicts: int = 0
    logs: int = 0
    rejected: list[str] = field(default_factory=list)
    run_ids: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Job:
    """A batch on its way: a body that nobody has decoded yet, or spans and logs."""

    body: bytes | None
    spans: Sequence[Span]
    logs: Sequence[LogRecord]
    size_bytes: int
    rows: int
    done: Future[Ingested] = field(default_factory=Future)
    result: Ingested = field(default_factory=Ingested)
    begins_at: int = 0
    """Its first row's number."""
    marks: list[int] = field(default_factory=list)
    """Marks of the transactions that hold a part of it."""
    settled_at: int = 0
    """Rows that must be committed before it is: its last one's number."""
    failure: BaseException | None = None
    """Why an earlier transaction with rows of it was not committed."""

    def __post_init__(self) -> None:
        # Who gave up waiting must not cancel it: its rows are on their way all the same.
        self.done.set_running_or_notify_cancel()


WORKERS = 2
"""Transactions that are compressed at the same time. They are committed one after another."""
MANY_MARKS = 256
"""So many void marks are removed also while there is much to do."""


@dataclass(slots=True)
class _Item:
    """A transaction for the committer and whom to tell."""

    ticket: int
    commit: committing.Commit | None
    settled: list[Job]
    partly: Job | None = None
    done: Future[None] = field(default_factory=Future)


class Committer:
    """Threads with a connection each that write transactions. Whose rows are written first waits
    for its turn: transactions become visible, and are told, in the order in which they came."""

    def __init__(self, database: Database, committed: Callable[[int], None]) -> None:
        self._database = database
        self._committed = committed
        self._queue: queue.Queue[_Item | None] = queue.Queue()
        self._open = 0
        self._busy_s = self._busy_since_s = 0.0
        self._taken = 0
        self._turn = 0
        self._failed = False
        # What follows is touched by whose turn it is, and by nobody else.
        self._stale: set[int] = set()
        """Marks of batches that have failed: what of them is stored stays, and is no half to be
        removed. They go with the next transaction, before anything more is answered."""
        self._void: list[int] = []
        """Marks that are void, and still stored."""
        self._lock = threading.Condition()
        self._threads = [
            threading.Thread(target=self._run, name=f"misstep-commit-{number}", daemon=True)
            for number in range(WORKERS)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def idle(self) -> bool:
        """Whether nothing is being written."""
        return self._open == 0

    @property
    def free(self) -> bool:
        """Whether a transaction that is put now is begun at once."""
        return self._open < WORKERS

    def busy_s(self) -> float:
        """Seconds in which something was being written."""
        with self._lock:
            now_s = self._busy_since_s if self.idle else time.monotonic()
            return self._busy_s + now_s - self._busy_since_s

    def put(
        self, commit: committing.Commit | None, settled: list[Job], partly: Job | None = None
    ) -> Future[None]:
        """Hands a transaction on, with the batches that are complete with it and the one that has
        rows in it but is not complete; waits until a thread is free. For one caller at a time.

        The future tells whether it was committed."""
        with self._lock:
            self._lock.wait_for(lambda: self.free)
            item = _Item(self._taken, commit, settled, partly)
            self._taken += 1
            if self.idle:
                self._busy_since_s = time.monotonic()
            self._open += 1
            self._queue.put(item)
        return item.done

    def take_failure(self) -> bool:
        """Whether a transaction has failed since this was asked last."""
        failed, self._failed = self._failed, False
        return failed

    def wait_idle(self) -> None:
        """Returns when all that was handed on is committed or has failed."""
        with self._lock:
            self._lock.wait_for(lambda: self._open == 0)

    def _run(self) -> None:
        while (item := self._queue.get()) is not None:
            error = self._write(item)
            self._await_turn(item)
            try:
                self._note(item, error)
                with self._lock:
                    self._open -= 1
                    if self.idle:
                        self._busy_s += time.monotonic() - self._busy_since_s
                    self._lock.notify_all()
                self._tell(item, error)
                self._tidy()
            finally:
                with self._lock:
                    self._turn += 1
                    self._lock.notify_all()

    def _await_turn(self, item: _Item) -> None:
        with self._lock:
            self._lock.wait_for(lambda: self._turn == item.ticket)

    def _write(self, item: _Item) -> BaseException | None:
        commit = item.commit
        if commit is None or commit.alone:
            self._await_turn(item)
            if commit is None:
                if not self._stale:
                    return None
                commit = item.commit = committing.Commit(0)

        def work(connection: Connection) -> None:
            commit.append(connection)
            self._await_turn(item)
            commit.finished = [*commit.finished, *self._stale]
            commit.finish(connection)

        try:
            self._database.write(work, exclusive=commit.exclusive)
        except BaseException as failure:
            return failure
        return None

    def _note(self, item: _Item, error: BaseException | None) -> None:
        """Keeps account of marks, in its turn."""
        if error is not None:
            self._failed = True
            jobs = [*item.settled, *([item.partly] if item.partly is not None else [])]
            self._stale.update(mark for job in jobs for mark in job.marks)
        elif item.commit is not None:
            self._stale.difference_update(item.commit.finished)
            self._void += item.commit.finished

    def _tell(self, item: _Item, error: BaseException | None) -> None:
        commit = item.commit
        self._committed(commit.number if commit is not None and error is None else 0)
        if error is None:
            item.done.set_result(None)
        else:
            item.done.set_exception(error)
            if item.partly is not None:
                item.partly.failure = error
        for job in item.settled:
            failure = error or job.failure
            if failure is None:
                job.done.set_result(job.result)
            else:
                job.done.set_exception(failure)

    def _tidy(self) -> None:
        """Removes void marks, when there is nothing else to do or they are many."""
        if not self._void or (not self.idle and len(self._void) < MANY_MARKS):
            return
        void = self._void
        try:
            self._database.write(lambda c: committing.forget_marks(c, void), exclusive=False)
        except MisstepError:  # they harm nobody, and are tried again
            return
        self._void = []

    def close(self) -> None:
        """Ends the threads after what is queued."""
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()
