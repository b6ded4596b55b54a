"""Which spans are read together: those with the same keys, and the same values where these decide."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, compress, pairwise, repeat
from operator import attrgetter, itemgetter, not_
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from misstep_store import conventions
from misstep_store.conventions.readers import genai_events as events
from misstep_store.conventions.readers import openinference
from misstep_store.headers import plans
from misstep_store.headers.columns.spans import MIXES, SpanColumns, at
from misstep_store.headers.plans import Plan
from misstep_store.headers.steps.rows import Attributes

_MAX_SHAPES = 20_000
_NAME = attrgetter("name")


class Shape:
    """Spans of one scope with the same attribute keys.

    ``deciding``: keys whose values decide how they are read; ``naming``: what of their names does,
    ``by_kind``: whether their span kinds do, ``by_library``: whether the library does that is seen
    in what they hold, ``by_ending``: whether the ends of their names do.
    """

    __slots__ = ("by_ending", "by_kind", "by_library", "deciding", "naming", "openlit", "plans")

    def __init__(self, scope: str, a: Attributes, *, openlit: bool) -> None:
        self.deciding = plans.deciding(a)
        self.naming = plans.naming(scope, a)
        self.by_kind = plans.by_kind(a)
        self.by_library = plans.by_library(scope, a)
        self.by_ending = plans.by_ending(a)
        self.openlit = openlit
        self.plans: dict[object, Plan | None] = {}


Layers = Sequence[Mapping[str, Any]]
"""Details of a span, the first with most say."""
_SHAPES: dict[tuple[object, ...], Shape] = {}


class Group(NamedTuple):
    """Spans that are read together: ``key`` tells them from others of their shape, ``many`` are their
    attributes, those of a details event included."""

    shape: Shape
    key: object
    places: list[int]
    many: list[Attributes]


def grouped(spans: SpanColumns) -> tuple[list[Group], list[int]]:
    """Spans by attribute keys, scope and deciding values; and places of those that are unusual."""
    groups: list[Group] = []
    odd: list[int] = []
    if len(_SHAPES) > _MAX_SHAPES:
        _SHAPES.clear()
    happened = _Happened(spans)
    openlit = _openlit(spans)
    for places in _by_keys(spans, happened, openlit):
        first = places[0]
        many = at(spans.attributes, places)
        if first in happened.details:
            many = _detailed(spans, places, many, happened.details)
        shape = _shape(
            spans.scope[first], many[0], openlit=openlit is not None and bool(openlit[first])
        )
        told = _deciding(shape, spans, places, many)
        kind = happened.kind(first)
        if told.same:
            groups.append(Group(shape, (kind, told.key()), places, many))
            continue
        for more, some in told.split(odd, places):
            groups.append(Group(shape, (kind, more), at(places, some), at(many, some)))
    return groups, odd


class _Told:
    """What decides how spans of one shape are read: the one value of all, or a column of them."""

    __slots__ = ("_columns", "_values", "same")

    def __init__(self) -> None:
        self._values: list[Any] = []
        self._columns: dict[int, Sequence[Any]] = {}
        self.same = True

    def add(self, column: Sequence[Any]) -> None:
        """One more value of each."""
        first = column[0]
        if not (type(first) in _WORDS and column.count(first) == len(column)):
            self._columns[len(self._values)] = column
            self.same = False
        self._values.append(first)

    def key(self) -> tuple[Any, ...]:
        """What is told, where it is the same of all."""
        return tuple(self._values)

    def split(
        self, odd: list[int], places: list[int]
    ) -> Iterable[tuple[tuple[Any, ...], list[int]]]:
        """Numbers of spans by what is told of each; ``odd`` gets the places of those of which a list
        is told where a word should be."""
        columns = [self._columns.get(n, repeat(one)) for n, one in enumerate(self._values)]
        if len(self._columns) == 1:
            (at, column), *_ = self._columns.items()
            before, after = tuple(self._values[:at]), tuple(self._values[at + 1 :])
            try:
                values = dict.fromkeys(column)
            except TypeError:
                pass
            else:
                numbers = dict(zip(values, range(len(values)), strict=True))
                codes = np.array(list(map(numbers.__getitem__, column)), np.int32)
                some = _places_by(codes)
                return [((*before, v, *after), s) for v, s in zip(values, some, strict=True)]
        found: dict[tuple[Any, ...], list[int]] = {}
        for n, key in enumerate(zip(*columns, strict=False)):
            try:
                found.setdefault(key, []).append(n)
            except TypeError:
                odd.append(places[n])
        return found.items()


_WORDS = (str, int)


def _deciding(shape: Shape, spans: SpanColumns, places: list[int], many: list[Attributes]) -> _Told:
    """What decides how spans of one shape are read."""
    told = _Told()
    for key in shape.deciding:
        told.add(list(map(itemgetter(key), many)))
    if shape.naming is not None:
        names = at(spans.name, places)
        classes = {name: shape.naming(name) for name in set(names)}
        told.add(list(map(classes.__getitem__, names)) if len(classes) > 1 else [*classes.values()])
    if shape.by_kind:
        told.add(at(spans.kind, places))
    if shape.by_ending:
        told.add(list(map(plans.prepares, at(spans.name, places))))
    if shape.by_library:
        scope, names = spans.scope[places[0]], at(spans.name, places)
        told.add(plans.libraries_of(scope, names, at(spans.attributes, places)))
    return told


def _by_keys(spans: SpanColumns, happened: _Happened, openlit: Any) -> list[list[int]]:
    """Places of those that have the same keys in the same order, and details with the same; of the
    same scope, with the same kinds of events and logs."""
    hashes = spans.layouts()
    if happened.details:
        hashes = hashes.copy()
        _add_details(hashes, happened.details)
    for numbers in (_scopes(spans), happened.numbers, openlit):
        if numbers is not None:
            hashes = (hashes ^ (hashes >> 29)) * MIXES + numbers
    return _places_by(pa.array(hashes).dictionary_encode().indices.to_numpy())


def _places_by(codes: Any) -> list[list[int]]:
    """The places of each number, of numbers from 0 on."""
    order = np.argsort(codes.astype(np.uint16) if codes.max() < 2**16 else codes, kind="stable")
    edges = (np.flatnonzero(np.diff(codes[order])) + 1).tolist()
    places: list[int] = order.tolist()
    return [places[low:high] for low, high in pairwise([0, *edges, len(places)])]


def _add_details(hashes: Any, details: dict[int, Layers]) -> None:
    """Adds the keys of details to the hashes of the spans that have them."""
    places, all_layers = np.fromiter(details, np.int64, len(details)), list(details.values())
    counts = np.fromiter(map(len, all_layers), np.int64, len(all_layers))
    for depth in range(int(counts.max())):
        has = counts > depth
        live = all_layers if has.all() else list(compress(all_layers, has))
        keys = map(tuple, map(itemgetter(depth), live))
        own = np.fromiter(map(hash, keys), np.int64, len(live))
        some = places[has]
        hashes[some] = (hashes[some] ^ (hashes[some] >> 29)) * MIXES + own


def _scopes(spans: SpanColumns) -> Any:
    """A number for the scope of each span; None where all are the same."""
    known = spans.arrays.get("scope")
    if known is not None:
        return known
    distinct = dict.fromkeys(spans.scope)
    if len(distinct) < 2:
        return None
    numbers = dict(zip(distinct, range(len(distinct)), strict=True))
    return np.fromiter(map(numbers.__getitem__, spans.scope), np.int64, len(spans))


def _shape(scope: str, a: Attributes, *, openlit: bool) -> Shape:
    key = (scope, openlit, *a)
    found = _SHAPES.get(key)
    if found is None:
        found = _SHAPES[key] = Shape(scope, a, openlit=openlit)
    return found


def _openlit(spans: SpanColumns) -> Any:
    """Whether OpenLIT made each span; None when it made none."""
    made = [r.attributes.get("telemetry.sdk.name") == "openlit" for r in spans.resources]
    return np.array(made)[spans.resource_of] if any(made) else None


class _Happened:
    """What kinds of events and logs spans have: ``numbers`` by place, None when none has any.
    ``details``: the layers of details, by place, of spans that have them."""

    def __init__(self, spans: SpanColumns) -> None:
        self.numbers: Any = None
        self.details: dict[int, Layers] = {}
        self._kinds: dict[object, int] = {None: 0}
        self._by_number: list[object] = [None]
        if spans.logs or not all(spans.plain):
            self._read(spans)

    def kind(self, place: int) -> object:
        """The kinds of events and logs of the span at a place."""
        return None if self.numbers is None else self._by_number[self.numbers[place]]

    def _read(self, spans: SpanColumns) -> None:
        self.numbers = np.zeros(len(spans), np.int64)
        for logged, places, lows in spans.logs.told():
            number, has_details, at = self._known((), logged)
            self.numbers[places] = number
            if has_details:
                layers = [spans.logs.details([low + n for low in lows]) for n in at]
                whole: Iterable[Layers] = layers[0]
                if len(at) > 1:
                    whole = map(events.whole, map(tuple, map(chain, *layers)))
                self.details.update(zip(places, whole, strict=True))
        places = list(compress(range(len(spans)), map(not_, spans.plain)))  # with logs too
        happened = list(map(spans.events, places))
        keys: list[Any]
        keys = [(e[0].name,) if len(e) == 1 else tuple(map(_NAME, e)) for e in happened]
        if spans.logs:
            keys = list(zip(keys, map(spans.logs.names, places), strict=True))
            known = {key: self._known(*key) for key in dict.fromkeys(keys)}
        else:
            known = {key: self._known(key, ()) for key in dict.fromkeys(keys)}
        numbers = {key: number for key, (number, _, _) in known.items()}
        self.numbers[places] = list(map(numbers.__getitem__, keys))
        if any(has_details for _, has_details, _ in known.values()):
            for place, took_place, key in zip(places, happened, keys, strict=True):
                _, has_details, at = known[key]
                if has_details:
                    records = spans.logs.at(place, at) if at else ()
                    self.details[place] = events.layers(took_place, records)

    def _known(
        self, names: tuple[str, ...], logged: tuple[str, ...]
    ) -> tuple[int, bool, list[int]]:
        """The number of what kinds of events and logs these are, whether one has details, and which
        logs have."""
        classes = {*map(plans.name_class, names), *logged}
        kind = (bool(logged), *sorted(classes))
        number = self._kinds.setdefault(kind, len(self._by_number))
        if number == len(self._by_number):
            self._by_number.append(kind)
        has = [n for n, name in enumerate(logged) if name == events.DETAILS]
        return number, bool(has) or events.DETAILS in names, has


def _detailed(
    spans: SpanColumns, places: list[int], many: list[Attributes], details: dict[int, Layers]
) -> list[Attributes]:
    """Attributes with what details add, of spans of one scope that agree in the keys of both;
    OpenInference reads its own alone."""
    reader = conventions.of_scope(spans.scope[places[0]])
    # What OpenInference claims is told by its keys: none of these spans is its own, or each may be.
    unsure = reader is None and openinference.claims(spans.span(places[0]))
    if "openinference.span.kind" in many[0] and not unsure:  # then scope and keys tell
        reader = conventions.convention_of(spans.span(places[0]))
    if reader is openinference.CONVENTION:
        return many
    layers_of = itemgetter(*places)(details) if len(places) > 1 else (details[places[0]],)
    first, layers = many[0].keys(), layers_of[0]
    if not unsure and len(layers) == 1 and first.isdisjoint(layers[0]):
        return [{**a, **layer} for a, (layer,) in zip(many, layers_of, strict=True)]
    added: dict[str, int] = {}
    for number, layer in enumerate(layers):
        for key in layer:
            if key not in first:
                added.setdefault(key, number)
    listed = list(added.items())
    made = []
    for place, a, layers in zip(places, many, layers_of, strict=True):
        if unsure and conventions.convention_of(spans.span(place)) is openinference.CONVENTION:
            made.append(a)
            continue
        whole = a.copy()
        for key, number in listed:
            whole[key] = layers[number][key]
        made.append(whole)
    return made
