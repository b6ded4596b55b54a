"""Values as JSON: what is captured of an argument or result, its canonical text and its hash.

Capturing never raises and never runs long: depth and members are bounded, and what could not be
captured is said in its place.
"""

from __future__ import annotations

import base64
import dataclasses
import datetime as dt
import decimal
import enum
import hashlib
import itertools
import json
import math
import re
import uuid
from collections import deque
from collections.abc import Iterable, Mapping, Set
from pathlib import PurePath
from typing import Any

import rfc8785

from misstep.model import Json

MAX_DEPTH = 60
MAX_MEMBERS = 100_000
MAX_REPR_CHARS = 2_000
MAX_HASHED_BYTES = 1024 * 1024
"""Arrays and images above this are described by shape and type alone: hashing them takes time."""
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_SAFE_INTEGER = 2**53 - 1


_quoted = json.encoder.encode_basestring
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
_encode_sorted = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), allow_nan=False, sort_keys=True
).encode


def canonical_json(value: Json) -> str:
    """RFC 8785 text of a JSON value: one spelling for equal values, whatever their origin.

    Values RFC 8785 cannot hold (integers beyond 53 bits, NaN, lone surrogates) are written as
    strings, so that there is always an answer.
    """
    try:
        if _spelled_alike(value, 0):
            return _encode_sorted(value)
        return rfc8785.dumps(value).decode()
    except Exception:  # outside the I-JSON range, or not JSON at all
        return rfc8785.dumps(_storable(value, 0)).decode()


def json_text(value: Json) -> str:
    """Compact JSON text that keeps ``1.0`` apart from ``1``; what spans carry as payload."""
    try:
        return _encode(value)
    except (TypeError, ValueError, RecursionError):
        return _encode(_storable(value, 0))


def _spelled_alike(value: Any, depth: int) -> bool:
    """Whether the C encoder spells ``value`` as RFC 8785 does: it does unless there are floats
    (1.0 is 1 there), integers beyond 53 bits, lone surrogates, or keys it would order otherwise."""
    kind = type(value)
    if kind is str:
        return bool(value.isascii()) or _utf8(value)
    if value is None or kind is bool:
        return True
    if kind is int:
        return bool(-_SAFE_INTEGER <= value <= _SAFE_INTEGER)
    if depth > MAX_DEPTH:
        return False
    if kind is dict:
        return all(
            type(k) is str and k.isascii() and _spelled_alike(v, depth + 1)
            for k, v in value.items()
        )
    return kind is list and all(_spelled_alike(v, depth + 1) for v in value)


def _utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def text_and_key(path: str, value: Json) -> tuple[str, str]:
    """``(json_text(value), content_hash([path, value]))``, spelled only once where both agree."""
    alike = _spelled_alike(value, 0) and _utf8(path)
    if alike and _in_order(value, 0):
        text = _flat(value) or _encode(value)
        return text, sha256(f"[{_quoted(path)},{text}]")
    return json_text(value), content_hash([path, value])


def _in_order(value: Any, depth: int) -> bool:
    """Whether all members of objects stand in the order RFC 8785 gives them."""
    kind = type(value)
    if kind is dict:
        names = list(value)
        return (len(names) < 2 or names == sorted(names)) and all(
            _in_order(v, depth + 1) for v in value.values()
        )
    return kind is not list or all(_in_order(v, depth + 1) for v in value)


