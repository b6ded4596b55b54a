"""Words in place of what tools gave, in what calls were asked: Mastra says ``[tool-result: find]``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from misstep.model import Message
from misstep_store.conventions.content.messages import readable_input
from misstep_store.conventions.content.parts import response_part
from misstep_store.conventions.types import Draft

_ASKED, _GAVE = "[tool: ", "[tool-result: "
_NAME = re.compile(r"\[tool-result: ([^\]]{0,200})\]")


def stands_for_an_answer(message: Message) -> bool:
    """Whether an answer of an assistant is empty, or such words alone."""
    if message.role != "assistant":
        return False
    parts = message.parts
    said = parts[0].get("content") if len(parts) == 1 else None
    return not parts or (isinstance(said, str) and said.endswith("]") and _ASKED in said)


def stands_for_results(message: Message) -> bool:
    """Whether a message is nothing but such words."""
    return bool(_gave(message))


def fill(drafts: Mapping[str, Draft], parents: Mapping[str, str]) -> None:
    """Gives calls what the tools gave that the answers before those words asked for, by their ids;
    steps that were given the same as their calls stay so."""
    told = [
        d
        for d in drafts.values()
        if d.role == "call" and any(map(stands_for_results, d.messages_in))
    ]
    if not told:
        return
    tools = {d.tool_call_id: d for d in drafts.values() if d.kind == "tool" and d.tool_call_id}
    for call in told:
        before = call.input
        call.messages_in = list(_filled(call.messages_in, tools))
        call.input = readable_input(call.messages_in)
        step = drafts.get(parents.get(call.id, ""))
        if step is not None and step.role == "hop" and step.input == before:
            step.input = call.input


def _filled(asked: Sequence[Message], tools: Mapping[str, Draft]) -> Iterator[Message]:
    left: list[Mapping[str, Any]] = []
    for message in asked:
        if message.role == "assistant":
            left = [p for p in message.parts if p.get("type") == "tool_call"]
        words = _gave(message)
        found = _results(words, left, tools) if words else []
        if found:
            yield Message(role="tool", parts=found)
        else:
            yield message


def _results(
    words: str, left: list[Mapping[str, Any]], tools: Mapping[str, Draft]
) -> list[dict[str, Any]]:
    """Results of the tools named, each taken from those that are left; of one that is not known the
    words stay, and nothing is told where none is, or another tool is named."""
    found, known = [], False
    for name in _NAME.findall(words):
        call = next((c for c in left if c.get("name") == name), None)
        if call is None:
            return []
        left.remove(call)
        tool = tools.get(str(call.get("id")))
        known = known or (tool is not None and tool.has_output)
        said = tool.output if tool is not None and tool.has_output else f"{_GAVE}{name}]"
        found.append(response_part(call.get("id"), said))
    return found if known else []


def _gave(message: Message) -> str:
    """The words that stand for results in a message that is nothing else."""
    if message.role != "tool" or len(message.parts) != 1:
        return ""
    said = message.parts[0].get("response", message.parts[0].get("content"))
    return said if isinstance(said, str) and said.startswith(_GAVE) else ""
