"""OpenAI chat completions, and every host that speaks like it (Mistral, Groq, Together, vLLM, …)."""

from __future__ import annotations

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
    pick,
    said_parts,
    stream_error,
    text_of,
    text_part,
    tool_call_part,
    uri_part,
)

_PARAMETERS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "top_k": "top_k",
    "max_tokens": "max_tokens",
    "max_completion_tokens": "max_tokens",
    "frequency_penalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
    "seed": "seed",
    "random_seed": "seed",
    "stop": "stop_sequences",
    "n": "choice.count",
    "reasoning_effort": "reasoning.level",
    "tool_choice": "tool_choice",
    "stream": "stream",
}
_MAX_TOOL_CALLS = 1000


class OpenAIChat(Format):
    """``POST …/chat/completions``."""

    name = "openai.chat"
    endings = ("/chat/completions",)

    def fits(self, path: str, body: Body) -> bool:
        return isinstance(body.get("messages"), list)

    def asked(self, host: str, path: str, body: Body) -> Asked:
        format_type = member(body, "response_format", "type")
        return Asked(
            operation="chat",
            provider=by_host(host, "openai"),
            model=body.get("model"),
            messages=[message(m) for m in objects(body.get("messages"))],
            tools=[tool(t) for t in objects(body.get("tools"))],
            parameters=pick(body, _PARAMETERS),
            stream=bool(body.get("stream")),
            output_type="json" if format_type in ("json_object", "json_schema") else None,
        )

    def answered(self, body: Body) -> Answered:
        made = Answered(model=body.get("model"), response_id=body.get("id"))
        for choice in objects(body.get("choices")):
            reason = choice.get("finish_reason")
            said = message(choice.get("message") or {}, role="assistant")
            made.messages.append(said_parts(said, reason))
            if isinstance(reason, str) and reason:
                made.finish_reasons.append(reason)
        usage(made, body.get("usage"))
        return made

    def assembled(self, events: Sequence[Json]) -> Answered:
        whole: dict[str, Any] = {}
        choices: dict[int, dict[str, Any]] = {}
        for event in events:
            if not isinstance(event, dict):
                continue
            whole |= {key: event[key] for key in ("id", "model", "usage") if event.get(key)}
            if member(event, "x_groq", "usage"):
                whole["usage"] = event["x_groq"]["usage"]
            for choice in objects(event.get("choices")):
                _add_delta(choices, choice)
        whole["choices"] = [choices[i] for i in sorted(choices)]
        made = self.answered(whole)
        made.error = stream_error(events)
        made.complete = bool(made.finish_reasons) and len(made.finish_reasons) == len(choices)
        return made

    def speaks(self, event: Json) -> bool:
        delta = member(event, "choices", 0, "delta")
        keys = ("content", "reasoning_content", "reasoning", "refusal", "tool_calls")
        return isinstance(delta, dict) and any(delta.get(k) for k in keys)

    def said(self, body: Json, text: str) -> Json:
        changed = copied(body)
        choice = member(changed, "choices", 0)
        if isinstance(choice, dict):
            choice["message"] = {"role": "assistant", "content": text}
            choice["finish_reason"] = "stop"
        return changed

    def said_stream(self, events: Sequence[Json], text: str) -> list[Json]:
        like: Json = next((e for e in events if member(e, "choices", 0) is not None), {})
        head: dict[str, Any] = {k: v for k, v in copied(like).items() if k != "choices"}
        rest = [
            e for e in events if isinstance(e, dict) and e.get("usage") and not e.get("choices")
        ]
        return [
            head | {"choices": [_choice({"role": "assistant", "content": text}, None)]},
            head | {"choices": [_choice({}, "stop")]},
            *rest,
        ]


def _choice(delta: dict[str, Any], reason: str | None) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}


def _add_delta(choices: dict[int, dict[str, Any]], choice: dict[str, Any]) -> None:
    index = integer(choice.get("index")) or 0
    whole = choices.setdefault(index, {"message": {"role": "assistant", "content": None}})
    if choice.get("finish_reason"):
        whole["finish_reason"] = choice["finish_reason"]
    delta = choice.get("delta") or choice.get("message") or {}
    if not isinstance(delta, dict):
        return
    target = whole["message"]
    for key in ("reasoning_content", "reasoning", "refusal"):
        if isinstance(delta.get(key), str):
            target[key] = (target.get(key) or "") + delta[key]
    _add_content(target, delta.get("content"))
    for call in objects(delta.get("tool_calls")):
        calls = target.setdefault("tool_calls", [])
        position = integer(call.get("index"))
        position = len(calls) if position is None else position
        while len(calls) <= position and len(calls) < _MAX_TOOL_CALLS:
            calls.append({"id": None, "function": {"name": "", "arguments": ""}})
        if 0 <= position < len(calls):
            _add_call(calls[position], call)


