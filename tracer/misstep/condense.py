"""A request body told by the messages beside it: what one span would hold twice is sent once.

A chat's request repeats the conversation, and so do the ``gen_ai.*`` attributes of the same span.
Those stay whole, since other tools read them; ``misstep.request.body`` is ours, and a long one is
replaced by a template that refers to them. A span stays complete in itself: nothing depends on
another span, which may have been dropped, sampled out or sent elsewhere.

A template is the body as JSON, in which an object with the member ``$`` stands for something else:

* ``{"$": "s/0/content"}``: the value there: ``m`` input messages, ``s`` system instructions, ``t``
  tool definitions, ``v`` the whole of ``input.value``; then members and indexes (``~1`` is ``/``,
  ``~0`` is ``~``). ``"as": "json"`` is its compact JSON text, ``"as": "spaced"`` with spaces after
  ``,`` and ``:``.
* ``{"$": "m", "from": 2, "like": [A, B], "order": "0 1 0 1"}`` in a list: so many items, made from
  ``m/2``, ``m/3``, … by the templates A and B, in which a path that begins with ``/`` begins at that
  element. Without ``order`` it is ``"count"`` items like A.
* ``{"$is": value}``: the value as it stands, when it has a member ``$`` or ``$is`` of its own.

``misstep.request.body.hash`` is the hash of the canonical JSON of the whole body: what does not come
out like that is not restored at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from misstep import semconv as sc
from misstep.errors import ReplayError
from misstep.model import Json
from misstep.payload import content_hash, json_text

MIN_BODY_CHARS = 1024
"""Shorter bodies stay as they are: there is little to gain, and they read better."""
MAX_BODY_CHARS = 64 * 1024 * 1024
_MOST_OF_IT = 0.75
_MIN_TOLD_CHARS = 32
"""A text below this is not worth a reference of its own."""
_SOURCES = {
    "m": sc.INPUT_MESSAGES,
    "s": sc.SYSTEM_INSTRUCTIONS,
    "t": sc.TOOL_DEFINITIONS,
    "v": sc.INPUT_VALUE,
}
_MARKS = frozenset({"$", "$is"})
_OFTEN_TEXT = frozenset({"arguments", "response", "parameters"})
"""Objects of the GenAI shape that wire formats carry as JSON text."""


def condense(attributes: dict[str, Any]) -> None:
    """Replaces a long request body among a span's attributes by its template, where that is shorter
    by a quarter at least. Anything unexpected leaves the attributes as they are."""
    text = attributes.get(sc.REQUEST_BODY)
    if not isinstance(text, str) or len(text) < MIN_BODY_CHARS:
        return
    try:
        body = json.loads(text)
        sources = _sources(attributes, body)
        template = json_text(_Condenser(sources).of(body))
        if len(template) > len(text) * _MOST_OF_IT:
            return
        if _Restorer(sources).of(json.loads(template)) != body:
            return
        whole = content_hash(body)
    except (ValueError, LookupError, TypeError, RecursionError):
        return
    del attributes[sc.REQUEST_BODY]
    attributes[sc.REQUEST_TEMPLATE], attributes[sc.REQUEST_HASH] = template, whole


def whole(attributes: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes with the request body as it was; unchanged when they hold no template.

    Raises:
        ReplayError: the messages it refers to are gone or were changed on the way.
    """
    out = dict(attributes)
    text = out.pop(sc.REQUEST_TEMPLATE, None)
    wanted = out.pop(sc.REQUEST_HASH, None)
    if not isinstance(text, str):
        return dict(attributes)
    try:
        body = _Restorer(_sources(attributes, None)).of(json.loads(text))
        restored = content_hash(body) == wanted
    except (ValueError, LookupError, TypeError, RecursionError):
        restored = False
    if not restored:
        raise ReplayError(
            "its request cannot be restored: the gen_ai.* attributes it refers to are not those it "
            "was recorded with; keep them as the tracer sent them, and record again"
        )
    out[sc.REQUEST_BODY] = json_text(body)
    return out


