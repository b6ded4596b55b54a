"""What tells of several calls as of one, as :meth:`between.tree.Tree._open` makes steps of them."""

from __future__ import annotations

from collections.abc import Sequence

from misstep_store.conventions.readers import mastra
from misstep_store.conventions.types import NO_USAGE
from misstep_store.headers.between.forest import Forest
from misstep_store.headers.between.twice import Twice
from misstep_store.headers.columns.spans import (
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
from misstep_store.headers.raw import answers

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
    """As :func:`mastra.take_apart`; where one of them counts nothing they are read whole."""
    text = facts.text
    told = [answers.about(spans.attributes[call].get(mastra.ANSWER)) for call in calls]
    if all(used[0] or used[1] for *_, used, _ in told):
        around = text.one("request_model", step), text.one("provider", step)
        for call, (*_, finish, used, _) in zip(calls, told, strict=True):
            model, whose = mastra.asked_in(spans.attributes[call])
            _put(call, (CALL, _LLM), used, facts)
            text.put("request_model", call, model or around[0])
            text.put("provider", call, whose or around[1])
            text.put("finish_reason", call, finish)
        _put(step, (HOP, CHAIN), NO_USAGE, facts)
        for name in _OF_CALLS:
            text.forget(name, step)
        return
    made = [(place, twice.draft(place, spans, facts)) for place in (step, *calls)]
    if ROLE_OF[made[0][1].role] == CALL:
        del twice.parted[step]
        for place, _ in made:
            del twice.opened[place]
        return
    for place, draft in made:
        _put(place, (ROLE_OF[draft.role], KIND_OF[draft.kind]), draft.usage, facts)
        if draft.error is not None:
            facts.errors[place] = draft.error
        for name in _OF_CALLS:
            facts.text.put(name, place, getattr(draft, name))


def _put(place: int, stands: tuple[int, int], used: Sequence[int], facts: Facts) -> None:
    facts.role[place], facts.kind[place] = stands
    facts.lends.discard(place)
    for name, number in zip(TOKENS, used, strict=True):
        facts.tokens[name][place] = number


_LLM = KIND_OF["llm"]


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
