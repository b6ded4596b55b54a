"""Guardrails AI's own spans: guards and their steps, calls in OpenInference's words, validators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import HopKind
from misstep_store.conventions.readers import openinference
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.otlp.spans import Span

NAME = "guardrails"
TYPE = "type"
_TYPES = "guardrails/guard"
_KINDS: dict[str, HopKind] = {"call": "llm", "validator": "guardrail"}
NOBODY = "unknown"
"""Who uses a guard that nobody named."""


def claims(span: Span) -> bool:
    """Anything with one of its types."""
    return str(span.attributes.get(TYPE) or "").startswith(_TYPES)


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = span.attributes
    kind = kind_of(a)
    draft = openinference.read_as(Draft(span, NAME, kind), a, logs)
    if kind == "guardrail":
        draft.name = rd.text(a, "validator.name") or draft.name
    elif is_guard(a):
        draft.name = rd.text(a, "guard.name") or draft.name
    if draft.user_id == NOBODY:
        draft.user_id = None
    return draft


def kind_of(a: Mapping[str, Any]) -> HopKind:
    """The hop kind: guards and their steps are chains; streams do not name their types."""
    if TYPE not in a:
        return openinference.kind_of(a)
    return _KINDS.get(str(a.get(TYPE) or "").rpartition("/")[2], "chain")


def is_guard(a: Mapping[str, Any]) -> bool:
    """Whether the span is a whole guard, called by its name."""
    return a.get(TYPE) == _TYPES


CONVENTION = Convention(
    NAME, read, scopes=("guardrails-ai", "guardrails.telemetry*", "gr_hub"), marks=claims
)
