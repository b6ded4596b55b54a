"""Axiom's SDK: GenAI's words on what asked a model once or in a loop, and the streams inside, each of
which is one call and says only what it counted and why it ended."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from misstep_store.conventions.finishing import finish
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.otlp.spans import Span

NAME = "axiom"
_STREAM = re.compile(r"chat (.+) stream")


def model_of(span: Span) -> str | None:
    """The model of a stream, by the name of its span; None of any other span."""
    return None if asks(span.attributes) else named_in(span.name)


def asks(a: Mapping[str, Any]) -> bool:
    """Whether a span says itself what it asked."""
    return "gen_ai.operation.name" in a or "gen_ai.request.model" in a


def named_in(name: str) -> str | None:
    """The model in the name of a stream."""
    found = _STREAM.fullmatch(name)
    return found[1] if found is not None else None


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    model = model_of(span)
    kind = "llm" if model else otel_genai.kind_of(a)
    draft = Draft(span, NAME, kind, otel_genai.name_of(span, a, kind))
    draft.request_model = model
    draft.is_one_of = model is not None
    otel_genai.fill(draft, a, logs)
    return finish(draft)


CONVENTION = Convention(NAME, read, scopes=("axiom", "axiom-*", "@axiomhq/*"))
