"""Spans of a program on which LiteLLM writes what one of the calls inside of them asked and said."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conventions.spans import hops, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.otlp.spans import Span


def step(told: str | None, said: str = "Oslo.", identity: str | None = "id-1") -> Span:
    made = span("app", "desk", at=1_000, took=900)
    made.attributes = {
        "litellm.call_id": "c-1",
        "hidden_params": "{}",
        "llm.request.type": "completion",
        "gen_ai.system": "openai",
        "gen_ai.request.model": "m",
        "gen_ai.response.model": "m-2026",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.input.messages": json.dumps([asked(told or "")]),
        "gen_ai.output.messages": json.dumps([{"role": "assistant", "parts": [text(said)]}]),
        "gen_ai.usage.input_tokens": 21,
        "gen_ai.usage.output_tokens": 9,
    }
    if identity:
        made.attributes["gen_ai.response.id"] = identity
    return made


def text(said: str) -> dict[str, Any]:
    return {"type": "text", "content": said}


def asked(what: str) -> dict[str, Any]:
    return {"role": "user", "parts": [text(what)]}


def raw(around: Span, what: str, *, at: int, number: int = 0, scope: str = "litellm") -> Span:
    """A request; an answer too where it has a ``number``."""
    made = span(scope, "raw_gen_ai_request", parent=around, at=at, took=10)
    made.attributes = {
        "llm.openai.messages": str([{"role": "user", "content": what}]),
        "llm.openai.model": "m",
    }
    if number:
        said = {"content": f"Answer {number}.", "role": "assistant"}
        made.attributes |= {
            "llm.openai.id": f"id-{number}",
            "llm.openai.object": "chat.completion",
            "llm.openai.choices": str([{"finish_reason": "stop", "index": 0, "message": said}]),
            "llm.openai.usage": "{'completion_tokens': 5, 'prompt_tokens': 7}",
        }
    return made


def test_a_step_that_holds_several_calls_is_the_step_and_each_call_one_hop() -> None:
    around = step("Where?", "Answer 1.")
    trace = [around, *(raw(around, f"{n}?", at=1_000 + n * 20, number=n) for n in (1, 2, 3))]
    found = hops(*trace)
    assert [(h.kind, h.output, h.output_tokens) for h in found] == [
        ("llm", "Answer 1.", 5),
        ("llm", "Answer 2.", 5),
        ("llm", "Answer 3.", 5),
    ]
    assert [h.request_model for h in found] == ["m", None, None]
    same_both_ways(trace)


def test_a_stream_among_several_calls_answered_what_the_step_around_it_tells() -> None:
    around = step("Where?")
    trace = [around, raw(around, "Where?", at=1_020), raw(around, "When?", at=1_040, number=2)]
    found = hops(*trace)
    assert [(h.output, h.output_tokens) for h in found] == [("Oslo.", 9), ("Answer 2.", 5)]
    same_both_ways(trace)


def test_a_step_that_holds_one_call_is_that_call() -> None:
    around = step("Where?")
    trace = [around, raw(around, "Where?", at=1_020)]
    (hop,) = hops(*trace)
    assert (hop.name, hop.kind, hop.output, hop.output_tokens) == ("desk", "llm", "Oslo.", 9)
    assert same_both_ways(trace) == []


def test_a_step_that_tells_of_none_of_its_calls_is_a_call_beside_them() -> None:
    around = step("Whither?", identity="id-9")
    trace = [around, *(raw(around, f"{n}?", at=1_000 + n * 20, number=n) for n in (1, 2))]
    outputs = {h.output for h in hops(*trace)}
    assert {"Oslo.", "Answer 1.", "Answer 2."} <= outputs
    same_both_ways(trace)


@pytest.mark.parametrize("scope", ["litellm", "litellm.proxy"])
def test_a_request_of_litellms_own_is_the_call_whatever_it_holds(scope: str) -> None:
    around = step("Where?")
    around.scope = span(scope).scope
    trace = [around, *(raw(around, "Where?", at=1_000 + n * 20) for n in (1, 2))]
    assert hops(*trace)[0].kind == "llm"
    same_both_ways(trace)
