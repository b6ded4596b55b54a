"""Calls that were refused where only the agent around them says so."""

from __future__ import annotations

from collections.abc import Mapping

from misstep_store.conventions.between.absorbing import made_nothing
from misstep_store.conventions.types import Draft


def refuse(drafts: Mapping[str, Draft], parents: Mapping[str, str]) -> None:
    """Gives the failure of an agent that tells of its calls' to the last call in it, where that made
    nothing; calls of an agent inside are that one's."""
    failed = {i for i, d in drafts.items() if d.tells_failures and d.error is not None}
    if not failed:
        return
    nearest: dict[str, str] = {}
    last: dict[str, Draft] = {}
    for call in drafts.values():
        if call.role != "call":
            continue
        agent = _agent_around(call.id, drafts, parents, nearest)
        known = last.get(agent)
        if agent in failed and (known is None or _began(known) <= _began(call)):
            last[agent] = call
    for agent, call in last.items():
        if call.error is None and made_nothing(call):
            call.error = drafts[agent].error


def _began(call: Draft) -> int:
    return call.span.start_unix_nano


def _agent_around(
    span_id: str,
    drafts: Mapping[str, Draft],
    parents: Mapping[str, str],
    nearest: dict[str, str],
) -> str:
    """The innermost agent around a span; empty where there is none."""
    here, passed = parents.get(span_id, ""), []
    while here in drafts and here not in nearest and drafts[here].kind != "agent":
        passed.append(here)
        here = parents.get(here, "")
    found = nearest.get(here, here)
    nearest.update(dict.fromkeys(passed, found))
    return found
