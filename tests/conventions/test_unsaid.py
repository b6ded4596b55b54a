"""Calls that do not say what they answered, and steps around and beside them that do: as OpenLLMetry's
of LangChain 0.48, whose parsers and graphs were given the whole answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conventions.spans import hops, span
from tests.conventions.test_headers import same_both_ways

from misstep.model import Hop
from misstep_store.otlp.spans import Span

SCOPE = "opentelemetry.instrumentation.langchain"


def answered(content: Any = "Oslo.", identity: str | None = "chatcmpl-7", **more: Any) -> Any:
    about = {"finish_reason": "stop", "model_name": "m-2026", "id": identity}
    fields = {"content": content, "response_metadata": about, "type": "ai", **more}
    return {"lc": 1, "type": "constructor", "id": ["schema", "AIMessage"], "kwargs": fields}


def step(
    name: str, *, parent: Span | None = None, at: int, given: Any = None, gave: Any = None
) -> Span:
    made = span(SCOPE, f"{name}.task", parent=parent, at=at, took=90)
    envelope = {"tags": [], "metadata": {}, "kwargs": {}}
    sides = {"input": {"inputs": given, **envelope}, "output": {"outputs": gave}}
    kept = {f"traceloop.entity.{k}": json.dumps(v) for k, v in sides.items()}
    made.attributes = {"traceloop.entity.name": name, "traceloop.span.kind": "task", **kept}
    return made


def asked(parent: Span, *, at: int, identity: str | None = "chatcmpl-7", used: int = 9) -> Span:
    made = span(SCOPE, "ChatOpenAI.chat", parent=parent, at=at, took=1)
    made.attributes = {
        "llm.request.type": "chat",
        "gen_ai.request.model": "m",
        "gen_ai.prompt.0.role": "user",
        "gen_ai.prompt.0.content": "Where?",
        "gen_ai.usage.input_tokens": 21,
        "gen_ai.usage.output_tokens": used,
    }
    if identity:
        made.attributes["gen_ai.response.id"] = identity
    return made


def told(trace: list[Span]) -> list[Hop]:
    assert same_both_ways(trace) == []
    return [h for h in hops(*trace) if h.kind == "llm"]


def chain(whole: Any, *, identity: str | None = "chatcmpl-7", used: int = 9) -> list[Span]:
    """A sequence whose second step is given the answer of its first."""
    outer = step("app", at=1_000)
    around = step("sequence", parent=outer, at=1_001)
    call = asked(around, at=1_002, identity=identity, used=used)
    return [outer, around, call, step("parser", parent=around, at=1_004, given=whole)]


def test_a_parser_was_given_what_the_call_before_it_answered() -> None:
    trace = chain(answered())
    (hop,) = told(trace)
    assert (hop.output, hop.finish_reason) == ("Oslo.", "stop")
    assert [m.text for m in hop.messages_out] == ["Oslo."]


def test_a_call_of_a_tool_is_an_answer_too() -> None:
    calls = [{"name": "weather", "args": {"city": "Oslo"}, "id": "call_1", "type": "tool_call"}]
    (hop,) = told(chain(answered("", tool_calls=calls)))
    assert hop.output == [{"name": "weather", "arguments": {"city": "Oslo"}}]


def test_an_answer_of_another_id_is_that_of_another_call() -> None:
    (hop,) = told(chain(answered(identity="chatcmpl-8")))
    assert (hop.output, hop.messages_out, hop.finish_reason) == (None, [], None)


def test_a_lone_call_may_lack_its_id() -> None:
    (hop,) = told(chain(answered(), identity=None))
    assert hop.output == "Oslo."


def test_a_call_that_counts_no_tokens_did_not_answer() -> None:
    (hop,) = told(chain(answered(), used=0))
    assert hop.output is None


def test_what_a_node_gave_is_the_answer_of_the_one_call_with_its_id() -> None:
    graph = step("graph", at=1_000)
    node = step("agent", parent=graph, at=1_001, gave={"messages": [answered()]})
    first = asked(node, at=1_002, identity="chatcmpl-6")
    second = asked(node, at=1_004)
    found = told([graph, node, first, second])
    assert [h.output for h in found] == [None, "Oslo."]
    assert [h.finish_reason for h in found] == [None, "stop"]


def test_of_two_calls_with_one_id_nobody_knows_which_it_was() -> None:
    graph = step("graph", at=1_000)
    node = step("agent", parent=graph, at=1_001, gave={"messages": [answered()]})
    found = told([graph, node, asked(node, at=1_002), asked(node, at=1_004)])
    assert [h.output for h in found] == [None, None]


@pytest.mark.parametrize(
    "spoilt",
    [None, 7, [], {}, "x", [[1]], {"kwargs": 3}, answered(None), answered([]), answered({"a": 1})]
    + [answered(identity=identity) for identity in (7, [], {"a": 1})]
    + [answered(tool_calls=calls) for calls in (3, [3], [{}], {"a": 1})],
)
def test_spoilt_answers_are_none(spoilt: Any) -> None:
    told(chain(spoilt))
    told(chain(spoilt, identity=None))


def test_a_step_around_a_call_and_more_does_not_say_how_the_call_ended() -> None:
    outer = step("app", at=1_000)
    around = step("sequence", parent=outer, at=1_001, gave=answered())
    call = asked(around, at=1_002)
    trace = [outer, around, call, step("parser", parent=around, at=1_004)]
    (hop,) = told(trace)
    assert (hop.finish_reason, hop.response_model) == ("stop", "m-2026")
    steps = [h for h in hops(*trace) if h.kind == "chain"]
    said = {(h.finish_reason, h.response_model, h.response_id) for h in steps}
    assert said == {(None, None, None)}


@pytest.mark.parametrize(
    ("more", "served"),
    [
        ({}, None),
        ({"llm.finish_reason": "length"}, "m"),
        ({"llm.response.model_name": "m-2026"}, "m-2026"),
    ],
)
def test_a_call_that_failed_without_an_answer_was_answered_by_no_model(
    more: dict[str, Any], served: str | None
) -> None:
    def failing(at: int) -> Span:
        made = span("openinference.instrumentation.openai", "ChatCompletion", status=2, at=at)
        kind = {"openinference.span.kind": "LLM", "llm.model_name": "m", "llm.provider": "openai"}
        made.attributes = {**kind, "input.value": "Where?", **more}
        return made

    (hop,) = told([failing(1_000)])
    assert (hop.request_model, hop.response_model) == ("m", served)
    again = told([failing(1_000), failing(1_200)])[-1]
    assert {a.response_model for a in again.attempts} <= {served}
