"""What lies nearest to a moment, found without a look at all that does not.

A trace may hold thousands of calls side by side. Whoever looks among them for another telling of one
asks a :class:`Line`, which costs no more than the logarithm of their number.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterator, Sequence
from itertools import islice
from typing import Generic, TypeVar

MOST_TRIED = 64
"""So many of those that time alone would allow are tried, the nearest first; what lies further away
is not looked at."""
_GONE = -(1 << 200)
_FEW = 16
T = TypeVar("T", bound=Hashable)


class Line(Generic[T]):
    """Things at points of a line, each with a reach.

    Args:
        things: no one twice; ``points``: where each stands; ``reaches``: how far, as a query asks.

    Of two that are as near as each other the one that was given first goes first.
    """

    __slots__ = ("_at", "_most", "_order", "_points", "_size", "_things")

    def __init__(self, things: Sequence[T], points: Sequence[int], reaches: Sequence[int]) -> None:
        self._order = sorted(range(len(things)), key=points.__getitem__)
        self._points = [points[n] for n in self._order]
        self._things = [things[n] for n in self._order]
        self._at = dict(zip(self._things, range(len(things)), strict=True))
        self._size = 1 << max(0, len(things) - 1).bit_length()
        most = [_GONE] * self._size + [reaches[n] for n in self._order]
        most += [_GONE] * (2 * self._size - len(most))
        self._most = most  # a tree: each node has the furthest reach of the two below
        for at in range(self._size - 1, 0, -1):
            most[at] = max(most[2 * at], most[2 * at + 1])

    def remove(self, thing: T) -> None:
        """Takes a thing off the line, if it is there."""
        at = self._at.pop(thing, None)
        if at is not None:
            self._put(at + self._size, _GONE)

    def stretch(self, thing: T, reach: int) -> None:
        """Notes how far a thing reaches now, if it is there."""
        at = self._at.get(thing)
        if at is not None:
            self._put(at + self._size, reach)

    def _put(self, at: int, reach: int) -> None:
        most = self._most
        most[at] = reach
        while at := at >> 1:
            most[at] = max(most[2 * at], most[2 * at + 1])

    def near(self, point: int, *, until: int, reach: int) -> Iterator[T]:
        """Those that stand at ``until`` at most and reach as far as ``reach``, the nearest to a point
        first; no more than :data:`MOST_TRIED`."""
        points, order = self._points, self._order
        if self._size <= _FEW:
            reaches = self._most[self._size :]
            found = [at for at, p in enumerate(points) if p <= until and reaches[at] >= reach]
            found.sort(key=lambda at: (abs(points[at] - point), order[at]))
            return map(self._things.__getitem__, found)
        stop = bisect_right(points, until)
        middle = min(bisect_left(points, point), stop)
        found_so = heapq.merge(
            self._below(middle, reach),
            self._above(middle, stop, reach),
            key=lambda at: (abs(points[at] - point), order[at]),
        )
        return map(self._things.__getitem__, islice(found_so, MOST_TRIED))

    def _below(self, high: int, reach: int) -> Iterator[int]:
        """Places under ``high``, the last point first."""
        while (last := self._last(high, reach)) >= 0:
            high = bisect_left(self._points, self._points[last])
            yield from self._above(high, last + 1, reach)

    def _above(self, low: int, high: int, reach: int) -> Iterator[int]:
        while low < high and (low := self._first(low, reach)) < high:
            yield low
            low += 1

    def _first(self, low: int, reach: int) -> int:
        """The first place from ``low`` on that reaches so far; the size of the line if none does."""
        most, at = self._most, low + self._size
        while most[at] < reach:
            while at & 1:
                at >>= 1
            if not at:
                return self._size
            at += 1
        while at < self._size:
            at = 2 * at if most[2 * at] >= reach else 2 * at + 1
        return at - self._size

    def _last(self, high: int, reach: int) -> int:
        """The last place under ``high`` that reaches so far; below 0 if none does."""
        if high <= 0:
            return -1
        most, at = self._most, high - 1 + self._size
        while most[at] < reach:
            while not at & 1:
                at >>= 1
            if at == 1:
                return -1
            at -= 1
        while at < self._size:
            at = 2 * at + 1 if most[2 * at + 1] >= reach else 2 * at
        return at - self._size
