"""Literal spans over real OTLP, for runs that no pipeline would make."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

MS = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Made:
    """A span: ids as small numbers, times in milliseconds from the run's start."""

    number: int
    name: str
    parent: int | None = None
    start_ms: float = 0.0
    length_ms: float = 10.0
    input: Any = None
    output: Any = None
    kind: str = "chain"
    role: str = "hop"
    error: tuple[str, str] | None = None
    more: dict[str, Any] = field(default_factory=dict)


def request(
    run: int,
    spans: Iterable[Made],
    *,
    start_nano: int | None = None,
    resource: dict[str, str] | None = None,
) -> bytes:
    """Spans of one run as an OTLP request."""
    start = start_nano or time.time_ns()
    made = ExportTraceServiceRequest()
    group = made.resource_spans.add()
    for key, value in (resource or {"service.name": "made"}).items():
        group.resource.attributes.append(attribute(key, value))
    scope = group.scope_spans.add()
    scope.scope.name = "misstep"
    for span in spans:
        fill(scope.spans.add(), run, span, start)
    return made.SerializeToString()


def send(otlp: str, run: int, spans: Iterable[Made], **more: Any) -> str:
    """Posts spans of one run, ``more`` as ``request`` has it; its run id."""
    answer = httpx.post(
        f"{otlp}/v1/traces",
        content=request(run, spans, **more),
        headers={"content-type": "application/x-protobuf"},
        timeout=120,
    )
    answer.raise_for_status()
    return run.to_bytes(16, "big").hex()


def fill(span: Any, run: int, made: Made, start: int) -> None:
    """Writes ``made`` into a protobuf span."""
    span.trace_id, span.span_id = run.to_bytes(16, "big"), made.number.to_bytes(8, "big")
    if made.parent is not None:
        span.parent_span_id = made.parent.to_bytes(8, "big")
    span.name = made.name
    span.start_time_unix_nano = start + int(made.start_ms * MS)
    span.end_time_unix_nano = span.start_time_unix_nano + int(made.length_ms * MS)
    told: dict[str, Any] = {"misstep.schema": "1", "misstep.role": made.role, **made.more}
    if made.role == "hop":
        told |= {"misstep.hop.name": made.name, "misstep.hop.kind": made.kind}
    for key, value in (("misstep.input", made.input), ("misstep.output", made.output)):
        if value is not None:
            told[key] = orjson.dumps(value).decode()
    for key, value in told.items():
        span.attributes.append(attribute(key, value))
    if made.error:
        span.status.code, span.status.message = 2, made.error[1]
        event = span.events.add()
        event.name, event.time_unix_nano = "exception", span.end_time_unix_nano
        event.attributes.append(attribute("exception.type", made.error[0]))
        event.attributes.append(attribute("exception.message", made.error[1]))


def attribute(key: str, value: Any) -> KeyValue:
    """One attribute; lists become arrays of strings."""
    if isinstance(value, bool):
        return KeyValue(key=key, value=AnyValue(bool_value=value))
    if isinstance(value, int):
        return KeyValue(key=key, value=AnyValue(int_value=value))
    if isinstance(value, float):
        return KeyValue(key=key, value=AnyValue(double_value=value))
    if isinstance(value, list):
        made = KeyValue(key=key)
        made.value.array_value.values.extend(AnyValue(string_value=v) for v in value)
        return made
    return KeyValue(key=key, value=AnyValue(string_value=str(value)))


def root(name: str, **more: Any) -> Made:
    """The run's own span, number 1."""
    told = {"misstep.pipeline": name, **more.pop("more", {})}
    return Made(number=1, name=name, role="run", more=told, **more)
