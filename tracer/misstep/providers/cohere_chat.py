"""Cohere chat, version 2."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from misstep.model import Json
from misstep.providers.openai_chat import content, tool
from misstep.providers.shapes import (
    Answered,
    Asked,
    Body,
    Format,
    Messages,
    by_host,
    copied,
    integer,
    member,
    objects,
    pick,
    said_parts,
    stream_error,
    text_of,
    tool_call_part,
)

_PARAMETERS = {
    "temperature": "temperature",
    "p": "top_p",
    "k": "top_k",
    "max_tokens": "max_tokens",
    "seed": "seed",
    "stop_sequences": "stop_sequences",
    "frequency_penalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
    "tool_choice": "tool_choice",
    "stream": "stream",
}


class CohereChat(Format):
    """``POST …/v2/chat``."""

    name = "cohere.chat"
    endings = ("/v2/chat",)

    def fits(self, path: str, body: Body) -> bool:
        return isinstance(body.get("messages"), list) and "model" in body

    def asked(self, host: str, path: str, body: Body) -> Asked:
        format_type = member(body, "response_format", "type")
        return Asked(
            operation="chat",
            provider=by_host(host, "cohere"),
            model=body.get("model"),
            messages=[_message(m) for m in objects(body["messages"])] + _documents(body),
            tools=[tool(t) for t in objects(body.get("tools"))],
            parameters=pick(body, _PARAMETERS),
            stream=bool(body.get("stream")),
            output_type="json" if format_type == "json_object" else None,
        )

    def answered(self, body: Body) -> Answered:
        reason = body.get("finish_reason")
        said = _message(body.get("message"), role="assistant")
        made = Answered(response_id=body.get("id"), messages=[said_parts(said, reason)])
        if isinstance(reason, str) and reason:
            made.finish_reasons = [reason]
        _usage(made, body.get("usage"))
        return made

    def assembled(self, events: Sequence[Json]) -> Answered:
        whole: dict[str, Any] = {}
        said: dict[str, Any] = {"content": {}, "tool_calls": {}, "tool_plan": ""}
        for event in events:
            if not isinstance(event, dict):
                continue
            if event.get("id"):
                whole["id"] = event["id"]
            if event.get("type") == "message-end":
                whole |= pick(event.get("delta"), {"finish_reason": "finish_reason"})
                whole["usage"] = member(event, "delta", "usage")
            else:
                _add(said, event)
        for key in ("content", "tool_calls"):
            said[key] = [said[key][i] for i in sorted(said[key])]
        made = self.answered(whole | {"message": said})
        made.error = stream_error(events)
        made.complete = "finish_reason" in whole
        return made

    def speaks(self, event: Json) -> bool:
        return member(event, "type") in ("content-delta", "tool-plan-delta", "tool-call-start")

    def said(self, body: Json, text: str) -> Json:
        changed = copied(body)
        if isinstance(changed, dict):
            changed["message"] = {"role": "assistant", "content": [{"type": "text", "text": text}]}
            changed["finish_reason"] = "COMPLETE"
        return changed

    def said_stream(self, events: Sequence[Json], text: str) -> list[Json]:
        start = [e for e in events if member(e, "type") == "message-start"][:1]
        ended = [e for e in events if member(e, "type") == "message-end"]
        usage = member(ended[-1], "delta", "usage") if ended else None
        empty = {"message": {"content": {"type": "text", "text": ""}}}
        delta = {"message": {"content": {"text": text}}}
        last: dict[str, Any] = {"finish_reason": "COMPLETE", "usage": usage}
        return [
            *start,
            {"type": "content-start", "index": 0, "delta": empty},
            {"type": "content-delta", "index": 0, "delta": delta},
            {"type": "content-end", "index": 0},
            {"type": "message-end", "delta": last},
        ]


def _message(raw: Any, role: str = "user") -> dict[str, Any]:
    raw = raw if isinstance(raw, dict) else {}
    role = str(raw.get("role") or role)
    if role == "tool":
        answer = _answer(raw.get("content"))
        part = {"type": "tool_call_response", "id": raw.get("tool_call_id"), "response": answer}
        return {"role": "tool", "parts": [part]}
    parts: Messages = []
    if text_of(raw.get("tool_plan")):
        parts.append({"type": "reasoning", "content": raw["tool_plan"]})
    parts += content(raw.get("content"))
    for call in objects(raw.get("tool_calls")):
        function = call.get("function")
        parts.append(
            tool_call_part(call.get("id"), member(function, "name"), member(function, "arguments"))
        )
    return {"role": role, "parts": parts}


def _answer(given: Any) -> Json:
    if not isinstance(given, list):
        return given
    return "\n".join(
        text_of(b.get("text")) or text_of(member(b, "document", "data")) or str(b.get("document"))
        for b in objects(given)
    )


def _documents(body: Body) -> Messages:
    """Documents given beside the messages are input too."""
    given = body.get("documents")
    if not isinstance(given, list) or not given:
        return []
    parts = [{"type": "document", "content": d} for d in given]
    return [{"role": "user", "name": "documents", "parts": parts}]


def _add(said: dict[str, Any], event: dict[str, Any]) -> None:
    index = integer(event.get("index")) or 0
    delta = member(event, "delta", "message")
    said["tool_plan"] += text_of(member(delta, "tool_plan"))
    block = member(delta, "content")
    if isinstance(block, dict):
        whole = said["content"].setdefault(index, {"type": block.get("type") or "text"})
        for key in ("text", "thinking"):
            if isinstance(block.get(key), str):
                whole[key] = text_of(whole.get(key)) + block[key]
    call = member(delta, "tool_calls")
    if isinstance(call, dict):
        whole = said["tool_calls"].setdefault(index, {"function": {"name": "", "arguments": ""}})
        whole["id"] = call.get("id") or whole.get("id")
        for key in ("name", "arguments"):
            whole["function"][key] += text_of(member(call, "function", key))


def _usage(made: Answered, usage: Any) -> None:
    """What the model read and wrote; where only billed units are told, those."""
    told = member(usage, "tokens") or member(usage, "billed_units")
    made.input_tokens = integer(member(told, "input_tokens"))
    made.output_tokens = integer(member(told, "output_tokens"))
    made.cached_tokens = integer(member(usage, "cached_tokens"))


FORMAT = CohereChat()
