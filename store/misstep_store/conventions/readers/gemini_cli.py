"""Gemini CLI: Gemini's own shapes under GenAI's names, a message for each piece of a stream."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from misstep.model import ErrorInfo, HopKind, Json
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.finishing import finish
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.otlp.spans import Span

NAME = "gemini-cli"
GIVEN, GAVE = "gen_ai.input.messages", "gen_ai.output.messages"
_KINDS: dict[str, HopKind] = {"llm_call": "llm", "tool_call": "tool", "agent_call": "agent"}
PROVIDER = "gcp.gemini"
CALL_ID = "gen_ai.tool.call_id"
PROMPT = "gen_ai.prompt.name"
"""Which prompt of a session it is, not what one is called."""
FAILED = ("error", "cancelled")
"""How tools end that did not do what they should."""


def claims(span: Span) -> bool:
    """What names itself as the agent of its steps."""
    a = span.attributes
    return a.get("gen_ai.agent.name") == NAME and a.get("gen_ai.operation.name") in _KINDS


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = dict(otel_genai.attributes(span, logs))
    kind = kind_of(a)
    draft = Draft(span, NAME, kind, otel_genai.name_of(span, a, kind))
    given, gave = rd.parsed(a.pop(GIVEN, None)), rd.parsed(a.pop(GAVE, None))
    if kind == "llm":
        draft.provider = PROVIDER
        draft.messages_in = msg.messages(given)
        draft.messages_out = msg.messages(whole(gave), "assistant")
    elif kind == "tool":
        _tool(draft, a, given, gave)
    else:
        draft.input = _asked(given)
        draft.output, draft.has_output = _asked(gave), gave is not None
    a.pop(PROMPT, None)
    otel_genai.fill(draft, a, logs)
    return finish(draft)


def kind_of(a: Mapping[str, Any]) -> HopKind:
    """The hop kind of an operation."""
    return _KINDS.get(str(a.get("gen_ai.operation.name")), "chain")


def whole(gave: Json) -> Json:
    """The pieces of a stream as one message."""
    if not isinstance(gave, list) or not all(isinstance(m, dict) for m in gave):
        return gave
    found: list[Any] = []
    for message in gave:
        parts = message.get("parts") if isinstance(message, dict) else None
        found += parts if isinstance(parts, list) else ()
    made: list[Json] = []
    for thinks, some in groupby(found, _says):
        if thinks is None:
            made += some
        elif text := "".join(part["text"] for part in some):
            made.append({"text": text, "thought": thinks})
    return [{"role": "model", "parts": made}] if made else gave


def _says(part: Any) -> bool | None:
    """Whether a part is thought rather than said; None for what is no words."""
    if not isinstance(part, dict) or not isinstance(part.get("text"), str):
        return None
    return bool(part.get("thought"))


def _asked(told: Json) -> Json:
    """Which tools are called, of a list of requests or of calls; anything else as it is."""
    if not isinstance(told, list):
        return told
    return [_request(one) if isinstance(one, dict) else one for one in told]


def _request(one: dict[str, Any]) -> Json:
    inner = one.get("request")
    told = inner if isinstance(inner, dict) else one
    return {"name": told.get("name"), "args": told.get("args")} if "args" in told else told


def _tool(draft: Draft, a: Mapping[str, Any], given: Json, gave: Json) -> None:
    draft.tool_call_id = rd.text(a, CALL_ID)
    if isinstance(given, dict):
        draft.input = given.get("args", given)
    draft.error = tool_failure(gave)
    said = _answer(gave.get("response")) if isinstance(gave, dict) else None
    if draft.error is None and said is not None:
        draft.output, draft.has_output = said, True


def tool_failure(gave: Json) -> ErrorInfo | None:
    """Why a tool failed; None where it did not."""
    if not isinstance(gave, dict) or gave.get("status") not in FAILED:
        return None
    said = _answer(gave.get("response"))
    return ErrorInfo(type=_type(gave), message=said if isinstance(said, str) else "")


def _type(gave: Mapping[str, Any]) -> str:
    response = gave.get("response")
    named = rd.text(response, "errorType") if isinstance(response, dict) else None
    return named or "ToolError"


def _answer(response: Any) -> Json:
    """What the model is told back."""
    parts = response.get("responseParts") if isinstance(response, dict) else None
    for part in parts if isinstance(parts, list) else ():
        told = part.get("functionResponse") if isinstance(part, dict) else None
        said = told.get("response") if isinstance(told, dict) else None
        if isinstance(said, dict):
            return said.get("output", said.get("error", said))
    return None


CONVENTION = Convention(NAME, read, scopes=("gemini-cli",), marks=claims)
