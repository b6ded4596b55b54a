"""What tells of several calls as of one, as :meth:`between.tree.Tree._open` makes steps of them."""

from __future__ import annotations

from misstep_store.headers.forest import Forest
from misstep_store.headers.spans import CALL, CHAIN, HOP, NONE, Facts, SpanColumns

_OF_ANSWER = ("response_id", "response_model")


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
        odd = step in facts.one_of or not all(map(twice.is_alone, (step, *calls)))
        if odd:
            made.left[made.trace[step]] = True
            continue
        twice.opened.update((place, (step, calls)) for place in (step, *calls))
        _part_out(step, calls, facts)


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
