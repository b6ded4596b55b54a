"""Facts of many spans: together where they are alike, one by one where they are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from misstep_store import conventions
from misstep_store.conventions import genai_events as events
from misstep_store.conventions import openinference
from misstep_store.conventions.misstep_own import NAME as OWN
from misstep_store.headers import plans, values
from misstep_store.headers.plans import Plan
from misstep_store.headers.rows import Attributes, Rows
from misstep_store.headers.spans import (
    ECHO_OF,
    KIND_OF,
    ROLE_OF,
    TEXTS,
    TOKENS,
    Facts,
    SpanColumns,
)
from misstep_store.otlp.spans import Resource

_MAX_SHAPES = 20_000
_MAX_PLANS = 200
_FOREIGN = frozenset({"strands-agents", "autogen"})


class _Shape:
    """Spans of one scope with the same attribute keys.

    ``deciding``: keys whose values decide how they are read; ``by_name``: whether their names do,
    ``by_kind``: whether their span kinds do.
    """

    __slots__ = ("by_kind", "by_name", "deciding", "openlit", "plans")

    def __init__(self, scope: str, a: Attributes, *, openlit: bool) -> None:
        self.deciding = plans.deciding(a)
        self.by_name = plans.by_name(scope)
        self.by_kind = plans.by_kind(a)
        self.openlit = openlit
        self.plans: dict[object, Plan | None] = {}


_Group = tuple[list[int], list[Attributes]]
_SHAPES: dict[tuple[object, ...], _Shape] = {}


def read(spans: SpanColumns) -> Facts:
    """The facts of each span, at its place."""
    facts = Facts.empty(len(spans))
    groups, odd = _grouped(spans)
    for (shape, key), (places, many) in groups.items():
        plan = _plan(shape, key, spans, places[0], many[0])
        if plan is None or (plan.foreign and _foreign(spans, places, many)):
            odd += places
        else:
            odd += read_alike(plan, spans, places, many, facts)
    for place in odd:
        _read_one(spans, place, facts)
    return facts


def _grouped(spans: SpanColumns) -> tuple[dict[tuple[_Shape, object], _Group], list[int]]:
    """Spans by scope, attribute keys and deciding values; and places of those that are unusual."""
    groups: dict[tuple[_Shape, object], _Group] = {}
    odd: list[int] = []
    shapes = _SHAPES
    if len(shapes) > _MAX_SHAPES:
        shapes.clear()
    openlit = _openlit({id(r): r for r in spans.resource})
    rows = zip(spans.attributes, spans.scope, spans.resource, spans.plain, strict=True)
    for place, (a, scope, resource, plain) in enumerate(rows):
        happened: object = None
        if not plain:
            happened, a = _happened(spans, place, a)
        key = (scope, openlit[id(resource)], *a)
        try:
            shape = shapes[key]
        except KeyError:
            shape = shapes[key] = _Shape(scope, a, openlit=openlit[id(resource)])
        group: object = happened
        if shape.deciding:
            group = (happened, *map(a.get, shape.deciding))
        if shape.by_name:
            group = (group, plans.name_class(spans.name[place]))
        if shape.by_kind:
            group = (group, spans.kind[place])
        try:
            found = groups[shape, group]
        except KeyError:
            groups[shape, group] = ([place], [a])
            continue
        except TypeError:  # a list where a word should be
            odd.append(place)
            continue
        found[0].append(place)
        found[1].append(a)
    return groups, odd


def _openlit(resources: dict[int, Resource]) -> dict[int, bool]:
    name = "telemetry.sdk.name"
    return {i: r.attributes.get(name) == "openlit" for i, r in resources.items()}


def _happened(
    spans: SpanColumns, place: int, a: Attributes
) -> tuple[tuple[object, ...], Attributes]:
    """What kinds of events, links and logs a span has; its attributes with those of its details."""
    found = spans.events(place)
    names = {plans.name_class(e.name) for e in found}
    logs = spans.logs.get(place, ())
    logged = {events.event_name(r) for r in logs}
    if events.DETAILS in names or events.DETAILS in logged:
        span = spans.span(place)
        if conventions.convention_of(span).name != openinference.NAME:  # reads its own alone
            a = dict(events.with_details(span, logs))
    return (bool(logs), *sorted(names | logged)), a


def _plan(shape: _Shape, key: object, spans: SpanColumns, place: int, a: Attributes) -> Plan | None:
    """The plan for such spans, if it finds what their convention finds in the first of them."""
    try:
        return shape.plans[key]
    except KeyError:
        if len(shape.plans) >= _MAX_PLANS:
            shape.plans.clear()
        found = plans.plan_of(spans.span(place), a, spans.logs.get(place, ()))
        if found is not None and not _agrees(found, spans, place, a):
            found = None
        shape.plans[key] = found
        return found


def _agrees(plan: Plan, spans: SpanColumns, place: int, a: Attributes) -> bool:
    """Whether a plan and the convention find the same in a span: what a new version of a library
    writes otherwise must not be read wrongly, only more slowly."""
    one = SpanColumns.of([replace(spans.span(place), trace_id="-")])
    if place in spans.logs:
        one.logs[0] = spans.logs[place]
    together, alone = Facts.empty(1), Facts.empty(1)
    if read_alike(plan, one, [0], [a], together):
        return True  # it doubts itself
    _read_one(one, 0, alone)
    return together.same(alone)


def _foreign(spans: SpanColumns, places: Sequence[int], many: Sequence[Attributes]) -> bool:
    """Whether some convention may know these spans by a value or a name."""
    for place, a in zip(places, many, strict=True):
        if spans.name[place] == "raw_gen_ai_request":
            return True
        for key in ("gen_ai.system", "gen_ai.provider.name"):
            value = a.get(key)
            if type(value) is str and value in _FOREIGN:
                return True
    return False


# --- alike -------------------------------------------------------------------------------------


def read_alike(
    plan: Plan, spans: SpanColumns, places: list[int], many: list[Attributes], facts: Facts
) -> list[int]:
    """Runs the steps of a plan; the places of spans that it cannot tell."""
    rows = Rows(spans, places, many)
    for step in plan.steps:
        step(rows)
    at = np.array(places)
    facts.role[at], facts.kind[at] = plan.role, plan.kind
    if plan.echo:
        facts.echo[at] = plan.echo
    text = facts.text
    text["convention"][at] = plan.convention
    text["name"][at] = rows.names
    ends = rows.text.get("finish_reason")
    if ends is not None:
        rows.text["finish_reason"] = [None if e is None else values.finish(e) for e in ends]
    for fact, column in rows.text.items():
        text[fact][at] = column
    if rows.tokens is not None:
        for name, counts in zip(TOKENS, rows.tokens, strict=True):
            facts.tokens[name][at] = counts
    if rows.cost is not None:
        facts.cost_usd[at] = [np.nan if c is None else c for c in rows.cost]
    if rows.first_token_ms is not None:
        facts.first_token_ms[at] = [np.nan if t is None else t for t in rows.first_token_ms]
    for n, tags in rows.tags.items():
        facts.tags[places[n]] = tags
    for n, told in rows.heard.items():
        facts.heard[places[n]] = told
    for n, kind in rows.kinds.items():
        facts.kind[places[n]] = KIND_OF[kind]
    facts.left.update(places[n] for n in rows.left)
    for n, number in rows.attempt.items():
        facts.attempt[places[n]] = number
    _rare(plan, spans, places, facts)
    for n in rows.doubtful:
        facts.forget(places[n])
    return [places[n] for n in rows.doubtful]


def _rare(plan: Plan, spans: SpanColumns, places: Sequence[int], facts: Facts) -> None:
    """Failures and links."""
    status = spans.status_code
    for place in places:
        if status[place] == 2 or plan.fails:
            error = plan.failure(spans.span(place))
            if error is not None:
                facts.errors[place] = error
    for place in spans.linked.intersection(places) if spans.linked else ():
        facts.links[place] = [x.span_id for x in spans.span(place).links]


# --- one by one --------------------------------------------------------------------------------


def _read_one(spans: SpanColumns, place: int, facts: Facts) -> None:
    draft = conventions.read(spans.span(place), spans.logs.get(place, ()))
    facts.drafts[place] = draft
    facts.role[place], facts.kind[place] = ROLE_OF.get(draft.role, 2), KIND_OF[draft.kind]
    text = facts.text
    for name in TEXTS:
        value = getattr(draft, name, None)
        if value is not None:
            text[name][place] = value
    if draft.recording is not None:
        text["code_hash"][place] = draft.recording.code_hash
    if any(draft.usage):
        for name, number in zip(TOKENS, draft.usage, strict=True):
            facts.tokens[name][place] = number
    if draft.cost_usd is not None:
        facts.cost_usd[place] = draft.cost_usd
    if draft.time_to_first_token_ms is not None:
        facts.first_token_ms[place] = draft.time_to_first_token_ms
    if draft.tags:
        facts.tags[place] = draft.tags
    if draft.error is not None:
        facts.errors[place] = draft.error
    if draft.heard:
        facts.heard[place] = draft.heard
    facts.echo[place] = ECHO_OF[draft.echo]
    if draft.span.links:
        facts.links[place] = [x.span_id for x in draft.span.links]
    if draft.attempt > 1:
        facts.attempt[place] = draft.attempt
    own = draft.convention == OWN and draft.attempt > 1
    if own or draft.attempt_group or draft.attempts or draft.role == "mark":
        facts.left.add(place)
