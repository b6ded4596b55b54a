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


def judged_unseen(cases: Sequence[SpanCase] = unseen.CASES) -> list[Judged]:
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
def main(out: Path | None, verbose: bool) -> None:
    first, second = judged(), judged_unseen()
    third, last = judged_unseen(unseen.LATER), judged_unseen(unseen.LAST)
    fresh, plain = judged_unseen(unseen.FRESH), judged_unseen(unseen.PLAIN)
    second_plain = judged_unseen(unseen.SECOND_PLAIN)
    shown = (*first, *second, *third, *last, *fresh, *plain, *second_plain) if verbose else ()
    for one in shown:
        click.echo(_told(one))
    told = json.dumps(
        {
            **scores(first),
            "unseen": scores(second),
            "later": scores(third),
            "last": scores(last),
            "fresh": scores(fresh),
            "plain": scores(plain),
            "second_plain": scores(second_plain),
        },
        indent=1,
    )
    if out is not None:
        out.write_text(told + "\n")
    click.echo(told)


if __name__ == "__main__":
    sys.exit(main())
