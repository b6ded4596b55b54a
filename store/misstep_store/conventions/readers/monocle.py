"""Monocle: models, tools and agents as entities of a span, what was asked and said as its events."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from misstep.model import ErrorInfo, HopKind, Json, Message
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.content import responses
from misstep_store.conventions.finishing import finish, provider
from misstep_store.conventions.raw.said import said_in
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import errors, shapes
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.usage import usage_of
from misstep_store.otlp.spans import Span

NAME = "monocle"
TYPE = "span.type"
_KINDS: dict[str, HopKind] = {
    "inference": "llm",
    "inference.framework": "llm",
    "inference.modelapi": "llm",
    "embedding": "embedding",
    "embedding.modelapi": "embedding",
    "retrieval": "retriever",
    "agentic.invocation": "agent",
    "agentic.tool.invocation": "tool",
    "agentic.mcp.invocation": "tool",
}
SESSIONS = ("scope.agentic.session", "scope.agentic.session.id")
_ROLES = frozenset({"system", "developer", "user", "human", "assistant", "ai", "tool"})
_RESULT = {"call_id", "output"}
"""What a tool gave, as an item of Responses is told."""
_ENTITY = re.compile(r"entity\.(\d{1,3})\.type")


def claims(span: Span) -> bool:
    """Its version or the entities of a span."""
    a = span.attributes
    return TYPE in a and ("monocle_apptrace.version" in a or "entity.1.type" in a)


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = span.attributes
    kind = kind_of(a)
    draft = Draft(span, NAME, kind)
    entities = entities_of(a)
    told: dict[str, Mapping[str, Any]] = {e.name: e.attributes for e in span.events}
    if kind in ("llm", "embedding"):
        draft.provider, draft.request_model = models_of(entities)
        counts = told.get("metadata", {})
        draft.usage = usage_of(dict(counts))
        draft.finish_reason = rd.text(counts, "finish_reason")
    else:
        draft.name = name_of(span.name, kind, entities)
    _said(draft, told.get("data.input", {}), told.get("data.output", {}))
    draft.pipeline = rd.text(a, "workflow.name") if kind in ("chain", "agent") else None
    draft.session_id = rd.text(a, *SESSIONS)
    otel_genai.about(draft, a)
    draft.error = failure_of(span)
    return finish(draft)


def kind_of(a: Mapping[str, Any]) -> HopKind:
    """The hop kind of a type of span; workflows, turns and the like are steps."""
    return _KINDS.get(str(a.get(TYPE)), "chain")


def failure_of(span: Span) -> ErrorInfo | None:
    """Why a span failed; the code stands in what it gave."""
    found = errors.failure(span)
    if found is None or span.attributes.get("error.type"):
        return found
    codes = (rd.text(e.attributes, "error_code") for e in span.events if e.name == "data.output")
    code = next((c for c in codes if c), None)
    return errors.error(code, span.status_message) if code else found


def name_of(name: str, kind: HopKind, entities: Mapping[str, str]) -> str:
    """A tool or agent by its entity's name."""
    if kind not in ("tool", "agent"):
        return name
    return next((n for t, n in entities.items() if t.startswith(kind) and n), name)


def entities_of(a: Mapping[str, Any]) -> dict[str, str]:
    """Type and name of each entity of a span, in their order."""
    return told_of(a, entities_in(a))


def entities_in(keys: Iterable[str]) -> list[tuple[str, str]]:
    """The keys of type and name of each entity, in their order."""
    found = sorted((int(m[1]), k) for k in keys if (m := _ENTITY.fullmatch(k)))
    return [(key, key.replace(".type", ".name")) for _, key in found]


def told_of(a: Mapping[str, Any], keys: Sequence[tuple[str, str]]) -> dict[str, str]:
    """As :func:`entities_of`, of entities with these keys."""
    return {rd.text(a, kind) or "": rd.text(a, name) or "" for kind, name in keys}


def models_of(entities: Mapping[str, str]) -> tuple[str | None, str | None]:
    """Provider and model of a call."""
    models = [name for told, name in entities.items() if told.startswith("model.") and name]
    hosts = [told.partition(".")[2] for told in entities if told.startswith("inference.")]
    return provider(hosts[-1]) if hosts else None, models[-1] if models else None


def _said(draft: Draft, given: Mapping[str, Any], made: Mapping[str, Any]) -> None:
    asked, answer = _opened(given.get("input")), _opened(made.get("response"))
    if draft.kind != "llm":
        draft.input = asked
        draft.output, draft.has_output = answer, answer is not None and not _failed(draft, made)
        return
    draft.messages_in = [m for piece in _listed(asked) for m in _messages(piece, "user")]
    if not _failed(draft, made):
        said = [m for piece in _listed(answer) for m in _messages(piece, "assistant")]
        draft.messages_out = said


def _failed(draft: Draft, made: Mapping[str, Any]) -> bool:
    """Whether what was given is an error's; of Responses that succeeded the code is their status."""
    return "error_code" in made and draft.span.status_code == 2


def _opened(value: Any) -> Json:
    """JSON or a printed list, each of whose items may be JSON."""
    found = rd.from_repr(value)
    if isinstance(found, list):
        return [rd.parsed(v) for v in found]
    return found


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _messages(piece: Json, role: str) -> list[Message]:
    """``{"user": "…"}``, or calls: ``{"assistant": [{"tool_name": …}]}``, ``{"tools": […]}``."""
    if isinstance(piece, dict) and piece.keys() == _RESULT:
        piece = {**piece, "type": "function_call_output"}
    if not isinstance(piece, dict) or not (_ROLES & set(piece) or "tools" in piece):
        return msg.messages(piece, role)
    made: list[Message] = []
    for told, content in piece.items():
        content = _items(content) if told == "assistant" else content
        calls = content if isinstance(content, list) else [content]
        if calls and all(isinstance(c, dict) and "tool_name" in c for c in calls):
            made.append(shapes.message("assistant", [_call(c) for c in calls]))
        elif responses.is_whole(content):
            made += said_in(content)
        else:
            made += msg.messages([{"role": told, "content": rd.plain(content)}], told)
    return made


def _items(content: Any) -> Any:
    """The items of a Responses object, of which what is not known is told as they are."""
    if not isinstance(content, str) or not content.startswith("[{"):
        return content
    found = responses.opened(rd.parsed(content))
    return found if responses.is_whole(found) else content


def _call(told: Mapping[str, Any]) -> dict[str, Json]:
    return {
        "type": "tool_call",
        "id": rd.text(told, "tool_id"),
        "name": rd.text(told, "tool_name"),
        "arguments": rd.decoded(told.get("tool_arguments") or "{}"),
    }


CONVENTION = Convention(NAME, read, scopes=("monocle_apptrace*",), marks=claims)
