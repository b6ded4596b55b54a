"""What tells of several calls as of one, as :meth:`between.tree.Tree._open` makes steps of them."""

from __future__ import annotations

from misstep_store.headers.forest import Forest
from misstep_store.headers.spans import (
    CALL,
    CHAIN,
    HOP,
    KIND_OF,
    NONE,
    ROLE_OF,
    TOKENS,
    Facts,
    SpanColumns,
)
from misstep_store.headers.twice import Twice

_OF_ANSWER = ("response_id", "response_model")
_OF_CALLS = (*_OF_ANSWER, "provider", "request_model", "finish_reason")


def open_steps(made: Forest, facts: Facts, spans: SpanColumns) -> None:
    """Gives the calls inside what such steps tell; traces in which another span tells of one of them
    are left. ``made`` and the facts are changed in place."""
    if not facts.one_of:
        return
    twice, parent = made.twice, made.parent
    starts, ids = spans.start_unix_nano, spans.span_id
    inside: dict[int, list[int]] = {}
    for call in sorted(facts.one_of, key=lambda p: (starts[p], ids[p])):
        step = int(parent[call])
        if not twice.gone[call] and step != NONE and facts.role[step] == CALL:
            inside.setdefault(step, []).append(call)
    for step, calls in inside.items():
        by_steps = facts.role[calls[0]] != CALL
        if by_steps and len(calls) == 1:
            continue
        places = (step, *calls)
        if by_steps:  # with their pieces folded into them
            odd = any(twice.gone[p] or twice.is_told_of(p) for p in places)
        else:
            odd = step in facts.one_of or not all(map(twice.is_alone, places))
        if odd:
            made.left[made.trace[step]] = True
            continue
        twice.opened.update((place, (step, calls)) for place in (step, *calls))
        if by_steps:
            _take_apart(step, calls, twice, facts, spans)
        else:
            _part_out(step, calls, facts)


def _take_apart(
    step: int, calls: list[int], twice: Twice, facts: Facts, spans: SpanColumns
) -> None:
    """As :func:`mastra.take_apart`; the few such steps are read whole."""
    made = [(place, twice.draft(place, spans, facts)) for place in (step, *calls)]
    if ROLE_OF[made[0][1].role] == CALL:
        del twice.parted[step]
        for place, _ in made:
            del twice.opened[place]
        return
    for place, draft in made:
        facts.role[place], facts.kind[place] = ROLE_OF[draft.role], KIND_OF[draft.kind]
        facts.lends.discard(place)
        if draft.error is not None:
            facts.errors[place] = draft.error
        for name in _OF_CALLS:
            facts.text.put(name, place, getattr(draft, name))
        for name, number in zip(TOKENS, draft.usage, strict=True):
            facts.tokens[name][place] = number


def _part_out(step: int, calls: list[int], facts: Facts) -> None:
    """As :func:`calling.part_out`."""
    text = facts.text
    for name in _OF_ANSWER:
        text.put(name, calls[-1], text.one(name, step))
    provider = text.one("provider", step)
    for call in calls:
        if provider is not None and not text.one("provider", call):
            text.put("provider", call, provider)
    facts.role[step], facts.kind[step] = HOP, CHAIN
    for name in (*_OF_ANSWER, "finish_reason"):
        text.forget(name, step)
