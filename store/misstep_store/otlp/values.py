"""Attribute values as JSON text for the database and back, nothing lost.

JSON has no bytes, NaN or infinity and its readers disagree on integers beyond 53 bits, so those are
tagged: ``{"$bytes": base64}``, ``{"$float": "nan"}``, ``{"$int": "…"}``, and ``{"$f64": bits}`` (a
double by its 16 hex digits, where the fast decoder has no short decimal for it). An object whose
only key begins with ``$`` is wrapped as ``{"$object": …}``.
"""

from __future__ import annotations

import base64
import math
import struct
from typing import Any

import orjson

_ORJSON_MAX = 2**63 - 1


def dumps(value: Any) -> str:
    """JSON text of attribute values."""
    try:
        if not _needs_tags(value):
            return orjson.dumps(value).decode()
    except (TypeError, orjson.JSONEncodeError):
        pass
    return orjson.dumps(_tagged(value)).decode()


def loads(text: str) -> Any:
    """The values :func:`dumps` wrote."""
    value = orjson.loads(text)
    return _untagged(value) if '"$' in text else value


def _needs_tags(value: Any) -> bool:
    if isinstance(value, dict):
        return (len(value) == 1 and next(iter(value)).startswith("$")) or any(
            _needs_tags(v) for v in value.values()
        )
    if isinstance(value, list):
        return any(_needs_tags(v) for v in value)
    if isinstance(value, float):
        return not math.isfinite(value)
    return isinstance(value, bytes) or (isinstance(value, int) and abs(value) > _ORJSON_MAX)


def _tagged(value: Any) -> Any:
    if isinstance(value, dict):
        made = {_clean(str(k)): _tagged(v) for k, v in value.items()}
        only = next(iter(made)) if len(made) == 1 else ""
        return {"$object": made} if only.startswith("$") else made
    if isinstance(value, list | tuple):
        return [_tagged(v) for v in value]
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, float) and not math.isfinite(value):
        return {"$float": repr(value)}
    if isinstance(value, int) and abs(value) > _ORJSON_MAX:
        return {"$int": str(value)}
    return _clean(value) if isinstance(value, str) else value


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _untagged(value: Any) -> Any:
    if isinstance(value, list):
        return [_untagged(v) for v in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        (tag, inner), *_ = value.items()
        if tag == "$bytes":
            return base64.b64decode(inner)
        if tag == "$float":
            return float(inner)
        if tag == "$f64":
            return struct.unpack(">d", bytes.fromhex(inner))[0]
        if tag == "$int":
            return int(inner)
        if tag == "$object":
            return {k: _untagged(v) for k, v in inner.items()}
    return {k: _untagged(v) for k, v in value.items()}
