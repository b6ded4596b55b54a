"""CrewAI: its own telemetry and tracing, and OpenLLMetry's CrewAI instrumentation.

OpenInference's CrewAI instrumentation writes OpenInference spans and is read there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import HopKind, Json
from misstep_store.conventions.content import objects
from misstep_store.conventions.finishing import finish, payloads
from misstep_store.conventions.readers import openllmetry, otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.otlp.spans import Span

NAME = "crewai"
_INPUTS = (
    "crewai.task.description",
    "formatted_description",
    "task_description",
    "crewai.agent.goal",
    "crew_inputs",
    "inputs",
    "tool_input",
    "crewai.crew.tasks",
    "crewai.crew.inputs",
    "crewai.flow.inputs",
    "crewai.method.params",
    "crewai.memory.query",
    "crewai.memory.value",
    "crewai.knowledge.query",
    "crewai.knowledge.task_prompt",
    "crewai.guardrail.description",
    "crewai.human_feedback.message",
    "crewai.mcp.tool_args",
    "crewai.a2a.task_description",
)
_OUTPUTS = (
    "crewai.crew.result",
    "crewai.agent.result",
    "crewai.task.output",
    "crewai.task.result",
    "task_output",
    "crew_output",
    "tool_output",
    "output",
    "crewai.crew.output",
    "crewai.flow.result",
    "crewai.method.result",
    "crewai.memory.results",
    "crewai.memory.content",
    "crewai.knowledge.retrieved_knowledge",
    "crewai.guardrail.result",
    "crewai.human_feedback.feedback",
    "crewai.mcp.tool_result",
    "crewai.a2a.final_result",
    "crewai.a2a.result",
    "crewai.reasoning.plan",
)
_NAMED: dict[str, HopKind] = {
    "query memory": "retriever",
    "retrieve memory": "retriever",
    "query knowledge": "retriever",
    "search knowledge": "retriever",
    "evaluate guardrail": "guardrail",
}
"""Steps of its own tracing (since 1.15) that name no operation."""


NAMES = (
    "crewai.task.name",
    "task_name",
    "crewai.method.name",
    "crewai.crew.name",
    "crewai.flow.name",
)
"""Where tasks, methods, crews and flows are called by name."""


def claims(span: Span) -> bool:
    """Its keys, old and new, where no other convention signs the span."""
    a = span.attributes
    if "openinference.span.kind" in a:
        return False
    return (
        "crew_key" in a
        or "task_key" in a
        or "crewai_version" in a
        or any(k.startswith("crewai.") for k in a)
    )


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    kind = kind_of(span, a)
    if kind in ("llm", "embedding"):
        if is_own(a):
            draft = Draft(span, NAME, kind)
            otel_genai.fill(draft, a, logs)
            return finish(draft)
        draft = openllmetry.read(span, logs)
        draft.convention = NAME
        return draft
    draft = Draft(span, NAME, kind, _name(span, a, kind))
    if is_own(a) and kind in ("tool", "agent"):
        otel_genai.fill(draft, a, logs)
    if "traceloop.span.kind" in a:
        payloads(draft, a, ("traceloop.entity.input",), ("traceloop.entity.output",))
    payloads(draft, a, _INPUTS, _OUTPUTS)
    if isinstance(draft.input, str) and draft.input == a.get("crewai.crew.tasks"):
        draft.input = _tasks(draft.input) or draft.input
    if kind == "agent":
        model = rd.text(a, "gen_ai.request.model", "crewai.agent.llm", "llm")
        if model and not model.startswith("<"):  # an object without a name
            draft.request_model = model
    draft.session_id = draft.session_id or rd.text(a, "traceloop.association.properties.session_id")
    otel_genai.about(draft, a)
    return finish(draft)


def _tasks(text: str) -> list[Json]:
    """What a crew was asked to do: its tasks without the objects that are printed inside them."""
    found = objects.listed_in(text)
    return [
        {k: t[k] for k in _OF_TASKS if t.get(k)}
        for t in found
        if isinstance(t, dict) and t.get("description")
    ]


_OF_TASKS = ("agent", "description", "expected_output")


def is_own(a: Mapping[str, Any]) -> bool:
    """Whether it is of CrewAI's own tracing, which came with 1.15."""
    return "crewai.event_name" in a and "traceloop.span.kind" not in a


def kind_of(span: Span, a: Mapping[str, Any]) -> HopKind:
    """The hop kind of a span."""
    if is_own(a):
        told = otel_genai.kind_of(a) if "gen_ai.operation.name" in a else "chain"
        return _NAMED.get(span.name, told)
    named = a.get("traceloop.span.kind")
    if named in ("workflow", "task"):
        return "chain"
    if named in ("agent", "tool"):
        return "agent" if named == "agent" else "tool"
    if span.name.startswith(("Tool Usage", "Tool Repeated")) or span.name.endswith(".tool"):
        return "tool"
    if span.name.endswith(".agent") or "crewai.agent.role" in a:
        return "agent"
    if "gen_ai.request.model" in a or "llm.request.type" in a:
        return otel_genai.kind_of(a) if "gen_ai.operation.name" in a else "llm"
    return "chain"


def _name(span: Span, a: Mapping[str, Any], kind: HopKind) -> str:
    if kind == "tool":
        return rd.text(a, "tool_name", "gen_ai.tool.name", "traceloop.entity.name") or span.name
    if kind == "agent":
        return rd.text(a, "crewai.agent.role", "agent_role", "gen_ai.agent.name") or span.name
    return rd.text(a, *NAMES) or span.name


CONVENTION = Convention(
    NAME,
    read,
    scopes=("crewai.telemetry", "crewai*", "opentelemetry.instrumentation.crewai"),
    marks=claims,
)
