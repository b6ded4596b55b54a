"""Defensive reading of attribute values: JSON in text, Python reprs, indexed keys, numbers.

Nothing here raises on any value: what cannot be read stays the text it is.
"""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from misstep.model import Json

MAX_PARSED_CHARS = 16_000_000
_MAX_REPR_CHARS = 200_000
MAX_DEPTH = 200
_MAX_BRACKETS = 5_000
_JSON_STARTS = ("{", "[", '"')
_SURROGATE = re.compile("[\ud800-\udfff]")


_PRINTED = re.compile(
    r"<[\w.]+ object(?:(?: [\w.<>]{1,200})? at 0x[0-9a-f]+)?>"
    r"|<\w+ \[\d{3}(?: [\w ]{1,40})?\](?: type=<class '[\w.]{1,200}'>)?>"
)
"""Objects, and answers as HTTP clients and SDKs print them: ``<APIResponse [200 OK] type=…>``."""


def is_printed(text: str) -> bool:
    """Whether it is an object of the program as Python prints it, of which nothing is told."""
    return _PRINTED.fullmatch(text) is not None


def parsed(value: Any) -> Json:
    """Text that is a JSON object, list or string as what it says; anything else as it is."""
    if not isinstance(value, str):
        return plain(value)
    if value[:1] in _JSON_STARTS:
        return _parse(value) if value else value
    if value[:1].isspace():
        stripped = value.strip()
        if stripped[:1] in _JSON_STARTS and stripped:
            found = _parse(stripped)
            return value if found is stripped else found
    return value


def _parse(text: str) -> Json:
    if len(text) > MAX_PARSED_CHARS:
        return text
    try:
        found = orjson.loads(text)
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        found = _leniently(text)
    if len(text) > 2 * MAX_DEPTH and may_be_deep(text) and not _shallow(found):
        return text
    return found


def may_be_deep(text: str) -> bool:
    """Whether a text has more brackets than may be nested."""
    try:
        raw = text.encode()
    except UnicodeEncodeError:
        return text.count("[") + text.count("{") > MAX_DEPTH
    return opened_in(raw) > MAX_DEPTH


def opened_in(raw: bytes) -> int:
    """How many brackets a text opens."""
    # So bytes are counted in half the time.
    return 2 * len(raw) - len(raw.replace(b"{", b"")) - len(raw.replace(b"[", b""))


def _leniently(text: str) -> Json:
    """What orjson refuses but Python writes: NaN, Infinity, huge integers, lone surrogates."""
    if not any(mark in text for mark in ("NaN", "Infinity", "\\ud", "\\uD")) and (
        text.isascii() or not _SURROGATE.search(text)
    ):
        return text
    try:
        return plain(json.loads(text)) if _shallow_text(text) else text
    except (ValueError, RecursionError):
        return text


def _shallow_text(text: str) -> bool:
    return text.count("[") + text.count("{") <= 100_000


def json_value(value: Any) -> Json:
    """As :func:`parsed`, scalars too: for attributes that always hold JSON (``"18"`` is 18)."""
    if not isinstance(value, str):
        return plain(value)
    found = parsed(value)
    if found is not value:
        return found
    try:
        return plain(json.loads(value)) if len(value) < 64 else value
    except (ValueError, RecursionError):
        return value


def decoded(value: Any) -> Json:
    """As :func:`parsed`, and JSON inside a JSON string once more."""
    once = parsed(value)
    return parsed(once) if isinstance(once, str) and once is not value else once


def from_repr(value: Any) -> Json:
    """Python literal text (``{'a': 1}``) as its value; JSON is tried first."""
    if type(value) is str and value[:1] not in STARTS:
        return value
    if type(value) is str and value[:2] in _REPR_STARTS:
        found: Json = value  # no JSON begins so
    else:
        found = decoded(value)
        if not isinstance(found, str):
            return found
    if len(found) > _MAX_REPR_CHARS:
        return found
    text = found.strip()
    if not text.startswith(("{", "[", "(")):
        return found
    brackets = text.count("{") + text.count("[")
    if brackets > _MAX_BRACKETS:
        return found
    swapped = _as_json(text, deep=brackets > MAX_DEPTH)
    if swapped is not None:
        return swapped
    try:
        literal = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return found
    made = plain(literal)
    return made if _shallow(made) else found


