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
        found += _among(values, long[low : low + _TOGETHER])
    return frozenset(found)


def _among(values: Sequence[Any], numbers: list[int]) -> list[int]:
    """Those of some texts that may be nested too deep; the brackets of few are counted together."""
    texts = [values[n] for n in numbers]
    if len(texts) == 1:
        is_long = len(texts[0]) > rd.MAX_PARSED_CHARS
        return numbers if is_long or rd.may_be_deep(texts[0]) else []
    try:
        # One wide letter would make all of them wide.
        is_narrow = all(map(str.isascii, texts))
        raw = "".join(texts).encode() if is_narrow else b"".join(map(str.encode, texts))
    except UnicodeEncodeError:
        return [n for n in numbers if _among(values, [n])]
    if len(raw) <= rd.MAX_PARSED_CHARS and rd.opened_in(raw) <= rd.MAX_DEPTH:
        return []  # all their brackets together are not more than may be nested
    middle = len(numbers) // 2
    return _among(values, numbers[:middle]) + _among(values, numbers[middle:])
