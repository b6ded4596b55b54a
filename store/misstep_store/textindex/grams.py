"""Pieces of words as bits: what a text is made of, without the text.

A word is a run of letters, digits, ``_`` and bytes above 127 of lower-cased UTF-8. Of each word every
three and every five bytes in a row set one bit each, chosen by a keyed hash. Rows can hold a text
only where all bits of the text's own words are set.
"""

from __future__ import annotations

import numpy as np
from numba import int64, uint64

from misstep_store.columnar.compiling import compiled
from misstep_store.textindex.bits import LONG_TAG, SHORT_TAG, TOP_BITS, WORD_BYTES

_WORD = WORD_BYTES
_SHORT, _LONG = np.uint64(0xFFFFFF), np.uint64(0xFFFFFFFFFF)
_SHORT_TAG, _LONG_TAG = np.uint64(SHORT_TAG), np.uint64(LONG_TAG)
_SHIFT = np.uint64(64 - TOP_BITS)
_HALF, _EIGHT = np.uint64(32), np.uint64(8)


@compiled()
def mark(data, offsets, salt, marked):
    """Marks the pieces of all texts in ``marked``, a byte each; texts are ``data`` cut at
    ``offsets``."""
    for row in range(offsets.shape[0] - 1):
        window = uint64(0)
        length = int64(0)
        for at in range(offsets[row], offsets[row + 1]):
            byte = data[at]
            if _WORD[byte] == 0:
                length = int64(0)
                continue
            window = (window << _EIGHT) | uint64(byte)
            length += 1
            if length >= 3:
                piece = ((window & _SHORT) | _SHORT_TAG) * salt
                piece = (piece ^ (piece >> _HALF)) * salt
                marked[piece >> _SHIFT] = 1
                if length >= 5:
                    piece = ((window & _LONG) | _LONG_TAG) * salt
                    piece = (piece ^ (piece >> _HALF)) * salt
                    marked[piece >> _SHIFT] = 1
