"""One decoded span or log record, exactly as OTLP carried it; nothing is interpreted here.

Attribute values are Python values: str, bool, int, float, bytes, list, dict, None (an AnyValue
with nothing set). Times are nanoseconds since the epoch, 0 when the sender left them out. Ids are
lower-case hex; ``parent_span_id`` is empty for a root.

Source: opentelemetry-proto 1.11, trace.proto, logs.proto, common.proto, resource.proto.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Attributes = dict[str, Any]


@dataclass(slots=True)
class Resource:
    """The process that produced the spans."""

    attributes: Attributes = field(default_factory=dict)
    dropped_attributes_count: int = 0
    schema_url: str = ""
    entity_refs: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Scope:
    """The instrumentation library that made the spans."""

    name: str = ""
    version: str = ""
    attributes: Attributes = field(default_factory=dict)
    dropped_attributes_count: int = 0
    schema_url: str = ""


@dataclass(slots=True)
class SpanEvent:
    """A named moment within a span."""

    name: str
    time_unix_nano: int = 0
    attributes: Attributes = field(default_factory=dict)
    dropped_attributes_count: int = 0


@dataclass(slots=True)
class SpanLink:
    """A pointer to another span, possibly in another trace."""

    trace_id: str
    span_id: str
    trace_state: str = ""
    attributes: Attributes = field(default_factory=dict)
    dropped_attributes_count: int = 0
    flags: int = 0


@dataclass(slots=True)
class Span:
    """One span. ``kind``: 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer.
    ``status_code``: 0 unset, 1 ok, 2 error. ``end_unix_nano`` 0 means not ended."""

    trace_id: str
    span_id: str
    name: str
    parent_span_id: str = ""
    trace_state: str = ""
    flags: int = 0
    kind: int = 0
    start_unix_nano: int = 0
    end_unix_nano: int = 0
    attributes: Attributes = field(default_factory=dict)
    dropped_attributes_count: int = 0
    events: list[SpanEvent] = field(default_factory=list)
    dropped_events_count: int = 0
    links: list[SpanLink] = field(default_factory=list)
    dropped_links_count: int = 0
    status_code: int = 0
    status_message: str = ""
    resource: Resource = field(default_factory=Resource)
    scope: Scope = field(default_factory=Scope)


@dataclass(slots=True)
class LogRecord:
    """One log record or event; ``trace_id``/``span_id`` empty when it belongs to no span."""

    trace_id: str = ""
    span_id: str = ""
    time_unix_nano: int = 0
    observed_time_unix_nano: int = 0
    severity_number: int = 0
    severity_text: str = ""
    event_name: str = ""
    body: Any = None
    attributes: Attributes = field(default_factory=dict)
    dropped_attributes_count: int = 0
    flags: int = 0
    resource: Resource = field(default_factory=Resource)
    scope: Scope = field(default_factory=Scope)
