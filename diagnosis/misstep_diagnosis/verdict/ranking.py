"""The order of suspects: whom the evidence accuses, then who stands out beside the other hops.

Where good runs are known, what their habits say leads. Without them, evidence that carries no
accusation alone (heuristics, hints, who first said a marked text) counts beside ``suspicion``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from misstep_diagnosis.checks.found import Good
from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.verdict.case import Case
from misstep_diagnosis.verdict.suspicion import Suspicion, suspicions

MAX_SUSPECTS = 10
LOOK_FIRST = 3
"""How many suspects a run gets at least where the evidence names fewer and accuses none."""
_A_WITNESS, _MOST = 2.2, 3.0
_OF_A_MARK = 0.75
"""Who first said a marked text may have been told wrongly: that counts less than a heuristic."""
_PASSED_ON = 0.7
_TURNS = 3
"""So many hops of kind agent that hold no other are a conversation."""
_MOST_COMPARED = 200
"""In a longer run three hops are no help to whoever has no other reason to look."""
_INPUT, _HOLDER = 1.0, -1.0
"""Where the input, and a hop that holds others, start from."""


class Ranking:
    """One run's suspects; hops are compared only where the evidence leaves a question open.

    ``aside`` are hops that are none, whatever they say."""

    def __init__(
        self,
        known: RunFacts,
        cases: Sequence[Case],
        good: Good,
        aside: frozenset[str] = frozenset(),
    ) -> None:
        self._known = known
        self._good = good
        self._aside = aside
        self.cases = list(cases)
        self._turns = any(_as_turn(c) for c in cases)

    @property
    def _compares(self) -> bool:
        """What agents say to each other passes few values on: there the turns' own order leads."""
        return not self._turns

    def worth_a_look(self) -> list[Case]:
        """Where to look first, should a run be wrong that nothing speaks against, of two alike the one
        that failed; nowhere where good runs vouch for it, agents talk to each other, or hops are too
        many to tell apart, or one."""
        leaves = [f for f in self._known.leaves if f.hop.hop_id not in self._aside]
        talk = sum(f.hop.kind == "agent" for f in leaves) >= _TURNS
        if self._good or not self._compares or talk or not 1 < len(leaves) <= _MOST_COMPARED:
            return []
        told = [(c, t) for c in self._all if (t := self._suspicions.get(c.hop_id or ""))]
        told.sort(key=lambda both: (-self._odds(both[0]), not both[1].failed))
        return [Case(t.hop_id, [t.found]) for _, t in told[:LOOK_FIRST]]

    @cached_property
    def _suspicions(self) -> dict[str, Suspicion]:
        found = suspicions(self._known, self._good)
        return {h: s for h, s in found.items() if h not in self._aside} if self._aside else found

    def upheld(self, accused: list[Case]) -> list[Case]:
        """The accused, the likeliest first; none where all that speaks against them is soft and
        another hop stands out more."""
        if self._good or not self._compares or any(c.firm for c in accused):
            return accused
        first = max(self._all, key=self._odds, default=None)
        if first is None or not any(c is first for c in accused):
            return []
        return [first, *(c for c in accused if c is not first)]

    @cached_property
    def _all(self) -> list[Case]:
        """Cases of all hops that hold no other, and of whatever else evidence speaks against; by start,
        so that of two equal ones the earlier leads."""
        known = {c.hop_id for c in self.cases}
        bare = [Case(h) for h in self._suspicions if h not in known]
        order = {f.hop.hop_id: n for n, f in enumerate(self._known.facts)}
        return sorted([*self.cases, *bare], key=lambda c: order.get(c.hop_id or "", -1))

    def _odds(self, case: Case) -> float:
        told = self._suspicions.get(case.hop_id or "")
        of_mark = sum(
            f.weight - _OF_A_MARK for f in case.found if _soft_mark(f.evidence.rule, f.weight)
        )
        weight = case.weight - (of_mark if not case.firm else 0.0)
        passed_on = _PASSED_ON if case.excused else 0.0
        bare = _INPUT if case.hop_id is None else _HOLDER
        base = told.score if told is not None else bare
        return base + _A_WITNESS * min(weight, _MOST) - passed_on

    def ranked(self, accused: list[Case], reaching: list[Case]) -> list[Case]:
        """The accused first, then the others; hops without any evidence only where nobody is accused
        beyond doubt, and no more of them than are worth a look."""
        first, reached = {id(c) for c in accused}, {id(c) for c in reaching}
        if not self._compares or any(c.firm for c in accused):
            rest = [c for c in self.cases if id(c) not in first]
            rest.sort(key=lambda c: (-_as_turn(c), id(c) not in reached, c.excused, -c.weight))
            return [*accused, *rest][:MAX_SUSPECTS]
        rest = [c for c in self._all if id(c) not in first]
        if self._good:
            rest.sort(key=lambda c: 0.0 if c.found else -self._odds(c))
            rest.sort(key=lambda c: (not c.found, id(c) not in reached, c.excused, -c.weight))
        else:
            rest.sort(key=lambda c: -self._odds(c))
        found = [*accused, *rest]
        kept = [c for n, c in enumerate(found) if c.found or n < LOOK_FIRST][:MAX_SUSPECTS]
        for case in kept:
            told = self._suspicions.get(case.hop_id or "")
            if told is not None:
                case.found.append(told.found)
        return kept


def _soft_mark(rule: str, weight: float) -> bool:
    return rule == "mark.text" and weight > _OF_A_MARK


def _as_turn(case: Case) -> float:
    """What speaks against it as a turn of a conversation; 0 in every other run."""
    return max((f.weight for f in case.found if f.evidence.rule == "agent.turn"), default=0.0)
