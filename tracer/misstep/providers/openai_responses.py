"""OpenAI responses: items instead of messages, and a stream whose last event holds the whole."""

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
    text_of,
    text_part,
    tool_call_part,
)

_PARAMETERS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "max_output_tokens": "max_tokens",
    "previous_response_id": "previous_response.id",
    "tool_choice": "tool_choice",
    "stream": "stream",
}
_ENDS = ("response.completed", "response.incomplete", "response.failed")
_DELTAS = {
    "response.output_text.delta": "text",
    "response.refusal.delta": "refusal",
    "response.function_call_arguments.delta": "arguments",
    "response.reasoning_summary_text.delta": "thought",
    "response.reasoning_text.delta": "thought",
}


class OpenAIResponses(Format):
    """``POST …/responses``."""

    name = "openai.responses"
    endings = ("/responses",)

    def fits(self, path: str, body: Body) -> bool:
        given = body.get("input")
        return isinstance(given, str | list) or "prompt" in body or "previous_response_id" in body

    def asked(self, host: str, path: str, body: Body) -> Asked:
        given = body.get("input")
        format_type = member(body, "text", "format", "type")
        parameters = pick(body, _PARAMETERS)
        parameters |= pick(body.get("reasoning"), {"effort": "reasoning.level"})
        return Asked(
            operation="chat",
            provider=by_host(host, "openai"),
            model=body.get("model"),
            messages=[{"role": "user", "parts": [text_part(given)]}]
            if isinstance(given, str)
            else items(given),
            system=content(body.get("instructions")),
            tools=[_tool(t) for t in objects(body.get("tools"))],
            parameters=parameters,
            stream=bool(body.get("stream")),
            output_type="json" if format_type in ("json_object", "json_schema") else None,
        )

    def answered(self, body: Body) -> Answered:
        made = Answered(model=body.get("model"), response_id=body.get("id"))
        parts = [p for m in items(body.get("output"), role="assistant") for p in m["parts"]]
        reason = _reason(body, parts)
        made.messages = [said_parts({"role": "assistant", "parts": parts}, reason)]
        made.finish_reasons = [reason] if reason else []
        error = body.get("error")
        if isinstance(error, dict):
            made.error = (str(error.get("code") or "error"), str(error.get("message") or ""))
        usage = body.get("usage")
        made.input_tokens = integer(member(usage, "input_tokens"))
        made.output_tokens = integer(member(usage, "output_tokens"))
        made.cached_tokens = integer(member(usage, "input_tokens_details", "cached_tokens"))
        made.reasoning_tokens = integer(member(usage, "output_tokens_details", "reasoning_tokens"))
        return made

    def assembled(self, events: Sequence[Json]) -> Answered:
        whole: dict[str, Any] = {}
        pieces: dict[int, dict[str, Any]] = {}
        for event in events:
            if not isinstance(event, dict):
                continue
            kind = event.get("type")
            if isinstance(event.get("response"), dict):
                whole = event["response"]
            if kind in _ENDS:
                return self.answered(whole)
            if kind == "error":
                failure = (str(event.get("code") or "error"), str(event.get("message") or ""))
                return Answered(error=failure, model=whole.get("model"), complete=False)
            _add_event(pieces, event)
        made = self.answered(whole | {"output": [pieces[i] for i in sorted(pieces)]})
        made.complete = False
        return made

    def speaks(self, event: Json) -> bool:
        return str(member(event, "type")) in _DELTAS

    def said(self, body: Json, text: str) -> Json:
        changed = copied(body)
        if isinstance(changed, dict):
            changed["output"] = [_message_item(text)]
            changed["status"], changed["incomplete_details"] = "completed", None
        return changed

    def said_stream(self, events: Sequence[Json], text: str) -> list[Json]:
        ended = [e for e in events if member(e, "type") in _ENDS]
        whole = self.said(member(ended[-1], "response") if ended else {}, text)
        item = _message_item(text)
        at: dict[str, Any] = {"output_index": 0, "content_index": 0, "item_id": item["id"]}
        empty = {"type": "output_text", "text": "", "annotations": []}
        made: list[dict[str, Any]] = [
            {"type": "response.created", "response": _begun(whole)},
            {
                "type": "response.output_item.added",
                "output_index": 0,
                "item": item | {"content": []},
            },
            {"type": "response.content_part.added", **at, "part": empty},
            {"type": "response.output_text.delta", **at, "delta": text, "logprobs": []},
            {"type": "response.output_text.done", **at, "text": text, "logprobs": []},
            {"type": "response.content_part.done", **at, "part": empty | {"text": text}},
            {"type": "response.output_item.done", "output_index": 0, "item": item},
            {"type": "response.completed", "response": whole},
        ]
        return [e | {"sequence_number": n} for n, e in enumerate(made)]

    def changed(
        self, path: str, body: Body, *, model: str | None, prompt: str | None
    ) -> tuple[str, Body]:
        new = {k: v for k, v in (("model", model), ("instructions", prompt)) if v is not None}
        return path, body | new


