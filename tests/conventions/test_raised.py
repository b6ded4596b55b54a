"""Exceptions that are log records beside their span, of every convention; requests below a step that
is a call of itself; spans whose scope was lost on the way."""

from __future__ import annotations

from typing import Any

import pytest
from tests.conventions.rendering import load
from tests.conventions.spans import genai, hops, only, span
from tests.conventions.test_headers import same_both_ways
from tests.conventions.test_headers_logs import SAID, log

from misstep_store.otlp.spans import LogRecord, Span, SpanEvent

LIMIT = {"exception__type": "openai.RateLimitError", "exception__message": "Slow down."}
SPANS = {
    "a call of OpenInference's": ("openinference.instrumentation.openai", "LLM", "ChatCompletion"),
    "a step of anybody's": ("acme", None, "answer"),
    "a call of GenAI's": ("opentelemetry.instrumentation.genai.openai", None, "chat m"),
    "a request": ("opentelemetry.instrumentation.httpx", None, "POST"),
}


def failing(which: str, **more: Any) -> Span:
    scope, kind, name = SPANS[which]
    told: dict[str, Any] = {"openinference__span__kind": kind} if kind else {}
    if which == "a request":
        told = {"http__request__method": "POST", "url__full": "https://x/v1/chat/completions"}
    if which == "a call of GenAI's":
        return genai(name, scope=scope, status=2, **more)
    return span(scope, name, status=2, **told, **more)


@pytest.mark.parametrize("which", SPANS)
@pytest.mark.parametrize(
    "name", ["exception", "gen_ai.client.operation.exception", "http.client.request.exception"]
)
def test_an_exception_in_a_log_record_is_why_its_span_failed(which: str, name: str) -> None:
    one = failing(which)
    told = [log(one, name, **LIMIT)]
    error = only(one, logs=told).error
    assert error is not None
    assert (error.type, error.message) == ("RateLimitError", "Slow down.")
    assert same_both_ways([one], told) == []
    copies = [failing(which, at=1_000 + n * 200) for n in range(4)]
    assert same_both_ways(copies, [log(c, name, **LIMIT) for c in copies[::2]]) == []


@pytest.mark.parametrize("which", SPANS)
def test_an_exception_told_both_ways_is_the_one_of_the_span(which: str) -> None:
    own = {"exception.type": "ValueError", "exception.message": "No such city."}
    one = failing(which, events=[SpanEvent("exception", 0, own)])
    told = [log(one, "http.client.request.exception", **LIMIT)]
    error = only(one, logs=told).error
    assert error is not None
    assert (error.type, error.message) == ("ValueError", "No such city.")
    assert same_both_ways([one], told) == []


def test_an_exception_that_a_call_survived_is_no_failure() -> None:
    one = genai(gen_ai__output__messages=SAID)
    told = [log(one, "http.client.request.exception", **LIMIT)]
    assert only(one, logs=told).error is None
    assert same_both_ways([one], told) == []


def test_the_words_of_a_record_are_those_of_its_exception() -> None:
    one = failing("a step of anybody's")
    told = [log(one, "exception", body="Slow down.", exception__type="RateLimitError")]
    error = only(one, logs=told).error
    assert error is not None
    assert (error.type, error.message) == ("RateLimitError", "Slow down.")
    assert same_both_ways([one], told) == []


@pytest.mark.parametrize("value", [None, 3, [], {"a": 1}, b"\x00", "\x00" * 9])
def test_an_exception_of_any_shape_raises_nothing(value: Any) -> None:
    one = failing("a call of OpenInference's")
    told = [LogRecord(one.trace_id, one.span_id, event_name="exception", body=value)]
    told[0].attributes = {"exception.type": value, "exception.message": value}
    assert only(one, logs=told).error is not None
    assert same_both_ways([one], told) == []


