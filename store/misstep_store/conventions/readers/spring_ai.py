"""Spring AI around its calls: clients, advisors, tools and vector stores, by ``spring.ai.kind``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import HopKind
from misstep_store.conventions.content import documents as docs
from misstep_store.conventions.finishing import finish, payloads
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.otlp.spans import Span

NAME = "spring-ai"
_S, _CLIENT = "spring.ai.", "spring.ai.chat.client."
KIND = _S + "kind"
OPERATION = "db.operation.name"
TOOL, ADVISOR = _S + "tool.definition.name", _S + "advisor.name"
SESSION = _CLIENT + "conversation.id"
INPUTS = (
    _S + "tool.call.arguments",
    "db.vector.query.content",
    _CLIENT + "user.text",
    "gen_ai.prompt",
)
OUTPUTS = (_S + "tool.call.result", "gen_ai.completion")
_FOUND = "db.vector.query.response.documents"


def claims(span: Span) -> bool:
    """What it does around the calls of its models, which are GenAI's own."""
    return KIND in span.attributes


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = span.attributes
    kind = kind_of(a)
    draft = Draft(span, NAME, kind, rd.text(a, TOOL, ADVISOR) or span.name)
    draft.session_id = rd.text(a, SESSION)
    payloads(draft, a, INPUTS, OUTPUTS)
    if kind == "retriever" and _FOUND in a:
        listed = rd.from_repr(a[_FOUND])
        texts = listed if isinstance(listed, list) else rd.strings(a[_FOUND])
        draft.documents = [
            docs.document(d if isinstance(d, dict) else {"content": d}) for d in texts
        ]
        draft.output, draft.has_output = listed, True
    otel_genai.about(draft, a)
    return finish(draft)


def kind_of(a: Mapping[str, Any]) -> HopKind:
    """The hop kind; of vector stores only those that search retrieve."""
    told = a.get(KIND)
    if told == "tool_call":
        return "tool"
    return "retriever" if told == "vector_store" and a.get(OPERATION) == "query" else "chain"


CONVENTION = Convention(NAME, read, marks=claims)
