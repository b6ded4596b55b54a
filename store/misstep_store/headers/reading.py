"""Facts of many spans: together where they are alike, one by one where they are not."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import Any, cast

import numpy as np

from misstep import semconv as sc
from misstep_store import conventions
from misstep_store.conventions import genai_events as events
from misstep_store.conventions import openinference
from misstep_store.conventions.folding import is_bare
from misstep_store.conventions.misstep_own import NAME as OWN
from misstep_store.conventions.types import Draft
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

_MAX_SHAPES = 20_000
_MAX_PLANS = 200
_FOREIGN = frozenset({"strands-agents", "autogen"})


class _Shape:
    """Spans of one scope with the same attribute keys.

    ``deciding``: keys whose values decide how they are read; ``by_name``: whether their names do,
    ``by_kind``: whether their span kinds do, ``by_library``: whether the library does that is seen
    in what they hold.
    """

    __slots__ = ("by_kind", "by_library", "by_name", "deciding", "openlit", "plans")

    def __init__(self, scope: str, a: Attributes, *, openlit: bool) -> None:
        self.deciding = plans.deciding(a)
        self.by_name = plans.by_name(scope)
        self.by_kind = plans.by_kind(a)
        self.by_library = plans.by_library(scope, a)
        self.openlit = openlit
        self.plans: dict[object, Plan | None] = {}


Layers = Sequence[Mapping[str, Any]]
"""Details of a span, the first with most say."""
_Group = tuple[_Shape, object, list[int], list[Attributes]]
_SHAPES: dict[tuple[object, ...], _Shape] = {}


def read(spans: SpanColumns) -> Facts:
    """The facts of each span, at its place."""
    facts = Facts.empty(len(spans))
    groups, odd = _grouped(spans)
    facts.serviced.update(odd)
    alike: list[tuple[Plan, Rows]] = []
    for shape, key, places, many in groups:
        plan = _plan(shape, key, spans, places[0], many[0])
        if plan is None or (plan.foreign and _foreign(spans, places, many)):
            odd += places
        else:
            alike.append((plan, read_alike(plan, spans, places, many)))
        if sc.SERVICE_NAME in many[0] or sc.SERVICE_VERSION in many[0]:
            facts.serviced.update(places)
    odd += take(alike, spans, facts)
    for place in odd:
        _read_one(spans, place, facts)
    return facts


def _grouped(spans: SpanColumns) -> tuple[list[_Group], list[int]]:
    """Spans by attribute keys, scope and deciding values; and places of those that are unusual."""
    groups: list[_Group] = []
    odd: list[int] = []
    if len(_SHAPES) > _MAX_SHAPES:
        _SHAPES.clear()
    happened, details = _happened(spans)
    openlit = _openlit(spans)
    for similar in _by_keys(spans.attributes, details):
        told: list[list[Any]] = [[spans.scope[p] for p in similar]]
        told += [[column[p] for p in similar] for column in (openlit, happened) if column]
        for key, places in _split(similar, told, odd):
            many = [spans.attributes[p] for p in places]
            if places[0] in details:
                many = _detailed(spans, places, many, details)
            shape = _shape(key[0], many[0], openlit=bool(openlit and key[1]))
            told = [[a[k] for a in many] for k in shape.deciding]
            if shape.by_name:
                told.append([plans.name_class(spans.name[p]) for p in places])
            if shape.by_kind:
                told.append([spans.kind[p] for p in places])
            if shape.by_library:
                told.append([_library(spans, p) for p in places])
            at = dict(zip(places, many, strict=True)) if len(many) > 1 else {places[0]: many[0]}
            for more, some in _split(places, told, odd):
                of = many if some is places else [at[p] for p in some]
                groups.append((shape, (key[-1] if happened else None, more), some, of))
    return groups, odd


def _library(spans: SpanColumns, place: int) -> str:
    return plans.library_of(spans.scope[place], spans.name[place], spans.attributes[place])


def _by_keys(attributes: Sequence[Attributes], details: dict[int, Layers]) -> list[list[int]]:
    """Places of those that have the same keys in the same order, and details with the same."""
    hashes = np.fromiter(map(hash, map(tuple, attributes)), np.int64, len(attributes))
    for place, layers in details.items():
        hashes[place] = hash((int(hashes[place]), *map(tuple, layers)))
    order = np.argsort(hashes, kind="stable")
    edges = (np.flatnonzero(np.diff(hashes[order])) + 1).tolist()
    places: list[int] = order.tolist()
    bounds = itertools.pairwise([0, *edges, len(places)])
    return [places[low:high] for low, high in bounds]


def _split(
    places: list[int], told: list[list[Any]], odd: list[int]
) -> Iterable[tuple[tuple[Any, ...], list[int]]]:
    """Places by what is told of each; ``odd`` gets those of which a list is told where a word
    should be."""
    try:
        if all(len(set(column)) == 1 for column in told):
            return [(tuple(column[0] for column in told), places)]
    except TypeError:
        pass
    found: dict[tuple[Any, ...], list[int]] = {}
    for place, key in zip(places, zip(*told, strict=True), strict=True):
        try:
            found.setdefault(key, []).append(place)
        except TypeError:
            odd.append(place)
    return found.items()


def _shape(scope: str, a: Attributes, *, openlit: bool) -> _Shape:
    key = (scope, openlit, *a)
    found = _SHAPES.get(key)
    if found is None:
        found = _SHAPES[key] = _Shape(scope, a, openlit=openlit)
    return found


def _openlit(spans: SpanColumns) -> list[bool]:
    """Whether OpenLIT made each span; empty when it made none."""
    made = [r.attributes.get("telemetry.sdk.name") == "openlit" for r in spans.resources]
    return np.array(made)[spans.resource_of].tolist() if any(made) else []


def _happened(spans: SpanColumns) -> tuple[list[object], dict[int, Layers]]:
    """What kinds of events and logs each span has, empty when none has any; and of those with
    details the layers of them."""
    if not spans.logs and all(spans.plain):
        return [], {}
    happened: list[object] = [None] * len(spans)
    details: dict[int, Layers] = {}
    known: dict[object, tuple[object, bool, list[int]]] = {}
    for place, logged in spans.logs.told():
        if not spans.plain[place]:
            continue
        told = known.get(logged)
        if told is None:
            told = known[logged] = _kinds((), logged)
        happened[place], has_details, at = told
        if has_details:
            details[place] = events.layers((), spans.logs.at(place, at))
    for place in (n for n, plain in enumerate(spans.plain) if not plain):
        took_place = spans.events(place)
        key = tuple([e.name for e in took_place]), spans.logs.names(place)
        told = known.get(key)
        if told is None:
            told = known[key] = _kinds(*key)
        happened[place], has_details, at = told
        if has_details:
            records = spans.logs.at(place, at) if at else ()
            details[place] = events.layers(took_place, records)
    return happened, details


def _kinds(names: tuple[str, ...], logged: tuple[str, ...]) -> tuple[object, bool, list[int]]:
    """What kinds of events and logs these are, whether one has details, and which logs have."""
    classes = {*map(plans.name_class, names), *logged}
    at = [n for n, name in enumerate(logged) if name == events.DETAILS]
    return (bool(logged), *sorted(classes)), bool(at) or events.DETAILS in names, at


def _detailed(
    spans: SpanColumns, places: list[int], many: list[Attributes], details: dict[int, Layers]
) -> list[Attributes]:
    """Attributes with what details add, of spans of one scope that agree in the keys of both;
    OpenInference reads its own alone."""
    reader = conventions.of_scope(spans.scope[places[0]])
    unsure = reader is None or "openinference.span.kind" in many[0]
    if not unsure and reader is openinference.CONVENTION:
        return many
    first = many[0].keys()
    added: dict[str, int] = {}
    for number, layer in enumerate(details[places[0]]):
        for key in layer:
            if key not in first:
                added.setdefault(key, number)
    listed = list(added.items())
    made = []
    for place, a in zip(places, many, strict=True):
        if unsure and conventions.convention_of(spans.span(place)) is openinference.CONVENTION:
            made.append(a)
            continue
        layers, whole = details[place], a.copy()
        for key, number in listed:
            whole[key] = layers[number][key]
        made.append(whole)
    return made


def _plan(shape: _Shape, key: object, spans: SpanColumns, place: int, a: Attributes) -> Plan | None:
    """The plan for such spans, if it finds what their convention finds in the first of them."""
    try:
        return shape.plans[key]
    except KeyError:
        if len(shape.plans) >= _MAX_PLANS:
            shape.plans.clear()
        found = plans.plan_of(spans.span(place), a, spans.logs.of(place))
        if found is not None and not _agrees(found, spans, place, a):
            found = None
        shape.plans[key] = found
        return found


def _agrees(plan: Plan, spans: SpanColumns, place: int, a: Attributes) -> bool:
    """Whether a plan and the convention find the same in a span: what a new version of a library
    writes otherwise must not be read wrongly, only more slowly."""
    one = SpanColumns.of([replace(spans.span(place), trace_id="-")])
    one.logs = spans.logs.alone(place)
    together, alone = Facts.empty(1), Facts.empty(1)
    if take([(plan, read_alike(plan, one, [0], [a]))], one, together):
        return True  # it doubts itself
    _read_one(one, 0, alone)
    return together.same(alone)


def _foreign(spans: SpanColumns, places: Sequence[int], many: Sequence[Attributes]) -> bool:
    """Whether some convention may know these spans by a value or a name."""
    if any(spans.name[place] == "raw_gen_ai_request" for place in places):
        return True
    for key in ("gen_ai.system", "gen_ai.provider.name"):
        if key in many[0] and not _FOREIGN.isdisjoint(v for a in many if type(v := a[key]) is str):
            return True
    return False


# --- alike -------------------------------------------------------------------------------------


def read_alike(plan: Plan, spans: SpanColumns, places: list[int], many: list[Attributes]) -> Rows:
    """Runs the steps of a plan."""
    rows = Rows(spans, places, many)
    for step in plan.steps:
        step(rows)
    rows.text["name"] = cast(list[str | None], rows.names)
    ends = rows.text.get("finish_reason")
    if ends is not None:
        known = {e: None if e is None else values.finish(e) for e in set(ends)}
        rows.text["finish_reason"] = [known[e] for e in ends]
    return rows


def take(alike: Sequence[tuple[Plan, Rows]], spans: SpanColumns, facts: Facts) -> list[int]:
    """Puts what was found at its places; those of spans that their plans cannot tell."""
    if not alike:
        return []
    sizes = [len(rows.places) for _, rows in alike]
    at = np.fromiter(chain.from_iterable(rows.places for _, rows in alike), np.int64, sum(sizes))
    facts.role[at] = np.repeat([plan.role for plan, _ in alike], sizes)
    facts.kind[at] = np.repeat([plan.kind for plan, _ in alike], sizes)
    facts.echo[at] = np.repeat([plan.echo for plan, _ in alike], sizes)
    names = [plan.convention for plan, _ in alike]
    facts.text.writable("convention")[at] = np.repeat(np.array(names, object), sizes)
    facts.by_convention[at] = np.repeat([facts.number_of(name) for name in names], sizes)
    for fact in {name for _, rows in alike for name in rows.text}:
        columns = [rows.text.get(fact) or [None] * len(rows.places) for _, rows in alike]
        if any(c.count(None) < len(c) for c in columns):
            told = np.fromiter(chain.from_iterable(columns), object, len(at))
            facts.text.writable(fact)[at] = told
    counted = [(np.array(r.places), r.tokens) for _, r in alike if r.tokens is not None]
    if counted:
        where = np.concatenate([places for places, _ in counted])
        for n, name in enumerate(TOKENS):
            facts.tokens[name][where] = np.concatenate([tokens[n] for _, tokens in counted])
    doubtful: list[int] = []
    for plan, rows in alike:
        _take_rare(rows, facts)
        if plan.bare:
            facts.bare.update(rows.places)
        if plan.lends:
            facts.lends.update(rows.places)
        doubtful += [rows.places[n] for n in rows.doubtful]
    _take_failures(alike, np.repeat(np.arange(len(alike)), sizes), at, spans, facts)
    for place in doubtful:
        facts.forget(place)
    return doubtful


def _take_rare(rows: Rows, facts: Facts) -> None:
    """What few plans find."""
    places = rows.places
    for told, column in ((rows.cost, facts.cost_usd), (rows.first_token_ms, facts.first_token_ms)):
        if told is not None:
            column[places] = [np.nan if value is None else value for value in told]
    for n, tags in rows.tags.items():
        facts.tags[places[n]] = tags
    for n, heard in rows.heard.items():
        facts.heard[places[n]] = heard
    for n, kind in rows.kinds.items():
        facts.kind[places[n]] = KIND_OF[kind]
    facts.left.update(places[n] for n in rows.left)
    for n, number in rows.attempt.items():
        facts.attempt[places[n]] = number


def _take_failures(
    alike: Sequence[tuple[Plan, Rows]], by: Any, at: Any, spans: SpanColumns, facts: Facts
) -> None:
    """Failures and links; ``by``: the number of the plan of the span at each place of ``at``."""
    fails = np.array([plan.fails for plan, _ in alike])
    status = spans.numbers("status_code")
    failing = np.flatnonzero(fails[by] | (status[at] == 2))
    for place, number in zip(at[failing].tolist(), by[failing].tolist(), strict=True):
        error = alike[number][0].failure(spans.span(place))
        if error is not None:
            facts.errors[place] = error
    for place in spans.linked.intersection(at.tolist()) if spans.linked else ():
        facts.links[place] = [x.span_id for x in spans.span(place).links]


# --- one by one --------------------------------------------------------------------------------


def _read_one(spans: SpanColumns, place: int, facts: Facts) -> None:
    draft = conventions.read(spans.span(place), spans.logs.of(place))
    facts.drafts[place] = draft
    facts.role[place], facts.kind[place] = ROLE_OF.get(draft.role, 2), KIND_OF[draft.kind]
    text = facts.text
    for name in TEXTS:
        value = getattr(draft, name, None)
        if value is not None:
            text.writable(name)[place] = value
    facts.by_convention[place] = facts.number_of(draft.convention)
    if draft.recording is not None:
        text.writable("code_hash")[place] = draft.recording.code_hash
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
    _read_tree(draft, place, facts)


def _read_tree(draft: Draft, place: int, facts: Facts) -> None:
    """What decides how a span stands in its trace."""
    own = draft.convention == OWN and draft.attempt > 1
    unusual = own or draft.attempt_group or draft.attempts
    if draft.lends:
        facts.lends.add(place)
    if draft.kind in ("tool", "agent") and is_bare(draft) and draft.recording is None:
        facts.bare.add(place)
    if unusual or draft.role == "mark":
        facts.left.add(place)
