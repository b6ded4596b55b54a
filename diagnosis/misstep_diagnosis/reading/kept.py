"""What was read out of a text, kept for when the text comes again.

An agent's call holds the whole conversation before it: of a run of 80 hops one text in seven is new
(TRAIL; a diagnosis took a third less, CPython 3.11)."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

T = TypeVar("T")
KEPT_CHARS = 1_000_000
"""Of texts of each kind of reading: what is read out of one may be thirty times as large."""


class Kept(Generic[T]):
    """A function of a text, and of what else decides how it is read, that keeps what it found in the
    latest texts; threads may share it."""

    def __init__(self, read: Callable[..., T]) -> None:
        self._read = read
        self._found: OrderedDict[tuple[Any, ...], T] = OrderedDict()
        self._chars = 0
        self._lock = threading.Lock()

    def __call__(self, text: str, *how: Any) -> T:
        key = (text, *how)
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
        found = self._read(text, *how)
        with self._lock:
            if key not in self._found:
                self._found[key] = found
                self._chars += _weight(text)
            while self._chars > KEPT_CHARS:
                (oldest, *_), _ = self._found.popitem(last=False)
                self._chars -= _weight(oldest)
        return found


def _weight(text: str) -> int:
    return len(text) + 200  # what is kept of a short one weighs too


def by_text(read: Callable[[str], Iterable[T]]) -> Kept[tuple[T, ...]]:
    """The function, whose findings are kept for the latest texts."""
    return Kept(lambda text: tuple(read(text)))


__all__ = ["KEPT_CHARS", "Kept", "by_text"]
