"""Embeddings by feature hashing: texts that share words are near each other."""

from __future__ import annotations

import hashlib
import math
import re

_WORD = re.compile(r"[a-z0-9]+")
_IGNORED = frozenset(
    ("a", "an", "and", "are", "for", "in", "is", "it", "of", "on", "or", "the", "to", "your", "my")
)
MAX_DIMENSIONS = 1536


def embed(text: str, dimensions: int) -> list[float]:
    """A unit vector for the text; all zeros when it holds no word.

    Source: Weinberger et al., Feature Hashing for Large Scale Multitask Learning, ICML 2009.
    """
    vector = [0.0] * dimensions
    for word in _WORD.findall(text.lower()):
        if word in _IGNORED:
            continue
        digest = hashlib.sha256(_stem(word).encode()).digest()
        sign = 1.0 if digest[8] % 2 else -1.0
        vector[int.from_bytes(digest[:8], "big") % dimensions] += sign
    length = math.sqrt(sum(x * x for x in vector))
    return [round(x / length, 6) for x in vector] if length else vector


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if len(word) - len(ending) >= 4 and word.endswith(ending):
            return word[: -len(ending)]
    return word
