"""Hops by what people call them."""

from __future__ import annotations

from collections.abc import Sequence

from misstep.errors import NotFound
from misstep.model import Hop


def find_hop(hops: Sequence[Hop], wanted: str) -> Hop:
    """The hop with that id, or that name when it is unique; ``NAME#n`` names the n-th.

    Raises:
        NotFound: with the names there are, or the ids among which to choose.
    """
    for hop in hops:
        if hop.hop_id == wanted or wanted in hop.merged:
            return hop
    name, _, number = wanted.rpartition("#")
    named = [h for h in hops if h.name == wanted]
    if not named and name and number.isdigit():
        same = [h for h in hops if h.name == name]
        if 1 <= int(number) <= len(same):
            return same[int(number) - 1]
    if len(named) == 1:
        return named[0]
    if named:
        choices = ", ".join(f"{wanted}#{i}" for i in range(1, len(named) + 1))
        raise NotFound(f"{len(named)} hops are called {wanted!r}; name one: {choices}")
    names = ", ".join(dict.fromkeys(h.name for h in hops))
    raise NotFound(f"no hop {wanted!r} in this run; its hops: {names[:500]}")
