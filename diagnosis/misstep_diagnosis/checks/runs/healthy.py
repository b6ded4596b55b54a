"""What a hop did that it never did in any good run of its pipeline, by the kept profile."""

from __future__ import annotations

import math

from misstep.model import Json
from misstep_diagnosis.checks.found import Found, Good, Rule, found
from misstep_diagnosis.facts import HopFacts, RunFacts
from misstep_diagnosis.habits import shape
from misstep_diagnosis.healthy import (
    FieldProfile,
    HopProfile,
    Spread,
    type_of,
)
from misstep_diagnosis.lineage import sources_of
from misstep_diagnosis.naming import place

MIN_RUNS = 3
_MIN_NUMBERS = 8
_MIN_WORDS = 12
_FEW = 6
_PER_HOP = 3


def unusual(known: RunFacts, _good: Good) -> list[Found]:
    """Values, words, types, durations and sources outside everything the profile has seen."""
    if known.profile is None or known.profile.runs < MIN_RUNS:
        return []
    sources = sources_of(known)
    out: list[Found] = []
    for fact in known.leaves:
        at = known.profile.hops.get(place(fact.hop))
        if at is None or at.instances < MIN_RUNS or fact.hop.error is not None:
            continue
        mine = _outputs(fact, at)[:_PER_HOP]
        mine += _source(fact, at, sources.get(fact.hop.hop_id, set()))
        mine += _duration(fact, at)
        out += mine
    return out


def _outputs(fact: HopFacts, at: HopProfile) -> list[Found]:
    out = []
    for path, value in fact.made_leaves:
        entry = at.fields.get(shape(path))
        if entry is None or entry.instances < MIN_RUNS:
            continue
        told = _value(value, entry)
        if told is not None:
            rule, why = told
            detail = f"{path.removeprefix('output.')} {why} in {entry.instances} good runs"
            keys = tuple(k for a in fact.produced if a.path == path for k in a.keys)
            quote = str(value)
            out.append(found(rule, fact.hop.hop_id, quote, detail, path=path, bad=keys, weight=0.8))
    return out


def _value(value: Json, entry: FieldProfile) -> tuple[str, str] | None:
    kind = type_of(value)
    if kind not in entry.types:
        kinds = " or ".join(sorted(entry.types))
        return "healthy.type", f"is {kind}; it was {kinds}"
    if kind == "number":
        number = entry.numbers
        if _far(float(value), number):
            return "healthy.range", f"is {value}; it was {number.low:g} to {number.high:g}"
    if isinstance(value, str) and not entry.open and value not in entry.words:
        seen = sum(entry.words.values())
        if seen >= _MIN_WORDS and len(entry.words) <= _FEW:
            words = ", ".join(sorted(entry.words)[:_FEW])
            return "healthy.word", f"is “{value[:60]}”; it was one of {words}"
    return None


def _far(value: float, seen: Spread) -> bool:
    """Far outside: beyond six deviations and three times the range's own width from its edge."""
    if seen.n < _MIN_NUMBERS or seen.low <= value <= seen.high:
        return False
    if not math.isfinite(value):
        return True
    beyond = max(seen.low - value, value - seen.high)
    width = max(seen.high - seen.low, abs(seen.mean) * 0.05)
    return beyond > 3 * width and abs(value - seen.mean) > 6 * seen.deviation


def _source(fact: HopFacts, at: HopProfile, mine: set[str]) -> list[Found]:
    always = [s for s, n in at.sources.items() if n == at.instances]
    lost = [s for s in always if s not in mine]
    if not lost or at.instances < MIN_RUNS:
        return []
    name = lost[0].rpartition("/")[2].partition(":")[0]
    detail = f"it takes nothing over from {name}; in all {at.instances} good runs it did"
    return [found("healthy.source", fact.hop.hop_id, name, detail, weight=0.6)]


def _duration(fact: HopFacts, at: HopProfile) -> list[Found]:
    spent = math.log1p(max(0.0, fact.hop.duration_ms))
    if at.log_ms.n < _MIN_NUMBERS or spent < at.log_ms.high + math.log(3):
        return []
    if spent < at.log_ms.mean + 6 * at.log_ms.deviation:
        return []
    longest = math.expm1(at.log_ms.high)
    detail = f"it took {fact.hop.duration_ms:.0f} ms; good runs took {longest:.0f} ms at most"
    quote = f"{fact.hop.duration_ms:.0f} ms"
    return [found("healthy.duration", fact.hop.hop_id, quote, detail, weight=0.2)]


RULES = (
    Rule(
        "healthy",
        "It did what it never did in any good run: type, range, word, source, duration.",
        False,
        unusual,
    ),
)
