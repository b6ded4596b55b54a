"""BeeAI's events under OpenInference: for Python pieces of the span around them, for Node what
began, ended well or failed as spans of their own, of which the end alone is the call or the tool."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep_store.conventions.types import Draft
from misstep_store.conventions.values import reading as rd

_EVENT = ("metadata.path", "metadata.trace.id", "metadata.id")
_SCOPE = "instrumentation-beeai"
_OF_NODE = ("target", "name", "traceId")
_TOLD_TWICE = frozenset({"LLM", "TOOL", "EMBEDDING"})


def is_event(a: Mapping[str, Any], scope: str) -> bool:
    """Whether a span is an event of BeeAI's emitter that says no result."""
    if "output.value" in a:
        return False
    return all(key in a for key in _EVENT) or (
        scope.endswith(_SCOPE)
        and all(key in a for key in _OF_NODE)
        and "exception.type" not in a
        and a.get("openinference.span.kind") in _TOLD_TWICE
    )


def has_begun(a: Mapping[str, Any]) -> bool:
    """Whether an event of Node's alone tells what a call was asked: it stays beside the call."""
    return "target" in a and "traceId" in a and "input.value" in a


def event(draft: Draft, a: Mapping[str, Any]) -> Draft:
    """A token, a retry, an error: a piece of the span around it."""
    draft.echo, draft.role = "" if has_begun(a) else "part", "hop"
    draft.input = rd.decoded(a.get("input.value"))
    draft.finish_reason = end_of(a)
    return draft


def end_of(a: Mapping[str, Any]) -> str | None:
    """Why a stream ended, in its last pieces."""
    given = a.get("input.value")
    if not isinstance(given, str) or '"finish_reason"' not in given:
        return None
    told = rd.parsed(given)
    piece = told.get("value") if isinstance(told, dict) else None
    return rd.text(piece, "finish_reason") if isinstance(piece, dict) else None