def _add_content(target: dict[str, Any], content: Any) -> None:
    """Text joins text; Mistral's thinking models stream lists of chunks, which join a list."""
    before = target.get("content")
    if isinstance(content, str):
        if isinstance(before, list):
            before.append({"type": "text", "text": content})
        else:
            target["content"] = (before or "") + content
    elif isinstance(content, list):
        start = [{"type": "text", "text": before}] if isinstance(before, str) and before else before
        target["content"] = [*(start or []), *content]


def _add_call(whole: dict[str, Any], call: dict[str, Any]) -> None:
    if call.get("id"):
        whole["id"] = call["id"]
    function = call.get("function") or {}
    whole["function"]["name"] += text_of(member(function, "name"))
    arguments = member(function, "arguments")
    whole["function"]["arguments"] += (
        arguments if isinstance(arguments, str) else "" if arguments is None else _dumped(arguments)
    )


def _dumped(value: Json) -> str:
    from misstep.payload import json_text

    return json_text(value)


def message(raw: Any, role: str | None = None) -> dict[str, Any]:
    """A chat message in GenAI shape."""
    raw = raw if isinstance(raw, dict) else {}
    made: dict[str, Any] = {"role": raw.get("role") or role or "user", "parts": []}
    if raw.get("name"):
        made["name"] = raw["name"]
    parts: Messages = made["parts"]
    thought = raw.get("reasoning_content") or raw.get("reasoning")
    if isinstance(thought, str) and thought:
        parts.append({"type": "reasoning", "content": thought})
    if made["role"] == "tool":
        answer = plain(raw.get("content"))
        parts.append(
            {"type": "tool_call_response", "id": raw.get("tool_call_id"), "response": answer}
        )
        return made
    parts.extend(_joined(content(raw.get("content"))))
    if raw.get("refusal"):
        parts.append({"type": "refusal", "content": raw["refusal"]})
    for call in objects(raw.get("tool_calls")):
        function = call.get("function") or call.get("custom") or {}
        arguments = member(function, "arguments")
        arguments = member(function, "input") if arguments is None else arguments
        parts.append(tool_call_part(call.get("id"), member(function, "name"), arguments))
    return made


def content(given: Any) -> Messages:
    """Message content, text or a list of typed parts, in GenAI shape."""
    if isinstance(given, str):
        return [text_part(given)] if given else []
    if not isinstance(given, list):
        return []
    return [_content_part(p) for p in given if isinstance(p, dict | str)]


def _joined(parts: Messages) -> Messages:
    """Neighbouring reasoning parts as one: a stream brings them word by word."""
    made: Messages = []
    for part in parts:
        last = made[-1] if made else None
        if last and part["type"] == last["type"] == "reasoning":
            made[-1] = last | {"content": last["content"] + part["content"]}
        else:
            made.append(part)
    return made


def _content_part(part: Any) -> dict[str, Any]:
    if isinstance(part, str):
        return text_part(part)
    kind = part.get("type")
    if kind in ("text", "input_text", "output_text"):
        return text_part(str(part.get("text", "")))
    if kind == "thinking":
        return {"type": "reasoning", "content": plain(part.get("thinking"))}
    if kind in ("image_url", "input_image"):
        url = member(part, "image_url", "url") or part.get("image_url") or part.get("file_id") or ""
        return uri_part("image", str(url))
    if kind == "input_audio":
        audio = part.get("input_audio")
        return media_part("audio", member(audio, "data") or audio, member(audio, "format"))
    data = member(part, "file", "file_data") or part.get("file_data")
    if data:
        return uri_part("file", str(data))
    return {"type": str(kind), "content": part}


def plain(given: Any) -> Json:
    """Content as plain text where it is text in parts; anything else as it is."""
    if isinstance(given, list):
        return "".join(p if isinstance(p, str) else text_of(member(p, "text")) for p in given)
    return given


def tool(raw: dict[str, Any]) -> dict[str, Any]:
    """A tool definition in GenAI shape."""
    function = raw.get("function")
    function = function if isinstance(function, dict) else raw
    return {
        "type": raw.get("type", "function"),
        "name": function.get("name"),
        "description": function.get("description"),
        "parameters": function.get("parameters"),
    }


def usage(made: Answered, told: Any) -> None:
    """Token counts. Some hosts (xAI) count reasoning beside the output instead of inside."""
    output = integer(member(told, "completion_tokens"))
    asked = integer(member(told, "prompt_tokens"))
    cached = integer(member(told, "prompt_tokens_details", "cached_tokens"))
    reasoning = integer(member(told, "completion_tokens_details", "reasoning_tokens"))
    whole = integer(member(told, "total_tokens"))
    if cached is None:
        cached = integer(member(told, "prompt_cache_hit_tokens"))
    if (
        reasoning
        and None not in (asked, output, whole)
        and whole == (asked or 0) + (output or 0) + reasoning
    ):
        output = (output or 0) + reasoning
    made.input_tokens, made.output_tokens = asked, output
    made.cached_tokens, made.reasoning_tokens = cached, reasoning


FORMAT = OpenAIChat()
