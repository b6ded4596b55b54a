"""HoneyHive's decorators: what functions were given and gave; calls are other instrumentations'."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep.model import HopKind
from misstep_store.conventions.content import flattened
from misstep_store.conventions.finishing import finish
from misstep_store.conventions.readers import otel_genai
from misstep_store.conventions.types import Convention, Draft, Logs
from misstep_store.conventions.values import reading as rd
from misstep_store.otlp.spans import Span

NAME = "honeyhive"
KIND = "honeyhive_event_type"
SESSIONS = ("honeyhive.session_id", "honeyhive_session_id")
USERS = ("honeyhive_user_properties.user_id", "honeyhive_user_id")
_KINDS: dict[str, HopKind] = {"model": "llm", "tool": "tool"}


def claims(span: Span) -> bool:
    """Anything that says which of its events it is."""
    return KIND in span.attributes


def read(span: Span, logs: Logs) -> Draft:
    """The span as a draft hop."""
    a = otel_genai.attributes(span, logs)
    draft = Draft(span, NAME, kind_of(a))
    draft.session_id, draft.user_id = rd.text(a, *SESSIONS), rd.text(a, *USERS)
    draft.input = flattened.fields(a, "honeyhive_inputs.")
    told = flattened.fields(a, "honeyhive_outputs.")
    if told is not None:
        draft.output = told["result"] if told.keys() == {"result"} else told
        draft.has_output = True
    otel_genai.fill(draft, a, logs)
    return finish(draft)


def kind_of(a: Mapping[str, Any]) -> HopKind:
    """A model's, a tool's, or a step."""
    return _KINDS.get(str(a.get(KIND)), "chain")


CONVENTION = Convention(NAME, read, scopes=("honeyhive*",), marks=claims)
