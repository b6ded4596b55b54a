"""mcp-agent: agents around calls that an instrumentation of their SDK tells, tools in two steps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import HopKind, Json
from misstep_store.conventions.finishing import finish
from misstep_store.conventions.readers import mcp, otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.errors import failure
from misstep_store.otlp.spans import Span

NAME = "mcp-agent"
_ALONE = ("GoogleAugmentedLLM", "AzureAugmentedLLM", "BedrockAugmentedLLM")
"""Whose SDKs nothing else tells of: what they generate is the call itself."""
_KINDS: dict[str, HopKind] = {
    "generate": "agent",
    "generate_structured": "agent",
    "execute_tool_call": "tool",
}
NAMES = {"agent": "gen_ai.agent.name", "tool": "gen_ai.tool.name"}


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = span.attributes
    if mcp.METHOD in a:
        return mcp.read(span, logs)
    kind = kind_of(span.name)
    named = rd.text(a, NAMES[kind]) if kind in NAMES else None
    draft = Draft(span, NAME, kind, named or span.name)
    if kind == "llm":
        otel_genai.fill(draft, a, logs)
    elif kind == "tool":
        draft.tool_call_id = rd.text(a, "gen_ai.tool.call.id")
        draft.input = rd.decoded(a.get("tool_args"))
    elif span.name.endswith(".call_tool"):
        draft.input = given(a)
    if draft.input is None:
        draft.input = rd.text(a, "message.content", "message")
    told = gave(a)
    if not draft.has_output and told is not None:
        draft.output, draft.has_output = told, True
    draft.error = failure(span)
    return finish(draft)


def kind_of(name: str) -> HopKind:
    """By the method that a span is named after."""
    found = _KINDS.get(name.rpartition(".")[2], "chain")
    return "llm" if found == "agent" and name.startswith(_ALONE) else found


def given(a: Mapping[str, Any]) -> Json:
    """What a tool was given: its arguments are flattened."""
    begins = ("request.params.arguments.", "arguments.")
    found = {k[len(b) :]: rd.plain(v) for b in begins for k, v in a.items() if k.startswith(b)}
    return found or None


def gave(a: Mapping[str, Any]) -> Json:
    """What a tool answered, a step gave, or an agent said last."""
    texts = [rd.text(b, "text") for b in rd.indexed(a, "result.content")]
    if any(texts):
        return rd.parsed("\n".join(t for t in texts if t))
    said = [rd.text(m, "content") for m in rd.indexed(a, "response")]
    whole = rd.text(a, "response") or next((t for t in reversed(said) if t), None)
    return rd.parsed(whole)


CONVENTION = Convention(NAME, read, scopes=("mcp-agent", "mcp_agent", "mcp"))
