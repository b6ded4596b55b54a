"""OpenAI chat completions, and every host that speaks like it (Mistral, Groq, Together, vLLM, …)."""

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
    pick,
    text_part,
    tool_call_part,
)

_PARAMETERS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "max_tokens": "max_tokens",
    "max_completion_tokens": "max_tokens",
    "frequency_penalty": "frequency_penalty",
    "presence_penalty": "presence_penalty",
    "seed": "seed",
    "random_seed": "seed",
    "stop": "stop_sequences",
    "n": "choice.count",
    "reasoning_effort": "reasoning.level",
    "stream": "stream",
}


class OpenAIChat:
    """``POST …/chat/completions``."""

    name = "openai.chat"

    def matches(self, host: str, path: str, body: dict[str, Any]) -> bool:
        return path.rstrip("/").endswith("/chat/completions") and isinstance(
            body.get("messages"), list
        )

    def asked(self, host: str, path: str, body: dict[str, Any]) -> Asked:
        format_type = member(body, "response_format", "type")
        return Asked(
            operation="chat",
            provider=by_host(host, "openai"),
            model=body.get("model"),
            messages=[message(m) for m in body["messages"] if isinstance(m, dict)],
            tools=[tool(t) for t in body.get("tools") or [] if isinstance(t, dict)],
            parameters=pick(body, _PARAMETERS),
            stream=bool(body.get("stream")),
            output_type="json" if format_type in ("json_object", "json_schema") else None,
        )

    def answered(self, body: dict[str, Any]) -> Answered:
        choices = [c for c in body.get("choices") or [] if isinstance(c, dict)]
        made = Answered(model=body.get("model"), response_id=body.get("id"))
        for choice in choices:
            reason = choice.get("finish_reason")
            said = message(choice.get("message") or {}, role="assistant")
            made.messages.append(said | ({"finish_reason": reason} if reason else {}))
            if reason:
                made.finish_reasons.append(reason)
        _usage(made, body.get("usage"))
        return made

    def assembled(self, events: Sequence[Json]) -> Answered:
        whole: dict[str, Any] = {"choices": []}
        choices: dict[int, dict[str, Any]] = {}
        for event in events:
            if not isinstance(event, dict):
                continue
            for key in ("id", "model", "usage"):
                if event.get(key):
                    whole[key] = event[key]
            usage = member(event, "x_groq", "usage")
            if usage:
                whole["usage"] = usage
            for choice in event.get("choices") or []:
                _add_delta(choices, choice)
        whole["choices"] = [choices[i] for i in sorted(choices)]
        made = self.answered(whole)
        made.complete = any(c.get("finish_reason") for c in whole["choices"])
        return made

    def said(self, body: Json, text: str) -> Json:
        changed = copy.deepcopy(body)
        choice = member(changed, "choices", 0)
        if isinstance(choice, dict):
            choice["message"] = {"role": "assistant", "content": text}
            choice["finish_reason"] = "stop"
        return changed


def _add_delta(choices: dict[int, dict[str, Any]], choice: Any) -> None:
    if not isinstance(choice, dict):
        return
    index = choice.get("index") or 0
    whole = choices.setdefault(index, {"message": {"role": "assistant", "content": None}})
    if choice.get("finish_reason"):
        whole["finish_reason"] = choice["finish_reason"]
    delta = choice.get("delta") or choice.get("message") or {}
    target = whole["message"]
    for key in ("content", "reasoning_content", "refusal"):
        if isinstance(delta.get(key), str):
            target[key] = (target.get(key) or "") + delta[key]
    for call in delta.get("tool_calls") or []:
        calls = target.setdefault("tool_calls", [])
        position = call.get("index", len(calls))
        while len(calls) <= position and len(calls) < 1000:
            calls.append({"id": None, "function": {"name": "", "arguments": ""}})
        if position < len(calls):
            _add_call(calls[position], call)


def _add_call(whole: dict[str, Any], call: dict[str, Any]) -> None:
    if call.get("id"):
        whole["id"] = call["id"]
    function = call.get("function") or {}
    whole["function"]["name"] += function.get("name") or ""
    whole["function"]["arguments"] += function.get("arguments") or ""


def message(raw: dict[str, Any], role: str | None = None) -> dict[str, Any]:
    """A chat message in GenAI shape."""
    made: dict[str, Any] = {"role": raw.get("role") or role or "user", "parts": []}
    if raw.get("name"):
        made["name"] = raw["name"]
    parts: Messages = made["parts"]
    thought = raw.get("reasoning_content") or raw.get("reasoning")
    if isinstance(thought, str) and thought:
        parts.append({"type": "reasoning", "content": thought})
    if made["role"] == "tool":
        parts.append(
            {
                "type": "tool_call_response",
                "id": raw.get("tool_call_id"),
                "response": _plain(raw.get("content")),
            }
        )
        return made
    parts.extend(_content(raw.get("content")))
    if raw.get("refusal"):
        parts.append({"type": "refusal", "content": raw["refusal"]})
    for call in raw.get("tool_calls") or []:
        function = call.get("function") or {}
        parts.append(
            tool_call_part(call.get("id"), function.get("name"), function.get("arguments"))
        )
    return made


def _content(content: Any) -> Messages:
    if isinstance(content, str):
        return [text_part(content)] if content else []
    return [_content_part(p) for p in content or [] if isinstance(p, dict | str)]


def _content_part(part: Any) -> dict[str, Any]:
    if isinstance(part, str):
        return text_part(part)
    kind = part.get("type")
    if kind in ("text", "input_text", "output_text"):
        return text_part(str(part.get("text", "")))
    if kind in ("image_url", "input_image"):
        url = member(part, "image_url", "url") or part.get("image_url") or ""
        return {"type": "uri", "modality": "image", "uri": _short_uri(str(url))}
    return {"type": str(kind), "content": part}


def _short_uri(url: str) -> str:
    # Data URLs are megabytes of base64; a hash says which image it was.
    if url.startswith("data:") and len(url) > 200:
        from misstep.payload import sha256

        return f"{url[:40]}… {len(url)} chars {sha256(url)}"
    return url


def _plain(content: Any) -> Json:
    if isinstance(content, list):
        return "".join(str(member(p, "text") or "") for p in content)
    return content


def tool(raw: dict[str, Any]) -> dict[str, Any]:
    """A tool definition in GenAI shape."""
    function = raw.get("function") if isinstance(raw.get("function"), dict) else raw
    return {
        "type": raw.get("type", "function"),
        "name": function.get("name"),  # type: ignore[union-attr]
        "description": function.get("description"),  # type: ignore[union-attr]
        "parameters": function.get("parameters"),  # type: ignore[union-attr]
    }


def _usage(made: Answered, usage: Any) -> None:
    made.input_tokens = integer(member(usage, "prompt_tokens"))
    made.output_tokens = integer(member(usage, "completion_tokens"))
    made.cached_tokens = integer(member(usage, "prompt_tokens_details", "cached_tokens"))
    made.reasoning_tokens = integer(member(usage, "completion_tokens_details", "reasoning_tokens"))


FORMAT = OpenAIChat()
