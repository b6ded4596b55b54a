"""Steps that were tried one after the other for one answer: each stays a hop, the later one tells of
those before it among its attempts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

from misstep.model import Attempt
from misstep_store.conventions.asking import question
from misstep_store.conventions.between.tries import Node, attempt_of
from misstep_store.conventions.types import Draft

_MAX_BEFORE = 16
"""How many tries a later one may go back."""
_MAX_TOLD = 32


def tell_failovers(nodes: Sequence[Node], parent: Callable[[str], str]) -> None:
    """Adds to steps around one model call, and to bare calls, the siblings they stand in for.

    A try continues another when both were begun in one ``attempts`` block, or when the other failed
    and had asked the same; ``parent`` gives the id of the span around a span."""
    siblings: dict[str, list[Node]] = defaultdict(list)
    for node in nodes:
        if node.call is not None or node.draft.role == "call":
            siblings[parent(node.id)].append(node)
    for group in siblings.values():
        if len(group) > 1 and any(n.draft.error or n.draft.attempt_group for n in group):
            _chain(sorted(group, key=lambda n: (n.draft.span.start_unix_nano, n.id)))


def _chain(group: Sequence[Node]) -> None:
    told: dict[str, list[Attempt]] = {}
    open_: list[Node] = []
    for node in group:
        last = range(len(open_) - 1, max(-1, len(open_) - 1 - _MAX_BEFORE), -1)
        at = next((n for n in last if _continues(open_[n], node)), None)
        told[node.id] = own = list(node.attempts) or [_attempt(node)]
        if at is not None:
            before = open_.pop(at)
            told[node.id] = [*told[before.id], *own][-_MAX_TOLD:]
            node.attempts = [
                a.model_copy(update={"number": number}) for number, a in enumerate(told[node.id], 1)
            ]
        if node.draft.error is not None or node.draft.attempt_group:
            open_.append(node)  # what succeeded is not tried again


def _asked(node: Node) -> Draft:
    return node.draft if node.call is None else node.call.draft


def _continues(before: Node, after: Node) -> bool:
    first, second = before.draft, after.draft
    if first.attempt_group or second.attempt_group:
        return first.attempt_group == second.attempt_group
    one, other = _asked(before), _asked(after)
    return (
        first.error is not None
        and bool(first.span.end_unix_nano)
        and first.span.end_unix_nano <= second.span.start_unix_nano
        and one.kind == other.kind
        and bool(one.messages_in or one.input is not None)
        and question(one) == question(other)
    )


def _attempt(node: Node) -> Attempt:
    made = attempt_of(_asked(node), 1)
    error = node.draft.error
    return made.model_copy(
        update={
            "hop_id": node.id,
            "ok": error is None,
            "reason": made.reason or (error.type if error else None),
        }
    )
