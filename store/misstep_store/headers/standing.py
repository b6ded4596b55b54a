"""Steps that are a call where no span inside tells of it: as :meth:`between.tree.Tree` finds them,
after all that is told twice is folded.

They are few: each is read whole, and the agent around it where that tells of its call.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from misstep_store import conventions
from misstep_store.conventions.between.tree import stand_alone
from misstep_store.conventions.types import Draft
from misstep_store.headers.forest import Forest
from misstep_store.headers.spans import (
    AGENT,
    KIND_OF,
    NONE,
    ROLE_OF,
    TOKENS,
    Facts,
    SpanColumns,
)

_TOLD = ("provider", "request_model", "finish_reason")


def stand(made: Forest, facts: Facts, spans: SpanColumns) -> None:
    """Makes them calls; ``made`` and the facts are changed in place."""
    if not facts.alone:
        return
    twice, parent = made.twice, made.parent
    below = parent[(parent != NONE) & ~twice.gone]
    children = np.bincount(below, minlength=len(parent))
    steps = np.fromiter(facts.alone, np.int64, len(facts.alone))
    holding = steps[(children[steps] > 0) & ~twice.gone[steps]]
    for place in holding.tolist():
        told = read_whole(place, facts, spans).alone
        if told is not None and told.is_sure:  # whether a call is somewhere inside
            made.left[made.trace[place]] = True
    for place in np.sort(steps[(children[steps] == 0) & ~twice.gone[steps]]).tolist():
        around = int(parent[place])
        if made.left[made.trace[place]]:
            continue
        if not twice.is_alone(place) or (around != NONE and not twice.is_alone(around)):
            made.left[made.trace[place]] = True
            continue
        step = read_whole(place, facts, spans)
        told = step.alone
        if told is None:
            continue
        if told.request_model is not None or told.is_sure:
            stand_alone(step, told, None, is_only=False)
        elif around != NONE and facts.kind[around] == AGENT:
            agent = read_whole(around, facts, spans)
            stand_alone(step, told, agent, is_only=int(children[around]) == 1)
        else:
            continue
        _put(place, step, facts)
        made.standing.add(place)


def read_whole(place: int, facts: Facts, spans: SpanColumns) -> Draft:
    """A span as its convention reads it alone."""
    known = facts.drafts.get(place)
    return known or conventions.read(spans.span(place), spans.logs.of(place))


def _put(place: int, step: Draft, facts: Facts) -> None:
    facts.drafts[place] = step
    facts.role[place], facts.kind[place] = ROLE_OF[step.role], KIND_OF[step.kind]
    for name in _TOLD:
        value: Any = getattr(step, name)
        if value is None:
            facts.text.forget(name, place)
        else:
            facts.text.put(name, place, value)
    for name, number in zip(TOKENS, step.usage, strict=True):
        facts.tokens[name][place] = number
