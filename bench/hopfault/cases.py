"""Which cases are run: a seeded stream of shapes, domains and faults, and the clean runs beside."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Literal

from bench.hopfault.domains import DOMAINS, Request, make_request
from bench.hopfault.mutations import KINDS, LOCAL, PLACES
from bench.hopfault.recording import Bench, Plant, Recorded, guilty, wrong_text
from bench.hopfault.shapes import SHAPES, Shape

from misstep.model import Verdict

HELD_OUT_SHAPES = tuple(shape.name for shape in SHAPES[1::2])
HELD_OUT_KINDS = ("unit_slip", "stale_state", "schema_drift")
"""Neither is used for tuning; ``--split tuning`` leaves them out altogether."""

INPUT = "input"
HEALTHY_RUNS = 5
_SHARE_INPUT = 0.10
_SHARE_TWO = 0.15
_SHARE_TOLD = 0.5
_SHARE_WEAKER = 0.3
_SHARE_HICCUPS = 0.3

Split = Literal["all", "tuning"]


@dataclass(frozen=True, slots=True)
class Case:
    """A faulty run with its truth: hop ids, or :data:`INPUT` for a wrong pipeline input.

    Of several origins, ``earliest`` are those that lie after none of the others.
    """

    number: int
    shape: str
    domain: str
    kinds: tuple[str, ...]
    transient: bool
    loud: bool
    faulty: Recorded
    clean: Recorded
    truth: frozenset[str]
    earliest: frozenset[str]
    plants: tuple[Plant, ...] = ()

    @property
    def held_out(self) -> bool:
        """Whether the case is kept from tuning."""
        return self.shape in HELD_OUT_SHAPES or bool(set(self.kinds) & set(HELD_OUT_KINDS))


class Cases:
    """Makes cases; counts in ``rejected`` why attempts gave none."""

    def __init__(self, bench: Bench, *, seed: int, split: Split) -> None:
        self.rejected: Counter[str] = Counter()
        self.tried = 0
        self._bench = bench
        self._seed = seed
        self._split = split
        self._shapes = [s for s in SHAPES if split == "all" or s.name not in HELD_OUT_SHAPES]
        self.healthy = cache(self._healthy)

    def faulty(self) -> Iterator[Case]:
        """Cases without end, shapes and domains in turn."""
        for number, shape, domain in self._turns():
            case = self._attempt(number, shape, domain)
            self.tried += 1
            if case is not None:
                yield case

    def clean(self) -> Iterator[tuple[Shape, str, Recorded]]:
        """Clean runs without end: refused requests that recover, items in another order."""
        for number, shape, domain in self._turns():
            random = Random(f"{self._seed} clean {number}")
            request = make_request(DOMAINS[domain], random.randrange(10**9))
            if number % 4 == 3:
                request = _reordered(request, random)
            hiccups = random.choice((1, 2)) if random.random() < _SHARE_HICCUPS else 0
            yield shape, domain, self._bench.record(shape, request, hiccups=hiccups)

    def _turns(self) -> Iterator[tuple[int, Shape, str]]:
        turns = itertools.cycle(itertools.product(DOMAINS, self._shapes))
        for number, (domain, shape) in enumerate(turns):
            yield number, shape, domain

    def _healthy(self, shape: Shape, domain: str) -> list[Recorded]:
        """Runs of the same pipeline on other requests that were found good."""
        made = []
        for number in range(HEALTHY_RUNS):
            request = make_request(DOMAINS[domain], number + 10**9 * (self._seed + 2))
            recorded = self._bench.record(shape, request)
            recorded.run.verdict = Verdict(state="good", by="user")
            made.append(recorded)
        return made

    def _attempt(self, number: int, shape: Shape, domain: str) -> Case | None:
        random = Random(f"{self._seed} faulty {number}")
        request = make_request(DOMAINS[domain], random.randrange(10**9))
        hiccups = 1 if random.random() < _SHARE_HICCUPS else 0
        clean = self._bench.record(shape, request)
        wrong_input = random.random() < _SHARE_INPUT
        plants = [] if wrong_input else self._plants(shape, random)
        asked = _corrupted(request, random) if wrong_input else request
        faulty = self._bench.record(shape, asked, plants, hiccups=hiccups)
        kinds = (INPUT,) if wrong_input else tuple(plant.kind for plant in plants)
        first = {INPUT} if wrong_input else guilty(clean, faulty)
        truth = first | self._downstream(shape, request, plants, clean, faulty)
        reason = _why_not(clean, faulty, truth)
        if reason:
            self.rejected[reason] += 1
            return None
        _tell(clean, faulty, random)
        return Case(
            number=number,
            shape=shape.name,
            domain=domain,
            kinds=kinds,
            transient=all(plant.transient for plant in plants),
            loud=faulty.run.status == "error",
            faulty=faulty,
            clean=clean,
            truth=frozenset(truth),
            earliest=frozenset(first),
            plants=tuple(plants),
        )

    def _downstream(
        self, shape: Shape, request: Request, plants: list[Plant], clean: Recorded, faulty: Recorded
    ) -> set[str]:
        """Origins among several that lie after another one: what each fault does by itself."""
        if len(plants) < 2:
            return set()
        paths = set()
        for plant in plants:
            alone = self._bench.record(shape, request, [plant])
            if alone.outcome != clean.outcome:
                found = guilty(clean, alone)
                paths |= {hop.path for hop in alone.hops if hop.hop_id in found}
        return {hop.hop_id for hop in faulty.hops if hop.path in paths}

    def _plants(self, shape: Shape, random: Random) -> list[Plant]:
        count = 2 if random.random() < _SHARE_TWO else 1
        possible = [
            (kind, step)
            for kind in KINDS
            for step in _targets(kind, shape)
            if self._split == "all" or kind not in HELD_OUT_KINDS
        ]
        kinds = random.sample(sorted({kind for kind, _ in possible}), count)
        if shape.name == "failover" and random.random() < _SHARE_WEAKER:
            kinds = ["weaker_model"]  # possible in this shape alone
        chosen = [(k, random.choice([s for kind, s in possible if kind == k])) for k in kinds]
        return [Plant(kind, step, random.random() < 0.5) for kind, step in chosen]


def _targets(kind: str, shape: Shape) -> tuple[str, ...]:
    if kind in LOCAL:
        return shape.lookups
    if kind == "weaker_model":
        return ("price",) if shape.name == "failover" else ()
    return tuple(step for step in shape.models if step in PLACES.get(kind, shape.models))


def _why_not(clean: Recorded, faulty: Recorded, truth: set[str]) -> str | None:
    if clean.outcome is None:
        return "the clean run failed"
    if clean.outcome == faulty.outcome:
        return "the outcome is unchanged"
    return None if truth else "no hop differs on an equal input"


def _tell(clean: Recorded, faulty: Recorded, random: Random) -> None:
    """What is known about the outcome: an exception speaks for itself, else somebody said bad,
    and half of the time also what was wrong."""
    if faulty.outcome is None:
        return
    text = wrong_text(clean.outcome, faulty.outcome) if random.random() < _SHARE_TOLD else None
    faulty.run.verdict = Verdict(state="bad", by="user", text=text)


def _corrupted(request: Request, random: Random) -> Request:
    """The request with one count or value mistyped."""
    found = list(re.finditer(r"(\d+) x [a-z ]+ at ([\d.]+\d)", request.text))
    at = random.choice(found)
    group = random.choice((1, 2))
    wrong = f"{float(at[group]) * random.choice((3, 10)):g}".split(".")[0]
    text = request.text[: at.start(group)] + wrong + request.text[at.end(group) :]
    return Request(request.domain, text)


def _reordered(request: Request, random: Random) -> Request:
    found = re.search(r"Items: (.*?)\. The ", request.text)
    if found is None:
        return request
    items = found[1].split("; ")
    random.shuffle(items)
    return Request(request.domain, request.text.replace(found[1], "; ".join(items)))
