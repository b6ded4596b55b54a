"""A store in this process: database, writer, materialiser, diagnoser and reader together."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType

from misstep.errors import MisstepError, StoreError
from misstep.inbox import Signal
from misstep_store.answering.beside import Beside
from misstep_store.answering.local import LocalReader
from misstep_store.changes import Changes
from misstep_store.columnar.fast import FAST, LARGE_BODY_BYTES
from misstep_store.database import Database, NotWritten
from misstep_store.deriving.materialise import Materialiser
from misstep_store.deriving.remaking import remap
from misstep_store.ingest import inbox, memory
from misstep_store.ingest.pace import Looking, rest_s
from misstep_store.ingest.write import Ingested, Writer, count
from misstep_store.otlp.spans import LogRecord, Span
from misstep_store.shapes.remapping import Remapped
from misstep_store.shapes.retention import Policy, Retained
from misstep_store.textindex.index import TextIndex
from misstep_store.upkeep.folding import Folding
from misstep_store.upkeep.removal import retain

logger = logging.getLogger("misstep.store")

Arrived = Callable[[Signal, bytes], None]

# How long a listing may take to diagnose what it shows: a server's own thread does the rest.
_LISTING_BUDGET_S = 0.1
_LISTING_WAIT_S = 1.0
_LISTING_BUDGET_ALONE_S = 2.0
_DIAGNOSED_AT_ONCE = 20
COMMIT_TIMEOUT_S = 30.0
_MANY_RUNS = 2_000
"""Looking at so many new runs leaves memory behind."""
_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 5.0


class Store:
    """One open store. ``background`` adds the thread that diagnoses finished runs and polls the
    inbox; without it both happen when asked for."""

    def __init__(
        self, database: Database, *, background: bool, arrived: Arrived | None = None
    ) -> None:
        self.database = database
        self.arrived = arrived
        self.writer = Writer(database)
        try:
            self._begin(background=background)
        except BaseException:
            self.writer.close()
            raise

    def _begin(self, *, background: bool) -> None:
        database = self.database
        self._materialiser = Materialiser(database, replayed=lambda: self.writer.replayed)
        self.changes = Changes()
        self.index = TextIndex(database)
        self._beside = Beside(wait_s=_LISTING_WAIT_S) if background else None
        self.reader = LocalReader(
            database,
            self._refresh,
            make=self._make,
            complete=self._complete,
            set_aside=self._materialiser.set_aside,
            changed=self.changes.publish,
            listing_budget_s=_LISTING_BUDGET_S if background else _LISTING_BUDGET_ALONE_S,
            beside=self._beside,
            index=self.index,
        )
        self._folding = Folding(database)
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.poll_inbox()
        if background:
            self._thread = threading.Thread(target=self._run, name="misstep-diagnose", daemon=True)
            self._thread.start()

    @classmethod
    def open(
        cls, path: str | Path, *, background: bool = False, arrived: Arrived | None = None
    ) -> Store:
        """The store at ``path``, its inbox drained. ``arrived`` is given every OTLP request that
        is stored: its signal and its protobuf bytes; receivers give it theirs.

        Raises:
            StoreError: see :meth:`Database.open`.
        """
        database = Database.open(path)
        with contextlib.ExitStack() as opened:  # let go, when it turns out to be damaged
            opened.callback(database.close)
            made = cls(database, background=background, arrived=arrived)
            opened.pop_all()
        return made

    def ingest(
        self,
        spans: Sequence[Span],
        logs: Sequence[LogRecord] = (),
        *,
        rejected: Sequence[str] = (),
    ) -> Ingested:
        """Stores a batch; it is committed and visible when this returns.

        Raises:
            StoreError: when it is not stored, or not within :data:`COMMIT_TIMEOUT_S`.
        """
        if rejected:
            with self.database.transaction() as connection:
                count(connection, "rejected spans", len(rejected))
        if not spans and not logs:
            return Ingested()
        queued = self.writer.submit(spans, logs, timeout_s=COMMIT_TIMEOUT_S)
        try:
            return queued.result(COMMIT_TIMEOUT_S)
        except TimeoutError as error:
            raise slow_commit() from error

    def submit_body(self, body: bytes) -> Future[Ingested] | None:
        """Queues an ExportTraceServiceRequest for the compiled decoder; the future resolves after
        the commit. None when it is for :mod:`misstep_store.otlp.decode`: the compiled one is not loaded
        (the first large body begins that), or the body is malformed.

        Raises:
            StoreError: when too much waits already.
        """
        fast = FAST.module
        if fast is None:
            if len(body) >= LARGE_BODY_BYTES:
                FAST.want()
            return None
        spans = fast.count_spans(body)
        return self.writer.submit_body(body, spans) if spans > 0 else None

    def poll_inbox(self) -> int:
        """Takes in what lies in the inbox; the number of segments."""
        return inbox.drain(self.database, self.writer, self.arrived)

    def check_writable(self) -> None:
        """Commits a row that changes nothing.

        Raises:
            StoreError: when nothing can be written now, e.g. the disk is full.
        """
        with self.database.transaction() as connection:
            connection.execute("UPDATE misstep_schema SET made = made")

    def retain(self, policy: Policy, *, dry_run: bool = False) -> Retained:
        """Removes what the policy does not let stay; see :mod:`misstep_store.shapes.retention`.

        Raises:
            UsageError: when the policy makes no sense.
        """
        self._refresh()
        done = retain(self.database, policy, dry_run=dry_run)
        if done.removed_runs and not dry_run:
            self.index.forget()
            self.changes.publish(done.run_ids)
        return done

    def remap(self, run_ids: Sequence[str] | None) -> Remapped:
        """Makes runs again from their raw spans; see :mod:`misstep_store.deriving.remaking`.

        Raises:
            UsageError: when no run is named.
            NotFound: when one of them is not stored.
        """
        self._refresh()
        made = self._materialiser
        done = remap(self.database, made.remake, made.complete, run_ids)
        self.changes.publish(done.run_ids)
        return done

    def _refresh(self) -> list[str]:
        try:
            made = self._materialiser.refresh(self.writer.last_commit)
        except NotWritten as error:  # what was made before can be read all the same
            logger.warning("runs are not up to date: %s", error)
            return []
        if made:
            self.changes.publish(made)
        return made

    def _make(self, run_ids: Sequence[str]) -> None:
        try:
            self._materialiser.make(run_ids)
        except NotWritten as error:
            logger.warning("runs stay provisional: %s", error)

    def _complete(self, run_ids: Sequence[str]) -> None:
        try:
            self._materialiser.complete(run_ids)
        except NotWritten as error:
            logger.warning("runs cannot be completed: %s", error)

    def _run(self) -> None:
        pause_s = _PAUSE_S
        worked = False
        looking = Looking()
        while not self._stop.wait(pause_s):
            pause_s = _PAUSE_S
            try:
                self.poll_inbox()
                begun_s = time.monotonic()
                many = len(self._refresh()) > _MANY_RUNS
                flooded = self.writer.flooded
                if flooded:  # whoever asks meanwhile does this first
                    pause_s = min(max(_PAUSE_S, rest_s(begun_s)), _LONGEST_PAUSE_S)
                # For what comes now, what was kept from before is lost.
                if (flooded and not worked) or (many and not flooded):
                    memory.give_back()
                with looking.at((self.writer.last_commit, self.changes.number)) as anew:
                    worked = (anew and self._work_off()) or worked or flooded
                self._fold()
                if worked and not flooded:
                    memory.give_back()
                    worked = False
            except MisstepError as error:
                logger.warning("background work failed: %s", error)
            except Exception:
                logger.exception("background work failed")

    def _fold(self) -> None:
        if not self.writer.busy and self._folding.work(self.writer.last_commit):
            memory.give_back()

    def _work_off(self) -> bool:
        """What is left for quiet moments: reading provisional runs and diagnosing, newest first,
        the text index, and sums by day; whether there was something."""
        before: list[str] = []
        worked = False
        while not self._stop.is_set() and not self.writer.busy:
            self._fold()
            made = self._materialiser.make_some()
            self.changes.publish(made)
            if made:  # what one batch leaves is not to lie below the next
                memory.give_back()
            indexed = self.index.work(lambda: self._stop.is_set() or self.writer.busy)
            if made and indexed:
                memory.give_back()
            indexed = self.reader.rollups.work() or indexed
            due = self.reader.due_for_diagnosis(limit=_DIAGNOSED_AT_ONCE)
            if due == before and not made and not indexed:
                return worked  # nothing gets done: another time
            before, worked = due, True
            for run_id in due:
                if self._stop.is_set() or self.writer.busy:
                    return worked
                self.reader.diagnosis(run_id)
        return worked

    def close(self) -> None:
        """Commits what waits and closes the file; safe to call twice."""
        self._stop.set()
        self.changes.close()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._beside is not None:
            self._beside.close()
        self.writer.close()
        self.index.close()
        self.database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def slow_commit() -> StoreError:
    """What a sender is told whose batch waits for its commit for too long."""
    return StoreError(
        f"the store has not committed it within {COMMIT_TIMEOUT_S:g} s; "
        "send it again, a span that comes twice is stored once"
    )
