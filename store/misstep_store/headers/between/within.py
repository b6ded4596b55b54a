"""Steps inside a trace that another span stands for, as :mod:`between.folding` finds them: a tool
or agent that a second library tells of too, and pieces of what a span made.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from misstep_store.conventions.between.folding import MCP, PIECES_DEEP, WRAPS_AGAIN
from misstep_store.headers.between import beside
from misstep_store.headers.between.answered import Answered
from misstep_store.headers.between.twice import Twice, absorb
from misstep_store.headers.columns.spans import (
    AGENT,
    CALL,
    HOP,
    NONE,
    PART,
    TOOL,
    Facts,
    SpanColumns,
)


def fold_steps(
    parent: Any, trace: Any, end: Any, left: Any, *, twice: Twice, facts: Facts, spans: SpanColumns
) -> bool:
    """Folds them; ``parent``, ``end``, ``left`` and the facts are changed in place.

    Returns whether what was inside of one is now inside of another.
    """
    stands = np.arange(len(parent))
    inner = _same_steps(parent, trace, end, left, facts=facts, spans=spans)
    if len(inner):
        stands[inner] = parent[inner]
        _stand_for(inner, stands, end, twice=twice, facts=facts, spans=spans)
    served, agents = beside.served(parent, trace, end, left, stands, facts=facts, spans=spans)
    if len(served):
        stands[served] = agents
        _stand_for(served, stands, end, twice=twice, facts=facts, spans=spans)
    parts = np.flatnonzero((facts.echo == PART) & (parent != NONE))
    outer = parent[parts]
    for _ in range(PIECES_DEEP):
        pieces = (facts.echo[outer] == PART) & (parent[outer] != NONE)
        outer = np.where(pieces, parent[outer], outer)
    folds = (facts.echo[outer] != PART) & ((parent[outer] != NONE) | (facts.role[outer] == CALL))
    parts, outer = parts[folds], outer[folds]
    unusual = twice.gone[parts] | (facts.role[parts] != HOP)
    _ask_for_tools(parts, outer, twice, facts, spans)
    if twice.gone[outer].any():
        stand = {p: o for o in twice.calls for p in twice.inside(o) if not twice.gone[o]}
        outer = np.array([stand.get(p, p) for p in outer.tolist()], np.int64)
    unusual |= twice.gone[outer]
    if twice.calls:  # which of two reasons goes before the other
        unusual |= facts.text.told("finish_reason")[parts] & np.isin(outer, list(twice.calls))
    left[trace[parts[unusual]]] = True
    stands[parts] = stands[outer]  # which may be a step that another one stands for
    gone = np.concatenate([inner, served, parts])
    if not len(gone):
        return False
    _tell(parts, stands, left, trace, twice=twice, facts=facts, spans=spans)
    _note((inner, served, parts), stands, twice, spans)
    twice.gone[gone] = True
    below = np.flatnonzero(parent != NONE)
    moved = stands[parent[below]] != parent[below]
    parent[below[moved]] = stands[parent[below[moved]]]
    return bool((~twice.gone[below[moved]]).any())


def _ask_for_tools(parts: Any, outer: Any, twice: Twice, facts: Facts, spans: SpanColumns) -> None:
    """Notes the tools that calls asked for, where spans of their own tell of them."""
    tools = (facts.kind[parts] == TOOL) & (facts.role[outer] == CALL)
    starts, ids = spans.start_unix_nano, spans.span_id
    pairs = zip(parts[tools].tolist(), outer[tools].tolist(), strict=True)
    for part, call in sorted(pairs, key=lambda pair: (starts[pair[0]], ids[pair[0]])):
        twice.parts.setdefault(call, []).append(part)


def _tell(
    parts: Any,
    stands: Any,
    left: Any,
    trace: Any,
    *,
    twice: Twice,
    facts: Facts,
    spans: SpanColumns,
) -> None:
    """Why a tool, or a call that was answered nothing, failed and why a stream ended, where only a
    piece says so; the first that does."""
    if not len(parts):
        return
    ends = facts.text["finish_reason"]
    starts, ids = spans.start_unix_nano, spans.span_id
    answered = Answered(twice, facts, spans)
    told = [p for p in parts.tolist() if ends[p] is not None or p in facts.errors]
    for place in sorted(told, key=lambda p: (starts[p], ids[p])):
        outer = int(stands[place])
        if facts.kind[outer] == TOOL and outer not in facts.errors and place in facts.errors:
            facts.errors[outer] = facts.errors[place]
        elif facts.role[outer] == CALL and outer not in facts.errors and place in facts.errors:
            if outer in twice.calls or outer in twice.parts:  # which may say what it was answered
                left[trace[outer]] = True
            elif answered.is_unanswered(outer):
                facts.errors[outer] = twice.refused[outer] = facts.errors[place]
                if ends[outer] is not None:
                    ends[outer] = None
        if facts.role[outer] == CALL and ends[outer] is None and ends[place] is not None:
            ends[outer] = ends[place]


def _same_steps(
    parent: Any, trace: Any, end: Any, left: Any, *, facts: Facts, spans: SpanColumns
) -> Any:
    """Places of tools and agents inside one of their name from another library that say neither what
    they were given nor what they gave, or are of the same call; traces of others are left."""
    kind = facts.kind
    steps = ((kind == TOOL) | (kind == AGENT)) & (facts.role == HOP)
    inner = np.flatnonzero(steps & (parent != NONE))
    outer = parent[inner]
    same = steps[outer] & (kind[outer] == kind[inner])
    same &= (kind[outer] == TOOL) | (parent[outer] != NONE)  # an outermost agent is the run
    inner, outer = inner[same], outer[same]
    if not len(inner):
        return inner
    names, bare = facts.text["name"], facts.bare
    twins = np.array(
        [
            names[one] == names[other]
            and (
                spans.scope[one] != spans.scope[other]
                or (spans.scope[one] == WRAPS_AGAIN and kind[one] == TOOL)
                or _is_served(other, one, facts, spans)
            )
            for one, other in zip(inner.tolist(), outer.tolist(), strict=True)
        ]
    )
    inner, outer = inner[twins], outer[twins]
    plain = np.fromiter((p in bare for p in inner.tolist()), np.bool_, len(inner))
    calls, scope = facts.text["tool_call_id"], spans.scope
    for n, (one, other) in enumerate(zip(inner.tolist(), outer.tolist(), strict=True)):
        named = kind[one] == TOOL and calls[one] is not None and scope[one] != scope[other]
        plain[n] |= named and calls[one] == calls[other]
    plain &= (end[inner] != 0) & (end[outer] != 0)
    left[trace[inner[~plain]]] = True
    return inner[plain]


def _is_served(outer: int, inner: int, facts: Facts, spans: SpanColumns) -> bool:
    """As :func:`retold.is_served`."""
    named = facts.text["convention"]
    return named[outer] == named[inner] == MCP and spans.kind[outer] != spans.kind[inner]


def _stand_for(
    inner: Any,
    stands: Any,
    end: Any,
    *,
    twice: Twice,
    facts: Facts,
    spans: SpanColumns,
) -> None:
    """The outermost of several takes what the others tell."""
    depth = np.zeros(len(inner), np.int64)
    while True:
        further = stands[stands[inner]] != stands[inner]
        if not further.any():
            break
        stands[inner[further]] = stands[stands[inner[further]]]
        depth[further] += 1
    starts, ids = spans.start_unix_nano, spans.span_id
    order = sorted(
        range(len(inner)),
        key=lambda n: (int(depth[n]), starts[inner[n]], ids[inner[n]]),
    )
    rounds: dict[int, list[int]] = {}
    for n in order:
        place, outer = int(inner[n]), int(stands[inner[n]])
        told = twice.steps.setdefault(outer, [])
        rounds.setdefault(len(told), []).append(place)
        told.append(place)
    calls = facts.text.writable("tool_call_id")
    for _, places in sorted(rounds.items()):
        within = np.array(places)
        around = stands[within]
        absorb(within, around, end, facts)
        calls[around] = np.where(calls[around] == None, calls[within], calls[around])  # noqa: E711
    for outer, told in twice.steps.items():
        failed = next((p for p in told if p in facts.errors), None)
        if failed is not None:
            facts.errors.setdefault(outer, facts.errors[failed])


def _note(stages: tuple[Any, ...], stands: Any, twice: Twice, spans: SpanColumns) -> None:
    """What each standing span is made of: doubled tools, those that servers tell of, pieces, then
    all else."""
    starts, ids, order = spans.start_unix_nano, spans.span_id, twice.order
    for stage, gone in enumerate(stages):
        order.update((p, (stage, starts[p], ids[p])) for p in gone.tolist())
    before: dict[int, list[int]] = {}
    for place in sorted(np.concatenate(stages).tolist(), key=order.__getitem__):
        before.setdefault(int(stands[place]), []).append(place)
    for outer, gone in before.items():
        twice.merged[outer] = [*gone, *twice.merged.get(outer, ())]
