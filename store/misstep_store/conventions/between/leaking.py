"""Spans that name a call as their parent which had answered before they began.

Some instrumentations leave a call's context behind when it ends: all that follows in the program
then names that call, so that it would look like a step around everything. What begins later is
beside the call, not inside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from misstep_store.conventions.between.partners import SLACK_NANO
from misstep_store.conventions.types import Draft


def lift(drafts: Sequence[Draft], parents: dict[str, str], known: Mapping[str, Draft]) -> None:
    """Gives such spans the parent of the call; ``parents`` is changed in place.

    Args:
        drafts: by the time at which they began.
    """
    lifted: dict[str, str] = {}
    for draft in drafts:
        parent = known.get(parents.get(draft.id, ""))
        if parent is not None and follows(draft, parent):
            parents[draft.id] = _past(draft.span.start_unix_nano, parent.id, parents, known, lifted)


def _past(
    start: int,
    here: str,
    parents: Mapping[str, str],
    known: Mapping[str, Draft],
    lifted: dict[str, str],
) -> str:
    """The nearest span from a call on that had not answered and ended; as time goes by none of those
    passed comes back, so each is walked past once."""
    passed: set[str] = set()
    while here in known and here not in passed and _has_ended(known[here], start):
        passed.add(here)
        here = lifted.get(here, parents[here])
    if here in passed:  # a cycle
        here = ""
    for one in passed:
        lifted[one] = here
    return here


def _has_ended(call: Draft, start: int) -> bool:
    """Whether a call had told its answer, or that there was none, and ended."""
    told = call.has_output or call.error is not None
    return call.role == "call" and told and 0 < call.span.end_unix_nano < start


def follows(draft: Draft, call: Draft) -> bool:
    """Whether a span is neither inside a call nor another telling of it; clocks of other processes
    are not compared."""
    is_same = draft.span.scope.name == call.span.scope.name
    began = draft.span.start_unix_nano - (0 if is_same else SLACK_NANO)
    if draft.echo or not _has_ended(call, began):
        return False
    if draft.span.resource.attributes != call.span.resource.attributes:
        return False
    if draft.role != "call":
        return True
    if draft.response_id and call.response_id:
        return draft.response_id != call.response_id
    return is_same
