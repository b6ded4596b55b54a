"""Delivering what is recorded when a process ends abruptly: through ``os._exit`` or by SIGTERM.

* ``os._exit`` skips atexit; forked workers end with it. It delivers for at most two seconds first.
* A child of multiprocessing, and a program under ``misstep run``, that SIGTERM ends (as a pool does
  with its workers) delivers likewise and then ends by that signal, unless it handles it itself.

Python runs a signal's handler only between two instructions of the main thread. Where that thread is
about to wait in C, for a lock of a pool that is being terminated for instance, the handler would never
run and the process never end, although without misstep it would have. So a child has a watcher: a
thread that faulthandler's handler, which runs at once, wakes through a pipe.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import IO

from misstep import guard, runtime

_LAST_DELIVERY_S = 1.6
_KEEPING_S = 3.0
_before_exit: list[Callable[[], None]] = []


def before_exit(hook: Callable[[], None]) -> None:
    """Calls ``hook`` when this process ends abruptly, before the last delivery."""
    _before_exit.append(hook)


def deliver() -> None:
    """Delivers what it can in the time, and keeps the rest."""
    # In a thread: a signal may have interrupted this one while it held the queue's lock.
    last = threading.Thread(target=_deliver_now, name="misstep-last", daemon=True)
    with contextlib.suppress(RuntimeError):  # no thread can be started any more
        last.start()
        last.join(_LAST_DELIVERY_S + _KEEPING_S)


def _deliver_now() -> None:
    # Whoever comes second waits: the process must not end while the first is at it.
    with _delivering, guard.quietly("delivering at the end of a process"):
        running = runtime.active()
        if running is not None:
            for hook in _before_exit:
                hook()
            # What is not delivered in the time is kept on disk, which waits for nobody.
            runtime.install(None, timeout_s=_LAST_DELIVERY_S)


def deliver_on_sigterm(*, watched: bool = False) -> None:
    """Delivers before SIGTERM ends this process; does nothing where somebody handles it already.

    ``watched``: also where the main thread waits in C, by a thread of its own."""
    with contextlib.suppress(ValueError):  # not the main thread
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _terminated)
        if watched and signal.getsignal(signal.SIGTERM) is _terminated:
            _watcher.start()


_ending = threading.Lock()
_delivering = threading.Lock()


def _terminated(number: int, frame: FrameType | None) -> None:
    if runtime.is_closing(here=True):  # what this interrupts is delivering already
        runtime.after_closing.append(_die)
    elif _watcher.watches and _is_ours(frame):
        # What this interrupts may hold a lock that delivering needs: the watcher ends the process
        # while it goes on. It may be what starts the watcher, of which nothing else is told then.
        _watcher.wake()
    else:
        _end()


def _is_ours(frame: FrameType | None) -> bool:
    """Whether misstep's own code is running, not only code that it called."""
    while frame is not None and frame.f_globals.get("__name__") == "threading":
        frame = frame.f_back
    return frame is not None and str(frame.f_globals.get("__name__")).startswith("misstep.")


def _end() -> None:
    """Delivers and dies; whoever comes second waits for that."""
    if _ending.acquire(blocking=False):
        deliver()
        _die()
    time.sleep(_LAST_DELIVERY_S + _KEEPING_S)


def _die() -> None:
    """Ends the process as the signal would have ended it."""
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
    except ValueError:  # Python lets the main thread alone do that
        import ctypes

        ctypes.CDLL(None).signal(int(signal.SIGTERM), ctypes.c_void_p(0))
    os.kill(os.getpid(), signal.SIGTERM)


class _Watcher:
    """Ends this process where its main thread does not come to it."""

    def __init__(self) -> None:
        self._told: IO[bytes] | None = None
        self._heard = -1
        os.register_at_fork(after_in_child=self._forked)

    @property
    def watches(self) -> bool:
        """Whether it does, in this process."""
        return self._told is not None

    def start(self) -> None:
        """Watches from now on; a second call does nothing."""
        if self._told is not None:
            return
        self._heard, told = os.pipe()
        os.set_blocking(told, False)  # a handler must not wait for a reader
        self._told = os.fdopen(told, "wb", buffering=0)
        # It calls the handler before it, which is Python's.
        faulthandler.register(signal.SIGTERM, self._told, all_threads=False, chain=True)
        watch = threading.Thread(target=self._watch, name="misstep-watch", daemon=True)
        watch.start()

    def wake(self) -> None:
        """Has it end this process."""
        if self._told is not None:
            with contextlib.suppress(OSError):  # full: it is told already
                os.write(self._told.fileno(), b"!")

    def _watch(self) -> None:
        os.read(self._heard, 1)
        while runtime.is_closing():
            time.sleep(0.01)
        _end()

    def _forked(self) -> None:
        global _ending, _delivering
        _ending, _delivering = threading.Lock(), threading.Lock()
        if self._told is None:
            return
        # The pipe is the parent's: a signal to this process must not end that one.
        faulthandler.unregister(signal.SIGTERM)
        self._told.close()
        os.close(self._heard)
        self._told = None
        with guard.quietly("watching for the end of a process"):
            deliver_on_sigterm(watched=True)


_watcher = _Watcher()
