"""Tools that an MCP server's protocol tells of beside an agent's own telling: as
:meth:`between.folding.Folder` folds them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from misstep_store.conventions.between.folding import MCP
from misstep_store.conventions.between.serving import Tellings, Told
from misstep_store.headers.columns.spans import HOP, NONE, PART, TOOL, Facts, SpanColumns

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
    around = zip(trace[tools].tolist(), parent[tools].tolist(), strict=True)
    places = dict(zip(tools.tolist(), around, strict=True))
    agents = tools[~told & (stands[tools] == tools)].tolist()
    known = {places[p] for p in agents}
    inner = [p for p in tools[told].tolist() if places[p] in known]
    inner = [p for p in inner if p in facts.bare and stands[p] == p and not left[trace[p]]]
    if not inner:
        return none, none
    busy = set(stands[stands != np.arange(len(stands))].tolist())
    busy.update(parent[facts.echo == PART].tolist())
    starts, ids = spans.start_unix_nano, spans.span_id
    names = facts.text["name"]

    def telling(place: int) -> Told[int]:
        start = starts[place]
        ended = int(end[place]) or start
        name = names[place] or ""
        return Told(place, places[place], name, start, ended, ids[place], spans.kind[place])

    pairs: list[tuple[int, int]] = []
    tellings = Tellings(map(telling, agents))
    for place in sorted(inner, key=lambda p: (starts[p], ids[p])):
        outer = tellings.of(telling(place))
        if outer is None:
            continue
        plain = parent[place] != NONE and place not in busy and end[place] and end[outer]
        if plain and not facts.echo[outer] and _is_silent(place, facts, spans):
            end[outer] = max(end[outer], end[place])
            tellings.stretch(outer, int(end[outer]))
            pairs.append((place, outer))
        else:
            left[trace[place]] = True
    folded = np.array(pairs, np.int64).reshape(-1, 2)
    return folded[:, 0], folded[:, 1]


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
