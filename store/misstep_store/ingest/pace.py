"""Whether spans flood in: then what can wait waits for a quieter moment."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

WINDOW_S = 0.25
FLOOD_ROWS = 2_000
FLOOD_SHARE = 0.7
AFTERWARDS_S = 1.0


class Pace:
    """A flood is :data:`FLOOD_ROWS` rows in a window while transactions were being written in
    :data:`FLOOD_SHARE` of it; it is over :data:`AFTERWARDS_S` after the last such window.

    Args:
        busy_s: seconds in which transactions have been written so far.
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
