"""Values against JSON Schemas.

The subset that tools use is checked here, in Gemini's spelling too (``"OBJECT"``, ``nullable``); a
keyword that is not known is taken as fulfilled, so that no finding is wrong. The ``jsonschema``
library would bring five packages into every host for what these lines do.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from misstep.model import Json

_MAX_DEPTH = 32
Problem = tuple[str, str]
"""Path below the value (``.days``, ``.lines[0].qty``) and what is wrong there."""


def violations(schema: dict[str, Any], value: Json) -> list[Problem]:
    """The ways a value breaks a schema; empty when it fulfils it. Never raises."""
    try:
        return list(_Checker(schema).check(schema, value, "", 0))
    except Exception:  # a schema that is itself broken says nothing of the value
        return []


class _Checker:
    def __init__(self, root: dict[str, Any]) -> None:
        self._root = root

    def check(self, schema: Any, value: Json, at: str, depth: int) -> Iterator[Problem]:
        if schema is False:
            yield at, "is not allowed"
        if not isinstance(schema, dict) or depth > _MAX_DEPTH:
            return
        if "$ref" in schema:
            yield from self.check(self._resolved(schema["$ref"]), value, at, depth + 1)
        if value is None and schema.get("nullable") is True:
            return
        wrong = _wrong_type(schema.get("type"), value)
        if wrong:
            yield at, wrong
            return
        yield from _of_choice(schema, value, at)
        yield from self._combined(schema, value, at, depth)
        if isinstance(value, dict):
            yield from self._object(schema, value, at, depth)
        elif isinstance(value, list):
            yield from self._list(schema, value, at, depth)
        elif isinstance(value, str):
            yield from _text(schema, value, at)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield from _number(schema, value, at)

    def _resolved(self, reference: Any) -> Any:
        if not isinstance(reference, str) or not reference.startswith("#"):
            return {}
        here: Any = self._root
        for key in reference.removeprefix("#").strip("/").split("/"):
            if key:
                here = here.get(key.replace("~1", "/").replace("~0", "~")) if here else None
        return here or {}

    def _combined(
        self, schema: dict[str, Any], value: Json, at: str, depth: int
    ) -> Iterator[Problem]:
        for part in schema.get("allOf") or []:
            yield from self.check(part, value, at, depth + 1)
        for key in ("anyOf", "oneOf"):
            options = schema.get(key)
            if not isinstance(options, list) or not options:
                continue
            tried = [list(self.check(o, value, at, depth + 1)) for o in options]
            if all(tried):
                best = min(tried, key=len)
                yield best[0] if len(options) == 1 else (at, f"{short(value)} fits no alternative")

    def _object(
        self, schema: dict[str, Any], value: dict[str, Json], at: str, depth: int
    ) -> Iterator[Problem]:
        properties = schema.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        for name in schema.get("required") or []:
            if name not in value:
                yield at, f"{name!r} is required but missing"
        for name, inner in properties.items():
            if name in value:
                yield from self.check(inner, value[name], f"{at}.{name}", depth + 1)
        others = schema.get("additionalProperties", True)
        patterns = schema.get("patternProperties") or {}
        for name in value.keys() - properties.keys() if others is not True else ():
            if any(re.search(p, name) for p in patterns):
                continue
            if others is False:
                yield f"{at}.{name}", "is not a parameter"
            else:
                yield from self.check(others, value[name], f"{at}.{name}", depth + 1)

    def _list(
        self, schema: dict[str, Any], value: list[Json], at: str, depth: int
    ) -> Iterator[Problem]:
        if len(value) < _bound(schema, "minItems", -math.inf):
            yield at, f"has {len(value)} items, fewer than {schema['minItems']}"
        if len(value) > _bound(schema, "maxItems", math.inf):
            yield at, f"has {len(value)} items, more than {schema['maxItems']}"
        skip = len(schema.get("prefixItems") or [])
        for index, item in enumerate(value[:1000]):
            if index >= skip:
                yield from self.check(schema.get("items"), item, f"{at}[{index}]", depth + 1)


_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "null": (type(None),),
}


def _wrong_type(wanted: Any, value: Json) -> str | None:
    kinds = [k.lower() for k in (wanted if isinstance(wanted, list) else [wanted]) if k]
    if not kinds or any(_is(kind, value) for kind in kinds):
        return None
    return f"{short(value)} is no {' or '.join(kinds)}"


def _is(kind: str, value: Json) -> bool:
    if kind in ("integer", "number"):
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return kind == "number" or float(value).is_integer()
    return isinstance(value, _TYPES[kind]) if kind in _TYPES else True


def _of_choice(schema: dict[str, Any], value: Json, at: str) -> Iterator[Problem]:
    choices = schema.get("enum")
    if isinstance(choices, list) and not any(_equal(c, value) for c in choices):
        yield at, f"{short(value)} is none of {short(choices)}"
    if "const" in schema and not _equal(schema["const"], value):
        yield at, f"{short(value)} is not {short(schema['const'])}"


def _equal(one: Json, other: Json) -> bool:
    # True == 1 in Python, not in JSON.
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _text(schema: dict[str, Any], value: str, at: str) -> Iterator[Problem]:
    if len(value) < _bound(schema, "minLength", -math.inf):
        yield at, f"{short(value)} is shorter than {schema['minLength']}"
    if len(value) > _bound(schema, "maxLength", math.inf):
        yield at, f"{short(value)} is longer than {schema['maxLength']}"


def _number(schema: dict[str, Any], value: float, at: str) -> Iterator[Problem]:
    if value < _bound(schema, "minimum", -math.inf):
        yield at, f"{value} is less than {schema['minimum']}"
    if value > _bound(schema, "maximum", math.inf):
        yield at, f"{value} is more than {schema['maximum']}"
    if value <= _bound(schema, "exclusiveMinimum", -math.inf):
        yield at, f"{value} is not more than {schema['exclusiveMinimum']}"
    if value >= _bound(schema, "exclusiveMaximum", math.inf):
        yield at, f"{value} is not less than {schema['exclusiveMaximum']}"


def _bound(schema: dict[str, Any], key: str, otherwise: float) -> float:
    value = schema.get(key)
    if isinstance(value, str) and value.isdigit():  # Gemini writes these int64 as text
        return int(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else otherwise  # type: ignore[return-value]


def short(value: Json) -> str:
    """Its repr, cut to 80 characters."""
    text = repr(value)
    return text if len(text) <= 80 else text[:79] + "…"
