"""Memory back to the system after a burst: allocators keep what threads have freed."""

from __future__ import annotations

import ctypes
import functools
import sys
from collections.abc import Callable

import pyarrow as pa

_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1  # names of glibc's mallopt
LARGE_BYTES = 4 * 1024 * 1024
"""From this size on a buffer is the system's again as soon as it is freed."""
_KEPT_BYTES = 64 * 1024 * 1024


@functools.cache
def _found(name: str) -> Callable[..., int] | None:
    try:
        found: Callable[..., int] = getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError, TypeError):  # another C library
        return None
    return found


def give_back() -> None:
    """Gives back what is free; of the C library's only where that can."""
    pa.default_memory_pool().release_unused()
    trim = _found("malloc_trim")
    if trim is not None:
        trim(0)


class _NoPandas:
    """A finder of modules that has no pandas."""

    @staticmethod
    def find_spec(name: str, *_: object) -> None:
        """Finds nothing; ends the search when it is for pandas."""
        if name == "pandas":
            raise ImportError("pandas is left out here")


def be_frugal(*, data_frames: bool) -> None:
    """Has this process keep less of what it frees; for a program of its own, before it does much.

    glibc keeps ever larger buffers once some were freed, and pyarrow loads pandas (44 MiB) to see
    whether a list of Python's might be one of its columns.

    Args:
        data_frames: whether pyarrow is to make pandas' data frames in this process.
    """
    options = _found("mallopt")
    if options is not None:
        options(_MMAP_THRESHOLD, LARGE_BYTES)
        options(_TRIM_THRESHOLD, _KEPT_BYTES)
    if not data_frames and "pandas" not in sys.modules:
        sys.meta_path.insert(0, _NoPandas)
        try:
            pa.array([""])  # looks for it once
        finally:
            sys.meta_path.remove(_NoPandas)
