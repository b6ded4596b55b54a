"""Strands agents: content in span events, Bedrock blocks; the provider is not in the span."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import ErrorInfo, HopKind, Message
from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.content.parts import simple
from misstep_store.conventions.finishing import finish
from misstep_store.conventions.readers import genai_events as events
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.errors import error
from misstep_store.otlp.spans import Span

NAME = "strands"
ROUND, NODE_ROUND = "execute_event_loop_cycle", "execute_agent_loop_cycle"
"""What it calls a step in which a model is asked, and the tools that it wants are run."""


def claims(span: Span) -> bool:
    """What Strands alone writes."""
    a = span.attributes
    return any(key in a for key in MARKS) or "strands-agents" in _named(a)


MARKS = ("event_loop.cycle_id", "agent_loop.cycle_id", "gen_ai.event.start_time")


def _named(a: Mapping[str, Any]) -> tuple[Any, Any]:
    return a.get("gen_ai.system"), a.get("gen_ai.provider.name")


def names_itself(a: Mapping[str, Any], scope: str) -> bool:
    """Whether the name of the program stands for the provider's, as the SDK for Node writes it."""
    return scope in _named(a)


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    kind = kind_of(span, a)
    draft = Draft(span, NAME, kind, otel_genai.name_of(span, a, kind))
    if kind == "tool":
        _tool(draft)
    otel_genai.fill(draft, a, logs)
    if names_itself(a, span.scope.name):
        draft.provider = None
    if kind == "tool" and draft.has_output:
        draft.output = simple(draft.output)
    milliseconds = rd.number(a, "gen_ai.server.time_to_first_token")
    if milliseconds is not None:
        draft.time_to_first_token_ms = milliseconds
    if kind == "chain":
        _cycle(draft)
        if draft.messages_in and _is_answered(draft.messages_in[-1]):
            draft.messages_in = ()  # in Node what was said before the question
    elif kind == "tool" and failed_silently(a):
        draft.error = failure(span)
    if kind == "agent" and not draft.tools:
        draft.tools = docs.tools(a.get("gen_ai.agent.tools"))
    finish(draft)
    if kind == "agent" and not draft.has_output and _is_speechless(span):
        draft.output, draft.has_output = "", True
    return draft


def _is_speechless(span: Span) -> bool:
    """Whether an agent says that it gave nothing, as when it was cancelled between two steps; in Node
    also one whose last word is a tool's says so."""
    ends = [e.attributes for e in span.events if e.name == "gen_ai.choice"]
    return any(a.get("message") == "" and a.get("finish_reason") not in _FOR_TOOLS for a in ends)


_FOR_TOOLS = ("toolUse", "tool_use")


def kind_of(span: Span, a: Mapping[str, Any]) -> HopKind:
    """The hop kind of a span; before 1.0 the event loop's named no operation."""
    if isinstance(a.get("gen_ai.operation.name"), str):
        return otel_genai.kind_of(a)
    if span.name in ("Model invoke", "chat"):
        return "llm"
    return "tool" if span.name.startswith(("Tool:", "execute_tool")) else "chain"


def _tool(draft: Draft) -> None:
    """The arguments stand in a ``gen_ai.tool.message`` event, the result in ``gen_ai.choice``."""
    for event in draft.span.events:
        if event.name == "gen_ai.tool.message" and draft.input is None:
            draft.input = rd.decoded(event.attributes.get("content"))
        elif event.name == "gen_ai.choice":
            answer = event.attributes.get("message")
            if answer is not None:
                draft.output, draft.has_output = simple(answer), True


def failed_silently(a: Mapping[str, Any]) -> bool:
    """Whether a tool says that it failed; until 2025-11 the status of its span did not."""
    return a.get("gen_ai.tool.status") == "error"


def failure(span: Span) -> ErrorInfo | None:
    """Why such a tool failed, by what it answered; None where the status of the span says it."""
    if span.status_code == 2:
        return None
    for event in span.events:
        answer = event.attributes.get("message") if event.name == "gen_ai.choice" else None
        if answer is not None:
            told = simple(answer)
            return error(None, told if isinstance(told, str) else str(answer))
    return error(None, "")


def _cycle(draft: Draft) -> None:
    """A cycle of the event loop gives the tool's result where it called one."""
    details = [e for e in draft.span.events if e.name == events.DETAILS]
    for event in draft.span.events:
        given = event.attributes.get("tool.result") if event.name == "gen_ai.choice" else None
        if event in details[1:]:  # the latest conventions: the first has what the cycle was given
            given = event.attributes.get("gen_ai.input.messages")
        found = [m for m in msg.messages(given, "tool") if m.role == "tool"]
        answers = [simple(msg.readable(m)) for m in found]
        if answers:
            draft.output = answers[0] if len(answers) == 1 else answers
            draft.has_output = True


def _is_answered(last: Message) -> bool:
    """Whether an answer without calls of tools stands last."""
    return last.role == "assistant" and not any(p.get("type") == "tool_call" for p in last.parts)


def move_history(draft: Draft) -> None:
    """Moves what the model said before to what it was asked: OpenInference's processor told all of it
    as answers until the middle of 2026, of which the last alone says why it ended."""
    before, last = draft.messages_out[:-1], draft.messages_out[-1:]
    if before and last[0].finish_reason and not any(m.finish_reason for m in before):
        draft.messages_in = [*draft.messages_in, *before]
        draft.messages_out = list(last)


CONVENTION = Convention(NAME, read, scopes=("strands.telemetry.tracer", "strands*"), marks=claims)
