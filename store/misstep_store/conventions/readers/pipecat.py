"""Pipecat: calls as GenAI whose words stand under ``input`` and ``output``, turns around them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import ErrorInfo, HopKind, Json
from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.finishing import finish
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.otlp.spans import Span

NAME = "pipecat"
CONVERSATION = "conversation.id"
SESSIONS = ("session.id", "langfuse.session.id", "gen_ai.conversation.id", CONVERSATION)
USERS = ("user.id", "langfuse.user.id", "user_id")
WAITED = "metrics.ttfb"
MODEL = "param.model"
_TOOLS: dict[str, HopKind] = {"llm_tool_call": "tool", "llm_tool_result": "tool"}
_UNSAID = ("NOT_GIVEN", "None", None)


def claims(span: Span) -> bool:
    """A turn or a service's span."""
    a = span.attributes
    return ("turn.number" in a and CONVERSATION in a) or (WAITED in a and "stream" in a)


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    kind = kind_of(span.name, a)
    draft = Draft(span, NAME, kind, span.name)
    draft.session_id, draft.user_id = rd.text(a, *SESSIONS), rd.text(a, *USERS)
    if kind == "llm":
        _call(draft, a)
    elif kind == "tool":
        _tool(draft, a)
    else:
        draft.input = _value(a, "text", "context_messages")
        draft.output = _value(a, "transcript", "output", "function_calls")
        draft.has_output = draft.output is not None
    otel_genai.fill(draft, a, logs)
    _parameters(draft)
    return finish(draft)


def kind_of(name: str, a: Mapping[str, Any]) -> HopKind:
    """A tool's by the name of its span; of speech, a step."""
    return _TOOLS.get(name) or otel_genai.kind_of(a)


def _value(a: Mapping[str, Any], *keys: str) -> Json:
    for key in keys:
        if a.get(key) not in (None, ""):
            return rd.decoded(a[key])
    return None


def _call(draft: Draft, a: Mapping[str, Any]) -> None:
    draft.messages_in = msg.messages(rd.decoded(a.get("input", a.get("context_messages"))))
    said = _value(a, "output", "function_calls")
    if isinstance(said, str):
        draft.messages_out = msg.messages(said, "assistant")
    elif said is not None:
        draft.output, draft.has_output = said, True
    draft.tools = docs.tools(a.get("tools", a.get("tools.definitions")))
    draft.system = rd.text(a, "gen_ai.system_instructions", "system", "instructions")
    draft.request_model, draft.response_model = models_of(a)
    seconds = rd.number(a, WAITED)
    if seconds is not None:
        draft.time_to_first_token_ms = seconds * 1000


def models_of(a: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """The model that was asked for, and the one that answered: after an answer its name stands where
    the other's stood."""
    asked, named = rd.text(a, MODEL), rd.text(a, "gen_ai.request.model")
    answered = rd.text(a, "gen_ai.response.model")
    return asked or named, answered or (named if asked and named != asked else None)


def _tool(draft: Draft, a: Mapping[str, Any]) -> None:
    draft.name = rd.text(a, "tool.function_name") or draft.name
    draft.tool_call_id = rd.text(a, "tool.call_id")
    draft.input = rd.arguments(_value(a, "tool.arguments"))
    said = _value(a, "tool.result")
    if a.get("tool.result_status") == "error":
        draft.error = ErrorInfo(type="ToolError", message=said if isinstance(said, str) else "")
    elif said is not None:
        draft.output, draft.has_output = said, True


def _parameters(draft: Draft) -> None:
    """Without what nobody gave."""
    if draft.parameters:
        given = draft.parameters.items()
        draft.parameters = {k: v for k, v in given if v not in _UNSAID}


CONVENTION = Convention(NAME, read, scopes=("pipecat", "pipecat.*"), marks=claims)
