"""Defensive reading of attribute values: JSON in text, Python reprs, indexed keys, numbers."""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Mapping
from typing import Any

from misstep.model import Json
from misstep_store.spans import Span

MAX_PARSED_CHARS = 16_000_000
_MAX_REPR_CHARS = 200_000
_MAX_DEPTH = 200
_LOOKS_JSON = ("{", "[", '"')


def parsed(value: Any) -> Json:
    """Text that is a JSON object, list or string as what it says; anything else as it is."""
    if not isinstance(value, str):
        return plain(value)
    text = value.strip()
    if not text.startswith(_LOOKS_JSON) or len(text) > MAX_PARSED_CHARS:
        return value
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return value
    return found if _shallow(found) else value


def decoded(value: Any) -> Json:
    """As :func:`parsed`, and JSON inside a JSON string once more."""
    once = parsed(value)
    return parsed(once) if isinstance(once, str) and once is not value else once


def from_repr(value: Any) -> Json:
    """Python literal text (``{'a': 1}``) as its value; JSON is tried first."""
    found = parsed(value)
    if not isinstance(found, str) or len(found) > _MAX_REPR_CHARS:
        return found
    text = found.strip()
    if not text.startswith(("{", "[", "(")) or text.count("{") + text.count("[") > 5_000:
        return found
    try:
        literal = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return found
    return plain(literal)


def plain(value: Any) -> Json:
    """A value JSON can hold: bytes become their size, NaN its name, tuples lists."""
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set):
        return [plain(v) for v in value]
    return value


def _shallow(value: Json) -> bool:
    """Whether nothing is nested so deep that walking it would overflow the stack."""
    layer, depth = [value], 0
    while layer and depth <= _MAX_DEPTH:
        following: list[Json] = []
        for item in layer:
            if isinstance(item, dict):
                following.extend(item.values())
            elif isinstance(item, list):
                following.extend(item)
        layer, depth = following, depth + 1
    return not layer


def text(attributes: Mapping[str, Any], *keys: str) -> str | None:
    """The first of the keys that holds text that is not empty."""
    for key in keys:
        value = attributes.get(key)
        if isinstance(value, str) and value:
            return value
    return None


def number(attributes: Mapping[str, Any], *keys: str) -> float | None:
    """The first of the keys that holds a finite number, or text that is one."""
    for key in keys:
        value = attributes.get(key)
        if isinstance(value, bool) or value is None:
            continue
        try:
            found = float(value)
        except (TypeError, ValueError):
            continue
        if math.isfinite(found):
            return found
    return None


def integer(attributes: Mapping[str, Any], *keys: str) -> int:
    """As :func:`number`, as an integer of at least 0; 0 when there is none."""
    found = number(attributes, *keys)
    return max(0, int(found)) if found is not None and abs(found) < 2**53 else 0


def first(value: Any) -> str | None:
    """The first text of an array, a JSON array in text, or the text itself."""
    value = parsed(value)
    if isinstance(value, list):
        value = next((v for v in value if isinstance(v, str)), None)
    return value if isinstance(value, str) and value else None


_INDEXED = re.compile(r"^(\d{1,18})(?:\.(.*))?$")


def indexed(attributes: Mapping[str, Any], prefix: str) -> list[dict[str, Any]]:
    """Flattened lists (``prefix.0.role``, ``prefix.2.content``) as items in index order.

    Gaps are closed: an index of 10^9 makes one item, not a billion."""
    found: dict[int, dict[str, Any]] = {}
    start = prefix + "."
    for key, value in attributes.items():
        if not key.startswith(start):
            continue
        match = _INDEXED.match(key[len(start) :])
        if match:
            found.setdefault(int(match.group(1)), {})[match.group(2) or ""] = value
    return [found[i] for i in sorted(found)]


def error_of(span: Span) -> tuple[str, str, str | None] | None:
    """Type, message and stack of a span's failure; None when it did not fail."""
    if span.status_code != 2:
        return None
    for event in span.events:
        if event.name == "exception":
            kind = text(event.attributes, "exception.type")
            message = text(event.attributes, "exception.message")
            stack = text(event.attributes, "exception.stacktrace")
            if kind or message:
                return kind or "Exception", message or span.status_message, stack
    kind = text(span.attributes, "error.type") or "Error"
    message = text(span.attributes, "error.message") or span.status_message
    return clean_type(kind), message, None


def clean_type(kind: str) -> str:
    """``<class 'a.B'>`` as ``a.B``."""
    match = re.fullmatch(r"<class '([^']+)'>", kind)
    return match.group(1) if match else kind
