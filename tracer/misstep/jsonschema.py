"""JSON Schema as tools use it: does a value fit, and where not.

The keywords that tool definitions use (types, required and further properties, enum, bounds,
lengths, patterns, combinations, local references). Unknown keywords and formats are not judged, so
that a schema of any dialect never blames a value it does not understand.

Source: JSON Schema 2020-12, validation and core vocabularies.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from misstep.model import Json

Violation = tuple[str, str]
"""(path below the value such as ``.lines[0].qty``, what is wrong with which value)."""

_MAX_DEPTH = 40
_TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    "integer": lambda v: (
        (isinstance(v, int) and not isinstance(v, bool))
        or (isinstance(v, float) and v.is_integer())
    ),
}


def violations(schema: Any, value: Json) -> list[Violation]:
    """Every way ``value`` breaks ``schema``; empty when it fits or the schema cannot be read."""
    try:
        return list(_check(schema, value, "", schema, 0))
    except (RecursionError, re.error, TypeError, ValueError, OverflowError):
        return []


def _check(schema: Any, value: Any, at: str, root: Any, depth: int) -> Iterator[Violation]:
    if schema is True or depth > _MAX_DEPTH:
        return
    if schema is False:
        yield at, f"is not allowed here (got {_short(value)})"
        return
    if not isinstance(schema, Mapping):
        return
    target = _resolve(schema.get("$ref"), root)
    if target is not None:
        yield from _check(target, value, at, root, depth + 1)
    wrong_type = list(_type(schema, value, at))
    yield from wrong_type
    if wrong_type:
        return
    yield from _choice(schema, value, at)
    yield from _combined(schema, value, at, root, depth)
    if isinstance(value, dict):
        yield from _object(schema, value, at, root, depth)
    elif isinstance(value, list):
        yield from _array(schema, value, at, root, depth)
    elif isinstance(value, str):
        yield from _string(schema, value, at)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _number(schema, value, at)


def _resolve(reference: Any, root: Any) -> Any:
    if not isinstance(reference, str) or not reference.startswith("#"):
        return None
    found = root
    for part in reference[1:].split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(found, Mapping) or name not in found:
            return None
        found = found[name]
    return found


def _type(schema: Mapping[str, Any], value: Any, at: str) -> Iterator[Violation]:
    wanted = schema.get("type")
    names = [wanted] if isinstance(wanted, str) else wanted
    if not isinstance(names, list):
        return
    names = [n.lower() for n in names if isinstance(n, str)]  # Gemini writes STRING, OBJECT
    if value is None and schema.get("nullable") is True:
        return
    known = [n for n in names if n in _TYPES]
    if len(known) == len(names) and names and not any(_TYPES[n](value) for n in known):
        yield at, f"should be {' or '.join(names)} (got {_short(value)})"


def _choice(schema: Mapping[str, Any], value: Any, at: str) -> Iterator[Violation]:
    options = schema.get("enum")
    if isinstance(options, list) and not any(_same(o, value) for o in options):
        yield at, f"should be one of {_short(options)} (got {_short(value)})"
    if "const" in schema and not _same(schema["const"], value):
        yield at, f"should be {_short(schema['const'])} (got {_short(value)})"


def _same(a: Any, b: Any) -> bool:
    return a == b and isinstance(a, bool) == isinstance(b, bool)


def _combined(
    schema: Mapping[str, Any], value: Any, at: str, root: Any, depth: int
) -> Iterator[Violation]:
    for part in _list(schema, "allOf"):
        yield from _check(part, value, at, root, depth + 1)
    for keyword in ("anyOf", "oneOf"):
        parts = _list(schema, keyword)
        found = [list(_check(p, value, at, root, depth + 1)) for p in parts]
        if parts and all(found):
            yield min(found, key=len)[0]
    if "not" in schema and not list(_check(schema["not"], value, at, root, depth + 1)):
        yield at, f"is excluded by the schema (got {_short(value)})"


def _object(
    schema: Mapping[str, Any], value: dict[str, Any], at: str, root: Any, depth: int
) -> Iterator[Violation]:
    properties = schema.get("properties")
    properties = properties if isinstance(properties, Mapping) else {}
    for name in _list(schema, "required"):
        if name not in value:
            yield f"{at}.{name}", "is required and missing"
    patterns = schema.get("patternProperties")
    patterns = patterns if isinstance(patterns, Mapping) else {}
    for name, member in value.items():
        path = f"{at}.{name}"
        fitting = [s for p, s in patterns.items() if re.search(p, name)]
        if name in properties:
            fitting.append(properties[name])
        elif not fitting and schema.get("additionalProperties") is False:
            yield path, f"is no known property (got {_short(member)})"
        elif not fitting:
            fitting.append(schema.get("additionalProperties", True))
        for part in fitting:
            yield from _check(part, member, path, root, depth + 1)
    yield from _bounds(schema, len(value), at, ("minProperties", "maxProperties", "properties"))


def _array(
    schema: Mapping[str, Any], value: list[Any], at: str, root: Any, depth: int
) -> Iterator[Violation]:
    first = _list(schema, "prefixItems")
    for index, member in enumerate(value):
        part = first[index] if index < len(first) else schema.get("items", True)
        yield from _check(part, member, f"{at}[{index}]", root, depth + 1)
    yield from _bounds(schema, len(value), at, ("minItems", "maxItems", "items"))
    if schema.get("uniqueItems") is True and len({repr(v) for v in value}) < len(value):
        yield at, "should hold no item twice"


def _string(schema: Mapping[str, Any], value: str, at: str) -> Iterator[Violation]:
    yield from _bounds(schema, len(value), at, ("minLength", "maxLength", "characters"))
    pattern = schema.get("pattern")
    # A long text against a stranger's pattern could take for ever.
    if isinstance(pattern, str) and len(value) <= 1_000 and not re.search(pattern, value):
        yield at, f"should match {pattern} (got {_short(value)})"


def _bounds(
    schema: Mapping[str, Any], size: int, at: str, keywords: tuple[str, str, str]
) -> Iterator[Violation]:
    least, most, what = schema.get(keywords[0]), schema.get(keywords[1]), keywords[2]
    if isinstance(least, int) and size < least:
        yield at, f"should have at least {least} {what} (got {size})"
    if isinstance(most, int) and size > most:
        yield at, f"should have at most {most} {what} (got {size})"


def _number(schema: Mapping[str, Any], value: float, at: str) -> Iterator[Violation]:
    tests: tuple[tuple[str, str, Callable[[float], bool]], ...] = (
        ("minimum", "at least", lambda bound: value >= bound),
        ("maximum", "at most", lambda bound: value <= bound),
        ("exclusiveMinimum", "above", lambda bound: value > bound),
        ("exclusiveMaximum", "below", lambda bound: value < bound),
    )
    for keyword, words, fits in tests:
        bound = schema.get(keyword)
        if isinstance(bound, int | float) and not isinstance(bound, bool) and not fits(bound):
            yield at, f"should be {words} {bound} (got {_short(value)})"
    step = schema.get("multipleOf")
    if isinstance(step, int | float) and step > 0 and math.isfinite(value):
        parts = value / step
        if abs(parts - round(parts)) > 1e-9:
            yield at, f"should be a multiple of {step} (got {_short(value)})"


def _list(schema: Mapping[str, Any], keyword: str) -> list[Any]:
    found = schema.get(keyword)
    return found if isinstance(found, list) else []


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
