"""Anthropic messages. The body's input tokens leave cached ones out; here they are included."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from misstep.model import Json
from misstep.providers.shapes import (
    Answered,
    Asked,
    Body,
    Format,
    Messages,
    by_host,
    copied,
    integer,
    media_part,
    member,
    objects,
    parsed,
    pick,
    said_parts,
    stream_error,
    text_of,
    text_part,
    tool_call_part,
)

_PARAMETERS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "max_tokens": "max_tokens",
    "stop_sequences": "stop_sequences",
    "tool_choice": "tool_choice",
    "stream": "stream",
}
_MODEL = re.compile(r"/models/([^/:]+):")


class AnthropicMessages(Format):
    """``POST …/v1/messages``; on Vertex AI ``…/models/MODEL:rawPredict``."""

    name = "anthropic.messages"
    endings = ("/messages", ":rawPredict", ":streamRawPredict")
    last_line = b"event: message_stop"

    def fits(self, path: str, body: Body) -> bool:
        return isinstance(body.get("messages"), list) and "max_tokens" in body

    def asked(self, host: str, path: str, body: Body) -> Asked:
        system = body.get("system")
        blocks = [text_part(system)] if isinstance(system, str) else parts(system or [])
        named = _MODEL.search(path)
        parameters = pick(body, _PARAMETERS)
        parameters |= pick(body.get("thinking"), {"budget_tokens": "thinking.budget_tokens"})
        return Asked(
            operation="chat",
            provider=by_host(host, "anthropic"),
            model=body.get("model") or (named.group(1) if named else None),
            messages=[m for raw in objects(body["messages"]) for m in messages(raw)],
            system=blocks,
            tools=[_tool(t) for t in objects(body.get("tools"))],
            parameters=parameters,
            stream=bool(body.get("stream")),
        )

    def answered(self, body: Body) -> Answered:
        reason = body.get("stop_reason")
        said: dict[str, Any] = {"role": "assistant", "parts": parts(body.get("content") or [])}
        made = Answered(model=body.get("model"), response_id=body.get("id"))
        if isinstance(reason, str) and reason:
            made.finish_reasons = [reason]
        made.messages = [said_parts(said, reason)]
        _usage(made, body.get("usage"))
        return made

    def assembled(self, events: Sequence[Json]) -> Answered:
        whole: dict[str, Any] = {"content": [], "usage": {}}
        stopped = False
        for event in events:
            if not isinstance(event, dict):
                continue
            # The event that ends it all tells nothing: what matters came before.
            stopped = stopped or event.get("type") == "message_stop"
            stopped = stopped or bool(member(event, "delta", "stop_reason"))
            _add_event(whole, event)
        for block in whole["content"]:
            if "partial_json" in block:
                block["input"] = parsed(block.pop("partial_json") or "{}")
        made = self.answered(whole)
        made.error = stream_error(events)
        made.complete = stopped
        return made

    def speaks(self, event: Json) -> bool:
        delta = member(event, "delta")
        return isinstance(delta, dict) and any(delta.get(k) for k in _DELTAS)

    def said(self, body: Json, text: str) -> Json:
        changed = copied(body)
        if isinstance(changed, dict):
            changed["content"] = [{"type": "text", "text": text}]
            changed["stop_reason"] = "end_turn"
        return changed

    def said_stream(self, events: Sequence[Json], text: str) -> list[Json]:
        start = [e for e in events if member(e, "type") == "message_start"][:1]
        usage = [member(e, "usage") for e in events if member(e, "type") == "message_delta"]
        ended = {"stop_reason": "end_turn", "stop_sequence": None}
        return [
            *start,
            {
                "type": "content_block_start",
                "index": 0,
                "content_block": {"type": "text", "text": ""},
            },
            {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": "text_delta", "text": text},
            },
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": ended, "usage": (usage or [{}])[-1]},
            {"type": "message_stop"},
        ]

    def changed(
        self, path: str, body: Body, *, model: str | None, prompt: str | None
    ) -> tuple[str, Body]:
        if model is not None and _MODEL.search(path):
            return self.changed(
                _MODEL.sub(f"/models/{model}:", path), body, model=None, prompt=prompt
            )
        new = {k: v for k, v in (("model", model), ("system", prompt)) if v is not None}
        return path, body | new


_DELTAS = ("text", "thinking", "partial_json")


def _add_event(whole: dict[str, Any], event: dict[str, Any]) -> None:
    kind = event.get("type")
    if kind == "message_start":
        start = event.get("message")
        whole.update(pick(start, {"id": "id", "model": "model"}))
        whole["usage"] |= pick(member(start, "usage"), _USAGE)
    elif kind == "content_block_start":
        block = event.get("content_block")
        whole["content"].append(dict(block) if isinstance(block, dict) else {})
    elif kind == "content_block_delta":
        index = event.get("index")
        if isinstance(index, int) and 0 <= index < len(whole["content"]):
            _add_delta(whole["content"][index], event.get("delta"))
    elif kind == "message_delta":
        whole["usage"] |= pick(event.get("usage"), _USAGE)
        reason = member(event, "delta", "stop_reason")
        if reason:
            whole["stop_reason"] = reason


def _add_delta(block: dict[str, Any], delta: Any) -> None:
    for key in _DELTAS:
        if isinstance(member(delta, key), str):
            block[key] = text_of(block.get(key)) + delta[key]


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
        return _source("image", block.get("source"))
    if kind == "document":
        return _source("document", block.get("source"))
    return {"type": str(kind), "content": block}


def _source(kind: str, source: Any) -> dict[str, Any]:
    url = member(source, "url") or member(source, "file_id")
    if url:
        return {"type": "uri", "modality": kind, "uri": str(url)}
    if member(source, "type") == "text":
        return text_part(text_of(member(source, "data")))
    return media_part(kind, member(source, "data"), member(source, "media_type"))


def _tool(raw: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "function",
        "name": raw.get("name"),
        "description": raw.get("description"),
        "parameters": raw.get("input_schema"),
    }


_USAGE = {
    k: k
    for k in (
        "input_tokens",
        "output_tokens",
        "cache_read_input_tokens",
        "cache_creation_input_tokens",
    )
}


def _usage(made: Answered, usage: Any) -> None:
    fresh = integer(member(usage, "input_tokens"))
    made.cached_tokens = integer(member(usage, "cache_read_input_tokens"))
    made.cache_write_tokens = integer(member(usage, "cache_creation_input_tokens"))
    if fresh is not None:
        made.input_tokens = fresh + (made.cached_tokens or 0) + (made.cache_write_tokens or 0)
    made.output_tokens = integer(member(usage, "output_tokens"))


FORMAT = AnthropicMessages()
