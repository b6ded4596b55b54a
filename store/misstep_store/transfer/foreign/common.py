"""Ids, times and attribute values of other tools' exports."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import orjson

from misstep_store.conventions.times import unix_nano
from misstep_store.otlp.spans import Attributes, LogRecord, SpanEvent

UNKNOWN_START_NANO = 1_000_000_000
"""Where a run begins whose export says no time: one second after the epoch, plainly no real date."""


def hexed(given: Any, length: int) -> str:
    """An id of ``length`` hex digits: the given one where it is hex (a UUID's lower half for short
    ones), else a hash of it; empty for none."""
    if given is None or given == "":
        return ""
    text = str(given).lower().removeprefix("0x").replace("-", "")
    if re.fullmatch(r"[0-9a-f]+", text) and len(text) in (16, 32) and len(text) >= length:
        return text[-length:]
    if re.fullmatch(r"[0-9a-f]+", text) and len(text) <= length and len(text) >= 8:
        return text.rjust(length, "0")
    return hashlib.sha256(str(given).encode("utf-8", "replace")).hexdigest()[:length]


def content_id(value: Any, length: int) -> str:
    """An id made of what an object says, for objects that name none: importing twice is once."""
    raw = orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(raw).hexdigest()[:length]


def dumped(value: Any) -> str:
    """JSON text of a value; text stays as it is."""
    if isinstance(value, str):
        return value
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def json_text(value: Any) -> str:
    """JSON text of a value, of text too."""
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def put(attributes: Attributes, **given: Any) -> None:
    """Sets what is not None; ``__`` in a name stands for a dot."""
    for key, value in given.items():
        if value is not None:
            attributes[key.replace("__", ".")] = value


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
    if isinstance(value, int | float):
        attributes["gen_ai.evaluation.score.value"] = float(value)
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
