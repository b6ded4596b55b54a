"""Why a call ended, where only a step around or beside it says so: as :class:`between.tree.Tree`
finds out.

A step tells of the call whose answer it gave or was given. What they answered is read only where a
call near such a step lacks what the step tells.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

import numpy as np

from misstep.model import Json
from misstep_store import conventions
from misstep_store.conventions.between.tree import comparable
from misstep_store.conventions.content import langchain
from misstep_store.conventions.readers import langfuse, mlflow, openllmetry
from misstep_store.conventions.types import Draft
from misstep_store.headers.between.forest import Forest
from misstep_store.headers.columns.spans import CALL, CHAIN, HOP, NONE, Facts, SpanColumns
from misstep_store.headers.raw import words

_TOLD = ("finish_reason", "response_model", "response_id")
_ID = 2
_OF_ANSWER = ("response_id", "response_model")
_ANSWER = (*_OF_ANSWER, "finish_reason")
"""What a step tells of the answer that the one call inside was given."""
_APART = frozenset({langfuse.NAME, mlflow.NAME, openllmetry.NAME})
"""Conventions in which what a span was given says nothing of what it gave, and the reverse."""
_NEITHER = (
    "langfuse.observation.metadata.",
    "langfuse.observation.model.parameters",
    "langfuse.observation.usage_details",
    "langfuse.observation.cost_details",
    "mlflow.chat.",
    "mlflow.llm.",
    "metadata",
    "invocation_params",
    "traceloop.association.",
    "llm.request.functions.",
    "gen_ai.usage.",
)
_GIVEN = (
    "langfuse.observation.input",
    "langfuse.trace.input",
    "mlflow.spanInputs",
    "traceloop.entity.input",
    "gen_ai.prompt.",
    "gen_ai.input.messages",
    "gen_ai.tool.definitions",
)
_GAVE = (
    "langfuse.observation.output",
    "langfuse.trace.output",
    "mlflow.spanOutputs",
    "traceloop.entity.output",
    "gen_ai.completion.",
    "gen_ai.output.messages",
)
_OTHER_SIDE = {"output": _GIVEN + _NEITHER, "input": _GAVE + _NEITHER}


def lend(made: Forest, facts: Facts, spans: SpanColumns) -> None:
    """Fills gaps of calls."""
    _lend(made, facts, spans)
    if facts.lends:  # the answer is that of a call
        for name in _OF_ANSWER:
            facts.text.forget(name, list(facts.lends))


def _lend(made: Forest, facts: Facts, spans: SpanColumns) -> None:
    stands = ~made.twice.gone
    lent = _lend_words(made, facts)
    told = facts.text.told("finish_reason")
    around = np.flatnonzero(told & (facts.role == HOP) & (facts.kind == CHAIN) & stands)
    heard = np.fromiter(facts.heard, np.int64, len(facts.heard))
    heard = heard[stands[heard] & (made.parent[heard] != NONE)]
    if made.twice.lenders:  # they tell all the same
        around = around[~np.isin(around, list(made.twice.lenders.values()))]
    if not len(around) and not len(heard):
        return
    if lent:
        both = made.trace[np.concatenate([around, heard])]
        made.left[both[np.isin(both, list(lent))]] = True
    every = np.flatnonzero((facts.role == CALL) & stands & (made.parent != NONE))
    inside = np.bincount(made.parent[every], minlength=len(stands))
    _to_calls(made, facts, spans, every[~made.left[made.trace[every]]], around, heard)
    below = made.parent[stands & (made.parent != NONE)]
    children = np.bincount(below, minlength=len(stands))
    around = around[(inside[around] != 1) & (children[around] > 0)]
    for name in _TOLD:  # those of a call further in
        facts.text.forget(name, around)


def _lend_words(made: Forest, facts: Facts) -> set[int]:
    """Notes the steps that may say what the one call inside was asked; numbers of their traces."""
    if not facts.lends:
        return set()
    calls = np.flatnonzero((facts.role == CALL) & ~made.twice.gone & (made.parent != NONE))
    steps = made.parent[calls]
    lends = np.zeros(len(made.trace), np.bool_)
    lends[list(facts.lends)] = True
    calls, steps = calls[lends[steps]], steps[lends[steps]]
    alone = np.bincount(steps, minlength=len(lends))[steps] == 1
    if not alone.all() and facts.errors:
        alone |= _answering(calls, steps, made, facts)
    calls, steps = calls[alone], steps[alone]
    made.twice.lenders.update(zip(calls.tolist(), steps.tolist(), strict=True))
    for name in _ANSWER:
        if facts.text.are_told(name):
            known, told = facts.text.at(name, calls), facts.text.at(name, steps)
            for n in np.flatnonzero(~known.astype(np.bool_) & told.astype(np.bool_)).tolist():
                facts.text.put(name, int(calls[n]), told[n])
    facts.text.forget("finish_reason", steps.tolist())
    if facts.counting:
        _lend_counts(calls, steps, made, facts)
    return set(made.trace[calls].tolist())


def _answering(calls: Any, steps: Any, made: Forest, facts: Facts) -> Any:
    """Which calls are the last of their step, where all before them failed."""
    failed = np.isin(calls, list(facts.errors))
    answered = np.bincount(steps[~failed], minlength=len(made.trace))[steps] == 1
    last = np.zeros(len(made.trace), made.start.dtype)
    np.maximum.at(last, steps, made.start[calls])
    ties = np.bincount(steps[made.start[calls] == last[steps]], minlength=len(made.trace))[steps]
    told = ~failed & answered & (made.start[calls] == last[steps])
    made.left[made.trace[calls[told & (ties > 1)]]] = True
    return told


def _lend_counts(calls: Any, steps: Any, made: Forest, facts: Facts) -> None:
    """Models and tokens, of the steps and then of what is around them alone."""
    below = made.parent[(made.parent != NONE) & ~made.twice.gone]
    children = np.bincount(below, minlength=len(made.trace))
    for call, step in zip(calls.tolist(), steps.tolist(), strict=True):
        if step not in facts.counting:
            continue
        _count(call, step, facts)
        around = int(made.parent[step])
        if around in facts.counting and children[around] == 1:
            if around in facts.lends:  # which of its calls it tells of
                made.left[made.trace[call]] = True
            made.twice.around[step] = around
            _count(call, around, facts)


def _count(call: int, step: int, facts: Facts) -> None:
    text = facts.text
    for name in _OF_COUNTS:
        if not text.one(name, call) and (told := text.one(name, step)):
            text.put(name, call, told)
    for name in _ASKED:
        text.forget(name, step)
    if not any(numbers[call] for numbers in facts.tokens.values()):
        for numbers in facts.tokens.values():
            numbers[call] = numbers[step]


_ASKED = ("provider", "request_model")
_OF_COUNTS = (*_ASKED, "response_model")


def _to_calls(
    made: Forest, facts: Facts, spans: SpanColumns, calls: Any, around: Any, heard: Any
) -> None:
    lacking = np.zeros(len(calls), np.bool_)
    for name in _TOLD:
        lacking |= ~facts.text.told(name)[calls]
    wanting = set(made.parent[calls[lacking]].tolist())
    near: dict[int, list[int]] = {}
    for call, step in zip(calls.tolist(), made.parent[calls].tolist(), strict=True):
        if step in wanting:
            near.setdefault(step, []).append(call)
    beside: dict[int, list[int]] = {}
    above = made.parent[heard].tolist()
    told_of = zip(made.start[heard].tolist(), heard.tolist(), above, strict=True)
    mine = [(start, spans.span_id[p], p, step) for start, p, step in told_of if step in near]
    for _, _, place, step in sorted(mine):
        beside.setdefault(step, []).append(place)
    tells = set(around.tolist())
    steps = [step for step in dict.fromkeys([*tells, *beside]) if step in near]
    lender = _Lender(made, facts, spans, [call for step in steps for call in near[step]])
    told = _told(facts, [step for step in steps if step in tells])
    lender.read(told, {step: beside[step] for step in steps if step in beside}, near)
    for step in steps:
        asking = [(step, "output", told[step])] if step in told else []
        asking += [(place, "input", list(facts.heard[place])) for place in beside.get(step, ())]
        below = near[step]
        if len(below) == 1:  # as most have: none is looked at that lacks nothing
            known = lender.known[below[0]]
            asking = [t for t in asking if any(map(_fills, t[2], known))]
            asking = [t for t in asking if not lender.tells_plainly(*t, below[0])]
        if asking:
            several = _Calls(below, lender)
            for place, side, ends in asking:
                several.tell(place, side, ends)


def _fills(told: str | None, known: str | None) -> bool:
    return bool(told) and known is None


def _told(facts: Facts, places: list[int]) -> dict[int, list[str | None]]:
    """What some spans say of an answer, by place."""
    at = np.array(places, np.int64)
    columns = [facts.text.at(name, at).tolist() for name in _TOLD]
    return dict(zip(places, map(list, zip(*columns, strict=True)), strict=True))


@lru_cache(maxsize=1024)
def _kept(names: tuple[str, ...], side: str) -> tuple[str, ...]:
    """Those of a span's attributes that may tell of one side of it."""
    return tuple(n for n in names if not n.startswith(_OTHER_SIDE[side]))


