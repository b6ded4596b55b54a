"""Tries of one logical call: a failed call and those after it that ask the same.

Which calls may belong together is told by arrays; the few that do are then chained by the
conventions' own rules, of their drafts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

import numpy as np
import pyarrow as pa

from misstep.model import Attempt, ErrorInfo
from misstep_store.conventions.asking import question
from misstep_store.conventions.between.failover import tell_failovers
from misstep_store.conventions.between.tries import Node, answering, attempt_of, chains
from misstep_store.conventions.readers import anthropic_sdk, generic, openllmetry, otel_genai
from misstep_store.conventions.readers.misstep_own import NAME as OWN
from misstep_store.conventions.types import Draft
from misstep_store.conventions.values.shapes import quick
from misstep_store.headers.between.forest import Forest
from misstep_store.headers.between.questions import asked
from misstep_store.headers.columns.spans import KINDS, Facts, SpanColumns

_MOST_QUESTIONS = 20_000
"""Calls that are read whole to tell tries apart; beyond that a trace is left."""

_FULL = (OWN, generic.NAME)
"""Conventions in which tries tell more than is known of all."""


class _Asking:
    """What of a draft, and of its span, matters to the tries of a call: far fewer facts."""

    __slots__ = (
        *("asked", "end_unix_nano", "error", "id", "kind", "provider", "request_model"),
        *("response_model", "span_id", "start_unix_nano", "status", "response_id", "finish_reason"),
    )
    role, input, messages_in = "call", "", ()
    attempt, attempts = 1, ()
    attempt_group = attempt_name = attempt_reason = retry_after_s = None
    id: str
    span_id: str
    start_unix_nano: int
    end_unix_nano: int
    kind: str
    asked: str
    provider: str | None
    request_model: str | None
    response_model: str | None
    response_id: str | None
    finish_reason: str | None
    error: ErrorInfo | None
    status: int | None

    @property
    def span(self) -> _Asking:
        return self


class Tries:
    """Chains calls that failed and were tried again."""

    def __init__(self, made: Forest, facts: Facts, spans: SpanColumns) -> None:
        self._made, self._facts, self._spans = made, facts, spans
        self._drafts: dict[int, Draft] = {}
        self._asked: dict[int, str | None] = {}
        self._questions: dict[int, tuple[str, bool]] = {}
        self._alike: dict[int, tuple[str, bool]] = {}
        self._numbers: dict[tuple[object, ...], int] = {}

    def fold(self, calls: Any, children: Any) -> list[int]:
        """Folds tries into the last of them; the places of those before it.

        Args:
            calls: places of calls; ``children``: how many spans are below each span.
        """
        made = self._made
        gone: list[int] = []
        for group in self._repeating(calls, calls):
            places = {self._spans.span_id[p]: p for p in calls[group].tolist()}
            trace = made.trace[calls[group[0]]]
            if any(children[p] or not self._is_plain(p) for p in places.values()):
                made.left[trace] = True
                continue
            self._order_doubles(places.values())
            for node in chains([self._asking(p) for p in places.values()]):
                last = places[node.id]
                if node.attempts:
                    made.attempts[last] = node.attempts
                if node.merged:
                    made.tries[last] = [places[i] for i in node.merged]
                    gone += made.tries[last]
        again = self._facts.attempt.keys()
        standing = set(calls.tolist()).difference(gone) if again else set()
        for place in again & standing:
            if place not in made.attempts and not made.left[made.trace[place]]:
                made.attempts[place] = [self._lone(place)]
        return gone

    def _is_plain(self, place: int) -> bool:
        """Whether a call stands for another call at most."""
        twice = self._made.twice
        inner = twice.inside(place)
        return len(inner) < 2 and twice.merged.get(place, []) == inner

    def _order_doubles(self, places: Iterable[int]) -> None:
        """Notes in which order the calls inside of tries were folded."""
        twice, spans = self._made.twice, self._spans
        for inner in (twice.calls[p] for p in places if p in twice.calls):
            twice.order[inner] = (3, spans.start_unix_nano[inner], spans.span_id[inner])

    def tell_failovers(self, hops: Any, asked: Any) -> None:
        """Notes the siblings that steps around one call, and bare calls, stand in for.

        Args:
            hops: places of them; ``asked``: the call of each.
        """
        made = self._made
        for group in self._repeating(hops, asked):
            nodes = []
            if any(self._spans.name[p] == openllmetry.SESSION for p in hops[group].tolist()):
                made.left[made.trace[hops[group[0]]]] = True  # it says what its calls were told
                continue
            for place, call in zip(hops[group].tolist(), asked[group].tolist(), strict=True):
                inner = Node(self._asking(call)) if call != place else None
                known = list(made.attempts.get(place, ()))
                own = self._asking(place) if inner is None else self._draft(place)
                nodes.append((place, Node(own, [], known, inner)))
            tell_failovers([n for _, n in nodes], lambda _: "")
            for place, node in nodes:
                if node.attempts:
                    made.attempts[place] = node.attempts

    def _repeating(self, places: Any, asked: Any) -> Iterator[list[int]]:
        """Of siblings among which one repeats a failed one those that :meth:`_tried` finds, as
        positions in ``places``."""
        made, facts = self._made, self._facts
        if not facts.errors:
            return
        fails = np.zeros(len(made.trace), np.bool_)
        fails[list(facts.errors)] = True
        fails = fails[places]
        if not fails.any():
            return
        trace = made.trace[places]
        hot = np.bincount(trace[fails], minlength=len(made.left)) > 0
        hot &= np.bincount(trace, minlength=len(made.left)) > 1
        near = np.flatnonzero(hot[trace])  # most traces have no failure, or one call
        failed = set(near[fails[near]].tolist())
        beside = trace[near] * (len(made.trace) + 1) + made.parent[places[near]] + 1
        code = pa.array(beside).dictionary_encode().indices.to_numpy()
        told = (np.bincount(code) > 1) & (np.bincount(code, fails[near]) > 0)
        near, beside = near[told[code]], beside[told[code]]
        groups: dict[int, list[int]] = {}
        for n, key in zip(near.tolist(), beside.tolist(), strict=True):
            groups.setdefault(key, []).append(n)
        for group in groups.values():
            if not made.left[trace[group[0]]]:
                tried = self._tried(group, failed, places, asked)
                if tried:
                    yield tried

    def _tried(self, group: list[int], failed: set[int], places: Any, asked: Any) -> list[int]:
        """Those of some siblings that failed, and those that ask again what one of these did after
        it had ended; none where none does. All others are tries of nothing."""
        start, ends, kind = self._made.start, self._spans.end_unix_nano, self._facts.kind
        over = sorted((ends[places[n]] or int(start[places[n]]), n) for n in group if n in failed)
        open_: dict[int, Counter[str]] = {}
        own: dict[int, str] = {}
        found: list[int] = []
        at = 0
        for n in sorted(group, key=lambda m: int(start[places[m]])):
            while at < len(over) and over[at][0] <= start[places[n]]:
                before = over[at][1]
                told, tells = self._question(int(asked[before]))
                if tells:
                    own[before] = told
                    open_.setdefault(int(kind[asked[before]]), Counter())[told] += 1
                at += 1
            tries = open_.get(int(kind[asked[n]]))
            if tries is None:
                continue
            told, _ = self._question(int(asked[n]))
            if tries[told] > (own.get(n) == told):  # a span without an end is no try of itself
                found.append(n)
            if len(self._drafts) > _MOST_QUESTIONS:
                self._made.left[self._made.trace[places[n]]] = True
                return []
        return sorted(failed.intersection(group).union(found)) if found else []

    def _question(self, place: int) -> tuple[str, bool]:
        """What a call was asked, and whether it tells that; calls that carry the same are read once."""
        told = self._plainly_asked(place)
        if told is not None:
            return told, True
        known = self._questions.get(place)
        if known is None:
            alike = self._carried(place)
            known = None if alike is None else self._alike.get(alike)
            if known is None:
                draft = self._draft(place)
                tells = bool(draft.messages_in or draft.input is not None)
                known = question(draft), tells
            if alike is not None:
                self._alike[alike] = known
            self._questions[place] = known
        return known

    def _carried(self, place: int) -> int | None:
        """A number that spans share which nothing but ids and times tells from each other; None of
        those that other spans or log records add to."""
        spans, twice = self._spans, self._made.twice
        told_of = not twice.is_alone(place) or twice.is_lent(place) or place in spans.logs
        if told_of or not spans.plain[place] or place in self._facts.drafts:
            return None
        about = spans.scope[place], spans.name[place], spans.kind[place], spans.status_code[place]
        a = spans.attributes[place]
        told = [tuple(v) if type(v) is list else v for v in a.values()]
        try:
            key = (int(spans.resource_of[place]), *about, *a, *told)
            return self._numbers.setdefault(key, len(self._numbers))
        except TypeError:  # lists within lists
            return None

    def _asking(self, place: int) -> Draft:
        """A call as far as it matters to its tries: what was asked, and how it ended."""
        told = self._plainly_asked(place)
        text = self._facts.text
        if told is None and text.one("convention", place) not in _FULL:
            known, tells = self._questions.get(place, ("", False))
            told = known if tells and self._carried(place) is not None else None
        if told is None or place in self._drafts or place in self._facts.attempt:
            return self._draft(place)
        spans, made = self._spans, _Asking()
        made.id = made.span_id = spans.span_id[place]
        made.start_unix_nano = spans.start_unix_nano[place]
        made.end_unix_nano = spans.end_unix_nano[place]
        made.kind, made.asked = KINDS[int(self._facts.kind[place])], told
        made.provider = text.one("provider", place)
        made.request_model = text.one("request_model", place)
        made.response_model = text.one("response_model", place)
        made.response_id = text.one("response_id", place)
        made.finish_reason = text.one("finish_reason", place)
        made.error = self._facts.errors.get(place)
        made.status = self._status(place)
        return cast(Draft, made)

    def _plainly_asked(self, place: int) -> str | None:
        """The question of a call that need not be read whole for it."""
        if place in self._drafts:
            return None
        if place not in self._asked:
            twice = self._made.twice
            inside = twice.inside(place)
            plain = not any(map(twice.is_lent, (place, *inside)))
            told = asked(place, inside, self._spans, self._facts) if plain else None
            self._asked[place] = told
        return self._asked[place]

    def _lone(self, place: int) -> Attempt:
        """As :func:`tries.attempt_of`, of a call that was read together with others: what it says of
        a call is known, but for the status of its request."""
        facts, spans = self._facts, self._spans
        told = (place, *self._made.twice.inside(place))
        text = facts.text
        if any(p in facts.drafts or text.one("convention", p) == OWN for p in told):
            return attempt_of(self._draft(place), 1)
        error = facts.errors.get(place)
        wanted = text.one("request_model", place)
        answer = (text.one(fact, place) for fact in ("response_id", "finish_reason"))
        served = answering(text.one("response_model", place), wanted, *answer, error=error)
        took = spans.end_unix_nano[place] - spans.start_unix_nano[place]
        values = {
            "number": 1,
            "hop_id": spans.span_id[place],
            "provider": text.one("provider", place),
            "request_model": wanted,
            "response_model": served,
            "status": self._status(place),
            "reason": error.type if error is not None else None,
            "retry_after_s": None,
            "duration_ms": max(0, took) / 1e6,
            "ok": error is None,
        }
        return quick(Attempt, values)

    def _status(self, place: int) -> int | None:
        """Of the request of a call, as it or a call inside of it tells."""
        told = (place, *self._made.twice.inside(place))
        return next((s for p in told if (s := self._status_told(p)) is not None), None)

    def _status_told(self, place: int) -> int | None:
        if self._facts.text.one("convention", place) != anthropic_sdk.NAME:
            return None
        spans = self._spans
        a: Mapping[str, Any] = spans.attributes[place]
        if anthropic_sdk.STATUS not in a and (place in spans.logs or not spans.plain[place]):
            a = otel_genai.attributes(spans.span(place), spans.logs.of(place))
        return anthropic_sdk.status_of(a)

    def _draft(self, place: int) -> Draft:
        known = self._drafts.get(place)
        if known is None:
            known = self._made.twice.draft(place, self._spans, self._facts)
            if place in self._made.lent:
                known.finish_reason = self._facts.text.one("finish_reason", place)
                known.response_model = self._facts.text.one("response_model", place)
                known.response_id = self._facts.text.one("response_id", place)
            self._drafts[place] = known
        return known
