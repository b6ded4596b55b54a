"""Rates with their intervals, and the baselines anybody could have."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from bench.hopfault.cases import INPUT, Case

from misstep.model import Diagnosis

Rate = dict[str, float]
_Z95 = 1.959964


def wilson(hits: float, n: int) -> Rate:
    """A rate with its 95 % interval; 0 to 1 when there are no trials.

    Source: E. B. Wilson, JASA 22 (1927) 209-212.
    """
    if n == 0:
        return {"rate": 0.0, "low": 0.0, "high": 1.0}
    rate = hits / n
    centre = rate + _Z95**2 / (2 * n)
    spread = _Z95 * math.sqrt(rate * (1 - rate) / n + _Z95**2 / (4 * n * n))
    scale = 1 + _Z95**2 / n
    low, high = max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale)
    return {"rate": round(rate, 4), "low": round(low, 4), "high": round(high, 4)}


@dataclass(frozen=True, slots=True)
class Judged:
    """A case and what the diagnosis said of it."""

    case: Case
    diagnosis: Diagnosis

    @property
    def ranked(self) -> list[str]:
        """Suspects, most likely first, as the truth is written."""
        return [s.hop_id or INPUT for s in self.diagnosis.suspects]

    def hit(self, within: int) -> bool:
        """Whether a true origin is among the first suspects."""
        return bool(self.case.truth & set(self.ranked[:within]))

    @property
    def distance(self) -> int | None:
        """Hops between the first suspect and the nearest true origin; None where not defined."""
        index = {hop.hop_id: hop.index for hop in self.case.faulty.hops}
        at = [index[hop_id] for hop_id in self.case.truth if hop_id in index]
        if not at or not self.ranked or self.ranked[0] not in index:
            return None
        return min(abs(index[self.ranked[0]] - true) for true in at)


def rates(judged: Sequence[Judged], clean: Sequence[Diagnosis]) -> dict[str, object]:
    """The scores of a set of cases and of the clean runs beside them."""
    n = len(judged)
    distances = [j.distance for j in judged if j.distance is not None]
    return {
        "n": n,
        "top1": wilson(sum(j.hit(1) for j in judged), n),
        "top3": wilson(sum(j.hit(3) for j in judged), n),
        "earliest_top1": wilson(sum(bool(set(j.ranked[:1]) & j.case.earliest) for j in judged), n),
        "undecided": wilson(sum(j.diagnosis.verdict == "undecided" for j in judged), n),
        "called_clean": wilson(sum(j.diagnosis.verdict == "clean" for j in judged), n),
        "mean_distance_hops": round(sum(distances) / len(distances), 3) if distances else None,
        "clean_n": len(clean),
        "clean_blamed": wilson(sum(d.verdict == "fault" for d in clean), len(clean)),
    }


def grouped(judged: Iterable[Judged], key: Callable[[Judged], str]) -> dict[str, object]:
    """top-1 and top-3 by whatever the key tells."""
    groups: dict[str, list[Judged]] = {}
    for one in judged:
        groups.setdefault(key(one), []).append(one)
    return {
        name: {
            "n": len(group),
            "top1": wilson(sum(j.hit(1) for j in group), len(group)),
            "top3": wilson(sum(j.hit(3) for j in group), len(group)),
        }
        for name, group in sorted(groups.items())
    }


def baselines(cases: Sequence[Case]) -> dict[str, Rate]:
    """top-1 of trivial answers on the same cases; the constant is chosen in hindsight."""
    n = len(cases)
    indexes = [
        {hop.index for hop in case.faulty.hops if hop.hop_id in case.truth} for case in cases
    ]
    counted = Counter(index for found in indexes for index in found)
    constant = counted.most_common(1)[0][1] if counted else 0
    chance = sum(len(case.truth) / (len(case.faulty.hops) + 1) for case in cases)
    return {
        "random": wilson(chance, n),
        "first_hop": wilson(sum(0 in found for found in indexes), n),
        "last_hop": wilson(sum(_last_is_true(case) for case in cases), n),
        "first_error_status": wilson(sum(_first_error_is_true(case) for case in cases), n),
        "constant": wilson(constant, n),
    }


def _last_is_true(case: Case) -> bool:
    return case.faulty.hops[-1].hop_id in case.truth


def _first_error_is_true(case: Case) -> bool:
    failed = [hop.hop_id for hop in case.faulty.hops if hop.error is not None]
    return bool(failed) and failed[0] in case.truth
