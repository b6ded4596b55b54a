"""Runs that ended with a failure which their roots do not tell, as :mod:`between.ending` finds them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from misstep.model import ErrorInfo
from misstep_store.conventions.between.ending import (
    ACTING,
    LEAST,
    End,
    is_mute,
    is_told_in,
    last_failure,
)
from misstep_store.headers.between.forest import Forest
from misstep_store.headers.columns.spans import CHAIN, KIND_OF, KINDS, NONE, Facts, SpanColumns

_ACTING = np.isin(np.arange(len(KINDS)), [KIND_OF[k] for k in ACTING])


def endings(
    spans: SpanColumns, facts: Facts, forest: Forest, leads: Any, is_root: Any
) -> dict[int, ErrorInfo]:
    """The failures of those runs, by number; ``leads`` and ``is_root`` are those of all runs."""
    if not facts.errors:
        return {}
    failed = np.zeros(len(forest.trace), np.bool_)
    failed[list(facts.errors)] = True
    hops = forest.hops[failed[forest.hops]]
    acting = forest.trace[hops[_ACTING[facts.kind[hops]]]]
    silent = np.flatnonzero(is_root & ~failed[leads])
    in_doubt = np.full(len(forest.left), NONE)
    in_doubt[forest.trace[leads[silent]]] = silent
    runs = np.unique(in_doubt[acting])
    found: dict[int, ErrorInfo] = {}
    for n, ends in _ends(runs[runs != NONE], forest.trace[leads], facts, forest):
        lead, error = int(leads[n]), last_failure(ends)
        if error is None or not spans.end_unix_nano[lead]:
            continue
        told = is_mute(spans.scope[lead], spans.attributes[lead])
        if not told and _may_be_told_in(lead, spans, forest, error.message):
            told = is_told_in(forest.twice.draft(lead, spans, facts), error)
        if told:
            found[n] = error
    return found


def _may_be_told_in(lead: int, spans: SpanColumns, forest: Forest, message: str) -> bool:
    """Whether a root may hold the words of a failure, by a glance: any :data:`LEAST` letters of
    these hold one of the pieces that are looked for."""
    if len(message) < LEAST:
        return False
    if not spans.plain[lead] or lead in spans.logs or forest.twice.is_told_of(lead):
        return True
    values = spans.attributes[lead].values()
    if len(message) > _MOST or "\n" in message or not _PLAIN.issuperset(map(type, values)):
        return True  # words may stand there in pieces, or otherwise
    text = "\n".join(map(str, values))
    if "\\" in text:
        return True
    step = LEAST - _PIECE + 1
    pieces = range(0, len(message) - _PIECE + 1, step)
    return any(message[at : at + _PIECE] in text for at in pieces)


_PIECE = 12
_MOST = 2_000
_PLAIN = frozenset({str, int, float, bool})


def _ends(runs: Any, traces: Any, facts: Facts, forest: Forest) -> Iterator[tuple[int, list[End]]]:
    """The hops of some runs as they are asked, by run."""
    if not len(runs):
        return
    wanted = np.zeros(len(forest.left), np.bool_)
    wanted[traces[runs]] = True
    hops = forest.hops[wanted[forest.trace[forest.hops]]]
    call = forest.call[hops]
    kind = np.where(
        (facts.kind[hops] == CHAIN) & (call != NONE), facts.kind[call], facts.kind[hops]
    )
    begin = forest.offset_ms(hops)
    end = begin + np.maximum(0, forest.end[hops] - forest.start[hops]) / 1e6
    above = [None if p == NONE else p for p in forest.above[hops].tolist()]
    places, kinds = hops.tolist(), [KINDS[k] for k in kind.tolist()]
    errors = map(facts.errors.get, places)
    ends = list(map(End, places, above, kinds, begin.tolist(), end.tolist(), errors))
    # Hops stand by trace, runs in the order of traces.
    bounds = np.flatnonzero(np.diff(forest.trace[hops])) + 1
    starts = [0, *bounds.tolist(), len(ends)]
    for n, low, high in zip(runs.tolist(), starts, starts[1:], strict=False):
        yield n, ends[low:high]