def _begun(whole: Any) -> dict[str, Any]:
    return {**whole, "status": "in_progress", "output": [], "usage": None}


def _message_item(text: str) -> dict[str, Any]:
    said = {"type": "output_text", "text": text, "annotations": []}
    return {
        "id": "msg_replaced",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [said],
    }


def _reason(body: Body, parts: Messages) -> str | None:
    """The API has no finish reason: why it is incomplete, else what a chat completion would say."""
    if body.get("status") == "failed":
        return "error"
    if body.get("status") == "incomplete":
        return str(member(body, "incomplete_details", "reason") or "incomplete")
    if body.get("status") != "completed":
        return None
    return "tool_calls" if any(p["type"] == "tool_call" for p in parts) else "stop"


def _add_event(pieces: dict[int, dict[str, Any]], event: dict[str, Any]) -> None:
    index = integer(event.get("output_index"))
    if index is None:
        return
    kind = str(event.get("type"))
    if kind in ("response.output_item.added", "response.output_item.done"):
        item = copied(event.get("item"))
        pieces[index] = item if isinstance(item, dict) else {}
    elif kind in _DELTAS:
        item = pieces.setdefault(index, {"type": "message", "role": "assistant"})
        _add_delta(item, _DELTAS[kind], text_of(event.get("delta")))


def _add_delta(item: dict[str, Any], what: str, delta: str) -> None:
    if what == "arguments":
        item["arguments"] = text_of(item.get("arguments")) + delta
        return
    key = "summary" if what == "thought" else "content"
    blocks = item[key] = objects(item.get(key)) or [{"type": "output_text", "text": ""}]
    field = "refusal" if what == "refusal" else "text"
    blocks[-1][field] = text_of(blocks[-1].get(field)) + delta


def items(given: Any, role: str = "user") -> Messages:
    """Input or output items as messages in GenAI shape."""
    return [_item(i, role) for i in objects(given)]


def _item(raw: dict[str, Any], role: str) -> dict[str, Any]:
    kind = raw.get("type") or "message"
    if kind == "message":
        blocks = raw.get("content")
        parts = content(blocks)
        refusals = [b["refusal"] for b in objects(blocks) if b.get("refusal")]
        parts = [p for p in parts if p["type"] != "refusal"]
        parts += [{"type": "refusal", "content": r} for r in refusals]
        return {"role": raw.get("role") or role, "parts": parts}
    if kind in ("function_call", "custom_tool_call", "mcp_call"):
        arguments = raw.get("arguments") if kind != "custom_tool_call" else raw.get("input")
        part = tool_call_part(raw.get("call_id") or raw.get("id"), raw.get("name"), arguments)
        return {"role": "assistant", "parts": [part]}
    if kind in ("function_call_output", "custom_tool_call_output"):
        answer = raw.get("output")
        answer = "".join(p.get("content", "") for p in content(answer)) if answer else answer
        part = {"type": "tool_call_response", "id": raw.get("call_id"), "response": answer}
        return {"role": "tool", "parts": [part]}
    if kind == "reasoning":
        blocks = objects(raw.get("summary")) + objects(raw.get("content"))
        thought = "\n".join(text_of(b.get("text")) for b in blocks)
        return {"role": "assistant", "parts": [{"type": "reasoning", "content": thought}]}
    return {"role": role, "parts": [{"type": str(kind), "content": raw}]}


def _tool(raw: dict[str, Any]) -> dict[str, Any]:
    made = tool(raw)
    return made if made["name"] else made | {"name": raw.get("type")}


FORMAT = OpenAIResponses()
