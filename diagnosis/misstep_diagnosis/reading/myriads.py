"""Numbers counted in myriads, digits and signs mixed: 3億2,000万, 1.5亿, 12만 5천."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SIZES = {
    **dict.fromkeys("千천", 1e3),
    **dict.fromkeys("万萬만", 1e4),
    **dict.fromkeys("億亿억", 1e8),
    **dict.fromkeys("兆조", 1e12),
}
_SIGNS = "".join(_SIZES)
_PART = rf"\d[\d,]*(?:\.\d+)?\s?[{_SIGNS}]{{1,2}}"
_NUMBER = re.compile(rf"(?<![\d.,])(?:{_PART}\s?)+(?:\d{{1,4}}(?![\d,.{_SIGNS}]))?")
_PIECE = re.compile(rf"(\d[\d,]*(?:\.\d+)?)\s?([{_SIGNS}]*)")
_ANY = re.compile(f"[{_SIGNS}]")


def myriads(text: str) -> Iterator[tuple[int, int, float]]:
    """(start, end, number) of every such number of a text whose digits are 0-9."""
    if text.isascii() or not _ANY.search(text):
        return
    for match in _NUMBER.finditer(text):
        told = match.group().rstrip()
        total, last = 0.0, float("inf")
        for piece in _PIECE.finditer(told):
            size = 1.0
            for sign in piece[2]:
                size *= _SIZES[sign]
            if size >= last:
                # 2万 3万 are two numbers.
                total = 0.0
                break
            total, last = total + float(piece[1].replace(",", "")) * size, size
        if total:
            yield match.start(), match.start() + len(told), total


__all__ = ["myriads"]
