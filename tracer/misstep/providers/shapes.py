"""What every wire format is turned into, and what each one has to answer."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from misstep.model import Json

Messages = list[dict[str, Any]]
Body = dict[str, Any]


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
    """A response. ``input_tokens`` include cached ones, ``output_tokens`` reasoning ones.

    ``complete`` is False for a stream whose end never came; ``error`` is (type, message) of a
    failure that the body tells although the status was 200."""

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


class Format:
    """One wire format: where it is spoken, what a request asks, what a response says.

    A new one sets ``name`` and ``endings`` and answers the methods that raise here; the others have
    a sensible default. Bodies are hostile: every method may be given any JSON object."""

    name = ""
    endings: tuple[str, ...] = ()
    last_line = b"data: [DONE]"
    """The line of a stream after which nothing of the answer comes: a reader may stop here, and
    neither close nor forget the response."""

    def at(self, path: str) -> bool:
        """Whether this format may be spoken at a path; cheap, asked before a body is parsed."""
        return path.rstrip("/").endswith(self.endings)

    def fits(self, path: str, body: Body) -> bool:
        """Whether a JSON body sent to such a path is a request in this format."""
        raise NotImplementedError

    def asked(self, host: str, path: str, body: Body) -> Asked:
        """The request."""
        raise NotImplementedError

    def answered(self, body: Body) -> Answered:
        """A whole response."""
        raise NotImplementedError

    def assembled(self, events: Sequence[Json]) -> Answered:
        """A streamed response from the JSON events that came so far."""
        return Answered(complete=False)

    def speaks(self, event: Json) -> bool:
        """Whether a stream's event carries the first of the answer (for time to first token)."""
        return True

    def said(self, body: Json, text: str) -> Json:
        """A response body like ``body`` that says ``text`` instead."""
        return body

    def said_stream(self, events: Sequence[Json], text: str) -> list[Json]:
        """The events of a stream like ``events`` that says ``text`` instead."""
        raise ValueError(f"{self.name} does not stream")

    def changed(
        self, path: str, body: Body, *, model: str | None, prompt: str | None
    ) -> tuple[str, Body]:
        """Path and body of the same request with another model or system prompt."""
        body = dict(body)
        if model is not None:
            body["model"] = model
        if prompt is not None:
            given = body.get("messages")
            others = [m for m in objects(given) if m.get("role") not in ("system", "developer")]
            body["messages"] = [{"role": "system", "content": prompt}, *others]
        return path, body


def text_part(text: str) -> dict[str, Any]:
    """A text part."""
    return {"type": "text", "content": text}


def tool_call_part(call_id: Any, name: Any, arguments: Json) -> dict[str, Any]:
    """A tool call part; arguments given as JSON text become an object."""
    return {"type": "tool_call", "id": call_id, "name": name, "arguments": parsed(arguments)}


def media_part(kind: str, data: Any, mime_type: Any) -> dict[str, Any]:
    """An image, sound or file by its type, size and hash: base64 is megabytes and says nothing."""
    from misstep.payload import sha256

    text = str(data or "")
    uri = f"data:{mime_type or ''};… {len(text)} chars {sha256(text)}"
    return {"type": "uri", "modality": kind, "uri": uri}


def uri_part(kind: str, url: str) -> dict[str, Any]:
    """Something referred to by an address; a long data address by its hash."""
    if url.startswith("data:") and len(url) > 200:
        head, _, data = url.partition(",")
        return media_part(kind, data, head.removeprefix("data:").partition(";")[0])
    return {"type": "uri", "modality": kind, "uri": url}


def parsed(value: Json) -> Json:
    """JSON text as what it says; anything else as it is."""
    import json

    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def integer(value: Any) -> int | None:
    """An integer (also one written as 12.0), or None for anything that is none."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def total(*values: int | None) -> int | None:
    """The sum of what is known; None when nothing is."""
    known = [v for v in values if v is not None]
    return sum(known) if known else None


def member(value: Any, *keys: str | int) -> Any:
    """``value[k1][k2]…`` or None where the path breaks."""
    for key in keys:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; empty for anything that is no list."""
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def text_of(value: Any) -> str:
    """A string as it is, anything else as nothing."""
    return value if isinstance(value, str) else ""


def pick(body: Any, names: dict[str, str]) -> dict[str, Any]:
    """Parameters present in a body, under their GenAI names."""
    if not isinstance(body, dict):
        return {}
    return {to: body[name] for name, to in names.items() if body.get(name) is not None}


def copied(body: Json) -> Any:
    """A deep copy that may be changed."""
    return copy.deepcopy(body)


def said_parts(message: dict[str, Any], reason: Any) -> dict[str, Any]:
    """A message of the answer with why it ended."""
    return message | ({"finish_reason": reason} if isinstance(reason, str) and reason else {})


def stream_error(events: Iterable[Json]) -> tuple[str, str] | None:
    """The failure a stream tells in one of its events: ``{"error": {…}}`` or ``{"error": text}``."""
    for event in events:
        error = member(event, "error")
        if isinstance(error, dict):
            kind = error.get("type") or error.get("status") or error.get("code") or "error"
            return str(kind), str(error.get("message") or "")
        if isinstance(error, str) and error:
            return "error", error
    return None


def by_host(host: str, default: str) -> str:
    """The provider a well-known host belongs to; ``default`` for local and proxy hosts."""
    for ending, name in _HOSTS.items():
        if host == ending or host.endswith(("." + ending, "-" + ending)):
            return name
    return default


def is_provider(host: str) -> bool:
    """Whether a host is a well-known model provider's."""
    return by_host(host, "") != ""


def by_agent(user_agent: str) -> str | None:
    """The provider whose SDK names itself in a User-Agent; for requests to a proxy."""
    told = user_agent.lower()
    return next((name for mark, name in _AGENTS.items() if mark in told), None)


_AGENTS = {
    "groq/": "groq",
    "mistral": "mistral_ai",
    "together": "together",
}
_HOSTS = {
    "api.openai.com": "openai",
    "openai.azure.com": "azure.ai.openai",
    "cognitiveservices.azure.com": "azure.ai.openai",
    "services.ai.azure.com": "azure.ai.inference",
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
    "api.cerebras.ai": "cerebras",
    "router.huggingface.co": "huggingface",
    "ollama.com": "ollama",
}
