"""What a model says when the task is none of the bundled ones."""

from __future__ import annotations

import re
from typing import Any

from misstep_examples.provider.exchange import Answer, ToolCall
from misstep_examples.provider.skills.base import Moment

_PAIR = re.compile(r"(\w+)\s*[:=]\s*([^\s,;]+)")


def small_talk(moment: Moment) -> Answer:
    """A call of the offered tool that fits the words best, else a sentence about the request."""
    asked_by_user = moment.ask.turns[-1][0] == "user" if moment.ask.turns else False
    if moment.ask.tools and asked_by_user:
        name = max(moment.ask.tools, key=lambda tool: _overlap(tool, moment.text))
        return Answer(
            tool_calls=(ToolCall(name, _arguments(moment.ask.tools[name], moment.text)),),
            finish="tool_calls",
        )
    if moment.ask.json_wanted:
        return Answer('{"answer": "' + _gist(moment.text) + '"}')
    opening = moment.pick("opening", ("In short", "Briefly", "To sum up"))
    return Answer(f"{opening}: {_gist(moment.text)}.")


def _gist(text: str) -> str:
    first = re.split(r"(?<=[.!?])\s|\n", text.strip())[0]
    return re.sub(r'["\\\x00-\x1f]', " ", first).rstrip(".!? ")[:160]


def _overlap(tool: str, text: str) -> int:
    words = set(re.findall(r"[a-z]+", text.lower()))
    return len(words & set(re.findall(r"[a-z]+", tool.lower().replace("_", " "))))


def _arguments(schema: dict[str, Any], text: str) -> dict[str, Any]:
    """Arguments read from the text: ``name: value`` pairs first, then numbers, then the text."""
    told = dict(_PAIR.findall(text))
    numbers = re.findall(r"-?\d+(?:\.\d+)?", text)
    filled: dict[str, Any] = {}
    for name, form in (schema.get("properties") or {}).items():
        kind = form.get("type")
        if kind in ("integer", "number"):
            number = told.get(name) or (numbers.pop(0) if numbers else "0")
            filled[name] = int(float(number)) if kind == "integer" else float(number)
        elif kind == "boolean":
            filled[name] = str(told.get(name, "false")).lower() == "true"
        else:
            filled[name] = str(told.get(name) or (form.get("enum") or [_gist(text)])[0])
    return filled
