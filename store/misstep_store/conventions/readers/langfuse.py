"""Langfuse's SDKs since v3: ``langfuse.observation.*``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import ErrorInfo, HopKind
from misstep_store.conventions import bodies, langchain, responses
from misstep_store.conventions import documents as docs
from misstep_store.conventions import messages as msg
from misstep_store.conventions import reading as rd
from misstep_store.conventions.errors import error, failure
from misstep_store.conventions.finishing import finish, provider
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.times import unix_nano, waited_ms
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.usage import merged, usage_of
from misstep_store.otlp.spans import Span

NAME = "langfuse"
_O = "langfuse.observation."
_KINDS: dict[str, HopKind] = {
    "generation": "llm",
    "embedding": "embedding",
    "agent": "agent",
    "tool": "tool",
    "retriever": "retriever",
    "evaluator": "evaluator",
    "guardrail": "guardrail",
}


def claims(span: Span) -> bool:
    """Anything with an observation type."""
    return _O + "type" in span.attributes


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = span.attributes
    kind = kind_of(a)
    draft = Draft(span, NAME, kind)
    observation(
        draft,
        model=rd.text(a, _O + "model.name"),
        given=a.get(_O + "input"),
        made=a.get(_O + "output"),
        parameters=a.get(_O + "model.parameters"),
        usage=a.get(_O + "usage_details"),
        cost=a.get(_O + "cost_details"),
        first_token=a.get(_O + "completion_start_time"),
    )
    _about(draft, a)
    if draft.kind == "llm" and _O + "metadata.response_format" in a:
        shape = rd.parsed(a[_O + "metadata.response_format"])
        draft.parameters = {"response_format": shape, **draft.parameters}
    if any(k.startswith("gen_ai.") for k in a) or logs:
        otel_genai.fill(draft, a, logs)
    if draft.finish_reason is None:
        draft.finish_reason = rd.word(a, _O + "metadata.finish_reason")
    if rd.word(a, _O + "metadata.object") == "response":
        _streamed_response(draft, a)
    draft.error = _failure(span, a) or draft.error
    return finish(draft)


def _streamed_response(draft: Draft, a: Mapping[str, Any]) -> None:
    """What the metadata of a streamed response say of an end before its time."""
    m = _O + "metadata."
    why = rd.parsed(a.get(m + "incomplete_details"))
    told = rd.text(why, "reason") if isinstance(why, dict) else None
    draft.response_id = draft.response_id or rd.word(a, m + "id")
    if rd.word(a, m + "status") in UNFINISHED:
        draft.finish_reason = told or rd.word(a, m + "status")
        draft.error = responses.failure_in({"error": a.get(m + "error")})


UNFINISHED = ("incomplete", responses.FAILED)
"""How a response that is no whole answer ended."""


def kind_of(a: Mapping[str, Any]) -> HopKind:
    """The hop kind of an observation."""
    return _KINDS.get(str(a.get(_O + "type", "")).lower(), "chain")


def observation(
    draft: Draft,
    *,
    model: str | None,
    given: Any,
    made: Any,
    parameters: Any,
    usage: Any,
    cost: Any,
    first_token: Any,
) -> None:
    """What an observation says, from a span or from an exported JSON object."""
    given, made = rd.from_repr(given), rd.from_repr(made)
    draft.request_model = draft.response_model = model
    found = rd.from_repr(parameters)
    if isinstance(found, dict):
        draft.parameters = {k: v for k, v in found.items() if v not in ("Infinity", None)}
    draft.usage = merged(draft.usage, usage_of(usage))
    costs(draft, cost)
    if draft.kind == "llm":
        _generation(draft, given, made)
    else:
        draft.input = langchain.readable(rd.arguments(given))
        if draft.kind == "tool":
            draft.tool_call_id = langchain.tool_call_id(made)
        elif draft.kind == "chain":
            langchain.step(draft, given, made)
        if made is not None:
            draft.output, draft.has_output = langchain.readable(made), True
    draft.time_to_first_token_ms = waited_ms(draft.span, unix_nano(rd.parsed(first_token)))


def costs(draft: Draft, given: Any) -> None:
    """What the observation cost: the total, else the sum of what was told."""
    told = rd.from_repr(given)
    if isinstance(told, dict):
        parts = (rd.number(told, "input") or 0.0) + (rd.number(told, "output") or 0.0)
        draft.cost_usd = rd.number(told, "total", "totalCost") or parts or None


def _generation(draft: Draft, given: Any, made: Any) -> None:
    known = draft.parameters
    if isinstance(given, list):
        given = _without_tools(draft, given)
    if isinstance(given, dict) and not ({"messages", "input", "contents", "prompt"} & set(given)):
        draft.input = rd.arguments(given)
    else:
        bodies.request(draft, given)
        draft.parameters = {**draft.parameters, **known}
        if isinstance(given, str) and given:
            draft.messages_in = msg.messages(given)
    bodies.response(draft, made)
    if not draft.messages_out and isinstance(made, str | list | dict) and made:
        looks = isinstance(made, str) or (isinstance(made, dict) and {"role", "type"} & set(made))
        if looks or (isinstance(made, list) and all(isinstance(m, dict) for m in made)):
            draft.messages_out = bodies.joined(msg.messages(made, "assistant"))
    said = any(m.parts for m in draft.messages_out)
    if made is not None and not said and not bodies.is_wordless(made):
        draft.messages_out = ()
        draft.output, draft.has_output = made, True


def _without_tools(draft: Draft, given: list[Any]) -> list[Any]:
    """The LangChain callback puts each tool's definition among the messages."""
    kept = []
    for item in given:
        content = item.get("content") if isinstance(item, dict) else None
        content = content if isinstance(content, dict) else {}
        defines = any(isinstance(content.get(k), dict) for k in ("function", "input_schema"))
        if defines and item.get("role") == "tool" and not item.get("tool_call_id"):
            draft.tools = [*draft.tools, docs.tool(content)]
        else:
            kept.append(item)
    return kept


