"""Judgment: steps under ``judgment.``, calls with their whole request and answer as GenAI's text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import HopKind
from misstep_store.conventions.finishing import finish, payloads, provider
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import NO_USAGE, Convention, Draft, Logs, Usage
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.usage import merged, usage_of
from misstep_store.otlp.spans import Span

NAME = "judgment"
_J = "judgment."
KIND = _J + "span_kind"
_KINDS: dict[str, HopKind] = {
    "llm": "llm",
    "tool": "tool",
    "agent": "agent",
    "retriever": "retriever",
    "embedding": "embedding",
}
MODEL, PROVIDER, COST = _J + "llm.model", _J + "llm.provider", _J + "usage.total_cost_usd"
FRESH, SAID = _J + "usage.non_cached_input_tokens", _J + "usage.output_tokens"
CACHED, WRITTEN = _J + "usage.cache_read_input_tokens", _J + "usage.cache_creation_input_tokens"
USED = _J + "usage.metadata"
SESSIONS, USERS = (_J + "session_id",), (_J + "customer_user_id", _J + "customer_id")
_CALL = "_API_CALL"


def claims(span: Span) -> bool:
    """Anything with one of its span kinds."""
    return KIND in span.attributes


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    kind = kind_of(a)
    draft = Draft(span, NAME, kind)
    draft.session_id, draft.user_id = rd.text(a, *SESSIONS), rd.text(a, *USERS)
    if kind in ("llm", "embedding"):
        _call(draft, a)
    payloads(draft, a, (_J + "input",), (_J + "output",))
    otel_genai.fill(draft, a, logs)
    if draft.output is None:
        draft.has_output = False
    return finish(draft)


def kind_of(a: Mapping[str, Any]) -> HopKind:
    """The hop kind; functions and spans are steps."""
    return _KINDS.get(str(a.get(KIND)), "chain")


def provider_of(name: str, a: Mapping[str, Any]) -> str | None:
    """Who answered a call: ``OPENAI_API_CALL`` is OpenAI's."""
    routed = name.removesuffix(_CALL).lower() if name.endswith(_CALL) else None
    return provider(rd.text(a, PROVIDER) or routed)


def used_in(a: Mapping[str, Any]) -> Usage:
    """Tokens, by its own counts and by the provider's."""
    return merged(counted(a), usage_of(rd.parsed(a.get(USED))))


def _call(draft: Draft, a: Mapping[str, Any]) -> None:
    draft.provider = provider_of(draft.span.name, a)
    draft.usage = used_in(a)
    draft.cost_usd = rd.number(a, COST) or None
    asked, said = rd.parsed(a.get("gen_ai.prompt")), rd.parsed(a.get("gen_ai.completion"))
    bodies.request(draft, asked)
    bodies.response(draft, said)  # one that was cut too
    if isinstance(said, str) and not draft.messages_out:
        bodies.response(draft, {"role": "assistant", "content": said})
    draft.request_model, draft.response_model = models_of(
        rd.text(a, MODEL), draft.request_model, draft.response_model
    )


def models_of(
    told: str | None, asked: str | None, served: str | None
) -> tuple[str | None, str | None]:
    """Asked for and served: its own word is the one that served, where the request names another."""
    if asked is None:
        return told, served
    return asked, told if served is None and told != asked else served


def counted(a: Mapping[str, Any]) -> Usage:
    """Tokens: what was asked afresh, what came from the cache and what went there."""
    fresh, said = rd.integer(a, FRESH), rd.integer(a, SAID)
    cached, written = rd.integer(a, CACHED), rd.integer(a, WRITTEN)
    asked = fresh + cached + written
    return Usage(asked, said, cached, written) if asked or said else NO_USAGE


CONVENTION = Convention(NAME, read, scopes=("judgeval", "judgeval*"), marks=claims)
