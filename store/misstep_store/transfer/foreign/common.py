"""Ids, times and attribute values of other tools' exports."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from typing import Any

import orjson

from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.times import unix_nano
from misstep_store.otlp.spans import Attributes, LogRecord, SpanEvent

UNKNOWN_START_NANO = 1_000_000_000
"""Where a run begins whose export says no time: one second after the epoch, plainly no real date."""
MAX_DEPTH = 60
"""Levels of an attribute value; what is nested deeper is kept as its JSON text."""


def hexed(given: Any, length: int) -> str:
    """An id of ``length`` hex digits: the given one where it is hex (a UUID's lower half for short
    ones), else a hash of it; empty for none, and for zeros, which name nothing."""
    if given is None or given == "":
        return ""
    text = str(given).lower().removeprefix("0x").replace("-", "")
    if re.fullmatch(r"[0-9a-f]+", text) and len(text) in (16, 32) and len(text) >= length:
        return _named(text[-length:])
    if re.fullmatch(r"[0-9a-f]+", text) and len(text) <= length and len(text) >= 8:
        return _named(text.rjust(length, "0"))
    return hashlib.sha256(str(given).encode("utf-8", "replace")).hexdigest()[:length]


def _named(text: str) -> str:
    return text if text.strip("0") else ""


def content_id(value: Any, length: int) -> str:
    """An id made of what an object says, for objects that name none: importing twice is once."""
    raw = _json(value, orjson.OPT_SORT_KEYS)
    return hashlib.sha256(raw).hexdigest()[:length]


def dumped(value: Any) -> str:
    """JSON text of a value; text stays as it is."""
    return value if isinstance(value, str) else json_text(value)


def json_text(value: Any) -> str:
    """JSON text of a value, of text too."""
    return _json(value, orjson.OPT_NON_STR_KEYS).decode()


def _json(value: Any, option: int) -> bytes:
    try:
        return orjson.dumps(value, default=str, option=option)
    except (TypeError, ValueError):  # nested deeper than orjson writes, or with huge integers
        return _written(value)


def _written(value: Any) -> bytes:
    """JSON of any depth."""
    out: list[str] = []
    stack: list[tuple[bool, Any]] = [(False, value)]
    while stack:
        is_mark, item = stack.pop()
        if is_mark:
            out.append(item)
        elif isinstance(item, Mapping):
            out.append("{")
            stack.append((True, "}"))
            for number, (key, inner) in reversed(list(enumerate(item.items()))):
                comma = "," if number else ""
                stack += [(False, inner), (True, f"{comma}{json.dumps(str(key))}:")]
        elif isinstance(item, list | tuple):
            out.append("[")
            stack.append((True, "]"))
            for number, inner in reversed(list(enumerate(item))):
                stack += [(False, inner), (True, "," if number else "")]
        else:
            out.append(json.dumps(item, default=str, ensure_ascii=False))
    return "".join(out).encode("utf-8", "replace")


def bounded(value: Any) -> Any:
    """An attribute value as it is, or its JSON text where it is nested too deep to be stored."""
    layer, depth = [value], 0
    while layer and depth <= MAX_DEPTH:
        layer = [
            inner
            for item in layer
            if isinstance(item, Mapping | list)
            for inner in (item.values() if isinstance(item, Mapping) else item)
        ]
        depth += 1
    return json_text(value) if layer else value


def put(attributes: Attributes, **given: Any) -> None:
    """Sets what is neither None nor an empty text; ``__`` in a name stands for a dot."""
    for key, value in given.items():
        if value is not None and value != "":
            attributes[key.replace("__", ".")] = bounded(value)


def mapping(value: Any) -> Mapping[str, Any]:
    """An object, also one that is given as JSON text; empty for anything else."""
    found = rd.parsed(value) if isinstance(value, str) else value
    return found if isinstance(found, Mapping) else {}


def listed(value: Any) -> list[Any]:
    """A list, also one that is given as JSON text; empty for anything else."""
    found = rd.parsed(value) if isinstance(value, str) else value
    return found if isinstance(found, list) else []


def records(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list."""
    return [item for item in listed(value) if isinstance(item, Mapping)]


def failed(kind: str, message: str) -> SpanEvent:
    """The exception event of a failure."""
    return SpanEvent("exception", 0, {"exception.type": kind, "exception.message": message})


def score_log(
    trace_id: str,
    span_id: str,
    *,
    name: Any,
    value: Any = None,
    label: Any = None,
    explanation: Any = None,
    at: Any = None,
) -> LogRecord:
    """A score as the evaluation event of the GenAI conventions."""
    attributes: Attributes = {"gen_ai.evaluation.name": str(name or "score")}
    if isinstance(value, bool):
        label, value = (label or str(value).lower()), float(value)
    told = number(value)
    if told is not None:
        attributes["gen_ai.evaluation.score.value"] = told
    elif label is None and isinstance(value, str):
        label = value
    if label not in (None, ""):
        attributes["gen_ai.evaluation.score.label"] = str(label)
    if explanation not in (None, ""):
        attributes["gen_ai.evaluation.explanation"] = str(explanation)
    return LogRecord(
        trace_id=trace_id,
        span_id=span_id,
        time_unix_nano=unix_nano(at),
        event_name="gen_ai.evaluation.result",
        attributes=attributes,
    )


def times(start: Any, end: Any) -> tuple[int, int]:
    """Start and end of a span in nanoseconds, each that of the other where it is missing."""
    began, done = unix_nano(start), unix_nano(end)
    return began or done, done or began


def number(value: Any) -> float | None:
    """A finite number, also one that is given as text; None for anything else."""
    if isinstance(value, bool):
        return None
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def whole(value: Any) -> int | None:
    """A count, also one that is given as text or with a fraction of zero; None for anything else."""
    found = number(value)
    return int(found) if found is not None and 0 <= found < 2**53 else None
