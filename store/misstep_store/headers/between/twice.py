"""Calls that are told of twice within a trace: the plain cases of :mod:`between.folding`.

An SDK's own span inside the span of an instrumentation around it, and the one HTTP request with which
a call was made. What is less plain (several tries, siblings, other spans in between) is left to the
conventions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from misstep.model import Attempt, ErrorInfo
from misstep_store import conventions
from misstep_store.conventions.between.absorbing import absorb as absorb_draft
from misstep_store.conventions.between.absorbing import (
    absorb_beside,
    absorb_step,
    is_snapshot,
    take_failure,
    take_part,
)
from misstep_store.conventions.between.folding import asks_a_model
from misstep_store.conventions.between.tree import lend, open_up, stand_alone
from misstep_store.conventions.between.tries import IN_BATCHES
from misstep_store.conventions.readers.anthropic_sdk import NAME as ANTHROPIC
from misstep_store.conventions.readers.generic import STATUS
from misstep_store.conventions.readers.misstep_own import NAME as OWN
from misstep_store.conventions.types import Draft
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.errors import clearer
from misstep_store.headers.columns.spans import (
    CALL,
    CHAIN,
    HOP,
    HTTP,
    KIND_OF,
    NONE,
    PART,
    SPAN,
    TOKENS,
    Facts,
    SpanColumns,
)

_FILLED = (
    "provider",
    "request_model",
    "response_model",
    "response_id",
    "finish_reason",
    "session_id",
    "user_id",
    "prompt_name",
    "prompt_version",
)


@dataclass(slots=True)
class Twice:
    """``gone``: spans that another one stands for; ``merged``: by the place of that other one, in
    the order in which they were folded; ``calls``: those of them that were calls inside; ``beside``:
    those that were calls beside it; ``attempts``: the requests with which a call was tried, where
    there were several. ``steps``: the tools that a tool stands for; ``lenders``: by the place of a
    call the step that may say what it was asked, ``around``: by the place of that step the one around
    it that may count for the call. ``parts``: by call the tools it asked for that are
    spans of their own, in their order. ``order``: of what goes before all else that a span is made
    of. ``standing``: steps that stand for the call they are sure to be, and those around several
    calls that are told of as one. ``refused``: how calls failed that do not say so themselves.
    ``opened``: by the place of a step that told of several calls as of one, and of each of these,
    that step and the calls; ``parted``: by step what they tell then."""

    gone: Any
    merged: dict[int, list[int]] = field(default_factory=dict)
    calls: dict[int, int] = field(default_factory=dict)
    beside: dict[int, int] = field(default_factory=dict)
    attempts: dict[int, list[Attempt]] = field(default_factory=dict)
    steps: dict[int, list[int]] = field(default_factory=dict)
    lenders: dict[int, int] = field(default_factory=dict)
    around: dict[int, int] = field(default_factory=dict)
    parts: dict[int, list[int]] = field(default_factory=dict)
    order: dict[int, tuple[int, int, str]] = field(default_factory=dict)
    standing: set[int] = field(default_factory=set)
    refused: dict[int, ErrorInfo] = field(default_factory=dict)
    opened: dict[int, tuple[int, list[int]]] = field(default_factory=dict)
    parted: dict[int, dict[int, Draft]] = field(default_factory=dict)

    def draft(self, place: int, spans: SpanColumns, facts: Facts) -> Draft:
        """A span as its convention reads it, with what its double adds."""
        found = self._draft(place, spans, facts)
        found.error = self.refused.get(place, found.error)
        return found

    def _draft(self, place: int, spans: SpanColumns, facts: Facts) -> Draft:
        if place in self.opened:
            return self._parted(*self.opened[place], spans)[place]
        inner, lender = self.calls.get(place), self.lenders.get(place)
        steps = self.steps.get(place, ())
        known = facts.drafts.get(place)
        if known is not None and not self.is_told_of(place):
            return known
        found = _read(place, spans)
        for part in self.parts.get(place, ()):
            take_part(found, _read(part, spans))
        for step in steps:
            absorb_step(found, _read(step, spans))
        if inner is not None:
            told = inner in self.calls or inner in self.parts
            within = self.draft(inner, spans, facts) if told else _read(inner, spans)
            take_failure(found, within)
            absorb_draft(found, within)
        if (other := self.beside.get(place)) is not None:
            absorb_beside(found, _read(other, spans))
        if lender is not None:
            lends, around = _read(lender, spans), self.around.get(lender)
            if lends.lends:
                lend(lends, found, None if around is None else _read(around, spans))
        if place in self.standing and found.alone is not None:
            stand_alone(found, found.alone, None, is_only=False)
        return found

    def _parted(self, step: int, calls: list[int], spans: SpanColumns) -> dict[int, Draft]:
        found = self.parted.get(step)
        if found is None:
            found = self.parted[step] = {p: _read(p, spans) for p in (step, *calls)}
            open_up(found[step], [found[p] for p in calls])
        return found

    def inside(self, place: int) -> list[int]:
        """The calls inside a call that are the same one, the outermost first."""
        found: list[int] = []
        inner = self.calls.get(place)
        while inner is not None:
            found.append(inner)
            inner = self.calls.get(inner)
        return found

    def is_told_of(self, place: int) -> bool:
        """Whether another span may add to what a span says."""
        told = self.calls, self.beside, self.lenders, self.steps, self.parts, self.opened
        return any(place in of for of in told)

    def is_lent(self, place: int) -> bool:
        """Whether more than the calls inside a span may add to what it was asked, or it says that
        as no call does."""
        told = self.beside, self.lenders, self.steps, self.standing, self.opened
        return any(place in of for of in told)

    def is_alone(self, place: int) -> bool:
        """Whether a span stands for itself alone, and no other adds to what it says."""
        return not (self.gone[place] or place in self.merged or self.is_told_of(place))


def _read(place: int, spans: SpanColumns) -> Draft:
    return conventions.read(spans.span(place), spans.logs.of(place))


def fold(
    parent: Any, trace: Any, end: Any, left: Any, *, facts: Facts, spans: SpanColumns
) -> Twice:
    """Folds what is plainly one call; ``end``, ``left`` and the facts are changed in place."""
    found = Twice(np.zeros(len(parent), np.bool_))
    calls = np.flatnonzero(facts.role == CALL)
    requests = np.flatnonzero(facts.echo == HTTP)
    if not len(calls):
        return found
    around = _enclosing(calls, parent, facts)
    nested = (around != NONE) & (facts.role[around] == CALL)
    children = np.bincount(parent[parent != NONE], minlength=len(parent))
    if nested.any():
        inner, outer = calls[nested], around[nested]
        shared, beside = _several(inner, outer, parent, children, facts, spans)
        facts.role[outer[shared]], facts.kind[outer[shared]] = HOP, CHAIN
        inner, outer = inner[~shared & ~beside], outer[~shared & ~beside]
        apart = _apart(inner, outer, parent, children, facts)
        inner, outer = inner[~apart], outer[~apart]
        plain = _plain(inner, outer, parent, children, end, facts)
        left[trace[inner[~plain]]] = True
        inner, outer = inner[plain], outer[plain]
        found.calls = dict(zip(outer.tolist(), inner.tolist(), strict=True))
        for some in _rounds(inner, outer):
            absorb(inner[some], outer[some], end, facts)
            if facts.errors:
                _take_failures(inner[some], outer[some], left, trace, facts)
        found.gone[inner] = True
        outermost = outer[~found.gone[outer]].tolist()
        if len(outermost) == len(outer):  # none of the calls inside has one inside itself
            found.merged = {o: [i] for o, i in found.calls.items()}
        else:
            found.merged = {o: found.inside(o)[::-1] for o in outermost}
    if len(requests):
        _requests(requests, parent, children, trace, left, found, facts, spans)
    return found


def _several(
    inner: Any, outer: Any, parent: Any, children: Any, facts: Facts, spans: SpanColumns
) -> tuple[Any, Any]:
    """Of which pairs the outer is around several calls and nothing else, none of which failed: as a
    step that shares its work among them, as :func:`tries.are_batches_of` says, and as a call that
    stands beside them."""
    count = np.bincount(outer, minlength=len(parent))
    found = count[outer] > 1
    if not found.any():
        return found, found
    found &= (parent[inner] == outer) & (children[inner] == 0) & (children[outer] == count[outer])
    found &= ~np.isin(outer, inner)
    shares = np.isin(facts.kind[outer], _IN_BATCHES)
    found &= np.where(
        shares,
        facts.kind[inner] == facts.kind[outer],
        (facts.echo[inner] == 0) & ~facts.are_of(inner, OWN) & ~facts.are_of(outer, OWN),
    )
    for n in np.flatnonzero(found).tolist():
        one, around = int(inner[n]), int(outer[n])
        odd = one in facts.errors or one in facts.drafts or one in facts.attempt
        alike = not shares[n] or spans.scope[one] == spans.scope[around]
        found[n] = not odd and alike
    whole = np.bincount(outer[found], minlength=len(parent))
    found &= whole[outer] == count[outer]
    return found & shares, found & ~shares


_IN_BATCHES = [KIND_OF[kind] for kind in IN_BATCHES]


def _enclosing(places: Any, parent: Any, facts: Facts) -> Any:
    """The nearest enclosing span of each that is more than a bare one."""
    around = parent[places]
    while True:
        bare = np.flatnonzero(around != NONE)
        bare = bare[facts.role[around[bare]] == SPAN]
        if not len(bare):
            return around
        around[bare] = parent[around[bare]]


def _apart(inner: Any, outer: Any, parent: Any, children: Any, facts: Facts) -> Any:
    """Of which pairs the outer does more than the call inside: both stand."""
    does = (facts.role == HOP) & (facts.echo != PART) & (parent != NONE)
    does &= (facts.kind != CHAIN) | (children > 0)
    busy = np.zeros(len(parent), np.bool_)
    busy[parent[does]] = True
    echoes = np.zeros(len(parent), np.bool_)
    echoes[outer[facts.echo[inner] != 0]] = True
    return busy[outer] & ~echoes[outer]


def _rounds(inner: Any, outer: Any) -> Iterable[Any]:
    """Positions of pairs, those first whose inner call has none inside itself."""
    waits = np.isin(inner, outer)
    if not waits.any():
        return [slice(None)]
    around = dict(zip(inner.tolist(), outer.tolist(), strict=True))
    at = {place: n for n, place in enumerate(inner.tolist())}
    rounds = []
    now = np.flatnonzero(~waits).tolist()
    while now:
        rounds.append(np.array(now))
        now = [at[o] for n in now if (o := around[int(inner[n])]) in at]
    return rounds


def _plain(inner: Any, outer: Any, parent: Any, children: Any, end: Any, facts: Facts) -> Any:
    """Of which pairs nothing but the inner call, requests on the wire, pieces and what only reads a
    stream's is inside the outer; within the inner may stand what it called for."""
    pieces = (facts.echo == PART) & (facts.role == HOP)
    more = ((facts.echo != HTTP) & ~pieces) | (children > 0)
    inside = np.bincount(parent[more & (parent != NONE)], minlength=len(parent))
    reads = (facts.role == HOP) & (facts.kind == CHAIN) & (children == 0) & (parent != NONE)
    reads &= ~pieces
    readers = np.bincount(parent[reads], minlength=len(parent))
    acts = (facts.role == HOP) & ~pieces & (parent != NONE)
    called_for = np.bincount(parent[acts], minlength=len(parent))
    is_outer = np.zeros(len(parent), np.bool_)
    is_outer[outer] = True
    found = (
        (np.bincount(outer, minlength=len(parent))[outer] == 1)
        & (parent[inner] == outer)
        & (facts.kind[inner] == facts.kind[outer])
        & ~facts.are_of(inner, OWN)
        & ~facts.are_of(outer, OWN)
        & (end[inner] != 0)
        & (end[outer] != 0)
        & (inside[outer] - readers[outer] == more[inner])
        & (
            (inside[inner] == called_for[inner])
            | (is_outer[inner] & (inside[inner] == 1) & (readers[inner] == 0))
        )
    )
    if facts.drafts or facts.scores:
        judged = [p for p, d in facts.drafts.items() if d.scores or d.run_scores or d.findings]
        judged += facts.scores
        found &= ~(np.isin(inner, judged) | np.isin(outer, judged))
    return found


