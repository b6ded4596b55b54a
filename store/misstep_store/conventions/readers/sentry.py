"""What Sentry's SDKs write beside GenAI's words: answers, tool calls, tools, texts to be embedded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.content import responses
from misstep_store.conventions.types import Draft
from misstep_store.conventions.values import reading as rd

_ASKED = "gen_ai.request.messages"
_TEXT = "gen_ai.response.text"
_CALLS = "gen_ai.response.tool_calls"
_TOOLS = "gen_ai.request.available_tools"
_EMBEDDED = "gen_ai.embeddings.input"
WORDS = frozenset({_ASKED, _TEXT, _CALLS, _TOOLS, _EMBEDDED})


def fill(draft: Draft, a: Mapping[str, Any]) -> None:
    """What the draft lacks."""
    if not draft.messages_in and _ASKED in a:
        draft.messages_in = msg.messages(a[_ASKED])
    if not draft.messages_out:
        draft.messages_out = msg.messages(_all_said(draft.kind, a) or _said(a), "assistant")
    if not draft.tools and _TOOLS in a:
        draft.tools = docs.tools(a[_TOOLS])
    if draft.kind == "embedding" and draft.input is None and _EMBEDDED in a:
        draft.input = rd.decoded(a[_EMBEDDED])


def _all_said(kind: str, a: Mapping[str, Any]) -> list[Any]:
    """The last of all that was said in a graph: its tools were called before."""
    told = rd.parsed(a.get(_TEXT)) if kind == "agent" else None
    if isinstance(told, list) and all(isinstance(m, dict) and "role" in m for m in told):
        return told[-1:]
    return []


def _said(a: Mapping[str, Any]) -> list[Any]:
    """Messages of an answer: the first text has the tool calls; of the Responses API all items stand
    among these."""
    calls = rd.parsed(a.get(_CALLS))
    listed = [c for c in calls if isinstance(c, dict)] if isinstance(calls, list) else []
    if len(listed) > 1 and responses.are_items(listed) and _holds_words(listed):
        return listed
    whole = a.get(_TEXT)
    texts = rd.strings(whole) or ([""] if listed else [])
    if not texts and isinstance(whole, str) and rd.parsed(whole):
        texts = [whole]  # an answer that is a list of objects
    made: list[Any] = [{"role": "assistant", "content": text or None} for text in texts]
    if listed:
        made[0]["tool_calls"] = listed
    return made


def _holds_words(listed: list[Any]) -> bool:
    return any(item.get("type") == "message" for item in listed)
