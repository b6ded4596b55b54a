"""How a run ended whose root cannot say that it failed, both ways."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from tests.conventions.spans import genai, span
from tests.conventions.test_headers import same_both_ways

from misstep.model import Run
from misstep_store.conventions import normalise
from misstep_store.otlp.spans import Span, SpanEvent

AGENTS = "logfire.openai_agents"


def trace(scope: str = AGENTS, name: str = "OpenAI Agents trace: {name}", **more: Any) -> Span:
    return span(scope, name, took=900, **({"logfire__span_type": "span"} | more))


def agent(parent: Span, at: int = 1_010, took: int = 500, error: str = "", **more: Any) -> Span:
    return step("Agent run: {name}", parent, error, at=at, took=took, **more)


def step(name: str, parent: Span, error: str = "", **more: Any) -> Span:
    made = span(AGENTS, name, parent=parent, **more)
    made.attributes["name"] = "x"
    if error:
        made.attributes["error"] = json.dumps({"message": error, "data": {}})
    return made


def call(parent: Span, at: int = 1_020, status: int = 0, **more: Any) -> Span:
    return genai(parent=parent, at=at, took=40, status=status, **more)


def run_of(*spans: Span) -> Run:
    assert same_both_ways(list(spans)) == []
    return normalise(spans, []).run


def test_a_run_whose_only_agent_failed_ended_with_that_though_its_trace_cannot_say_so() -> None:
    root = trace()
    failed = agent(root, error="Max turns exceeded")
    run = run_of(root, failed, call(failed, gen_ai__output__messages="hello"))
    assert (run.status, run.verdict.state, run.output) == ("error", "bad", None)
    assert run.error is not None
    assert run.error.message == "Max turns exceeded"


def test_it_ended_with_the_innermost_failure_of_the_last_agent_after_those_that_succeeded() -> None:
    root = trace()
    first, second = agent(root, took=100), agent(root, at=1_200, error="Error in agent run")
    told = {"error__type": "RateLimitError", "error__message": "too many"}
    inner = call(second, at=1_300, status=2, **told)
    run = run_of(root, first, call(first), second, call(second, at=1_210), inner)
    assert run.error is not None
    assert run.error.type == "RateLimitError"


def test_a_turn_of_claude_code_whose_last_request_failed_failed() -> None:
    scope = "com.anthropic.claude_code.tracing"
    root = span(scope, "claude_code.interaction", took=900, span__type="interaction")
    told = {"span__type": "llm_request", "success": False, "error": "The server had an error"}
    failed = span(scope, "claude_code.llm_request", parent=root, at=1_010, **told)
    assert run_of(root, failed).status == "error"


def test_an_agent_that_answers_with_the_words_of_its_failure_failed() -> None:
    root = span("opentelemetry.instrumentation.agno", "x.agent", took=900, status=1)
    root.attributes = {
        "traceloop.span.kind": "agent",
        "traceloop.entity.output": "The server is down.",
    }
    failed = call(root, status=2, error__type="E", error__message="500: The server is down. Sorry")
    assert run_of(root, failed).status == "error"
    root.attributes["traceloop.entity.output"] = "It is sunny in Oslo."
    assert run_of(root, failed).status == "ok"


@pytest.mark.parametrize("more", ["", 'a "word"', "Größe\nzwei"])
def test_any_sixteen_letters_of_a_failure_are_its_words_both_ways(more: str) -> None:
    message = f"500: The server is down{more}. Try again later"
    for at in range(len(message) - 15):
        root = span("opentelemetry.instrumentation.agno", "x.agent", took=900, status=1)
        told = message[at : at + 16].strip()
        given = json.dumps(told) if more else told
        root.attributes = {"traceloop.span.kind": "agent", "traceloop.entity.output": given}
        failed = call(root, status=2, error__type="E", error__message=message)
        assert run_of(root, failed).status == ("error" if len(told) == 16 else "ok")


@pytest.mark.parametrize("after", ["later", "beside"])
def test_a_failure_that_another_agent_made_good_is_none_of_the_run(after: str) -> None:
    root = trace()
    failed = agent(root, error="Max turns exceeded")
    good = agent(root, at=1_600 if after == "later" else 1_005, took=200)
    run = run_of(
        root, failed, call(failed), good, call(good, at=1_610 if after == "later" else 1_030)
    )
    assert (run.status, run.verdict.state) == ("ok", "unknown")


def test_a_failed_call_that_was_made_again_is_no_failure_of_the_run() -> None:
    root = trace()
    around = agent(root)
    spans = call(around, status=2, error__type="E"), call(around, at=1_100)
    assert run_of(root, around, *spans).status == "ok"


def test_a_tool_that_failed_last_is_no_failure_of_the_run() -> None:
    root = trace()
    around = agent(root)
    tool = step("Function: {name}", around, "Error running tool (non-fatal)", at=1_100)
    assert run_of(root, around, call(around), tool).status == "ok"


def test_a_guardrail_that_stopped_an_agent_did_what_it_was_made_for() -> None:
    root = trace()
    stopped = agent(root, error="Guardrail tripwire triggered")
    assert run_of(root, stopped, call(stopped)).status == "ok"


def test_a_program_that_caught_the_failure_of_its_agent_did_not_fail() -> None:
    program = span("app", "nightly", took=990)
    root = trace(parent=program)
    failed = agent(root, error="Max turns exceeded")
    assert run_of(program, root, failed, call(failed)).status == "ok"


def test_a_trace_that_says_what_it_gave_did_not_fail() -> None:
    scope = "@arizeai/openinference-instrumentation-openai-agents"
    told = {"openinference__span__kind": "AGENT", "output__value": "It is sunny in Oslo."}
    root = span(scope, "Agent workflow", took=900, **told)
    inner = {"openinference__span__kind": "AGENT"}
    failed = span(scope, "x", parent=root, at=1_010, status=2, exception__type="E", **inner)
    assert run_of(root, failed, call(failed)).status == "ok"


def streamed(parent: Span, part: str, at: int = 1_010, status: int = 0, **more: Any) -> Span:
    told = {"ai__operationId": f"ai.{part}", "ai__model__id": "gpt-4o-mini"}
    return span("ai", f"ai.{part}", parent=parent, at=at, took=100, status=status, **told, **more)


def test_a_stream_whose_last_step_was_refused_failed_though_its_root_gave_what_came_before() -> (
    None
):
    tools = json.dumps([{"toolCallId": "1", "toolName": "now", "input": {}}])
    root = span("ai", "ai.streamText", took=900, ai__response__toolCalls=tools)
    root.attributes["ai.operationId"] = "ai.streamText"
    first = streamed(root, "streamText.doStream", ai__response__toolCalls=tools)
    tool = streamed(root, "toolCall", at=1_150, ai__toolCall__name="now", ai__toolCall__id="1")
    told = {"status": 2, "exception__type": "AI_APICallError", "exception__message": "too many"}
    run = run_of(root, first, tool, streamed(root, "streamText.doStream", at=1_300, **told))
    assert (run.status, run.error and run.error.message) == ("error", "too many")
    text = {"ai__response__text": "It is noon."}
    last = streamed(root, "streamText.doStream", at=1_500, **text)
    again = streamed(root, "streamText.doStream", at=1_300, **told)
    assert run_of(root, first, tool, again, last).status == "ok"


def test_a_function_that_laminar_saw_raise_failed_though_its_status_is_unset() -> None:
    told = {"exception.type": "Error", "exception.message": "no station in Oslo"}
    raised = [SpanEvent("exception", 1_050_000_000, told)]
    root = span("@lmnr-ai/lmnr", "look", lmnr__span__path=["look"], events=raised)
    run = run_of(root, call(root))
    assert (run.status, run.error and run.error.message) == ("error", "no station in Oslo")
    root.attributes["lmnr.span.output"] = '"sunny"'
    assert run_of(root, call(root)).status == "ok"


@pytest.mark.parametrize("seed", range(20))
def test_agents_and_calls_that_fail_at_random_have_the_same_headers_both_ways(seed: int) -> None:
    rng = random.Random(seed)
    spans: list[Span] = [trace()]
    for _ in range(rng.randrange(1, 9)):
        parent = rng.choice([spans[0], *spans])
        at, took = 1_000 + rng.randrange(20) * 10, rng.randrange(20) * 10
        error = rng.choice(["", "", "Max turns exceeded", "Error in agent run"])
        if rng.random() < 0.5:
            spans.append(agent(parent, at=at, took=took, error=error))
        else:
            told = {"error__type": error} if error else {}
            spans.append(call(parent, at=at, status=2 if error else 0, **told))
    same_both_ways(spans)
