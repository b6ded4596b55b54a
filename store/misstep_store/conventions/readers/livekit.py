"""LiveKit Agents: turns, tools and speech under ``lk.``, calls as GenAI inside nodes of their model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import ErrorInfo, HopKind
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.finishing import finish, provider
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.usage import usage_of
from misstep_store.otlp.spans import Span

NAME = "livekit"
MARKS = ("lk.speech_id", "lk.agent_label", "lk.function_tool.name", "lk.retry_count")
KINDS: dict[str, HopKind] = {"function_tool": "tool", "agent_turn": "agent"}
SESSIONS = ("langfuse.session.id", "gen_ai.conversation.id", "session.id", "lk.room_sid")
USERS = ("langfuse.user.id", "user.id")
METRICS = "lk.llm_metrics"
FAILED = "lk.function_tool.is_error"
NODE, TRY = "llm_node", "llm_request_run"
_INPUTS = ("user_input", "input_text")
_OUTPUTS = ("response.text", "user_transcript")
_CALLED = "response.function_calls"


def claims(span: Span) -> bool:
    """What its sessions, tools and requests alone write."""
    return any(key in span.attributes for key in MARKS)


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    kind = kind_of(span.name, a)
    draft = Draft(span, NAME, kind, name_of(span, a, kind))
    draft.session_id, draft.user_id = rd.text(a, *SESSIONS), rd.text(a, *USERS)
    if span.name == TRY:
        draft.echo, draft.role = "part", "hop"
        draft.tells_failures = span.status_code == 2
    elif span.name == NODE:
        _node(draft, a)
    elif kind == "tool":
        _tool(draft, a)
    elif kind in ("chain", "agent"):
        draft.input = _first(a, _INPUTS)
        draft.output = _first(a, _OUTPUTS)
        draft.has_output = draft.output is not None
    if METRICS in a:
        _counted(draft, rd.parsed(a[METRICS]))
    otel_genai.fill(draft, a, logs)
    return finish(draft)


def _counted(draft: Draft, told: Any) -> None:
    """What the metrics of a call say; until 2026 nothing else names the provider and the answer."""
    if not isinstance(told, dict):
        return
    about = told.get("metadata")
    draft.usage = usage_of(told)
    draft.response_id = rd.text(told, "request_id")
    if isinstance(about, dict):
        draft.provider = provider(rd.text(about, "model_provider"))


def _node(draft: Draft, a: Mapping[str, Any]) -> None:
    """What the call inside is asked and answers, as the framework keeps it."""
    told = _first(a, ("chat_ctx",))
    items = told.get("items") if isinstance(told, dict) else None
    draft.messages_in = msg.messages(_messages(items)) if isinstance(items, list) else ()
    said, called = _first(a, ("response.text",)), _first(a, (_CALLED,))
    calls = [_call(c) for c in called if isinstance(c, dict)] if isinstance(called, list) else []
    if said is not None or calls:
        made = {"role": "assistant", "content": said or None, "tool_calls": calls}
        draft.messages_out = msg.messages([made], "assistant")
    draft.lends = draft.kind == "chain"


def _messages(items: list[Any]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for item in (i for i in items if isinstance(i, dict)):
        kind = item.get("type")
        if kind == "message":
            listed = item.get("content")
            texts = listed if isinstance(listed, list) else [listed]
            words = "\n".join(t for t in texts if isinstance(t, str))
            made.append({"role": item.get("role"), "content": words})
        elif kind == "function_call":
            made.append({"role": "assistant", "tool_calls": [_call(item)]})
        elif kind == "function_call_output":
            said = {"tool_call_id": item.get("call_id"), "content": item.get("output")}
            made.append({"role": "tool", **said})
    return made


def _call(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": item.get("call_id"),
        "function": {"name": item.get("name"), "arguments": item.get("arguments")},
    }


def kind_of(name: str, a: Mapping[str, Any]) -> HopKind:
    """A tool's or turn's by its span's name, which is all that versions before GenAI's words say."""
    if "gen_ai.operation.name" not in a and name in KINDS:
        return KINDS[name]
    return otel_genai.kind_of(a)


def name_of(span: Span, a: Mapping[str, Any], kind: HopKind) -> str:
    """A tool's and an agent's own name."""
    if kind == "tool":
        return rd.text(a, "gen_ai.tool.name", "lk.function_tool.name") or span.name
    return otel_genai.name_of(span, a, kind)


def _first(a: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    """The first of some values; what people said stands apart from the rest since 2026."""
    for name in names:
        for key in ("lk.pii." + name, "lk." + name):
            if a.get(key) not in (None, ""):
                return rd.decoded(a[key])
    return None


def _tool(draft: Draft, a: Mapping[str, Any]) -> None:
    draft.tool_call_id = rd.text(a, "gen_ai.tool.call.id", "lk.function_tool.id")
    draft.input = rd.arguments(_first(a, ("function_tool.arguments",)))
    said = _first(a, ("function_tool.output",))
    if rd.truth(a.get(FAILED)):
        draft.error = failure(a)
    elif said is not None:
        draft.output, draft.has_output = said, True


def failure(a: Mapping[str, Any]) -> ErrorInfo:
    """What a tool failed of: what the model was told instead of an answer."""
    said = _first(a, ("function_tool.output",))
    return ErrorInfo(
        type=rd.text(a, "exception.type", "error.type") or "ToolError",
        message=said if isinstance(said, str) else "",
    )


CONVENTION = Convention(NAME, read, scopes=("livekit-agents", "livekit*"), marks=claims)
