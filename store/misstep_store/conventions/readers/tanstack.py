"""TanStack AI: GenAI's words, a run around its calls that names no operation, tools whose arguments and
results are messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import HopKind, Json
from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.finishing import finish
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Alone, Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.otlp.spans import Span

NAME = "tanstack"
_MARKS = (
    "tanstack.ai.iteration",
    "tanstack.ai.iterations",
    "tanstack.ai.tool.outcome",
    "tanstack.ai.completion.reason",
)
_RUN = "langfuse.trace.input"
GIVEN = ("gen_ai.input.messages", "langfuse.observation.input")
MADE = ("gen_ai.output.messages", "langfuse.observation.output")


def claims(span: Span) -> bool:
    """What it writes beside GenAI's words; a run that failed has what its trace was given alone."""
    a = span.attributes
    return any(key in a for key in _MARKS) or (_RUN in a and is_run(a))


def is_run(a: Mapping[str, Any]) -> bool:
    """Whether a span is the run around the calls: it names a model and does nothing with it."""
    return "gen_ai.request.model" in a and "gen_ai.operation.name" not in a


def kind_of(a: Mapping[str, Any]) -> HopKind:
    """The hop kind of a span."""
    return "chain" if is_run(a) else otel_genai.kind_of(a)


def company(named: str | None) -> str | None:
    """Whose model it is: the name of an adapter has its interface at the end."""
    return named.removesuffix("-chat") if named else named


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    kind = kind_of(a)
    draft = Draft(span, NAME, kind, otel_genai.name_of(span, a, kind))
    if kind == "tool":
        draft.input = rd.arguments(_said(a, GIVEN))
        draft.output = _said(a, MADE)
        draft.has_output = draft.output is not None
    elif kind == "chain":
        _run(draft, a)
    otel_genai.fill(draft, a, logs)
    draft.provider = company(draft.provider)
    if kind == "chain" and draft.request_model:  # where no span tells of a call, it is the call
        told = (draft.provider, draft.request_model, draft.finish_reason)
        draft.alone = Alone("llm", *told, is_sure=True)
    return finish(draft)


def _run(draft: Draft, a: Mapping[str, Any]) -> None:
    """What its calls were asked first and answered last."""
    given, made = (next((a[k] for k in keys if k in a), None) for keys in (GIVEN, MADE))
    draft.messages_in = msg.messages(given)
    draft.messages_out = msg.messages(made, "assistant")


def _said(a: Mapping[str, Any], keys: tuple[str, ...]) -> Json:
    """The content of the one message."""
    found = rd.decoded(next((a[k] for k in keys if k in a), None))
    one = found[0] if isinstance(found, list) and found else None
    return rd.decoded(one.get("content")) if isinstance(one, dict) else None


CONVENTION = Convention(NAME, read, marks=claims)
