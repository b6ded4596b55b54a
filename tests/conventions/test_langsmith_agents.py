"""OpenAI's agents as LangSmith's processor tells of them: steps that say nothing, ids of answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conventions.spans import hops, only, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.conventions import normalise
from misstep_store.otlp.spans import Span, SpanEvent

SCOPE = "langsmith"
M = "langsmith.metadata."


def step(name: str, *, parent: Span | None = None, at: int = 1_000, **more: Any) -> Span:
    made = span(SCOPE, name, parent=parent, at=at, took=500)
    made.attributes = {"langsmith.span.kind": "chain", "langsmith.trace.name": name}
    made.attributes |= {"gen_ai.prompt": "{}", "gen_ai.completion": "{}", **more}
    return made


def response(parent: Span, *, at: int = 1_010, **more: Any) -> Span:
    made = span(SCOPE, "Span Response", parent=parent, at=at, took=100)
    said = {"type": "output_text", "text": "Four.", "annotations": []}
    item = {"type": "message", "role": "assistant", "id": "msg", "content": [said]}
    asked = {"input": [{"role": "user", "content": "Rolls?"}], "instructions": "Count."}
    made.attributes = {
        "langsmith.span.kind": "llm",
        "langsmith.trace.name": "Span Response",
        "gen_ai.operation.name": "chat",
        "gen_ai.system": "openai",
        "gen_ai.request.model": "m",
        M + "object": "response",
        M + "id": "resp_1",
        "gen_ai.prompt": json.dumps(asked),
        "gen_ai.completion": json.dumps({"output": [item]}),
        **more,
    }
    return made


def test_a_step_that_says_nothing_is_the_call_in_it() -> None:
    root = step("Agent workflow")
    agent = step("seller", parent=root, at=1_001)
    turn = step("Span", parent=agent, at=1_002)
    trace = [root, agent, turn, response(turn)]
    call = hops(*trace)[-1]
    assert (call.name, call.kind, call.response_id) == ("Span Response", "llm", "resp_1")
    assert (call.input, call.output) == ("Rolls?", "Four.")
    run = normalise(trace).run
    assert (run.input, run.output) == ("Rolls?", "Four.")
    assert same_both_ways(trace) == []


def test_a_failure_in_a_step_that_says_nothing_is_that_steps() -> None:
    root = step("doomed")
    turn = step("Span", parent=root, at=1_001)
    call = response(turn, **{"gen_ai.prompt": "{}", "gen_ai.completion": "{}"})
    call.status_code = 2
    said = "{'message': 'Error getting response', 'data': {'error': 'Error code: 400 - No.'}}"
    told = {"exception.type": "Exception", "exception.message": said}
    call.events = [SpanEvent("exception", 0, told)]
    hop = hops(root, turn, call)[-1]
    assert hop.error is not None
    assert hop.error.message == "Error getting response: Error code: 400 - No."
    assert same_both_ways([root, turn, call]) == []


def test_a_tool_that_was_given_nothing_was_given_nothing() -> None:
    tool = step("look", **{"langsmith.span.kind": "tool"})
    assert (only(tool).input, only(tool).output) == ({}, {})
    half = step("node", **{"gen_ai.prompt": '{"a": 1}'})
    assert (only(half).input, only(half).output) == ({"a": 1}, {})
    assert same_both_ways([tool]) == same_both_ways([half]) == []


@pytest.mark.parametrize("spoilt", [7, "", None, ["resp_1"], {"id": 1}])
def test_ids_of_other_kinds_are_none(spoilt: Any) -> None:
    root = step("seller")
    for key in ("id", "object"):
        call = response(root, **{M + key: spoilt})
        assert hops(root, call)[-1].response_id is None
        assert same_both_ways([root, call]) == []
