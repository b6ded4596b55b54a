"""Hops that were begun and never ended: known from the tracer's ``misstep.hop.start`` log events.

A crash leaves no span of what was open. The start event carries what the span would have had at that
moment, so the hop can be shown as unfinished; the span takes its place as soon as it comes.
"""

from __future__ import annotations

from collections.abc import Sequence

from misstep import semconv as sc
from misstep_store.otlp.spans import LogRecord, Span


def begun(spans: Sequence[Span], logs: Sequence[LogRecord]) -> tuple[list[Span], list[LogRecord]]:
    """Spans with one for each start whose span never came (``end_unix_nano`` 0), and the logs
    without the starts."""
    starts = [log for log in logs if log.event_name == sc.LOG_HOP_START and log.span_id]
    if not starts:
        return list(spans), list(logs)
    known = {span.span_id for span in spans}
    made = {log.span_id: _span(log) for log in starts if log.span_id not in known}
    rest = [log for log in logs if log.event_name != sc.LOG_HOP_START]
    return [*spans, *made.values()], rest


def _span(log: LogRecord) -> Span:
    attributes = dict(log.attributes)
    name = attributes.pop(sc.START_NAME, "")
    parent = attributes.pop(sc.START_PARENT, "")
    return Span(
        trace_id=log.trace_id,
        span_id=log.span_id,
        name=name if isinstance(name, str) else "",
        parent_span_id=parent if isinstance(parent, str) else "",
        start_unix_nano=log.time_unix_nano,
        attributes=attributes,
        resource=log.resource,
        scope=log.scope,
    )