STARTS = frozenset('{[("' + "".join(chr(c) for c in range(0x3001) if chr(c).isspace()))
"""With what begins each text that :func:`from_repr` reads as more than that text."""
_REPR_STARTS = frozenset({"{'", "['", "("} | {f"({c}" for c in "'\"{[("})


def _as_json(text: str, *, deep: bool) -> Json:
    """A literal of plain texts, numbers, lists and dicts, by way of JSON; None for any other.

    Args:
        deep: whether it may be nested deeper than is walked.
    """
    if "\0" in text or text[0] == "(":
        return None
    bare = '"' not in text and "\\" not in text
    short = bare and not deep and len(text) < _SHORT
    if short and not ("None" in text or "True" in text or "False" in text):
        try:  # most often token counts
            return None if _is_odd(text) else orjson.loads(text.replace("'", '"'))
        except (orjson.JSONDecodeError, UnicodeEncodeError):
            pass
    # Without double quotes and backslashes every second piece between single quotes is a text.
    pieces = text.split("'") if bare else _TEXTS.split(text)
    if pieces[-2:-1] == [None]:  # a quote that is never closed
        return None
    rest = "\0".join(pieces[::2])
    if _is_odd(rest) or "(" in rest or "'" in rest or '"' in rest or not rest.isascii():
        return None
    for word, other in _WORDS:
        rest = rest.replace(word, other)
    pieces[::2] = rest.split("\0")
    if not bare:
        pieces[1::2] = map(_quoted, pieces[1::2])
    try:
        found = orjson.loads(('"' if bare else "").join(pieces))
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        return None
    return found if not deep or _shallow(found) else None


def _is_odd(text: str) -> bool:
    """Whether it may hold what Python and JSON read otherwise."""
    return (
        ("-0" in text and _MINUS_ZERO.search(text) is not None)
        or "null" in text
        or "true" in text
        or "false" in text
        or _LONG_NUMBER.search(text) is not None
    )


def _quoted(text: str) -> str:
    """A Python text in its quotes as JSON's."""
    if "\\" in text:
        try:
            return orjson.dumps(ast.literal_eval(text)).decode()
        except (ValueError, SyntaxError, TypeError, orjson.JSONEncodeError):
            return "'"  # which no JSON has
    inner = text[1:-1]
    return '"' + (inner.replace('"', '\\"') if '"' in inner else inner) + '"'


_TEXTS = re.compile(
    r"""('[^'\\]*+(?:\\.[^'\\]*+)*+'|"[^"\\]*+(?:\\.[^"\\]*+)*+")|['"].*""", re.DOTALL
)
"""A text; or, outside the group, all behind a quote that is never closed, which is looked at once."""
_WORDS = (("None", "null"), ("True", "true"), ("False", "false"))
_SHORT = 400
_LONG_NUMBER = re.compile(r"[0-9]{18}")
_MINUS_ZERO = re.compile(r"(?<![eE])-0")


def opened(value: Any) -> Json:
    """As :func:`from_repr`, of text or of what was read already."""
    return from_repr(value) if isinstance(value, str) else value


def plain(value: Any) -> Json:
    """A value JSON can hold: bytes become their size, NaN its name, tuples lists."""
    kind = type(value)
    if kind is str:
        if value.isascii() or not _SURROGATE.search(value):
            return value
        return _SURROGATE.sub("\ufffd", value)
    if value is None or kind is int or kind is bool:
        return value
    if kind is dict:
        return {str(k): plain(v) for k, v in value.items()}
    if kind is list:
        return [plain(v) for v in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, str | int):
        return value
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in value]
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    return str(value)


