"""The same pieces for one short text, without the compiler; and the constants of both."""

from __future__ import annotations

from typing import Any

import numpy as np

TOP_BITS = 22
"""Pieces are numbers of so many bits; smaller signatures use their leading bits."""
SHORT_TAG, LONG_TAG = 1 << 40, 2 << 40  # a piece of three is never one of five
_WHOLE = (1 << 64) - 1
_FEWEST_BITS = 13
_ROOM = 4  # bits for each piece: a quarter of them is set

WORD_BYTES = np.zeros(256, np.uint8)
WORD_BYTES[128:] = 1
for _byte in b"0123456789abcdefghijklmnopqrstuvwxyz_":
    WORD_BYTES[_byte] = 1


def words(lowered: str) -> list[bytes]:
    """The words of a lower-cased text."""
    found, word = [], bytearray()
    for byte in lowered.encode("utf-8", "replace"):
        if WORD_BYTES[byte]:
            word.append(byte)
        elif word:
            found.append(bytes(word))
            word = bytearray()
    return [*found, bytes(word)] if word else found


def pieces(lowered: str, salt: int) -> list[int]:
    """The numbers of all pieces of a lower-cased text, each once; empty when no word is long
    enough."""
    found: dict[int, None] = {}
    for word in words(lowered):
        for size, tag in ((5, LONG_TAG), (3, SHORT_TAG)):
            for at in range(len(word) - size + 1):
                piece = (int.from_bytes(word[at : at + size], "big") | tag) * salt & _WHOLE
                piece = (piece ^ (piece >> 32)) * salt & _WHOLE
                found[piece >> (64 - TOP_BITS)] = None
    return list(found)


def packed(marked: Any) -> tuple[int, Any]:
    """A signature out of what was marked: the binary logarithm of its bits, and their bytes.

    Small where little was marked; at most half a mebibyte."""
    fill = min(float(marked.mean()), 0.999)
    distinct = -len(marked) * np.log1p(-fill)
    size = _FEWEST_BITS
    while size < TOP_BITS and (1 << size) < _ROOM * distinct:
        size += 1
    folded = marked.reshape(1 << size, -1).max(axis=1)
    return size, np.packbits(folded, bitorder="little")
