"""Runs with values of every type OTLP has, for tests of stores, commands and exports."""

from __future__ import annotations

import time
from typing import Any

from misstep_store.otlp.spans import LogRecord, Resource, Scope, Span, SpanEvent, SpanLink

SECOND = 1_000_000_000
START = 1_750_000_000 * SECOND


def run_id(number: int) -> str:
    return f"{0xABCD0000 + number:08x}{number:024x}"


def one_run(number: int, *, failed: bool = False, days_ago: float | None = None) -> list[Span]:
    """A pipeline with two steps of the same name, and values of every type OTLP has."""
    start = START + number * 60 * SECOND
    if days_ago is not None:
        start = time.time_ns() - int(days_ago * 86_400 * SECOND)
    resource = Resource(
        {"service.name": f"service-{number % 2}", "n": 2**62}, schema_url="https://x/1"
    )
    scope = Scope("scope", "1.0", {"kept": True}, 0, "https://x/2")
    shared: dict[str, Any] = {"resource": resource, "scope": scope, "trace_id": run_id(number)}
    return [
        Span(
            span_id=f"{number:08x}{index:08x}",
            name="step" if index else "pipeline",
            parent_span_id="" if index == 0 else f"{number:08x}{0:08x}",
            start_unix_nano=start + index,
            end_unix_nano=start + SECOND,
            kind=1,
            flags=257,
            trace_state="vendor=1",
            status_code=2 if failed and index != 1 else 1,
            status_message="broke" if failed and index != 1 else "",
            attributes={
                "misstep.role": "hop" if index else "run",
                "misstep.input": f'"question {number}"',
                "misstep.output": f'"answer {number}.{index}"',
                "text": "ünïcödé \u2028 🙂",
                "float": 0.1 + index,
                "whole float": 2.0,
                "nan": float("inf"),
                "bytes": b"\x00\xff",
                "list": [1, "a", None, True, 2.5],
                "map": {"$bytes": "not bytes", "deep": {"x": [1]}},
                "empty": {},
            },
            dropped_attributes_count=3,
            events=[SpanEvent("log", start, {"a": [1.5]}, 1)],
            links=[SpanLink("1" * 32, "2" * 16, "k=v", {"why": "because"}, 2, 1)],
            dropped_events_count=1,
            dropped_links_count=2,
            **shared,
        )
        for index in range(3)
    ]


def logs_of(number: int) -> list[LogRecord]:
    spans = one_run(number)
    return [
        LogRecord(
            trace_id=run_id(number),
            span_id=spans[1].span_id,
            time_unix_nano=START,
            observed_time_unix_nano=START + 1,
            severity_number=9,
            severity_text="INFO",
            event_name="gen_ai.choice",
            body={"content": "said", "raw": b"\x01"},
            attributes={"a": 1},
            dropped_attributes_count=1,
            flags=1,
            resource=spans[1].resource,
            scope=spans[1].scope,
        )
    ]
