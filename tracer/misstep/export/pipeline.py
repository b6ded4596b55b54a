"""The queue between the program and one destination, and the worker that empties it."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence

from opentelemetry import context as otel_context
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY

from misstep import guard
from misstep.config import Config
from misstep.export.batch import Batch, Item
from misstep.export.build import SpanBuilder
from misstep.export.lost import Losses
from misstep.export.sinks import Sink
from misstep.export.starts import Announcer
from misstep.record import SpanRecord

_FOREIGN_SPAN_BYTES = 2_000


class Pipeline:
    """Takes finished records without blocking; its worker builds and sends them.

    What does not fit is dropped and counted (:func:`misstep.guard.counts`): a record whose payloads
    do not fit in the queue's memory goes without them, one that finds the queue full is lost.
    """

    def __init__(self, sink: Sink, builder: SpanBuilder, config: Config) -> None:
        self._sink = sink
        self._builder = builder
        self._max_spans = config.max_queue_spans
        self._max_bytes = config.max_queue_bytes
        # Waking the worker for every batch would make it fight the program for the interpreter.
        self._batch_spans = config.batch_spans
        self._delay_s = config.delay_s
        self._wake_at = max(1, min(config.max_queue_spans // 4, 8 * config.batch_spans))
        self.opened: Callable[[], list[SpanRecord]] = list
        self._stopping = False
        self._fresh()
        reference = weakref.WeakMethod(self._fresh)
        os.register_at_fork(after_in_child=lambda: _call(reference))

    def _fresh(self) -> None:
        # Also in a forked child: the parent sends what it queued; the child starts empty, with
        # locks and a worker of its own.
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._idle = threading.Condition(self._lock)
        self._queue: deque[tuple[Item, int]] = deque()
        self._bytes = 0
        self._batch: list[Item] = []
        self._failed = False
        self._worker: threading.Thread | None = None
        self._stopper: threading.Thread | None = None
        self._announcer = Announcer(self._sink, self._builder)
        self._losses = Losses(self._sink, self._builder)
        self._asked = False

    def put(self, item: Item) -> None:
        """Queues a finished span; never blocks, never raises."""
        weight = item.weight_bytes if type(item) is SpanRecord else _FOREIGN_SPAN_BYTES
        with self._lock:
            waiting = len(self._queue)
            if self._stopping or waiting >= self._max_spans:
                reason = "after shutdown" if self._stopping else "queue full"
                guard.note(reason, ledger=self._losses.ledger)
                return
            # A span heavier than the whole queue may pass when it is alone.
            if waiting and self._bytes + weight > self._max_bytes:
                reason = "payload left out: queue memory full"
                guard.note(reason, ledger=self._losses.ledger)
                if type(item) is SpanRecord:
                    item.leave_out_payloads()
                    weight = item.weight_bytes
            self._queue.append((item, weight))
            self._bytes += weight
            if self._worker is None:
                self._start()
        if waiting + 1 == self._wake_at or weight > self._max_bytes // 8:
            self._wake.set()

    def wake(self) -> None:
        """Starts the worker, so that open hops are looked at before the first one ends."""
        with self._lock:
            if self._worker is None and not self._stopping:
                self._start()

    def _start(self) -> None:
        try:
            self._worker = threading.Thread(target=self._run, name="misstep-export", daemon=True)
            self._worker.start()
        except RuntimeError:  # the interpreter is shutting down
            self._worker = None

    def _run(self) -> None:
        otel_context.attach(otel_context.set_value(_SUPPRESS_INSTRUMENTATION_KEY, True))
        with guard.charging(self._losses.ledger):
            while self._work():
                pass

    def _work(self) -> bool:
        self._wake.wait(self._delay_s)
        self._wake.clear()
        while self._send_batch():
            pass
        with guard.quietly("telling what was lost"):
            self._losses.tell(now=self._asked)
        with self._idle:
            self._asked = False
            self._idle.notify_all()
        if self._stopping:
            return False
        with guard.quietly("announcing open hops"):
            self._announcer.announce(self.opened())
        with guard.quietly("delivering what was kept"):
            self._sink.idle()
        return True

    def _take(self) -> list[Item]:
        with self._lock:
            batch = self._batch = []
            while self._queue and len(batch) < self._batch_spans:
                item, weight = self._queue.popleft()
                self._bytes -= weight
                batch.append(item)
            return batch

    def _send_batch(self) -> bool:
        batch = self._take()
        if not batch:
            return False
        delivered = False
        try:
            delivered = self._deliver(batch, self._sink.send)
        finally:
            with self._idle:
                if self._batch is batch:  # else the shutdown took it over
                    self._batch = []
                    self._failed |= not delivered
                self._idle.notify_all()
        return not self._stopping

    def _deliver(self, items: Sequence[Item], how: Callable[[Batch], bool]) -> bool:
        delivered = False
        with guard.quietly("exporting"):
            delivered = how(Batch(items, self._builder))
        if not delivered:
            guard.note("not delivered", len(items), ledger=self._losses.ledger)
        return delivered

    def flush(self, timeout_s: float) -> bool:
        """Waits until everything queued so far is delivered; False when it is not in time, or when
        a batch since the last flush could be neither delivered nor kept."""
        deadline = time.monotonic() + timeout_s
        self._wake.set()
        with self._idle:
            self._asked = self._losses.any()
            if self._asked and self._worker is None and not self._stopping:
                self._start()
            while self._queue or self._batch or self._asked:
                left = deadline - time.monotonic()
                if left <= 0 or self._worker is None:
                    if not self._queue and not self._batch:  # only the news of losses is late
                        break
                    return False
                self._wake.set()
                self._idle.wait(min(left, 0.05))
            failed, self._failed = self._failed, False
            return not failed

    def close(self, deadline: float) -> None:
        """Delivers until ``deadline`` (monotonic seconds), then takes nothing more."""
        self.flush(max(0.0, deadline - time.monotonic()))
        with self._lock:
            self._stopping = True
        self._wake.set()
        self._stopper = threading.Thread(target=self._sink.stop, name="misstep-stop", daemon=True)
        if not _started(self._stopper):
            self._stopper = None
            self._sink.stop()

    def join(self, deadline: float) -> None:
        """After :meth:`close`: waits for the worker; what it did not deliver is kept or counted."""
        worker = self._worker
        if worker is not None and worker is not threading.current_thread():
            worker.join(max(0.0, deadline - time.monotonic() - 0.2))
        with self._lock:
            left, self._batch = self._batch, []
            left += [item for item, _ in self._queue]
            self._queue.clear()
        if left:
            self._deliver(left, self._sink.keep)
        with guard.quietly("keeping the news of what was lost"):
            self._losses.keep()


def _started(thread: threading.Thread) -> bool:
    try:
        thread.start()
    except RuntimeError:
        return False
    return True


def _call(reference: weakref.WeakMethod[Callable[[], None]]) -> None:
    method = reference()
    if method is not None:
        method()
