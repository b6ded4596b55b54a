"""The whole results of Vercel's AI SDK, which functions give and whoever traces them writes down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import Json
from misstep_store.conventions.values import reading as rd


def answer(value: Mapping[str, Any]) -> Json:
    """What a result answers: the words of its last step, or the tools that this asked for; None of
    what is no result."""
    if "finishReason" in value and "usage" in value and "object" in value:
        found: Json = value["object"]
        return found
    steps = value.get("steps")
    last = steps[-1] if isinstance(steps, list) and steps else None
    if not isinstance(last, dict) or "finishReason" not in last:
        return None
    content = last.get("content")
    if not isinstance(content, list) or not all(isinstance(p, dict) for p in content):
        return None
    said = [rd.text(p, "text") or "" for p in content if p.get("type") == "text"]
    calls = [p for p in content if p.get("type") == "tool-call"]
    asked: Json = [{"name": p.get("toolName"), "arguments": p.get("input")} for p in calls]
    return "".join(said) or asked or None


def readable(value: Json) -> Json:
    """A result, or results beside each other, as what they answer."""
    if isinstance(value, list):
        return [readable(v) if isinstance(v, dict) else v for v in value]
    found = answer(value) if isinstance(value, dict) else None
    return value if found is None else found


def is_unread(value: Any) -> bool:
    """Whether a result is a stream's that was not read to its end, which has promises alone."""
    return isinstance(value, dict) and value.keys() >= UNREAD


UNREAD = {"_totalUsage", "_steps"}
