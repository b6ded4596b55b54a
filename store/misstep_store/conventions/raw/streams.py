"""A streamed answer put together from its chunks, as OpenAI's wire format sends them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from misstep.model import Json, Message
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.content import objects
from misstep_store.conventions.content.parts import tool_call
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.shapes import message

_MAX_CHUNKS = 20_000
Calls = dict[int, dict[str, str]]


def joined(chunks: Sequence[Any]) -> dict[str, Any] | None:
    """Chunks (objects, or each as JSON text) as the answer they make; None for what is none."""
    opened = [rd.parsed(c) if isinstance(c, str) else c for c in chunks[:_MAX_CHUNKS]]
    found = [c for c in opened if isinstance(c, dict) and _choices(c) is not None]
    if not found or len(found) < len(opened):
        return None
    told: dict[int, _Choice] = {}
    for raw in (c for chunk in found for c in _choices(chunk) or ()):
        index = raw.get("index")
        choice = told.setdefault(index if isinstance(index, int) else 0, _Choice())
        if isinstance(raw.get("delta"), dict):
            choice.add(raw["delta"])
        choice.finish = raw.get("finish_reason") or choice.finish
    made: dict[str, Any] = {"choices": [c.whole() for _, c in sorted(told.items())]}
    for key in ("id", "model", "usage"):
        made[key] = next((c[key] for c in reversed(found) if c.get(key)), None)
    return made


def whole(said: Sequence[Message], given: Any) -> Sequence[Message]:
    """One message of the pieces of a stream, told as messages of which the last says why it ended
    and all others that they did not: Google's ADK writes them so. Any other messages as they are."""
    if any(m.role != "assistant" for m in said) or any(m.finish_reason for m in said[:-1]):
        return said
    listed = rd.parsed(given)
    listed = listed if isinstance(listed, list) else []
    ends = [m.get("finish_reason") for m in listed if isinstance(m, dict)]
    if ends[:-1] != [""] * (len(said) - 1):
        return said
    parts: list[dict[str, Json]] = []
    for part in (p for m in said for p in m.parts):
        last = parts[-1] if parts else {}
        if part.get("type") != "text" or last.get("type") != "text":
            parts.append(part)
        else:
            last["content"] = f"{last.get('content') or ''}{part.get('content') or ''}"
    parts = [p for p in parts if p.get("type") != "text" or p.get("content")] or parts[:1]
    return [message("assistant", parts, finish_reason=said[-1].finish_reason)]


def answers(given: Any) -> Sequence[Message]:
    """The messages of an answer; pieces of a stream, and calls that were printed, as what they are."""
    said: Sequence[Message] = msg.messages(given, "assistant")
    if len(said) > 1:
        said = whole(said, given)
    if type(given) is not str or _PRINTED_CALL in given:
        _open_printed(said)
    return said


_PRINTED_CALL = "ResponseFunctionToolCall("


def _open_printed(said: Sequence[Message]) -> None:
    """Calls of OpenAI's Agents SDK that opentelemetry-instrumentation-openai-agents-v2 printed."""
    for one in said:
        for n, part in enumerate(one.parts):
            text = part.get("content")
            if isinstance(text, str) and text.startswith(_PRINTED_CALL):
                call = objects.fields_of(text)
                if isinstance(call, dict):
                    one.parts[n] = tool_call(call)


class _Choice:
    """One answer of possibly several, as its deltas make it."""

    def __init__(self) -> None:
        self.text: list[str] = []
        self.calls: Calls = {}
        self.more: dict[str, str] = {}
        self.finish: Any = None

    def add(self, delta: dict[str, Any]) -> None:
        add_delta(delta, self.calls, self.text)
        for key in ("reasoning_content", "reasoning", "refusal"):
            if isinstance(delta.get(key), str):
                self.more[key] = self.more.get(key, "") + delta[key]

    def whole(self) -> dict[str, Any]:
        calls = [
            {
                "id": c.get("id"),
                "function": {"name": c.get("name"), "arguments": c.get("arguments")},
            }
            for _, c in sorted(self.calls.items())
        ]
        said = {"role": "assistant", "content": "".join(self.text) or None, "tool_calls": calls}
        return {"message": {**said, **self.more}, "finish_reason": self.finish}


def _choices(chunk: dict[str, Any]) -> list[dict[str, Any]] | None:
    """The choices of a chunk; None where it is no chunk."""
    listed = chunk.get("choices")
    if not isinstance(listed, list) or not all(isinstance(c, dict) for c in listed):
        return None
    streamed = chunk.get("object") == "chat.completion.chunk" or any("delta" in c for c in listed)
    return listed if streamed else None


def add_delta(delta: dict[str, Any], calls: Calls, text: list[str]) -> None:
    """Adds one delta's words to ``text`` and its pieces of tool calls to ``calls``."""
    if isinstance(delta.get("content"), str):
        text.append(delta["content"])
    listed = delta.get("tool_calls")
    for raw in listed if isinstance(listed, list) else ():
        if not isinstance(raw, dict):
            continue
        index = raw.get("index")
        known = calls.setdefault(index if isinstance(index, int) else 0, {})
        function = raw.get("function")
        function = function if isinstance(function, dict) else {}
        if isinstance(raw.get("id"), str):
            known["id"] = raw["id"]
        if isinstance(function.get("name"), str):
            known["name"] = known.get("name", "") + function["name"]
        if isinstance(function.get("arguments"), str):
            known["arguments"] = known.get("arguments", "") + function["arguments"]
