"""Microsoft Agent Framework: era C on the span and era B as logs at once; workflows of executors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import HopKind
from misstep_store.conventions.finishing import finish, payloads
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.otlp.spans import Span

NAME = "ms-agent-framework"
_OWN = ("agent_framework.", "executor.", "workflow.", "message.", "edge_group.")


def claims(span: Span) -> bool:
    """Workflow, executor and framework keys."""
    a = span.attributes
    return "executor.id" in a or "workflow.id" in a or any(k.startswith(_OWN[0]) for k in a)


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    kind = otel_genai.kind_of(a)
    draft = Draft(span, NAME, kind, _name(span, a, kind))
    otel_genai.fill(draft, a, logs)
    if is_answer(draft.session_id):
        draft.session_id = None
    if kind == "chain":
        draft.pipeline = rd.text(a, "workflow.name")
        payloads(draft, a, ("executor.input", "message.content"), ("executor.output",))
    return finish(draft)


def is_answer(session: str | None) -> bool:
    """Whether what stands for a conversation is the id of one answer: the one that was gone on from."""
    return bool(session) and str(session).startswith("resp_")


def _name(span: Span, a: Mapping[str, Any], kind: HopKind) -> str:
    executor = rd.text(a, "executor.id")
    return executor if executor and kind == "chain" else otel_genai.name_of(span, a, kind)


CONVENTION = Convention(NAME, read, scopes=("agent_framework*",), marks=claims)
