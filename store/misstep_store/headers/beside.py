"""Tools that an MCP server's protocol tells of beside an agent's own telling: as
:meth:`between.folding.Folder` folds them.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import Any

import numpy as np

from misstep_store.conventions.between.folding import MCP, serves
from misstep_store.conventions.between.partners import SLACK_NANO
from misstep_store.headers.spans import HOP, NONE, PART, TOOL, Facts, SpanColumns

_SILENT = (
    "mcp.",
    "jsonrpc.",
    "rpc.",
    "network.",
    "server.",
    "client.",
    "fastmcp.",
    "error.type",
    "gen_ai.operation.name",
    "gen_ai.tool.name",
    "gen_ai.tool.call.id",
)
"""Attributes that give a tool neither an input nor an output, the address of a resource apart."""


def served(
    parent: Any, trace: Any, end: Any, left: Any, stands: Any, *, facts: Facts, spans: SpanColumns
) -> tuple[Any, Any]:
    """Places of tools as servers tell of them, by start and id, and of the agents' tellings of them;
    traces with one that is not plainly told are left.

    Args:
        stands: the span that stands for each, by what was folded before.
    """
    number = facts.number_of(MCP)
    tools = np.flatnonzero((facts.kind == TOOL) & (facts.role == HOP))
    told = facts.by_convention[tools] == number
    none = np.empty(0, np.int64)
    if not told.any() or told.all():
        return none, none
    known: dict[tuple[int, int], list[int]] = {}
    for place in tools[~told & (stands[tools] == tools)].tolist():
        known.setdefault((int(trace[place]), int(parent[place])), []).append(place)
    inner = [p for p in tools[told].tolist() if (int(trace[p]), int(parent[p])) in known]
    inner = [p for p in inner if p in facts.bare and stands[p] == p and not left[trace[p]]]
    if not inner:
        return none, none
    busy = set(stands[stands != np.arange(len(stands))].tolist())
    busy.update(parent[facts.echo == PART].tolist())
    starts, ids = spans.start_unix_nano, spans.span_id
    pairs: list[tuple[int, int]] = []
    taken: Taken = Counter()
    for place in sorted(inner, key=lambda p: (starts[p], ids[p])):
        near = known[int(trace[place]), int(parent[place])]
        outer = _teller(place, near, taken, end, facts, spans)
        if outer == NONE:
            continue
        plain = parent[place] != NONE and place not in busy and end[place] and end[outer]
        if plain and not facts.echo[outer] and _is_silent(place, facts, spans):
            end[outer] = max(end[outer], end[place])
            pairs.append((place, outer))
        else:
            left[trace[place]] = True
    folded = np.array(pairs, np.int64).reshape(-1, 2)
    return folded[:, 0], folded[:, 1]


Taken = Counter[tuple[int, int]]
"""How many of one side, client or server, an agent's telling of a tool already stands for."""


def _teller(
    place: int, near: list[int], taken: Taken, end: Any, facts: Facts, spans: SpanColumns
) -> int:
    """The agent's telling of a tool: it ran around it and is called as it is."""
    starts, names = spans.start_unix_nano, facts.text["name"]
    start, ended = starts[place], end[place] or starts[place]
    found = [
        p
        for p in near
        if starts[p] <= start + SLACK_NANO
        and ended <= (end[p] or starts[p]) + SLACK_NANO
        and serves(names[p] or "", names[place] or "")
    ]
    side = spans.kind[place]
    outer = min(
        found,
        key=lambda p: (taken[p, side], starts[p], spans.span_id[p]),
        default=NONE,
    )
    taken[outer, side] += 1
    return outer


def _is_silent(place: int, facts: Facts, spans: SpanColumns) -> bool:
    """Whether a tool surely says neither what it was given nor what it made, and was not judged."""
    return (
        not facts.echo[place]
        and place not in facts.drafts
        and place not in spans.logs
        and all(event.name == "exception" for event in spans.happened(place))
        and _are_silent(tuple(spans.attributes[place]))
    )


@lru_cache(maxsize=1024)
def _are_silent(keys: tuple[str, ...]) -> bool:
    return all(key.startswith(_SILENT) for key in keys)
