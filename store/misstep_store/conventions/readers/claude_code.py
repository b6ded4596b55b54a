"""Claude Code, which the Claude Agent SDK starts: turns, requests, tools; logs tell what was said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from misstep.model import ErrorInfo, HopKind, Message
from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.finishing import finish, provider
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.readers.genai_events import event_name
from misstep_store.conventions.types import Convention, Draft, Logs, Usage
from misstep_store.conventions.values import errors, shapes
from misstep_store.conventions.values import reading as rd
from misstep_store.otlp.spans import LogRecord, Span

NAME = "claude-code"
TYPE = "span.type"
_NAMES = "claude_code."
_KINDS: dict[str, HopKind] = {"interaction": "agent", "llm_request": "llm", "tool": "tool"}
_PARTS = frozenset({"tool.execution", "tool.blocked_on_user"})
_TYPES = (*_KINDS, *_PARTS)
_HIDDEN = frozenset({"<REDACTED>", "[REDACTED]"})
MODELS = ("gen_ai.request.model", "model")
PROVIDERS = ("gen_ai.provider.name", "gen_ai.system")
CACHED, WRITTEN = "cache_read_tokens", "cache_creation_tokens"
CALL_IDS = ("gen_ai.tool.call.id", "tool_use_id")
TOOLS, HOOKS = ("tool_name", "gen_ai.tool.name"), ("hook_name", "hook_event")
RESPONSES = ("gen_ai.response.id", "request_id")
GIVEN = ("full_command", "file_path", "skill_name", "subagent_type")
_MADE = ("output", "content", "diff")
TOLD_ELSEWHERE = frozenset(
    {"api_request", "api_request_body", "api_response_body", "assistant_response", "tool_result"}
)
"""Names of records that hang on the turn and tell of one request or tool in it."""


def claims(span: Span) -> bool:
    """Its types of spans, where an exporter lost the scope."""
    a = span.attributes
    return "session.id" in a and a.get(TYPE) in _TYPES


def kind_of(told: str) -> HopKind:
    """The hop kind of a type of span."""
    return _KINDS.get(told, "chain")


def is_part(told: str) -> bool:
    """Whether this is how the tool around it went, not a step of its own."""
    return told in _PARTS


def type_of(span: Span) -> str:
    """Which of its spans this is; its earlier versions have only the name for it."""
    return rd.text(span.attributes, TYPE) or span.name.removeprefix(_NAMES)


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a, told = span.attributes, type_of(span)
    kind = kind_of(told)
    draft = Draft(span, NAME, kind)
    if kind == "llm":
        _request(draft, a, logs)
    elif kind == "tool":
        _tool(draft, a, logs)
    elif kind == "agent":
        _turn(draft, a, logs)
    elif is_part(told):
        draft.echo = "part"
    elif told == "hook":
        draft.name = rd.text(a, *HOOKS) or span.name
    otel_genai.about(draft, a)
    finish(draft)
    draft.error = draft.error or _said_to_fail(a)
    return draft


def failure_of(span: Span) -> ErrorInfo | None:
    """Why a span failed, by its status or by its own word."""
    return errors.failure(span) or _said_to_fail(span.attributes)


FAILURES = ("success", "error", "error_class")
"""Attributes that tell of failures, beside :data:`errors.TOLD`."""


def _said_to_fail(a: Mapping[str, Any]) -> ErrorInfo | None:
    if a.get("success") is not False or "error" not in a:
        return None
    return errors.error(rd.text(a, "error.type", "error_class"), rd.text(a, "error") or "")


def _turn(draft: Draft, a: Mapping[str, Any], logs: Logs) -> None:
    given = rd.text(a, "user_prompt") or said_in(logs, "user_prompt", "prompt")
    draft.redacted = given in _HIDDEN
    draft.input = None if draft.redacted else given


def _request(draft: Draft, a: Mapping[str, Any], logs: Logs) -> None:
    draft.provider = provider(rd.text(a, *PROVIDERS)) or "anthropic"
    draft.request_model = rd.text(a, *MODELS)
    draft.response_id = rd.text(a, *RESPONSES)
    cached, written = rd.integer(a, CACHED), rd.integer(a, WRITTEN)
    asked = rd.integer(a, "input_tokens") + cached + written
    said = rd.integer(a, "output_tokens")
    if asked or said:
        draft.usage = Usage(asked, said, cached, written)
    draft.time_to_first_token_ms = rd.number(a, "ttft_ms")
    draft.attempt = max(1, rd.integer(a, "attempt"))
    reasons = a.get("gen_ai.response.finish_reasons")
    draft.finish_reason = rd.first(reasons) or rd.text(a, "stop_reason")
    draft.cost_usd = cost_in(logs)
    bodies.request(draft, rd.parsed(said_in(logs, "api_request_body", "body")))
    bodies.response(draft, rd.parsed(said_in(logs, "api_response_body", "body")))
    new = heard(rd.text(a, "new_context") or "")
    if not draft.messages_in:
        draft.messages_in = new
        draft.system = rd.text(a, "user_system_prompt", "system_prompt_preview")
    elif new:
        draft.input = msg.readable_input(new)  # without the reminders that stand around it
    if not draft.messages_out:
        text = rd.text(a, "response.model_output") or said_in(
            logs, "assistant_response", "response"
        )
        if text and text not in _HIDDEN:
            draft.messages_out = msg.messages(text, "assistant")
    if not draft.tools and "tools" in a:
        draft.tools = docs.tools(a["tools"])


def cost_in(logs: Logs) -> float | None:
    """What a request cost, by its records."""
    for record in logs:
        if "cost_usd" in record.attributes and (n := rd.number(record.attributes, "cost_usd")):
            return n
    return None


_HEARD = re.compile(r"^\[(USER|USER PROMPT|TOOL RESULT: [^\]\n]+)\]\n", re.MULTILINE)


def heard(context: str) -> list[Message]:
    """What is new in a request: ``[USER]`` and ``[TOOL RESULT: id]``, each before its text."""
    pieces = _HEARD.split(context)
    made = []
    for who, text in zip(pieces[1::2], pieces[2::2], strict=True):
        text = text.removesuffix("\n\n---\n\n").strip("\n")
        if who.startswith("USER"):
            made += msg.messages(text)
        else:
            answer = {"type": "tool_call_response", "id": who.partition(": ")[2]}
            made.append(shapes.message("tool", [{**answer, "response": rd.decoded(text)}]))
    return made


def _tool(draft: Draft, a: Mapping[str, Any], logs: Logs) -> None:
    draft.name = rd.text(a, *TOOLS) or draft.span.name
    draft.tool_call_id = rd.text(a, *CALL_IDS)
    given = rd.text(a, "tool_input") or said_in(logs, "tool_result", "tool_input")
    if given:
        draft.input = rd.decoded(_without_title(given))
    else:
        draft.input = {k: rd.plain(a[k]) for k in GIVEN if k in a} or None
    for event in draft.span.events:
        made = rd.text(event.attributes, *_MADE) if event.name == "tool.output" else None
        if made is not None:
            draft.output, draft.has_output = rd.decoded(made), True
    made = rd.text(a, "new_context")
    if made and not draft.has_output:
        draft.output, draft.has_output = rd.decoded(_without_title(made)), True


def _without_title(text: str) -> str:
    """``[TOOL INPUT: name]`` stands above what a tool was given."""
    return text.partition("]\n")[2] if text.startswith("[TOOL ") else text


def said_in(logs: Logs, name: str, key: str) -> str | None:
    """What the first record of a name says under a key."""
    return next(
        (t for r in logs if event_name(r) == name and (t := rd.text(r.attributes, key))), None
    )


Told = tuple[str, str, Mapping[str, Any]]
"""Trace, id and attributes of a span."""


def addresses(
    spans: Iterable[Told], logs: Sequence[LogRecord], names: Sequence[str] | None = None
) -> dict[int, str]:
    """``{id of a record: span it tells of}`` of those that hang on another span, the turn's; mostly
    none. Records and spans may be those of several traces.

    Args:
        names: of the records, as :func:`event_name` names each.
    """
    pairs = zip(logs, names or map(event_name, logs), strict=True)
    told = [r for r, name in pairs if name in TOLD_ELSEWHERE and "prompt.id" in r.attributes]
    if not told:
        return {}
    tools: dict[tuple[str, str], str] = {}
    requests: dict[tuple[str, str], str] = {}
    for trace_id, span_id, a in spans:
        if ("request_id" in a or "tool_use_id" in a) and str(a.get(TYPE)) not in _PARTS:
            for key, at in (("request_id", requests), ("tool_use_id", tools)):
                if (named := a.get(key)) and type(named) is str:
                    at[trace_id, named] = span_id
    by_body = {
        (r.trace_id, body): rd.text(a, "request_id")
        for r in told
        if _BODY in (a := r.attributes)
        and "request_id" in a
        and type(body := a[_BODY]) is str
        and body
    }
    found: dict[int, str] = {}
    for record in told:
        a, trace_id, at = record.attributes, record.trace_id, tools
        named = a.get("tool_use_id")
        if not named or type(named) is not str:
            named, at = a.get("request_id"), requests
            if not named or type(named) is not str:
                body = a.get(_BODY)
                named = by_body.get((trace_id, body)) if type(body) is str else None
        if named and (own := at.get((trace_id, named))) is not None:
            found[id(record)] = own
    return found


_BODY = "request_body_id"


CONVENTION = Convention(NAME, read, scopes=("com.anthropic.claude_code*",), marks=claims)
