"""Log records of many spans: which span each belongs to, in the order of their times."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from misstep_store.conventions.readers.claude_code import TOLD_ELSEWHERE, addresses
from misstep_store.conventions.readers.genai_events import EVALUATION, event_name
from misstep_store.otlp.spans import LogRecord

_NOWHERE = -1


class Logs:
    """Records by the place of their span, and by time. ``judged``: traces with judgements that name
    no span of theirs."""

    __slots__ = ("_bounds", "_names", "_records", "judged")

    def __init__(self) -> None:
        self._records: list[LogRecord] = []
        self._names: list[str] = []
        self._bounds: dict[int, tuple[int, int]] = {}
        self.judged: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._bounds)

    def __contains__(self, place: object) -> bool:
        return place in self._bounds

    def __iter__(self) -> Iterator[int]:
        return iter(self._bounds)

    def of(self, place: int) -> Sequence[LogRecord]:
        """The records of the span at a place."""
        bounds = self._bounds.get(place)
        return self._records[bounds[0] : bounds[1]] if bounds is not None else ()

    def names(self, place: int) -> tuple[str, ...]:
        """Their names."""
        bounds = self._bounds.get(place)
        return tuple(self._names[bounds[0] : bounds[1]]) if bounds is not None else ()

    def at(self, place: int, positions: Sequence[int]) -> list[LogRecord]:
        """Some of the records of a span, by their positions among :meth:`names`."""
        low = self._bounds[place][0]
        return [self._records[low + n] for n in positions]

    def details(self, numbers: Sequence[int]) -> list[tuple[Mapping[str, Any], ...]]:
        """What each of the records with these numbers tells, as :func:`genai_events.layers` finds
        it."""
        records = self._records
        return [
            (r.attributes, r.body) if type(r.body) is dict else (r.attributes,)
            for r in [records[n] for n in numbers]
        ]

    def first(self, place: int, name: str) -> LogRecord | None:
        """The first of the records of a span that has this name."""
        bounds = self._bounds.get(place)
        if bounds is None:
            return None
        for n in range(*bounds):
            if self._names[n] == name:
                return self._records[n]
        return None

    def named(self, place: int, name: str) -> list[LogRecord]:
        """Those of the records of a span that have this name."""
        names = self.names(place)
        return self.at(place, [n for n, told in enumerate(names) if told == name]) if names else []

    def told(self) -> Iterator[tuple[tuple[str, ...], list[int], list[int]]]:
        """Names of records, the places of the spans that have such, and the numbers of the first
        record of each."""
        names = self._names
        found: dict[str | tuple[str, ...], tuple[list[int], list[int]]] = {}
        for place, (low, high) in self._bounds.items():
            key = names[low] if high - low == 1 else tuple(names[low:high])
            known = found.get(key)
            if known is None:
                known = found[key] = [], []
            known[0].append(place)
            known[1].append(low)
        for key, (places, lows) in found.items():
            yield (key,) if isinstance(key, str) else key, places, lows

    def alone(self, place: int) -> Logs:
        """The records of one span, as those of the span at place 0."""
        made = Logs()
        if place in self._bounds:
            made._records, made._names = list(self.of(place)), list(self.names(place))
            made._bounds[0] = 0, len(made._records)
        return made

    @classmethod
    def joined(
        cls,
        trace_ids: Sequence[str],
        span_ids: Sequence[str],
        attributes: Sequence[Mapping[str, Any]],
        logs: Sequence[LogRecord],
    ) -> Logs:
        """All records, joined to the spans with these ids and attributes."""
        made = cls()
        if not logs:
            return made
        keys = zip(trace_ids, span_ids, strict=True)
        at = dict(zip(keys, range(len(trace_ids)), strict=True)).get
        made._records, made._names = list(logs), [r.event_name or event_name(r) for r in logs]
        elsewhere: dict[int, str] = {}
        if not TOLD_ELSEWHERE.isdisjoint(made._names):
            elsewhere = addresses(zip(trace_ids, span_ids, attributes, strict=True), logs)
        if elsewhere or not made._in_order(at):
            made._sort(at, elsewhere)
        return made

    def _in_order(self, at: Callable[[tuple[str, str]], int | None]) -> bool:
        """Whether the records of each span follow one another, by time: most often they do."""
        trace_id = span_id = ""
        place: int | None = None
        low = last = 0
        bounds = self._bounds
        for n, r in enumerate(self._records):
            moment = r.time_unix_nano or r.observed_time_unix_nano
            if r.span_id != span_id or r.trace_id != trace_id:
                if place is not None:
                    bounds[place] = low, n
                trace_id, span_id, low = r.trace_id, r.span_id, n
                place = at((trace_id, span_id))
                if place in bounds:
                    return False
                if place is None:
                    self._lost(n)
            elif moment < last:
                return False
            elif place is None:
                self._lost(n)
            last = moment
        if place is not None:
            bounds[place] = low, len(self._records)
        return True

    def _lost(self, n: int) -> None:
        if self._names[n] == EVALUATION:
            self.judged.add(self._records[n].trace_id)

    def _sort(
        self, at: Callable[[tuple[str, str]], int | None], elsewhere: Mapping[int, str]
    ) -> None:
        logs, names = self._records, self._names
        where = [at((r.trace_id, elsewhere.get(id(r), r.span_id))) for r in logs]
        for n, found in enumerate(where):
            if found is None:
                self._lost(n)
        place = np.array([_NOWHERE if p is None else p for p in where], np.int64)
        moments = [r.time_unix_nano or r.observed_time_unix_nano for r in logs]
        order = np.lexsort((np.array(moments, np.int64), place))
        order = order[np.searchsorted(place[order], 0) :]
        place, listed = place[order], order.tolist()
        self._records, self._names = [logs[n] for n in listed], [names[n] for n in listed]
        starts = np.flatnonzero(np.diff(place, prepend=_NOWHERE))
        edges = pairwise([*starts.tolist(), len(listed)])
        self._bounds = dict(zip(place[starts].tolist(), edges, strict=True))
