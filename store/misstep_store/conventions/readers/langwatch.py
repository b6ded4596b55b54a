"""LangWatch: values with their types under ``langwatch.input`` and ``output``, models under GenAI."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from misstep.model import HopKind, Json, Score
from misstep_store.conventions import documents as docs
from misstep_store.conventions import messages as msg
from misstep_store.conventions import reading as rd
from misstep_store.conventions import shapes
from misstep_store.conventions.finishing import finish
from misstep_store.conventions.readers import openinference_libraries as libraries
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.usage import usage_of
from misstep_store.otlp.spans import Span, SpanEvent

NAME = "langwatch"
_L = "langwatch."
TYPE, INPUT, OUTPUT = _L + "span.type", _L + "input", _L + "output"
METRICS, THREAD, USER = _L + "metrics", _L + "thread.id", _L + "user.id"
PROMPTS, VERSION = (_L + "prompt.handle", _L + "prompt.id"), _L + "prompt.version.number"
_KINDS: dict[str, HopKind] = {
    "llm": "llm",
    "tool": "tool",
    "agent": "agent",
    "rag": "retriever",
    "guardrail": "guardrail",
    "evaluation": "evaluator",
}
SESSIONS, USERS = ("thread_id", "session_id"), ("user_id",)
EVALUATED = "langwatch.evaluation"
_CHAT = "chat_messages"


def claims(span: Span) -> bool:
    """Anything with one of its types of spans, or its typed values."""
    a = span.attributes
    return TYPE in a or INPUT in a or OUTPUT in a


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    kind = kind_of(a)
    draft = Draft(span, NAME, kind)
    _about(draft, a)
    _values(draft, a)
    if kind == "llm":
        given = rd.parsed(a.get(_L + "params"))
        draft.parameters = given if isinstance(given, dict) else {}
        counted = rd.parsed(a.get(METRICS))
        draft.usage = usage_of(counted)
        draft.cost_usd = cost_in(counted)
        draft.tools = docs.tools(draft.parameters.get("tools"))
    otel_genai.fill(draft, a, logs)
    told = libraries.routed(draft.request_model, draft.response_model)
    if told is not None and kind == "llm":
        draft.provider, draft.request_model, draft.response_model = told
    contexts = rd.parsed(a.get(_L + "rag_contexts", a.get(_L + "contexts")))
    if isinstance(contexts, list):
        draft.documents = docs.references(contexts)
    draft.scores = scores(span.events, span.span_id)
    # What an evaluator gave stands as an event at the span that it judges.
    return finish(draft, scores=False)


def kind_of(a: Mapping[str, Any]) -> HopKind:
    """The hop kind of a type of span; all other types are steps."""
    told = a.get(TYPE)
    return _KINDS.get(str(told), "chain") if told is not None else otel_genai.kind_of(a)


def cost_in(counted: Json) -> float | None:
    """What a call cost, in its metrics."""
    return rd.number(counted, "cost") or None if isinstance(counted, dict) else None


def _values(draft: Draft, a: Mapping[str, Any]) -> None:
    given = typed(a.get(INPUT))
    if given is not None:
        if draft.kind == "llm":
            draft.messages_in = msg.messages(given[1])
        else:
            draft.input = given[1]
    made = typed(a.get(OUTPUT))
    if made is not None and made[1] is not None:
        if draft.kind == "llm":
            _answer(draft, *made)
        else:
            draft.output, draft.has_output = made[1], True


def _answer(draft: Draft, told: str, said: Json) -> None:
    if told == _CHAT or isinstance(said, str):
        draft.messages_out = msg.messages(said, "assistant")
    else:
        draft.output, draft.has_output = said, True


def typed(value: Any) -> tuple[str, Json] | None:
    """Type and value of ``{"type": "json", "value": …}``; None where nothing is told."""
    if value is None:
        return None
    found = rd.parsed(value)
    if isinstance(found, dict) and "type" in found and "value" in found:
        return str(found["type"]), found["value"]
    return "", found


def _about(draft: Draft, a: Mapping[str, Any]) -> None:
    told = about_in(a.get("metadata"))
    draft.session_id = rd.text(a, THREAD) or rd.word(told, *SESSIONS)
    draft.user_id = rd.text(a, USER) or rd.word(told, *USERS)
    draft.prompt_name = rd.text(a, *PROMPTS)
    draft.prompt_version = rd.word(a, VERSION)
    if isinstance(told.get("labels"), list):
        draft.tags = rd.tags(told["labels"])


def about_in(metadata: Any) -> dict[str, Any]:
    """What is said of a whole trace."""
    told = rd.parsed(metadata)
    return told if isinstance(told, dict) else {}


def scores(happened: Iterable[SpanEvent], span_id: str) -> list[Score]:
    """The scores that the events of a span tell."""
    return [s for e in happened if (s := _score(e.name, e.attributes, span_id)) is not None]


def _score(name: str, e: Mapping[str, Any], span_id: str) -> Score | None:
    told = rd.parsed(e.get("json_encoded_event")) if name.startswith(EVALUATED) else None
    if not isinstance(told, dict):
        return None
    return shapes.score(
        rd.text(told, "name"),
        value=rd.number(told, "score"),
        label=rd.text(told, "label"),
        explanation=rd.text(told, "details"),
        hop_id=span_id,
        by=NAME,
    )


CONVENTION = Convention(NAME, read, scopes=("langwatch", "langwatch*"), marks=claims)
