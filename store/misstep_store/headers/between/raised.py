"""Exceptions that travel as log records, of many spans: as :mod:`conventions.raising` adds them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from misstep_store.conventions import raising
from misstep_store.headers.columns.spans import SpanColumns
from misstep_store.otlp.spans import Span, SpanEvent


def with_raised(spans: SpanColumns) -> SpanColumns:
    """The spans, each with the exceptions that its log records tell of among its events."""
    told: dict[int, Sequence[SpanEvent]] = {}
    for place, records in spans.logs.which(raising.is_raised):
        happened = spans.happened(place)
        if found := raising.raised(happened, records):
            told[place] = [*happened, *found]
    if not told:
        return spans
    events, whole = spans.events, spans.span

    def at(place: int) -> Span:
        span = whole(place)
        return replace(span, events=list(told[place])) if place in told else span

    plain = spans.plain.copy()
    for place in told:
        plain[place] = False
    return replace(
        spans,
        plain=plain,
        events=lambda place: told[place] if place in told else events(place),
        span=at,
    )
