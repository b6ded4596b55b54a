"""What log records, failures and requests that were sent again tell of many spans, both ways."""

from __future__ import annotations

import itertools
import json
import random
from dataclasses import replace
from typing import Any

import pytest
from tests.conventions.spans import genai, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.conventions import normalise
from misstep_store.headers import SpanColumns, headers
from misstep_store.headers.reading import read
from misstep_store.otlp.spans import LogRecord, Span, SpanEvent

DETAILS = "gen_ai.client.inference.operation.details"
CHOICE = "gen_ai.choice"
RAISED = "gen_ai.client.operation.exception"
SDK = "com.anthropic.sdk.python"
SAID = '[{"role": "assistant", "parts": [{"type": "text", "content": "hi"}], "finish_reason": "f"}]'


def log(of: Span, name: str = CHOICE, at: int = 0, body: Any = None, **more: Any) -> LogRecord:
    attributes = {key.replace("__", "."): value for key, value in more.items()}
    found = LogRecord(of.trace_id, of.span_id, time_unix_nano=at, body=body, attributes=attributes)
    if name.startswith("event.name="):  # as older senders name their events
        found.attributes["event.name"] = name.removeprefix("event.name=")
    else:
        found.event_name = name
    return found


def calls(count: int = 3, **more: Any) -> list[Span]:
    run = span("misstep", "answer", misstep__role="run", misstep__pipeline="answer")
    return [run, *(genai(parent=run, at=1_010 + n * 10, **more) for n in range(count))]


def ended(spans: list[Span], logs: list[LogRecord]) -> list[str | None]:
    assert same_both_ways(spans, logs) == []
    rows = headers(SpanColumns.of(spans, logs)).hops.to_pylist()
    return [row["finish_reason"] for row in rows]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_the_first_choice_counts_in_whichever_order_records_come(order: tuple[int, ...]) -> None:
    spans = calls(2)
    first, second = spans[1:]
    logs = [
        log(first, at=5, body={"finish_reason": "stop", "index": 0}),
        log(second, at=6, body={"finish_reason": "length"}),
        log(first, at=7, body={"finish_reason": "tool_calls"}),
        log(second, at=3, body={"message": {"content": "x"}}),
    ]
    assert ended(spans, [logs[n] for n in order]) == ["stop", "length"]


def test_pieces_of_a_stream_that_tell_of_no_end_are_read_with_the_rest() -> None:
    spans = calls(6)
    asked = {"name": "get_weather", "response": {"finish_reason": "stop"}}
    contents: list[Any] = [
        {"parts": [{"text": "The user ", "thought": True, "function_call": None}], "role": "model"},
        {"role": "assistant", "content": "x", "finish_reason": "length"},
        {"parts": [{"function_response": asked}], "role": "model"},
        {"parts": [{"text": '{"stop_reason": "max_tokens"}'}], "role": "model"},
        {"response": {"choices": [{"finish_reason": "stop", "message": {"content": "x"}}]}},
        {"parts": [{"text": "fini"}], "role": "model"},
    ]
    logs = [log(of, body={"content": c}) for of, c in zip(spans[1:], contents, strict=True)]
    ended(spans, logs)
    drafts = read(SpanColumns.of(spans, logs)).drafts
    assert not drafts.keys() & {1, 6}
    deep: dict[str, Any] = {}
    for _ in range(20_000):
        deep = {"parts": [deep]}
    odd = [log(of, body={"content": deep}) for of in spans[1:]]
    assert same_both_ways(spans, odd) == []


def test_records_of_all_kinds_are_read_as_one_by_one() -> None:
    spans = calls(9)
    of = spans[1:]
    of[7].events = [SpanEvent("exception", 1, {"exception.type": "E"})]
    logs = [
        log(of[0], "event.name=gen_ai.choice", 1, {"finish_reason": "stop"}),
        log(of[1], "event.name=gen_ai.user.message", 1, {"content": "x"}),
        log(of[1], "event.name=gen_ai.choice", 2, {"finish_reason": ["stop"]}),
        log(of[2], body="{'finish_reason': 'length'}"),
        log(of[3], finish_reason="stop"),
        log(of[4], "other", 3),
        log(of[5], body={"finish_reason": "st\ud800op"}),
        log(of[6], body={"finish_reason": ""}),
        log(of[6], body={"finish_reason": "end"}, at=9),
        log(of[7], body={"finish_reason": "stop"}),
        log(of[8], body={"message": '{"finish_reason": "x"}'}),
        log(span("x", "nobody's"), body={"finish_reason": "stop"}),
    ]
    made = ended(spans, logs)
    assert [made[n] for n in (0, 2, 3, 4, 6, 7)] == ["stop", "length", "stop", None, "end", "stop"]


