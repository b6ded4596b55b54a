"""The queue between the program and its sinks, and the worker that empties it."""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Sequence

from opentelemetry import context as otel_context
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY
from opentelemetry.sdk.trace import ReadableSpan

from misstep import guard
from misstep.config import Config
from misstep.export.build import SpanBuilder
from misstep.export.sinks import Sink
from misstep.record import SpanRecord

BATCH_SPANS = 512
DELAY_S = 0.5

Item = SpanRecord | ReadableSpan


class Pipeline:
    """Takes finished records without blocking; its worker builds and sends them.

    What does not fit is dropped and counted (:func:`misstep.guard.counts`)."""

    def __init__(self, sink: Sink, builder: SpanBuilder, config: Config) -> None:
        self._sink = sink
        self._builder = builder
        self._max_spans = config.max_queue_spans
        self._max_bytes = config.max_queue_bytes
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._idle = threading.Condition(self._lock)
        self._queue: deque[tuple[Item, int]] = deque()
        self._bytes = 0
        self._busy = 0
        self._failed = False
        self._stopping = False
        self._worker: threading.Thread | None = None
        self._pid = os.getpid()
        reference = weakref.WeakMethod(self._after_fork)
        os.register_at_fork(after_in_child=lambda: _call(reference))

    def _after_fork(self) -> None:
        # The parent sends what it queued; the child starts empty, with locks and worker of its own.
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._idle = threading.Condition(self._lock)
        self._queue = deque()
        self._bytes = self._busy = 0
        self._worker = None
        self._pid = os.getpid()

    def put(self, item: Item) -> None:
        """Queues a finished span; never blocks, never raises."""
        weight = item.weight_bytes if isinstance(item, SpanRecord) else 2_000
        with self._lock:
            if self._stopping:
                guard.note("after shutdown")
                return
            if len(self._queue) >= self._max_spans or self._bytes + weight > self._max_bytes:
                guard.note("queue full")
                return
            self._queue.append((item, weight))
            self._bytes += weight
            full = len(self._queue) >= BATCH_SPANS
            if self._worker is None:
                self._start()
        if full:
            self._wake.set()

    def _start(self) -> None:
        try:
            self._worker = threading.Thread(target=self._run, name="misstep-export", daemon=True)
            self._worker.start()
        except RuntimeError:  # the interpreter is shutting down
            self._worker = None

    def _run(self) -> None:
        otel_context.attach(otel_context.set_value(_SUPPRESS_INSTRUMENTATION_KEY, True))
        while True:
            self._wake.wait(DELAY_S)
            self._wake.clear()
            while self._send_batch():
                pass
            if self._stopping:
                return

    def _take(self) -> list[Item]:
        with self._lock:
            batch: list[Item] = []
            while self._queue and len(batch) < BATCH_SPANS:
                item, weight = self._queue.popleft()
                self._bytes -= weight
                batch.append(item)
            self._busy += len(batch)
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
                self._busy -= len(batch)
                self._failed = not delivered
                self._idle.notify_all()
        return True

    def _deliver(
        self, batch: Sequence[Item], how: Callable[[Sequence[ReadableSpan]], bool]
    ) -> bool:
        delivered = False
        with guard.quietly("exporting"):
            spans = [s for s in map(self._build, batch) if s is not None]
            delivered = how(spans) if spans else True
        if not delivered:
            guard.note("not delivered", len(batch))
        return delivered

    def _build(self, item: Item) -> ReadableSpan | None:
        if isinstance(item, ReadableSpan):
            return item
        with guard.quietly("building a span"):
            return self._builder.build(item)
        return None

    def flush(self, timeout_s: float) -> bool:
        """Waits until everything queued so far is delivered; False when it is not in time."""
        deadline = time.monotonic() + timeout_s
        self._wake.set()
        with self._idle:
            while self._queue or self._busy:
                left = deadline - time.monotonic()
                if left <= 0 or self._worker is None:
                    return False
                self._wake.set()
                self._idle.wait(min(left, 0.05))
            return not self._failed

    def shutdown(self, timeout_s: float) -> None:
        """Delivers what it can in the time, keeps the rest on disk where there is a spool."""
        deadline = time.monotonic() + timeout_s
        self.flush(timeout_s * 0.6)
        with self._lock:
            self._stopping = True
        self._wake.set()
        stopper = threading.Thread(target=self._sink.stop, name="misstep-stop", daemon=True)
        if not _started(stopper):
            self._sink.stop()
        worker = self._worker
        if worker is not None and worker is not threading.current_thread():
            worker.join(max(0.0, min(deadline - time.monotonic(), timeout_s * 0.3)))
        left = [item for item, _ in self._queue]
        self._queue.clear()
        if left:
            self._deliver(left, self._sink.keep)


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
