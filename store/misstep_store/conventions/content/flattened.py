"""Messages and tools as flattened lists: ``gen_ai.prompt.0.role``, ``gen_ai.request.tools.0.name``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import Message
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.content.parts import call_part, reasoning_part
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values import shapes


def messages(a: Mapping[str, Any], prefix: str, role: str) -> list[Message]:
    """``gen_ai.prompt.0.role`` and so on."""
    start = prefix + "."
    pairs = [(k[len(start) :], v) for k, v in a.items() if k.startswith(start)]
    made: list[Message] = []
    thoughts: list[Any] = []
    for item in rd.items(pairs) if pairs else ():
        if item.get("role") == "thinking":  # of the message after it
            thoughts.append(item)
            continue
        spoke = item.get("role") or role
        if spoke == "unknown" and made and made[-1].role in ("assistant", "tool"):
            spoke = "tool"  # as OpenLLMetry of early 2025 called LangChain's
        if spoke == "assistant" and _called(made, item):
            continue
        raw: dict[str, Any] = {
            "role": spoke,
            # Text completions have the text under the role's name.
            "content": _said(item.get("content", item.get("user")), spoke),
            "finish_reason": item.get("finish_reason"),
            "tool_call_id": item.get("tool_call_id"),
            # Respan's are a list in JSON.
            "tool_calls": _nested(rd.indexed(item, "tool_calls")) or item.get("tool_calls"),
            "reasoning": item.get("reasoning"),
            "refusal": item.get("refusal"),
        }
        if "function_call.name" in item:
            raw["function_call"] = {
                "name": item["function_call.name"],
                "arguments": item.get("function_call.arguments"),
            }
        found = msg.message(raw, role)
        if found is not None:
            made.append(found)
    return _with_thoughts(made, thoughts) if thoughts else made


_CALL = {"name", "arguments"}


def _called(made: list[Message], item: Mapping[str, Any]) -> bool:
    """Whether an item is only one call of the answer before it, which gets it: Netra's are."""
    text = item.get("content")
    if not isinstance(text, str) or not text.startswith('{"name": "') or "finish_reason" in item:
        return False
    call = rd.parsed(text)
    if not isinstance(call, dict) or call.keys() != _CALL or type(call["arguments"]) is not str:
        return False
    if not made or made[-1].role != "assistant":
        made.append(shapes.message("assistant", []))
    told = call_part(rd.text(item, "tool_call_id"), call["name"], call["arguments"])
    made[-1].parts.append(told)
    return True


def _nested(calls: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Calls whose function is flattened too (``tool_calls.0.function.name``): Coralogix'."""
    return [
        {"id": c.get("id"), **function_of(c)} if _FUNCTION in c and "name" not in c else c
        for c in calls
    ]


_FUNCTION = "function.name"


def function_of(item: Mapping[str, Any]) -> dict[str, Any]:
    """What stands under ``function.`` of a flattened item."""
    return {k[9:]: v for k, v in item.items() if k.startswith("function.")}


def tools(a: Mapping[str, Any], prefix: str) -> list[dict[str, Any]]:
    """``gen_ai.request.tools.0.function.name`` and so on, as tools of a request."""
    found = rd.indexed(a, prefix)
    return [{"type": t.get("type"), "function": function_of(t)} for t in found if _FUNCTION in t]


def fields(a: Mapping[str, Any], prefix: str, *, opened: bool = True) -> dict[str, Any] | None:
    """What stands under a prefix, by the rest of each key; None where nothing does.

    Args:
        opened: whether JSON in a text is its value.
    """
    read = rd.decoded if opened else rd.plain
    return {k[len(prefix) :]: read(v) for k, v in a.items() if k.startswith(prefix)} or None


def _said(content: Any, role: str) -> Any:
    """An empty answer is an empty text in JSON for some, and none at all is ``null``."""
    return None if content == '""' or (content == "null" and role == "assistant") else content


def _with_thoughts(made: list[Message], thoughts: list[Any]) -> list[Message]:
    """What was thought, as the first parts of the first message; a message itself when alone."""
    told = [reasoning_part(t.get("content") or "") for t in thoughts]
    if not made:
        made = [shapes.message("assistant", [])]
    made[0].parts = [*told, *made[0].parts]
    for thought in thoughts:
        finish_reason = thought.get("finish_reason")
        if made[0].finish_reason is None and isinstance(finish_reason, str):
            made[0].finish_reason = finish_reason
    return made
