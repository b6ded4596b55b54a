"""Neatlogs: everything of a call, a tool or a step under ``neatlogs.``, flattened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import HopKind, Message
from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.content import flattened
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.finishing import finish, payloads, provider
from misstep_store.conventions.types import NO_USAGE, Convention, Draft, Logs, Usage
from misstep_store.conventions.values import reading as rd
from misstep_store.otlp.spans import Span

NAME = "neatlogs"
_N, _L = "neatlogs.", "neatlogs.llm."
KIND = _N + "span.kind"
SESSIONS = (_N + "session.id", _N + "session_id", "session.id")
USERS = (_N + "end_user.id", _N + "end_user_id", _N + "user_id", "user.id")
PROVIDERS = (_L + "provider", _L + "system")
MODELS = (_L + "request_model", _L + "model_name", _N + "embedding.model_name")
RESPONSE, ENDED, WAITED = _L + "response_id", _L + "finish_reason", _L + "metrics.ttft_ms"
SAID = _L + "output_messages."
COUNTED = {
    "input_tokens": _L + "token_count.prompt",
    "output_tokens": _L + "token_count.completion",
    "cached_tokens": _L + "token_count.cache_read",
    "reasoning_tokens": _L + "token_count.reasoning",
}
_KINDS: dict[str, HopKind] = {
    "llm": "llm",
    "tool": "tool",
    "mcp_tool": "tool",
    "agent": "agent",
    "retriever": "retriever",
    "embedding": "embedding",
    "reranker": "reranker",
    "guardrail": "guardrail",
    "evaluator": "evaluator",
}
END = "neatlogs.trace.complete"
"""A span that only says that its trace is at its end."""
_PARAMETERS = ("temperature", "max_tokens", "top_p", "seed", "stop", "tool_choice")


def claims(span: Span) -> bool:
    """Anything with one of its span kinds."""
    return KIND in span.attributes


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = span.attributes
    kind = kind_of(a)
    draft = Draft(span, NAME, kind)
    draft.session_id, draft.user_id = rd.text(a, *SESSIONS), rd.text(a, *USERS)
    if span.name == END:
        draft.echo = "part"
    if kind in ("llm", "embedding"):
        _call(draft, a)
    told = str(a.get(KIND)).lower()
    given = (f"{_N}{told}.input", f"{_N}{told}.parameters", "input.value")
    payloads(draft, a, given, (f"{_N}{told}.output", "output.value"))
    return finish(draft)


def kind_of(a: Mapping[str, Any]) -> HopKind:
    """The hop kind; workflows, chains and tasks are steps."""
    return _KINDS.get(str(a.get(KIND)).lower(), "chain")


def _call(draft: Draft, a: Mapping[str, Any]) -> None:
    draft.provider = provider(rd.text(a, *PROVIDERS))
    draft.request_model = rd.text(a, *MODELS)
    draft.response_id = rd.text(a, RESPONSE)
    draft.finish_reason = rd.text(a, ENDED)
    draft.time_to_first_token_ms = rd.number(a, WAITED)
    used = Usage(**{name: rd.integer(a, key) for name, key in COUNTED.items()})
    draft.usage = used if any(used) else NO_USAGE
    draft.parameters = {k: rd.plain(a[_L + k]) for k in _PARAMETERS if _L + k in a}
    found = [rd.parsed(t.get("definition")) for t in rd.indexed(a, _L + "tools")]
    draft.tools = docs.tools([t for t in found if isinstance(t, dict)])
    draft.messages_in = _messages(a, "input_messages", "user")
    calls = rd.indexed(a, _L + "tool_calls")
    draft.messages_out = _messages(a, "output_messages", "assistant")
    if calls:
        told = msg.message({"role": "assistant", "tool_calls": calls})
        draft.messages_out = msg.with_calls(draft.messages_out, [told] if told else [])
    if draft.kind == "embedding":
        draft.input = rd.decoded(a.get(_N + "embedding.input", a.get(_N + "embedding.text")))


def _messages(a: Mapping[str, Any], side: str, role: str) -> list[Message]:
    """Flattened messages; what was asked may be a text as its JSON."""
    found = flattened.messages(a, _L + side, role)
    for part in (p for m in found for p in m.parts if p.get("type") == "text"):
        content = part.get("content")
        if isinstance(content, str) and content[:1] == '"' and isinstance(rd.parsed(content), str):
            part["content"] = rd.parsed(content)
    return found


CONVENTION = Convention(NAME, read, scopes=("neatlogs.*", "neatlogs"), marks=claims)
