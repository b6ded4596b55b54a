"""Spans of every instrumentation as one kind of hop.

One file a convention (:class:`Convention`: ``claims`` and ``read``), chosen in the order of
:data:`CONVENTIONS`; what the tree of a trace adds (which span is the run, attempts, one-call steps,
doubled spans) is in ``tree`` and ``folding``. Everything is pure and none of it raises.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from misstep_store.conventions import generic, misstep_own, openinference, otel_genai
from misstep_store.conventions.tree import build
from misstep_store.conventions.types import Convention, Draft, Normalised, Price, Usage
from misstep_store.spans import LogRecord, Span

CONVENTIONS: Sequence[Convention] = (
    misstep_own.CONVENTION,
    openinference.CONVENTION,
    otel_genai.CONVENTION,
    generic.CONVENTION,
)


def normalise(
    spans: Sequence[Span], logs: Sequence[LogRecord] = (), *, price: Price | None = None
) -> Normalised:
    """The run and hops of one trace.

    Args:
        spans: all spans of the trace known so far, at least one.
        logs: log records of the trace; joined to spans by span id.
        price: looks up what calls cost; without it nothing is priced.
    """
    by_span: dict[str, list[LogRecord]] = defaultdict(list)
    for log in sorted(logs, key=lambda r: r.time_unix_nano or r.observed_time_unix_nano):
        by_span[log.span_id].append(log)
    drafts = [read(span, by_span.get(span.span_id, [])) for span in spans]
    return build(drafts, price=price)


def read(span: Span, logs: Sequence[LogRecord] = ()) -> Draft:
    """One span as a draft hop, by the first convention that claims it; never raises."""
    for convention in CONVENTIONS:
        try:
            if convention.claims(span):
                return convention.read(span, logs)
        except Exception:  # noqa: S112 - attributes of any shape may come; the raw span is kept
            continue
    return Draft(span=span, convention="unreadable", name=span.name)


__all__ = ["CONVENTIONS", "Normalised", "Price", "Usage", "normalise", "read"]
