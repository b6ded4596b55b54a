"""Coralogix' LLM Tracekit: GenAI's words, flattened; agents and their tools as the SDK calls them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import HopKind
from misstep_store.conventions.content.parts import Part, part
from misstep_store.conventions.finishing import finish, payloads
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.otlp.spans import Span

NAME = "coralogix"
_KINDS: dict[str, HopKind] = {"function": "tool", "agent": "agent", "guardrail": "guardrail"}
GENERATION = "GenerationSpanData"
"""A call of OpenAI's agents by way of another interface, of which nothing else is told."""
AGENTS = "llm_tracekit.openai_agents"
ENDED, CALLING = "stop", "tool_calls"


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    kind = kind_of(span.name, a)
    draft = Draft(span, NAME, kind, name_of(span, a, kind))
    otel_genai.fill(draft, a, logs)
    if kind in ("tool", "chain"):
        payloads(draft, a, ("input",), ("output",))
    elif kind == "guardrail" and "triggered" in a:
        draft.output, draft.has_output = {"triggered": rd.truth(a["triggered"])}, True
    for message in draft.messages_in:
        message.parts = [_opened(p) for p in message.parts]
    finish(draft)
    if draft.finish_reason == ENDED and always_ends(span.scope.name) and is_calling(a):
        draft.finish_reason = CALLING
    return draft


def _opened(one: Part) -> Part:
    """A part of Gemini's that was written as its JSON."""
    text = one.get("content") if one.get("type") == "text" else None
    if not isinstance(text, str) or not text.startswith(_PART):
        return one
    told = rd.parsed(text)
    known = {k: v for k, v in told.items() if v is not None} if isinstance(told, dict) else {}
    return part(known) if known else one


_PART = '{"media_resolution":'


def kind_of(name: str, a: Mapping[str, Any]) -> HopKind:
    """By GenAI's operation, else by the kind that OpenAI's agents give their spans."""
    if name == GENERATION:
        return "llm"
    found = otel_genai.kind_of(a)
    told = a.get("type")
    return _KINDS.get(told, found) if found == "chain" and isinstance(told, str) else found


def name_of(span: Span, a: Mapping[str, Any], kind: HopKind) -> str:
    """A tool's, an agent's and a guardrail's own name."""
    key = NAMES.get(kind)
    told = rd.text(a, key) if key else None
    return told or otel_genai.name_of(span, a, kind)


NAMES = {"tool": "name", "guardrail": "name", "agent": "agent_name"}


def always_ends(scope: str) -> bool:
    """Whether every answer is said to have stopped: those of OpenAI's agents are."""
    return scope.startswith(AGENTS)


def is_calling(a: Mapping[str, Any]) -> bool:
    """Whether an answer calls tools."""
    return any(k.startswith("gen_ai.completion.0.tool_calls.0.") for k in a)


CONVENTION = Convention(NAME, read, scopes=("llm_tracekit.*", "llm_tracekit"))