def absorb(inner: Any, outer: Any, end: Any, facts: Facts) -> None:
    """As :func:`folding.absorb`, of many."""
    if facts.text.are_told("request_model"):
        _absorb_models(inner, outer, facts)
    for name in _FILLED:
        if not facts.text.are_told(name):
            continue
        column = facts.text[name]
        known = column[outer]
        column[outer] = np.where(known == None, column[inner], known)  # noqa: E711 - of an array
    for numbers in (facts.cost_usd, facts.first_token_ms):
        numbers[outer] = np.where(np.isnan(numbers[outer]), numbers[inner], numbers[outer])
    counts = [(facts.tokens[n][outer], facts.tokens[n][inner]) for n in TOKENS]
    used = (counts[0][0] != 0) | (counts[1][0] != 0)
    told = np.any([other != 0 for _, other in counts], axis=0)
    for name, (known, other) in zip(TOKENS, counts, strict=True):
        of_both = np.where(known != 0, known, other)
        facts.tokens[name][outer] = np.where(used, of_both, np.where(told, other, known))
    own = facts.are_of(inner, ANTHROPIC) & (counts[1][1] != 0)
    if own.any():
        own &= facts.text.told("finish_reason")[inner]
        facts.tokens["output_tokens"][outer[own]] = counts[1][1][own]
    if rare := [*facts.tags, *facts.attempt]:
        among = np.zeros(len(end), np.bool_)
        among[rare] = True
        few = among[inner] | among[outer]
        for within, around in zip(inner[few].tolist(), outer[few].tolist(), strict=True):
            _absorb_rare(within, around, facts)
    end[outer] = np.maximum(end[outer], end[inner])


