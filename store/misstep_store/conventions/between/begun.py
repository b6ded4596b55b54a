"""Spans that only tell of others, which may have come since.

Logfire's exporters tell of spans when they begin, so that they are seen running: what tells so is a
span of its own inside the one that began, and names whose child that is. A list of Langfuse's names
traces without their observations.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

from misstep_store.conventions.readers.langfuse import LISTED
from misstep_store.conventions.readers.langfuse import NAME as LANGFUSE
from misstep_store.conventions.types import Draft

PARENT = "logfire.pending_parent_id"


def is_telling(a: Mapping[str, Any]) -> bool:
    """Whether a span with these attributes only tells that another began."""
    return a.get("logfire.span_type") == "pending_span" and isinstance(a.get(PARENT), str)


def stands_for_others(a: Mapping[str, Any]) -> bool:
    """Whether a span with these attributes only tells of others, one that began or a whole trace."""
    return is_telling(a) or LISTED in a


def settle(known: MutableMapping[str, Draft], parents: MutableMapping[str, str]) -> dict[str, str]:
    """Leaves out what tells of spans that came, and puts the rest in the place of those that did not;
    what is inside of either is inside of the span that it tells of.

    Args:
        known: drafts by their ids, and their ``parents``; both are changed.

    Returns:
        {id of a span left out: the span that it told of}
    """
    return _began(known, parents) | _listed(known, parents)


def _listed(known: MutableMapping[str, Draft], parents: MutableMapping[str, str]) -> dict[str, str]:
    """The same of a trace that a list named: where several spans stand at its top, what stands for
    it is around them."""
    named = (i for i, d in known.items() if d.convention == LANGFUSE)
    listed = next((i for i in named if LISTED in known[i].span.attributes), None)
    tops = [i for i, p in parents.items() if not p and i != listed]
    if listed is None or not tops:
        return {}
    if len(tops) > 1:
        parents.update(dict.fromkeys(tops, listed))
        parents[listed] = ""
        return {}
    told, top = known.pop(listed), known[tops[0]]
    for name in ("session_id", "user_id", "tags", "pipeline", "version"):
        setattr(top, name, getattr(top, name) or getattr(told, name))
    del parents[listed]
    parents.update((i, tops[0]) for i, p in parents.items() if p == listed)
    return {listed: tops[0]}


def _began(known: MutableMapping[str, Draft], parents: MutableMapping[str, str]) -> dict[str, str]:
    telling = {i: d for i, d in known.items() if is_telling(d.span.attributes)}
    if not telling:
        return {}
    came: dict[str, str] = {}
    stands: dict[str, str] = {}
    for span_id, draft in telling.items():
        began = draft.span.parent_span_id
        if began in known and began not in telling:
            came[span_id] = began
            del parents[span_id]
        elif began:
            stands.setdefault(began, span_id)
    for span_id in came:
        del known[span_id]
    for span_id, draft in known.items():
        span = draft.span
        over = span.attributes[PARENT] if span_id in telling else span.parent_span_id
        over = came.get(over, over)
        over = over if over in known else stands.get(over, "")
        parents[span_id] = "" if over == span_id else over
    return came
