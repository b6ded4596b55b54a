"""What hops are called: in their run, where one of them is meant, and across runs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from misstep.model import Hop


def names_of(hops: Sequence[Hop]) -> dict[str, str]:
    """Of each hop what :func:`name_of` says, by its id; numbers go by start."""
    total, upto = Counter(h.name for h in hops), Counter[str]()
    made = {}
    for hop in hops:
        upto[hop.name] += 1
        made[hop.hop_id] = hop.name if total[hop.name] == 1 else f"{hop.name}#{upto[hop.name]}"
    return made


def name_of(hop_id: str | None, hops: Sequence[Hop]) -> str:
    """The hop's name, ``NAME#n`` where it repeats; ``input`` for the pipeline's input."""
    if hop_id is None:
        return "input"
    return names_of(hops)[hop_id]


def place(hop: Hop) -> str:
    """What identifies a hop across runs: its names' path, else its name and kind."""
    if hop.path:
        return re.sub(r"#\d+(?=/|$)", "", hop.path)
    return f"{hop.name}:{hop.kind}"


def label(hop: Hop) -> str:
    """Its name, without the model that a bare call carries in it."""
    for model in (hop.request_model, hop.response_model):
        if model and hop.name.endswith(model):
            return hop.name.removesuffix(model).rstrip()
    return hop.name
