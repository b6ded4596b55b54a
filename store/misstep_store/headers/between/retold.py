"""Calls that two libraries tell of, neither within the other: as :mod:`conventions.between.retold`
finds them within a trace.

Two tellings and no third are folded here, by the same evidence. Where more may be one call, and
where one of the two is more than a plain span, the trace is left to the conventions.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from misstep_store.conventions.between import retold
from misstep_store.conventions.between.folding import richness
from misstep_store.conventions.between.nearest import MOST_TRIED, Line
from misstep_store.conventions.between.partners import SLACK_NANO
from misstep_store.conventions.readers.misstep_own import NAME as OWN
from misstep_store.conventions.types import Draft
from misstep_store.conventions.values.errors import clearer
from misstep_store.headers.between.forest import Forest
from misstep_store.headers.between.questions import asked, tells_both
from misstep_store.headers.between.twice import absorb
from misstep_store.headers.columns.spans import (
    CALL,
    INSIDE,
    MIXES,
    NONE,
    TOKENS,
    Facts,
    SpanColumns,
)

_MOST_READ = 2_000
"""So many calls are read whole to tell whether they are one; beyond that a trace is left."""


def fold_retold(made: Forest, facts: Facts, spans: SpanColumns) -> None:
    """Folds them; ``made`` and the facts are changed in place."""
    calls = np.flatnonzero((facts.role == CALL) & ~made.twice.gone)
    several = np.bincount(made.trace[calls], minlength=len(made.left))[made.trace[calls]] > 1
    calls = calls[several & ~made.left[made.trace[calls]]]
    tellings = _Tellings(made, facts, spans)
    if len(calls) and facts.text.are_told("response_id"):
        tellings.fold(tellings.same_answers(calls))
    _leave_echoes(made, facts)
    calls = calls[~made.twice.gone[calls] & (facts.echo[calls] == 0)]
    apart = [n for c, n in facts.conventions.items() if c in retold.APART]
    if apart and len(calls):
        tellings.fold(tellings.retold(calls[np.isin(facts.by_convention[calls], apart)]))
    aside = [n for c, n in facts.conventions.items() if c in retold.ASIDE]
    if aside:
        tellings.fold(tellings.aside(calls[~made.twice.gone[calls]], aside))
    tellings.fold(tellings.uncounted(calls[~made.twice.gone[calls]], {*apart, *aside}))


def _leave_echoes(made: Forest, facts: Facts) -> None:
    """Leaves traces with an echo beside calls that are none: it may be one of them."""
    stands, trace = ~made.twice.gone, made.trace
    echoes = np.flatnonzero((facts.echo == INSIDE) & stands)
    if len(echoes):
        others = trace[(facts.role == CALL) & stands & (facts.echo == 0)]
        count = np.bincount(others, minlength=len(made.left))
        made.left[trace[echoes[count[trace[echoes]] > 0]]] = True


class _Tellings:
    """Finds (the telling that is left out, the one that stands for it)."""

    def __init__(self, made: Forest, facts: Facts, spans: SpanColumns) -> None:
        self._made, self._facts, self._spans = made, facts, spans
        self._plain: Any = None
        self._drafts: dict[int, Draft] = {}
        self._asked: dict[int, str | None] = {}

    def fold(self, pairs: list[tuple[int, int]]) -> None:
        """The one of each pair takes what the other tells."""
        if not pairs:
            return
        made, twice = self._made, self._made.twice
        self._plain = None  # what stands for another is none
        inner, outer = np.array(pairs, np.int64).T
        absorb(inner, outer, made.end, self._facts)
        errors = self._facts.errors
        for one, other in pairs if errors else ():
            if one in errors and other in errors:
                errors[other] = clearer(errors[other], errors[one])
        twice.gone[inner] = True
        twice.beside.update((o, i) for i, o in pairs)
        twice.merged.update((o, [i]) for i, o in pairs)

    def same_answers(self, calls: Any) -> list[tuple[int, int]]:
        """As :meth:`folding.Folder._same_answer`, of calls with the same response id."""
        answers = self._facts.text.at("response_id", calls)
        told = answers != None  # noqa: E711 - of an array
        calls, named = calls[told], answers[told].tolist()
        trace = self._made.trace[calls]
        hashes = np.fromiter(map(hash, named), np.int64, len(named)) ^ (trace * MIXES)
        if len(np.unique(hashes)) == len(named):  # most often each is told once
            return []
        places, keys = calls.tolist(), list(zip(trace.tolist(), named, strict=True))
        pairs = []
        for (trace, _), group in _shared(keys, places):
            tellers = {self._teller(p) for p in group}
            is_twice = any(self._convention(p) in retold.TWICE for p in group)
            if len(tellers) < 2 and not is_twice:
                continue
            pair = None if is_twice else self._told_by_scopes(group)
            if pair is None:
                self._made.left[trace] = True
            else:
                pairs.append(pair)
        return pairs

    def _told_by_scopes(self, group: list[int]) -> tuple[int, int] | None:
        spans = self._spans
        if len(group) != 2 or not all(map(self._is_plain, group)):
            return None
        one, other = group
        starts = max(spans.start_unix_nano[p] for p in group)
        ends = min(self._end(p) for p in group)
        if spans.scope[one] == spans.scope[other] or ends - starts + SLACK_NANO < 0:
            return None
        if self._facts.kind[one] != self._facts.kind[other]:
            return None
        less, more = sorted(group, key=self._richness)
        return less, more

    def _richness(self, place: int) -> tuple[bool, int, int, str]:
        """As :func:`folding.richness`."""
        spans, facts = self._spans, self._facts
        if not tells_both(place, spans, facts):
            return richness(self._draft(place))
        told = [facts.tokens["input_tokens"][place], facts.text.one("request_model", place)]
        more = sum(1 for t in told if t)
        is_own = bool(facts.echo[place] == 0)
        return is_own, 2 + more, len(spans.attributes[place]), spans.span_id[place]

    def retold(self, calls: Any) -> list[tuple[int, int]]:
        """As :func:`retold.pairs`, of calls that tell the same and may have no response id."""
        facts = self._facts
        scopes = set(map(self._spans.scope.__getitem__, calls.tolist()))
        if len(scopes) < 2 and not facts.text.are_told("teller"):
            return []
        return self._asked_alike(calls, self._by_sdks(calls), facts.by_convention[calls])

    def aside(self, calls: Any, aside: list[int]) -> list[tuple[int, int]]:
        """As :meth:`retold`, of an SDK's telling and that of one of :data:`retold.ASIDE`."""
        if self._have_one_teller(calls):
            return []
        conventions = self._facts.by_convention[calls].tolist()
        tellers = list(zip(map(self._teller, calls.tolist()), conventions, strict=True))
        numbers = {teller: n for n, teller in enumerate(dict.fromkeys(tellers))}
        if len(numbers) < 2:
            return []
        trace, told_by = self._made.trace[calls], np.array([numbers[t] for t in tellers])
        least, most = np.full(len(self._made.left), len(numbers)), self._made.left * 0
        np.minimum.at(least, trace, told_by)
        np.maximum.at(most, trace, told_by)
        calls = calls[(least < most)[trace]]  # where several libraries tell of calls
        is_sdk = self._by_sdks(calls)
        around = np.isin(self._facts.by_convention[calls], aside).tolist()
        calls = calls[[a or is_sdk[p] for p, a in zip(calls.tolist(), around, strict=True)]]
        is_sdk = {p: is_sdk[p] for p in calls.tolist()}
        return self._asked_alike(calls, is_sdk, np.zeros(len(calls), np.int64))

    def uncounted(self, calls: Any, around: set[int]) -> list[tuple[int, int]]:
        """As :meth:`aside`, of an SDK's telling that counts nothing."""
        if self._have_one_teller(calls):
            return []
        facts, made = self._facts, self._made
        used = [facts.tokens[n][calls] == 0 for n in TOKENS[:2]]
        silent = {p for p in calls[used[0] & used[1]].tolist() if p not in facts.errors}
        if not silent:
            return []
        calls = calls[np.isin(made.trace[calls], made.trace[list(silent)])]
        is_sdk = self._by_sdks(calls)
        known = facts.by_convention
        told = [p for p in calls.tolist() if (p in silent if is_sdk[p] else known[p] in around)]
        calls, is_sdk = np.array(told, np.int64), {p: is_sdk[p] for p in told}
        return self._asked_alike(calls, is_sdk, np.zeros(len(told), np.int64), counted=False)

    def _have_one_teller(self, calls: Any) -> bool:
        """Whether one library tells of all calls, as far as arrays show."""
        scopes, facts = self._spans.arrays.get("scope"), self._facts
        if scopes is None or facts.text.are_told("teller"):
            return False
        columns = (scopes[calls], facts.by_convention[calls])
        return all((column[:1] == column).all() for column in columns)

    def _by_sdks(self, calls: Any) -> dict[int, bool]:
        """By call whether a provider's own library tells of it."""
        tellers = {p: self._teller(p) for p in calls.tolist()}
        sdks = {teller: retold.is_sdk(*teller) for teller in set(tellers.values())}
        return {p: sdks[teller] for p, teller in tellers.items()}

    def _asked_alike(
        self, calls: Any, is_sdk: dict[int, bool], by_convention: Any, *, counted: bool = True
    ) -> list[tuple[int, int]]:
        facts, made = self._facts, self._made
        if len(set(is_sdk.values())) < 2:
            return []
        used = [facts.tokens[n][calls].tolist() for n in TOKENS[:2] if counted]
        about = [a.tolist() for a in (made.trace[calls], facts.kind[calls], by_convention)]
        failed = [p in facts.errors for p in calls.tolist()]
        pairs = []
        keys = list(zip(*about, *used, failed, strict=True))
        for (trace, *_), group in _shared(keys, calls.tolist()):
            if made.left[trace] or len({is_sdk[p] for p in group}) < 2:
                continue
            if len(group) > 2:
                inners, outers = ([p for p in group if is_sdk[p] is sdk] for sdk in (True, False))
                pairs += self._several(inners, outers, trace)
                continue
            inner, outer = sorted(group, key=lambda p: not is_sdk[p])
            if not (self._is_plain(inner) and self._is_plain(outer)):
                made.left[trace] = True
            elif self._may_be_one(inner, outer):
                if len(self._drafts) > _MOST_READ:
                    made.left[trace] = True
                elif self._same_words(inner, outer):
                    pairs.append((inner, outer))
        return pairs

    def _several(self, inners: list[int], outers: list[int], trace: int) -> list[tuple[int, int]]:
        """As :meth:`retold`, of several calls that tell the same: those are read that ran at once and
        may have been asked the same. A trace is left in which more than :data:`MOST_TRIED` may be one
        call, and so are those in which a call that may be one is no plain span."""
        starts = self._spans.start_unix_nano
        line = Line(inners, list(map(self._end, inners)), [starts[p] for p in inners])
        near: set[int] = set()
        for outer in outers:
            last = self._end(outer) + SLACK_NANO
            tried = list(line.near(last, until=last, reach=starts[outer] - retold.LEAD_NANO))
            fitting = [p for p in tried if self._may_be_one(p, outer)]
            fitting = [p for p in fitting if self._may_ask_the_same(p, outer)]
            near.update([*fitting, outer] if fitting else ())
            if len(tried) >= MOST_TRIED:
                self._made.left[trace] = True
                return []
        if len(self._drafts) + len(near) > _MOST_READ or not all(map(self._is_plain, near)):
            self._made.left[trace] = True
            return []
        drafts = {self._draft(p): p for p in near}
        sdks = set(inners)
        within = [d for d, p in drafts.items() if p in sdks]
        around = [d for d, p in drafts.items() if p not in sdks]
        return [(drafts[one], drafts[other]) for one, other in retold.pairs(within, around)]

    def _may_ask_the_same(self, inner: int, outer: int) -> bool:
        one, other = self._plainly_asked(inner), self._plainly_asked(outer)
        return one is None or other is None or one == other

    def _plainly_asked(self, place: int) -> str | None:
        if place not in self._asked:
            self._asked[place] = asked(place, (), self._spans, self._facts)
        return self._asked[place]

    def _may_be_one(self, inner: int, outer: int) -> bool:
        """As :func:`retold.same_call`, but for the words of both, of calls of one kind that both
        failed or both did not, told by an SDK and by a framework."""
        starts, text = self._spans.start_unix_nano, self._facts.text
        one, other = ((self._spans.scope[p], self._convention(p)) for p in (inner, outer))
        return (
            retold.told_apart(one, other)
            and retold.may_lie_within(
                (starts[inner], self._end(inner)), (starts[outer], self._end(outer))
            )
            and None in [text.one("response_id", p) for p in (inner, outer)]
            and retold.same_model(self._models(inner), self._models(outer))
        )

    def _same_words(self, inner: int, outer: int) -> bool:
        """Whether both surely tell of the same question and answer; of calls that failed, the same
        reason."""
        one, other = self._plainly_asked(inner), self._plainly_asked(outer)
        errors = self._facts.errors
        if one is not None and other is not None:
            if one != other:
                return False
            if inner in errors:
                return errors[inner].message == errors[outer].message
        within, around = self._draft(inner), self._draft(outer)
        return bool(retold.same_question(within, around) and retold.same_answer(within, around))

    def _is_plain(self, place: int) -> bool:
        """Whether a call is one span that holds nothing, inside another that is there."""
        if self._plain is None:
            self._plain = self._plain_ones()
        return bool(self._plain[place])

    def _plain_ones(self) -> Any:
        made, facts, twice = self._made, self._facts, self._made.twice
        own = facts.conventions.get(OWN, NONE)
        inner = made.parent != NONE
        found = inner & (made.end != 0) & (facts.by_convention != own)
        found &= (facts.echo == 0) | (facts.echo == INSIDE)
        found[made.parent[inner]] = False
        for more in (twice.merged, twice.attempts, twice.steps, facts.drafts, facts.attempt):
            found[list(more)] = False
        return found

    def _models(self, place: int) -> set[str]:
        text = self._facts.text
        return {m for n in ("request_model", "response_model") if (m := text.one(n, place))}

    def _convention(self, place: int) -> str | None:
        found: str | None = self._facts.text.one("convention", place)
        return found

    def _end(self, place: int) -> int:
        return int(self._made.end[place]) or self._spans.start_unix_nano[place]

    def _teller(self, place: int) -> tuple[str, str | None]:
        return self._spans.scope[place], self._facts.text.one("teller", place)

    def _draft(self, place: int) -> Draft:
        found = self._drafts.get(place)
        if found is None:
            found = self._drafts[place] = self._made.twice.draft(place, self._spans, self._facts)
        return found


def _shared(keys: list[Any], places: list[int]) -> Iterable[tuple[Any, list[int]]]:
    """Keys that several places have, with these."""
    if len(set(keys)) == len(keys):
        return
    groups: dict[Any, list[int]] = {}
    for key, place in zip(keys, places, strict=True):
        groups.setdefault(key, []).append(place)
    yield from ((key, group) for key, group in groups.items() if len(group) > 1)
