"""Agenta's decorators: kinds, inputs and outputs under ``ag.``; calls are other instrumentations'."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import HopKind
from misstep_store.conventions.content import flattened
from misstep_store.conventions.finishing import finish
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.otlp.spans import Span

NAME = "agenta"
NODE = "ag.type.node"
_KINDS: dict[str, HopKind] = {
    "agent": "agent",
    "tool": "tool",
    "embedding": "embedding",
    "query": "retriever",
    "rerank": "reranker",
    "llm": "llm",
    "completion": "llm",
    "chat": "llm",
}
SESSION, USER = "ag.session.id", "ag.user.id"
_JSON, _ALONE = "@ag.type=json:", "__default__"


def claims(span: Span) -> bool:
    """Anything that says which of its nodes it is."""
    return NODE in span.attributes


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    draft = Draft(span, NAME, kind_of(a))
    draft.session_id, draft.user_id = rd.text(a, SESSION), rd.text(a, USER)
    opened = {k: _value(v) for k, v in a.items() if k.startswith("ag.data.")}
    draft.input = flattened.fields(opened, "ag.data.inputs.")
    told = flattened.fields(opened, "ag.data.outputs.")
    if told is not None:
        draft.output = told[_ALONE] if told.keys() == {_ALONE} else told
        draft.has_output = True
    otel_genai.fill(draft, a, logs)
    return finish(draft)


def kind_of(a: Mapping[str, Any]) -> HopKind:
    """The hop kind; workflows, chains and tasks are steps."""
    return _KINDS.get(str(a.get(NODE)), "chain")


def _value(told: Any) -> Any:
    return told.removeprefix(_JSON) if isinstance(told, str) else told


CONVENTION = Convention(NAME, read, scopes=("agenta.*", "agenta"), marks=claims)
