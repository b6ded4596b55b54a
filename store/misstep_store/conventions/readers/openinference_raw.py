"""What OpenInference's raw bodies tell and its flattened messages leave out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from misstep.model import Message
from misstep_store.conventions.content.parts import NO_WORDS
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.types import Draft

LEFT_OUT = (
    *('"image', '"input_audio"', '"input_file"', '"document"', '"inline_data"'),
    *('"tool_result"', '"function_call_output"'),
)
_RARE = ("blob", "uri", "file", "tool_call_response")


def add_asked(draft: Draft, asked: Any) -> None:
    """The raw request, where it has pictures, files or results of tools that the flattened
    messages lack."""
    if not isinstance(asked, str) or not any(mark in asked for mark in LEFT_OUT):
        return
    scratch = Draft(draft.span, draft.convention, draft.kind)
    bodies.request(scratch, asked)
    if _rare_parts(scratch.messages_in) > _rare_parts(draft.messages_in):
        draft.messages_in = scratch.messages_in


def _rare_parts(found: Sequence[Message]) -> int:
    return sum(p.get("type") in _RARE for m in found for p in m.parts)


_THOUGHT = re.compile(r'"thought": ?true')


def tells_thoughts(draft: Draft, made: Any) -> bool:
    """Whether an answer of Gemini's tells what was thought from what was said, and the messages do
    not. Its streams are joined to one thought: nothing is said in them."""
    if type(made) is not str or _THOUGHT.search(made) is None or _thinks(draft.messages_out):
        return False
    scratch = Draft(draft.span, draft.convention, draft.kind)
    bodies.response(scratch, made)
    parts = [p for m in scratch.messages_out for p in m.parts]
    return any(p != NO_WORDS and p.get("type") != "reasoning" for p in parts)


def _thinks(found: Sequence[Message]) -> bool:
    return any(p.get("type") == "reasoning" for m in found for p in m.parts)
