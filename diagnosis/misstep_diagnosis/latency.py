"""Where a run's time went: the chain of hops that decided when it ended, and what could overlap."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from misstep.model import Edge, Hop

_TOLERANCE_MS = 0.5


class Timed(NamedTuple):
    """What latency needs of a hop; times in milliseconds from the run's start."""

    hop_id: str
    parent_id: str | None
    offset_ms: float
    duration_ms: float

    @property
    def end_ms(self) -> float:
        """When it ended."""
        return self.offset_ms + self.duration_ms


class Saving(NamedTuple):
    """Two hops of the critical path that ran one after the other without a value between them."""

    before: str
    after: str
    saved_ms: float


class CriticalPath(NamedTuple):
    """The hops that decided when the run ended, earliest first.

    ``critical_ms`` is their time, without the gaps between them (the pipeline's own code);
    ``hops_ms`` the time of all leaf hops, so that ``hops_ms - critical_ms`` ran beside the path.
    """

    hop_ids: list[str]
    critical_ms: float
    hops_ms: float
    savings: list[Saving]


def timed(hop: Hop) -> Timed:
    """A hop as this module reads it."""
    return Timed(hop.hop_id, hop.parent_id, hop.offset_ms, hop.duration_ms)


def critical_path(hops: Sequence[Timed], edges: Sequence[Edge] = ()) -> CriticalPath:
    """The critical path through the leaf hops, walked back from the one that ended last.

    Args:
        hops: of one run, in any order.
        edges: value lineage; where given, neighbours on the path between which no value went,
            directly or through others, are named as savings ("up to": control flow is not recorded).
    """
    parents = {h.parent_id for h in hops if h.parent_id}
    leaves = sorted((h for h in hops if h.hop_id not in parents), key=lambda h: h.end_ms)
    ends = [h.end_ms for h in leaves]
    path: list[Timed] = []
    at = len(leaves) - 1
    while at >= 0:
        here = leaves[at]
        path.append(here)
        # Strictly earlier in the order of ends, so that hops of no duration cannot loop.
        at = min(bisect_right(ends, here.offset_ms + _TOLERANCE_MS), at) - 1
    path.reverse()
    return CriticalPath(
        [h.hop_id for h in path],
        sum(h.duration_ms for h in path),
        sum(h.duration_ms for h in leaves),
        _savings(path, edges) if edges else [],
    )


def _savings(path: Sequence[Timed], edges: Sequence[Edge]) -> list[Saving]:
    following: dict[str, set[str]] = {}
    for edge in edges:
        if edge.from_id and edge.to_id:
            following.setdefault(edge.from_id, set()).add(edge.to_id)
    found = []
    for before, after in pairwise(path):
        saved = min(before.duration_ms, after.duration_ms)
        if saved >= 1 and not _reaches(following, before.hop_id, after.hop_id):
            found.append(Saving(before.hop_id, after.hop_id, saved))
    return sorted(found, key=lambda s: -s.saved_ms)


def _reaches(following: dict[str, set[str]], start: str, goal: str) -> bool:
    seen, todo = {start}, [start]
    while todo:
        for hop_id in following.get(todo.pop(), ()):
            if hop_id == goal:
                return True
            if hop_id not in seen:
                seen.add(hop_id)
                todo.append(hop_id)
    return False
