"""Haystack's own tracing: what pipelines, agents and components were given and made, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import HopKind, Json, Message
from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.content.parts import (
    Part,
    call_part,
    media,
    part,
    reasoning_part,
    response_part,
)
from misstep_store.conventions.finishing import finish, provider
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values import shapes
from misstep_store.conventions.values.usage import usage_of
from misstep_store.otlp.spans import Span

NAME = "haystack"
_C, _A, _P = "haystack.component.", "haystack.agent.", "haystack.pipeline."
_ENDINGS: tuple[tuple[str, HopKind], ...] = (
    ("Generator", "llm"),
    ("Embedder", "embedding"),
    ("Retriever", "retriever"),
    ("Ranker", "reranker"),
    ("ToolInvoker", "tool"),
    ("Evaluator", "evaluator"),
    ("Agent", "agent"),
)
_PROVIDERS = (
    ("azureopenai", "azure.ai.openai"),
    ("openai", "openai"),
    ("anthropic", "anthropic"),
    ("cohere", "cohere"),
    ("mistral", "mistral_ai"),
    ("amazonbedrock", "aws.bedrock"),
    ("googlegenai", "gcp.gemini"),
    ("ollama", "ollama"),
)


def claims(span: Span) -> bool:
    """Anything with an attribute of a pipeline, a component or an agent of Haystack's."""
    return any(k.startswith("haystack.") for k in span.attributes)


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = span.attributes
    kind = kind_of(span, a)
    draft = Draft(span, NAME, kind, rd.text(a, _C + "name") or span.name)
    given = rd.decoded(a.get(_C + "input", a.get(_A + "input", a.get(_P + "input_data"))))
    made = rd.decoded(a.get(_C + "output", a.get(_A + "output", a.get(_P + "output_data"))))
    given = {k: v for k, v in given.items() if v is not None} if isinstance(given, dict) else given
    if kind in ("llm", "agent") and isinstance(given, dict):
        _asked(draft, given, a)
        _said(draft, made)
    elif kind == "tool":
        called(draft, given, made)
    elif kind in ("embedding", "retriever", "reranker") and isinstance(given, dict):
        _sought(draft, given, made, str(a.get(_C + "type") or ""))
    if draft.input is None and not draft.messages_in:
        draft.input = given
    if not draft.has_output and not draft.messages_out and draft.span.status_code != 2:
        draft.output, draft.has_output = made, made not in (None, {})
    otel_genai.about(draft, a)
    return finish(draft)


def kind_of(span: Span, a: Mapping[str, Any]) -> HopKind:
    """The hop kind of a component by its class."""
    if _A + "input" in a or span.name == "haystack.agent.run":
        return "agent"
    told = str(a.get(_C + "type") or "")
    return next((kind for ending, kind in _ENDINGS if told.endswith(ending)), "chain")


def _asked(draft: Draft, given: Mapping[str, Any], a: Mapping[str, Any]) -> None:
    draft.messages_in = _messages(given.get("messages"))
    if not draft.messages_in and isinstance(given.get("prompt"), str):
        draft.messages_in = msg.messages(given["prompt"])
    listed = rd.decoded(a.get(_A + "tools", given.get("tools")))
    if isinstance(listed, list):
        draft.tools = docs.tools([t.get("data", t) for t in listed if isinstance(t, dict)])
    if draft.kind == "llm":
        draft.provider = provider_of(str(a.get(_C + "type") or ""))
        settings = given.get("generation_kwargs")
        draft.parameters = settings if isinstance(settings, dict) else {}


def provider_of(told: str) -> str | None:
    """The provider that a class of components asks."""
    lower = told.lower()
    return next((provider(name) for start, name in _PROVIDERS if lower.startswith(start)), None)


def _said(draft: Draft, made: Any) -> None:
    """Replies; of an agent's conversation the last one. What is beside each tells of the call."""
    if not isinstance(made, dict):
        return
    replies = made.get("replies", made.get("messages"))
    if isinstance(replies, list) and replies:
        chosen = replies[-1:] if draft.kind == "agent" else replies
        draft.messages_out = _messages(chosen, "assistant")
    if draft.kind == "llm":
        bodies.fill(draft, about(meta_of(made)))


