"""The recording machinery of this process: made by ``init``, asked by every wrapper."""

from __future__ import annotations

import atexit
import os
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace.status import StatusCode

from misstep import guard
from misstep import semconv as sc
from misstep.config import Config
from misstep.context import Frame, RunState, find_parent
from misstep.export.build import SpanBuilder
from misstep.export.pipeline import Pipeline
from misstep.record import IdSource, SpanRecord
from misstep.sampling import Sampler, is_failing

_ids = IdSource()
_trace_id = _ids.trace_id
_span_id = _ids.span_id


@dataclass(eq=False)
class Runtime:
    """One initialised tracer."""

    config: Config
    builder: SpanBuilder
    pipelines: list[Pipeline]
    tags: tuple[str, ...] = ()
    detach: list[Any] = field(default_factory=list)
    open: dict[int, SpanRecord] = field(default_factory=dict)
    sampler: Sampler | None = None
    _asleep: bool = True

    def __post_init__(self) -> None:
        self._capture = self.config.capture
        if self.config.sample < 1:
            config = self.config
            self.sampler = Sampler(
                config.sample, config.max_sample_bytes, self.put, keep_failing=config.keep_failing
            )
        for pipeline in self.pipelines:
            pipeline.opened = self._opened
        reference = weakref.ref(self)
        os.register_at_fork(after_in_child=lambda: _after_fork(reference()))

    def start(self, name: str, *, role: str, kind: str = "chain") -> Frame:
        """An open frame below the current one; a run of its own when there is none."""
        trace_id, parent_id, remote, around = find_parent(_trace_id, is_run=role == sc.ROLE_RUN)
        span_id = _span_id()
        record = SpanRecord(
            trace_id,
            span_id,
            parent_id,
            name,
            role,
            capture=self._capture,
            parent_remote=remote,
        )
        record.local_root = around is None or around.remote
        if around is None:
            path = "" if role == sc.ROLE_RUN else name
            frame = Frame(record, RunState(f"{trace_id:032x}"), path, kind)
        else:
            path = around.child_path(name)
            frame = Frame(record, around.run, path, kind)
            if around.attempt_group is not None and role == sc.ROLE_HOP:
                record.attributes[sc.ATTEMPT_GROUP] = around.attempt_group
        record.path = path
        self.open[span_id] = record
        if self._asleep:
            self._wake()
        return frame

    def _wake(self) -> None:
        """Starts the workers: an open hop is announced also when none has ended yet."""
        self._asleep = False
        for pipeline in self.pipelines:
            pipeline.wake()

    def finish(self, record: SpanRecord) -> None:
        """Ends a record and hands it to the exporters; once, and only in the process that began it."""
        if self.open.pop(record.span_id, None) is None:
            return
        record.end()
        if self.sampler is None:
            for pipeline in self.pipelines:
                pipeline.put(record)
            return
        self.sampler.offer(
            record,
            trace_id=record.trace_id,
            root=record.local_root,
            failed=is_failing(record),
            weight=record.weight_bytes,
        )

    def finish_foreign(self, span: ReadableSpan) -> None:
        """Takes a finished span of another library's instrumentation."""
        if self.sampler is None or span.context is None:
            self.put(span)
            return
        self.sampler.offer(
            span,
            trace_id=span.context.trace_id,
            root=span.parent is None,
            failed=span.status.status_code is StatusCode.ERROR,
            weight=2_000,
        )

    def put(self, item: SpanRecord | ReadableSpan) -> None:
        """Queues a finished span for every destination."""
        for pipeline in self.pipelines:
            pipeline.put(item)

    def _opened(self) -> list[SpanRecord]:
        """Runs and hops open for longer than ``announce_after_s``, in the order they began."""
        after_s = self.config.announce_after_s
        if after_s is None or not self.open:
            return []
        latest = time.time_ns() - int(after_s * 1e9)
        sampler = self.sampler
        return [
            r
            for r in list(self.open.values())
            if r.start_unix_nano <= latest and (sampler is None or sampler.in_share(r.trace_id))
        ]

    def flush(self, timeout_s: float) -> bool:
        """True when everything recorded so far was delivered in the time."""
        deadline = time.monotonic() + timeout_s
        done = [p.flush(max(0.0, deadline - time.monotonic())) for p in self.pipelines]
        return all(done)

    def shutdown(self, timeout_s: float) -> None:
        """Delivers what it can in the time and stops; safe to call twice."""
        for undo in self.detach:
            with guard.quietly("detaching"):
                undo()
        self.detach.clear()
        pipelines, self.pipelines = self.pipelines, []
        deadline = time.monotonic() + timeout_s
        for pipeline in pipelines:  # all stop at once, so that they share one deadline
            with guard.quietly("shutting down"):
                pipeline.close(deadline - timeout_s * 0.4)
        for pipeline in pipelines:
            with guard.quietly("shutting down"):
                pipeline.join(deadline)
        guard.report()

    def forked(self) -> None:
        """In a forked child: what is open or queued is the parent's to send."""
        self.open = {}
        self._asleep = True
        if self.sampler is not None:
            self.sampler.after_fork()


def _after_fork(runtime: Runtime | None) -> None:
    if runtime is not None:
        runtime.forked()


_runtime: Runtime | None = None
_lock = threading.Lock()


def active() -> Runtime | None:
    """The tracer of this process, or None: then every wrapper passes straight through."""
    return _runtime


def install(runtime: Runtime | None, *, timeout_s: float = 2.0) -> None:
    """Makes ``runtime`` the tracer of this process; the one before is shut down."""
    global _runtime
    with _lock:
        before, _runtime = _runtime, runtime
    if before is not None:
        _closers.append(threading.get_ident())
        try:
            before.shutdown(timeout_s)
        finally:
            _closers.remove(threading.get_ident())
        while after_closing and not _closers:
            after_closing.pop()()


_closers: list[int] = []
after_closing: list[Callable[[], None]] = []
"""What a signal asked for while a tracer was delivering its last: done when it is through."""
os.register_at_fork(after_in_child=_closers.clear)
os.register_at_fork(after_in_child=after_closing.clear)


def is_closing(*, here: bool = False) -> bool:
    """Whether a tracer is being shut down right now; ``here``: by this very thread."""
    return threading.get_ident() in _closers if here else bool(_closers)


@atexit.register
def _at_exit() -> None:
    install(None, timeout_s=1.6)
