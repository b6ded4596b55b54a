"""Which runs changed lately, for whoever shows them live."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable

KEPT_CHANGES = 20_000


class Changes:
    """A numbered list of changed runs, bounded; safe to use from any thread.

    A listener keeps the number it was told last and asks for what came after it. One that slept
    through more than is kept is told so, and reads its list anew.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changed: deque[tuple[int, str]] = deque(maxlen=KEPT_CHANGES)
        self._number = 0
        self.closed = False

    def publish(self, run_ids: Iterable[str]) -> None:
        """Says that these runs were made, changed, judged, diagnosed or removed."""
        with self._lock:
            for run_id in run_ids:
                self._number += 1
                self._changed.append((self._number, run_id))

    @property
    def number(self) -> int:
        """The number of the latest change; 0 before the first."""
        return self._number

    def after(self, number: int) -> tuple[int, list[str], bool]:
        """(number of the latest change, runs changed after ``number``, each once and oldest first,
        whether some of them are forgotten)."""
        with self._lock:
            if number >= self._number:
                return self._number, [], False
            found = dict.fromkeys(run_id for at, run_id in self._changed if at > number)
            lost = bool(self._changed) and self._changed[0][0] > number + 1
            return self._number, list(found), lost

    def close(self) -> None:
        """Tells listeners to leave."""
        self.closed = True
