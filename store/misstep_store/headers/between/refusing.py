"""Calls that were refused where only the agent around them says so, as :mod:`between.refusing` finds
them: the few that are asked are read whole."""

from __future__ import annotations

import numpy as np

from misstep_store.headers.between.answered import Answered
from misstep_store.headers.between.forest import Forest
from misstep_store.headers.columns.spans import AGENT, CALL, NONE, Facts, SpanColumns


def refuse(made: Forest, facts: Facts, spans: SpanColumns) -> None:
    """Gives the failures of agents to the calls; ``made`` and the facts are changed in place."""
    gone, trace, errors = made.twice.gone, made.trace, facts.errors
    status = spans.status_code
    failed = {
        p
        for p in facts.telling & errors.keys()
        if status[p] == 2 and facts.kind[p] == AGENT and not (gone[p] or made.left[trace[p]])
    }
    if not failed:
        return
    calls = np.flatnonzero((facts.role == CALL) & ~gone)
    calls = calls[np.isin(trace[calls], trace[list(failed)])]
    last: dict[int, int] = {}
    nearest: dict[int, int] = {}
    starts, ids = spans.start_unix_nano, spans.span_id
    for call in sorted(calls.tolist(), key=lambda p: (starts[p], ids[p])):
        last[_agent_around(call, made, facts, nearest)] = call
    answered = Answered(made.twice, facts, spans)
    for agent in failed & last.keys():
        call = last[agent]
        if call not in errors and answered.is_unanswered(call):
            errors[call] = made.twice.refused[call] = errors[agent]


def _agent_around(place: int, made: Forest, facts: Facts, nearest: dict[int, int]) -> int:
    """The innermost agent around a span."""
    here, passed = int(made.parent[place]), []
    while here != NONE and here not in nearest and facts.kind[here] != AGENT:
        passed.append(here)
        here = int(made.parent[here])
    found = nearest.get(here, here)
    nearest.update(dict.fromkeys(passed, found))
    return found
