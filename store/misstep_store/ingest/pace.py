"""Whether spans flood in: then what can wait waits for a quieter moment, and a transaction for the
rows that make it whole."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

WINDOW_S = 0.25
FLOOD_ROWS = 2_000
FLOOD_SHARE = 0.7
AFTERWARDS_S = 1.0
MANY_ROWS = 1_024
"""So many that wait tell that more are on their way; fewer are written at once."""
GAP_S, SHORTEST_GAP_S = 0.020, 0.001
LONGEST_S = 0.060
REST_FACTOR = 20
"""So many times as long as a look took until the next: at new runs while spans flood in, at what
could be done while nothing changes."""
LOOK_AGAIN_S = 2.0


class Pace:
    """A flood is :data:`FLOOD_ROWS` rows in a window while transactions were being written in
    :data:`FLOOD_SHARE` of it; it is over :data:`AFTERWARDS_S` after the last such window.

    Args:
        busy_s: seconds in which transactions have been written, or waited for, so far.
    """

    def __init__(self, busy_s: Callable[[], float]) -> None:
        self._busy_s = busy_s
        self._lock = threading.Lock()
        self._begun_s = time.monotonic()
        self._busy_before_s = 0.0
        self._rows = 0
        self._until_s = 0.0

    def note(self, rows: int) -> None:
        """Counts rows that came now."""
        with self._lock:
            self._turn()
            self._rows += rows

    @property
    def flooded(self) -> bool:
        """Whether both processors are needed for what comes."""
        with self._lock:
            self._turn()
            return time.monotonic() < self._until_s

    def _turn(self) -> None:
        now_s = time.monotonic()
        passed_s = now_s - self._begun_s
        if passed_s < WINDOW_S:
            return
        busy_s = self._busy_s()
        share = (busy_s - self._busy_before_s) / passed_s
        if self._rows / passed_s >= FLOOD_ROWS / WINDOW_S and share >= FLOOD_SHARE:
            self._until_s = now_s + AFTERWARDS_S
        self._begun_s, self._busy_before_s, self._rows = now_s, busy_s, 0


class Patience:
    """How long many rows that could be written wait for those that make a transaction whole: while
    more come, each :data:`GAP_S` after the one before at the latest, :data:`LONGEST_S` in all.

    Where senders wait for their answers before they send more, none come: the gap is halved each
    time it was waited for in vain, so that they lose next to nothing.

    Args:
        whole: rows of a whole transaction.
    """

    def __init__(self, whole: int) -> None:
        self._whole = whole
        self._gap_s = GAP_S
        self._came_s = 0.0
        self._since_s: float | None = None
        self._waited_s = 0.0

    def came(self) -> None:
        """Notes that rows came now."""
        self._came_s = time.monotonic()

    def left_s(self, rows: int) -> float:
        """Seconds that so many rows wait from now on if no more come; 0: they go as they are."""
        if rows < MANY_ROWS or rows >= self._whole:
            return 0.0
        now_s = time.monotonic()
        if self._since_s is None:
            self._since_s = now_s
        until_s = min(max(self._came_s, self._since_s) + self._gap_s, self._since_s + LONGEST_S)
        return max(0.0, until_s - now_s)

    def waited_s(self) -> float:
        """Seconds in which rows have waited so far."""
        since_s = self._since_s
        return self._waited_s + (time.monotonic() - since_s if since_s is not None else 0.0)

    def gone(self, rows: int) -> None:
        """Notes that so many were handed on."""
        if self._since_s is None:
            return
        self._waited_s = self.waited_s()
        self._since_s = None
        in_vain = rows < self._whole
        self._gap_s = max(SHORTEST_GAP_S, self._gap_s / 2) if in_vain else GAP_S


def rest_s(begun_s: float) -> float:
    """Seconds to rest from what began at a moment of the monotonic clock and ends now."""
    return REST_FACTOR * (time.monotonic() - begun_s)


class Looking:
    """When to look again whether there is something to do: at once when something changed, else when
    one has rested from the last look, :data:`LOOK_AGAIN_S` at least."""

    def __init__(self) -> None:
        self._known: object = None
        self._again_s = 0.0

    @contextlib.contextmanager
    def at(self, state: object) -> Iterator[bool]:
        """A look at a state of things: whether it is to be taken, and how long it takes."""
        begun_s = time.monotonic()
        anew = state != self._known or begun_s >= self._again_s
        try:
            yield anew
        finally:  # what failed is not hurried either
            if anew:
                self._known = state
                self._again_s = time.monotonic() + max(LOOK_AGAIN_S, rest_s(begun_s))
