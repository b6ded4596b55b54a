"""Blocks of a message that stand where its text should, as they are or printed as Python's:
``[{'type': 'text', 'text': '…'}]``."""

from __future__ import annotations

from typing import Any

from misstep_store.conventions.values import reading as rd

_BEGINS = "[{'"
_SAYS = "'type': '"


def blocks(text: Any) -> list[dict[str, Any]] | None:
    """The blocks that a text is, each with its type; None for any other text."""
    found = text if type(text) is list else _read(text)
    if not isinstance(found, list) or not found:
        return None
    told = [b for b in found if isinstance(b, dict) and isinstance(b.get("type"), str)]
    return told if len(told) == len(found) else None


def _read(text: Any) -> Any:
    if type(text) is not str or not text.startswith(_BEGINS) or _SAYS not in text:
        return None
    return rd.from_repr(text)
