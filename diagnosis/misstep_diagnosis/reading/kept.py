"""What was read out of a text, kept for when the text comes again.

An agent's call holds the whole conversation before it: of a run of 80 hops one text in seven is new
(TRAIL; a diagnosis took a third less, CPython 3.11)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TypeVar

T = TypeVar("T")
KEPT = 512
"""Texts of each kind of reading; a text is at most some ten thousand characters, and one object for
all who read it."""


def by_text(read: Callable[[str], Iterable[T]]) -> Callable[[str], tuple[T, ...]]:
    """The function, whose findings are kept for the latest texts."""

    @lru_cache(KEPT)
    def found(text: str) -> tuple[T, ...]:
        return tuple(read(text))

    return found


__all__ = ["KEPT", "by_text"]
