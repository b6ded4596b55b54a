"""Payloads far above the limit: measured whole and shown in part, piece by piece.

No step works on more than a megabyte at once, so that the worker never holds the interpreter for
longer than a moment."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from misstep.model import Json
from misstep.payload import json_text

_PIECE_CHARS = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Measured:
    """Size and hash of a value's JSON text."""

    size_bytes: int
    hash: str


def measured(value: Json) -> Measured:
    """Size and ``sha256:…`` of ``json_text(value)``, made without that text being whole anywhere."""
    digest, size = hashlib.sha256(), 0
    for piece in _pieces(value):
        data = piece.encode("utf-8", "replace")
        digest.update(data)
        size += len(data)
    return Measured(size, "sha256:" + digest.hexdigest())


def _pieces(value: Json) -> Iterator[str]:
    if isinstance(value, str) and len(value) > _PIECE_CHARS:
        yield '"'
        for start in range(0, len(value), _PIECE_CHARS):
            yield json_text(value[start : start + _PIECE_CHARS])[1:-1]
        yield '"'
    elif isinstance(value, dict):
        yield "{"
        for index, (key, member) in enumerate(value.items()):
            yield ("," if index else "") + json_text(key) + ":"
            yield from _pieces(member)
        yield "}"
    elif isinstance(value, list):
        yield "["
        for index, member in enumerate(value):
            if index:
                yield ","
            yield from _pieces(member)
        yield "]"
    else:
        yield json_text(value)


def clipped(value: Json, budget_chars: int) -> Json:
    """The value without what its JSON text would show after ``budget_chars``."""
    return _clip(value, [budget_chars])


def _clip(value: Json, left: list[int]) -> Json:
    if isinstance(value, str):
        kept = value if len(value) <= left[0] else value[: max(0, left[0])]
        left[0] -= len(kept) + 2
        return kept
    if isinstance(value, dict):
        out: dict[str, Json] = {}
        for key, member in value.items():
            if left[0] <= 0:
                break
            left[0] -= len(key) + 4
            out[key] = _clip(member, left)
        return out
    if isinstance(value, list):
        items: list[Json] = []
        for member in value:
            if left[0] <= 0:
                break
            left[0] -= 1
            items.append(_clip(member, left))
        return items
    left[0] -= 4
    return value
