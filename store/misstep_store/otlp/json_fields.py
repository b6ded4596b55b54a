"""Members of OTLP's JSON encoding: what a value of the wrong kind is read as, or why it is refused."""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable
from typing import Any

import orjson
from opentelemetry.proto.logs.v1.logs_pb2 import SeverityNumber
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from misstep.errors import DecodeError

MAX_DEPTH = 100
HEX = frozenset("0123456789abcdef")
MAX_NANO = 2**63 - 1
_INT64, _INT32, _UINT32 = 2**63, 2**31, 2**32
NUMBERS: dict[str, int] = {
    name: number
    for known in (Span.SpanKind, Status.StatusCode, SeverityNumber)
    for name, number in known.items()
}
"""Of enumerations by their names, which protobuf's own JSON writes."""
_ESCAPES = re.compile(
    rb"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
"""An escaped backslash, a pair of surrogates, or one alone."""


def parsed(body: bytes) -> Any:
    """What a JSON text says.

    JavaScript cuts texts in the middle of an emoji and escapes the half that is left; U+FFFD stands
    for it then, since a batch that is refused is lost to its sender.

    Raises:
        orjson.JSONDecodeError: when it is none.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        whole = _ESCAPES.sub(lambda m: b"\\ufffd" if len(m[0]) == 6 else m[0], body)
        if whole == body:
            raise
        return orjson.loads(whole)


def objects(raw: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """A list of objects; none when it is absent.

    Raises:
        DecodeError: when it is something else.
    """
    value = raw.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
        raise DecodeError(f"{key} must be a list of objects")
    return value


def text(raw: dict[str, Any], key: str) -> str:
    """A text; empty when it is none."""
    value = raw.get(key)
    return value if isinstance(value, str) else ""


def id_of(raw: dict[str, Any], key: str) -> str:
    """The id of an item itself, as it was written, or of what protobuf's own JSON makes of its bytes,
    which some senders leave as it is."""
    found = text(raw, key)
    return _from_bytes(found) if found.endswith("=") else found.lower()


def _from_bytes(told: str) -> str:
    try:
        found = base64.b64decode(told, validate=True) if len(told) in _IN_BASE64 else b""
    except (binascii.Error, ValueError):
        found = b""
    return found.hex() or told


_IN_BASE64 = (24, 12)
"""So long is a trace's id, and a span's."""


def other_id(raw: dict[str, Any], key: str) -> str:
    """An id that refers to something else; empty when it is none, as protobuf would have it."""
    found = id_of(raw, key)
    return found if len(found) % 2 == 0 and HEX.issuperset(found) else ""


def texts(raw: dict[str, Any], key: str) -> list[str]:
    """Those members of a list that are texts."""
    value = raw.get(key)
    return [v for v in value if isinstance(v, str)] if isinstance(value, list) else []


def count_of(raw: dict[str, Any], key: str) -> int:
    """A number that protobuf keeps in 32 bits without a sign.

    Raises:
        DecodeError: when it is none.
    """
    return _integer(raw, key, 0, _UINT32)


def enum(raw: dict[str, Any], key: str) -> int:
    """A number of an enumeration, or its name.

    Raises:
        DecodeError: when it is none.
    """
    value = raw.get(key)
    if isinstance(value, str) and value in NUMBERS:
        return NUMBERS[value]
    return _integer(raw, key, -_INT32, _INT32)


def _integer(raw: dict[str, Any], key: str, low: int, high: int) -> int:
    value = raw.get(key)
    try:
        number = int(value) if value is not None else 0
    except (TypeError, ValueError, OverflowError) as error:
        raise DecodeError(f"{key} must be an integer, got {str(value)[:40]!r}") from error
    if not low <= number < high:
        raise DecodeError(f"{key} is out of range: {str(value)[:40]}")
    return number


def nano(raw: dict[str, Any], key: str) -> int:
    """Nanoseconds, within what the store can hold.

    Raises:
        DecodeError: when it is no number.
    """
    value = raw.get(key)
    try:
        return max(0, min(int(value), MAX_NANO)) if value is not None else 0
    except (TypeError, ValueError, OverflowError) as error:
        raise DecodeError(f"{key} must be nanoseconds, got {str(value)[:40]!r}") from error


def attributes(raw: dict[str, Any]) -> dict[str, Any]:
    """Attributes by key; what is no pair is left out."""
    pairs = raw.get("attributes")
    return _pairs(pairs, 0) if isinstance(pairs, list) else {}


def _pairs(raw: list[Any], depth: int) -> dict[str, Any]:
    """Values by key; an empty key may be left out, as all that is empty."""
    return {
        "" if p.get("key") is None else str(p["key"]): value_of(p.get("value"), depth)
        for p in raw
        if isinstance(p, dict) and ("key" in p or "value" in p)
    }


def value_of(raw: Any, depth: int) -> Any:
    """An AnyValue; None when it is none."""
    if not isinstance(raw, dict) or depth > MAX_DEPTH:
        return None if not isinstance(raw, dict) else "<nested too deep>"
    for key, convert in _CONVERT.items():
        if raw.get(key) is not None:  # null is what was not set
            return convert(raw[key], depth)
    return None


def _int_json(value: Any, _: int) -> Any:
    """A number that no 64 bits hold stays as its digits."""
    try:
        number = int(value)
        return number if -_INT64 <= number < _INT64 else str(number)
    except (TypeError, ValueError, OverflowError):
        return None


def _double_json(value: Any, _: int) -> Any:
    if isinstance(value, str) and value in _NOT_FINITE:
        return _NOT_FINITE[value]
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and not isinstance(value, bool) else None


_NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def _bytes_json(value: Any, _: int) -> Any:
    """In either alphabet of base64, padded or not."""
    try:
        whole = value.rstrip("=")
        return base64.b64decode(whole + "=" * (-len(whole) % 4), _alphabet(whole), validate=True)
    except (AttributeError, TypeError, ValueError, binascii.Error):
        return None


def _alphabet(told: str) -> bytes | None:
    return b"-_" if "-" in told or "_" in told else None


def _array_json(value: Any, depth: int) -> Any:
    return [value_of(v, depth + 1) for v in _members(value)]


def _kvlist_json(value: Any, depth: int) -> Any:
    return _pairs(_members(value), depth + 1)


def _members(value: Any) -> list[Any]:
    values = value.get("values") if isinstance(value, dict) else None
    return values if isinstance(values, list) else []


_CONVERT: dict[str, Callable[[Any, int], Any]] = {
    "stringValue": lambda v, _: v if isinstance(v, str) else str(v),
    "boolValue": lambda v, _: v if isinstance(v, bool) else None,
    "intValue": _int_json,
    "doubleValue": _double_json,
    "bytesValue": _bytes_json,
    "arrayValue": _array_json,
    "kvlistValue": _kvlist_json,
}
