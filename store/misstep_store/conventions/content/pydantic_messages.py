"""Messages as Pydantic AI dumps them: requests and responses, each part with its ``part_kind``."""

from __future__ import annotations

from typing import Any

from misstep_store.conventions.content import kinds
from misstep_store.conventions.content.parts import response_part
from misstep_store.conventions.values import reading as rd

IDENTITY = "provider_response_id"
"""A key that its answers have, and no other's."""
_KINDS = ("request", "response")
Raw = dict[str, Any]


def is_message(value: Any) -> bool:
    """Whether it is one of its messages."""
    if not isinstance(value, dict) or value.get("kind") not in _KINDS:
        return False
    parts = value.get("parts")
    return isinstance(parts, list) and all(isinstance(p, dict) and "part_kind" in p for p in parts)


def apart(listed: list[Any]) -> list[Any]:
    """Its messages by role, the instructions of the last request before them; others as they are."""
    if not any(map(is_message, listed)):
        return listed
    found: list[Any] = []
    told: str | None = None
    for one in listed:
        if is_message(one):
            told = rd.text(one, "instructions") or told
            found += _by_role(one)
        else:
            found.append(one)
    return [{"role": "system", "content": told}, *found] if told else found


def request(given: Raw) -> Raw:
    """What a model was asked, in the shape of a request: settings and tools stand apart there."""
    settings, offered = given.get("model_settings"), given.get(OFFERED)
    listed = [offered.get(key) for key in _TOOLS] if isinstance(offered, dict) else []
    return {
        **(settings if isinstance(settings, dict) else {}),
        "messages": given.get("messages"),
        "tools": [tool for tools in listed if isinstance(tools, list) for tool in tools],
    }


OFFERED = "model_request_parameters"
_TOOLS = ("function_tools", "output_tools")


def answer(body: Raw) -> Raw:
    """One of its responses in the shape of a chat completion."""
    end = body.get("finish_reason")
    said = [{**one, "finish_reason": end} for one in _by_role(body)]
    return {
        "id": body.get(IDENTITY),
        "model": body.get("model_name"),
        "usage": body.get("usage"),
        "choices": [{"message": one, "finish_reason": end} for one in said or [{}]],
    }


def _by_role(message: Raw) -> list[Raw]:
    made: list[Raw] = []
    for told in message["parts"]:
        role, parts = _read(told, message["kind"])
        if made and made[-1]["role"] == role:
            made[-1]["parts"] += parts
        else:
            made.append({"role": role, "parts": parts})
    return made


def _read(told: Raw, kind: str) -> tuple[str, list[Any]]:
    """Whose a part is, and what it says."""
    name, content = told["part_kind"], told.get("content")
    if name == "system-prompt":
        return "system", [_words(content)]
    if name == "tool-return" or (name == "retry-prompt" and told.get("tool_name")):
        return "tool", [response_part(told.get("tool_call_id"), content)]
    if kind == "request":
        return "user", [_words(p) for p in (content if isinstance(content, list) else [content])]
    if name == "tool-call":
        call = {"id": told.get("tool_call_id"), "name": told.get("tool_name")}
        return "assistant", [
            {"type": "tool_call", **call, "arguments": rd.parsed(told.get("args"))}
        ]
    if name in ("text", "thinking"):
        said = "reasoning" if name == "thinking" else "text"
        return "assistant", [{"type": said, "content": content}] if content else []
    return "assistant", [{**told, "type": name}]


def _words(given: Any) -> Any:
    """Words, or what was given beside them: ``{"kind": "image-url", "url": …}``."""
    if not isinstance(given, dict) or not isinstance(given.get("kind"), str):
        return {"type": "text", "content": given}
    return kinds.typed(given)
