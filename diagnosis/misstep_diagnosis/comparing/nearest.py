"""The good run to compare with, and why it is the one."""

from __future__ import annotations

from collections.abc import Sequence

from misstep.model import Json, Run
from misstep_diagnosis.comparing.changes import mark
from misstep_diagnosis.reading.values import fold, leaves

_MOST_CHARS = 20_000


def nearest_good(run: Run, candidates: Sequence[Run]) -> tuple[Run, str] | None:
    """The good run to compare with and why: same pipeline, nearest input, most recent.

    None when no candidate is a good, complete run of the same pipeline (or name, where there is
    none); see :func:`good_runs_by_nearness` for the order.
    """
    ranked = _ranked(run, candidates)
    return (ranked[0][1], _reason(ranked[0][1], ranked[0][0], len(ranked))) if ranked else None


def good_runs_by_nearness(run: Run, candidates: Sequence[Run]) -> list[Run]:
    """Good, complete runs of the same pipeline, the nearest input first; among equally near ones
    those of the same version first, then the latest."""
    return [c for _, c in _ranked(run, candidates)]


def _ranked(run: Run, candidates: Sequence[Run]) -> list[tuple[float, Run]]:
    same = [
        c
        for c in candidates
        if c.run_id != run.run_id
        and c.verdict.state == "good"
        and c.complete
        and (c.pipeline or c.name) == (run.pipeline or run.name)
    ]
    wanted, own = _words(run.input), mark(run.input)
    near = [(1.0 if mark(c.input) == own else _near(wanted, c.input), c) for c in same]
    return sorted(near, key=lambda n: (n[0], n[1].version == run.version, n[1].started_at))[::-1]


def _near(wanted: frozenset[str], given: Json) -> float:
    """Share of words and fields in common; below 1, which is the same input."""
    other = _words(given)
    shared = len(wanted & other) / len(wanted | other) if wanted or other else 1.0
    return min(shared, 0.999)


def _reason(best: Run, near: float, among: int) -> str:
    how = "the same input" if near == 1.0 else f"the nearest input ({near:.0%} in common)"
    when = best.started_at[:19].replace("T", " ")
    others = f", of {among} good runs" if among > 1 else ""
    return f"good run of {best.pipeline or best.name} with {how}, {when}{others}"


def _words(value: Json) -> frozenset[str]:
    found: set[str] = set()
    for path, leaf in leaves(value, ""):
        found.add(path)
        if leaf is not None:
            found.update(fold(str(leaf)[:_MOST_CHARS]).split())
    return frozenset(found)
