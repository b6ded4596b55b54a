"""Steps that are a call where no span inside tells of it: as :meth:`between.tree.Tree` finds them,
after all that is told twice is folded.

They are few: most are read whole, and the agent around them where that tells of their call.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from misstep_store import conventions
from misstep_store.conventions.between.tree import stand_alone
from misstep_store.conventions.readers import (
    openllmetry,
    openllmetry_steps,
    tanstack,
    vercel,
    voltagent,
)
from misstep_store.conventions.types import Alone, Draft
from misstep_store.headers.between.forest import Forest
from misstep_store.headers.columns.spans import (
    AGENT,
    CALL,
    HTTP,
    KIND_OF,
    MODEL_KIND,
    NONE,
    ROLE_OF,
    TOKENS,
    Facts,
    SpanColumns,
    at,
)
from misstep_store.headers.plans import Plan, libraries
from misstep_store.headers.plans.plan import Seen
from misstep_store.headers.reading import read_alike

SURE = (openllmetry.NAME, voltagent.NAME, tanstack.NAME)
"""The conventions of steps that are a call whatever steps are inside: see :attr:`Alone.is_sure`."""
_TOLD = ("provider", "request_model", "finish_reason")
_LLM = KIND_OF["llm"]


def stand(made: Forest, facts: Facts, spans: SpanColumns) -> None:
    """Makes them calls; ``made`` and the facts are changed in place."""
    if not facts.alone:
        return
    twice, parent = made.twice, made.parent
    below = parent[(parent != NONE) & ~twice.gone & (facts.echo != HTTP)]
    children = np.bincount(below, minlength=len(parent))
    steps = np.fromiter(facts.alone, np.int64, len(facts.alone))
    steps = np.sort(steps[~twice.gone[steps]])
    sure = np.any([facts.are_of(steps, name) for name in SURE], axis=0)
    lone = children[steps] == 0
    told_alike = alike(steps[lone & ~sure].tolist(), facts, spans)
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
        if (told := told_alike.get(place)) is not None:
            _stand_as(place, told, made, facts)
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


# --- steps that tell it alike --------------------------------------------------------------------


def alike(places: list[int], facts: Facts, spans: SpanColumns) -> dict[int, Alone]:
    """What steps of Vercel's SDK tell of the call that they are, where they name its model and nothing
    beside their attributes tells of it: those with the same keys are read together."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for place in places:
        a = spans.attributes[place]
        kind = a.get(_OPERATION)
        if facts.text.one("convention", place) != vercel.NAME or type(kind) is not str:
            continue
        if kind in vercel.ALONE and place not in facts.drafts and place not in spans.logs:
            happened = frozenset(e.name for e in spans.happened(place))
            if happened <= _SAY_NOTHING:
                groups.setdefault((spans.scope[place], kind, happened, *a), []).append(place)
    found: dict[int, Alone] = {}
    for key, some in groups.items():
        if (plan := _plan(key, some[0], spans)) is not None:
            found.update(_told(plan, some, spans))
    return found


def _plan(key: tuple[object, ...], place: int, spans: SpanColumns) -> Plan | None:
    """The plan for such steps, if it finds what their convention finds in the first of them."""
    if key not in _PLANS:
        if len(_PLANS) > _MAX_PLANS:
            _PLANS.clear()
        span = spans.span(place)
        seen = Seen(span, span.attributes, frozenset(e.name for e in span.events), has_logs=False)
        plan = libraries.ai_alone(seen)
        if (told := _told(plan, [place], spans).get(place)) is None:
            return None  # the next may tell more
        _PLANS[key] = plan if told == conventions.read(span).alone else None
    return _PLANS[key]


def _told(plan: Plan, places: list[int], spans: SpanColumns) -> dict[int, Alone]:
    rows = read_alike(plan, spans, places, at(spans.attributes, places))
    columns = [rows.text.get(name) or [None] * len(places) for name in _TOLD]
    kind = vercel.ALONE[rows.many[0][_OPERATION]]
    told = enumerate(zip(*columns, strict=True))
    return {places[n]: Alone(kind, *t) for n, t in told if t[1] and n not in rows.doubtful}


_OPERATION = "ai.operationId"
_SAY_NOTHING = {"exception", "ai.stream.firstChunk", "ai.stream.finish"}
"""Events that tell of no call."""
_PLANS: dict[tuple[object, ...], Plan | None] = {}
_MAX_PLANS = 1_000


# --- one by one ----------------------------------------------------------------------------------


def read_whole(place: int, facts: Facts, spans: SpanColumns) -> Draft:
    """A span as its convention reads it alone."""
    known = facts.drafts.get(place)
    return known or conventions.read(spans.span(place), spans.logs.of(place))


def _stand_as(place: int, told: Alone, made: Forest, facts: Facts) -> None:
    """Makes a step the call that it tells of, as :func:`tree.stand_alone` does."""
    for name in _TOLD:
        facts.text.put(name, place, getattr(told, name))
    facts.role[place], facts.kind[place] = CALL, KIND_OF[told.kind]
    made.twice.standing.add(place)
    made.standing.add(place)


def _put(place: int, step: Draft, facts: Facts) -> None:
    facts.drafts[place] = step
    facts.role[place], facts.kind[place] = ROLE_OF[step.role], KIND_OF[step.kind]
    for name in _TOLD:
        facts.text.put(name, place, getattr(step, name))
    for name, number in zip(TOKENS, step.usage, strict=True):
        facts.tokens[name][place] = number
