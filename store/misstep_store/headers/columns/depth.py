"""Texts that may be nested deeper than the conventions go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from misstep_store.conventions.values import reading as rd

SHORT = 2 * rd.MAX_DEPTH
"""Shorter texts are not nested too deep."""
_TOGETHER, _LONG = 128, 200_000
"""So many texts are looked at together, and so many letters: more do not stay near the processor."""
_BRACKET, _ALIKE = ord("["), 0xDF  # the other one, "{", differs in one bit


def may_be_deep(values: Sequence[Any]) -> frozenset[int]:
    """Numbers of texts that may be nested deeper than the conventions go, as
    :func:`reading.may_be_deep` tells of each, and of those too long to be read at all."""
    found: list[int] = []
    for low in range(0, len(values), _TOGETHER):
        found += _deep_in(values[low : low + _TOGETHER], low)
    return frozenset(found)


def _deep_in(values: Sequence[Any], first: int) -> list[int]:
    """As :func:`may_be_deep`, of a few texts, the first of which has this number."""
    try:
        sizes = list(map(len, values))
    except TypeError:
        return _one_by_one(values, first)
    if max(sizes) <= SHORT:
        return []
    if len(values) > 1 and sum(sizes) > _LONG:
        half = len(values) // 2
        return _deep_in(values[:half], first) + _deep_in(values[half:], first + half)
    return [] if _are_shallow(values, max(sizes)) else _one_by_one(values, first)


def _one_by_one(values: Sequence[Any], first: int) -> list[int]:
    return [n for n, value in enumerate(values, first) if _may_be_deep(value)]


def _may_be_deep(value: Any) -> bool:
    if type(value) is not str or len(value) <= SHORT:
        return False
    return len(value) > rd.MAX_PARSED_CHARS or rd.may_be_deep(value)


def _are_shallow(values: Sequence[Any], longest: int) -> bool:
    """Whether these are texts of which none opens more brackets than may be nested: so many stand
    nowhere so near to each other as they would in one text."""
    if longest > rd.MAX_PARSED_CHARS:
        return False
    try:
        if all(map(str.isascii, values)):
            raw = "".join(values).encode()
        else:  # one wide letter would make all of them wide
            each = list(map(str.encode, values))
            longest, raw = max(map(len, each)), b"".join(each)
    except (TypeError, UnicodeEncodeError):
        return False
    opened = np.flatnonzero((np.frombuffer(raw, np.uint8) & _ALIKE) == _BRACKET)
    if len(opened) <= rd.MAX_DEPTH:
        return True
    return bool((opened[rd.MAX_DEPTH :] - opened[: -rd.MAX_DEPTH]).min() >= longest)
