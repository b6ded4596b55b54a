"""AgentOps: sessions, agents, tasks and tools under ``agentops.``, calls as GenAI of its early days."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import HopKind
from misstep_store.conventions import reading as rd
from misstep_store.conventions.finishing import finish, payloads
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.otlp.spans import Span

NAME = "agentops"
KIND = "agentops.span.kind"
_KINDS: dict[str, HopKind] = {
    "agent": "agent",
    "tool": "tool",
    "llm": "llm",
    "guardrail": "guardrail",
}


def claims(span: Span) -> bool:
    """Anything with AgentOps' span kind."""
    return KIND in span.attributes


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    told = str(a.get(KIND) or "").lower()
    draft = Draft(span, NAME, kind_of(told, a), rd.text(a, "operation.name") or span.name)
    if "agentops.tags" in a:
        draft.tags = rd.tags(a["agentops.tags"])
    otel_genai.fill(draft, a, logs)
    steps = (f"agentops.{told}", "agentops.entity")
    payloads(draft, a, tuple(s + ".input" for s in steps), tuple(s + ".output" for s in steps))
    if draft.input in ({}, []):
        draft.input = None
    return finish(draft)


def kind_of(told: str, a: Mapping[str, Any]) -> HopKind:
    """The hop kind of a kind of span; sessions, workflows and tasks are steps."""
    if told in _KINDS:
        return _KINDS[told]
    return "chain" if told else otel_genai.kind_of(a)


CONVENTION = Convention(NAME, read, scopes=("agentops", "agentops.*"), marks=claims)