@pytest.mark.parametrize("details", [1, 2])
@pytest.mark.parametrize("body", [None, {"gen_ai.response.id": "told by the body"}])
def test_details_of_one_or_several_records_are_read_as_one_by_one(
    details: int, body: dict[str, Any] | None
) -> None:
    spans = calls(4, gen_ai__usage__output_tokens=2)
    logs = [
        log(one, DETAILS, n, body, **{"gen_ai__response__model": f"m-{n}", f"more__{n}": 1})
        for one in spans[1:4]
        for n in range(details)
    ]
    logs += [log(spans[3], DETAILS, 9, gen_ai__output__messages=SAID)]
    logs += [log(spans[2], "other", 0), log(spans[2], DETAILS, 9, body)]
    assert ended(spans, logs)[2] == "f"


def failing() -> list[Span]:
    run, *alike = calls(3, status=2, error__type="a.RateLimitError")
    for one in alike:
        one.status_message = "too many"
    alike[2].status_message = "far too many"
    odd = [
        genai(parent=run, status=2, error__type=["a list"]),
        genai(parent=run, status=2, error__type=["another"]),
        genai(parent=run, status=2, error__type=7),
        genai(parent=run, status=2, exception__message="said", exception__stacktrace="at x"),
        genai(parent=run, error__type="a.Error"),
        genai(parent=run, status=2, events=[SpanEvent("exception", 1, {"exception.type": "E"})]),
        genai(parent=run, status=2, events=[SpanEvent("other", 1)], error__type="F"),
        span("GET", "request", parent=run, kind=3, status=2, http__request__method="GET"),
        genai(
            parent=run,
            status=2,
            gen_ai__response__id="a",
            exception__stacktrace='File "x/openlit/openai.py", line 3',
        ),
    ]
    return [run, *alike, *odd]


def test_failures_of_many_are_told_as_one_by_one() -> None:
    spans = failing()
    assert same_both_ways(spans) == []
    made = headers(SpanColumns.of(spans)).hops.to_pylist()
    told = [row["more"] for row in made if '"RateLimitError"' in row["more"]]
    assert [text.partition('"message":')[2].partition(",")[0] for text in told] == [
        '"too many"',
        '"too many"',
        '"far too many"',
    ]


def test_failures_by_words_of_their_own_are_told_as_one_by_one() -> None:
    turn = span(CODE, "claude_code.interaction", **{"span.type": "interaction"}, took=900)
    words: list[tuple[Any, Any, int]] = [
        (False, "refused", 0),
        (0, "refused", 0),
        (False, "refused", 0),
        (False, ["refused"], 0),
        ("false", "refused", 2),
        (True, "refused", 2),
        (False, "", 2),
        (float("nan"), "refused", 2),
    ]
    about = {"span.type": "llm_request", "model": "m", "error_class": "Refusal"}
    told = [
        span(
            CODE, "claude_code.llm_request", parent=turn, status=status, error=e, success=s, **about
        )
        for s, e, status in words
    ]
    assert same_both_ways([turn, *told]) == []
    assert read(SpanColumns.of([turn, *told])).drafts == {}
    made = {"langfuse.observation.type": "span"}
    levels: list[Any] = ["ERROR", "WARNING", "ERROR", 7]
    spans = [
        span(
            "langfuse-sdk",
            **{"langfuse.observation.level": level, "langfuse.observation.status_message": said},
            status=2,
            events=[SpanEvent(name, 1, {"exception.type": "E"})] if name else [],
            **made,
        )
        for level in levels
        for said in ("boom", "GraphInterrupt()", 3)
        for name in ("", "exception", "other")
    ]
    assert same_both_ways(spans) == []