@lru_cache(maxsize=1024)
def _gave(names: tuple[str, ...]) -> tuple[str, ...]:
    """Those of a span's attributes that hold what it gave."""
    return tuple(n for n in names if n.startswith(_GAVE))


class _Lender:
    """What spans say. ``known``: by call what it says of its answer."""

    def __init__(self, made: Forest, facts: Facts, spans: SpanColumns, calls: list[int]) -> None:
        self.made, self.facts, self.spans = made, facts, spans
        self.known = _told(facts, calls)
        self._drafts: dict[tuple[int, str], Draft] = {}
        self._gave: dict[tuple[int, str], words.Words] = {}
        self._said: dict[int, words.Words] = {}

    def read(
        self,
        told: dict[int, list[str | None]],
        beside: dict[int, list[int]],
        near: dict[int, list[int]],
    ) -> None:
        """Reads what steps gave, those beside calls were given, and what the calls near them said,
        together where that is plain."""
        errors, heard = self.facts.errors, self.facts.heard
        asking: dict[str, list[int]] = {"output": [], "input": []}
        calls: dict[int, None] = {}
        for step, ends in told.items():
            several = len(near[step]) > 1
            if several and sum(call not in errors for call in near[step]) == 1:
                continue
            if self._lacks(ends, near[step]) and not self.is_state(step, "output"):
                asking["output"].append(step)
                calls |= dict.fromkeys(near[step])
        for step, places in beside.items():
            lacking = [p for p in places if self._lacks(heard[p], near[step])]
            if lacking:
                asking["input"] += [p for p in lacking if not self.is_state(p, "input")]
                calls |= dict.fromkeys(near[step])
        for side, places in asking.items():
            self._read_steps(side, places)
        self._read_calls(list(calls))

    def _lacks(self, told: Sequence[str | None], calls: Sequence[int]) -> bool:
        """Whether something is told that one of the calls lacks."""
        return any(
            value and any(self.known[call][n] is None for call in calls)
            for n, value in enumerate(told)
        )

    def _read_steps(self, side: str, places: list[int]) -> None:
        a = self.spans.attributes
        for key, inside in words.ENVELOPES[side].items():
            mine = [p for p in places if key in a[p]]
            places = [p for p in places if key not in a[p]]
            read = words.of_steps([a[p][key] for p in mine], inside)
            self._gave.update(((mine[n], side), told) for n, told in read.items())

    def _read_calls(self, calls: list[int]) -> None:
        a = self.spans.attributes
        conventions_of = self.facts.text.at("convention", np.array(calls, np.int64)).tolist()
        for convention, key in words.ANSWERS.items():
            told_by = zip(calls, conventions_of, strict=True)
            mine = [c for c, name in told_by if name == convention and key in a[c]]
            said = words.of_calls(convention, [a[c][key] for c in mine])
            self._said.update((mine[n], told) for n, told in said.items())

    def gave(self, step: int, side: str) -> words.Words | None:
        """What a step was given or gave, where that is plain words."""
        told = self._gave.get((step, side))
        return told if told is not None else words.of_step(self.spans.attributes[step], side)

    def draft(self, place: int, side: str) -> Draft:
        """A span as its convention reads it, of which one side is asked: its input or output."""
        found = self._drafts.get((place, side))
        if found is None:
            known, twice = self.facts.drafts.get(place), self.made.twice
            is_read = known is not None or place in twice.standing
            if not is_read and self.facts.text.one("convention", place) in _APART:
                span = self.spans.span(place)
                kept = _kept(tuple(span.attributes), side)
                slim = replace(span, attributes={k: span.attributes[k] for k in kept})
                known = conventions.read(slim, self.spans.logs.of(place))
            if known is None or place in twice.calls or place in twice.beside:
                known = twice.draft(place, self.spans, self.facts)
            found = self._drafts[place, side] = known
        return found

    def named(self, side: str, told: list[str | None], calls: Sequence[int]) -> list[int]:
        """The one call whose answer has the id that a step says of what it gave or was given."""
        if not told[_ID]:
            return []
        found = [call for call in calls if self.known[call][_ID] == told[_ID]]
        return found if len(found) == 1 else []

    def tells_plainly(self, place: int, side: str, told: list[str | None], call: int) -> bool:
        """Fills the gaps of the one call near a step, where both say what they gave in plain words, or
        by its id; whether they do, or the step surely gave no answer."""
        if self.named(side, told, (call,)):
            self.fill(call, told)
            return True
        if place in self.made.twice.standing and langchain.is_state(
            self.spans.attributes[place], side
        ):
            self.made.left[self.made.trace[place]] = True  # what that stands for may say otherwise
        if self.is_state(place, side):
            if side == "output" and call not in self.facts.errors:
                self.fill(call, told)
                return True
            if not self.may_say_so(call):
                return True
        answer, said = self.gave(place, side), self.said(call)
        if answer is None or said is None or isinstance(answer, words.MaybeJson):
            return False
        if answer is words.RAW and words.may_be_raw(said):
            return False
        if not (self.is_alone(place, side) and self.is_alone(call)):
            return False
        if answer == said:
            self.fill(call, told)
        return True

    def fill(self, call: int, told: list[str | None]) -> list[int]:
        """Fills the gaps of a call; the numbers of what it lacked."""
        known = self.known[call]
        filled = [n for n, value in enumerate(told) if value is not None and known[n] is None]
        for n in filled:
            known[n] = told[n]
            self.facts.text.put(_TOLD[n], call, told[n])
            self.made.lent.add(call)
        return filled

    def is_state(self, step: int, side: str) -> bool:
        """Whether a step was given or gave a graph's state, which is no answer of a model."""
        if step in self.made.twice.standing:
            return False
        return langchain.is_state(self.spans.attributes[step], side)

    def may_say_so(self, call: int) -> bool:
        """Whether a call may have answered with something that looks like a graph's state."""
        if self.facts.text.one("convention", call) not in _APART or call in self.made.twice.beside:
            return True
        a = self.spans.attributes[call]
        return any("messages" in str(a[k]) for k in _gave(tuple(a)))

    def said(self, call: int) -> words.Words | None:
        """What a call answered, where that is plain words."""
        if (told := self._said.get(call)) is not None:
            return told
        convention = self.facts.text.one("convention", call) or ""
        return words.of_call(convention, self.spans.attributes[call])

    def is_alone(self, place: int, side: str = "output") -> bool:
        """Whether a span was read together with others, and says all it does in its attributes. What
        a call says itself goes before what the call inside it does."""
        spans, facts = self.spans, self.facts
        if place in facts.drafts or place in self.made.twice.standing or place in spans.logs:
            return False
        if side == "input" and facts.text.one("convention", place) == langfuse.NAME:
            return all(e.name == "exception" for e in spans.happened(place))  # it was given that
        return spans.plain[place] and spans.status_code[place] != 2

    def says_nothing(self, call: int) -> bool:
        """Whether a call failed and told no answer, nor did the call inside it."""
        spans, twice = self.spans, self.made.twice
        inner = twice.inside(call) or [p for p in (twice.beside.get(call),) if p is not None]
        return all(
            spans.status_code[p] == 2
            and p not in spans.logs
            and self.facts.text.one("convention", p) in _APART
            and not any(k.startswith(_GAVE) for k in spans.attributes[p])
            and all(e.name == "exception" for e in spans.happened(p))
            for p in (call, *inner)
        )