def meta_of(made: Mapping[str, Any]) -> Any:
    """What stands beside the first reply of a generator."""
    replies, meta = made.get("replies", made.get("messages")), made.get("meta")
    if isinstance(replies, list) and replies and isinstance(replies[0], dict):
        meta = replies[0].get("meta", replies[0].get("_meta", meta))
    return meta[0] if isinstance(meta, list) and meta else meta


def about(meta: Any) -> bodies.About:
    """Model, id, tokens and why it ended, in what stands beside a reply."""
    if not isinstance(meta, dict):
        return bodies.NOTHING
    model, identity, finish_reason = (rd.text(meta, k) for k in ("model", "id", "finish_reason"))
    return bodies.About(model, identity, finish_reason, usage_of(meta.get("usage")))


def _messages(listed: Any, role: str = "user") -> list[Message]:
    if not isinstance(listed, list):
        return []
    found = [_message(m, role) if isinstance(m, dict) else msg.message(m, role) for m in listed]
    return [m for m in found if m is not None]


def _message(raw: Mapping[str, Any], role: str) -> Message | None:
    content = raw.get("content", raw.get("_content"))
    told = raw.get("role", raw.get("_role"))
    parts = [_part(c) for c in content] if isinstance(content, list) else None
    if parts is None:
        return msg.message({**raw, "role": told or role, "content": content}, role)
    return shapes.message(msg.clean_role(told, role), parts)


def _part(raw: Any) -> Part:
    """``{"text"}``, ``{"tool_call"}``, ``{"tool_call_result"}``, ``{"reasoning"}``, ``{"image"}``."""
    if not isinstance(raw, dict):
        return part(raw)
    for key in ("tool_call", "tool_call_result", "reasoning", "image"):
        inner = raw.get(key)
        if not isinstance(inner, dict):
            continue
        if key == "tool_call":
            return call_part(inner.get("id"), inner.get("tool_name"), inner.get("arguments"))
        if key == "tool_call_result":
            origin = inner.get("origin")
            call_id = origin.get("id") if isinstance(origin, dict) else None
            return response_part(call_id, inner.get("result"))
        if key == "reasoning":
            return reasoning_part(inner.get("reasoning_text") or "")
        return media("image", inner.get("base64_image") or inner, inner.get("mime_type"))
    return part(raw)


def called(draft: Draft, given: Any, made: Any) -> None:
    """The calls that the invoker was given, and their results; one alone as itself."""
    asked = _messages(given.get("messages")) if isinstance(given, dict) else []
    told = _messages(made.get("tool_messages")) if isinstance(made, dict) else []
    calls = [p for m in asked for p in m.parts if p["type"] == "tool_call"]
    results = [p for m in told for p in m.parts if p["type"] == "tool_call_response"]
    if len(calls) == 1:
        draft.name = str(calls[0].get("name") or draft.name)
        call_id = calls[0].get("id")
        draft.tool_call_id = call_id if isinstance(call_id, str) else None
        draft.input = calls[0].get("arguments")
    elif calls:
        draft.input = [{k: c.get(k) for k in ("id", "name", "arguments")} for c in calls]
    answers: list[Json] = [r.get("response") for r in results]
    if answers:
        draft.output = answers[0] if len(answers) == 1 else answers
        draft.has_output = True


def _sought(draft: Draft, given: Mapping[str, Any], made: Any, told: str) -> None:
    draft.input = given.get("query", given.get("text"))
    if not isinstance(made, dict):
        return
    if draft.kind == "embedding":
        draft.provider = provider_of(told)
        bodies.fill(draft, about(made.get("meta")))
        listed = given.get("documents")
        if draft.input is None and isinstance(listed, list):
            draft.input = [d.get("content") for d in listed if isinstance(d, dict)]
    elif isinstance(made.get("documents"), list):
        draft.documents = docs.documents(made["documents"])
        draft.output, draft.has_output = made["documents"], True


CONVENTION = Convention(NAME, read, scopes=("haystack", "haystack.*"), marks=claims)