@pytest.mark.parametrize("in_details", [True, False])
def test_the_status_of_a_request_that_was_sent_again_may_stand_in_its_details(
    in_details: bool,
) -> None:
    run = calls(0)[0]
    status = {"http__response__status_code": 200}
    outer = genai(parent=run, at=1_010)
    again = {"http__request__resend_count": 1, **({} if in_details else status)}
    spans = [run, outer, genai(parent=outer, scope=SDK, at=1_011, took=20, **again)]
    logs = [log(spans[2], DETAILS, **status)] if in_details else []
    assert same_both_ways(spans, logs) == []
    made = headers(SpanColumns.of(spans, logs)).hops.to_pylist()
    assert [row["attempts"] for row in made] == [1]
    assert '"status":200' in made[0]["more"]


@pytest.mark.parametrize("of", ["GenAI", "LiteLLM", "OpenInference", "Langfuse", "Logfire"])
def test_failures_that_records_tell_of_are_read_as_one_by_one(of: str) -> None:
    told: dict[str, Any] = {"GenAI": {}, "LiteLLM": {"litellm__call_id": "c"}}.get(of) or {}
    if of == "OpenInference":
        told = {"scope": "openinference.instrumentation.openai", "openinference__span__kind": "LLM"}
    elif of in ("Langfuse", "Logfire"):
        told = {"scope": {"Langfuse": "langfuse-sdk", "Logfire": "logfire.openai"}[of]}
        told |= {"langfuse__observation__level": "ERROR"} if of == "Langfuse" else {"error": "e"}
    event = [SpanEvent("exception", 1, {"exception.type": "E"})]
    run = calls(0)[0]
    spans = [run]
    for status in (0, 2):
        spans += [genai(parent=run, status=status, **told) for _ in range(5)]
        spans.append(genai(parent=run, status=status, events=event, **told))
        spans.append(genai(parent=run, status=status, events=[SpanEvent(RAISED, 1)], **told))
        spans.append(genai(parent=run, status=status, error__type="F", **told))
    logs = []
    for low in (1, 9):
        first, late, words, empty, several, *rest = spans[low : low + 8]
        logs += [
            log(first, RAISED, exception__type="a.KeyError", exception__message="Rome"),
            log(late, RAISED, at=9, exception__type="Late"),
            log(late, RAISED, at=2, exception__type="Early", exception__stacktrace="at x"),
            log(words, RAISED, body="it stumbled"),
            log(empty, RAISED),
            log(several, body={"finish_reason": "stop"}),
            log(several, f"event.name={RAISED}", error__type="G"),
            *(log(one, RAISED, exception__type="H") for one in rest),
        ]
    assert same_both_ways(spans, logs) == []


def test_failures_that_records_tell_of_are_read_together() -> None:
    spans = calls(4, status=2)
    logs = [log(s, RAISED, exception__type=f"E{n}") for n, s in enumerate(spans[1:])]
    facts = read(SpanColumns.of(spans, logs))
    assert facts.drafts == {}
    assert [facts.errors[n].type for n in range(1, 5)] == ["E0", "E1", "E2", "E3"]


def test_an_answer_that_details_tell_piece_by_piece_is_one() -> None:
    spans = calls(3)
    thought = {"type": "reasoning", "content": "Hm."}
    called = {"type": "tool_call", "id": "c", "name": "look", "arguments": {"city": "Rome"}}

    def piece(of: Span, at: int, *parts: dict[str, Any]) -> LogRecord:
        said = json.dumps([{"role": "assistant", "parts": [*parts], "finish_reason": "tool_call"}])
        return log(of, DETAILS, at, gen_ai__output__messages=said)

    logs = [piece(spans[1], 5, thought), piece(spans[1], 6, called), piece(spans[1], 7, called)]
    logs += [piece(spans[2], 5, called), log(spans[2], DETAILS, 6, gen_ai__input__messages="no")]
    assert ended(spans, logs) == ["tool_call", "tool_call", None]
    told = normalise(spans, logs).hops
    assert [m.parts for m in told[0].messages_out] == [[thought, called]]
    assert [m.parts for m in told[1].messages_out] == [[called]]


