"""What was dropped, told to misstep endpoints as OTLP log events, so that the store can show it.

Each event tells what was lost since the one before. A request is sent until it is taken, unchanged:
the store keeps equal records once, so nothing is counted twice."""

from __future__ import annotations

import threading
import time
from collections import Counter

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs, SeverityNumber

from misstep import guard
from misstep import semconv as sc
from misstep.export.build import SpanBuilder
from misstep.export.sinks import Sink

_PAUSE_S = 2.0


class Losses:
    """Tells one destination what it did not get."""

    def __init__(self, sink: Sink, builder: SpanBuilder) -> None:
        self.ledger: Counter[str] = Counter()
        self._sink = sink
        self._builder = builder
        self._told = guard.lost(self.ledger)  # what an earlier tracer lost was for others
        self._waiting: bytes | None = None
        self._next_s = 0.0
        self._lock = threading.Lock()

    def any(self) -> bool:
        """Whether something was lost that nobody was told."""
        return self._waiting is not None or bool(guard.lost(self.ledger) - self._told)

    def tell(self, *, now: bool = False) -> None:
        """Sends what is new, at most every two seconds unless it is to be ``now``."""
        if (time.monotonic() < self._next_s and not now) or not self.any():
            return
        self._next_s = time.monotonic() + _PAUSE_S
        if not self._sink.hears_events():
            return
        body = self._request()
        if body is not None and self._sink.send_events(body):
            self._taken(body)

    def keep(self) -> None:
        """Leaves with the destination what was not told, without waiting for anybody."""
        for _ in range(2):  # what is on its way already, and what was lost since
            body = self._request()
            if body is None or not self._sink.keep_events(body):
                return
            self._taken(body)

    def _request(self) -> bytes | None:
        with self._lock:
            if self._waiting is None:
                new = guard.lost(self.ledger) - self._told
                if new:
                    self._told += new
                    self._waiting = lost_request(new, self._builder)
            return self._waiting

    def _taken(self, body: bytes) -> None:
        with self._lock:
            if self._waiting is body:
                self._waiting = None


def lost_request(lost: Counter[str], builder: SpanBuilder) -> bytes:
    """One ``misstep.dropped`` log record for each reason, serialised."""
    out = ExportLogsServiceRequest()
    at = time.time_ns()
    for resource in ExportTraceServiceRequest.FromString(
        builder.envelope.request([])
    ).resource_spans:
        scopes = [
            ScopeLogs(scope=s.scope, log_records=[_record(r, n, at) for r, n in lost.items()])
            for s in resource.scope_spans
        ]
        out.resource_logs.append(ResourceLogs(resource=resource.resource, scope_logs=scopes))
    return out.SerializeToString()


def _record(reason: str, number: int, at: int) -> LogRecord:
    return LogRecord(
        event_name=sc.LOG_DROPPED,
        body=AnyValue(string_value=f"{reason}: {number}"),
        time_unix_nano=at,
        observed_time_unix_nano=at,
        severity_number=SeverityNumber.SEVERITY_NUMBER_WARN,
        attributes=[
            KeyValue(key=sc.DROPPED_REASON, value=AnyValue(string_value=reason)),
            KeyValue(key=sc.DROPPED_NUMBER, value=AnyValue(int_value=number)),
        ],
    )
