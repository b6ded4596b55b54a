"""Telemetry never breaks the program it records."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections import Counter
from collections.abc import Iterator

logger = logging.getLogger("misstep")
logger.addHandler(logging.NullHandler())

_counts: Counter[str] = Counter()
_common: Counter[str] = Counter()


class _Thread(threading.local):
    ledger: Counter[str] = _common


_thread = _Thread()
_lock = threading.Lock()


@contextlib.contextmanager
def quietly(doing: str) -> Iterator[None]:
    """Swallows and counts any exception of our own; ``MISSTEP_DEBUG=1`` lets it through."""
    try:
        yield
    except Exception as error:
        failed(doing, error)


def failed(doing: str, error: Exception) -> None:
    """Swallows and counts ``error``; for the hot path, where a context manager costs too much.

    Called in an ``except`` block; ``MISSTEP_DEBUG=1`` raises it again."""
    if os.environ.get("MISSTEP_DEBUG") == "1":
        raise error
    note(f"internal: {doing}")
    logger.debug("misstep failed while %s", doing, exc_info=error)


def _after_fork() -> None:
    global _lock
    _lock = threading.Lock()
    _counts.clear()
    _common.clear()  # what was lost so far is the parent's to report


os.register_at_fork(after_in_child=_after_fork)


def note(reason: str, number: int = 1, *, ledger: Counter[str] | None = None) -> None:
    """Counts something that was lost or went wrong, by reason.

    ``ledger``: of the destination that lost it; without one, of the thread's :func:`charging`."""
    if ledger is None:
        ledger = _thread.ledger
    with _lock:
        _counts[reason] += number
        ledger[reason] += number


@contextlib.contextmanager
def charging(ledger: Counter[str]) -> Iterator[None]:
    """What this thread counts meanwhile was lost on the way to one destination."""
    _thread.ledger = ledger
    try:
        yield
    finally:
        del _thread.ledger


def lost(ledger: Counter[str]) -> Counter[str]:
    """What one destination did not get: its own losses, and those that happened before it."""
    with _lock:
        return _common + ledger


def counts() -> dict[str, int]:
    """What was dropped or failed so far in this process, by reason."""
    with _lock:
        return dict(_counts)


_reported: Counter[str] = Counter()


def report() -> None:
    """Says once, at the end, what was lost: a warning of the logger ``misstep``."""
    lost = {k: n - _reported[k] for k, n in counts().items() if n > _reported[k]}
    _reported.update(lost)
    if lost:
        told = ", ".join(f"{reason}: {number}" for reason, number in sorted(lost.items()))
        logger.warning("not everything was recorded: %s", told)