@pytest.mark.parametrize(
    "name", ["vercel-ai-5-langsmith", "vercel-ai-6-openinference", "vercel-ai-7-all"]
)
@pytest.mark.parametrize("is_below", [True, False])
def test_requests_by_a_step_that_is_a_call_leave_it_one(name: str, *, is_below: bool) -> None:
    spans, logs = load(name)
    around = {s.parent_span_id for s in spans}
    asked = {"http__request__method": "POST", "url__full": "https://x/v1/chat/completions"}
    found = 0
    for trace in dict.fromkeys(s.trace_id for s in spans):
        own = [s for s in spans if s.trace_id == trace]
        calls = {h.hop_id: h for h in hops(*own, logs=logs) if h.kind == "llm"}
        steps = [s for s in own if s.span_id in calls and s.span_id not in around]
        sent = [span("undici", "POST", parent=s, kind=3, **asked) for s in steps]
        for one, step in zip(sent, steps, strict=True):
            one.trace_id, one.start_unix_nano = trace, step.start_unix_nano + 1
            one.end_unix_nano = step.end_unix_nano - 1
            one.parent_span_id = step.span_id if is_below else step.parent_span_id
        again = {h.hop_id: h for h in hops(*own, *sent, logs=logs)}
        assert calls.keys() <= again.keys()
        assert all(again[i].kind == "llm" for i in calls)
        assert all(again[i].input_tokens == call.input_tokens for i, call in calls.items())
        same_both_ways([*own, *sent], logs)
        found += len(steps)
    assert found


def test_what_a_span_without_a_scope_does_may_be_told_by_its_name() -> None:
    told = {"logfire__span_type": "span", "request_data": '{"model": "m"}'}
    told |= {"logfire__msg_template": "x {request_data[model]!r}", "response_data": "{}"}
    names = [f"{what} with {{request_data[model]!r}}" for what in ("Embedding Creation", "Chat")]
    calls = [span("", name, at=1_000 + n * 200, **told) for n, name in enumerate(names * 3)]
    assert {h.kind for h in hops(*calls)} == {"embedding", "llm"}
    assert same_both_ways(calls) == []


def test_a_step_that_does_not_say_what_it_failed_with_failed_as_its_one_call_did() -> None:
    said = {"langfuse__observation__level": "ERROR", "langfuse__observation__type": "chain"}
    told = {"langfuse__observation__status_message": "Error code: 429 - Slow down."}
    root = span("langfuse-sdk", "root", took=900)
    step = span("langfuse-sdk", "model", parent=root, took=500, status=2, **said, **told)
    about = {"exception.type": "openai.RateLimitError", "exception.message": "Slow down."}
    kind = {"openinference__span__kind": "LLM", "llm__model_name": "m"}
    raised = SpanEvent("exception", 0, about)
    scope = "openinference.instrumentation.openai"
    call = span(scope, "ChatCompletion", parent=step, status=2, events=[raised], **kind)
    other = span("langfuse-sdk", "after", parent=root, at=1_700)
    assert same_both_ways([root, step, call, other]) == []
    failed = next(h for h in hops(root, step, call, other) if h.name == "model")
    assert failed.error is not None
    assert failed.error.type == "RateLimitError"


def test_what_a_step_made_although_its_call_failed_is_no_answer_of_the_call() -> None:
    scope = "opentelemetry.instrumentation.langchain"
    flow = {"traceloop__span__kind": "workflow", "traceloop__entity__name": "Fallbacks"}
    root = span(scope, "root", took=900)
    for output, names in (('{"outputs": "From another."}', ["Fallbacks", "m.chat"]), (None, None)):
        made = {} if output is None else {"traceloop__entity__output": output}
        step = span(scope, "Fallbacks.workflow", parent=root, took=500, **flow, **made)
        about = {"llm__request__type": "chat", "gen_ai__request__model": "m", "status": 2}
        call = span(scope, "m.chat", parent=step, took=100, **about)
        other = span(scope, "after", parent=root, at=1_700)
        spans = [root, step, call, other]
        assert same_both_ways(spans) == []
        found = [h for h in hops(*spans) if h.name in ("Fallbacks", "m.chat")]
        assert [h.name for h in found] == (names or ["Fallbacks"])
        assert found[-1].error is not None
