"""What some runs have in common that others have not: counted, with the odds of chance."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from misstep.model import Diagnosis, Run
from misstep_store.shapes.overview import Contrast, Trait

MOST_TRAITS = 40
STANDS_OUT = 0.05
_MIN_GOOD = 3
_LEAST_MS = 5.0  # below, a difference is noise
_SLOWER = 1.1
_MAX_LEAVES = 60
_MAX_TEXT = 60


class HopTraits(NamedTuple):
    """A row of ``queries/traits.sql`` without its run."""

    name: str
    model: str | None
    duration_ms: float
    prompt_name: str | None
    prompt_version: str | None
    finish_reason: str | None
    error: str | None
    code_hash: str | None
    retried: bool
    violated: str | None


@dataclass(frozen=True, slots=True)
class Seen:
    """A run as it is compared."""

    run: Run
    diagnosis: Diagnosis | None = None
    hops: Sequence[HopTraits] = field(default_factory=list)


class Pair(NamedTuple):
    """What is counted: of a hop, or of the whole run (hop None)."""

    what: str
    value: str
    hop: str | None = None


def contrast(ticked: Sequence[Seen], good: Sequence[Seen]) -> Contrast:
    """What at least half of the ticked runs share (two of them, where there are two), what
    separates them most from the good ones first.

    ``chance`` is Fisher's exact test, one-sided: how often so many of the ticked would have it if
    it had nothing to do with being ticked. It knows nothing of how many things were compared;
    ``compared`` says that.
    """
    usual = _usual(good)
    here = Counter(pair for seen in ticked for pair in set(_pairs(seen, usual)))
    there = Counter(pair for seen in good for pair in set(_pairs(seen, usual)))
    least = min(len(ticked), max(2, math.ceil(len(ticked) / 2)))
    found = [_trait(p, n, there[p], len(ticked), len(good)) for p, n in here.items() if n >= least]
    found.sort(key=lambda t: (t.chance, t.there, -t.here, t.what, t.value))
    return Contrast(
        ticked=len(ticked), good=len(good), compared=len(here), traits=found[:MOST_TRAITS]
    )


def _trait(pair: Pair, here: int, there: int, ticked: int, good: int) -> Trait:
    lift = None
    if there and good:
        lift = round((here / ticked) / (there / good), 2)
    chance = chance_of(here, ticked, there, good) if good else 1.0
    return Trait(
        what=pair.what,
        value=pair.value,
        hop=pair.hop,
        here=here,
        there=there,
        lift=lift,
        chance=chance,
        stands_out=bool(good) and chance <= STANDS_OUT,
    )


def chance_of(here: int, ticked: int, there: int, good: int) -> float:
    """The probability of at least ``here`` among ``ticked`` runs when ``here + there`` of all
    ``ticked + good`` have the trait and ticking is blind to it (hypergeometric tail)."""
    having, everyone = here + there, ticked + good
    ways = sum(
        math.comb(having, k) * math.comb(everyone - having, ticked - k)
        for k in range(here, min(ticked, having) + 1)
    )
    return ways / math.comb(everyone, ticked)


@dataclass(frozen=True, slots=True)
class Usual:
    """What good runs are like: hops that nine of ten have, and the duration by hop name that nine
    of ten stay below; both known from three good runs on."""

    hops: frozenset[str] = frozenset()
    below_ms: dict[str, float] = field(default_factory=dict)


def _usual(good: Sequence[Seen]) -> Usual:
    if len(good) < _MIN_GOOD:
        return Usual()
    timed: dict[str, list[float]] = {}
    for seen in good:
        for name, duration in _longest(seen).items():
            timed.setdefault(name, []).append(duration)
    return Usual(
        hops=frozenset(n for n, values in timed.items() if len(values) >= 0.9 * len(good)),
        below_ms={
            name: statistics.quantiles(values, n=10, method="inclusive")[-1]
            for name, values in timed.items()
            if len(values) >= _MIN_GOOD
        },
    )


def _longest(seen: Seen) -> dict[str, float]:
    found: dict[str, float] = {}
    for hop in seen.hops:
        found[hop.name] = max(found.get(hop.name, 0.0), hop.duration_ms)
    return found


def _pairs(seen: Seen, usual: Usual) -> Iterator[Pair]:
    yield from _of_run(seen.run)
    yield from _of_verdict(seen)
    for hop in seen.hops:
        yield from _of_hop(hop)
    took = _longest(seen)
    for name, duration in took.items():
        limit = usual.below_ms.get(name)
        if limit is not None and duration > max(_LEAST_MS, limit * _SLOWER):
            yield Pair("slower than nine of ten good runs", f"over {limit:.0f} ms", name)
    for name in usual.hops - took.keys() if took else ():
        yield Pair("lacks hop", name)


def _of_run(run: Run) -> Iterator[Pair]:
    environment = run.environment
    told: list[tuple[str, Any]] = [
        ("pipeline", run.pipeline or run.name),
        ("status", run.status),
        ("version", run.version),
        ("service", run.service),
        ("user", run.user_id),
        ("session", run.session_id),
        ("hops", run.hop_count),
        ("error", run.error.type if run.error else None),
        ("commit", environment.vcs_commit[:12] if environment.vcs_commit else None),
    ]
    told += [("tag", tag) for tag in run.tags]
    told += [(f"version of {name}", v) for name, v in environment.sdk_versions.items()]
    told += [(path, leaf) for path, leaf in _leaves(run.input, "input")]
    yield from (Pair(what, str(value)) for what, value in told if value not in (None, ""))


def _of_verdict(seen: Seen) -> Iterator[Pair]:
    if seen.diagnosis is None or seen.diagnosis.verdict != "fault":
        return
    for origin in seen.diagnosis.origins:
        yield Pair("first bad hop", origin.name.partition("#")[0])
    for suspect in seen.diagnosis.suspects[:1]:
        for evidence in suspect.evidence:
            yield Pair("finding", evidence.rule, suspect.name.partition("#")[0])


def _of_hop(hop: HopTraits) -> Iterator[Pair]:
    yield Pair("has hop", hop.name)
    prompt = " ".join(filter(None, (hop.prompt_name, hop.prompt_version)))
    told = [
        ("model", hop.model),
        ("prompt", prompt),
        ("finish reason", hop.finish_reason),
        ("error", hop.error),
        ("code", hop.code_hash.removeprefix("sha256:")[:12] if hop.code_hash else None),
        ("retried", "yes" if hop.retried else None),
        ("contract violated", hop.violated),
    ]
    yield from (Pair(what, value, hop.name) for what, value in told if value)


def _leaves(value: Any, path: str) -> list[tuple[str, str]]:
    """Short leaves of a JSON value by path."""
    found: list[tuple[str, str]] = []
    todo = [(path, value)]
    while todo and len(found) < _MAX_LEAVES:
        here, item = todo.pop(0)
        if isinstance(item, dict):
            todo += [(f"{here}.{name}", child) for name, child in item.items()]
        elif isinstance(item, list):
            todo += [(f"{here}[{i}]", child) for i, child in enumerate(item[:_MAX_LEAVES])]
        elif item is not None and 0 < len(str(item)) <= _MAX_TEXT:
            found.append((here, str(item)))
    return found
