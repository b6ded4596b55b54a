"""Several spans that are one call: doubled spans, retries and failovers."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from misstep.model import Attempt, Message
from misstep_store.conventions.types import Draft


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


def without_doubles(drafts: Sequence[Draft]) -> tuple[list[Draft], dict[str, str]]:
    """Drafts with each call once, and {span left out: span that stands for it}.

    Two spans are one call when different libraries report the same response id."""
    groups: dict[str, list[Draft]] = defaultdict(list)
    for draft in drafts:
        if draft.role == "call" and draft.response_id:
            groups[draft.response_id].append(draft)
    dropped: dict[str, str] = {}
    for group in groups.values():
        if len({d.span.scope.name for d in group}) > 1:
            best = max(group, key=_richness)
            for other in group:
                if other is not best and other.span.scope.name != best.span.scope.name:
                    dropped[other.span.span_id] = best.span.span_id
    return [d for d in drafts if d.span.span_id not in dropped], dropped


def _richness(draft: Draft) -> tuple[int, int]:
    told = [draft.messages_in, draft.messages_out, draft.usage.input_tokens, draft.request_model]
    return sum(1 for t in told if t), len(draft.span.attributes)


def chains(calls: Iterable[Draft]) -> list[Node]:
    """Sibling calls with the tries of one logical call folded into its last try.

    A try belongs to the one before when both are in one ``attempts`` block, or when the one before
    failed and asked the same."""
    nodes: list[Node] = []
    tries: list[list[Draft]] = []
    for draft in sorted(calls, key=lambda d: (d.span.start_unix_nano, d.span.span_id)):
        chain = next((c for c in reversed(tries) if _continues(c[-1], draft)), None)
        if chain is None:
            tries.append([draft])
        else:
            chain.append(draft)
    for chain in tries:
        node = Node(chain[-1], merged=[d.span.span_id for d in chain[:-1]])
        if len(chain) > 1 or chain[-1].attempt > 1:
            node.attempts = [_attempt(d, n) for n, d in enumerate(chain, 1)]
        nodes.append(node)
    return nodes


def _continues(before: Draft, after: Draft) -> bool:
    if before.attempt_group or after.attempt_group:
        return before.attempt_group == after.attempt_group
    ended = before.span.end_unix_nano or before.span.start_unix_nano
    return (
        before.error is not None
        and ended <= after.span.start_unix_nano
        and before.kind == after.kind
        and _question(before) == _question(after)
    )


def _question(draft: Draft) -> str:
    """What was asked, whichever wire format carried it."""
    texts = [draft.system or ""] + [_words(m) for m in draft.messages_in if m.role != "system"]
    return hashlib.blake2b("\x00".join(texts).encode("utf-8", "replace")).hexdigest()


def _words(message: Message) -> str:
    parts = [
        str(p.get("content", p.get("response", p.get("arguments", "")))) for p in message.parts
    ]
    return message.role + ":" + "\n".join(parts)


def _attempt(draft: Draft, number: int) -> Attempt:
    span = draft.span
    return Attempt(
        number=number,
        hop_id=span.span_id,
        provider=draft.provider,
        request_model=draft.request_model,
        response_model=draft.response_model,
        status=draft.status,
        reason=draft.attempt_reason or (draft.error.type if draft.error else None),
        retry_after_s=draft.retry_after_s,
        duration_ms=max(0, span.end_unix_nano - span.start_unix_nano) / 1e6,
        ok=draft.error is None,
    )
