"""Texts that may be nested deeper than the conventions go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from misstep_store.conventions import reading as rd

SHORT = 2 * rd.MAX_DEPTH
"""Shorter texts are not nested too deep."""
_TOGETHER, _LONG = 128, 2_000_000
_BRACKET, _ALIKE = ord("["), 0xDF  # the other one, "{", differs in one bit


def may_be_deep(values: Sequence[Any]) -> frozenset[int]:
    """Numbers of texts that may be nested deeper than the conventions go, as
    :func:`reading.may_be_deep` tells of each, and of those too long to be read at all."""
    found: list[int] = []
    for low in range(0, len(values), _TOGETHER):
        some = values[low : low + _TOGETHER]
        if not _are_shallow(some):
            found += [n for n, value in enumerate(some, low) if _may_be_deep(value)]
    return frozenset(found)


def _may_be_deep(value: Any) -> bool:
    if type(value) is not str or len(value) <= SHORT:
        return False
    return len(value) > rd.MAX_PARSED_CHARS or rd.may_be_deep(value)


def _are_shallow(values: Sequence[Any]) -> bool:
    """Whether all of these are short, or texts of which none opens more brackets than may be nested:
    so many stand nowhere so near to each other as they would in one text."""
    try:
        sizes = list(map(len, values))
        if max(sizes) <= SHORT:
            return True
        if sum(sizes) > _LONG:
            return False
        if all(map(str.isascii, values)):
            raw = "".join(values).encode()
        else:  # one wide letter would make all of them wide
            each = list(map(str.encode, values))
            sizes, raw = list(map(len, each)), b"".join(each)
    except (TypeError, UnicodeEncodeError):
        return False
    opened = np.flatnonzero((np.frombuffer(raw, np.uint8) & _ALIKE) == _BRACKET)
    if len(opened) <= rd.MAX_DEPTH:
        return True
    return bool((opened[rd.MAX_DEPTH :] - opened[: -rd.MAX_DEPTH]).min() >= max(sizes))
