"""Log records of many spans: which span each belongs to, in the order of their times."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import repeat
from operator import lt
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
        self, at: Callable[[tuple[str, str], int], int], elsewhere: Mapping[int, str]
    ) -> None:
        """Brings the records of each span together, in the order of their times; those of none are
        left out."""
        records, names = self._records, self._names
        traces = [r.trace_id for r in records]
        spans = [r.span_id for r in records]
        if elsewhere:
            told = map(elsewhere.get, map(id, records))
            spans = [own if of is None else of for own, of in zip(spans, told, strict=True)]
        of_each = map(at, zip(traces, spans, strict=True), repeat(_NONE))
        places = np.fromiter(of_each, np.int64, len(records))
        lost = np.flatnonzero(places == _NONE)
        if len(lost) and EVALUATION in names:
            self.judged.update(traces[n] for n in lost.tolist() if names[n] == EVALUATION)
        order = np.argsort(places, kind="stable")[len(lost) :]
        if len(lost) or (np.diff(order) != 1).any():
            places, numbers = places[order], order.tolist()
            self._records = records = [records[n] for n in numbers]
            self._names = [names[n] for n in numbers]
        if not records:
            return
        lows = np.concatenate([[0], np.flatnonzero(np.diff(places)) + 1])
        highs = np.append(lows[1:], len(records)).tolist()
        bounds = zip(lows.tolist(), highs, strict=True)
        self._bounds = dict(zip(places[lows].tolist(), bounds, strict=True))
        moments = [r.time_unix_nano or r.observed_time_unix_nano for r in records]
        back = np.fromiter(map(lt, moments[1:], moments), np.bool_, len(records) - 1)
        back &= np.diff(places) == 0
        for place in dict.fromkeys(places[1:][back].tolist()):
            self._sort(moments, *self._bounds[place])

    def _sort(self, moments: Sequence[int], low: int, high: int) -> None:
        """Puts the records of a span in the order of their times."""
        records, names = self._records, self._names
        order = sorted(range(low, high), key=moments.__getitem__)
        records[low:high] = [records[n] for n in order]
        names[low:high] = [names[n] for n in order]


_NONE = -1


def _names_of(logs: Sequence[LogRecord]) -> list[str]:
    """As :func:`event_name` names each."""
    names = [r.event_name or r.attributes.get("event.name") or "" for r in logs]
    try:
        "".join(names)
    except TypeError:  # a number where a name should be
        return [event_name(r) for r in logs]
    return names
