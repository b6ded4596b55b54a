"""Objects of LangChain's as it dumps them (``{"lc": 1, "type": "constructor", "kwargs": {…}}``)."""

from __future__ import annotations

from misstep.model import Json

_ABOUT_THE_CALL = frozenset(
    ("id", "additional_kwargs", "response_metadata", "usage_metadata", "tool_call_chunks")
)
"""Ids, counts and pieces of the call that made a message."""
_SAID_BESIDE = "function_call"
"""What messages of early versions ask for, in ``additional_kwargs`` alone."""


def said(dump: dict[str, Json]) -> dict[str, Json]:
    """What a dumped message says, without what is kept about the call that made it; another dump as
    it is."""
    held = dump.get("kwargs")
    if not isinstance(held, dict) or "content" not in held:
        return dump
    told = {k: v for k, v in held.items() if k not in _ABOUT_THE_CALL}
    beside = held.get("additional_kwargs")
    if isinstance(beside, dict) and _SAID_BESIDE in beside:
        told["additional_kwargs"] = {_SAID_BESIDE: beside[_SAID_BESIDE]}
    return {"kwargs": told}
