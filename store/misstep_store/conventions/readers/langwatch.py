"""LangWatch: values with their types under ``langwatch.input`` and ``output``, models under GenAI."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

from misstep.model import HopKind, Json, Score
from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.content import langchain
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.content.parts import Part, reasoning_part
from misstep_store.conventions.finishing import finish, routed
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values import shapes
from misstep_store.conventions.values.usage import usage_of
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
_RUN = _L + "langchain.run.metadata."
RUN_SESSIONS = tuple(_RUN + k for k in ("threadId", "thread_id", "sessionId", "session_id"))
RUN_USERS = tuple(_RUN + k for k in ("userId", "user_id"))
"""Where its callbacks of LangChain for Node put the metadata of a run."""
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
        counted = counted_in(a)
        draft.usage = usage_of(counted)
        draft.cost_usd = cost_in(counted)
        draft.tools = docs.tools(draft.parameters.get("tools"))
    otel_genai.fill(draft, a, logs)
    told = routed(draft.request_model, draft.response_model)
    if told is not None and kind == "llm":
        draft.provider, draft.request_model, draft.response_model = told
    contexts = typed(a.get(_L + "rag_contexts", a.get(_L + "contexts")))
    if contexts is not None and isinstance(contexts[1], list):
        draft.documents = docs.references(contexts[1])
    draft.scores = scores(span.events, span.span_id)
    # What an evaluator gave stands as an event at the span that it judges.
    return finish(draft, scores=False)


def kind_of(a: Mapping[str, Any]) -> HopKind:
    """The hop kind of a type of span; all other types are steps."""
    told = a.get(TYPE)
    return _KINDS.get(str(told), "chain") if told is not None else otel_genai.kind_of(a)


def counted_in(a: Mapping[str, Any]) -> Json:
    """What a call used, with its type or without."""
    told = typed(a.get(METRICS))
    return None if told is None else told[1]


def cost_in(counted: Json) -> float | None:
    """What a call cost, in its metrics."""
    return rd.number(counted, "cost") or None if isinstance(counted, dict) else None


def _values(draft: Draft, a: Mapping[str, Any]) -> None:
    given = typed(a.get(INPUT))
    if given is not None:
        if draft.kind == "llm":
            draft.messages_in = msg.messages(given[1])
        else:
            draft.input = _readable(draft, given[1])
    made = typed(a.get(OUTPUT))
    if made is not None and made[1] is not None:
        if draft.kind == "llm":
            _answer(draft, *made)
        else:
            draft.output, draft.has_output = _readable(draft, made[1]), True


def _readable(draft: Draft, value: Json) -> Json:
    """What a step was given or made, whose text may be an object of LangChain's, or one of a tool's."""
    value = _plain(value)
    if isinstance(value, str) and (draft.kind in _OPENED or value.startswith(_DUMPED)):
        opened = rd.decoded(value)
        value = opened if isinstance(opened, dict | list) else value
    return langchain.readable(value)


_OPENED = ("tool", "retriever")
_DUMPED = ('{"lc":', '[{"lc":')


def _answer(draft: Draft, told: str, said: Json) -> None:
    deep = 0
    while isinstance(said, list) and len(said) == 1 and _is_typed(said[0]) and deep < _MOST_DEEP:
        (inner,) = said
        told, said, deep = inner["type"], inner["value"], deep + 1
    if isinstance(said, dict) and "role" in said and "content" in said:
        told, said = _CHAT, [said]
    if told == _CHAT or isinstance(said, str):
        draft.messages_out = msg.messages(said, "assistant")
        for message in draft.messages_out:
            message.parts = list(map(_part, message.parts))
    else:
        draft.output, draft.has_output = _plain(said), True


def _part(part: Part) -> Part:
    """What a model thought, which callbacks of LangChain for Node write as JSON among its words."""
    text = part.get("content")
    if part.get("type") != "text" or not isinstance(text, str) or not text.startswith(_THOUGHT):
        return part
    told = rd.parsed(text)
    thought = told.get("reasoning") if isinstance(told, dict) else None
    return reasoning_part(thought) if isinstance(thought, str) else part


_THOUGHT = '{"type":"reasoning","reasoning":'


def _plain(value: Json, deep: int = 0) -> Json:
    """A value without the types of what is in it."""
    if deep < _MOST_DEEP:
        if _is_typed(value):
            return _plain(value["value"], deep + 1)
        if isinstance(value, list) and value and all(map(_is_typed, value)):
            return [_plain(v, deep + 1) for v in value]
    return value


def _is_typed(value: Json) -> TypeGuard[dict[str, Json]]:
    return isinstance(value, dict) and value.keys() == {"type", "value"}


_MOST_DEEP = 8


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
    draft.session_id = rd.text(a, THREAD) or rd.word(told, *SESSIONS) or rd.word(a, *RUN_SESSIONS)
    draft.user_id = rd.text(a, USER) or rd.word(told, *USERS) or rd.word(a, *RUN_USERS)
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
