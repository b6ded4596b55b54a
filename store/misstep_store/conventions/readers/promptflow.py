"""promptflow: functions with what they were given and gave as JSON, calls with OpenAI's bodies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from misstep.model import HopKind
from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.finishing import finish, provider
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.types import Convention, Draft, Logs, Usage
from misstep_store.conventions.values import reading as rd
from misstep_store.otlp.spans import Span, SpanEvent

NAME = "promptflow"
TYPE, FUNCTION = "span_type", "function"
GIVEN, GAVE = "inputs", "output"
MODEL = "llm.response.model"
ASKED, SAID = ("llm.usage.prompt_tokens",), ("llm.usage.completion_tokens",)
SESSION = "session_id"
_MESSAGE = "llm.generated_message"
EVENTS = {
    "promptflow.function.inputs": GIVEN,
    "promptflow.function.output": GAVE,
    "promptflow.llm.generated_message": _MESSAGE,
}
_KINDS: dict[str, HopKind] = {"LLM": "llm", "Embedding": "embedding", "Retrieval": "retriever"}


def claims(span: Span) -> bool:
    """The framework by its name."""
    a = span.attributes
    return a.get("framework") == NAME and TYPE in a


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = payloads(span.attributes, span.events)
    kind = kind_of(a)
    draft = Draft(span, NAME, kind)
    draft.session_id = rd.word(a, SESSION)
    given, gave = rd.parsed(a.get(GIVEN)), a.get(GAVE)
    if kind in ("llm", "embedding"):
        draft.provider = provider_of(a)
        bodies.request(draft, given)
        draft.usage = Usage(rd.integer(a, *ASKED), rd.integer(a, *SAID))
        bodies.response(draft, rd.parsed(docs.without_vectors(gave) if kind != "llm" else gave))
        draft.response_model = rd.text(a, MODEL) or draft.response_model
        if not draft.messages_out and kind == "llm":
            draft.messages_out = msg.messages(rd.parsed(a.get(_MESSAGE)), "assistant")
    else:
        draft.input = rd.arguments(given)
        draft.output, draft.has_output = rd.decoded(gave), gave is not None
    if kind == "retriever":
        draft.documents = docs.documents(draft.output)
    return finish(draft)


def payloads(a: Mapping[str, Any], events: Sequence[SpanEvent]) -> Mapping[str, Any]:
    """Attributes, and what only events hold."""
    told = {EVENTS[e.name]: e.attributes.get("payload") for e in events if e.name in EVENTS}
    return {**told, **a}


def kind_of(a: Mapping[str, Any]) -> HopKind:
    """The hop kind of a type of span; functions and flows are steps."""
    return _KINDS.get(str(a.get(TYPE)), "chain")


def provider_of(a: Mapping[str, Any]) -> str | None:
    """Whose SDK a call went through: ``openai.resources.chat.…``."""
    return provider(sdk_of(rd.text(a, FUNCTION) or ""))


def sdk_of(function: str) -> str:
    """The package that a function is of."""
    return function.partition(".")[0]


CONVENTION = Convention(NAME, read, scopes=("promptflow",), marks=claims)
