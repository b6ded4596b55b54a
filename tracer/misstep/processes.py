"""Runs that go on in child processes: fork, multiprocessing, and the tasks of their pools.

* After ``os.fork`` the child keeps the open hop as its parent and has queues of its own.
* ``multiprocessing`` hands the open hop over to children that do not inherit memory (spawn).
  A worker of a pool outlives the hop that started it: it inherits none, each task brings its own.
"""

from __future__ import annotations

import contextvars
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.pool import Pool, ThreadPool
from multiprocessing.process import BaseProcess
from typing import Any

from misstep import guard
from misstep.context import Active, carrying, current_frame, in_a_span
from misstep.patches import Hook
from misstep.propagation import TRACEPARENT, headers, join, remote_frame
from misstep.termination import deliver, deliver_on_sigterm

_ATTRIBUTE = "_misstep_traceparent"
_GIVES_TASKS = (
    "apply_async",  # apply calls it
    "map",
    "map_async",
    "starmap",
    "starmap_async",
    "imap",
    "imap_unordered",
)
_POOLS = ("concurrent.futures.process", "multiprocessing.pool")


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


def _pool_task(original: Any, pool: Any, func: Any, *args: Any, **kwargs: Any) -> Any:
    if isinstance(pool, ThreadPool):  # its tasks stay in this process
        return original(pool, carrying(func) if in_a_span() else func, *args, **kwargs)
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
    with guard.quietly("preparing the end of a child process"):
        deliver_on_sigterm(watched=True)
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


def _exit(original: Any, status: int) -> None:
    deliver()
    original(status)


def process_hooks() -> list[Hook]:
    """What is patched on processes and their pools."""
    hooks: list[Hook] = [
        (os, "_exit", _exit),
        (BaseProcess, "start", _start),
        (ProcessPoolExecutor, "submit", _submit),
        *((Pool, name, _pool_task) for name in _GIVES_TASKS),
    ]
    if "_bootstrap" in BaseProcess.__dict__:
        hooks.append((BaseProcess, "_bootstrap", _bootstrap))
    else:
        guard.note("multiprocessing has no _bootstrap: spawned children are runs of their own")
    return hooks
