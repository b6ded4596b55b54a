"""What a pipeline's hops are like when they are healthy, learned run by run and kept small.

A profile holds sums, not runs: adding a good run costs time in proportion to that run alone, and a
thousand of them take no more room than ten. The nearest good runs (:mod:`misstep_diagnosis.checks.
profile`) say what this input should have given; the profile says what this hop never did at all.
"""

from __future__ import annotations

import math

from pydantic import Field

from misstep.model import Json, Shape
from misstep_diagnosis.learned import Learned

VERSION = 2


class Spread(Shape):
    """Count, range, mean and spread of numbers seen (Welford's sums)."""

    n: int = 0
    low: float = 0.0
    high: float = 0.0
    mean: float = 0.0
    squares: float = 0.0

    def add(self, value: float) -> None:
        """Takes one more number in; what is not finite is left out."""
        if not math.isfinite(value):
            return
        self.n += 1
        self.low = value if self.n == 1 else min(self.low, value)
        self.high = value if self.n == 1 else max(self.high, value)
        step = value - self.mean
        self.mean += step / self.n
        self.squares += step * (value - self.mean)

    @property
    def deviation(self) -> float:
        """Standard deviation; 0 below two numbers."""
        return math.sqrt(self.squares / (self.n - 1)) if self.n > 1 else 0.0


class FieldProfile(Shape):
    """One output path of a hop: ``instances`` in how many hops it stood, types, numbers, lengths of
    its text, and its words while they are few (``open`` once they were not)."""

    instances: int = 0
    types: dict[str, int] = Field(default_factory=dict)
    numbers: Spread = Field(default_factory=Spread)
    lengths: Spread = Field(default_factory=Spread)
    words: dict[str, int] = Field(default_factory=dict)
    open: bool = False


class HopProfile(Shape):
    """One hop of a pipeline over its good runs."""

    instances: int = 0
    fields: dict[str, FieldProfile] = Field(default_factory=dict)
    log_ms: Spread = Field(default_factory=Spread)
    sources: dict[str, int] = Field(default_factory=dict)
    """In how many instances a value came from each producer (a hop's place, or ``input``)."""


class Profile(Shape):
    """A pipeline's healthy behaviour; ``runs`` good runs went into it. A profile of another
    ``version`` says other things and is made anew."""

    version: int = VERSION
    pipeline: str
    runs: int = 0
    learned: Learned = Field(default_factory=Learned)
    hops: dict[str, HopProfile] = Field(default_factory=dict)


def type_of(value: Json) -> str:
    """``number``, ``str``, ``bool``, ``null``, ``empty list`` or ``empty object``."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str):
        return "str"
    return "empty list" if isinstance(value, list) else "empty object"
