"""Tries of one logical call: which of several calls belong together, and what each was."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from misstep.model import Attempt, ErrorInfo
from misstep_store.conventions.asking import question
from misstep_store.conventions.types import Draft
from misstep_store.conventions.values.shapes import quick

_MAX_OPEN = 16
"""How many failed calls a later one may be the next try of."""


@dataclass(slots=True)
class Node:
    """A draft and what was folded into it."""

    draft: Draft
    merged: list[str] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    call: Node | None = None
    counted: bool = True

    @property
    def id(self) -> str:
        """The span id."""
        return self.draft.span.span_id


def chains(calls: Sequence[Draft]) -> list[Node]:
    """Sibling calls with the tries of one logical call folded into its last try.

    A try belongs to the one before when both are in one ``attempts`` block, or when the one before
    failed and asked the same."""
    for call in calls:
        if call.attempt_name:  # what its block is called, whichever model answered
            call.name = call.attempt_name
    if len(calls) == 1:
        only = calls[0]
        node = Node(only, attempts=list(only.attempts))
        if only.attempt > 1 and not node.attempts:
            node.attempts = [attempt_of(only, 1)]
        return [node]
    tries: list[list[Draft]] = []
    open_: list[list[Draft]] = []
    for draft in sorted(calls, key=lambda d: (d.span.start_unix_nano, d.span.span_id)):
        at = _last(open_, draft)
        is_over = (
            draft.error is None and not draft.attempt_group
        )  # what succeeded is not tried again
        if at is not None:
            open_[at].append(draft)
            if is_over:
                del open_[at]
            continue
        tries.append([draft])
        if not is_over:
            open_.append(tries[-1])
    return [_node(chain) for chain in tries]


def _last(open_: Sequence[Sequence[Draft]], draft: Draft) -> int | None:
    """Where the try stands that a call continues, of the last :data:`_MAX_OPEN`."""
    last = range(len(open_) - 1, max(-1, len(open_) - 1 - _MAX_OPEN), -1)
    return next((n for n in last if _continues(open_[n][-1], draft)), None)


def _node(chain: list[Draft]) -> Node:
    last = chain[-1]
    node = Node(last, merged=[d.id for d in chain[:-1]], attempts=list(last.attempts))
    if not node.attempts and (len(chain) > 1 or last.attempt > 1):
        node.attempts = [attempt_of(d, n) for n, d in enumerate(chain, 1)]
    return node


def _continues(before: Draft, after: Draft) -> bool:
    if before.attempt_group or after.attempt_group:
        return before.attempt_group == after.attempt_group
    ended = before.span.end_unix_nano or before.span.start_unix_nano
    return (
        before.error is not None
        and ended <= after.span.start_unix_nano
        and before.kind == after.kind
        and bool(before.messages_in or before.input is not None)
        and question(before) == question(after)
    )


def attempt_of(draft: Draft, number: int) -> Attempt:
    """A call as one try of several."""
    span = draft.span
    after = draft.retry_after_s
    told = (draft.response_id, draft.finish_reason)
    served = answering(draft.response_model, draft.request_model, *told, error=draft.error)
    values = {
        "number": number,
        "hop_id": span.span_id,
        "provider": draft.provider,
        "request_model": draft.request_model,
        "response_model": served,
        "status": draft.status,
        "reason": draft.attempt_reason or (draft.error.type if draft.error else None),
        "retry_after_s": None if after is None else float(after),
        "duration_ms": max(0, span.end_unix_nano - span.start_unix_nano) / 1e6,
        "ok": draft.error is None,
    }
    return quick(Attempt, values)


def answering(
    served: str | None, asked: str | None, *told: str | None, error: ErrorInfo | None
) -> str | None:
    """The model that answered a call; None of one that failed and names the one it asked for, as many
    write that at its start, where nothing of what is ``told`` of an answer is there: no id of one, and
    no word why it ended."""
    return None if error is not None and served == asked and not any(told) else served


def request_attempt(call: Draft, request: Draft, number: int) -> Attempt:
    """A request on the wire, or to one of several models, as one try of its call."""
    made = attempt_of(request, number)
    made.provider = request.provider or call.provider
    made.request_model = request.request_model or call.request_model
    made.response_model = call.response_model if made.ok else None
    return made


def are_batches_of(outer: Draft, inner: Sequence[Draft]) -> bool:
    """Whether calls share the work of a step around them, as many texts are embedded some at a time;
    what that counts is then the sum of theirs."""
    return outer.kind in IN_BATCHES and all(
        d.kind == outer.kind and d.span.scope.name == outer.span.scope.name for d in inner
    )


IN_BATCHES = ("embedding", "reranker")
"""Kinds of calls that share the work of one step."""
