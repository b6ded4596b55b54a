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
_lock = threading.Lock()


@contextlib.contextmanager
def quietly(doing: str) -> Iterator[None]:
    """Swallows and counts any exception of our own; ``MISSTEP_DEBUG=1`` lets it through."""
    try:
        yield
    except Exception:
        if os.environ.get("MISSTEP_DEBUG") == "1":
            raise
        note(f"internal: {doing}")
        logger.debug("misstep failed while %s", doing, exc_info=True)


def note(reason: str, number: int = 1) -> None:
    """Counts something that was lost or went wrong, by reason."""
    with _lock:
        _counts[reason] += number


def counts() -> dict[str, int]:
    """What was dropped or failed so far in this process, by reason."""
    with _lock:
        return dict(_counts)
