"""The events of Anthropic's streams as the answer that they make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from misstep_store.conventions.values import reading as rd

BEGUN = "message_start"
_MOST = 20_000
_WORDS = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}


def joined(events: Sequence[Any]) -> dict[str, Any] | None:
    """The message that events make, as far as they go; None for what are none."""
    first = events[0] if events else None
    begun = first.get("message") if isinstance(first, dict) else None
    if not isinstance(first, dict) or first.get("type") != BEGUN or not isinstance(begun, dict):
        return None
    blocks: dict[Any, dict[str, Any]] = {}
    pieces: dict[Any, dict[str, list[str]]] = {}
    made, used = dict(begun), _fields(begun.get("usage"))
    for event in events[1:_MOST]:
        told = _fields(event)
        index, delta = str(told.get("index")), _fields(told.get("delta"))
        if told.get("type") == "content_block_start":
            blocks[index], pieces[index] = _fields(told.get("content_block")), {}
        elif told.get("type") == "content_block_delta" and index in blocks:
            kind = str(delta.get("type"))
            name = _WORDS.get(kind, "partial_json")
            said = pieces[index].setdefault("input" if name == "partial_json" else name, [])
            said.append(str(delta.get(name) or ""))
        elif told.get("type") == "message_delta":
            made["stop_reason"] = delta.get("stop_reason") or made.get("stop_reason")
            used |= _fields(told.get("usage"))
    if blocks:
        made["content"] = [_whole(block, pieces[n]) for n, block in blocks.items()]
    return {**made, "usage": used}


def last(messages: Sequence[Any]) -> dict[str, Any] | None:
    """The last of several messages, with the tokens of all; None where they are none."""
    told = [_fields(m) for m in messages[:_MOST]]
    if not told or any(m.get("type") != "message" for m in told):
        return None
    used: dict[str, Any] = {}
    for message in told:
        for name, count in _fields(message.get("usage")).items():
            if type(count) is int:
                used[name] = used.get(name, 0) + count
    return {**told[-1], "usage": used}


def _fields(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}


def _whole(block: dict[str, Any], pieces: dict[str, list[str]]) -> dict[str, Any]:
    """A block with all that was said of it."""
    told: dict[str, Any] = {name: "".join(said) for name, said in pieces.items()}
    if told.get("input"):
        told["input"] = rd.parsed(told["input"])
    return block | {name: said for name, said in told.items() if said}