def _absorb_models(inner: Any, outer: Any, facts: Facts) -> None:
    """Asked and served, where one of the two tellings wrote one of them for both."""
    asked, served = facts.text["request_model"], facts.text.writable("response_model")
    guessed = (served[outer] == asked[outer]) & (asked[inner] == asked[outer])
    guessed &= served[inner] != None  # noqa: E711 - of an array
    served[outer] = np.where(guessed, served[inner], served[outer])
    one = (served[outer] == asked[outer]) | (served[outer] == None)  # noqa: E711 - of an array
    for n in np.flatnonzero(one & (asked[inner] != asked[outer])):
        if is_snapshot(asked[outer[n]], asked[inner[n]]):
            served[outer[n]], asked[outer[n]] = asked[outer[n]], asked[inner[n]]


def _absorb_rare(inner: int, outer: int, facts: Facts) -> None:
    if not facts.tags.get(outer) and facts.tags.get(inner):
        facts.tags[outer] = facts.tags[inner]
    tried = max(facts.attempt.get(outer, 1), facts.attempt.get(inner, 1))
    if tried > 1:
        facts.attempt[outer] = tried


def _take_failures(inner: Any, outer: Any, left: Any, trace: Any, facts: Facts) -> None:
    """As :func:`folding.take_failure`; whether a call that tells of none was answered is left."""
    for within, around in zip(inner.tolist(), outer.tolist(), strict=True):
        if within not in facts.errors:
            continue
        if around in facts.errors:
            facts.errors[around] = clearer(facts.errors[around], facts.errors[within])
        else:
            left[trace[around]] = True


