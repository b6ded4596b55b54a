"""What streamed in after a call had returned, told as a span beside it: the two are one call, as
:func:`between.partners.stream_pairs` pairs them.

Such calls are few: where a trace holds nothing else that is told twice they are read whole, and other
traces are left to the conventions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from misstep_store.conventions.between import retold
from misstep_store.conventions.between.partners import stream_pairs
from misstep_store.conventions.readers.misstep_own import NAME as OWN
from misstep_store.headers.between.twice import Twice, absorb
from misstep_store.headers.columns.spans import CALL, HTTP, INSIDE, STREAM, Facts, SpanColumns

_ODD = (OWN, *retold.APART, *retold.TWICE)
_MOST = 1_000
"""So many calls of a trace are read whole; those of more are left."""


def fold_streams(
    parent: Any, trace: Any, end: Any, left: Any, *, twice: Twice, facts: Facts, spans: SpanColumns
) -> bool:
    """Folds them; ``parent``, ``end``, ``left`` and the facts are changed in place.

    Returns whether what was inside of one is now inside of another.
    """
    streams = np.flatnonzero((facts.echo == STREAM) & (facts.role == CALL) & ~twice.gone)
    if not len(streams):
        return False
    asks = (facts.role == CALL) & (facts.echo == 0) & ~twice.gone
    others = np.bincount(trace[asks], minlength=len(left))
    concerned = np.unique(trace[streams[(others[trace[streams]] > 0) & ~left[trace[streams]]]])
    if not len(concerned):
        return False
    among = np.zeros(len(left), np.bool_)
    among[concerned] = True
    _leave_odd(among, trace, end, left, twice=twice, facts=facts, spans=spans)
    among &= ~left
    told = np.flatnonzero(among[trace] & (facts.role == CALL) & (asks | (facts.echo == STREAM)))
    by_trace: dict[int, list[int]] = {}
    for place in told.tolist():
        by_trace.setdefault(int(trace[place]), []).append(place)
    pairs: list[tuple[int, int]] = []
    for number, places in by_trace.items():
        if len(places) > _MOST:
            left[number] = True
        else:
            pairs += _paired(places, twice, facts, spans)
    if not pairs:
        return False
    inner, outer = np.array(pairs, np.int64).T
    absorb(inner, outer, end, facts)
    for stream, request in pairs:
        twice.beside[request] = stream
        twice.merged.setdefault(request, []).append(stream)
    twice.gone[inner] = True
    stands = np.arange(len(parent))
    stands[inner] = outer
    below = np.flatnonzero(np.isin(parent, inner))
    parent[below] = stands[parent[below]]
    return bool(len(below))


def _leave_odd(
    among: Any,
    trace: Any,
    end: Any,
    left: Any,
    *,
    twice: Twice,
    facts: Facts,
    spans: SpanColumns,
) -> None:
    """Leaves the traces in which more than one thing is told twice, or which more than one library
    tells of, or in which a call has not ended."""
    odd = (facts.echo == HTTP) | (facts.echo == INSIDE)
    unlike = twice.gone | (end == 0) | np.isin(facts.by_convention, _numbers(facts))
    odd |= (facts.role == CALL) & unlike
    for places in (twice.calls, twice.parts, twice.steps, facts.scores, facts.links, facts.attempt):
        odd[list(places)] = True
    odd[[p for p, d in facts.drafts.items() if d.scores or d.run_scores or d.findings]] = True
    calls = np.flatnonzero(among[trace] & (facts.role == CALL))
    stream = [p for p in calls.tolist() if facts.echo[p] == STREAM and p in twice.merged]
    odd[stream] = True
    scopes: dict[int, str] = {}
    for place in calls.tolist():
        if scopes.setdefault(int(trace[place]), spans.scope[place]) != spans.scope[place]:
            odd[place] = True
    left[np.unique(trace[odd & among[trace]])] = True


def _numbers(facts: Facts) -> list[int]:
    return [n for name, n in facts.conventions.items() if name in _ODD]


def _paired(
    places: list[int], twice: Twice, facts: Facts, spans: SpanColumns
) -> list[tuple[int, int]]:
    """(what streamed in, the call that asked for it)."""
    starts, ids = spans.start_unix_nano, spans.span_id
    order = sorted(places, key=lambda p: (starts[p], ids[p]))
    drafts = {twice.draft(p, spans, facts): p for p in order}
    streams = [d for d in drafts if d.echo == "stream"]
    return [(drafts[one], drafts[other]) for one, other in stream_pairs(streams, list(drafts))]
