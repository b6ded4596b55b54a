"""Mastra as its exporter to Arize tells of it: OpenInference's keys, what else is known as one object,
and a kind that makes calls of steps and of pieces too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep_store.conventions.values import reading as rd

KIND = "openinference.span.kind"
_OF_CALLS = {
    "llm.provider": "gen_ai.provider.name",
    "llm.model_name": "gen_ai.response.model",
    "llm.token_count.prompt": "gen_ai.usage.input_tokens",
    "llm.token_count.completion": "gen_ai.usage.output_tokens",
    "llm.token_count.prompt_details.cache_read": "gen_ai.usage.cached_tokens",
    "llm.token_count.prompt_details.cache_write": "gen_ai.usage.cache_write_input_tokens",
    "llm.token_count.completion_details.reasoning": "gen_ai.usage.reasoning_tokens",
    "agent.name": "gen_ai.agent.name",
    "tool.name": "gen_ai.tool.name",
    "tool.description": "gen_ai.tool.description",
    "tool_call.id": "gen_ai.tool.call.id",
    "tag.tags": "mastra.tags",
    "session.id": "mastra.metadata.threadId",
    "user.id": "mastra.metadata.userId",
}
_SIDES = {"input.value": "input", "output.value": "output"}
_MESSAGES = {"input.value": "gen_ai.input.messages", "output.value": "gen_ai.output.messages"}


def as_told(told: str, a: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a span as Mastra's other exporters write them.

    Args:
        told: Mastra's type of the span.
    """
    known = rd.parsed(a.get("metadata"))
    made = {f"mastra.metadata.{k}": v for k, v in known.items()} if isinstance(known, dict) else {}
    sides = _MESSAGES if told == "model_generation" else {}
    for key, value in a.items():
        if key in _OF_CALLS:
            made[_OF_CALLS[key]] = value
        elif key in sides:
            made[sides[key]] = value
        elif key in _SIDES:
            made.setdefault(f"mastra.{told}.{_SIDES[key]}", value)
        elif key.startswith("mastra."):
            made[key] = value
    return made
