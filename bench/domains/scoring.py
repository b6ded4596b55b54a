"""How many origins were named and clean runs blamed, over any set of labelled runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bench.hopfault.scoring import wilson

from misstep.model import Diagnosis
from misstep_diagnosis import RULES_VERSION


@dataclass(frozen=True, slots=True)
class Judged:
    """A case with its diagnosis. ``wanted`` is the origin as suspects are told apart (a hop's name
    or id, ``input``), None for a clean run; ``ranked`` and ``named`` are suspects and origins."""

    name: str
    wanted: str | None
    ranked: list[str]
    named: list[str]
    made: Diagnosis


def scores(results: list[Judged]) -> dict[str, Any]:
    """Origins found (first suspect, first three, named as origin) and clean runs blamed."""
    faulty = [j for j in results if j.wanted is not None]
    clean = [j.made for j in results if j.wanted is None]
    return {
        "n": len(faulty),
        "top1": wilson(sum(j.ranked[:1] == [j.wanted] for j in faulty), len(faulty)),
        "top3": wilson(sum(j.wanted in j.ranked[:3] for j in faulty), len(faulty)),
        "named_as_origin": wilson(sum(j.wanted in j.named for j in faulty), len(faulty)),
        "undecided": wilson(sum(j.made.verdict == "undecided" for j in faulty), len(faulty)),
        "clean_n": len(clean),
        "clean_blamed": wilson(sum(d.verdict == "fault" for d in clean), len(clean)),
        "clean_undecided": wilson(sum(d.verdict == "undecided" for d in clean), len(clean)),
        "rules_version": RULES_VERSION,
    }
