"""Which hop to look at first where no rule accuses any: the hops of one run compared by a few signals.

A weighted sum of :mod:`signals`, nothing else; it orders suspects and never accuses. The weights are
those of a conditional logit (the chance that of the hops of a run this one is the origin), fitted with
a penalty on their squares by ``python -m bench.domains.suspicion``, which also prints how well weights
fitted on the other sets order each set that was left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum

from misstep_diagnosis.checks.found import LIKELIEST, Found, Good, found
from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.verdict.signals import Compared, Signals

WEIGHTS = {
    "mark_source": 1.87,
    "mark": 1.71,
    "reads": 1.48,
    "made_up": 1.38,
    "unused": -1.12,
    "alone": 1.05,
    "flipped": 1.01,
    "longest": 0.87,
    "used": 0.78,
    "adds": 0.70,
    "copies": -0.65,
    "condenses": 0.52,
}
"""Log odds a unit of each signal."""
_TOLD = 3


@dataclass(frozen=True, slots=True)
class Suspicion:
    """How much speaks for one hop beside the others of its run, in log odds."""

    hop_id: str
    score: float
    signals: Signals
    failed: bool
    """Whether it ended with an error, which no signal tells."""

    @property
    def found(self) -> Found:
        """The same in words: what weighs most for it."""
        odds = {n: WEIGHTS.get(n, 0.0) * self.signals.values[n] for n in self.signals.told}
        telling = sorted((n for n in odds if odds[n] > 0), key=lambda n: (-odds[n], n))[:_TOLD]
        told = "; ".join(self.signals.told[n]() for n in telling)
        bare = "it failed" if self.failed else "nothing else sets it apart"
        detail = f"beside the other hops: {told}" if told else bare
        return found(LIKELIEST, self.hop_id, "", detail, weight=0.0)


def suspicions(known: RunFacts, good: Good) -> dict[str, Suspicion]:
    """Every hop that holds no other, by id."""
    made = Compared(known, good).signals()
    failed = {h.hop_id for h in known.hops if h.error is not None}
    odds = (fsum(WEIGHTS.get(n, 0.0) * v for n, v in s.values.items()) for s in made)
    return {
        s.hop_id: Suspicion(s.hop_id, o, s, s.hop_id in failed)
        for s, o in zip(made, odds, strict=True)
    }
