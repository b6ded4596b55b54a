"""Codex: requests, streams, tools and turns of its sessions as traces of a program; logs say more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from misstep.model import ErrorInfo, HopKind
from misstep_store.conventions.finishing import finish
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs, Usage
from misstep_store.conventions.values import reading as rd
from misstep_store.otlp.spans import Span, SpanEvent

NAME = "codex"
REQUEST = "model_client.stream_"
"""What the span of a model's request begins with."""
PARTS = ("responses.stream_request", "endpoint_session.")
"""What the spans of its pieces begin with."""
THOUGHT = "codex.usage.reasoning_output_tokens"
_DISPATCHED = "codex.tool.phase"
RESULT, ASKED, SENT = "codex.tool_result", "codex.user_prompt", "codex.api_request"


def claims(span: Span) -> bool:
    """What its requests, tools and turns alone write."""
    a = span.attributes
    return "codex.op" in a or _DISPATCHED in a or "codex.turn.token_usage.total_tokens" in a


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = span.attributes
    told = events_of(span, logs)
    kind = kind_of(span.name, a, told)
    draft = Draft(span, NAME, kind, span.name)
    draft.session_id = rd.text(a, "conversation.id")
    if kind == "llm":
        _call(draft, a)
    elif kind == "tool":
        _tool(draft, a, told.get(RESULT, {}))
    if ASKED in told:
        draft.input = rd.text(told[ASKED], "prompt")
        draft.session_id = draft.session_id or rd.text(told[ASKED], "conversation.id")
    if SENT in told:
        draft.error = failure(told[SENT])
    if span.name.startswith(PARTS) and draft.error is None:
        draft.echo, draft.role = "part", "hop"
    return finish(draft)


def events_of(span: Span, logs: Logs) -> Mapping[str, Mapping[str, Any]]:
    """Events by name; what logs say of one goes before what the span does, which has no words."""
    return told_by(span.events, logs)


def told_by(happened: Sequence[SpanEvent], logs: Logs) -> Mapping[str, Mapping[str, Any]]:
    """As :func:`events_of`, of the events of a span."""
    found: dict[str, Mapping[str, Any]] = {}
    for a in (*(e.attributes for e in happened), *(r.attributes for r in logs)):
        name = a.get("event.name")
        if isinstance(name, str):
            found[name] = a
    return found


def kind_of(name: str, a: Mapping[str, Any], told: Mapping[str, Any]) -> HopKind:
    """Requests and the end of their streams, where tokens stand, are calls."""
    if (name.startswith(REQUEST) and "model" in a) or is_end(a):
        return "llm"
    return "tool" if RESULT in told else "chain"


def is_end(a: Mapping[str, Any]) -> bool:
    """Whether it is the last event of a stream, which says what was used."""
    return "gen_ai.usage.input_tokens" in a and "codex.usage.total_tokens" in a


def _call(draft: Draft, a: Mapping[str, Any]) -> None:
    draft.role = "call"
    draft.response_model = rd.text(a, "model")  # asked of none, as the end of its stream is
    if is_end(a):
        draft.echo = "stream"
        thought = rd.integer(a, THOUGHT)
        cached, written = rd.integer(a, *otel_genai.CACHED), rd.integer(a, *otel_genai.WRITTEN)
        asked, said = rd.integer(a, *otel_genai.ASKED), rd.integer(a, *otel_genai.SAID)
        draft.usage = Usage(asked, said, cached, written, thought)


def _tool(draft: Draft, a: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    draft.name = rd.text(told, "tool_name") or rd.text(a, "tool_name") or draft.name
    draft.tool_call_id = rd.text(told, "call_id") or rd.text(a, "call_id")
    if not told:
        return
    draft.session_id = draft.session_id or rd.text(told, "conversation.id")
    draft.input = rd.decoded(told.get("arguments"))
    draft.error = tool_failure(told)
    said = rd.text(told, "output")
    if draft.error is None and said is not None:
        draft.output, draft.has_output = said, True


def tool_failure(told: Mapping[str, Any]) -> ErrorInfo | None:
    """Why a tool failed; None where it did not."""
    if told.get("success") not in ("false", False):
        return None
    return ErrorInfo(type="ToolError", message=rd.text(told, "output") or "")


def failure(sent: Mapping[str, Any]) -> ErrorInfo | None:
    """Why a request was refused; None where it was not."""
    message, status = rd.text(sent, "error.message"), rd.integer(sent, "http.response.status_code")
    if message is None and status < 400:
        return None
    return ErrorInfo(type=str(status) if status else "APIError", message=message or "")


CONVENTION = Convention(NAME, read, scopes=("codex_exec", "codex_cli_rs", "codex_*"), marks=claims)
