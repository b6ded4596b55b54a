"""The Mistral SDK's own spans: model and tokens without content, beside an instrumentation's."""

from __future__ import annotations

from misstep_store.conventions.finishing import finish
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.otlp.spans import Span

NAME = "mistral-sdk"


def claims(span: Span) -> bool:
    """Its operation and request ids."""
    return "mistral_ai.operation.id" in span.attributes


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop; an echo where an instrumentation tells of the same call."""
    a = otel_genai.attributes(span, logs)
    kind = otel_genai.kind_of(a)
    if "embed" in span.name and kind == "llm":
        kind = "embedding"
    draft = Draft(span, NAME, kind, otel_genai.name_of(span, a, kind))
    draft.provider = "mistral_ai"
    if kind in ("llm", "embedding"):
        draft.echo = "inside"
    otel_genai.fill(draft, a, logs)
    return finish(draft)


CONVENTION = Convention(NAME, read, scopes=("mistralai_sdk_tracer", "mistralai*"), marks=claims)