def request_text(attributes: Mapping[str, Any]) -> str | None:
    """JSON text of a model call's request, whole; None when it was not recorded.

    Raises:
        ReplayError: see :func:`whole`.
    """
    text = whole(attributes).get(sc.REQUEST_BODY)
    return text if isinstance(text, str) else None


def _sources(attributes: Mapping[str, Any], body: Json) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for name, key in _SOURCES.items():
        text = attributes.get(key)
        if isinstance(text, str):
            try:
                found[name] = json.loads(text)
            except ValueError:  # it was cut
                continue
    if body is not None and found.get("v") != body:
        found.pop("v", None)
    return found


# --- restoring ---------------------------------------------------------------------------


class _Restorer:
    """A template comes with a trace and is as hostile as that: what it makes is bounded."""

    def __init__(self, sources: Mapping[str, Json]) -> None:
        self._sources = sources
        self._left_chars = MAX_BODY_CHARS

    def of(self, template: Json, element: Json = None) -> Json:
        """What a template stands for; ``element``: where its relative paths begin."""
        if isinstance(template, list):
            return [v for item in template for v in self._items(item, element)]
        if not isinstance(template, dict):
            return template
        if "$is" in template:
            return template["$is"]
        if "$" in template:
            return self._told(template, element)
        return {key: self.of(value, element) for key, value in template.items()}

    def _items(self, item: Json, element: Json) -> Iterator[Json]:
        if not (isinstance(item, dict) and "like" in item and "$" in item):
            yield self.of(item, element)
            return
        given, like = self._sources[str(item["$"])], item["like"]
        if element is not None or not isinstance(given, list) or not isinstance(like, list):
            raise ValueError("a run of items stands where none can be")
        elements = given[int(str(item["from"])) :]
        sizes = [len(json_text(one)) for one in like]
        if "order" in item:
            order = [int(n) for n in str(item["order"]).split()]
        else:
            order = [0] * min(int(str(item["count"])), len(elements) + 1)
        for number, one in zip(order, elements[: len(order)], strict=True):
            self._spend(sizes[number])
            yield self.of(like[number], one)

    def _spend(self, size: int) -> None:
        self._left_chars -= size
        if self._left_chars < 0:
            raise ValueError("the body would be larger than any that is recorded")

    def _told(self, template: dict[str, Json], element: Json) -> Json:
        path = str(template["$"])
        name, *steps = path.split("/")
        value = self._sources[name] if name else element
        for step in steps:
            key = step.replace("~1", "/").replace("~0", "~")
            value = value[int(key)] if isinstance(value, list) else value[key]
        self._spend(len(value if isinstance(value, str) else json_text(value)))
        spelled = template.get("as")
        return value if spelled is None else _SPELLED[str(spelled)](value)


