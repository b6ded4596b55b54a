"""Steps that are a call where no span inside tells of it: as :meth:`between.tree.Tree` finds them,
after all that is told twice is folded.

They are few: each is read whole, and the agent around it where that tells of its call.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from misstep_store import conventions
from misstep_store.conventions.between.tree import stand_alone
from misstep_store.conventions.readers import openllmetry, openllmetry_steps, tanstack, voltagent
from misstep_store.conventions.types import Draft
from misstep_store.headers.forest import Forest
from misstep_store.headers.spans import (
    AGENT,
    CALL,
    KIND_OF,
    MODEL_KIND,
    NONE,
    ROLE_OF,
    TOKENS,
    Facts,
    SpanColumns,
)

SURE = (openllmetry.NAME, voltagent.NAME, tanstack.NAME)
"""The conventions of steps that are a call whatever steps are inside: see :attr:`Alone.is_sure`."""
_TOLD = ("provider", "request_model", "finish_reason")
_LLM = KIND_OF["llm"]


def stand(made: Forest, facts: Facts, spans: SpanColumns) -> None:
    """Makes them calls; ``made`` and the facts are changed in place."""
    if not facts.alone:
        return
    twice, parent = made.twice, made.parent
    below = parent[(parent != NONE) & ~twice.gone]
    children = np.bincount(below, minlength=len(parent))
    steps = np.fromiter(facts.alone, np.int64, len(facts.alone))
    steps = np.sort(steps[~twice.gone[steps]])
    sure = np.any([facts.are_of(steps, name) for name in SURE], axis=0)
    lone = children[steps] == 0
    for place, is_sure in zip(steps[lone].tolist(), sure[lone].tolist(), strict=True):
        around = int(parent[place])
        if made.left[made.trace[place]]:
            continue
        if not twice.is_alone(place) or (around != NONE and not twice.is_alone(around)):
            made.left[made.trace[place]] = True
            continue
        if is_sure:
            if _is_named(place, facts, spans) is not None:
                _stand(place, made, facts, spans)
            continue
        step = read_whole(place, facts, spans)
        told = step.alone
        if told is None:
            continue
        if told.request_model is not None:
            stand_alone(step, told, None, is_only=False)
        elif around != NONE and facts.kind[around] == AGENT:
            agent = read_whole(around, facts, spans)
            stand_alone(step, told, agent, is_only=int(children[around]) == 1)
        else:
            continue
        _put(place, step, facts)
        made.standing.add(place)
    holding = steps[~lone & sure]
    if len(holding):
        _stand_around(holding[np.argsort(-made.depth[holding])].tolist(), made, facts, spans)


def _stand_around(holding: list[int], made: Forest, facts: Facts, spans: SpanColumns) -> None:
    """As :meth:`between.tree.Tree._stand_around`; ``holding``: the innermost first."""
    parent = made.parent
    above: set[int] = set()
    calls = MODEL_KIND[facts.kind] & ~made.twice.gone
    calls &= np.isin(made.trace, made.trace[holding])
    for place in np.flatnonzero(calls).tolist():
        _walk(int(parent[place]), parent, above)
    told = {place: _is_named(place, facts, spans) for place in holding}
    stood: set[int] = set()
    for named in (True, False):
        outer = stood.copy()
        for place in holding:
            if told[place] is not named or place in above or made.left[made.trace[place]]:
                continue
            if not made.twice.is_alone(place):
                made.left[made.trace[place]] = True
                continue
            if outer and not outer.isdisjoint(_walk(int(parent[place]), parent, set())):
                continue
            _stand(place, made, facts, spans)
            stood.add(place)
            _walk(int(parent[place]), parent, above)


def _is_named(place: int, facts: Facts, spans: SpanColumns) -> bool | None:
    """Whether a step that may surely be a call names its model; None of one that is none."""
    if (known := facts.drafts.get(place)) is not None:
        return None if known.alone is None else known.alone.request_model is not None
    if facts.text.one("request_model", place) is not None:
        return True
    return False if openllmetry_steps.asks(spans.name[place]) else None


def _stand(place: int, made: Forest, facts: Facts, spans: SpanColumns) -> None:
    """Makes a step a call that says of itself what its call is told of."""
    if (step := facts.drafts.get(place)) is not None and step.alone is not None:
        stand_alone(step, step.alone, None, is_only=False)
    else:
        made.twice.standing.add(place)
    facts.role[place], facts.kind[place] = CALL, _LLM
    made.standing.add(place)


def _walk(here: int, parent: Any, passed: set[int]) -> set[int]:
    """Adds a place and those around it, up to one that was passed before."""
    while here != NONE and here not in passed:
        passed.add(here)
        here = int(parent[here])
    return passed


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
