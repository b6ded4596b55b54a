"""Exceptions that travel as log records beside their span: OpenTelemetry's conventions take them out
of the span's own events (``OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN``), for every kind of operation under
a name of its own, as ``http.client.request.exception``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from misstep_store.conventions.readers.genai_events import event_name
from misstep_store.conventions.types import Logs
from misstep_store.otlp.spans import LogRecord, Span, SpanEvent

EVENT = "exception"


def is_raised(name: str) -> bool:
    """Whether events of this name tell of an exception."""
    return name == EVENT or name.endswith("." + EVENT)


def with_raised(span: Span, logs: Logs) -> Span:
    """The span with the exceptions that its log records tell of among its events, where it has none
    of its own."""
    told = raised(span.events, (r for r in logs if is_raised(event_name(r))))
    return replace(span, events=[*span.events, *told]) if told else span


def raised(happened: Iterable[SpanEvent], logs: Iterable[LogRecord]) -> list[SpanEvent]:
    """What records that tell of exceptions say, as events of their span, which has these."""
    found = [_event(r) for r in logs if "exception.type" in r.attributes or _says(r)]
    if found and any(event.name == EVENT for event in happened):
        return []
    return found


def _says(record: LogRecord) -> bool:
    return bool(record.attributes.get("exception.message") or isinstance(record.body, str))


def _event(record: LogRecord) -> SpanEvent:
    told = record.attributes
    if "exception.message" not in told and isinstance(record.body, str):
        told = {**told, "exception.message": record.body}
    return SpanEvent(EVENT, record.time_unix_nano or record.observed_time_unix_nano, told)
