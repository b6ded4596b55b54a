"""Hops of two runs side by side, despite retries, loops, fan-outs in another order, and hops that
only one of them has.

The trees are aligned level by level: the hops inside two hops that belong together are aligned with
each other. Within a level hops that received the very same belong together whatever their order;
what is left between them is aligned by the cheapest edits (Needleman and Wunsch 1970), in a band.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from misstep.model import Hop
from misstep_diagnosis.comparing.edits import cheapest, increasing
from misstep_diagnosis.comparing.likeness import Looks
from misstep_diagnosis.naming import label

Pair = tuple[Hop | None, Hop | None]

_LIKE = 0.5
_MOST_CROSSED = 120


def align(hops_a: Sequence[Hop], hops_b: Sequence[Hop]) -> list[Pair]:
    """Pairs in A's order; a hop without a partner stands alone, B's after the partner before it.

    Args:
        hops_a: hops of one run, in any order; parents that are not among them do not matter.
        hops_b: hops of the other.

    Returns:
        Every hop of both exactly once. Time grows with the number of hops times a fixed band.
    """
    left, right = sorted(hops_a, key=_when), sorted(hops_b, key=_when)
    partner = _Levels(left, right).partners()
    return _merged(left, right, partner)


def _when(hop: Hop) -> tuple[int, float]:
    return hop.index, hop.offset_ms


class _Levels:
    """Both trees and the partners found so far, by hop id of A."""

    def __init__(self, left: Sequence[Hop], right: Sequence[Hop]) -> None:
        self._left, self._right = left, right
        self._looks = Looks()
        self._found: dict[str, Hop] = {}
        self._taken: set[str] = set()

    def partners(self) -> dict[str, Hop]:
        """Partner in B by hop id of A."""
        inside_a, inside_b = _inside(self._left), _inside(self._right)
        waiting = [(inside_a.get(None, []), inside_b.get(None, []))]
        while waiting:
            level_a, level_b = waiting.pop()
            for a, b in self._level(level_a, level_b):
                self._join(a, b)
                waiting.append((inside_a.get(a.hop_id, []), inside_b.get(b.hop_id, [])))
        self._elsewhere()
        return self._found

    def _join(self, a: Hop, b: Hop) -> None:
        self._found[a.hop_id] = b
        self._taken.add(b.hop_id)

    def _level(self, left: Sequence[Hop], right: Sequence[Hop]) -> list[tuple[Hop, Hop]]:
        """Pairs among the hops of one level, in no particular order."""
        if not left or not right:
            return []
        sure = self._same_question(left, right)
        sure += self._side_by_side(_rest(left, sure, 0), _rest(right, sure, 1))
        return sure + self._between(left, right, sure)

    def _same_question(self, left: Sequence[Hop], right: Sequence[Hop]) -> list[tuple[Hop, Hop]]:
        """Hops of one name that received the very same; of several, those that ended alike."""
        groups: dict[tuple[str, int], list[Hop]] = defaultdict(list)
        for hop in right:
            groups[self._looks.question(hop)].append(hop)
        asked: dict[tuple[str, int], list[Hop]] = defaultdict(list)
        for hop in left:
            if self._looks.question(hop) in groups:
                asked[self._looks.question(hop)].append(hop)
        found = []
        for question, mine in asked.items():
            found += _paired(mine, groups[question], self._looks.retry_cost)
        return found

    def _side_by_side(self, left: Sequence[Hop], right: Sequence[Hop]) -> list[tuple[Hop, Hop]]:
        """Hops of one name that ran at the same time: their order says nothing, their inputs do."""
        found: list[tuple[Hop, Hop]] = []
        by_name = _by_label(right)
        for name, mine in _by_label(left).items():
            theirs = by_name.get(name, [])
            few = 1 < max(len(mine), len(theirs)) <= _MOST_CROSSED and theirs
            if few and (_at_once(mine) or _at_once(theirs)):
                found += self._nearest(mine, theirs)
        return found

    def _nearest(self, left: Sequence[Hop], right: Sequence[Hop]) -> list[tuple[Hop, Hop]]:
        """The likest first, as long as they are alike at all."""
        offers = sorted(
            ((self._looks.unlike(a, b), i, j) for i, a in enumerate(left) for j, b in enumerate(right))
        )  # fmt: skip
        found: list[tuple[Hop, Hop]] = []
        used: tuple[set[int], set[int]] = (set(), set())
        for cost, i, j in offers:
            if cost <= _LIKE and i not in used[0] and j not in used[1]:
                used[0].add(i)
                used[1].add(j)
                found.append((left[i], right[j]))
        return found

    def _between(
        self, left: Sequence[Hop], right: Sequence[Hop], sure: Sequence[tuple[Hop, Hop]]
    ) -> list[tuple[Hop, Hop]]:
        """What lies between sure pairs that stand in one order in both, by the cheapest edits."""
        at_a = {h.hop_id: i for i, h in enumerate(left)}
        at_b = {h.hop_id: i for i, h in enumerate(right)}
        both = increasing(sorted((at_a[a.hop_id], at_b[b.hop_id]) for a, b in sure))
        known = {a.hop_id for a, _ in sure} | {b.hop_id for _, b in sure}
        found: list[tuple[Hop, Hop]] = []
        from_a = from_b = 0
        for upto_a, upto_b in [*both, (len(left), len(right))]:
            mine = [h for h in left[from_a:upto_a] if h.hop_id not in known]
            theirs = [h for h in right[from_b:upto_b] if h.hop_id not in known]
            found += _paired(mine, theirs, self._looks.cost)
            from_a, from_b = upto_a + 1, upto_b + 1
        return found

    def _elsewhere(self) -> None:
        """Hops that moved to another level, such as into a new step around them."""
        left = [h for h in self._left if h.hop_id not in self._found]
        right = [h for h in self._right if h.hop_id not in self._taken]
        if not left or not right:
            return
        for a, b in self._same_question(left, right):
            self._join(a, b)
        by_name = _by_label(h for h in right if h.hop_id not in self._taken)
        for name, mine in _by_label(h for h in left if h.hop_id not in self._found).items():
            for a, b in _paired(mine, by_name.get(name, []), self._looks.moved_cost):
                self._join(a, b)


def _inside(hops: Sequence[Hop]) -> dict[str | None, list[Hop]]:
    """Hops by the hop around them; None for the outermost, and for hops that contain each other."""
    parents = {h.hop_id: h.parent_id for h in hops}
    rooted: dict[str, bool] = {}
    for hop in hops:
        trail: dict[str, None] = {}
        here: str | None = hop.hop_id
        while here in parents and here not in rooted and here not in trail:
            trail[here] = None
            here = parents[here]
        well = here not in trail and rooted.get(here or "", True)
        rooted.update(dict.fromkeys(trail, well))
    found: dict[str | None, list[Hop]] = defaultdict(list)
    for hop in hops:
        parent = hop.parent_id if hop.parent_id in parents and rooted[hop.hop_id] else None
        found[parent].append(hop)
    return found


def _rest(hops: Sequence[Hop], sure: Sequence[tuple[Hop, Hop]], side: int) -> list[Hop]:
    known = {pair[side].hop_id for pair in sure}
    return [h for h in hops if h.hop_id not in known]


def _by_label(hops: Iterable[Hop]) -> dict[tuple[str, str], list[Hop]]:
    found: dict[tuple[str, str], list[Hop]] = defaultdict(list)
    for hop in hops:
        found[(label(hop), hop.kind)].append(hop)
    return found


def _at_once(hops: Sequence[Hop]) -> bool:
    """Whether some of them ran at the same time."""
    end = float("-inf")
    for hop in sorted(hops, key=lambda h: h.offset_ms):
        if hop.offset_ms < end - 0.001:
            return True
        end = max(end, hop.offset_ms + hop.duration_ms)
    return False


def _paired(
    left: Sequence[Hop], right: Sequence[Hop], cost: Callable[[Hop, Hop], float]
) -> list[tuple[Hop, Hop]]:
    found = cheapest(len(left), len(right), lambda i, j: cost(left[i], right[j]))
    return [(left[i], right[j]) for i, j in found]


def _merged(left: Sequence[Hop], right: Sequence[Hop], partner: dict[str, Hop]) -> list[Pair]:
    """A's order; each hop that B has alone follows the hop before it in B."""
    taken = {b.hop_id for b in partner.values()}
    alone: dict[str | None, list[Hop]] = defaultdict(list)
    before: str | None = None
    for hop in right:
        if hop.hop_id in taken:
            before = hop.hop_id
        else:
            alone[before].append(hop)
    pairs: list[Pair] = [(None, b) for b in alone[None]]
    for a in left:
        mine = partner.get(a.hop_id)
        pairs.append((a, mine))
        if mine is not None:
            pairs += [(None, b) for b in alone[mine.hop_id]]
    return pairs
