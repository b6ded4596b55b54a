"""Values as JSON: what is captured of an argument or result, its canonical text and its hash.

Capturing never raises and never runs long: depth, members and text are bounded, and what could not
be captured is said in its place.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import decimal
import enum
import hashlib
import json
import math
import re
import uuid
from collections.abc import Mapping, Set
from pathlib import PurePath
from typing import Any

import rfc8785

from misstep.model import Json

MAX_DEPTH = 60
MAX_MEMBERS = 100_000
MAX_REPR_CHARS = 2_000
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_SAFE_INTEGER = 2**53 - 1


def canonical_json(value: Json) -> str:
    """RFC 8785 text of a JSON value: one spelling for equal values, whatever their origin.

    Values RFC 8785 cannot hold (integers beyond 53 bits, NaN, lone surrogates) are written as
    strings, so that there is always an answer.
    """
    try:
        return rfc8785.dumps(value).decode()
    except Exception:  # outside the I-JSON range, or not JSON at all
        return rfc8785.dumps(_storable(value, 0)).decode()


def json_text(value: Json) -> str:
    """Compact JSON text that keeps ``1.0`` apart from ``1``; what spans carry as payload."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        storable = _storable(value, 0)
        return json.dumps(storable, ensure_ascii=False, separators=(",", ":"))


def sha256(text: str) -> str:
    """``sha256:`` and 64 hex digits of the text's UTF-8."""
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def content_hash(value: Json) -> str:
    """The hash of a value's canonical JSON."""
    return sha256(canonical_json(value))


def _storable(value: Any, depth: int) -> Json:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) <= _SAFE_INTEGER else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if depth > 4 * MAX_DEPTH:
        return "<too deep>"
    if isinstance(value, dict):
        return {_storable(str(k), depth): _storable(v, depth + 1) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(v, depth + 1) for v in value]
    return str(value)


class Capture:
    """Turns one Python value into JSON; ``problems`` says what could not be captured."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self._members = 0
        self._open: set[int] = set()

    def value(self, value: Any, depth: int = 0) -> Json:
        """The JSON of ``value``; safe for any object."""
        try:
            return self._convert(value, depth)
        except RecursionError:
            return self._problem("nested too deep")
        except Exception as error:  # user code (repr, properties, serialisers) may raise anything
            return self._problem(f"{type(value).__name__}: {type(error).__name__}")

    def _problem(self, text: str) -> str:
        if len(self.problems) < 10:
            self.problems.append(text)
        return f"<not captured: {text}>"

    def _convert(self, value: Any, depth: int) -> Json:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, enum.Enum):
            return self.value(value.value, depth + 1)
        if isinstance(value, str):
            return str(value)
        if isinstance(value, int):
            return int(value)
        if isinstance(value, float):
            return float(value) if math.isfinite(value) else str(value)
        self._members += 1
        if depth > MAX_DEPTH:
            return self._problem(f"nested deeper than {MAX_DEPTH}")
        if self._members > MAX_MEMBERS:
            return self._problem(f"more than {MAX_MEMBERS} members")
        if id(value) in self._open:
            return self._problem("refers to itself")
        self._open.add(id(value))
        try:
            return self._compound(value, depth + 1)
        finally:
            self._open.discard(id(value))

    def _compound(self, value: Any, depth: int) -> Json:
        if isinstance(value, Mapping):
            return {self._key(k): self.value(v, depth) for k, v in list(value.items())}
        if isinstance(value, list | tuple):
            return [self.value(v, depth) for v in list(value)]
        if hasattr(value, "model_dump") and not isinstance(value, type):
            return self.value(value.model_dump(mode="json"), depth)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return {
                f.name: self.value(getattr(value, f.name, None), depth)
                for f in dataclasses.fields(value)
            }
        if isinstance(value, Set):
            return sorted((self.value(v, depth) for v in list(value)), key=str)
        return self._scalar(value)

    @staticmethod
    def _key(key: Any) -> str:
        return key if isinstance(key, str) else str(key)

    def _scalar(self, value: Any) -> Json:
        if isinstance(value, dt.datetime | dt.date | dt.time):
            return value.isoformat()
        if isinstance(value, decimal.Decimal | uuid.UUID | PurePath | dt.timedelta | complex):
            return str(value)
        if isinstance(value, bytes | bytearray | memoryview):
            return _bytes(bytes(value))
        summary = _array_summary(value)
        return summary if summary is not None else self._repr(value)

    def _repr(self, value: Any) -> str:
        if isinstance(value, type) or callable(value):
            name = getattr(value, "__qualname__", type(value).__qualname__)
            return f"<{getattr(value, '__module__', '?')}.{name}>"
        if getattr(type(value), "__repr__", None) is object.__repr__:
            return f"<{type(value).__module__}.{type(value).__qualname__}>"
        # Addresses differ from run to run and would make equal inputs look different.
        return _ADDRESS.sub("", repr(value)[:MAX_REPR_CHARS])


def _bytes(value: bytes) -> Json:
    digest = "sha256:" + hashlib.sha256(value).hexdigest()
    if len(value) <= 64:
        return {"$bytes": base64.b64encode(value).decode(), "size_bytes": len(value)}
    return {"$bytes": None, "size_bytes": len(value), "hash": digest}


def _array_summary(value: Any) -> Json:
    """numpy arrays and scalars, pandas and similar frames: shape and type, small ones whole."""
    module = type(value).__module__.partition(".")[0]
    if module == "numpy":
        if getattr(value, "ndim", None) == 0:
            return value.item()
        if getattr(value, "size", 1 << 30) <= 100:
            return value.tolist()
        return {"$array": list(value.shape), "dtype": str(value.dtype)}
    if module in ("pandas", "polars", "pyarrow") and hasattr(value, "shape"):
        columns = [str(c) for c in getattr(value, "columns", [])][:200]
        return {"$table": list(value.shape), "columns": columns}
    return None


def capture(value: Any) -> tuple[Json, list[str]]:
    """The JSON of any Python value and what could not be captured of it."""
    taking = Capture()
    return taking.value(value), taking.problems
