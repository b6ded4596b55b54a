"""Log records of many spans: which span each belongs to, in the order of their times."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from operator import lt, ne
from typing import Any

import numpy as np

from misstep_store.conventions.readers.claude_code import TOLD_ELSEWHERE, addresses
from misstep_store.conventions.readers.genai_events import EVALUATION, event_name
from misstep_store.otlp.spans import LogRecord


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
        try:
            return self._records[self._names.index(name, *bounds)]
        except ValueError:
            return None

    def named(self, place: int, name: str) -> list[LogRecord]:
        """Those of the records of a span that have this name."""
        names = self.names(place)
        return self.at(place, [n for n, told in enumerate(names) if told == name]) if names else []

    def which(self, named: Callable[[str], bool]) -> Iterator[tuple[int, list[LogRecord]]]:
        """The places of spans that have records with such names, and these records."""
        names, records = self._names, self._records
        wanted = set(filter(named, set(names)))
        for place, (low, high) in self._bounds.items() if wanted else ():
            found = [n for n in range(low, high) if names[n] in wanted]
            if found:
                yield place, [records[n] for n in found]

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

    def moved(self, places: Mapping[int, int]) -> Logs:
        """The same records, of the spans that stand at other places then; those of others are left
        out."""
        made = Logs()
        made._records, made._names, made.judged = self._records, self._names, self.judged
        made._bounds = {places[p]: told for p, told in self._bounds.items() if p in places}
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
        made._records, made._names = list(logs), _names_of(logs)
        elsewhere: dict[int, str] = {}
        if not TOLD_ELSEWHERE.isdisjoint(made._names):
            told = zip(trace_ids, span_ids, attributes, strict=True)
            elsewhere = addresses(told, logs, made._names)
        made._join(at, elsewhere)
        return made

    def _join(
        self, at: Callable[[tuple[str, str]], int | None], elsewhere: Mapping[int, str]
    ) -> None:
        """Finds the stretches of records of one span: most often each span has but one, by time."""
        bounds, apart = self._bounds, dict[int, list[tuple[int, int]]]()
        loose: dict[int, None] = {}
        records, count = self._records, len(self._records)
        traces = [r.trace_id for r in records]
        spans = [r.span_id for r in records]
        if elsewhere:
            told = map(elsewhere.get, map(id, records))
            spans = [own if of is None else of for own, of in zip(spans, told, strict=True)]
        changes = np.fromiter(map(ne, spans[1:], spans), np.bool_, count - 1)
        changes |= np.fromiter(map(ne, traces[1:], traces), np.bool_, count - 1)
        moments = [r.time_unix_nano or r.observed_time_unix_nano for r in records]
        earlier = np.fromiter(map(lt, moments[1:], moments), np.bool_, count - 1)
        edges = (np.flatnonzero(changes) + 1).tolist()
        back = np.concatenate([[0], np.cumsum(earlier & ~changes)]).tolist()
        may_judge = EVALUATION in self._names
        for low, high in pairwise([0, *edges, count]):
            place = at((traces[low], spans[low]))
            if place is None:
                if may_judge and EVALUATION in self._names[low:high]:
                    self.judged.add(traces[low])
                continue
            if place in bounds:
                apart.setdefault(place, [bounds[place]]).append((low, high))
            bounds[place] = low, high
            if back[high - 1] > back[low]:
                loose[place] = None
        for place in {**apart, **loose}:
            parts = apart.get(place, [bounds[place]])
            self._gather(place, [n for part in parts for n in range(*part)])

    def _gather(self, place: int, numbers: list[int]) -> None:
        """Puts the records of a span, which are not by time or lie apart, behind all others."""
        records, names, low = self._records, self._names, len(self._records)
        moments = [records[n].time_unix_nano or records[n].observed_time_unix_nano for n in numbers]
        order = sorted(range(len(numbers)), key=moments.__getitem__)
        records += [records[numbers[n]] for n in order]
        names += [names[numbers[n]] for n in order]
        self._bounds[place] = low, len(records)


def _names_of(logs: Sequence[LogRecord]) -> list[str]:
    """As :func:`event_name` names each."""
    names = [r.event_name or r.attributes.get("event.name") or "" for r in logs]
    try:
        "".join(names)
    except TypeError:  # a number where a name should be
        return [event_name(r) for r in logs]
    return names
