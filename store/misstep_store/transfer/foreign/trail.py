"""The TRAIL data set: spans nested in ``child_spans``, attributes as they were traced."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

from misstep_store.otlp.decode import Decoded
from misstep_store.otlp.spans import Resource, Scope, Span, SpanEvent

_KINDS = {"INTERNAL": 1, "SERVER": 2, "CLIENT": 3, "PRODUCER": 4, "CONSUMER": 5}
_STATUS = {"OK": 1, "ERROR": 2}
_DURATION = re.compile(r"P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?")


def claims(item: dict[str, Any]) -> bool:
    """A trace with its spans inside."""
    return isinstance(item.get("spans"), list) and "trace_id" in item


def read(items: Sequence[dict[str, Any]]) -> Decoded:
    """All spans of the traces."""
    return Decoded(spans=[s for item in items for s in _trail(item)])


def _trail(whole: dict[str, Any]) -> Iterator[Span]:
    """Spans nested in ``child_spans``, with string attributes, as the TRAIL data set publishes."""
    trace_id = _hex(str(whole["trace_id"]), 32)
    stack = [(s, "") for s in reversed(whole["spans"]) if isinstance(s, dict)]
    while stack:
        raw, parent = stack.pop()
        span = _trail_span(raw, trace_id, parent)
        yield span
        children = raw.get("child_spans") or []
        stack.extend((c, span.span_id) for c in reversed(children) if isinstance(c, dict))


def _trail_span(raw: dict[str, Any], trace_id: str, parent: str) -> Span:
    start = _time(raw.get("timestamp"))
    named = raw.get("parent_span_id")
    return Span(
        trace_id=trace_id,
        span_id=_hex(str(raw.get("span_id") or ""), 16),
        parent_span_id=_hex(str(named), 16) if named else parent,
        name=str(raw.get("span_name") or ""),
        trace_state=str(raw.get("trace_state") or ""),
        kind=_KINDS.get(str(raw.get("span_kind") or "").upper(), 0),
        start_unix_nano=start,
        end_unix_nano=start + _duration(raw.get("duration")),
        attributes=dict(raw.get("span_attributes") or {}),
        events=[
            SpanEvent(
                str(e.get("Name") or e.get("name") or ""),
                _time(e.get("Timestamp") or e.get("timestamp")),
                dict(e.get("Attributes") or e.get("attributes") or {}),
            )
            for e in raw.get("events") or []
            if isinstance(e, dict)
        ],
        status_code=_STATUS.get(str(raw.get("status_code") or "").upper(), 0),
        status_message=str(raw.get("status_message") or ""),
        resource=Resource(dict(raw.get("resource_attributes") or {})),
        scope=Scope(str(raw.get("scope_name") or ""), str(raw.get("scope_version") or "")),
    )


def _hex(text: str, length: int) -> str:
    text = text.lower().removeprefix("0x")
    if re.fullmatch(r"[0-9a-f]+", text) and len(text) <= length:
        return text.rjust(length, "0")
    return hashlib.sha256(text.encode()).hexdigest()[:length]


def _time(text: Any) -> int:
    try:
        moment = dt.datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return 0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    whole = int(moment.replace(microsecond=0).timestamp())
    return whole * 1_000_000_000 + moment.microsecond * 1000


def _duration(text: Any) -> int:
    match = _DURATION.fullmatch(str(text))
    if not match:
        return 0
    days, hours, minutes = (int(g or 0) for g in match.groups()[:3])
    seconds = days * 86_400 + hours * 3600 + minutes * 60 + float(match[4] or 0)
    return int(seconds * 1e9)
