"""Mastra as its exporter to Laminar tells of it: what a span is stands in its name alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SCOPE = "@mastra/laminar"
_TYPES = {
    "agent run": "agent_run",
    "llm": "model_generation",
    "step": "model_step",
    "inference": "model_inference",
    "chunk": "model_chunk",
    "tool": "tool_call",
    "mcp_tool": "mcp_tool_call",
    "workflow run": "workflow_run",
    "workflow step": "workflow_step",
}
_NAMED = ("agent_run", "tool_call", "mcp_tool_call", "workflow_run", "workflow_step")
_KEYS = {
    "lmnr.span.": "mastra.{}.",
    "lmnr.association.properties.metadata.": "mastra.metadata.",
    "lmnr.association.properties.tags": "mastra.tags",
    "lmnr.association.properties.session_id": "mastra.metadata.sessionId",
    "lmnr.association.properties.user_id": "mastra.metadata.userId",
}


def type_of(name: str) -> str:
    """Mastra's type of a span of this name; empty where it says none."""
    return _TYPES.get(name.partition(": ")[0], "")


def named(name: str, kind: str) -> str:
    """What a span of this name and type is called."""
    rest = name.partition(": ")[2]
    return rest.strip("'\"") if kind in _NAMED and rest else name


def as_told(name: str, a: Mapping[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """Type, name and attributes of a span as Mastra's other exporters write them."""
    kind = type_of(name)
    called = named(name, kind)
    made: dict[str, Any] = {"mastra.span.type": kind}
    for key, value in a.items():
        before = next((k for k in _KEYS if key.startswith(k)), None)
        if before is not None:
            key = _KEYS[before].format(kind) + key[len(before) :]
        made[key] = value
    return kind, called, made
