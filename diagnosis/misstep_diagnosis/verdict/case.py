"""All evidence against one hop, weighed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from math import fsum

from misstep_diagnosis.checks.found import Found
from misstep_diagnosis.verdict.taint import Spread

ACCUSES = 2.0
WITNESS = 1.0
"""What one heuristic weighs at least; evidence below it is a hint, which only orders suspects."""
_UNSUPPORTED = ("value.ungrounded", "hop.unvouched")
"""Both say of a value that nothing supports it; the first is the surer and keeps its weight."""
_ONE_CAUSE = {
    **dict.fromkeys(("value.replaced", "number.slipped", "number.contradicts"), "another value"),
    **dict.fromkeys(("item.omitted", "item.dropped", "clause.dropped"), "left out"),
}
"""Rules that see one slip from several sides are one witness."""


@dataclass(slots=True, eq=False)
class Case:
    """All evidence against one hop (None: the pipeline input)."""

    hop_id: str | None
    found: list[Found] = field(default_factory=list)
    spread: Spread = field(default_factory=lambda: Spread(None))
    excused: bool = False
    followed: bool = False

    @property
    def strict(self) -> bool:
        """Whether strict evidence is among it."""
        return any(f.evidence.strict for f in self.found)

    @property
    def firm(self) -> bool:
        """Whether strict evidence says it went wrong here, not only that the wrong came from here."""
        return any(f.evidence.strict and f.evidence.rule != "mark.text" for f in self.found)

    @property
    def local(self) -> bool:
        """Whether it contradicts its own input, beyond doubt or by two witnesses."""
        return self.own_weight >= ACCUSES

    @property
    def own_weight(self) -> float:
        """What says that it contradicts its own input; each rule counts once, at its strongest. The
        sum does not depend on the order in which rules found something: of two hops that come to the
        same the earlier leads."""
        best: dict[str, float] = defaultdict(float)
        for f in self.found:
            if f.local:
                best[f.evidence.rule] = max(best[f.evidence.rule], f.weight)
        return fsum(best.values())

    @property
    def weight(self) -> float:
        """Each rule counts once, at its strongest; two that doubt one value for one cause are one
        witness."""
        best: dict[str, float] = defaultdict(float)
        doubted = {k for f in self.found if f.evidence.rule == _UNSUPPORTED[0] for k in f.bad}
        for f in self.found:
            if f.evidence.rule == _UNSUPPORTED[1] and not doubted.isdisjoint(f.bad):
                continue
            cause = _ONE_CAUSE.get(f.evidence.rule, f.evidence.rule)
            best[cause] = max(best[cause], f.weight)
        return fsum(best.values())

    @property
    def bad(self) -> frozenset[str]:
        """Keys of all its wrong values; empty when some evidence doubts the whole output."""
        strong = [f for f in self.found if f.evidence.strict] or self.found
        with_keys = [f for f in strong if f.bad]
        return frozenset(k for f in with_keys for k in f.bad)
