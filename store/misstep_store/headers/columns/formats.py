"""Many JSON objects in a few formats: each is read by the layout of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

import msgspec
import numpy as np

from misstep_store.conventions.values import reading as rd
from misstep_store.headers.columns.depth import may_be_deep
from misstep_store.headers.columns.layouts import field_in, reader_of
from misstep_store.headers.columns.spans import at

Read = Callable[[str], Any]


def by_format(
    values: Sequence[Any], reads: Sequence[Read]
) -> tuple[list[tuple[int, list[int], list[Any]]], list[int]]:
    """Objects that one of the layouts reads: the number of the layout, their numbers and what was
    read; and numbers of the others."""
    left, odd = _texts(values)
    found = _Formats(reads, odd)
    found.read(values if len(left) == len(values) else [values[n] for n in left], left)
    return found.all(), sorted(odd)


def fields_in(
    values: Sequence[Any],
    key: str,
    *,
    refused: tuple[str, ...] = (),
    opened: Callable[[Any], Any] = rd.parsed,
) -> list[Any]:
    """As :func:`layouts.field_in` of each."""
    found, odd = by_format(values, (reader_of(key, refused),))
    told = [None] * len(values)
    for _, numbers, bodies in found:
        for n, value in zip(numbers, map(attrgetter(key), bodies), strict=True):
            told[n] = value
    for n in odd:
        told[n] = field_in(values[n], key, refused=refused, opened=opened)
    return told


def texts_in(values: Sequence[Any], key: str) -> list[str | None]:
    """As :func:`layouts.text_in` of each."""
    return [told if told and type(told) is str else None for told in fields_in(values, key)]


class _Formats:
    """What was read so far, by the number of the layout, and whose it is."""

    __slots__ = ("_current", "_found", "_is_apart", "_numbers", "_odd", "_reads", "_wasted")

    def __init__(self, reads: Sequence[Read], odd: list[int]) -> None:
        self._reads, self._odd = reads, odd
        self._found: list[list[Any]] = [[] for _ in reads]
        self._numbers: list[list[int]] = [[] for _ in reads]
        self._current = self._wasted = 0
        self._is_apart = False

    def all(self) -> list[tuple[int, list[int], list[Any]]]:
        """By layout, in the order of their numbers."""
        made = []
        for n, (numbers, some) in enumerate(zip(self._numbers, self._found, strict=True)):
            if not some:
                continue
            if self._is_apart:
                order = np.argsort(np.array(numbers)).tolist()
                numbers, some = at(numbers, order), at(some, order)
            made.append((n, numbers, some))
        return made

    def read(self, texts: Sequence[str], left: Sequence[int], *, are_alike: bool = False) -> None:
        """Reads texts with these numbers; ``are_alike``: they begin alike."""
        coming = iter(texts)
        now = misses = turns = 0
        while now < len(texts) and misses <= MOST_MISSES and self._wasted <= _MISSES_OF_ALL:
            here = self._found[self._current]
            known, is_refused = len(here), False
            try:
                here.extend(map(self._reads[self._current], coming))
            except (msgspec.MsgspecError, UnicodeEncodeError):
                is_refused = True  # one of them: what was read before it stays
            read = len(here) - known
            self._numbers[self._current] += left[now : now + read]
            now += read
            self._wasted -= read
            if not is_refused:
                return
            if texts[now][:1] != "{":
                more, none = _objects(texts[now:], left[now:])
                self._odd += none
                texts, left, now = [text for _, text in more], [n for n, _ in more], 0
                coming = iter(texts)
                continue
            turns += 1
            is_mixed = turns > _FEW_TURNS and now < _SHORT * turns
            if is_mixed and not are_alike and len(self._reads) > 1:
                self._read_apart(texts[now:], left[now:])
                return
            misses = 0 if read else misses
            is_read = self._read_other(texts[now], left[now])
            misses = 0 if is_read else misses + 1
            self._wasted += -1 if is_read else 1
            now += 1
        self._odd += left[now:]

    def _read_apart(self, texts: Sequence[str], left: Sequence[int]) -> None:
        """Reads texts of several formats: what begins alike mostly has the same, and goes together."""
        self._is_apart = True
        groups: dict[str, list[int]] = {}
        for n, text in enumerate(texts):
            groups.setdefault(text[:_ALIKE], []).append(n)
        for some in groups.values():
            self.read(at(texts, some), at(left, some), are_alike=True)

    def _read_other(self, text: str, number: int) -> bool:
        """Reads an object that is in another format than was tried, which is tried first from then
        on; whether there is one."""
        for n, read in enumerate(self._reads):
            if n != self._current:
                try:
                    body = read(text)
                except (msgspec.MsgspecError, UnicodeEncodeError):
                    continue
                self._found[n].append(body)
                self._numbers[n].append(number)
                self._current = n
                return True
        self._odd.append(number)
        return False


_ALIKE = 10
"""So many letters tell formats apart, and reach no id that each has of its own."""
MOST_MISSES = 8
"""So many answers one after another in no known format: the next that begin so are not tried."""
_MISSES_OF_ALL = 16
"""So many more in no known format than in one: no others are tried."""
_FEW_TURNS, _SHORT = 6, 8
"""After so many turns from one format to another, with less than so many texts each, texts that begin
alike are brought together first."""


def _texts(values: Sequence[Any]) -> tuple[Sequence[int], list[int]]:
    """Numbers of the texts that are not nested too deep, and of the other values."""
    deep = may_be_deep(values)
    if not deep and set(map(type, values)) == _TEXT:
        return range(len(values)), []
    left = [n for n, value in enumerate(values) if type(value) is str and n not in deep]
    return left, sorted(set(range(len(values))).difference(left))


_TEXT = {str}


def _objects(
    texts: Sequence[str], numbers: Sequence[int]
) -> tuple[list[tuple[int, str]], list[int]]:
    """The texts that may be JSON objects, with their numbers, and the numbers of the others."""
    both = list(zip(numbers, texts, strict=True))
    return [(n, t) for n, t in both if t[:1] == "{"], [n for n, t in both if t[:1] != "{"]
