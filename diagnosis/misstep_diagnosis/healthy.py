"""What a pipeline's hops are like when they are healthy, learned run by run and kept small.

A profile holds sums, not runs: adding a good run costs time in proportion to that run alone, and a
thousand of them take no more room than ten. The nearest good runs (:mod:`misstep_diagnosis.checks.
profile`) say what this input should have given; the profile says what this hop never did at all.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from pydantic import Field

from misstep.model import Hop, Json, Run, Shape
from misstep_diagnosis.comparing.align import place
from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.learned import Learned, learn_run
from misstep_diagnosis.lineage import lineage_of
from misstep_diagnosis.reading.values import leaves

VERSION = 2
MAX_PATHS = 200
MAX_WORDS = 40
MAX_WORD_CHARS = 60


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


def shape(path: str) -> str:
    """A path without positions: ``output.lines[0].qty`` → ``output.lines[].qty``."""
    return re.sub(r"\[\d+\]", "[]", path)


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


def learn(profile: Profile, run: Run, hops: Sequence[Hop]) -> None:
    """Takes one good run in, in place. Hops that failed or were not recorded are left out."""
    known = RunFacts(run, hops)
    sources = sources_of(known)
    profile.runs += 1
    learn_run(profile.learned, known)
    for fact in known.leaves:
        hop = fact.hop
        if hop.error is not None or not hop.complete:
            continue
        at = profile.hops.setdefault(place(hop), HopProfile())
        at.instances += 1
        at.log_ms.add(math.log1p(max(0.0, hop.duration_ms)))
        for source in sources.get(hop.hop_id, ()):
            at.sources[source] = at.sources.get(source, 0) + 1
        _learn_output(at, hop.output)


def _learn_output(at: HopProfile, output: Json) -> None:
    seen: set[str] = set()
    for path, value in leaves(output, "output"):
        name = shape(path)
        if name not in at.fields and len(at.fields) >= MAX_PATHS:
            continue
        entry = at.fields.setdefault(name, FieldProfile())
        entry.instances += name not in seen
        seen.add(name)
        kind = type_of(value)
        entry.types[kind] = entry.types.get(kind, 0) + 1
        if kind == "number":
            entry.numbers.add(_float(value))
        elif isinstance(value, str):
            entry.lengths.add(float(len(value)))
            _learn_word(entry, value)


def _learn_word(entry: FieldProfile, value: str) -> None:
    if entry.open:
        return
    entry.words[value] = entry.words.get(value, 0) + 1
    if len(value) > MAX_WORD_CHARS or len(entry.words) > MAX_WORDS:
        entry.open, entry.words = True, {}


def _float(value: Json) -> float:
    try:
        return float(value)
    except (OverflowError, ValueError, TypeError):
        return math.inf


def sources_of(known: RunFacts) -> dict[str, set[str]]:
    """For each hop id the places its values came from; ``input`` for the pipeline's input."""
    found: dict[str, set[str]] = {}
    for edge in lineage_of(known):
        if edge.to_id is None:
            continue
        producer = known.by_id.get(edge.from_id or "")
        found.setdefault(edge.to_id, set()).add(place(producer) if producer else "input")
    return found


def merged(pipeline: str, runs: Iterable[tuple[Run, Sequence[Hop]]]) -> Profile:
    """A profile of these good runs."""
    profile = Profile(pipeline=pipeline)
    for run, hops in runs:
        learn(profile, run, hops)
    return profile
