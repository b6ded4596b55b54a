"""Anthropic messages. The body's input tokens leave cached ones out; here they are included."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from misstep.model import Json
from misstep.providers.shapes import (
    Answered,
    Asked,
    Messages,
    by_host,
    integer,
    member,
    parsed,
    pick,
    text_part,
    tool_call_part,
)

_PARAMETERS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "max_tokens": "max_tokens",
    "stop_sequences": "stop_sequences",
    "stream": "stream",
}


class AnthropicMessages:
    """``POST …/v1/messages``."""

    name = "anthropic.messages"

    def matches(self, host: str, path: str, body: dict[str, Any]) -> bool:
        return path.rstrip("/").endswith("/messages") and (
            isinstance(body.get("messages"), list) and "max_tokens" in body
        )

    def asked(self, host: str, path: str, body: dict[str, Any]) -> Asked:
        system = body.get("system")
        blocks = [text_part(system)] if isinstance(system, str) else parts(system or [])
        return Asked(
            operation="chat",
            provider=by_host(host, "anthropic"),
            model=body.get("model"),
            messages=[
                m for raw in body["messages"] if isinstance(raw, dict) for m in messages(raw)
            ],
            system=blocks,
            tools=[_tool(t) for t in body.get("tools") or [] if isinstance(t, dict)],
            parameters=pick(body, _PARAMETERS),
            stream=bool(body.get("stream")),
        )

    def answered(self, body: dict[str, Any]) -> Answered:
        reason = body.get("stop_reason")
        said: dict[str, Any] = {"role": "assistant", "parts": parts(body.get("content") or [])}
        made = Answered(model=body.get("model"), response_id=body.get("id"))
        if reason:
            said["finish_reason"] = reason
            made.finish_reasons = [reason]
        made.messages = [said]
        _usage(made, body.get("usage"))
        return made

    def assembled(self, events: Sequence[Json]) -> Answered:
        whole: dict[str, Any] = {"content": [], "usage": {}}
        stopped = False
        for event in events:
            if not isinstance(event, dict):
                continue
            stopped = stopped or event.get("type") == "message_stop"
            _add_event(whole, event)
        for block in whole["content"]:
            if "partial_json" in block:
                block["input"] = parsed(block.pop("partial_json") or "{}")
        made = self.answered(whole)
        made.complete = stopped
        return made

    def said(self, body: Json, text: str) -> Json:
        changed = copy.deepcopy(body)
        if isinstance(changed, dict):
            changed["content"] = [{"type": "text", "text": text}]
            changed["stop_reason"] = "end_turn"
        return changed


def _add_event(whole: dict[str, Any], event: dict[str, Any]) -> None:
    kind = event.get("type")
    if kind == "message_start":
        start = event.get("message") or {}
        whole.update({k: start[k] for k in ("id", "model") if k in start})
        whole["usage"] |= start.get("usage") or {}
    elif kind == "content_block_start":
        whole["content"].append(dict(event.get("content_block") or {}))
    elif kind == "content_block_delta":
        index = event.get("index")
        if isinstance(index, int) and 0 <= index < len(whole["content"]):
            _add_delta(whole["content"][index], event.get("delta") or {})
    elif kind == "message_delta":
        whole["usage"] |= {k: v for k, v in (event.get("usage") or {}).items() if v is not None}
        reason = member(event, "delta", "stop_reason")
        if reason:
            whole["stop_reason"] = reason


def _add_delta(block: dict[str, Any], delta: dict[str, Any]) -> None:
    for key in ("text", "thinking", "partial_json"):
        if isinstance(delta.get(key), str):
            block[key] = block.get(key, "") + delta[key]


def messages(raw: dict[str, Any]) -> Messages:
    """One wire message; tool results are messages of role ``tool`` in GenAI shape."""
    content = raw.get("content")
    made = [text_part(content)] if isinstance(content, str) else parts(content or [])
    role = str(raw.get("role") or "user")
    results = [p for p in made if p["type"] == "tool_call_response"]
    others = [p for p in made if p["type"] != "tool_call_response"]
    out: Messages = []
    if results:
        out.append({"role": "tool", "parts": results})
    if others or not results:
        out.append({"role": role, "parts": others})
    return out


def parts(blocks: Any) -> Messages:
    """Content blocks in GenAI shape."""
    return [_part(b) for b in blocks if isinstance(b, dict)] if isinstance(blocks, list) else []


def _part(block: dict[str, Any]) -> dict[str, Any]:
    kind = block.get("type")
    if kind == "text":
        return text_part(str(block.get("text", "")))
    if kind == "thinking":
        return {"type": "reasoning", "content": block.get("thinking", "")}
    if kind == "tool_use":
        return tool_call_part(block.get("id"), block.get("name"), block.get("input"))
    if kind == "tool_result":
        content = block.get("content")
        response = (
            "".join(str(member(b, "text") or "") for b in content)
            if isinstance(content, list)
            else content
        )
        part = {"type": "tool_call_response", "id": block.get("tool_use_id"), "response": response}
        return part | ({"is_error": True} if block.get("is_error") else {})
    if kind == "image":
        source = block.get("source") or {}
        uri = (
            source.get("url")
            or f"{source.get('media_type')} {len(str(source.get('data', '')))} chars"
        )
        return {"type": "uri", "modality": "image", "uri": uri}
    return {"type": str(kind), "content": block}


def _tool(raw: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "function",
        "name": raw.get("name"),
        "description": raw.get("description"),
        "parameters": raw.get("input_schema"),
    }


def _usage(made: Answered, usage: Any) -> None:
    fresh = integer(member(usage, "input_tokens"))
    made.cached_tokens = integer(member(usage, "cache_read_input_tokens"))
    made.cache_write_tokens = integer(member(usage, "cache_creation_input_tokens"))
    if fresh is not None:
        made.input_tokens = fresh + (made.cached_tokens or 0) + (made.cache_write_tokens or 0)
    made.output_tokens = integer(member(usage, "output_tokens"))


FORMAT = AnthropicMessages()
