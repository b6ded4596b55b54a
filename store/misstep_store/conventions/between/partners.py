"""Which call another telling of it belongs to: by time, models, ids and what was asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import islice, product

from misstep_store.conventions.asking import question
from misstep_store.conventions.between.nearest import Line
from misstep_store.conventions.types import Draft
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.usage import whole

SLACK_NANO = 2_000_000
"""By how much clocks of two libraries in one process may differ."""
_STREAM_SLACK_NANO = 2_000_000_000


def end_of(draft: Draft) -> int:
    """When a span ended, its start where it has not."""
    return draft.end_unix_nano or draft.span.start_unix_nano


def overlap_nano(a: Draft, b: Draft) -> int:
    """For how long both ran; below 0 when they did not, some slack for their clocks granted."""
    begin = max(a.span.start_unix_nano, b.span.start_unix_nano)
    return min(end_of(a), end_of(b)) - begin + SLACK_NANO


def distance_nano(a: Draft, b: Draft) -> int:
    """How long one began before the other."""
    return abs(a.span.start_unix_nano - b.span.start_unix_nano)


def _apart_nano(call: Draft, echo: Draft) -> int:
    """How far two tellings lie apart: of failures both ends, for no answer's id tells which of
    several calls at once it was."""
    ends = 0 if echo.error is None else abs(end_of(call) - end_of(echo))
    return distance_nano(call, echo) + ends


_MOST_FAILED = 16
_ANY = ("any",)
_Key = tuple[object, ...]


class Partners:
    """Calls that an SDK's own spans may tell of too: they lie around these in time and agree with
    them.

    Of calls that agree in what they tell, those are tried that began nearest, see :class:`Line`.

    Args:
        place: what must be the same of a call and of what echoes it, such as the span around both.
        together: whether those that began at once may be so whichever ended first, as of a stream that
            both read.
    """

    def __init__(
        self,
        calls: Iterable[Draft],
        place: Callable[[Draft], object] = lambda _: None,
        *,
        together: bool = False,
    ) -> None:
        self._place = place
        self._together = together
        self._keys: dict[Draft, list[_Key]] = {}
        self._order: dict[Draft, int] = {}
        self._buckets: dict[_Key, list[Draft]] = defaultdict(list)
        for call in calls:
            if call.role == "call" and not call.echo:
                self._order[call] = len(self._order)
                told = (_ANY, call.response_id), (_ANY, call.request_model)
                self._keys[call] = list(_keys(call, place(call), *told))
                for key in self._keys[call]:
                    self._buckets[key].append(call)
        self._lines: dict[_Key, Line[Draft]] = {}

    def of(self, echo: Draft, *, elsewhere: bool = False) -> Draft | None:
        """The call that an echo tells of.

        Args:
            elsewhere: whether it must be in another trace.
        """
        answer, model = echo.response_id, echo.request_model
        answers = (_ANY,) if answer is None else (answer, None)
        models = (_ANY,) if model is None else (model, None)
        found: list[Draft] = []
        for key in _keys(echo, self._place(echo), answers, models):
            near = self._near(key, echo, same=answer is not None and answer == key[-2])
            if elsewhere:
                near = (d for d in near if d.span.trace_id != echo.span.trace_id)
            most = 1 if echo.error is None else _MOST_FAILED
            found += islice((d for d in near if self._may_be(d, echo)), most)
        return min(found, key=lambda d: (_apart_nano(d, echo), self._order[d]), default=None)

    def remove(self, call: Draft) -> None:
        """Takes a call out that has its echo."""
        for key in self._keys.pop(call, ()):
            if key in self._lines:
                self._lines[key].remove(call)

    def _near(self, key: _Key, echo: Draft, *, same: bool) -> Iterator[Draft]:
        """Calls of a bucket, the nearest first; ``same``: whether they were answered the same."""
        line = self._lines.get(key)
        if line is None:
            calls = [d for d in self._buckets.get(key, ()) if d in self._keys]
            line = Line(calls, list(map(_start, calls)), list(map(end_of, calls)))
            self._lines[key] = line
        began, ended = _start(echo), end_of(echo)
        if self._together:
            return line.near(began, until=began + SLACK_NANO, reach=began)
        if not same:
            return line.near(began, until=began + SLACK_NANO, reach=ended - SLACK_NANO)
        low, high = min(began, ended) - SLACK_NANO, max(began, ended) + SLACK_NANO
        return line.near(began, until=high, reach=low)

    def _may_be(self, call: Draft, echo: Draft) -> bool:
        # Some exporters leave scopes out: then the attributes tell who speaks.
        one, other = ((d.span.scope.name, d.convention) for d in (call, echo))
        if one == other:
            return False
        if self._together:
            return distance_nano(call, echo) <= SLACK_NANO
        return _lies_around(call, echo) or _answers_with(call, echo)


def counted_alike(
    echoes: Iterable[Draft],
    calls: Sequence[Draft],
    place: Callable[[Draft], object] = lambda _: None,
    *,
    elsewhere: bool = True,
) -> list[tuple[Draft, Draft]]:
    """(echo, its call): those that counted the same tokens, then those that did so of what was asked,
    for of streams some frameworks add up what was said otherwise; then, in one trace, those that
    counted the same and began together, though a stream's echo ended last. ``place``, ``elsewhere``:
    see :class:`Partners`."""
    rest = [d for d in echoes if d.usage.input_tokens and d.request_model is not None]
    # The last to end first, so that as many as can be have their call.
    rest.sort(key=lambda d: (-end_of(d), d.id))
    pairs: dict[Draft, Draft] = {}
    passes = ((2, False), (1, False), (2, True))[: 2 + (not elsewhere)]
    for counts, together in passes if rest else ():
        free = set(calls).difference(pairs.values())
        about = partial(_counted, place, counts)
        partners = Partners((d for d in calls if d in free), about, together=together)
        for echo in rest:
            call = partners.of(echo, elsewhere=elsewhere) if echo not in pairs else None
            if call is not None:
                partners.remove(call)
                pairs[echo] = call
    return list(pairs.items())


def _counted(place: Callable[[Draft], object], counts: int, draft: Draft) -> _Key:
    return (place(draft), *whole(draft.usage)[:counts])


def _keys(
    draft: Draft, place: object, answers: Iterable[object], models: Iterable[object]
) -> Iterator[_Key]:
    about = (place, draft.kind, draft.error is None)
    return ((*about, *told) for told in product(answers, models))


def _start(draft: Draft) -> int:
    return draft.span.start_unix_nano


def _lies_around(call: Draft, echo: Draft) -> bool:
    began, ended = call.span.start_unix_nano, end_of(call)
    return began <= echo.span.start_unix_nano + SLACK_NANO and ended + SLACK_NANO >= end_of(echo)


def _answers_with(call: Draft, echo: Draft) -> bool:
    """Whether both ran at once and were answered the same: some begin to tell of a stream when it
    began to come."""
    same = call.response_id is not None and call.response_id == echo.response_id
    return same and overlap_nano(call, echo) >= 0


def stream_pairs(
    streams: Sequence[Draft],
    calls: Sequence[Draft],
    place: Callable[[Draft], object] = lambda _: None,
) -> list[tuple[Draft, Draft]]:
    """(streamed half, its request): by order, time and model, and by the question asked.

    The half says how long the stream took; it began where the request ended. ``place``: see
    :class:`Partners`."""
    if not streams:
        return []
    pairs = []
    requests = _Requests(calls, place)
    for stream in sorted(streams, key=_start):
        best = requests.of(stream)
        if best is not None:
            requests.remove(best)
            pairs.append((stream, best))
    return pairs


class _Requests:
    """Calls whose answer a streamed half may tell, by what both must agree in."""

    def __init__(self, calls: Iterable[Draft], place: Callable[[Draft], object]) -> None:
        self._place = place
        self._order: dict[Draft, int] = {}
        buckets: dict[_Key, list[Draft]] = defaultdict(list)
        for call in calls:
            if not call.echo and not call.has_output and call.error is None:
                self._order[call] = len(self._order)
                for key in self._asking(call, (_ANY, _asked(call))):
                    buckets[key].append(call)
        # A request that ended before the moment may have begun after the half that tells of it.
        self._by_end = {
            k: Line(b, list(map(end_of, b)), [-_start(d) for d in b]) for k, b in buckets.items()
        }
        self._by_start = {
            k: Line(b, list(map(_start, b)), [0] * len(b)) for k, b in buckets.items()
        }

    def of(self, stream: Draft) -> Draft | None:
        """The one that ended when the stream began; the last before it where that is not told."""
        took = rd.number(stream.span.attributes, "duration")
        start, asked = _start(stream), _asked(stream)
        nano = (took or 0.0) * 1e9
        began = start - int(nano) if abs(nano) < start else 0
        found: list[tuple[int, int, Draft]] = []
        for key in self._asking(stream, (_ANY,) if asked is None else (asked, None)):
            if key not in self._by_end:
                continue
            if took is None:
                near = self._by_start[key].near(start, until=start, reach=0)
                found += [(start - _start(d), self._order[d], d) for d in islice(near, 1)]
            else:
                until = began + _STREAM_SLACK_NANO - 1
                near = self._by_end[key].near(began, until=until, reach=-start)
                found += [(abs(end_of(d) - began), self._order[d], d) for d in islice(near, 1)]
        away, _, best = min(found, key=lambda f: f[:2], default=(0, 0, None))
        return best if took is None or away < _STREAM_SLACK_NANO else None

    def remove(self, call: Draft) -> None:
        """Takes a request out that has its stream."""
        for key in self._asking(call, (_ANY, _asked(call))):
            self._by_end[key].remove(call)
            self._by_start[key].remove(call)

    def _asking(self, draft: Draft, asked: Iterable[object]) -> Iterator[_Key]:
        about = (self._place(draft), draft.kind, draft.span.scope.name, draft.request_model)
        return ((*about, one) for one in asked)


def _asked(draft: Draft) -> str | None:
    return question(draft) if draft.messages_in else None