def _requests(
    requests: Any,
    parent: Any,
    children: Any,
    trace: Any,
    left: Any,
    found: Twice,
    facts: Facts,
    spans: SpanColumns,
) -> None:
    """The one HTTP request inside a call is how it was made."""
    around = _enclosing(requests, parent, facts)
    stands = {p: o for o in found.merged for p in found.inside(o)}
    made: dict[int, list[int]] = {}
    beside = _have_calls_beside(requests, parent, trace, facts)
    for request, call in zip(requests.tolist(), around.tolist(), strict=True):
        if call == NONE or facts.role[call] != CALL:
            if request in beside and asks_a_model(spans.attributes[request]):
                left[trace[request]] = True
            continue
        if parent[request] != call or children[request]:
            left[trace[request]] = True
        made.setdefault(stands.get(call, call), []).append(request)
    for call, several in made.items():
        if len(several) > 1:
            several.sort(key=lambda p: (spans.start_unix_nano[p], spans.span_id[p]))
            found.attempts[call] = [
                _attempt(request, call, number, facts, spans)
                for number, request in enumerate(several, 1)
            ]
        found.gone[several] = True
        found.merged.setdefault(call, []).extend(several)


def _attempt(request: int, call: int, number: int, facts: Facts, spans: SpanColumns) -> Attempt:
    """A request as one try of a call; as :func:`tries.request_attempt` tells of its draft."""
    error = facts.errors.get(request)
    took = spans.end_unix_nano[request] - spans.start_unix_nano[request]
    text = facts.text
    return Attempt(
        number=number,
        hop_id=spans.span_id[request],
        provider=text.one("provider", call),
        request_model=text.one("request_model", call),
        response_model=text.one("response_model", call) if error is None else None,
        status=rd.integer(spans.attributes[request], *STATUS) or None,
        reason=error.type if error is not None else None,
        duration_ms=max(0, took) / 1e6,
        ok=error is None,
    )


def _have_calls_beside(requests: Any, parent: Any, trace: Any, facts: Facts) -> set[int]:
    """Requests that have the parent of a call: one to a model may be that call's."""
    places = trace * (len(parent) + 1) + parent + 1
    beside = np.isin(places[requests], places[facts.role == CALL])
    return set(requests[beside].tolist())
