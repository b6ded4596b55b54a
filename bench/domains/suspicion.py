"""``python -m bench.domains.suspicion``: fits the weights of ``misstep_diagnosis.verdict.suspicion`` anew.

A conditional logit (the chance that of the hops of a run this one is the origin) with a penalty on the
weights' squares, over every labelled set of recorded runs and, so that it does not lean on their way of
writing alone, as many runs of HopFault's tuning half. Prints how well weights fitted without a set order
that set, by the signals alone, beside plain answers, and at the end the weights of all.
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import click
import numpy as np
from bench.domains import unseen
from bench.domains.__main__ import CASES
from bench.hopfault.cases import Cases
from bench.hopfault.recording import Bench
from numpy.typing import NDArray

from misstep.model import Hop, Run
from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.learned import Learned
from misstep_diagnosis.verdict.signals import SIGNALS, Compared

NAMES = tuple(SIGNALS)
_PENALTY, _STEPS, _RATE = 1.0, 300, 0.05
HOPFAULT = 30
Weights = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Row:
    """One faulty run: its hops' signals (hops × signals), their kinds, and the origin's place."""

    group: str
    signals: Weights
    kinds: tuple[str, ...]
    sizes: tuple[int, ...]
    origin: int


def row(group: str, run: Run, hops: Sequence[Hop], origins: set[str]) -> Row | None:
    """None where no hop that holds no other is an origin."""
    known = RunFacts(run, hops)
    told = Compared(known, Learned()).signals()
    at = next((n for n, s in enumerate(told) if s.hop_id in origins), None)
    if at is None:
        return None
    values = [[s.values.get(name, 0.0) for name in NAMES] for s in told]
    of = [known.fact[s.hop_id] for s in told]
    sizes = tuple(sum(len(str(v)) for _, v in f.given_leaves) for f in of)
    return Row(group, np.array(values), tuple(f.hop.kind for f in of), sizes, at)


def labelled() -> Iterator[Row]:
    """Every faulty run of the sets."""
    for case in CASES:
        run, hops = case.recording()
        made = row("first", run, hops, {h.hop_id for h in hops if h.name == case.origin})
        if made is not None:
            yield made
    for group, cases in unseen.SETS.items():
        for one in cases:
            run, hops = one.recording()
            wanted = one.wanted(hops)
            made = row(group, run, hops, {wanted} if wanted else set())
            if made is not None:
                yield made


def hopfault(count: int) -> list[Row]:
    """Faulty runs of HopFault's tuning half, without good runs to compare with."""
    with Bench() as bench:
        found = islice(Cases(bench, seed=0, split="tuning").faulty(), 4 * count)
        rows = [row("hopfault", c.faulty.run, c.faulty.hops, c.truth) for c in found]
    kept = [r for r in rows if r is not None]
    return random.Random(1).sample(kept, min(count, len(kept)))


def fitted(rows: Sequence[Row]) -> Weights:
    """Weights of the signals, by gradient descent with Adam's steps."""
    weights = np.zeros(len(NAMES))
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, _STEPS + 1):
        slope = _PENALTY * weights
        for one in rows:
            odds = one.signals @ weights
            chance = np.exp(odds - odds.max())
            slope = slope + chance / chance.sum() @ one.signals - one.signals[one.origin]
        mean, square = 0.9 * mean + 0.1 * slope, 0.99 * square + 0.01 * slope**2
        sized = np.sqrt(square / (1 - 0.99**step)) + 1e-8
        weights = weights - _RATE * mean / (1 - 0.9**step) / sized
    return weights


def place(one: Row, odds: Weights) -> int:
    """Where the origin comes in the order, from 0; of equal hops the earlier first."""
    order = np.argsort(-odds, kind="stable")
    return int(np.flatnonzero(order == one.origin)[0])


def plain(one: Row) -> dict[str, Weights]:
    """Answers that anybody could give, as odds."""
    many = len(one.kinds)
    writes = np.array([kind in ("llm", "agent") for kind in one.kinds], dtype=float)
    return {
        "first hop": -np.arange(many, dtype=float),
        "last hop": np.arange(many, dtype=float),
        "first model call": writes * many - np.arange(many, dtype=float),
        "longest model call": writes * 1e9 + np.array(one.sizes, dtype=float),
    }


def _share(places: Sequence[int]) -> str:
    first, three = sum(p == 0 for p in places), sum(p < 3 for p in places)
    return f"first {first} of {len(places)}, among three {three}"


@click.command(help=__doc__)
@click.option("--hopfault", "count", default=HOPFAULT, show_default=True, help="Runs of HopFault.")
def main(count: int) -> None:
    rows, beside = list(labelled()), hopfault(count) if count else []
    everywhere: list[int] = []
    for group in dict.fromkeys(r.group for r in rows):
        weights = fitted([r for r in rows if r.group != group] + beside)
        places = [place(r, r.signals @ weights) for r in rows if r.group == group]
        everywhere += places
        click.echo(f"{group:14} {_share(places)}")
    click.echo(f"{'all':14} {_share(everywhere)}")
    for name in plain(rows[0]):
        click.echo(f"{name:20} {_share([place(r, plain(r)[name]) for r in rows])}")
    chance = sum(1 / len(r.kinds) for r in rows) / len(rows)
    click.echo(f"{'by chance':20} first {chance:.0%}")
    weights = fitted([*rows, *beside])
    for name, weight in sorted(zip(NAMES, weights, strict=True), key=lambda p: -math.fabs(p[1])):
        click.echo(f'    "{name}": {weight:.2f},')


if __name__ == "__main__":
    sys.exit(main())
