"""AgentOps: sessions, agents, tasks and tools under ``agentops.``, calls as GenAI of its early days."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import HopKind
from misstep_store.conventions.content.parts import tool_call
from misstep_store.conventions.finishing import finish, payloads
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values import shapes
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
    if is_called(a):
        return _called(span, a)
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


def is_called(a: Mapping[str, Any]) -> bool:
    """Whether it is a span without content that a call made of a tool call it was answered with."""
    return "tool.name" in a and "tool.call.id" in a and KIND not in a


def _called(span: Span, a: Mapping[str, Any]) -> Draft:
    name, given = rd.text(a, "tool.name"), a.get("tool.parameters")
    draft = Draft(span, NAME, "tool", name or span.name)
    draft.echo = "part"
    draft.tool_call_id = rd.text(a, "tool.call.id")
    call = tool_call({"id": draft.tool_call_id, "name": name, "arguments": given})
    draft.messages_out = [shapes.message("assistant", [call])]
    return finish(draft)


def kind_of(told: str, a: Mapping[str, Any]) -> HopKind:
    """The hop kind of a kind of span; sessions, workflows and tasks are steps."""
    if told in _KINDS:
        return _KINDS[told]
    return "chain" if told else otel_genai.kind_of(a)


CONVENTION = Convention(NAME, read, scopes=("agentops", "agentops.*"), marks=claims)