def test_instructions_stand_before_what_was_said_in_the_same_moment() -> None:
    spans = calls(1)
    logs = [
        log(spans[1], "gen_ai.user.message", 5, {"content": "Where is Oslo?"}),
        log(spans[1], "gen_ai.system.message", 5, {"content": "Be short."}),
        log(spans[1], "gen_ai.system.message", 6, {"content": "Be long."}),
    ]
    assert ended(spans, logs) == [None]
    (hop,) = normalise(spans, logs).hops
    assert [m.text for m in hop.messages_in] == ["Be short.", "Where is Oslo?", "Be long."]


CODE = "com.anthropic.claude_code.tracing"


def turns() -> tuple[list[Span], list[LogRecord]]:
    """Two turns whose records hang on them, those of their requests and tools in between."""
    spans: list[Span] = []
    logs: list[LogRecord] = []
    for n in range(2):
        turn = span(CODE, "claude_code.interaction", **{"span.type": "interaction"}, took=900)
        about = {"span.type": "llm_request", "model": "claude-sonnet-4-5"}
        named = "claude_code.llm_request"
        asked = [
            span(CODE, named, parent=turn, at=1_100 + i * 100, **about, request_id=f"req_{n}{i}")
            for i in range(2)
        ]
        tool = {"span.type": "tool", "tool_name": "Bash", "tool_use_id": f"toolu_{n}"}
        used = span(CODE, "claude_code.tool", parent=turn, at=1_150, took=5, **tool)
        spans += [turn, *asked, used]
        more: dict[str, Any] = {"prompt.id": "p"}
        body = '{"id": "m", "type": "message", "model": "c", "stop_reason": "max_tokens"}'
        own = [{**more, "request_id": s.attributes["request_id"]} for s in asked]
        logs += [
            log(turn, "user_prompt", 9, **more, prompt="Look"),
            log(turn, "api_response_body", 8, **own[0]),
            log(turn, "tool_result", 7, **more, tool_use_id=f"toolu_{n}", tool_input='{"a": 1}'),
            log(turn, "api_request", 6, **own[0], cost_usd=0.0),
            log(turn, "api_response_body", 9, **own[0], body=body, request_body_id="b"),
            log(turn, "api_request", 7, **own[1], cost_usd="0.25"),
            log(turn, "api_request", 9, **own[0], cost_usd=0.5),
            log(turn, "plugin_loaded", 5, **more),
            log(turn, "api_request_body", 10, **more, request_body_id="b"),
        ]
        logs[-8].attributes["body"], logs[-5].attributes["body"] = "", body
    return spans, logs


@pytest.mark.parametrize("seed", range(8))
def test_records_that_lie_between_those_of_others_come_to_their_spans(seed: int) -> None:
    spans, logs = turns()
    spans = [replace(s, trace_id=f"{n // 4:032x}") for n, s in enumerate(spans)]
    logs = [replace(r, trace_id=f"{n // 9:032x}") for n, r in enumerate(logs)]
    if seed:
        random.Random(seed).shuffle(logs)
    logs += [replace(logs[0], span_id="f" * 16), replace(logs[0], trace_id="f" * 32)]
    assert same_both_ways(spans, logs) == []
    rows = headers(SpanColumns.of(spans, logs)).hops.to_pylist()
    found = {(row["cost_usd"], row["finish_reason"]) for row in rows if row["kind"] == "llm"}
    assert found == {(0.5, "max_tokens"), (0.25, None)}
    assert same_both_ways(spans, [replace(r, attributes={}) for r in logs]) == []


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_a_tool_gave_its_result_after_it_was_asked_for_however_records_of_one_moment_come(
    order,
) -> None:
    function = {"name": "look", "arguments": '{"x": 1}'}
    calls = {"tool_calls": [{"id": "call_1", "type": "function", "function": function}]}
    told = [("user", {"content": "Look."}), ("assistant", calls)]
    told += [("tool", {"id": "call_1", "content": "seen"})]
    call = genai()
    logs = [log(call, body=body, name=f"gen_ai.{role}.message") for role, body in told]
    logs = [logs[n] for n in order]
    assert same_both_ways([call], logs) == []
    roles = [m.role for m in normalise([call], logs).hops[0].messages_in]
    assert roles.index("tool") > roles.index("assistant")
