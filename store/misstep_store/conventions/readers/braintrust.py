"""Braintrust: input, output, metadata and metrics of a span as JSON under ``braintrust.``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from misstep.model import HopKind, Json, Score
from misstep_store.conventions.finishing import finish, payloads, provider
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import NO_USAGE, Convention, Draft, Logs, Usage
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values import shapes
from misstep_store.otlp.spans import Span

NAME = "braintrust"
_B = "braintrust."
ABOUT, METADATA, METRICS = _B + "span_attributes", _B + "metadata", _B + "metrics"
INPUTS, OUTPUTS = (_B + "input_json", _B + "input"), (_B + "output_json", _B + "output")
TAGS, SCORES = _B + "tags", _B + "scores"
_KINDS: dict[str, HopKind] = {
    "llm": "llm",
    "tool": "tool",
    "score": "evaluator",
    "classifier": "evaluator",
    "agent": "agent",
}
COSTS = ("estimated_cost", "cost")
SESSIONS, USERS = ("session_id", "conversation_id", "thread_id"), ("user_id",)
_NOT_PARAMETERS = frozenset({"model", "provider", "tools", *SESSIONS, *USERS})


def claims(span: Span) -> bool:
    """Anything with Braintrust's payloads or its own word of what a span is."""
    a = span.attributes
    return ABOUT in a or any(key in a for key in (*INPUTS, *OUTPUTS))


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    kind = kind_of(a)
    draft = Draft(span, NAME, kind, name_of(span.name, a))
    about = fields(a, METADATA)
    draft.session_id, draft.user_id = rd.word(about, *SESSIONS), rd.word(about, *USERS)
    if kind == "llm":
        _call(draft, a, about)
    else:
        payloads(draft, a, INPUTS, OUTPUTS)
    if TAGS in a:
        draft.tags = rd.tags(a[TAGS])
    if SCORES in a:
        draft.scores = scores(a, span.span_id)
    otel_genai.fill(draft, a, logs)
    return finish(draft)


def kind_of(a: Mapping[str, Any]) -> HopKind:
    """The hop kind of a type of span; one that counts tokens is a call, whatever else is missing."""
    named = fields(a, ABOUT).get("type")
    if isinstance(named, str):
        return _KINDS.get(named, "chain")
    found = otel_genai.kind_of(a)
    return "llm" if found == "chain" and "prompt_tokens" in fields(a, METRICS) else found


def name_of(name: str, a: Mapping[str, Any]) -> str:
    """A span by the name that Braintrust shows."""
    return rd.text(fields(a, ABOUT), "name") or name


def fields(a: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """An object in JSON under a key, or field by field behind it (``braintrust.metadata.model``)."""
    found = whole(a.get(key))
    before = key + "."
    told = {k[len(before) :]: rd.plain(v) for k, v in a.items() if k.startswith(before)}
    return {**found, **told} if told else found


def whole(value: Any) -> Mapping[str, Any]:
    """An object in JSON; it is not to be changed, spans that say the same share it."""
    if type(value) is str and len(value) <= _MAX_CACHED:
        return _parsed_before(value)
    return _object(value)


def _object(value: Any) -> Mapping[str, Any]:
    found = rd.parsed(value)
    return found if isinstance(found, dict) else {}


_MAX_CACHED = 2_000
_parsed_before = lru_cache(maxsize=2048)(_object)


def _call(draft: Draft, a: Mapping[str, Any], about: Mapping[str, Any]) -> None:
    draft.provider = provider(rd.text(about, "provider"))
    draft.request_model = rd.text(about, "model")
    draft.parameters = {k: v for k, v in about.items() if k not in _NOT_PARAMETERS}
    given = next((rd.parsed(a[k]) for k in INPUTS if k in a), None)
    bodies.request(draft, {"messages": given} if isinstance(given, str) else given)
    bodies.request(draft, {"tools": about["tools"]} if about.get("tools") else None)
    counted = fields(a, METRICS)
    draft.usage = used_in(counted)
    bodies.response(draft, answer_of(next((a[k] for k in OUTPUTS if k in a), None)))
    waited = rd.number(counted, "time_to_first_token")
    draft.time_to_first_token_ms = None if waited is None else waited * 1000
    draft.cost_usd = rd.number(counted, *COSTS) or None


def used_in(counted: Mapping[str, Any]) -> Usage:
    """Tokens in the metrics of a span: of input all, those from the cache included."""
    asked = rd.integer(counted, "prompt_tokens")
    said = rd.integer(counted, "completion_tokens")
    if not asked and not said:
        return NO_USAGE
    return Usage(
        asked,
        said,
        rd.integer(counted, "prompt_cached_tokens"),
        rd.integer(counted, "prompt_cache_creation_tokens"),
        rd.integer(counted, "completion_reasoning_tokens"),
    )


_ITEMS = frozenset({"message", "function_call", "reasoning"})


def answer_of(made: Any) -> Json:
    """An answer whose text or output items stand alone, as the body they came from."""
    made = rd.parsed(made)
    if isinstance(made, str):
        return {"role": "assistant", "content": made}
    if isinstance(made, list) and any(
        isinstance(i, dict) and i.get("type") in _ITEMS for i in made
    ):
        return {"output": made}
    return made


def scores(a: Mapping[str, Any], span_id: str) -> list[Score]:
    """The scores that a span gives, by name."""
    return [s for name, value in fields(a, SCORES).items() if (s := _score(name, value, span_id))]


def _score(name: str, value: Json, span_id: str) -> Score | None:
    told = rd.number({"score": value}, "score")
    return shapes.score(name, value=told, hop_id=span_id, by=NAME) if told is not None else None


CONVENTION = Convention(NAME, read, scopes=("braintrust*", "com.braintrust*"), marks=claims)
