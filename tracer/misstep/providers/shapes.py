"""What every wire format is turned into."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from misstep.model import Json

Messages = list[dict[str, Any]]


@dataclass(slots=True)
class Asked:
    """A request: messages have OpenTelemetry GenAI shape; parameters are named as there."""

    operation: str
    provider: str
    model: str | None = None
    messages: Messages = field(default_factory=list)
    system: list[dict[str, Any]] = field(default_factory=list)
    tools: list[dict[str, Any]] = field(default_factory=list)
    parameters: dict[str, Any] = field(default_factory=dict)
    stream: bool = False
    output_type: str | None = None


@dataclass(slots=True)
class Answered:
    """A response. ``input_tokens`` include cached ones, ``output_tokens`` reasoning ones."""

    model: str | None = None
    response_id: str | None = None
    messages: Messages = field(default_factory=list)
    finish_reasons: list[str] = field(default_factory=list)
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None
    dimensions: int | None = None
    error: tuple[str, str] | None = None
    complete: bool = True


class Format(Protocol):
    """One wire format."""

    name: str

    def matches(self, host: str, path: str, body: dict[str, Any]) -> bool:
        """Whether a POST with this JSON body speaks this format."""
        ...

    def asked(self, host: str, path: str, body: dict[str, Any]) -> Asked:
        """The request."""
        ...

    def answered(self, body: dict[str, Any]) -> Answered:
        """A whole response."""
        ...

    def assembled(self, events: Sequence[Json]) -> Answered:
        """A streamed response from the JSON events that came so far."""
        ...

    def said(self, body: Json, text: str) -> Json:
        """A response body like ``body`` that says ``text`` instead."""
        ...


def text_part(text: str) -> dict[str, Any]:
    """A text part."""
    return {"type": "text", "content": text}


def tool_call_part(call_id: str | None, name: str | None, arguments: Json) -> dict[str, Any]:
    """A tool call part; arguments given as JSON text become an object."""
    return {"type": "tool_call", "id": call_id, "name": name, "arguments": parsed(arguments)}


def parsed(value: Json) -> Json:
    """JSON text as what it says; anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def integer(value: Any) -> int | None:
    """An integer, or None for anything that is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def member(value: Any, *keys: str | int) -> Any:
    """``value[k1][k2]…`` or None where the path breaks."""
    for key in keys:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def pick(body: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """Parameters present in a body, under their GenAI names."""
    return {to: body[name] for name, to in names.items() if body.get(name) is not None}


def by_host(host: str, default: str) -> str:
    """The provider a well-known host belongs to; ``default`` for local and proxy hosts."""
    for ending, name in _HOSTS.items():
        if host == ending or host.endswith("." + ending):
            return name
    return default


_HOSTS = {
    "api.openai.com": "openai",
    "openai.azure.com": "azure.ai.openai",
    "api.anthropic.com": "anthropic",
    "generativelanguage.googleapis.com": "gcp.gemini",
    "aiplatform.googleapis.com": "gcp.vertex_ai",
    "api.mistral.ai": "mistral_ai",
    "api.groq.com": "groq",
    "api.cohere.com": "cohere",
    "api.cohere.ai": "cohere",
    "api.together.xyz": "together",
    "api.together.ai": "together",
    "api.deepseek.com": "deepseek",
    "api.perplexity.ai": "perplexity",
    "api.x.ai": "x_ai",
    "openrouter.ai": "openrouter",
    "api.fireworks.ai": "fireworks",
    "ollama.com": "ollama",
}
