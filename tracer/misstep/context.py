"""Where a hop finds its run and parent: over functions, tasks, threads and executors."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import functools
import itertools
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, NamedTuple

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from misstep.patches import Hook
from misstep.record import SpanRecord

_POOLS = ("concurrent.futures.thread", "multiprocessing.pool")
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)
_get_context = otel_context.get_current


class RunState:
    """What the hops of one run share in this process."""

    __slots__ = ("lock", "pipeline", "recorded", "run_id")

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        self.pipeline: str | None = None
        self.recorded = 0
        self.lock = threading.Lock()


class Frame(NonRecordingSpan):
    """An open run, hop or attempts block; to OpenTelemetry it is the span around other spans."""

    def __init__(self, record: SpanRecord, run: RunState, path: str, kind: str = "chain") -> None:
        # The span context is made when somebody asks: most hops hold no span of another library.
        self.record = record
        self.run = run
        self.path = path
        self.kind = kind
        self.children: dict[str, itertools.count[int]] | None = None
        self.attempt_group: str | None = None
        self.attempt_name: str | None = None
        self.live = True
        self.remote = False
        self.otel: Context | None = None
        self._made: SpanContext | None = None

    def get_span_context(self) -> SpanContext:
        """Ids for spans of other libraries that are opened inside."""
        if self._made is None:
            record = self.record
            self._made = SpanContext(record.trace_id, record.span_id, False, _SAMPLED)
        return self._made

    def child_path(self, name: str) -> str:
        """The path of the next child of that name; ``#n`` from the second on."""
        children = self.children
        if children is None:
            with self.run.lock:
                children = self.children = self.children or {}
        number = next(children.setdefault(name, itertools.count(1)))  # both atomic
        base = f"{self.path}/{name}" if self.path else name
        return base if number == 1 else f"{base}#{number}"

    def group(self, group: str, name: str) -> Frame:
        """This frame again, with the model calls inside marked as attempts of one logical call."""
        if self.children is None:
            self.children = {}
        again = Frame(self.record, self.run, self.path, self.kind)
        again.children = self.children
        again.attempt_group, again.attempt_name = group, name
        return again


_frame: ContextVar[Frame | None] = ContextVar("misstep_frame", default=None)


_ambient: Callable[[], Frame | None] | None = None


def ambient(source: Callable[[], Frame | None] | None) -> None:
    """Where model calls and hops outside any frame belong: the run of the whole process."""
    global _ambient
    _ambient = source


def current_frame() -> Frame | None:
    """The innermost open frame of this context, if any."""
    return _frame.get()


def current_run_id() -> str | None:
    """The run id (= trace id, 32 hex digits) of the run this code is in, or None outside one."""
    frame = _frame.get()
    if frame is not None:
        return frame.run.run_id
    outer = trace.get_current_span().get_span_context()
    return f"{outer.trace_id:032x}" if outer.is_valid else None


class Parent(NamedTuple):
    """Where a new span hangs: ``span_id`` 0 for a root."""

    trace_id: int
    span_id: int
    remote: bool
    frame: Frame | None


def find_parent(new_trace_id: Callable[[], int], *, is_run: bool = False) -> Parent:
    """Our innermost frame, or another library's span opened inside or around it, or a new trace."""
    frame = _frame.get()
    if frame is not None:
        record = frame.record
        if _get_context() is frame.otel:  # nobody opened a span since: the common case
            return Parent(record.trace_id, record.span_id, frame.remote, frame)
        outer = trace.get_current_span().get_span_context()
        if outer.is_valid and outer.trace_id == record.trace_id:
            return Parent(outer.trace_id, outer.span_id, outer.is_remote, frame)
        return Parent(record.trace_id, record.span_id, frame.remote, frame)
    outer = trace.get_current_span().get_span_context()
    if outer.is_valid:
        return Parent(outer.trace_id, outer.span_id, outer.is_remote, None)
    around = _ambient() if _ambient is not None and not is_run else None
    if around is not None:
        return Parent(around.record.trace_id, around.record.span_id, False, around)
    return Parent(new_trace_id(), 0, False, None)


Tokens = tuple[Frame, Any, Any]


def enter(frame: Frame) -> Tokens:
    """Makes a frame current in this context; give what it returns to :func:`leave`."""
    ours = _frame.set(frame)
    context = frame.otel = trace.set_span_in_context(frame)
    return frame, ours, otel_context.attach(context)


def leave(tokens: Tokens) -> None:
    """Makes current again what was so before :func:`enter`."""
    frame, ours, theirs = tokens
    try:
        _frame.reset(ours)
    except ValueError:  # in another context, e.g. a generator closed by the garbage collector
        if _frame.get() is frame:
            _frame.set(None)
        return  # OpenTelemetry's context was not changed here either
    otel_context.detach(theirs)


class Active:
    """:func:`enter` and :func:`leave` as a context manager, for what is not called often."""

    __slots__ = ("_frame", "_tokens")

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._tokens: list[Tokens] = []

    def __enter__(self) -> Active:
        self._tokens.append(enter(self._frame))
        return self

    def __exit__(self, *_: object) -> None:
        leave(self._tokens.pop())


# --- threads and executors ---------------------------------------------------------------


def _once(function: Callable[..., Any]) -> Callable[..., Any]:
    return functools.partial(contextvars.copy_context().run, function)


def carrying(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that runs in the context of now, wherever it is called and however often."""
    context = contextvars.copy_context()

    def carried(*args: Any, **kwargs: Any) -> Any:
        # One context cannot be entered by two threads at a time.
        return context.copy().run(function, *args, **kwargs)

    return carried


def in_a_span() -> bool:
    """Whether there is a context to carry."""
    return _frame.get() is not None or trace.get_current_span().get_span_context().is_valid


def _is_pool_worker(thread: Any) -> bool:
    # It lives longer than the hop that happened to start it; each task brings its own context.
    target = getattr(thread, "_target", None)
    return getattr(target, "__module__", None) in _POOLS


def _thread_start(original: Any, thread: Any, *args: Any, **kwargs: Any) -> Any:
    ours = thread.name.startswith("misstep-")
    if not ours and in_a_span() and not _is_pool_worker(thread):
        run = thread.run
        thread.run = _once(run)
        try:
            return original(thread, *args, **kwargs)
        finally:
            # Thread.run drops its target afterwards; the instance attribute must not keep it alive.
            thread.__dict__.pop("run", None) if not thread.is_alive() else None
    return original(thread, *args, **kwargs)


def _submit(original: Any, pool: Any, function: Any, /, *args: Any, **kwargs: Any) -> Any:
    if in_a_span():
        function = _once(function)
    return original(pool, function, *args, **kwargs)


def _run_in_executor(original: Any, loop: Any, executor: Any, function: Any, *args: Any) -> Any:
    # The loop hands over to executor.submit, which is patched only for thread pools; the default
    # executor is one, but a pool made before instrument() may be a subclass with its own submit.
    if (
        executor is not None
        and in_a_span()
        and not isinstance(executor, concurrent.futures.ProcessPoolExecutor)
        and not isinstance(executor, concurrent.futures.ThreadPoolExecutor)
    ):
        function = _once(function)
    return original(loop, executor, function, *args)


def thread_hooks() -> list[Hook]:
    """What is patched so that the context follows into threads and executors."""
    return [
        (threading.Thread, "start", _thread_start),
        (concurrent.futures.ThreadPoolExecutor, "submit", _submit),
        (asyncio.base_events.BaseEventLoop, "run_in_executor", _run_in_executor),
    ]
