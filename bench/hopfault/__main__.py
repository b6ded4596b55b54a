"""``python -m bench.hopfault --out results.json``: does the diagnosis find planted faults?"""

from __future__ import annotations

import json
import platform
import sys
import time
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import click
from bench.hopfault.cases import HELD_OUT_KINDS, HELD_OUT_SHAPES, Case, Cases, Split
from bench.hopfault.executing import Executing, executing_rates
from bench.hopfault.recording import Bench, Recorded
from bench.hopfault.scoring import Judged, baselines, grouped, rates
from bench.hopfault.shapes import SHAPES
from bench.hopfault.speed import measured, table

from misstep.model import Diagnosis
from misstep_diagnosis import Learned, diagnose, learn_all

FAULTY, CLEAN = 600, 800
T = TypeVar("T")


@click.command(help=__doc__)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Where results go.")
@click.option("--seed", default=0, show_default=True, help="Another seed makes other cases.")
@click.option("--limit", type=click.IntRange(min=1), help=f"Faulty cases; default {FAULTY}.")
@click.option("--split", type=click.Choice(["all", "tuning"]), default="all", show_default=True)
@click.option("--cases", "listing", type=click.Path(path_type=Path), help="One JSON line a case.")
@click.option("--speed", is_flag=True, help="Print how long 10 to 10,000 hops take, and end.")
@click.option("--execute/--no-execute", default=True, show_default=True, help="Confirm by bisect.")
def main(
    out: Path,
    seed: int,
    limit: int | None,
    split: Split,
    listing: Path | None,
    speed: bool,
    execute: bool,
) -> None:
    if speed:
        rows = measured()
        out.write_text(json.dumps({"speed": rows, "machine": _machine()}, indent=1) + "\n")
        click.echo(table(rows))
        return
    started_s = time.perf_counter()
    faulty_n = limit or FAULTY
    with Bench() as bench:
        cases = Cases(bench, seed=seed, split=split)
        faulty = _told(cases.faulty(), "faulty runs recorded", faulty_n)
        judged = [_judge(cases, case) for case in faulty]
        clean_n = faulty_n * CLEAN // FAULTY
        recorded_clean = list(_told(cases.clean(), "clean runs recorded", clean_n))
        clean = [
            (shape.name, _diagnose(cases, shape.name, domain, recorded))
            for shape, domain, recorded in recorded_clean
        ]
        executed = None
        if execute:
            with Executing(bench) as executing:
                failing = _told(judged, "faulty runs executed", faulty_n)
                confirmed = [executing.confirm(j.case, j.diagnosis) for j in failing]
                pairs = zip(recorded_clean, clean, strict=True)
                settled = [
                    executing.settle(shape.name, recorded, diagnosis)
                    for (shape, _, recorded), (_, diagnosis) in _told(
                        pairs, "clean runs executed", clean_n
                    )
                ]
            executed = executing_rates(confirmed, settled)
    results = _results(cases, judged, clean) | {
        "executing": executed,
        "seed": seed,
        "split": split,
        "machine": _machine(),
        "seconds": round(time.perf_counter() - started_s, 1),
    }
    out.write_text(json.dumps(results, indent=1) + "\n")
    if listing is not None:
        listing.write_text("".join(json.dumps(_line(j)) + "\n" for j in judged))
    for part in ("recording", "executing"):
        click.echo(json.dumps({part: results[part]}, indent=1))


def _told(items: Iterable[T], what: str, count: int) -> Iterator[T]:
    """The first ``count`` items; every fiftieth is told on stderr."""
    for number, item in enumerate(islice(items, count), 1):
        yield item
        if number % 50 == 0 or number == count:
            click.echo(f"{time.strftime('%H:%M:%S')} {number} of {count} {what}", err=True)


def _judge(cases: Cases, case: Case) -> Judged:
    return Judged(case, _diagnose(cases, case.shape, case.domain, case.faulty))


def _diagnose(cases: Cases, shape_name: str, domain: str, recorded: Recorded) -> Diagnosis:
    good = cases.healthy(next(s for s in SHAPES if s.name == shape_name), domain)
    habits = _HABITS.get((id(cases), shape_name, domain))
    if habits is None:
        habits = learn_all((healthy.run, healthy.hops) for healthy in good)
        _HABITS[id(cases), shape_name, domain] = habits
    baseline = good[0].run.run_id if good else None
    return diagnose(recorded.run, recorded.hops, habits=habits, baseline=baseline)


_HABITS: dict[tuple[int, str, str], Learned] = {}
"""Habits of each shape and domain, learned once, as a store keeps them."""


def _results(
    cases: Cases, judged: list[Judged], clean: list[tuple[str, Diagnosis]]
) -> dict[str, Any]:
    everyone = [d for _, d in clean]
    held = [j for j in judged if j.case.held_out]
    held_clean = [d for name, d in clean if name in HELD_OUT_SHAPES]
    rejected = {"tried": cases.tried, **cases.rejected}
    return {
        "recording": {
            **rates(judged, everyone),
            "by_kind": grouped(judged, lambda j: "+".join(sorted(j.case.kinds[:1]))),
            "by_shape": grouped(judged, lambda j: j.case.shape),
            "by_number": grouped(judged, lambda j: f"{len(j.case.kinds)} fault(s)"),
            "by_symptom": grouped(judged, lambda j: "loud" if j.case.loud else "silent"),
            "by_duration": grouped(
                judged, lambda j: "transient" if j.case.transient else "persistent"
            ),
        },
        "baselines": baselines([j.case for j in judged]),
        "held_out": {
            "shapes": HELD_OUT_SHAPES,
            "kinds": HELD_OUT_KINDS,
            **rates(held, held_clean),
        },
        "rejected": rejected,
    }


def _line(judged: Judged) -> dict[str, Any]:
    case = judged.case
    names = {hop.hop_id: hop.name for hop in case.faulty.hops}
    return {
        "number": case.number,
        "shape": case.shape,
        "domain": case.domain,
        "kinds": case.kinds,
        "loud": case.loud,
        "told": case.faulty.run.verdict.text,
        "truth": sorted(names.get(t, t) for t in case.truth),
        "ranked": [names.get(r, r) for r in judged.ranked[:5]],
        "verdict": judged.diagnosis.verdict,
        "rules": [e.rule for s in judged.diagnosis.suspects[:1] for e in s.evidence],
    }


def _machine() -> dict[str, str]:
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "misstep": version("misstep"),
        "openai": version("openai"),
        "anthropic": version("anthropic"),
    }


if __name__ == "__main__":
    sys.exit(main())
