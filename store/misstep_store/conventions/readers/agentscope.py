"""AgentScope: GenAI; until 2026 what was asked stands in what its functions were given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import ErrorInfo, Json
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.content import objects
from misstep_store.conventions.finishing import finish
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.errors import told_of
from misstep_store.otlp.spans import Span

NAME = "agentscope"
GIVEN, GAVE = "agentscope.function.input", "agentscope.function.output"
_MARKS = (GIVEN, "agentscope.function.name", "agentscope.agent.reply_id")
SESSION = "gen_ai.conversation.id"


def claims(span: Span) -> bool:
    """What its functions alone write."""
    return any(key in span.attributes for key in _MARKS)


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    kind = otel_genai.kind_of(a)
    draft = Draft(span, NAME, kind, otel_genai.name_of(span, a, kind))
    draft.session_id = session_of(a)
    if kind == "llm" and "gen_ai.input.messages" not in a:
        draft.messages_in = msg.messages(_asked(rd.parsed(a.get(GIVEN))))
    elif kind in ("chain", "embedding", "retriever"):
        draft.input = rd.decoded(a.get(GIVEN))
        draft.output, draft.has_output = rd.decoded(a.get(GAVE)), GAVE in a
    otel_genai.fill(draft, a, logs)
    if kind == "tool":
        _tool(draft)
    return finish(draft)


def session_of(a: Mapping[str, Any]) -> str | None:
    """The session, which was written as JSON until 2026."""
    return session_in(a.get(SESSION))


def session_in(value: Any) -> str | None:
    """As :func:`session_of`, of what is told."""
    told = rd.decoded(value)
    return told if isinstance(told, str) and told else None


def _asked(given: Json) -> Json:
    """The messages among what a model's function was given."""
    if not isinstance(given, dict):
        return None
    args, kwargs = given.get("args"), given.get("kwargs")
    first = args[0] if isinstance(args, list) and args else None
    named = kwargs.get("messages") if isinstance(kwargs, dict) else None
    return first if isinstance(first, list) else named


def _tool(draft: Draft) -> None:
    """The words of what a tool gave, out of its envelope; one that says it failed did."""
    draft.output, failure = answered(draft.output)
    if failure is not None:
        draft.error, draft.has_output = failure, False


def answered(told: Json) -> tuple[Json, ErrorInfo | None]:
    """What a tool gave, and why it failed."""
    whole = told
    if isinstance(told, str) and told.startswith("ToolResponse("):
        told = objects.fields_of(told)
    if not isinstance(told, dict) or not isinstance(told.get("content"), list):
        return whole, None
    parts = told["content"]
    texts = [p["text"] for p in parts if isinstance(p, dict) and isinstance(p.get("text"), str)]
    said: Json = "\n".join(texts) if len(texts) == len(parts) else parts
    if told.get("state") == "error":
        words = said if isinstance(said, str) else ""
        return None, told_of({"error.type": "ToolError"}, (), words)
    return said, None


CONVENTION = Convention(NAME, read, scopes=("agentscope",), marks=claims)
