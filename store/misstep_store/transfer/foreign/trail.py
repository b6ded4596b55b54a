"""The TRAIL data set: spans nested in ``child_spans``, attributes as they were traced."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

from misstep_store.conventions.values.times import unix_nano
from misstep_store.otlp.decode import Decoded
from misstep_store.otlp.spans import Attributes, Resource, Scope, Span, SpanEvent
from misstep_store.transfer.foreign.common import bounded, content_id, mapping, number, records

_KINDS = {"INTERNAL": 1, "SERVER": 2, "CLIENT": 3, "PRODUCER": 4, "CONSUMER": 5}
_STATUS = {"OK": 1, "ERROR": 2}
_MAX_DURATION = 40
_YEAR_NANO = 366 * 86_400 * 10**9
_DURATION = re.compile(r"P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?")


def claims(item: dict[str, Any]) -> bool:
    """A trace with its spans inside."""
    return isinstance(item.get("spans"), list) and "trace_id" in item


def read(items: Sequence[dict[str, Any]]) -> Decoded:
    """All spans of the traces."""
    found = Decoded()
    for item in items:
        spans = list(_trail(item))
        found.spans += spans
        if not spans:
            found.rejected.append(f"trace {str(item['trace_id'])[:40]} has no spans")
    return found


def _trail(whole: dict[str, Any]) -> Iterator[Span]:
    """Spans nested in ``child_spans``, with string attributes, as the TRAIL data set publishes."""
    trace_id = _hex(str(whole["trace_id"]), 32) or content_id(whole, 32)
    stack = [(s, "") for s in reversed(whole["spans"]) if isinstance(s, dict)]
    while stack:
        raw, parent = stack.pop()
        span = _trail_span(raw, trace_id, parent)
        yield span
        children = reversed(records(raw.get("child_spans")))
        stack.extend((dict(c), span.span_id) for c in children)


def _trail_span(raw: dict[str, Any], trace_id: str, parent: str) -> Span:
    start = unix_nano(raw.get("timestamp"))
    named = raw.get("parent_span_id")
    return Span(
        trace_id=trace_id,
        span_id=_hex(str(raw.get("span_id") or ""), 16) or content_id(raw, 16),
        parent_span_id=_hex(str(named), 16) if named else parent,
        name=str(raw.get("span_name") or ""),
        trace_state=str(raw.get("trace_state") or ""),
        kind=_KINDS.get(str(raw.get("span_kind") or "").upper(), 0),
        start_unix_nano=start,
        end_unix_nano=start + _duration(raw.get("duration")),
        attributes=_attributes(raw.get("span_attributes")),
        events=[
            SpanEvent(
                str(e.get("Name") or e.get("name") or ""),
                unix_nano(e.get("Timestamp") or e.get("timestamp")),
                _attributes(e.get("Attributes") or e.get("attributes")),
            )
            for e in records(raw.get("events"))
        ],
        status_code=_STATUS.get(str(raw.get("status_code") or "").upper(), 0),
        status_message=str(raw.get("status_message") or ""),
        resource=Resource(_attributes(raw.get("resource_attributes"))),
        scope=Scope(str(raw.get("scope_name") or ""), str(raw.get("scope_version") or "")),
    )


def _attributes(given: Any) -> Attributes:
    return {str(k): bounded(v) for k, v in mapping(given).items()}


def _hex(text: str, length: int) -> str:
    text = text.lower().removeprefix("0x")
    if re.fullmatch(r"[0-9a-f]+", text) and len(text) <= length:
        return text.rjust(length, "0") if text.strip("0") else ""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:length] if text else ""


def _duration(text: Any) -> int:
    match = _DURATION.fullmatch(str(text)[:_MAX_DURATION])
    if not match:
        return 0
    days, hours, minutes = (int(g or 0) for g in match.groups()[:3])
    seconds = days * 86_400 + hours * 3600 + minutes * 60 + (number(match[4]) or 0)
    return min(int(seconds * 1e9), _YEAR_NANO)
