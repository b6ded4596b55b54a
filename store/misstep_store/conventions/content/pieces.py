"""Arguments of tool calls in the pieces in which Anthropic streams them: LangChain for Node leaves them
among the blocks of its message."""

from __future__ import annotations

from typing import Any

_PIECE = "input_json_delta"


def joined(content: list[Any]) -> list[Any]:
    """The blocks, those of calls with the arguments that stood in pieces beside them."""
    given: dict[str, list[str]] = {}
    for block in content:
        if isinstance(block, dict) and block.get("type") == _PIECE:
            told = block.get("input", block.get("partial_json"))
            given.setdefault(str(block.get("index")), []).append(told if type(told) is str else "")
    if not given:
        return content
    made = []
    for block in content:
        if not isinstance(block, dict):
            made.append(block)
        elif block.get("type") != _PIECE:
            told = given.get(str(block.get("index")))
            bare = block.get("type") == "tool_use" and not block.get("input")
            made.append({**block, "input": "".join(told)} if told and bare else block)
    return made
