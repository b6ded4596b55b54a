"""Hops of two runs side by side, despite retries and hops that one of them lacks."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence

from misstep.model import Hop


def align(hops_a: Sequence[Hop], hops_b: Sequence[Hop]) -> list[tuple[Hop | None, Hop | None]]:
    """Pairs in A's order; a hop without a partner stands alone, B's after the partner before it.

    Hops belong together by place (the path of names), in order among equals."""
    waiting: dict[str, deque[Hop]] = defaultdict(deque)
    for hop in hops_b:
        waiting[place(hop)].append(hop)
    pairs: list[tuple[Hop | None, Hop | None]] = []
    taken: set[str] = set()
    for hop in hops_a:
        queue = waiting.get(place(hop))
        partner = queue.popleft() if queue else None
        if partner is not None:
            taken.add(partner.hop_id)
        pairs.append((hop, partner))
    for hop in hops_b:
        if hop.hop_id not in taken:
            pairs.insert(_position(pairs, hop), (None, hop))
    return pairs


def place(hop: Hop) -> str:
    """What identifies a hop across runs: its names' path, else its name and kind."""
    import re

    if hop.path:
        return re.sub(r"#\d+(?=/|$)", "", hop.path)
    return f"{hop.name}:{hop.kind}"


def _position(pairs: list[tuple[Hop | None, Hop | None]], hop: Hop) -> int:
    for i in range(len(pairs) - 1, -1, -1):
        other = pairs[i][1]
        if other is not None and other.index < hop.index:
            return i + 1
    return 0
