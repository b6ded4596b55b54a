"""OpenInference's answers without words: embeddings in a library's own envelope, calls that gave
nothing."""

from __future__ import annotations

from typing import Any

from misstep.model import ErrorInfo
from misstep_store.conventions.readers import openinference_libraries as libraries
from misstep_store.conventions.values import errors
from misstep_store.conventions.values import reading as rd
from misstep_store.headers.plans.plan import Plan
from misstep_store.headers.steps import rows
from misstep_store.otlp.spans import Span


def vectors_alone(found: rows.Rows) -> None:
    """Objects with vectors, the provider's answer beside them, hold no messages."""
    opened, silent = found.opened["output.value"], found.silent["output.value"]
    told = (n for n, text in enumerate(opened) if type(text) is str and rows.may_finish(text))
    alone = {n for n in told if n not in silent and _is_wordless(rd.from_repr(opened[n]))}
    if alone:
        found.silent["output.value"] = alone.union(silent)


def _is_wordless(body: Any) -> bool:
    if type(body) is not dict or "type" in body or not _WORDS.isdisjoint(body):
        return False
    inner = body.get("response")
    return type(inner) is not dict or _WORDS.isdisjoint(inner)


_WORDS = frozenset(
    {"choices", "generations", "candidates", "output", "messages", "content", "message"}
)
"""Where an answer may hold messages."""


def gives_nothing(made: Plan, library: str) -> bool:
    """Whether calls with an exception hold nothing but what they were asked: they failed, whatever
    their status says; see :func:`finishing.finish`."""
    seen = made.seen
    return (
        made.kind_name == "llm"
        and seen.happened == {"exception"}
        and not seen.has_logs
        and (library in _MENDS_ANSWERS or not libraries.mends(library, is_call=True))
        and all(k in _ASKED or k.startswith(_ASKED_IN) for k in seen.a)
    )


_MENDS_ANSWERS = frozenset({"agno"})
"""Libraries of whose calls nothing but an answer takes more than the attributes' own words."""


def failure(span: Span) -> ErrorInfo | None:
    """Why a call that gave nothing failed."""
    return errors.failure(span) if span.status_code == 2 else errors.failed(span)


_ASKED = frozenset(
    {"input.value", "input.mime_type", "openinference.span.kind", "llm.model_name"}
    | {"llm.provider", "llm.system", "llm.invocation_parameters", "session.id", "user.id"}
    | {"metadata", "agno.run.id", "graph.node.id", "graph.node.parent_id", "graph.node.name"}
)
_ASKED_IN = ("llm.input_messages.", "llm.tools.")
"""Keys of what a call was asked and where it stands."""
