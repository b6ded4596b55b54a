"""Facts of many spans: together where they are alike, one by one where they are not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import chain, pairwise, repeat
from operator import attrgetter, itemgetter
from typing import Any, cast

import numpy as np

from misstep import semconv as sc
from misstep.model import ErrorInfo
from misstep_store import conventions
from misstep_store.conventions.between import begun
from misstep_store.conventions.between.folding import is_bare
from misstep_store.conventions.finishing import model_named
from misstep_store.conventions.readers.misstep_own import NAME as OWN
from misstep_store.conventions.types import Draft
from misstep_store.conventions.values import errors
from misstep_store.headers import plans
from misstep_store.headers.columns import values
from misstep_store.headers.columns.logs import Logs
from misstep_store.headers.columns.spans import (
    ECHO_OF,
    KIND_OF,
    ROLE_OF,
    TEXTS,
    TOKENS,
    Facts,
    SpanColumns,
    at,
)
from misstep_store.headers.groups import Shape, grouped
from misstep_store.headers.plans import Plan, wordless
from misstep_store.headers.plans.sameness import first_of
from misstep_store.headers.steps.rows import Attributes, Rows
from misstep_store.otlp.spans import Span, SpanEvent

MOST_AT_ONCE = 600
"""About so many spans are read at once: what they hold stays near the processor meanwhile."""
_MAX_PLANS = 200
_MAX_STACK = 10_000
_FOREIGN = frozenset({"strands-agents", "autogen"})


def read(spans: SpanColumns) -> Facts:
    """The facts of each span, at its place."""
    facts = Facts.empty(len(spans))
    groups, odd = grouped(spans)
    facts.serviced.update(odd)
    together: dict[int, tuple[Plan, list[int], list[Attributes]]] = {}
    for shape, key, places, many in groups:
        plan = _plan(shape, key, spans, places[0], many[0])
        if sc.SERVICE_NAME in many[0] or sc.SERVICE_VERSION in many[0]:
            facts.serviced.update(places)
        if plan is None or (plan.foreign and _foreign(spans, places, many)):
            odd += places
            continue
        _, before, attributes = together.setdefault(id(plan), (plan, [], []))
        before += places
        attributes += many
    alike = [
        (plan, read_alike(plan, spans, some, many[low : low + len(some)]))
        for plan, places, many in together.values()
        for low, some in _in_turn(places)
    ]
    odd += take(alike, spans, facts)
    for place in odd:
        _read_one(spans, place, facts)
    return facts


def _in_turn(places: list[int]) -> Iterable[tuple[int, list[int]]]:
    """Places a part at a time, parts of one size, each with the number of its first."""
    parts = max(1, round(len(places) / MOST_AT_ONCE))
    size = -(-len(places) // parts)
    return [(low, places[low : low + size]) for low in range(0, len(places), size)]


def _plan(shape: Shape, key: object, spans: SpanColumns, place: int, a: Attributes) -> Plan | None:
    """The plan for such spans, if it finds what their convention finds in the first of them."""
    try:
        return shape.plans[key]
    except KeyError:
        if len(shape.plans) >= _MAX_PLANS:
            shape.plans.clear()
        span = spans.span(place)
        if a is spans.attributes[place]:  # the store opens them anew for each span asked for
            span = replace(span, attributes=a)
        found = plans.plan_of(span, a, spans.logs.of(place))
        if found is not None and not _agrees(found, span, spans.logs.alone(place), a):
            found = None
        if found is not None:
            found = first_of(found, span.scope.name, key)
        shape.plans[key] = found
        return found


def _agrees(plan: Plan, span: Span, logs: Logs, a: Attributes) -> bool:
    """Whether a plan and the convention find the same in a span: what a new version of a library
    writes otherwise must not be read wrongly, only more slowly."""
    one = SpanColumns.of([replace(span, trace_id="-")])
    one.logs = logs
    together, alone = Facts.empty(1), Facts.empty(1)
    if take([(plan, read_alike(plan, one, [0], [a]))], one, together):
        return True  # it doubts itself
    _read_one(one, 0, alone)
    return together.same(alone)


def _foreign(spans: SpanColumns, places: Sequence[int], many: Sequence[Attributes]) -> bool:
    """Whether some convention may know these spans by a value or a name."""
    if "raw_gen_ai_request" in at(spans.name, places):
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
        if any(told != spelt for told, spelt in known.items()):
            rows.text["finish_reason"] = [known[e] for e in ends]
    for fact in ("request_model", "response_model"):
        models = rows.text.get(fact)
        if models is not None:
            named = {m: None if m is None else model_named(m) for m in set(models)}
            if any(told != called for told, called in named.items()):
                rows.text[fact] = [named[m] for m in models]
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
    facts.by_convention[at] = np.repeat([facts.number_of(name) for name in names], sizes)
    facts.text.take("convention", at, sizes, [[name] for name in names])
    for fact in dict.fromkeys(name for _, rows in alike for name in rows.text):
        facts.text.take(fact, at, sizes, [rows.text.get(fact) for _, rows in alike])
    counted = [rows.tokens for _, rows in alike if rows.tokens is not None]
    if counted:
        where = at[np.repeat([rows.tokens is not None for _, rows in alike], sizes)]
        for name, numbers in zip(TOKENS, np.concatenate(counted, axis=1), strict=True):
            facts.tokens[name][where] = numbers
    doubtful: list[int] = []
    for plan, rows in alike:
        _take_rare(rows, facts)
        for mark in plan.marks:
            of: set[int] = getattr(facts, mark)
            of.update(rows.places)
        if rows.doubtful:
            doubtful += [rows.places[n] for n in rows.doubtful]
    _take_failures(alike, np.repeat(np.arange(len(alike)), sizes), at, spans, facts)
    for _, rows in alike:
        if rows.errors:
            facts.errors.update((rows.places[n], error) for n, error in rows.errors.items())
    for place in doubtful:
        facts.forget(place)
    return doubtful


def _take_rare(rows: Rows, facts: Facts) -> None:
    """What few plans find."""
    places = rows.places
    if rows.cost is not None:
        facts.cost_usd[places] = [np.nan if c is None else c for c in rows.cost]
    if rows.first_token_ms is not None:
        facts.first_token_ms[places] = [np.nan if t is None else t for t in rows.first_token_ms]
    both: tuple[tuple[dict[int, Any], dict[int, Any]], ...] = (
        (rows.tags, facts.tags),
        (rows.heard, facts.heard),
        (rows.scores, facts.scores),
        (rows.attempt, facts.attempt),
    )
    for told, by_place in both:
        if told:  # most often there is nothing
            by_place.update((places[n], value) for n, value in told.items())
    if rows.kinds:
        facts.kind[at(places, [*rows.kinds])] = [KIND_OF[kind] for kind in rows.kinds.values()]
    if rows.left:
        facts.left.update(places[n] for n in rows.left)
    if rows.lends:
        facts.lends.update(places[n] for n in rows.lends)


def _take_failures(
    alike: Sequence[tuple[Plan, Rows]], by: Any, at: Any, spans: SpanColumns, facts: Facts
) -> None:
    """Failures and links; ``by``: the number of the plan of the span at each place of ``at``."""
    fails = np.array([plan.fails for plan, _ in alike])
    status = spans.numbers("status_code")
    failing = np.flatnonzero(fails[by] | (status[at] == 2))
    places = at[failing].tolist()
    spared = {rows.places[n] for _, rows in alike for n in rows.spared}
    layout = spans.layouts()[at[failing]]
    is_edge = (np.diff(by[failing]) != 0) | (np.diff(layout) != 0)
    edges = (np.flatnonzero(is_edge) + 1).tolist() if places else []
    for low, high in pairwise([0, *edges, len(places)] if places else ()):
        some = places[low:high]
        plan = alike[by[failing[low]]][0]
        fails_so, spares = plan.failure, plan.spares
        if spared:
            some = [p for p in some if p not in spared]
        if spares is not None:
            a, happened, said = spans.attributes, spans.happened, spans.message
            some = [p for p in some if not spares(a[p], happened(p), said(p))]
        if fails_so in (errors.failure, wordless.failure):
            _fail_alike(some, spans, facts, always=fails_so is wordless.failure)
            continue
        if plan.fails_by is not None:
            facts.errors.update(_told_alike(some, spans, plan.fails_by, _seen(fails_so, spans)))
            continue
        for place in some:
            error = fails_so(spans.seen(place))
            if error is not None:
                facts.errors[place] = error
    for place in spans.linked.intersection(at.tolist()) if spans.linked else ():
        facts.links[place] = [x.span_id for x in spans.links(place)]


_Tell = Callable[[int], ErrorInfo | None]
"""Why the span at a place failed."""


def _seen(tell: Callable[[Span], ErrorInfo | None], spans: SpanColumns) -> _Tell:
    return lambda place: tell(spans.seen(place))


def _fail_alike(places: Sequence[int], spans: SpanColumns, facts: Facts, *, always: bool) -> None:
    """Failures that :func:`errors.failure` tells of, ``always`` as :func:`wordless.failure` does, of
    spans with the same attribute keys."""
    status, attributes = spans.status_code, spans.attributes
    if not always:
        places = [p for p in places if status[p] == 2]

    def read(place: int) -> ErrorInfo | None:
        find = errors.failure_of if status[place] == 2 else errors.told_of
        return find(attributes[place], spans.happened(place), spans.message(place))

    facts.errors.update(_told_alike(places, spans, (), read))


def _told_alike(
    places: Sequence[int], spans: SpanColumns, more: Sequence[str], tell: _Tell
) -> Iterable[tuple[int, ErrorInfo]]:
    """Failures of spans with the same attribute keys: those that say the same share one.

    Args:
        more: keys that tell of them, beside :data:`errors.TOLD`.
    """
    if not places:
        return ()
    many, messages = at(spans.attributes, places), list(map(spans.message, places))
    keys = [k for k in dict.fromkeys((*errors.TOLD, *more)) if k in many[0]]
    happened_at = spans.happened if any(at(spans.plain, places)) else spans.events
    said = _exceptions(list(map(happened_at, places)))
    columns = [at(spans.status_code, places), messages, said]
    columns += [list(map(itemgetter(k), many)) for k in keys]
    columns += [list(map(type, column)) for column in columns[3:]]  # False is no 0
    told = list(zip(*columns, strict=True))
    try:
        known = {key: tell(place) for key, place in dict(zip(told, places, strict=True)).items()}
        found = [known[key] for key in told]
    except TypeError:  # a list where a word should be
        found = list(map(tell, places))
        said = []
    if None in said:
        found = [
            e if s is not None else tell(place)
            for place, e, s in zip(places, found, said, strict=True)
        ]
    both = zip(places, found, strict=True)
    return [(p, e) for p, e in both if e is not None]


def _exceptions(happened: Sequence[Sequence[SpanEvent]]) -> list[tuple[object, ...] | None]:
    """As :func:`_exception` of each; nothing of those to which nothing happened."""
    last = [h[-1] for h in happened if h]
    if len(last) == len(happened) and set(map(attrgetter("name"), last)) == _RAISED:
        told = list(map(attrgetter("attributes"), last))
        kinds, stacks, messages = (list(map(dict.get, told, repeat(k))) for k in _TELLING)
        if (
            set(map(type, kinds)) == set(map(type, stacks)) == _TEXT
            and all(kinds)
            and max(map(len, cast(list[str], stacks))) <= _MAX_STACK
        ):
            return list(zip(kinds, messages, stacks, strict=True))
    return [_exception(h) if h else () for h in happened]


_RAISED, _TEXT = {"exception"}, {str}
_TELLING = ("exception.type", "exception.stacktrace", "exception.message")


def _exception(happened: Sequence[SpanEvent]) -> tuple[object, ...] | None:
    """What the last event says of a failure; None where another may say more, or it is long."""
    last = happened[-1]
    if last.name != "exception":
        return None
    get = last.attributes.get
    kind, stack = get("exception.type"), get("exception.stacktrace")
    if type(kind) is not str or not kind:
        return None
    if type(stack) is str and len(stack) > _MAX_STACK:
        return None
    return kind, get("exception.message"), stack


# --- one by one --------------------------------------------------------------------------------


def _read_one(spans: SpanColumns, place: int, facts: Facts) -> None:
    draft = conventions.read(spans.span(place), spans.logs.of(place))
    facts.drafts[place] = draft
    facts.role[place], facts.kind[place] = ROLE_OF.get(draft.role, 2), KIND_OF[draft.kind]
    text = facts.text
    for name in TEXTS:
        value = getattr(draft, name, None)
        if value is not None:
            text.put(name, place, value)
    facts.by_convention[place] = facts.number_of(draft.convention)
    if draft.recording is not None:
        text.put("code_hash", place, draft.recording.code_hash)
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
    unusual = bool(own or draft.attempt_group or draft.attempts or draft.resumes)
    if draft.lends:
        facts.lends.add(place)
    if draft.alone is not None:
        facts.alone.add(place)
    if draft.kind in ("tool", "agent") and is_bare(draft) and draft.recording is None:
        facts.bare.add(place)
    if draft.tells_failures:
        facts.telling.add(place)
    if draft.lends_counts:
        facts.counting.add(place)
    if draft.wraps:
        facts.wraps.add(place)
    if draft.is_one_of:
        facts.one_of.add(place)
    unusual = unusual or draft.role == "mark"
    if unusual or begun.stands_for_others(draft.span.attributes):
        facts.left.add(place)
