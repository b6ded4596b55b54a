"""Messages of every shape as OpenTelemetry GenAI messages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from misstep.model import Json, Message
from misstep_store.conventions.reading import parsed, plain

_ROLES = {"human": "user", "ai": "assistant", "model": "assistant", "developer": "system"}


def messages(value: Any) -> list[Message]:
    """A list of messages in GenAI shape, OpenAI's, or a mix; [] for anything else."""
    value = parsed(value)
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, list):
        return []
    return [message(m) for m in value if isinstance(m, dict)]


def message(raw: dict[str, Any]) -> Message:
    """One message."""
    role = str(raw.get("role") or "user")
    finish = raw.get("finish_reason")
    return Message(
        role=_ROLES.get(role, role),
        parts=_parts(raw),
        name=raw["name"] if isinstance(raw.get("name"), str) else None,
        finish_reason=finish if isinstance(finish, str) else None,
    )


def _parts(raw: dict[str, Any]) -> list[dict[str, Json]]:
    listed = raw.get("parts")
    if isinstance(listed, list):
        return [part(p) for p in listed]
    made: list[dict[str, Json]] = []
    content = raw.get("content")
    if raw.get("role") == "tool":
        return [response_part(raw.get("tool_call_id") or raw.get("id"), content)]
    if isinstance(content, list):
        made += [part(p) for p in content]
    elif content not in (None, ""):
        made.append(text_part(content))
    for call in raw.get("tool_calls") or []:
        if isinstance(call, dict):
            made.append(tool_call(call))
    return made


def part(raw: Any) -> dict[str, Json]:
    """One part, whatever its shape."""
    if isinstance(raw, str):
        return text_part(raw)
    if not isinstance(raw, dict):
        return {"type": "generic", "content": plain(raw)}
    kind = raw.get("type")
    if kind in ("text", "input_text", "output_text"):
        return text_part(raw.get("content", raw.get("text", "")))
    if kind == "tool_call":
        return call_part(raw.get("id"), raw.get("name"), raw.get("arguments"))
    if kind == "tool_call_response":
        return response_part(raw.get("id"), raw.get("response", raw.get("result")))
    if kind is None and "text" in raw:
        return text_part(raw["text"])
    return {str(k): plain(v) for k, v in raw.items()} | {"type": str(kind or "generic")}


def text_part(content: Any) -> dict[str, Json]:
    """A text part."""
    return {"type": "text", "content": content if isinstance(content, str) else plain(content)}


def tool_call(raw: dict[str, Any]) -> dict[str, Json]:
    """A tool call in OpenAI's shape or flat."""
    function = raw.get("function")
    inner = function if isinstance(function, dict) else raw
    return call_part(raw.get("id"), inner.get("name"), inner.get("arguments"))


def call_part(call_id: Any, name: Any, arguments: Any) -> dict[str, Json]:
    """A tool call part; arguments in JSON text become an object."""
    return {"type": "tool_call", "id": call_id, "name": name, "arguments": parsed(arguments)}


def response_part(call_id: Any, response: Any) -> dict[str, Json]:
    """A tool's answer."""
    return {"type": "tool_call_response", "id": call_id, "response": parsed(response)}


def system_text(value: Any) -> str | None:
    """A system prompt given as text or as parts."""
    value = parsed(value)
    if isinstance(value, str):
        return value or None
    if isinstance(value, list):
        texts = [part(p).get("content") for p in value]
        joined = "\n".join(t for t in texts if isinstance(t, str))
        return joined or None
    return None


def readable_input(given: Iterable[Message]) -> Json:
    """What a model call was asked, for a person: the last message that is not the model's own."""
    asked = [m for m in given if m.role not in ("assistant", "system")]
    if not asked:
        return None
    return _readable(asked[-1])


def readable_output(said: Iterable[Message]) -> Json:
    """What a model call answered: JSON where the text is JSON, else text, else its tool calls."""
    for item in said:
        found = _readable(item)
        if found not in (None, "", []):
            return found
    return None


def _readable(item: Message) -> Json:
    if item.text:
        return parsed(item.text)
    calls = [
        {"name": p.get("name"), "arguments": p.get("arguments")}
        for p in item.parts
        if p.get("type") == "tool_call"
    ]
    if calls:
        return calls
    responses = [p.get("response") for p in item.parts if p.get("type") == "tool_call_response"]
    if responses:
        return responses[0] if len(responses) == 1 else responses
    return None
