"""Genkit: each action's input and output as JSON under ``genkit:``, its kind as a subtype."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from misstep.model import HopKind, Message
from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.content.parts import (
    Part,
    call_part,
    media,
    part,
    reasoning_part,
    response_part,
    text_part,
)
from misstep_store.conventions.finishing import finish, provider
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values import shapes
from misstep_store.conventions.values.usage import merged, usage_of
from misstep_store.otlp.spans import Span

NAME = "genkit"
_KINDS: dict[str, HopKind] = {
    "model": "llm",
    "background-model": "llm",
    "embedder": "embedding",
    "tool": "tool",
    "tool.v2": "tool",
    "retriever": "retriever",
    "reranker": "reranker",
    "evaluator": "evaluator",
    "agent": "agent",
}


def claims(span: Span) -> bool:
    """Anything with Genkit's name or type."""
    return "genkit:name" in span.attributes or "genkit:type" in span.attributes


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = span.attributes
    kind = kind_of(a)
    draft = Draft(span, NAME, kind, rd.text(a, "genkit:name") or span.name)
    given, made = rd.decoded(a.get("genkit:input")), rd.decoded(a.get("genkit:output"))
    if kind in ("llm", "embedding", "reranker"):
        named, slash, model = draft.name.partition("/")
        draft.provider = provider(named) if slash else None
        draft.request_model = model if slash else draft.name
    if kind == "llm":
        _asked(draft, given)
        _said(draft, made)
    elif kind == "embedding":
        listed = given.get("input") if isinstance(given, dict) else None
        draft.input = [_words(d) for d in listed] if isinstance(listed, list) else given
        draft.output, draft.has_output = made, made is not None
    else:
        _step(draft, given, made)
    draft.session_id = rd.text(a, "genkit:sessionId", "genkit:metadata:sessionId")
    otel_genai.about(draft, a)
    return finish(draft)


def kind_of(a: Mapping[str, Any]) -> HopKind:
    """The hop kind of an action."""
    return _KINDS.get(str(a.get("genkit:metadata:subtype") or ""), "chain")


def _asked(draft: Draft, given: Any) -> None:
    if not isinstance(given, dict):
        draft.input = given
        return
    listed = given.get("messages")
    draft.messages_in = [
        m for raw in (listed if isinstance(listed, list) else ()) if (m := message(raw))
    ]
    draft.tools = docs.tools(given.get("tools"))
    config = given.get("config")
    draft.parameters = dict(config) if isinstance(config, dict) else {}
    shape = given.get("output")
    if isinstance(shape, dict) and shape:
        draft.parameters = {**draft.parameters, "response_format": shape}


def _said(draft: Draft, made: Any) -> None:
    if not isinstance(made, dict):
        return
    chosen, raw = answer(made)
    said = message(chosen.get("message"))
    draft.finish_reason = rd.text(chosen, "finishReason")
    if said is not None:
        draft.messages_out = [said]
    draft.usage = usage_of(made.get("usage"))
    if raw is not None:
        told = Draft(draft.span, NAME, "llm")
        bodies.response(told, raw)
        draft.response_model, draft.response_id = told.response_model, told.response_id
        draft.finish_reason = told.finish_reason or draft.finish_reason
        # Of Gemini's answers Genkit counts thoughts beside the output, not in it.
        draft.usage = merged(told.usage, draft.usage)
        if said is not None and not said.parts and any(m.parts for m in told.messages_out):
            draft.messages_out = told.messages_out


def answer(made: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The candidate of a model's output, which older plugins wrap in a list, and what the provider
    itself answered."""
    listed = made.get("candidates")
    first = listed[0] if isinstance(listed, list) and listed and "message" not in made else made
    raw = next((made[k] for k in ("raw", "custom") if isinstance(made.get(k), dict)), None)
    return (first if isinstance(first, dict) else made), raw or None


def message(raw: Any) -> Message | None:
    """A message of Genkit's; None for what is none."""
    if not isinstance(raw, dict):
        return None
    content = raw.get("content")
    parts = [_part(p) for p in content] if isinstance(content, list) else []
    role = msg.clean_role(raw.get("role"))
    return shapes.message(role, _joined(parts) if role == "assistant" else parts)


def _joined(parts: list[Part]) -> list[Part]:
    """Words of one text, which some plugins leave in the pieces in which they streamed in."""
    made: list[Part] = []
    for one in parts:
        if made and one.get("type") == "text" == made[-1].get("type"):
            made[-1] = text_part(f"{made[-1].get('content')}{one.get('content')}")
        else:
            made.append(one)
    return made


def _part(raw: Any) -> Part:
    if not isinstance(raw, dict):
        return text_part(raw)
    if isinstance(called := raw.get("toolRequest"), dict):
        return call_part(called.get("ref"), called.get("name"), called.get("input"))
    if isinstance(told := raw.get("toolResponse"), dict):
        return response_part(told.get("ref") or told.get("name"), told.get("output"))
    if isinstance(shown := raw.get("media"), dict):
        return media("image", shown.get("url"), shown.get("contentType"))
    if raw.get("reasoning"):
        return reasoning_part(raw["reasoning"])
    if "data" in raw and "text" not in raw:
        return text_part(json.dumps(raw["data"], ensure_ascii=False, default=str))
    return part(raw)


def _words(document: Any) -> Any:
    """The text of a document or query."""
    content = document.get("content") if isinstance(document, dict) else None
    if not isinstance(content, list):
        return document
    return "\n".join(str(p["text"]) for p in content if isinstance(p, dict) and "text" in p)


def _step(draft: Draft, given: Any, made: Any) -> None:
    draft.input = given
    if isinstance(given, dict) and "query" in given:
        draft.input = _words(given["query"])
    listed = made.get("documents") if isinstance(made, dict) else None
    if isinstance(listed, list):
        draft.documents = [_document(d) for d in listed if isinstance(d, dict)]
    asking = isinstance(given, dict) and isinstance(given.get("messages"), list)
    if asking and draft.kind == "chain":
        asked = [m for raw in given["messages"] if (m := message(raw))]
        draft.input = msg.readable_input(asked)
    answers = isinstance(made, dict) and (asking or "finishReason" in made)
    if answers and draft.kind == "chain":  # of a prompt's too
        said = message(made.get("message"))
        made = msg.readable_output([said]) if said else made
    draft.output, draft.has_output = made, made is not None


def _document(raw: Mapping[str, Any]) -> dict[str, Any]:
    metadata = raw.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    score = metadata.get("score")
    return docs.document(
        {"id": metadata.get("id"), "content": _words(raw), "score": score, "metadata": metadata}
    )


CONVENTION = Convention(NAME, read, scopes=("genkit-tracer", "genkit*"), marks=claims)
