"""Why a call ended, where only a step around or beside it says so: as :class:`between.tree.Tree`
finds out.

A step tells of the call whose answer it gave or was given. What they answered is read only where a
call near such a step lacks what the step tells.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from misstep.model import Json
from misstep_store import conventions
from misstep_store.conventions.readers import langfuse, mlflow, openllmetry
from misstep_store.conventions.types import Draft
from misstep_store.headers import words
from misstep_store.headers.forest import Forest
from misstep_store.headers.spans import CALL, CHAIN, HOP, NONE, Facts, SpanColumns

_TOLD = ("finish_reason", "response_model", "response_id")
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
_VALUES = {
    "input": ("langfuse.observation.input", "mlflow.spanInputs", "traceloop.entity.input"),
    "output": ("langfuse.observation.output", "mlflow.spanOutputs", "traceloop.entity.output"),
}
_STATE = re.compile(r"""(\{"(in|out)puts": ?)?(\[?\{"graph": ?null, ?"update": ?)?\{"messages":""")
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
    heard = [p for p in facts.heard if stands[p] and made.parent[p] != NONE]
    if not len(around) and not heard:
        return
    both = [p for p in (*around.tolist(), *heard) if int(made.trace[p]) in lent]
    made.left[made.trace[both]] = True
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
    alone = lends[steps] & (np.bincount(steps, minlength=len(lends))[steps] == 1)
    calls, steps = calls[alone], steps[alone]
    made.twice.lenders.update(zip(calls.tolist(), steps.tolist(), strict=True))
    for name in _ANSWER:
        if facts.text.are_told(name):
            known, told = facts.text.at(name, calls), facts.text.at(name, steps)
            for n in np.flatnonzero(~known.astype(np.bool_) & told.astype(np.bool_)).tolist():
                facts.text.put(name, int(calls[n]), told[n])
    facts.text.forget("finish_reason", steps.tolist())
    return set(made.trace[calls].tolist())


def _to_calls(
    made: Forest, facts: Facts, spans: SpanColumns, calls: Any, around: Any, heard: list[int]
) -> None:
    lacking = np.zeros(len(calls), np.bool_)
    for name in _TOLD:
        lacking |= ~facts.text.told(name)[calls]
    wanting = set(made.parent[calls[lacking]].tolist())
    near: dict[int, list[int]] = {}
    for call in calls.tolist():
        if int(made.parent[call]) in wanting:
            near.setdefault(int(made.parent[call]), []).append(call)
    lender = _Lender(made, facts, spans)
    beside: dict[int, list[int]] = {}
    for place in sorted(heard, key=lambda p: (int(made.start[p]), spans.span_id[p])):
        beside.setdefault(int(made.parent[place]), []).append(place)
    tells = set(around.tolist())
    for step in dict.fromkeys([*tells, *beside]):
        if step not in near:
            continue
        if step in tells:
            lender.tell(near[step], step, "output", [facts.text.one(n, step) for n in _TOLD])
        for place in beside.get(step, ()):
            lender.tell(near[step], place, "input", list(facts.heard[place]))


@lru_cache(maxsize=1024)
def _kept(names: tuple[str, ...], side: str) -> tuple[str, ...]:
    """Those of a span's attributes that may tell of one side of it."""
    return tuple(n for n in names if not n.startswith(_OTHER_SIDE[side]))


class _Lender:
    def __init__(self, made: Forest, facts: Facts, spans: SpanColumns) -> None:
        self._made, self._facts, self._spans = made, facts, spans
        self._drafts: dict[tuple[int, str], Draft] = {}

    def draft(self, place: int, side: str) -> Draft:
        """A span as its convention reads it, of which one side is asked: its input or output."""
        found = self._drafts.get((place, side))
        if found is None:
            known = self._facts.drafts.get(place)
            if known is None and self._facts.text.one("convention", place) in _APART:
                span = self._spans.span(place)
                kept = _kept(tuple(span.attributes), side)
                slim = replace(span, attributes={k: span.attributes[k] for k in kept})
                known = conventions.read(slim, self._spans.logs.of(place))
            twice = self._made.twice
            if known is None or place in twice.calls or place in twice.beside:
                known = self._made.twice.draft(place, self._spans, self._facts)
            found = self._drafts[place, side] = known
        return found

    def lacks(self, calls: list[int], told: list[str | None]) -> bool:
        """Whether a call does not say itself what is told."""
        names, text = [n for n, value in zip(_TOLD, told, strict=True) if value], self._facts.text
        return any(text.one(name, call) is None for name in names for call in calls)

    def _is_state(self, step: int, side: str) -> bool:
        """Whether a step was given or gave a graph's state, which is no answer of a model."""
        a = self._spans.attributes[step]
        given = next((v for k in _VALUES[side] if (v := a.get(k)) is not None), None)
        return isinstance(given, str) and _STATE.match(given) is not None

    def _may_say_so(self, call: int) -> bool:
        """Whether a call may have answered with something that looks like a graph's state."""
        if (
            self._facts.text.one("convention", call) not in _APART
            or call in self._made.twice.beside
        ):
            return True
        a = self._spans.attributes[call]
        return any("messages" in str(a[k]) for k in a if k.startswith(_GAVE))

    def _same_words(self, calls: list[int], step: int, side: str) -> list[int] | None:
        """The calls with the answer of a step, where all of them are plain words."""
        if not self._is_alone(step):
            return None
        answer = words.of_step(self._spans.attributes[step], side)
        if answer is None:
            return None
        same = []
        for call in calls:
            convention = self._facts.text.one("convention", call) or ""
            said = words.of_call(convention, self._spans.attributes[call])
            if said is None and self._says_nothing(call):
                continue
            if said is None or not self._is_alone(call):
                return None
            if said == answer:
                same.append(call)
            elif isinstance(said, words.MaybeJson) and isinstance(answer, words.MaybeJson):
                return None
        return same

    def _is_alone(self, place: int) -> bool:
        """Whether a span was read together with others, and says all it does in its attributes. What
        a call says itself goes before what the call inside it does."""
        spans = self._spans
        return (
            place not in self._facts.drafts
            and spans.plain[place]
            and place not in spans.logs
            and spans.status_code[place] != 2
        )

    def _says_nothing(self, call: int) -> bool:
        """Whether a call failed and told no answer, nor did the call inside it."""
        spans, twice = self._spans, self._made.twice
        inner = twice.inside(call) or [p for p in (twice.beside.get(call),) if p is not None]
        return all(
            spans.status_code[p] == 2
            and p not in spans.logs
            and self._facts.text.one("convention", p) in _APART
            and not any(k.startswith(_GAVE) for k in spans.attributes[p])
            and all(e.name == "exception" for e in spans.happened(p))
            for p in (call, *inner)
        )

    def tell(self, calls: list[int], step: int, side: str, told: list[str | None]) -> None:
        """Fills the gaps of the one call that gave the answer; of several tries the one that did not
        fail gave what the step around them did."""
        if not self.lacks(calls, told):
            return
        answered = [c for c in calls if c not in self._facts.errors]
        if side == "output" and len(calls) > 1 and len(answered) == 1:
            self._fill(answered[0], told)
            return
        if self._is_state(step, side) and not any(self._may_say_so(call) for call in calls):
            return
        same = self._same_words(calls, step, side)
        if same is None:
            answer: Json = getattr(self.draft(step, side), side)
            read = {call: self.draft(call, "output") for call in calls}
            same = [c for c, d in read.items() if d.has_output and d.output == answer]
        if len(same) == 1:
            self._fill(same[0], told)

    def _fill(self, call: int, told: list[str | None]) -> None:
        for name, value in zip(_TOLD, told, strict=True):
            text = self._facts.text
            if value is not None and text.one(name, call) is None:
                text.put(name, call, value)
                self._made.lent.add(call)
