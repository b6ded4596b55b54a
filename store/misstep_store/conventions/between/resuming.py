"""Calls whose answer was held back until a person had agreed to it, told of in two halves.

The first half was asked and says nothing of what was answered; the second, which names the span that
it goes on from, says what was and was asked nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from misstep_store.conventions.between.absorbing import absorb
from misstep_store.conventions.types import Draft


def halves(
    drafts: Mapping[str, Draft], parents: Mapping[str, str]
) -> Iterator[tuple[Draft, Draft]]:
    """Each second half, its step and its call, with the first half of it."""
    resumed = [d for d in drafts.values() if d.resumes]
    if not resumed:
        return
    around = {d.id for d in resumed} | {d.resumes for d in resumed}
    inside: dict[str, list[Draft]] = {i: [] for i in around if i is not None}
    for draft in drafts.values():
        if draft.role == "call":
            above = parents[draft.id]
            for outer in (above, parents.get(above, "")):
                if outer in inside:
                    inside[outer].append(draft)
    last = {
        i: max(calls, key=lambda d: d.span.start_unix_nano) for i, calls in inside.items() if calls
    }
    taken: set[str] = set()
    for step in resumed:
        first = last.get(step.resumes or "")
        answered = inside[step.id]
        if len(answered) != 1 or first is None:
            continue
        call = answered[0]
        begun = drafts[parents[first.id]]
        if not taken.isdisjoint((call.id, first.id)):
            continue  # each is a half of one call
        if parents[call.id] == step.id and begun.lends and _is_first(first, call):
            taken |= {call.id, first.id}
            yield step, begun
            yield call, first


def join(second: Draft, first: Draft) -> None:
    """What the second half says is the first's, which ended when it was held back."""
    ended = first.end_unix_nano
    absorb(first, second)
    first.end_unix_nano = ended


def _is_first(first: Draft, second: Draft) -> bool:
    return (
        first.id != second.id
        and first.error is None
        and not any(first.usage)
        and first.finish_reason is None
        and first.span.start_unix_nano < second.span.start_unix_nano
    )
