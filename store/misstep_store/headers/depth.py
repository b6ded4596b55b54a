"""Texts that may be nested deeper than the conventions go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from misstep_store.conventions import reading as rd

SHORT = 2 * rd.MAX_DEPTH
"""Shorter texts are not nested too deep."""
_TOGETHER = 8


def may_be_deep(values: Sequence[Any]) -> frozenset[int]:
    """Numbers of texts that may be nested deeper than the conventions go, as
    :func:`reading.may_be_deep` tells of each, and of those too long to be read at all."""
    long = [n for n, v in enumerate(values) if type(v) is str and len(v) > SHORT]
    found: list[int] = []
    for low in range(0, len(long), _TOGETHER):
        numbers = long[low : low + _TOGETHER]
        whole = "".join([values[n] for n in numbers])
        if len(whole) <= rd.MAX_PARSED_CHARS and not rd.may_be_deep(whole):
            continue  # all their brackets together are not more than may be nested
        for n in numbers:
            if len(values[n]) > rd.MAX_PARSED_CHARS or rd.may_be_deep(values[n]):
                found.append(n)
    return frozenset(found)
