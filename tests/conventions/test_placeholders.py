"""Words that stand for what tools were asked and gave, in what calls were asked: Mastra's."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conventions.spans import hops, span
from tests.conventions.test_headers import same_both_ways

from misstep.model import Hop
from misstep_store.otlp.spans import Span

CALLED = {"type": "tool_call", "id": "c1", "name": "find", "arguments": {"x": 1}}
USER = {"role": "user", "content": "Where?"}
WORDS = (
    {"role": "assistant", "content": "[tool: find]"},
    {"role": "tool", "content": "[tool-result: find]"},
)


def mastra(kind: str, parent: Span | None = None, *, at: int, took: int = 5, **a: Any) -> Span:
    told = {"mastra.span.type": kind, **{k.replace("__", "."): v for k, v in a.items()}}
    made = span("@mastra/otel-exporter", kind, parent=parent, at=at, took=took)
    made.attributes = told
    return made


def step(parent: Span, *asked: Any, at: int, said: Any) -> list[Span]:
    """A step of a generation and the call in it."""
    given = {"mastra__model_step__input": json.dumps(asked)}
    gave = {"mastra__model_step__output": json.dumps(said)}
    around = mastra("model_step", parent, at=at, took=10, **given, **gave)
    call = mastra("model_inference", around, at=at)
    call.attributes |= {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
    call.attributes |= {"gen_ai.usage.input_tokens": 7, "gen_ai.usage.output_tokens": 3}
    return [around, call]


def talk(*second: Any, gave: str | None = '{"room": 12}', name: str = "find") -> list[Hop]:
    """The hops of a generation that asked for a tool, and was asked ``second`` after it."""
    root = mastra("model_generation", at=1_000, took=100)
    asked = {"toolCallId": "c1", "toolName": "find", "args": {"x": 1}}
    spans = [root, *step(root, USER, at=1_010, said={"text": "", "toolCalls": [asked]})]
    tool = mastra("tool_call", spans[1], at=1_016, took=2, gen_ai__tool__call__id="c1")
    tool.attributes |= {"gen_ai.tool.name": name, "gen_ai.tool.call.arguments": '{"x": 1}'}
    if gave is not None:
        tool.attributes["gen_ai.tool.call.result"] = gave
    spans += [tool, *step(root, USER, *second, at=1_030, said={"text": "In 12."})]
    assert same_both_ways(spans) == []
    return hops(*spans)


def test_a_call_was_asked_what_the_tool_gave_that_its_words_stand_for() -> None:
    last = talk(*WORDS)[-1]
    assert [m.parts for m in last.messages_in[1:]] == [
        [CALLED],
        [{"type": "tool_call_response", "id": "c1", "response": {"room": 12}}],
    ]
    assert last.input == {"room": 12}


@pytest.mark.parametrize(
    "second",
    [
        ({"role": "assistant", "content": "[tool: find]"}, {"role": "tool", "content": "seven"}),
        (
            {"role": "assistant", "content": "no tool"},
            {"role": "tool", "content": "[tool-result: find]"},
        ),
        (WORDS[0], {"role": "tool", "content": "[tool-result: other]"}),
        (WORDS[0], {"role": "tool", "content": "[tool-result: find][tool-result: find]"}),
        (
            {"role": "user", "content": "[tool: find]"},
            {"role": "user", "content": "[tool-result: find]"},
        ),
    ],
)
def test_words_that_stand_for_nothing_known_stay(second: Any) -> None:
    last = talk(*second)[-1]
    assert json.dumps(second[1]["content"]) in json.dumps([m.parts for m in last.messages_in])


def test_what_a_tool_that_tells_no_result_gave_is_not_made_up() -> None:
    assert talk(*WORDS, gave=None)[-1].input == "[tool-result: find]"


def test_of_two_tools_the_words_of_the_one_that_failed_stay() -> None:
    root = mastra("model_generation", at=1_000, took=100)
    asked = [{"toolCallId": f"c{n}", "toolName": "find", "args": {"x": n}} for n in (1, 2)]
    spans = [root, *step(root, USER, at=1_010, said={"text": "", "toolCalls": asked})]
    for n in (1, 2):
        tool = mastra("tool_call", spans[1], at=1_015 + n, took=1, gen_ai__tool__name="find")
        tool.attributes |= {"gen_ai.tool.call.id": f"c{n}", "gen_ai.tool.call.arguments": "{}"}
        spans.append(tool)
    spans[-2].attributes["gen_ai.tool.call.result"] = '"twelve"'
    spans[-1].status_code = 2
    second = [{**m, "content": m["content"] * 2} for m in WORDS]
    spans += step(root, USER, *second, at=1_030, said={"text": "In 12."})
    told = hops(*spans)[-1].messages_in[-1].parts
    assert [(p["id"], p["response"]) for p in told] == [
        ("c1", "twelve"),
        ("c2", "[tool-result: find]"),
    ]
    assert same_both_ways(spans) == []


def test_an_inference_that_names_no_model_is_a_piece_of_its_step_and_so_are_its_own_pieces() -> (
    None
):
    around = mastra("agent_run", at=1_000, took=100)
    told = {"gen_ai__operation__name": "chat", "gen_ai__request__model": "m"}
    generation = mastra("model_generation", around, at=1_001, took=90, **told)
    a_step = mastra("model_step", generation, at=1_002, took=80)
    inference = mastra("model_inference", a_step, at=1_003, took=70)
    chunk = mastra("model_chunk", inference, at=1_004, took=60)
    spans = [around, generation, a_step, inference, chunk]
    assert same_both_ways(spans) == []
    found = hops(*spans)
    assert [(h.name, h.merged) for h in found][-1] == (
        "model_step",
        [inference.span_id, chunk.span_id],
    )
    assert len(found) == 2