def _spaced(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


_SPELLED = {"json": json_text, "spaced": _spaced}


# --- condensing --------------------------------------------------------------------------


class _Element(NamedTuple):
    """One message, part of the system prompt or tool: where each of its values stands in it."""

    source: str
    number: int
    texts: dict[str, Json]
    """Reference by text, also by the JSON text of what is one elsewhere."""
    compounds: dict[str, Json]
    """Reference by JSON text of objects and lists."""


class _Run(NamedTuple):
    """Items of a list that follow each other as the elements do."""

    first: _Element
    order: list[int]
    like: list[Json]
    known: dict[str, int]


class _Condenser:
    def __init__(self, sources: Mapping[str, Json]) -> None:
        self._whole = sources.get("v")
        self._elements: dict[tuple[str, int], _Element] = {}
        self._where: dict[str, list[_Element]] = {}
        for name, given in sources.items():
            for index, value in enumerate(given if isinstance(given, list) and name != "v" else ()):
                element = self._elements[name, index] = _Element(name, index, {}, {})
                _index(element, value, "")
                for text in element.texts:
                    if len(text) >= _MIN_TOLD_CHARS:
                        self._where.setdefault(text, []).append(element)

    def of(self, body: Json) -> Json:
        """The template of a body."""
        return {"$": "v"} if self._whole is not None else self._value(body)

    def _value(self, value: Json) -> Json:
        if isinstance(value, list):
            return list(self._list(value))
        if isinstance(value, dict):
            if not _MARKS.isdisjoint(value):
                return {"$is": value}
            return {key: self._value(member) for key, member in value.items()}
        if isinstance(value, str):
            for element in self._where.get(value, ()):
                return _absolute(element, element.texts[value])
        return value

    def _list(self, items: list[Json]) -> Iterator[Json]:
        run: _Run | None = None
        after: _Element | None = None
        for item in items:
            element = self._element_of(item, after)
            if element is None or (run is not None and element is not after):
                if run is not None:
                    yield _written(run)
                run = None
            if element is None:
                yield self._value(item)
                continue
            if run is None:
                run = _Run(element, [], [], {})
            _add(run, _relative(item, element))
            after = self._elements.get((element.source, element.number + 1))
        if run is not None:
            yield _written(run)

    def _element_of(self, item: Json, after: _Element | None) -> _Element | None:
        """The element an item tells of: the one in turn where the item does not speak against it."""
        if not isinstance(item, dict):
            return None
        possible: list[_Element] | None = None
        for text in _long_texts(item):
            found = self._where.get(text)
            if found is None:
                continue
            possible = found if possible is None else [e for e in possible if _among(e, found)]
            if not possible:
                return None
        if possible is None:
            return after if after is not None and _tells(item, after.texts) else None
        if after is not None and _among(after, possible):
            return after
        last = (after.source, after.number) if after is not None else ("", -1)
        later = (e for e in possible if (e.source, e.number) > last)
        return next(later, possible[0])


def _among(element: _Element, others: list[_Element]) -> bool:
    return any(e is element for e in others)


def _index(element: _Element, value: Json, at: str) -> None:
    """Notes where all that an element holds stands."""
    if isinstance(value, str):
        element.texts.setdefault(value, {"$": at})
    elif isinstance(value, list):
        for i, member in enumerate(value):
            _index(element, member, f"{at}/{i}")
    elif isinstance(value, dict):
        for key, member in value.items():
            here = f"{at}/{_step(key)}"
            _index(element, member, here)
            if key == "parts" or not member or not isinstance(member, dict | list):
                continue
            element.compounds.setdefault(json_text(member), {"$": here})
            for name, spell in _SPELLED.items() if key in _OFTEN_TEXT else ():
                element.texts.setdefault(spell(member), {"$": here, "as": name})


def _step(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _long_texts(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        for member in value.values():
            yield from _long_texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from _long_texts(member)
    elif isinstance(value, str) and len(value) >= _MIN_TOLD_CHARS:
        yield value


def _tells(item: Json, texts: Mapping[str, Json]) -> bool:
    """Whether a short item says anything that the element says too."""
    if isinstance(item, dict):
        return any(_tells(v, texts) for v in item.values())
    if isinstance(item, list):
        return any(_tells(v, texts) for v in item)
    return isinstance(item, str) and item in texts


def _relative(value: Json, element: _Element) -> Json:
    """A template of the value that refers to one element alone."""
    if isinstance(value, str):
        return element.texts.get(value, value)
    if not isinstance(value, dict | list):
        return value
    if element.compounds:
        found = element.compounds.get(json_text(value))
        if found is not None:
            return found
    if isinstance(value, list):
        return [_relative(v, element) for v in value]
    if not _MARKS.isdisjoint(value):
        return {"$is": value}
    return {key: _relative(member, element) for key, member in value.items()}


def _absolute(element: _Element, place: Json) -> Json:
    assert isinstance(place, dict)
    return {**place, "$": f"{element.source}/{element.number}{place['$']}"}


def _add(run: _Run, template: Json) -> None:
    text = json_text(template)
    number = run.known.setdefault(text, len(run.like))
    if number == len(run.like):
        run.like.append(template)
    run.order.append(number)


def _written(run: _Run) -> Json:
    out: dict[str, Json] = {"$": run.first.source, "from": run.first.number, "like": run.like}
    if len(run.like) == 1:
        return {**out, "count": len(run.order)}
    return {**out, "order": " ".join(map(str, run.order))}
