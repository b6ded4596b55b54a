"""Spans that only tell that others began, of many traces: as :mod:`between.begun` leaves them out.

They are taken out before anything is read. Traces in which one of them stands for a span that did not
come, or is more than such a span, are left to the conventions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import compress
from typing import Any

import numpy as np
import pyarrow as pa

from misstep import semconv as sc
from misstep_store.conventions.between import begun
from misstep_store.headers.columns.places import numbered, places_of_parents
from misstep_store.headers.columns.spans import NONE, SpanColumns

_LISTS = (
    "trace_id",
    "span_id",
    "parent_span_id",
    "name",
    "kind",
    "start_unix_nano",
    "end_unix_nano",
    "status_code",
    "attributes",
    "plain",
    "scope",
)


@dataclass(slots=True)
class Begun:
    """What was taken out: in the order of their starts, by the place of the span that each told of,
    its id, when it began and when it ended."""

    of: Any = field(default_factory=lambda: np.empty(0, np.int64))
    ids: pa.Array = field(default_factory=lambda: pa.array([], pa.string()))
    start: Any = field(default_factory=lambda: np.empty(0, np.int64))
    end: Any = field(default_factory=lambda: np.empty(0, np.int64))
    _numbers: dict[int, list[int]] | None = None

    def __bool__(self) -> bool:
        return len(self.of) > 0

    def by_place(self, count: int) -> tuple[Any, Any]:
        """Of so many spans: how many told of each, and the number of the last of these."""
        last = np.full(count, NONE)
        last[self.of] = np.arange(len(self.of))
        return np.bincount(self.of, minlength=count), last

    def told_of(self, places: Iterable[int]) -> list[str]:
        """The ids of those that told of some spans."""
        if self._numbers is None:
            self._numbers = {}
            for number, place in enumerate(self.of.tolist()):
                self._numbers.setdefault(place, []).append(number)
        found = sorted(n for p in places for n in self._numbers.get(p, ()))
        return [self.ids[n].as_py() for n in found]


def without_begun(spans: SpanColumns) -> tuple[SpanColumns, Begun]:
    """The spans without those that only tell that another began which came, and these."""
    layout, attributes = spans.layouts(), spans.attributes
    telling_of = spans.have(begun.PARENT)
    if not telling_of:
        return spans, Begun()
    among = np.flatnonzero(np.isin(layout, layout[telling_of])).tolist()
    told = [n for n in among if _is_plain(attributes[n])]
    if not told:
        return spans, Begun()
    trace, trace_ids = numbered(spans.text("trace_id"))
    parent, unusual = places_of_parents(spans, trace)
    telling = np.zeros(len(trace), np.bool_)
    telling[told] = True
    whole = np.ones(len(trace_ids), np.bool_)
    whole[trace[unusual]] = False
    inner = np.flatnonzero(parent != NONE)
    whole[trace[inner[telling[parent[inner]]]]] = False  # something is inside of one
    gone = telling & (parent != NONE) & whole[trace]
    return _apart(spans, parent, gone) if gone.any() else (spans, Begun())


def _is_plain(a: dict[str, Any]) -> bool:
    return begun.is_telling(a) and sc.ROLE not in a


def _apart(spans: SpanColumns, parent: Any, gone: Any) -> tuple[SpanColumns, Begun]:
    """The spans without some, and these."""
    places = np.flatnonzero(gone)
    start = spans.numbers("start_unix_nano")[places]
    order = np.argsort(start, kind="stable")
    if (np.diff(start[order]) == 0).any():
        starts, ids = start.tolist(), spans.span_id
        by_both = sorted(range(len(places)), key=lambda n: (starts[n], ids[int(places[n])]))
        order = np.array(by_both)
    places = places[order]
    stays = ~gone
    kept = np.flatnonzero(stays)
    now = np.cumsum(stays) - 1
    taken = Begun(
        now[parent[places]],
        spans.text("span_id").take(pa.array(places)),
        start[order],
        spans.numbers("end_unix_nano")[places],
    )
    return _only(spans, stays, kept.tolist(), now), taken


def _only(spans: SpanColumns, stays: Any, kept: list[int], now: Any) -> SpanColumns:
    """The spans at the places that are kept; ``now``: where each of these stands then."""
    chosen = stays.tolist()
    lists: dict[str, Any] = {n: list(compress(getattr(spans, n), chosen)) for n in _LISTS}
    among = pa.array(stays)
    return replace(
        spans,
        **lists,
        resource_of=spans.resource_of[stays],
        span=lambda place: spans.span(kept[place]),
        events=lambda place: spans.events(kept[place]),
        message=lambda place: spans.message(kept[place]),
        links=lambda place: spans.links(kept[place]),
        linked={int(now[p]) for p in spans.linked if stays[p]},
        logs=spans.logs.moved({p: n for n, p in enumerate(kept)}) if spans.logs else spans.logs,
        arrow={name: column.filter(among) for name, column in spans.arrow.items()},
        arrays={name: column[stays] for name, column in spans.arrays.items()},
        failing=None,
    )
