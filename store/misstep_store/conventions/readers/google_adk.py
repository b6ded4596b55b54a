"""Google's Agent Development Kit: GenAI since 1.20 or so, its own JSON attributes before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import HopKind
from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.finishing import finish, payloads, routed
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.otlp.spans import Span

NAME = "google-adk"
_A = "gcp.vertex.agent."
MERGED = "execute_tool (merged)"
"""What tools called at once gave, said once more in one span beside theirs."""
NO_ID = "<not specified>"
"""The id of the call of a tool that failed, until 2.13 at least."""


def claims(span: Span) -> bool:
    """Anything with ADK's own keys."""
    a = span.attributes
    if "openinference.span.kind" in a:
        return False  # OpenInference writes on ADK's own spans, and tells more
    return any(_A + k in a for k in ("invocation_id", "event_id", "llm_request", "session_id"))


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    kind = kind_of(span, a)
    draft = Draft(span, NAME, kind, _name(span, a, kind))
    draft.session_id = rd.text(a, _A + "session_id")
    if kind == "llm":
        # The attributes first: they tell more than the request of older versions.
        otel_genai.fill(draft, a, logs)
        _older(draft, a)
        told = routed(draft.request_model, draft.response_model)  # ADK calls all of them Gemini's
        if told is not None:
            draft.provider, draft.request_model, draft.response_model = told
        elif draft.provider is None and draft.request_model:
            draft.provider = own(draft.request_model)
    elif kind == "tool":
        payloads(draft, a, (_A + "tool_call_args",), (_A + "tool_response",))
        if draft.output == _NOTHING:
            draft.output = None
    if span.name == MERGED:
        draft.echo = "part"
    otel_genai.fill(draft, a, logs)
    if draft.tool_call_id == NO_ID:
        draft.tool_call_id = None
    return finish(draft)


def kind_of(span: Span, a: Mapping[str, Any]) -> HopKind:
    """The hop kind of a span."""
    name = span.name
    if name.startswith("execute_tool"):
        return "tool"
    if "gen_ai.operation.name" in a:
        return otel_genai.kind_of(a)
    if name == "call_llm" or _A + "llm_request" in a:
        return "llm"
    if name.startswith(("agent_run", "invoke_agent")):
        return "agent"
    return otel_genai.kind_of(a)


def _name(span: Span, a: Mapping[str, Any], kind: HopKind) -> str:
    if kind == "agent" and span.name.startswith(AGENT_RUN):
        return without_run(span.name)
    if kind == "tool":
        return rd.text(a, "gen_ai.tool.name") or span.name.removeprefix("execute_tool ")
    return otel_genai.name_of(span, a, kind)


_NOTHING = {"result": NO_ID}
"""What ADK says that a tool gave which failed."""
AGENT_RUN = "agent_run ["


def without_run(name: str) -> str:
    """``agent_run [weatherman]`` as ``weatherman``."""
    return name.removeprefix(AGENT_RUN).rstrip("]")


def own(model: str) -> str | None:
    """The provider of models that ADK itself asks, which its versions before 2026 do not name."""
    return "gcp.gemini" if model.startswith("gemini-") else None


def _older(draft: Draft, a: Mapping[str, Any]) -> None:
    asked = rd.decoded(a.get(_A + "llm_request"))
    if isinstance(asked, dict):
        config = asked.get("config")
        config = config if isinstance(config, dict) else {}
        if not draft.tools:
            draft.tools = docs.tools(config.get("tools"))
        known = draft.parameters
        bodies.request(draft, asked)
        more = {k: v for k, v in config.items() if k in ("temperature", "top_p", "top_k")}
        draft.parameters = {**more, **known}
    bodies.response(draft, rd.decoded(a.get(_A + "llm_response")))
    if draft.finish_reason is None:
        draft.finish_reason = blocked_in(a.get(_A + "llm_response"))


def blocked_in(response: Any) -> str | None:
    """Why Gemini did not answer, where it stands for the code of an error."""
    told = rd.parsed(response)
    code = rd.text(told, "error_code", "errorCode") if isinstance(told, dict) else None
    return bodies.clean_finish(code) if code in _BLOCKED else None


_BLOCKED = frozenset(
    {"SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "IMAGE_SAFETY", "JAILBREAK", "MODEL_ARMOR"}
)


CONVENTION = Convention(NAME, read, scopes=("gcp.vertex.agent",), marks=claims)
