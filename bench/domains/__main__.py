"""``python -m bench.domains``: origins found and clean runs blamed, in runs of unlike domains."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
from bench.domains import care, engineering, money, service, translation
from bench.domains.case import DomainCase
from bench.hopfault.scoring import wilson

from misstep.model import Diagnosis
from misstep_diagnosis import RULES_VERSION, diagnose

CASES: tuple[DomainCase, ...] = (
    *money.CASES,
    *care.CASES,
    *service.CASES,
    *translation.CASES,
    *engineering.CASES,
)


def judged() -> list[tuple[DomainCase, Diagnosis]]:
    """Every case with its diagnosis; no good runs, no model."""
    return [(case, diagnose(*case.recording())) for case in CASES]


def scores(results: list[tuple[DomainCase, Diagnosis]]) -> dict[str, Any]:
    """Origins found (first suspect, first three, named as origin) and clean runs blamed."""
    faulty = [(c, d) for c, d in results if c.origin is not None]
    clean = [d for c, d in results if c.origin is None]
    named = sum(any(o.name == c.origin for o in d.origins) for c, d in faulty)
    return {
        "n": len(faulty),
        "top1": wilson(sum(ranked(d)[:1] == [c.origin] for c, d in faulty), len(faulty)),
        "top3": wilson(sum(c.origin in ranked(d)[:3] for c, d in faulty), len(faulty)),
        "named_as_origin": wilson(named, len(faulty)),
        "undecided": wilson(sum(d.verdict == "undecided" for _, d in faulty), len(faulty)),
        "clean_n": len(clean),
        "clean_blamed": wilson(sum(d.verdict == "fault" for d in clean), len(clean)),
        "rules_version": RULES_VERSION,
    }


def ranked(made: Diagnosis) -> list[str]:
    """Names of the suspects, most likely first."""
    return [s.name for s in made.suspects]


@click.command(help=__doc__)
@click.option("--out", type=click.Path(path_type=Path), help="Where results go.")
@click.option("--verbose", is_flag=True, help="One line a run.")
def main(out: Path | None, verbose: bool) -> None:
    results = judged()
    for case, made in results if verbose else []:
        rules = [e.rule for s in made.suspects[:1] for e in s.evidence]
        click.echo(f"{case.name:15} {case.origin!s:18} {made.verdict:9} {ranked(made)[:3]} {rules}")
    told = json.dumps(scores(results), indent=1)
    if out is not None:
        out.write_text(told + "\n")
    click.echo(told)


if __name__ == "__main__":
    sys.exit(main())
