"""Runs that go on in child processes: fork, multiprocessing, and processes that end abruptly.

* After ``os.fork`` the child keeps the open hop as its parent and has queues of its own.
* ``multiprocessing`` hands the open hop over to children that do not inherit memory (spawn).
  A worker of a pool outlives the hop that started it: it inherits none, each task brings its own.
* ``os._exit`` skips atexit; forked workers end with it. It delivers for at most two seconds first.
* A child of multiprocessing, and a program under ``misstep run``, that SIGTERM ends (as a pool does
  with its workers) delivers likewise, unless it handles the signal itself.
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.pool import Pool
from multiprocessing.process import BaseProcess
from typing import Any

from misstep import guard, runtime
from misstep.context import Active, current_frame
from misstep.propagation import TRACEPARENT, headers, join, remote_frame

_LAST_DELIVERY_S = 1.6
_KEEPING_S = 3.0
_ATTRIBUTE = "_misstep_traceparent"
_POOLS = ("concurrent.futures.process", "multiprocessing.pool")
_before_exit: list[Callable[[], None]] = []


def before_exit(hook: Callable[[], None]) -> None:
    """Calls ``hook`` when this process ends through ``os._exit``, before the last delivery."""
    _before_exit.append(hook)


class ProcessPatches:
    """The hooks on processes; ``install`` and ``remove`` are each other's inverse."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def install(self) -> None:
        """Patches once; a second call does nothing."""
        if self._undo:
            return
        self._wrap(os, "_exit", _exit)
        self._wrap(BaseProcess, "start", _start)
        self._wrap(ProcessPoolExecutor, "submit", _submit)
        self._wrap(Pool, "apply_async", _apply_async)
        if "_bootstrap" in BaseProcess.__dict__:
            self._wrap(BaseProcess, "_bootstrap", _bootstrap)
        else:
            guard.note("multiprocessing has no _bootstrap: spawned children are runs of their own")

    def remove(self) -> None:
        """Restores what stood there before, unless somebody patched over us since."""
        while self._undo:
            self._undo.pop()()

    def _wrap(self, owner: Any, name: str, around: Callable[..., Any]) -> None:
        original = owner.__dict__[name]

        @functools.wraps(original)
        def patched(*args: Any, **kwargs: Any) -> Any:
            return around(original, *args, **kwargs)

        setattr(owner, name, patched)

        def undo() -> None:
            if owner.__dict__.get(name) is patched:
                setattr(owner, name, original)

        self._undo.append(undo)


def _deliver() -> None:
    # In a thread: a signal may have interrupted this one while it held the queue's lock.
    last = threading.Thread(target=_deliver_now, name="misstep-last", daemon=True)
    with contextlib.suppress(RuntimeError):  # no thread can be started any more
        last.start()
        last.join(_LAST_DELIVERY_S + _KEEPING_S)


def _deliver_now() -> None:
    with guard.quietly("delivering at the end of a process"):
        running = runtime.active()
        if running is not None:
            for hook in _before_exit:
                hook()
            # What is not delivered in the time is kept on disk, which waits for nobody.
            runtime.install(None, timeout_s=_LAST_DELIVERY_S)


def _exit(original: Any, status: int) -> None:
    _deliver()
    original(status)


def deliver_on_sigterm() -> None:
    """Delivers before SIGTERM ends this process; does nothing where somebody handles it already."""
    with contextlib.suppress(ValueError):  # not the main thread
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _terminated)


def _terminated(number: int, _: Any) -> None:
    def end() -> None:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)  # ends as it would have ended

    if runtime.is_closing():  # the thread this interrupts may be delivering already
        runtime.after_closing.append(end)
        return
    _deliver()
    end()


class Carried:
    """A task for another process together with the hop it belongs to."""

    def __init__(self, function: Callable[..., Any], carrier: dict[str, str]) -> None:
        self.function = function
        self.carrier = carrier

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        with join(self.carrier):
            return self.function(*args, **kwargs)


def _carried(function: Any) -> Any:
    carrier: dict[str, str] = {}
    with guard.quietly("handing a run to a task"):
        carrier = headers()
    return Carried(function, carrier) if carrier else function


def _submit(original: Any, pool: Any, function: Any, /, *args: Any, **kwargs: Any) -> Any:
    return original(pool, _carried(function), *args, **kwargs)


def _apply_async(original: Any, pool: Any, func: Any, *args: Any, **kwargs: Any) -> Any:
    return original(pool, _carried(func), *args, **kwargs)


def _is_pool_worker(process: BaseProcess) -> bool:
    target = getattr(process, "_target", None)
    return getattr(target, "__module__", None) in _POOLS


def _start(original: Any, process: BaseProcess) -> Any:
    # The attribute travels in the pickle that a spawned child is made from.
    with guard.quietly("handing a run to a child process"):
        parent = None if _is_pool_worker(process) else headers().get(TRACEPARENT)
        if parent:
            process.__dict__[_ATTRIBUTE] = parent
    try:
        return original(process)
    finally:
        process.__dict__.pop(_ATTRIBUTE, None)


def _bootstrap(original: Any, process: BaseProcess, *args: Any, **kwargs: Any) -> Any:
    deliver_on_sigterm()
    if _is_pool_worker(process):
        return contextvars.Context().run(original, process, *args, **kwargs)
    frame = None
    with guard.quietly("taking over a run in a child process"):
        parent = process.__dict__.pop(_ATTRIBUTE, None)
        if parent and current_frame() is None:
            frame = remote_frame({TRACEPARENT: parent})
    if frame is None:
        return original(process, *args, **kwargs)
    with Active(frame):
        return original(process, *args, **kwargs)
