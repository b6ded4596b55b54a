"""Memory back to the system after a burst: glibc keeps what threads have freed."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable


@functools.cache
def _trim() -> Callable[[int], int] | None:
    try:
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):  # another C library
        return None
    return found


def give_back() -> None:
    """Gives back what is free; does nothing where the C library cannot."""
    trim = _trim()
    if trim is not None:
        trim(0)