def _about(draft: Draft, a: Mapping[str, Any]) -> None:
    m = _O + "metadata."
    draft.provider = provider(rd.word(a, m + "ls_provider"))
    if draft.kind == "llm":
        draft.request_model = rd.word(a, m + "ls_model_name") or draft.request_model
    draft.session_id = rd.text(
        a, "session.id", "langfuse.session.id", "langfuse.trace.session_id"
    ) or rd.word(a, m + "langfuse_session_id", m + "thread_id")
    draft.user_id = rd.text(a, "user.id", "langfuse.user.id", "langfuse.trace.user_id") or rd.word(
        a, m + "langfuse_user_id"
    )
    draft.prompt_name = rd.text(a, _O + "prompt.name")
    draft.prompt_version = rd.word(a, _O + "prompt.version")
    if draft.prompt_name is None and m + "prompt" in a:
        responses.prompt(draft, rd.parsed(a[m + "prompt"]))
    draft.version = rd.text(a, "langfuse.version", "langfuse.release")
    tags = a.get("langfuse.trace.tags", a.get(m + "langfuse_tags"))
    if tags is not None:
        draft.tags = rd.tags(tags)
    if a.get("langfuse.internal.is_app_root") or not draft.span.parent_span_id:
        draft.pipeline = rd.text(a, "langfuse.trace.name")
        if draft.input is None and "langfuse.trace.input" in a:
            draft.input = rd.arguments(rd.decoded(a["langfuse.trace.input"]))
        if not draft.has_output and "langfuse.trace.output" in a:
            draft.output, draft.has_output = rd.decoded(a["langfuse.trace.output"]), True


def failure_of(span: Span) -> ErrorInfo | None:
    """Why the observation failed, if it did."""
    return _failure(span, span.attributes) or failure(span)


def _failure(span: Span, a: Mapping[str, Any]) -> ErrorInfo | None:
    if a.get(_O + "level") != "ERROR" or any(e.name == "exception" for e in span.events):
        return None
    told = rd.text(a, _O + "status_message") or span.status_message
    return error(rd.text(a, "error.type"), told)


CONVENTION = Convention(NAME, read, scopes=("langfuse-sdk", "langfuse*"), marks=claims)
