"""TruLens: functions of an app under ``ai.observability.``, and metrics that score them afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import HopKind, Score
from misstep_store.conventions.finishing import finish
from misstep_store.conventions.types import NO_USAGE, Convention, Draft, Logs, Usage
from misstep_store.conventions.values import judged
from misstep_store.conventions.values import reading as rd
from misstep_store.otlp.spans import Span

NAME = "trulens"
_O = "ai.observability."
TYPE = _O + "span_type"
_COST, _CALL, _EVAL = _O + "cost.", _O + "call.", _O + "eval."
_WITH = _CALL + "kwargs."
MODEL, METRIC = _COST + "model", _EVAL + "metric_name"
APP, VERSION = _O + "app_name", _O + "app_version"
_MOST = 1_000
_KINDS: dict[str, HopKind] = {
    "agent": "agent",
    "eval": "evaluator",
    "generation": "llm",
    "reranking": "reranker",
    "retrieval": "retriever",
    "tool": "tool",
}
_GIVEN = (_O + "record_root.input", _O + "retrieval.query_text")
_GAVE = (_O + "record_root.output", _CALL + "return")


def claims(span: Span) -> bool:
    """Anything with one of its span types."""
    return TYPE in span.attributes


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = span.attributes
    draft = Draft(span, NAME, kind_of(a))
    draft.version = rd.text(a, VERSION)
    metric = rd.text(a, METRIC)
    if metric is None:
        draft.pipeline = rd.text(a, APP)
    if draft.kind in ("llm", "agent"):
        draft.usage, draft.cost_usd = used_in(a), cost_in(a)
        draft.response_model = rd.text(a, MODEL)
    given = {k.removeprefix(_WITH): v for k, v in a.items() if k.startswith(_WITH)}
    draft.input = rd.text(a, *_GIVEN) or rd.arguments(given) or None
    gave = next((a[k] for k in _GAVE if k in a), None)
    if gave is not None:
        draft.output, draft.has_output = rd.decoded(gave), True
    found = a.get(_O + "retrieval.retrieved_contexts")
    if isinstance(found, list):
        draft.documents = [{"content": text} for text in found[:_MOST] if isinstance(text, str)]
    draft.name = metric or span.name
    if draft.kind == "evaluator":
        draft.scores = scores(a, draft.name, span.span_id)
    return finish(draft, scores=False)


def kind_of(a: Mapping[str, Any]) -> HopKind:
    """The hop kind: what it is said to be; a function that counts tokens called a model itself."""
    told = str(a.get(TYPE, "")).lower()
    if told == "record_root":
        return "agent" if MODEL in a else "chain"
    counts = MODEL in a and not told.startswith("eval")
    return _KINDS.get(told, "llm" if counts else "chain")


def scores(a: Mapping[str, Any], name: str, hop_id: str) -> list[Score]:
    """What a metric found, or what a function that is one gave."""
    told = {"score": a.get(_EVAL + "score"), "reason": a.get(_EVAL + "explanation")}
    score = judged.result(told, name, hop_id)
    if score is not None:
        return [score]
    return judged.gave(next((rd.decoded(a[k]) for k in _GAVE if k in a), None), name, hop_id)


def used_in(a: Mapping[str, Any]) -> Usage:
    """Tokens of the calls that the function made itself."""
    slots = ("num_prompt_tokens", "num_completion_tokens", "num_reasoning_tokens")
    asked, said, thought = (rd.integer(a, _COST + slot) for slot in slots)
    return Usage(asked, said, reasoning_tokens=thought) if asked or said else NO_USAGE


def cost_in(a: Mapping[str, Any]) -> float | None:
    """What they cost, where that is told in dollars."""
    return rd.number(a, _COST + "cost") or None if a.get(_COST + "cost_currency") == "USD" else None


CONVENTION = Convention(NAME, read, scopes=("trulens", "trulens.*"), marks=claims)
