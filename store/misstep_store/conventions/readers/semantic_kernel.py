"""Semantic Kernel: flat messages on agents, one JSON log a message on calls."""

from __future__ import annotations

from misstep_store.conventions.finishing import finish
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.otlp.spans import Span

NAME = "semantic-kernel"


def claims(span: Span) -> bool:
    """Its function-calling loop; its other spans are GenAI's."""
    return "sk.available_functions" in span.attributes


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    kind = otel_genai.kind_of(a)
    draft = Draft(span, NAME, kind, otel_genai.name_of(span, a, kind))
    otel_genai.fill(draft, a, logs)
    return finish(draft)


CONVENTION = Convention(
    NAME, read, scopes=("semantic_kernel.*", "Microsoft.SemanticKernel*"), marks=claims
)