def _flat(value: Any) -> str | None:
    """JSON text of an object of texts, the commonest arguments, at half the encoder's cost."""
    if type(value) is not dict or not all(type(v) is str for v in value.values()):
        return None
    return "{" + ",".join(f"{_quoted(k)}:{_quoted(v)}" for k, v in value.items()) + "}"


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
        kind = type(value)
        if kind is str or value is None or kind is bool or kind is int:
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
            return {self._key(k): self.value(v, depth) for k, v in self._some(value.items())}
        if isinstance(value, list | tuple | deque):
            return [self.value(v, depth) for v in self._some(value)]
        if isinstance(value, type):
            return self._scalar(value)
        # Asked of the class: an object that answers every name (a mock) must not be touched.
        if hasattr(type(value), "__pydantic_serializer__"):
            return self._pydantic(value, depth)
        if hasattr(type(value), "model_dump"):
            return self.value(value.model_dump(), depth)
        if dataclasses.is_dataclass(value):
            return {
                f.name: self.value(getattr(value, f.name, None), depth)
                for f in dataclasses.fields(value)
            }
        if isinstance(value, Set):
            return sorted((self.value(v, depth) for v in list(value)), key=str)
        return self._scalar(value)

    def _some(self, members: Iterable[Any]) -> list[Any]:
        """As many members as may still be captured, taken at once: the owner may change them."""
        left = max(0, MAX_MEMBERS - self._members)
        some = list(itertools.islice(members, left + 1))
        if len(some) > left:
            self._problem(f"more than {MAX_MEMBERS} members")
            some.pop()
        return some

    def _pydantic(self, value: Any, depth: int) -> Json:
        try:
            serializer = type(value).__pydantic_serializer__
            return self.value(serializer.to_python(value, mode="json", warnings=False), depth)
        except Exception:  # a field that is no JSON: the members one by one
            return {self._key(k): self.value(v, depth) for k, v in list(vars(value).items())}

    def _key(self, key: Any) -> str:
        if isinstance(key, str):
            return str(key)
        try:
            return str(key)
        except Exception as error:
            return self._problem(f"key {type(key).__name__}: {type(error).__name__}")

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
    if len(value) <= 64:
        return {"$bytes": base64.b64encode(value).decode(), "size_bytes": len(value)}
    return {"$bytes": None, "size_bytes": len(value), "hash": _digest(value)}


def _digest(value: bytes) -> str:
    return "sha256:" + hashlib.sha256(value).hexdigest()


def _array_summary(value: Any) -> Json:
    """numpy arrays and scalars, tables, images: small ones whole, others by shape, type and hash."""
    module = str(type(value).__module__).partition(".")[0]
    if module == "numpy":
        return _numpy(value)
    if module in ("pandas", "polars", "pyarrow") and hasattr(value, "shape"):
        return _table(value)
    if module == "PIL" and hasattr(value, "tobytes") and hasattr(value, "mode"):
        summary: dict[str, Json] = {"$image": list(value.size), "mode": value.mode}
        if value.size[0] * value.size[1] <= MAX_HASHED_BYTES // 4:
            summary["hash"] = _digest(value.tobytes())
        return summary
    return None


def _numpy(value: Any) -> Json:
    if getattr(value, "ndim", None) == 0:
        item = value.item()
        return item if not isinstance(item, float) or math.isfinite(item) else str(item)
    if getattr(value, "size", 1 << 30) <= 100:
        return Capture().value(value.tolist())
    summary: dict[str, Json] = {"$array": list(value.shape), "dtype": str(value.dtype)}
    if value.dtype != object:
        summary["first"] = Capture().value(value.flat[:5].tolist())
        if value.nbytes <= MAX_HASHED_BYTES:
            summary["hash"] = _digest(value.tobytes())
    return summary


def _table(value: Any) -> Json:
    summary: dict[str, Json] = {"$table": list(value.shape)}
    if hasattr(value, "columns"):
        names = value.columns if len(value.shape) > 1 else []
        summary["columns"] = [str(getattr(c, "name", c) or c) for c in list(names)[:200]]
    head: Any = value.head(5) if hasattr(value, "head") else None
    rows = None
    if hasattr(head, "to_dicts"):  # polars
        rows = head.to_dicts()
    elif hasattr(head, "columns") and hasattr(head, "to_dict"):  # pandas
        rows = head.to_dict("records")
    if rows is not None:
        summary["first"] = Capture().value(rows)
    return summary


def capture(value: Any) -> tuple[Json, list[str]]:
    """The JSON of any Python value and what could not be captured of it."""
    taking = Capture()
    return taking.value(value), taking.problems
