"""Confident AI, as DeepEval's tracing writes it: GenAI, and steps and traces under ``confident.``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import HopKind
from misstep_store.conventions.finishing import finish, payloads
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.otlp.spans import Span

NAME = "confident"
_SPAN, _TRACE = "confident.span.", "confident.trace."
KIND = _SPAN + "type"
_KINDS: dict[str, HopKind] = {
    "llm": "llm",
    "agent": "agent",
    "tool": "tool",
    "retriever": "retriever",
    "embedding": "embedding",
}
_MARKS = (KIND, _SPAN + "integration", _TRACE + "name")
SESSIONS = (_TRACE + "thread_id", _TRACE + "thread.id")
USERS = (_TRACE + "user_id", _TRACE + "user.id", _TRACE + "customer_id")
PROMPT, VERSIONS = _SPAN + "prompt_alias", (_SPAN + "prompt_version", _SPAN + "prompt_label")
MODEL = "confident.llm.model"
INPUTS, OUTPUTS = (_SPAN + "input", _TRACE + "input"), (_SPAN + "output", _TRACE + "output")


def claims(span: Span) -> bool:
    """What it alone writes."""
    return any(key in span.attributes for key in _MARKS)


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    kind = kind_of(a)
    draft = Draft(span, NAME, kind, _name(span, a, kind))
    draft.session_id, draft.user_id = rd.text(a, *SESSIONS), rd.text(a, *USERS)
    draft.prompt_name, draft.prompt_version = rd.text(a, PROMPT), rd.word(a, *VERSIONS)
    if kind == "llm":
        draft.request_model = rd.text(a, MODEL)
    otel_genai.fill(draft, a, logs)
    if kind not in ("llm", "embedding") or not draft.messages_in:
        payloads(draft, a, INPUTS, ())
    if kind not in ("llm", "embedding") or not draft.messages_out:
        payloads(draft, a, (), OUTPUTS)
    return finish(draft)


def kind_of(a: Mapping[str, Any]) -> HopKind:
    """By its own type, else by GenAI's operation."""
    return _KINDS.get(str(a.get(KIND))) or otel_genai.kind_of(a)


def _name(span: Span, a: Mapping[str, Any], kind: HopKind) -> str:
    own = rd.text(a, f"confident.{kind}.name") if kind in ("agent", "tool") else None
    return own or otel_genai.name_of(span, a, kind)


CONVENTION = Convention(NAME, read, scopes=("confident_trace*", "deepeval*"), marks=claims)
