"""True spans of every convention with one value spoilt: what the hop's own reader makes of them, and
what the columns made for many spans together say, is the same; events and log records too."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from tests.conventions.hostile import CYCLIC, DEEP
from tests.conventions.rendering import load, own_exports
from tests.conventions.spans import genai
from tests.conventions.test_headers import same_both_ways
from tests.conventions.test_hostile import nothing_is_swallowed

from misstep_store.conventions import CONVENTIONS, convention_of
from misstep_store.otlp.spans import LogRecord, Span
from misstep_store.reader import RunQuery
from misstep_store.store import Store

__all__ = ["nothing_is_swallowed"]  # here too, what a reader stumbles over is an error of ours

WRONG: list[Any] = [
    None,
    True,
    0,
    -5,
    7,
    2**63 - 1,
    -(2**63),
    0.5,
    -0.0,
    float("nan"),
    float("inf"),
    1e308,
    "",
    " ",
    "21",
    " 21 ",
    "2.0",
    "1e3",
    "-7",
    "9" * 30,
    "NaN",
    "null",
    "true",
    "plain words",
    "\x00",
    b"",
    b"\xff\x00raw",
    [],
    [None],
    ["a", "b"],
    [1, "2", None, True, {"a": b"x"}],
    {},
    {"a": {"b": [1, {"c": None}]}},
    {"role": "user", "content": "a map, no text"},
    "[]",
    "{}",
    '""',
    "[null, 3, []]",
    '[{"role": 3, "content": {"a": [1]}}]',
    '{"input_tokens": "x", "total": -1}',
    '[{"role": "user", "content": "cut he',
    "{'python': ('literal', None)}",
    CYCLIC,
    DEEP,
    '["' + "y" * 1_000_000 + '"]',
]
SHAPES, VALUES = 6, 3
FAR = (
    "gen_ai.prompt.1000000000.content",
    "gen_ai.completion.1000000000.tool_calls.1000000000.name",
    "llm.input_messages.1000000000.message.content",
    "llm.output_messages.7.message.tool_calls.1000000000.tool_call.function.name",
    "retrieval.documents.1000000000.document.content",
)


@cache
def telling() -> dict[str, list[Span]]:
    """Of every convention, spans that have different keys."""
    found: dict[str, dict[tuple[str, ...], Span]] = defaultdict(dict)
    for name in own_exports():
        for span in load(name)[0]:
            keys = (span.scope.name, *sorted(span.attributes))
            found[convention_of(span).name].setdefault(keys, span)
    return {n: list(spans.values()) for n, spans in found.items()}


def some(spans: list[Span]) -> list[Span]:
    """A few, from all over."""
    return spans[:: max(1, len(spans) // SHAPES)][:SHAPES]


def alone(span: Span, number: int, **changed: Any) -> Span:
    """The span in a trace of its own, far from all others."""
    made = copy.copy(span)
    made.trace_id, made.span_id, made.parent_span_id = f"{number:032x}", f"{number:016x}", ""
    took = max(0, span.end_unix_nano - span.start_unix_nano)
    made.start_unix_nano = number * 10**12
    made.end_unix_nano = made.start_unix_nano + min(took, 10**9)
    for name, value in changed.items():
        setattr(made, name, value)
    return made


def spoilt(name: str) -> Iterator[Span]:
    """Each attribute with some of the wrong values, or gone; more than 128, and places far out."""
    number, wrong = 1, cycle(WRONG)
    for span in some(telling()[name]):
        for key in span.attributes:
            without = {k: v for k, v in span.attributes.items() if k != key}
            for value in [next(wrong) for _ in range(VALUES)]:
                yield alone(span, number, attributes={**without, key: value})
                number += 1
            yield alone(span, number, attributes=without)
            number += 1
        many = {f"extra.{n}": n for n in range(200)}
        yield alone(
            span, number, attributes={**many, **dict.fromkeys(FAR, "far"), **span.attributes}
        )
        yield alone(span, number + 1, attributes=dict(list(span.attributes.items())[:2]))
        yield alone(span, number + 2, attributes={}, end_unix_nano=0)
        yield alone(span, number + 3, status_code=2, status_message="\x00{'error': {")
        number += 4


def test_every_convention_has_true_spans_to_spoil() -> None:
    uncaptured = {"misstep", "anthropic-sdk", "spring-ai"}  # the last by its documented names
    uncaptured |= {"gemini-cli", "codex"}  # what they export is mostly their makers' prompts
    # Captured, and held by what their tests make; they are read one by one, as their neighbours are.
    uncaptured |= {
        "agenta",
        "axiom",
        "confident",
        "coralogix",
        "genai-otel",
        "honeyhive",
        "neatlogs",
    }
    assert {c.name for c in CONVENTIONS} - set(telling()) <= uncaptured


@pytest.mark.parametrize("name", sorted(c.name for c in CONVENTIONS))
def test_one_value_spoilt_makes_the_same_hop_both_ways(name: str) -> None:
    if name in telling():
        same_both_ways(list(spoilt(name)))


def with_events() -> list[str]:
    return [n for n in own_exports() if any(s.events for s in load(n)[0])]


@pytest.mark.parametrize("name", with_events())
def test_one_value_of_an_event_spoilt_makes_the_same_hop_both_ways(name: str) -> None:
    told: dict[tuple[str, ...], Span] = {}
    for span in load(name)[0]:
        keys = tuple(sorted({f"{e.name} {k}" for e in span.events for k in e.attributes}))
        if keys:
            told.setdefault(keys, span)
    made, number, wrong = [], 1, cycle(WRONG)
    for span in some(list(told.values())):
        for at, event in enumerate(span.events[:4]):
            for key in event.attributes:
                for value in [next(wrong) for _ in range(VALUES)]:
                    events = [copy.copy(e) for e in span.events]
                    events[at].attributes = {**event.attributes, key: value}
                    made.append(alone(span, number, events=events))
                    number += 1
    same_both_ways(made)


def with_logs() -> list[str]:
    return [n for n in own_exports() if load(n)[1]]


@pytest.mark.parametrize("name", with_logs())
def test_a_log_record_spoilt_makes_the_same_hop_both_ways(name: str) -> None:
    spans = {s.span_id: s for s in load(name)[0]}
    beside: dict[str, list[LogRecord]] = defaultdict(list)
    for log in load(name)[1]:
        beside[log.span_id].append(log)
    made, logs, wrong = [], [], cycle(WRONG)
    for span in some([s for i, s in spans.items() if i in beside]):
        for at in range(min(4, len(beside[span.span_id]))):
            for value in [next(wrong) for _ in range(12)]:
                one = alone(span, len(made) + 1)
                made.append(one)
                for place, log in enumerate(beside[span.span_id]):
                    told = copy.copy(log)
                    told.trace_id, told.span_id = one.trace_id, one.span_id
                    if place == at:
                        told.attributes = dict.fromkeys(log.attributes, value) or {"a": value}
                        told.body = value
                    logs.append(told)
    same_both_ways(made, logs)


@pytest.mark.parametrize("late", [2**63 - 1, 2**63 - 1_000, 2**63 - 10**6, 8 * 10**18, 2**62, 1])
def test_a_clock_at_the_end_of_time_is_read_the_same_both_ways(late: int) -> None:
    call = genai(at=0)
    call.start_unix_nano = late
    other = genai(at=1_000)
    other.trace_id = "b" * 32
    same_both_ways([call, other])
    other.trace_id = call.trace_id
    same_both_ways([call, other])


def test_a_clock_at_the_end_of_time_keeps_no_other_run_from_being_made(tmp_path: Path) -> None:
    with Store.open(tmp_path / "late.duckdb") as store:
        for late in (10**18, 2**63 - 1):
            call, echo, other = genai(), genai(scope="com.anthropic.sdk.python"), genai()
            call.start_unix_nano = call.end_unix_nano = echo.end_unix_nano = late
            for n, one in enumerate((call, echo, other)):
                one.trace_id = f"{late + n:032x}"
            store.ingest([call, echo, other])
            store.reader.refresh()
        assert len(store.reader.runs(RunQuery()).runs) == 6
