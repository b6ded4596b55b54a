"""Hops of agents' runs, as acts of one agent or as turns of several."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Literal

from misstep.model import Hop, Json
from misstep_diagnosis.agents.reading import Turn
from misstep_diagnosis.agents.spans import Act

_KINDS: dict[str, Literal["model", "tool", "agent", "chain"]] = {
    "llm": "model",
    "tool": "tool",
    "retriever": "tool",
    "agent": "agent",
}
_CALL = "/call"
_FEWEST_TURNS = 3


def acts_of(hops: Sequence[Hop]) -> list[Act]:
    """Acts in the order of the hops; a step merged with its one call becomes two acts again.

    The call's id is then the hop's id with a suffix: :func:`hop_id_of` takes it off.
    """
    acts: list[Act] = []
    for hop in hops:
        kind = _KINDS.get(hop.kind, "chain")
        merged_step = kind == "model" and bool(hop.merged)
        if merged_step:
            acts.append(Act(hop.hop_id, hop.parent_id, "chain", hop.name, failed=_failed(hop)))
        acts.append(
            Act(
                id=hop.hop_id + _CALL if merged_step else hop.hop_id,
                parent=hop.hop_id if merged_step else hop.parent_id,
                kind=kind,
                name=hop.name,
                received=_received(hop),
                produced=_produced(hop, kind),
                failed=_failed(hop),
            )
        )
    return acts


def hop_id_of(act_id: str) -> str:
    """The hop an act came from."""
    return act_id.removesuffix(_CALL)


def turns_of(asked: Json, hops: Sequence[Hop]) -> list[tuple[str | None, Turn]]:
    """(hop id, turn) of a conversation, the request first with no hop; empty when it is none.

    A conversation is what several agents said one after the other, each turn a hop of kind agent,
    none inside another.
    """
    spoken = [h for h in hops if h.kind == "agent" and (h.messages_out or h.output is not None)]
    ids = {h.hop_id for h in spoken}
    names = {h.name for h in spoken}
    nested = any(h.parent_id in ids for h in spoken)
    if len(spoken) < _FEWEST_TURNS or len(names) < 2 or nested:
        return []
    said = [(h.hop_id, Turn(h.name, h.name, _produced(h, "agent"))) for h in spoken]
    return [(None, Turn("human", "human", _text(asked))), *said]


def _failed(hop: Hop) -> bool:
    return hop.error is not None


def _received(hop: Hop) -> str:
    if hop.messages_in:
        return "\n".join(m.text for m in hop.messages_in)
    return _text(hop.input)


def _produced(hop: Hop, kind: str) -> str:
    if kind == "agent" and hop.messages_out:
        return "\n".join(m.text for m in hop.messages_out)
    if kind != "model" or not hop.messages_out:
        return _text(hop.output)
    calls = [p for m in hop.messages_out for p in m.parts if p.get("type") == "tool_call"]
    said = "\n".join(m.text for m in hop.messages_out)
    return json.dumps({"content": said, "tool_calls": calls}, default=str)


def _text(value: Json) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, default=str)