class _Calls:
    """Calls below one step, each looked at once: many steps beside them may tell of one."""

    def __init__(self, calls: list[int], lender: _Lender) -> None:
        self._calls, self._lender = calls, lender
        self._facts = lender.facts
        known = [lender.known[call] for call in calls]
        self._lacking = [
            sum(told is None for told in column) for column in zip(*known, strict=True)
        ]
        self._by_words: dict[words.Words, list[int]] | None = None
        self._is_read = False
        self._maybe_json: set[words.Words] | None = None
        self._answers: dict[Hashable, list[int]] | None = None

    def tell(self, step: int, side: str, told: list[str | None]) -> None:
        """Fills the gaps of the one call that gave the answer; of several tries the one that did not
        fail gave what the step around them did."""
        if not any(value and lack for value, lack in zip(told, self._lacking, strict=True)):
            return
        if side == "output" and len(self._calls) > 1:
            answered = [c for c in self._calls if c not in self._facts.errors]
            if len(answered) == 1:
                self._fill(answered[0], told)
                return
        if named := self._lender.named(side, told, self._calls):
            self._fill(named[0], told)
            return
        if self._lender.is_state(step, side) and not self._may_be_state:
            return
        same = self._same_words(step, side)
        if same is None:
            answer: Json = getattr(self._lender.draft(step, side), side)
            alike = self._by_answer().get(comparable(answer), ())
            same = list(islice((c for c in alike if self._output(c) == answer), 2))
        if len(same) == 1:
            self._fill(same[0], told)

    @cached_property
    def _may_be_state(self) -> bool:
        return any(map(self._lender.may_say_so, self._calls))

    def _said(self) -> dict[words.Words, list[int]] | None:
        """Calls by their words, where all of them are plain words."""
        if not self._is_read:
            self._by_words, self._is_read = self._read(), True
        return self._by_words

    def _read(self) -> dict[words.Words, list[int]] | None:
        found: dict[words.Words, list[int]] = {}
        for call in self._calls:
            said = self._lender.said(call)
            if said is None and self._lender.says_nothing(call):
                continue
            if said is None or not self._lender.is_alone(call):
                return None
            found.setdefault(said, []).append(call)
        return found

    def _same_words(self, step: int, side: str) -> list[int] | None:
        """The calls with the answer of a step, where that and all of theirs are plain words."""
        if not self._lender.is_alone(step, side):
            return None
        answer = self._lender.gave(step, side)
        said = self._said() if answer is not None else None
        if answer is None or said is None:
            return None
        if answer is words.RAW and any(map(words.may_be_raw, said)):
            return None
        if isinstance(answer, words.MaybeJson):
            if self._maybe_json is None:
                self._maybe_json = {told for told in said if isinstance(told, words.MaybeJson)}
            if self._maybe_json - {answer}:
                return None
        return said.get(answer, [])

    def _by_answer(self) -> dict[Hashable, list[int]]:
        """Calls by what they answered, as their conventions read it."""
        if self._answers is None:
            self._answers = {}
            for call in self._calls:
                if self._lender.draft(call, "output").has_output:
                    self._answers.setdefault(comparable(self._output(call)), []).append(call)
        return self._answers

    def _output(self, call: int) -> Json:
        return self._lender.draft(call, "output").output

    def _fill(self, call: int, told: list[str | None]) -> None:
        for n in self._lender.fill(call, told):
            self._lacking[n] -= 1
