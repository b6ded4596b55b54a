"""Long open hops, announced as OTLP log events, so that a crash leaves them visible.

To misstep endpoints only: elsewhere a log record without its span says nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs, SeverityNumber
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from misstep import guard
from misstep import semconv as sc
from misstep.export.build import SpanBuilder
from misstep.record import SpanRecord

_MAX_REMEMBERED = 10_000


class Hears(Protocol):
    """A destination that may want to know of open hops."""

    def hears_events(self) -> bool:
        """Whether it is a misstep endpoint; may ask it, on the worker."""
        ...

    def send_events(self, body: bytes) -> bool:
        """Delivers one serialised ExportLogsServiceRequest."""
        ...


class Announcer:
    """Tells one destination of each open hop once."""

    def __init__(self, sink: Hears, builder: SpanBuilder) -> None:
        self._sink = sink
        self._builder = builder
        self._told: set[int] = set()

    def announce(self, opened: Sequence[SpanRecord]) -> None:
        """Sends the start of every record not told of yet."""
        ids = {r.span_id for r in opened}
        self._told &= ids
        new = [r for r in opened if r.span_id not in self._told][:_MAX_REMEMBERED]
        if not new or not self._sink.hears_events():
            return
        if self._sink.send_events(starts_request(new, self._builder)):
            self._told.update(r.span_id for r in new)
        else:
            guard.note("start of a hop not delivered", len(new))


def starts_request(records: Sequence[SpanRecord], builder: SpanBuilder) -> bytes:
    """One ``misstep.hop.start`` log record for each open record, serialised."""
    body = builder.envelope.request([builder.encoded(r) for r in records])
    traces = ExportTraceServiceRequest.FromString(body)
    out = ExportLogsServiceRequest()
    for resource in traces.resource_spans:
        scopes = [
            ScopeLogs(scope=s.scope, log_records=[_start(span) for span in s.spans])
            for s in resource.scope_spans
        ]
        out.resource_logs.append(ResourceLogs(resource=resource.resource, scope_logs=scopes))
    return out.SerializeToString()


def _start(span: Span) -> LogRecord:
    attributes = [KeyValue(key=sc.START_NAME, value=AnyValue(string_value=span.name))]
    if span.parent_span_id:
        parent = span.parent_span_id.hex()
        attributes.append(KeyValue(key=sc.START_PARENT, value=AnyValue(string_value=parent)))
    return LogRecord(
        event_name=sc.LOG_HOP_START,
        body=AnyValue(string_value=sc.LOG_HOP_START),
        time_unix_nano=span.start_time_unix_nano,
        observed_time_unix_nano=span.start_time_unix_nano,
        severity_number=SeverityNumber.SEVERITY_NUMBER_INFO,
        trace_id=span.trace_id,
        span_id=span.span_id,
        flags=span.flags & 0xFF,
        attributes=[*attributes, *span.attributes],
    )
