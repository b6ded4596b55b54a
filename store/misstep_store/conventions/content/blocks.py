"""LlamaIndex's messages: what they say stands in blocks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep_store.conventions.values import reading as rd

_BLOCKS = {"thinking": "reasoning", "tool_call": "tool_call", "image": "image", "text": "text"}


def as_chat(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Such a message in the shape of a chat."""
    blocks = raw.get("blocks")
    beside = raw.get("additional_kwargs")
    more = beside if isinstance(beside, dict) else {}
    found = [_part(b) for b in blocks if isinstance(b, dict)] if isinstance(blocks, list) else []
    made: dict[str, Any] = {"role": raw.get("role"), "content": found or raw.get("content")}
    for key in ("tool_call_id", "tool_calls"):
        if more.get(key):
            made[key] = more[key]
    return made


def says(raw: Mapping[str, Any]) -> bool:
    """Whether there is anything in it."""
    made = as_chat(raw)
    content = made["content"]
    if isinstance(content, list):
        content = [b for b in content if b != {"type": "text", "text": ""}]
    return bool(content or made.get("tool_calls"))


def _part(block: Mapping[str, Any]) -> dict[str, Any]:
    kind = str(block.get("block_type") or ("thinking" if _is_thought(block) else "text"))
    made = {k: v for k, v in block.items() if k != "block_type" and v is not None}
    if kind == "tool_call":
        names = (("id", "tool_call_id"), ("name", "tool_name"), ("arguments", "tool_kwargs"))
        made = {name: block.get(key) for name, key in names}
    if kind == "image":
        made = _picture(block)
    return {**made, "type": _BLOCKS.get(kind, kind)}


def _is_thought(block: Mapping[str, Any]) -> bool:
    """Blocks that do not say of which kind they are differ in the names of their fields."""
    return isinstance(block.get("content"), str) and "text" not in block and "type" not in block


def _picture(block: Mapping[str, Any]) -> dict[str, Any]:
    """Bytes as text, which some print, or a link."""
    held = rd.from_repr(block.get("image"))
    held = held.decode("ascii", "replace") if isinstance(held, bytes) else held
    link = block.get("url") or block.get("path")
    told = {"image": held, "url": None if held else link, "mime_type": block.get("image_mimetype")}
    return {k: v for k, v in told.items() if v is not None}
