"""One trace of thousands of spans costs as much a span as many small traces.

Work is counted, not timed: the lines of Python that run, of an export that stands some times, and four
times as often, in one trace."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import FrameType
from typing import Any

import pytest
from tests.conventions.rendering import load

from misstep_store.conventions import normalise
from misstep_store.headers import SpanColumns, headers
from misstep_store.otlp.spans import LogRecord, Span

TRACE, TOP = "f" * 32, "e" * 16
SPANS = 200
MOST_GROWTH = 1.3
"""How much more a span may cost in a trace of four times as many: the logarithm of their number."""
EXPORTS = {
    "anthropic-plans": "an SDK's own spans beside calls",
    "openlit-openai-2026-11": "requests beside calls",
    "logfire-openai-2026-11": "streams",
    "litellm-otel-v2": "one answer that two libraries tell of",
    "mlflow-bedrock-odd": "calls told of twice that tell no id",
    "mlflow-langchain-2026-11": "steps that heard an answer",
    "otel-openai-v2-odd": "tries",
}
PAUSES = {"at once": 0.0, "one after the other": 1.1}


def repeated(
    spans: Sequence[Span], logs: Sequence[LogRecord], times: int, pause: float
) -> tuple[list[Span], list[LogRecord]]:
    """One trace that holds them so many times below one span; ``pause``: between the beginnings of
    two, as a share of what one takes."""
    numbers = {(s.trace_id, s.span_id): n for n, s in enumerate(spans)}
    first = min(s.start_unix_nano for s in spans)
    took = max(s.end_unix_nano for s in spans) - first
    found = [
        Span(TRACE, TOP, "top", start_unix_nano=first - 1, end_unix_nano=first + took * 2 * times)
    ]
    beside = []
    for n in range(times):
        later = int(n * pause * took)
        ids = {key: f"{n:08x}{number:08x}" for key, number in numbers.items()}
        found += [
            replace(
                s,
                trace_id=TRACE,
                span_id=ids[s.trace_id, s.span_id],
                parent_span_id=ids.get((s.trace_id, s.parent_span_id), TOP),
                start_unix_nano=s.start_unix_nano + later,
                end_unix_nano=s.end_unix_nano + later,
            )
            for s in spans
        ]
        beside += [
            replace(r, trace_id=TRACE, span_id=ids[r.trace_id, r.span_id])
            for r in logs
            if (r.trace_id, r.span_id) in ids
        ]
    return found, beside


def lines_of(work: Callable[[], object]) -> int:
    """How many lines of Python it ran."""
    count = 0

    def step(_frame: FrameType, event: str, _arg: Any) -> Any:
        nonlocal count
        count += event == "line"
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("pause", PAUSES)
@pytest.mark.parametrize("name", EXPORTS)
def test_a_span_of_a_big_trace_costs_as_much_as_one_of_a_small_trace(name: str, pause: str) -> None:
    spans, logs = load(name)
    small = repeated(spans, logs, max(2, SPANS // len(spans)), PAUSES[pause])
    big = repeated(spans, logs, 4 * max(2, SPANS // len(spans)), PAUSES[pause])
    for work in (normalise, lambda *trace: headers(SpanColumns.of(*trace), long_spans=1)):
        work(*small)  # what is made once is no work of a trace
        costs = [lines_of(lambda t=trace, w=work: w(*t)) / len(trace[0]) for trace in (small, big)]
        assert costs[1] < MOST_GROWTH * costs[0], (work, costs)
