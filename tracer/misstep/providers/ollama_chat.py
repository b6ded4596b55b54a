"""Ollama chat: one JSON a line, streamed unless the request says otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from misstep.model import Json
from misstep.providers.openai_chat import tool
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
    pick,
    said_parts,
    text_of,
    text_part,
    tool_call_part,
)

_OPTIONS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "num_predict": "max_tokens",
    "seed": "seed",
    "stop": "stop_sequences",
    "frequency_penalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
}


class OllamaChat(Format):
    """``POST …/api/chat``."""

    name = "ollama.chat"
    endings = ("/api/chat",)

    def fits(self, path: str, body: Body) -> bool:
        return isinstance(body.get("messages"), list) and "model" in body

    def asked(self, host: str, path: str, body: Body) -> Asked:
        return Asked(
            operation="chat",
            provider=by_host(host, "ollama"),
            model=body.get("model"),
            messages=[_message(m) for m in objects(body["messages"])],
            tools=[tool(t) for t in objects(body.get("tools"))],
            **settings(body),
        )

    def answered(self, body: Body) -> Answered:
        made = ended(body)
        reason = made.finish_reasons[0] if made.finish_reasons else None
        said = _message(body.get("message") or {}, role="assistant")
        made.messages = [said_parts(said, reason)]
        return made

    def assembled(self, events: Sequence[Json]) -> Answered:
        whole: dict[str, Any] = {}
        said: dict[str, Any] = {"role": "assistant", "content": "", "thinking": ""}
        for event in events:
            if not isinstance(event, dict):
                continue
            whole |= event
            piece = event.get("message")
            for key in ("content", "thinking"):
                said[key] += text_of(member(piece, key))
            said["tool_calls"] = said.get("tool_calls", []) + objects(member(piece, "tool_calls"))
        return self.answered(whole | {"message": said})

    def speaks(self, event: Json) -> bool:
        said = member(event, "message")
        return any(member(said, k) for k in ("content", "thinking", "tool_calls"))

    def said(self, body: Json, text: str) -> Json:
        changed = copied(body)
        if isinstance(changed, dict):
            changed["message"] = {"role": "assistant", "content": text}
            changed["done_reason"] = "stop"
        return changed

    def said_stream(self, events: Sequence[Json], text: str) -> list[Json]:
        last = events[-1] if events else {}
        return [self.said(last, text)]


def settings(body: Body) -> dict[str, Any]:
    """Parameters, streaming and format, which chat and generate share."""
    parameters = pick(body.get("options"), _OPTIONS)
    stream = body.get("stream", True) is not False
    if stream:
        parameters["stream"] = True
    if body.get("think") is not None:
        parameters["reasoning.level"] = body["think"]
    return {
        "parameters": parameters,
        "stream": stream,
        "output_type": "json" if body.get("format") else None,
    }


def ended(body: Body) -> Answered:
    """What the last line (or the only one) says of the whole answer."""
    reason = body.get("done_reason")
    error = body.get("error")
    return Answered(
        model=body.get("model"),
        finish_reasons=[reason] if isinstance(reason, str) and reason else [],
        input_tokens=integer(body.get("prompt_eval_count")),
        output_tokens=integer(body.get("eval_count")),
        error=("error", error) if isinstance(error, str) and error else None,
        complete=body.get("done") is True,
    )


def images(raw: dict[str, Any]) -> Messages:
    """Images given as base64."""
    given = raw.get("images")
    return [media_part("image", i, "image") for i in given] if isinstance(given, list) else []


def _message(raw: Any, role: str = "user") -> dict[str, Any]:
    raw = raw if isinstance(raw, dict) else {}
    role = str(raw.get("role") or role)
    text = text_of(raw.get("content"))
    if role == "tool":
        name = raw.get("tool_name") or raw.get("name")
        part = {"type": "tool_call_response", "id": raw.get("tool_call_id"), "response": text}
        return {"role": "tool", "parts": [part | ({"name": name} if name else {})]}
    parts: Messages = []
    if text_of(raw.get("thinking")):
        parts.append({"type": "reasoning", "content": raw["thinking"]})
    if text:
        parts.append(text_part(text))
    parts += images(raw)
    for call in objects(raw.get("tool_calls")):
        function = call.get("function")
        arguments = member(function, "arguments")
        parts.append(tool_call_part(call.get("id"), member(function, "name"), arguments))
    return {"role": role, "parts": parts}


FORMAT = OllamaChat()
