"""Where a hop finds its run and parent: over functions, tasks, threads and executors."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextvars
import functools
import threading
from collections import Counter
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags

from misstep.record import SpanRecord

_SAMPLED = TraceFlags(TraceFlags.SAMPLED)


@dataclass(slots=True, eq=False)
class RunState:
    """What the hops of one run share in this process."""

    run_id: str
    pipeline: str | None = None
    recorded: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(slots=True, eq=False)
class Frame:
    """An open run, hop or attempts block."""

    record: SpanRecord
    run: RunState
    path: str
    kind: str = "chain"
    children: Counter[str] = field(default_factory=Counter)
    attempt_group: str | None = None
    attempt_name: str | None = None
    live: bool = True

    def child_path(self, name: str) -> str:
        """The path of the next child of that name; ``#n`` from the second on."""
        with self.run.lock:
            self.children[name] += 1
            number = self.children[name]
        base = f"{self.path}/{name}" if self.path else name
        return base if number == 1 else f"{base}#{number}"


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


@dataclass(frozen=True, slots=True)
class Parent:
    """Where a new span hangs: ``span_id`` 0 for a root."""

    trace_id: int
    span_id: int
    remote: bool
    frame: Frame | None


def find_parent(new_trace_id: Callable[[], int], *, is_run: bool = False) -> Parent:
    """Our innermost frame, or another library's span opened inside or around it, or a new trace."""
    frame = _frame.get()
    outer = trace.get_current_span().get_span_context()
    if frame is not None:
        if outer.is_valid and outer.trace_id == frame.record.trace_id:
            return Parent(outer.trace_id, outer.span_id, False, frame)
        return Parent(frame.record.trace_id, frame.record.span_id, False, frame)
    if outer.is_valid:
        return Parent(outer.trace_id, outer.span_id, outer.is_remote, None)
    around = _ambient() if _ambient is not None and not is_run else None
    if around is not None:
        return Parent(around.record.trace_id, around.record.span_id, False, around)
    return Parent(new_trace_id(), 0, False, None)


class Active:
    """Makes a frame current while entered; can be entered again, e.g. at each step of a generator."""

    __slots__ = ("_context", "_frame", "_tokens")

    def __init__(self, frame: Frame) -> None:
        record = frame.record
        span = NonRecordingSpan(SpanContext(record.trace_id, record.span_id, False, _SAMPLED))
        self._frame = frame
        self._context = span
        self._tokens: list[tuple[Any, Any]] = []

    def __enter__(self) -> Active:
        ours = _frame.set(self._frame)
        theirs = otel_context.attach(trace.set_span_in_context(self._context))
        self._tokens.append((ours, theirs))
        return self

    def __exit__(self, *_: object) -> None:
        ours, theirs = self._tokens.pop()
        _reset(_frame, ours)
        otel_context.detach(theirs)


def _reset(variable: ContextVar[Frame | None], token: Any) -> None:
    try:
        variable.reset(token)
    except ValueError:  # left in another context, e.g. a generator closed by the garbage collector
        variable.set(None)


# --- threads and executors ---------------------------------------------------------------


def _carrying(function: Callable[..., Any]) -> Callable[..., Any]:
    return functools.partial(contextvars.copy_context().run, function)


class ThreadPatches:
    """Lets the context follow into Thread, ThreadPoolExecutor and run_in_executor; reversible."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def install(self) -> None:
        """Patches once; a second call does nothing."""
        if self._undo:
            return
        self._wrap(threading.Thread, "start", _thread_start)
        self._wrap(concurrent.futures.ThreadPoolExecutor, "submit", _submit)
        self._wrap(asyncio.base_events.BaseEventLoop, "run_in_executor", _run_in_executor)

    def remove(self) -> None:
        """Restores what stood there before, unless somebody patched over us since."""
        while self._undo:
            self._undo.pop()()

    def _wrap(self, owner: type, name: str, around: Callable[..., Any]) -> None:
        original = owner.__dict__[name]

        @functools.wraps(original)
        def patched(*args: Any, **kwargs: Any) -> Any:
            return around(original, *args, **kwargs)

        setattr(owner, name, patched)

        def undo() -> None:
            if owner.__dict__.get(name) is patched:
                setattr(owner, name, original)

        self._undo.append(undo)


def _thread_start(original: Any, thread: Any, *args: Any, **kwargs: Any) -> Any:
    if _frame.get() is not None and not thread.name.startswith("misstep-"):
        run = thread.run
        thread.run = _carrying(run)
        try:
            return original(thread, *args, **kwargs)
        finally:
            # Thread.run drops its target afterwards; the instance attribute must not keep it alive.
            thread.__dict__.pop("run", None) if not thread.is_alive() else None
    return original(thread, *args, **kwargs)


def _submit(original: Any, pool: Any, function: Any, /, *args: Any, **kwargs: Any) -> Any:
    if _frame.get() is not None:
        function = _carrying(function)
    return original(pool, function, *args, **kwargs)


def _run_in_executor(original: Any, loop: Any, executor: Any, function: Any, *args: Any) -> Any:
    # The loop hands over to executor.submit, which is patched only for thread pools; the default
    # executor is one, but a pool made before instrument() may be a subclass with its own submit.
    if (
        _frame.get() is not None
        and executor is not None
        and not isinstance(executor, concurrent.futures.ProcessPoolExecutor)
        and not isinstance(executor, concurrent.futures.ThreadPoolExecutor)
    ):
        function = _carrying(function)
    return original(loop, executor, function, *args)
