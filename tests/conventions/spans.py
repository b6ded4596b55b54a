"""Spans as one would find them on the wire, in few words."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

from misstep.model import Hop
from misstep_store.conventions import normalise
from misstep_store.conventions.between import begun
from misstep_store.otlp.spans import LogRecord, Scope, Span, SpanEvent

TRACE = "a" * 32
MS = 1_000_000
_numbers = itertools.count(1)


def span(
    scope: str,
    name: str = "span",
    *,
    parent: Span | None = None,
    at: int = 1_000,
    took: int = 100,
    events: list[SpanEvent] | None = None,
    status: int = 0,
    kind: int = 1,
    **attributes: Any,
) -> Span:
    """A span of a scope; ``at`` and ``took`` in milliseconds; ``__`` in a key stands for a dot."""
    return Span(
        TRACE,
        f"{next(_numbers):016x}",
        name,
        parent_span_id=parent.span_id if parent else "",
        kind=kind,
        start_unix_nano=at * MS,
        end_unix_nano=(at + took) * MS,
        attributes={k.replace("__", "."): v for k, v in attributes.items()},
        events=events or [],
        status_code=status,
        scope=Scope(scope),
    )


def genai(name: str = "chat m", **more: Any) -> Span:
    """A model call of the current GenAI conventions."""
    given: dict[str, Any] = {
        "gen_ai__operation__name": "chat",
        "gen_ai__request__model": "m",
        "gen_ai__usage__input_tokens": 21,
        "gen_ai__usage__output_tokens": 9,
    }
    scope = more.pop("scope", "opentelemetry.instrumentation.genai.openai")
    return span(scope, name, **(given | more))


def hops(*spans: Span, logs: list[LogRecord] | None = None) -> list[Hop]:
    """The hops of one trace."""
    return normalise(spans, logs or []).hops


def only(*spans: Span, logs: list[LogRecord] | None = None) -> Hop:
    """The one hop of a trace."""
    (found,) = hops(*spans, logs=logs)
    return found


def began(roots: set[str], spans: Iterable[Span]) -> list[str]:
    """The spans that only tell that one of these began: of a run they are no hop, nor in one."""
    found = (s for s in spans if begun.is_telling(s.attributes))
    return [s.span_id for s in found if s.parent_span_id in roots]
