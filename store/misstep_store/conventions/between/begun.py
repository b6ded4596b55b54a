"""Spans that are told of when they begin, as Logfire's exporters do, so that they are seen running.

What tells so is a span of its own inside the one that began, and names whose child that is.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

from misstep_store.conventions.types import Draft

PARENT = "logfire.pending_parent_id"


def is_telling(a: Mapping[str, Any]) -> bool:
    """Whether a span with these attributes only tells that another began."""
    return a.get("logfire.span_type") == "pending_span" and isinstance(a.get(PARENT), str)


def settle(known: MutableMapping[str, Draft], parents: MutableMapping[str, str]) -> dict[str, str]:
    """Leaves out what tells of spans that came, and puts the rest in the place of those that did not;
    what is inside of either is inside of the span that it tells of.

    Args:
        known: drafts by their ids, and their ``parents``; both are changed.

    Returns:
        {id of a span left out: the span that it told of}
    """
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
