"""Transactions one after another on a thread of their own, and the batches they answer."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field

from misstep_store import commit as committing
from misstep_store.database import Database
from misstep_store.spans import LogRecord, Span


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


@dataclass(slots=True)
class _Item:
    """A transaction for the committer and whom to tell."""

    commit: committing.Commit | None
    settled: list[Job]
    partly: Job | None = None
    done: Future[None] = field(default_factory=Future)


class Committer:
    """One thread with a connection of its own that writes transactions in order."""

    def __init__(self, database: Database, committed: Callable[[int], None]) -> None:
        self._database = database
        self._committed = committed
        self._queue: queue.Queue[_Item | None] = queue.Queue(maxsize=1)
        self._open = 0
        self._failed = False
        self._stale: set[int] = set()
        """Marks of batches that have failed: what of them is stored stays, and is no half to be
        removed. They go with the next transaction, before anything more is answered."""
        self._lock = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="misstep-commit", daemon=True)
        self._thread.start()

    @property
    def idle(self) -> bool:
        """Whether nothing is being written."""
        return self._open == 0

    def put(
        self, commit: committing.Commit | None, settled: list[Job], partly: Job | None = None
    ) -> Future[None]:
        """Hands a transaction on, with the batches that are complete with it and the one that has
        rows in it but is not complete; waits for the one before to begin.

        The future tells whether it was committed."""
        item = _Item(commit, settled, partly)
        with self._lock:
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
            with self._lock:
                self._open -= 1
                self._lock.notify_all()
            self._tell(item, error)

    def _write(self, item: _Item) -> BaseException | None:
        commit = item.commit
        stale = list(self._stale)
        if stale:
            commit = commit or committing.Commit(0)
            commit.finished = [*commit.finished, *stale]
        if commit is None:
            return None
        try:
            self._database.write(commit.write, exclusive=commit.exclusive)
        except BaseException as failure:
            self._failed = True
            jobs = [*item.settled, *([item.partly] if item.partly is not None else [])]
            self._stale.update(mark for job in jobs for mark in job.marks)
            return failure
        self._stale.difference_update(stale)
        return None

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

    def close(self) -> None:
        """Ends the thread after what is queued."""
        self._queue.put(None)
        self._thread.join()
