"""``python -m bench.domains``: origins found and clean runs blamed, in runs of unlike domains."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import click
from bench.domains import care, engineering, money, service, translation, unseen
from bench.domains.case import DomainCase
from bench.domains.scoring import Judged, scores
from bench.domains.unseen.spans import SpanCase

from misstep_diagnosis import diagnose

CASES: tuple[DomainCase, ...] = (
    *money.CASES,
    *care.CASES,
    *service.CASES,
    *translation.CASES,
    *engineering.CASES,
)


def judged() -> list[Judged]:
    """Every case of the first set with its diagnosis; no good runs, no model."""
    made = [(case, diagnose(*case.recording())) for case in CASES]
    return [
        Judged(c.name, c.origin, [s.name for s in d.suspects], [o.name for o in d.origins], d)
        for c, d in made
    ]


def judged_unseen(cases: Sequence[SpanCase] = unseen.first.CASES) -> list[Judged]:
    """Every case of a set kept as spans, its hops told apart by id."""
    made = []
    for case in cases:
        run, hops = case.recording()
        told = diagnose(run, hops)
        wanted = case.origin if case.origin in (None, "input") else case.wanted(hops)
        ranked = [s.hop_id or s.name for s in told.suspects]
        made.append(
            Judged(case.name, wanted, ranked, [o.hop_id or o.name for o in told.origins], told)
        )
    return made


def _told(one: Judged) -> str:
    rules = [e.rule for s in one.made.suspects[:1] for e in s.evidence]
    found = "clean" if one.wanted is None else str([*one.ranked, one.wanted].index(one.wanted) + 1)
    if one.wanted is not None and one.wanted not in one.ranked:
        found = "-"
    names = [s.name for s in one.made.suspects[:3]]
    return f"{one.name:20} {found:5} {one.made.verdict:9} {names} {rules}"


@click.command(help=__doc__)
@click.option("--out", type=click.Path(path_type=Path), help="Where results go.")
@click.option(
    "--verbose", is_flag=True, help="One line a run: rank of the origin, verdict, suspects."
)
@click.option(
    "--set", "names", multiple=True, type=click.Choice(list(unseen.SETS)), help="Only these sets."
)
def main(out: Path | None, verbose: bool, names: tuple[str, ...]) -> None:
    first = [] if names else judged()
    others = {k: judged_unseen(s) for k, s in unseen.SETS.items() if not names or k in names}
    for one in (*first, *(j for made in others.values() for j in made)) if verbose else ():
        click.echo(_told(one))
    own = scores(first) if first else {}
    told = json.dumps({**own, **{k: scores(made) for k, made in others.items()}}, indent=1)
    if out is not None:
        out.write_text(told + "\n")
    click.echo(told)


if __name__ == "__main__":
    sys.exit(main())
