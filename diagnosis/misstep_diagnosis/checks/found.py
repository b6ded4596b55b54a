"""What a rule is and what it returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from misstep.model import Evidence
from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.learned import Learned
from misstep_diagnosis.reading.values import sayable

Good = Learned
"""Habits of good runs of the same pipeline; falsy when there are none."""


LIKELIEST = "hop.likeliest"
"""What ``suspicion`` says of a hop: no rule's evidence, only how it compares with the others."""


@dataclass(frozen=True, slots=True)
class Found:
    """Evidence against one hop.

    ``local``: the hop contradicts its own input, so a wrong input would not excuse it. ``bad`` are
    the keys of the wrong values, empty when the whole output is in doubt. ``weight``: 3 strict,
    about 1 for a heuristic.
    """

    evidence: Evidence
    local: bool = False
    bad: tuple[str, ...] = ()
    weight: float = 1.0

    @property
    def hop_id(self) -> str | None:
        """The hop it speaks against."""
        return self.evidence.hop_id


Look = Callable[[RunFacts, Good], list[Found]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A named rule. ``sentence`` says what it looks for; ``strict`` whether it may accuse alone."""

    name: str
    sentence: str
    strict: bool
    look: Look


def each(*looks: Look) -> Look:
    """One rule that looks in several ways: what one finds at a hop hides nothing from the others, and
    of what they find at the same hop the strongest counts."""
    return lambda known, good: [f for look in looks for f in look(known, good)]


def found(
    rule: str,
    hop_id: str | None,
    quote: str,
    detail: str,
    *,
    strict: bool = False,
    path: str | None = None,
    expected: str | None = None,
    local: bool = False,
    bad: tuple[str, ...] = (),
    weight: float | None = None,
) -> Found:
    """Evidence in one call."""
    evidence = Evidence(
        rule=rule,
        strict=strict,
        hop_id=hop_id,
        quote=sayable(quote[:300]),
        detail=sayable(detail[:600]),
        path=sayable(path) if path is not None else None,
        expected=sayable(expected) if expected is not None else None,
    )
    return Found(evidence, local, bad, weight if weight is not None else (3.0 if strict else 1.0))