def _shallow(value: Json) -> bool:
    """Whether nothing is nested so deep that walking it would overflow the stack."""
    layer, depth = [value], 0
    while layer and depth <= MAX_DEPTH:
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
    get = attributes.get
    for key in keys:
        value = get(key)
        if value and type(value) is str:
            return value
    return None


def word(attributes: Mapping[str, Any], *keys: str) -> str | None:
    """As :func:`text`, for conventions that write text as JSON (``"\\"gpt\\""``) or as a number."""
    for key in keys:
        value = attributes.get(key)
        if isinstance(value, str):
            if value[:1] == '"':
                inner = value[1:-1]
                bare = value[-1] == '"' and inner.isalnum()
                value = inner if bare else parsed(value)
            if isinstance(value, str) and value and value != "None":
                return value
        elif isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
    return None


def truth(value: Any) -> bool:
    """Whether an attribute says yes, also as text."""
    return value is True or (isinstance(value, str) and value.lower() == "true")


def number(attributes: Mapping[str, Any], *keys: str) -> float | None:
    """The first of the keys that holds a finite number, or text that is one."""
    for key in keys:
        value = attributes.get(key)
        if value is None or isinstance(value, bool):
            continue
        try:
            found = float(value)
        except (TypeError, ValueError, OverflowError):
            continue
        if math.isfinite(found):
            return found
    return None


def integer(attributes: Mapping[str, Any], *keys: str) -> int:
    """As :func:`number`, as an integer of at least 0; 0 when there is none."""
    for key in keys:
        value = attributes.get(key)
        if value is None:
            continue
        if type(value) is int:
            return value if 0 <= value < 2**53 else 0
        found = number(attributes, key)
        if found is not None:
            return int(found) if 0 <= found < 2**53 else 0
    return 0


def strings(value: Any) -> list[str]:
    """A list of texts: an array, a JSON array in text, or one text."""
    if type(value) is list and all(type(v) is str and v.isascii() for v in value):
        return value.copy()
    value = parsed(value)
    if isinstance(value, str):
        return [value] if value else []
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []


def tags(value: Any) -> list[str]:
    """Tags: an array, a JSON array, or a comma list."""
    found = strings(value)
    if len(found) == 1 and isinstance(value, str) and found[0] == value:
        found = value.split(",")
    return [t.strip() for t in found if t.strip()]


def first(value: Any) -> str | None:
    """The first text of an array, a JSON array in text, or the text itself; of a response the last
    of its states, which Sentry tells one after the other."""
    found = strings(value)
    return next((f for f in found if f not in NO_REASONS), None)


NO_REASONS = ("", "in_progress")


def indexed(attributes: Mapping[str, Any], prefix: str) -> list[dict[str, Any]]:
    """Flattened lists (``prefix.0.role``, ``prefix.2.content``) as items in index order.

    Gaps are closed: an index of 10^9 makes one item, not a billion."""
    start = prefix + "."
    return items(
        (key[len(start) :], value) for key, value in attributes.items() if key.startswith(start)
    )


def items(pairs: Iterable[tuple[str, Any]]) -> list[dict[str, Any]]:
    """As :func:`indexed`, of keys without their prefix (``0.role``)."""
    found: dict[int, dict[str, Any]] = {}
    for key, value in pairs:
        head, _, rest = key.partition(".")
        if head.isdecimal() and len(head) <= 18:
            found.setdefault(int(head), {})[rest] = value
    return [found[i] for i in sorted(found)] if len(found) > 1 else list(found.values())


def arguments(value: Any) -> Json:
    """Recorded call arguments ``{"args": […], "kwargs": {…}}`` as what a person would say.

    One positional argument alone is that argument, keywords alone are their object."""
    if not isinstance(value, dict) or set(value) != {"args", "kwargs"}:
        return value
    args, kwargs = value["args"], value["kwargs"]
    if args == [] or args is None:
        return kwargs or None
    if not kwargs and isinstance(args, list) and len(args) == 1:
        return args[0]
    return value
