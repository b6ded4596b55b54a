"""Pydantic AI: era C attributes since version 2 of its format, one ``events`` list before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from misstep.model import HopKind, Message
from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.finishing import finish, payloads
from misstep_store.conventions.readers import logfire, otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.otlp.spans import Span

NAME = "pydantic-ai"
ALL = ("pydantic_ai.all_messages", "all_messages_events", "all_messages")
ATTEMPT = "pydantic_ai.model_request.attempt"
"""On a span inside a call of ``FallbackModel``: one of the models it tried."""


def claims(span: Span) -> bool:
    """What only Pydantic AI writes."""
    a = span.attributes
    return "model_request_parameters" in a or any(key in a for key in ALL)


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    kind = kind_of(span, a)
    draft = Draft(span, NAME, kind, _name(span, a, kind))
    otel_genai.fill(draft, a, logs)
    events = rd.parsed(a.get("events")) if "events" in a else None
    if isinstance(events, list):
        logfire.read_events(draft, events)
    if not draft.tools and "model_request_parameters" in a:
        asked = rd.parsed(a["model_request_parameters"])
        if isinstance(asked, dict):
            listed = [asked.get("function_tools"), asked.get("output_tools")]
            draft.tools = [t for given in listed if given for t in docs.tools(given)]
    if kind == "agent":
        _agent(draft, a)
    elif kind == "tool":
        payloads(draft, a, ("tool_arguments",), ("tool_response",))
    elif kind == "embedding":
        payloads(draft, a, ("inputs",), ())
    if ATTEMPT in a:
        draft.echo = "http"
    return finish(draft)


def kind_of(span: Span, a: Mapping[str, Any]) -> HopKind:
    """The hop kind of a span."""
    if "gen_ai.operation.name" in a:
        return otel_genai.kind_of(a)
    if span.name == "running tools":
        return "chain"
    if "gen_ai.tool.name" in a or span.name.startswith("running tool"):
        return "tool"
    if any(key in a for key in ALL) or "agent_name" in a or span.name.endswith("agent run"):
        return "agent"
    return otel_genai.kind_of(a)


def _name(span: Span, a: Mapping[str, Any], kind: HopKind) -> str:
    if kind == "agent":
        return rd.text(a, "gen_ai.agent.name", "agent_name") or span.name
    return otel_genai.name_of(span, a, kind)


def _agent(draft: Draft, a: Mapping[str, Any]) -> None:
    """An agent received the first question of its run and produced the final result."""
    if draft.request_model is None:
        draft.request_model = rd.text(a, "model_name")
    for key in ALL:
        if key in a and not draft.messages_in:
            draft.messages_in = msg.messages(a[key])
    # A call that failed says nothing of what it was asked.
    draft.lends = draft.span.status_code == 2 and bool(draft.messages_in)
    if draft.input is None:
        told = (*_new(a), *draft.messages_in)  # what tools gave alone may be new
        asked = next((m for m in told if m.role == "user"), None)
        draft.input = msg.readable(asked) if asked else None
    payloads(draft, a, (), ("final_result",))


def _new(a: Mapping[str, Any]) -> Sequence[Message]:
    """The messages of a run, without those of the runs before it, which stand first."""
    known = rd.integer(a, _FIRST_NEW)
    listed = rd.parsed(next((a[key] for key in ALL if key in a), None)) if known > 0 else None
    return msg.messages(listed[known:]) if isinstance(listed, list) else []


_FIRST_NEW = "pydantic_ai.new_message_index"


CONVENTION = Convention(NAME, read, scopes=("pydantic-ai", "pydantic_ai*"), marks=claims)
