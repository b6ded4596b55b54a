"""Tools that wait for a person's word, and the calls which asked for them: Mastra's two halves."""

from __future__ import annotations

import json

import pytest
from tests.conventions.spans import hops, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.otlp.spans import Span

SCOPE = "@mastra/otel-exporter"
CHAT = {"gen_ai__operation__name": "chat", "gen_ai__request__model": "m"}
WANTED = {"toolName": "look", "toolCallId": "c1", "toolInput": {"city": "Oslo"}}


def step(name: str, told: str, parent: Span | None = None, at: int = 1_000, **more: object) -> Span:
    return span(SCOPE, name, parent=parent, at=at, mastra__span__type=told, **{"took": 50, **more})


def first_half() -> list[Span]:
    agent = step("invoke_agent a", "agent_run", took=400, mastra__agent_run__input="Where?")
    generation = step("generate m", "model_generation", agent, took=300)
    asked = '[{"role":"user","content":"Where?"}]'
    begun = step("step a", "model_step", generation, 1_010, mastra__model_step__input=asked)
    call = step("chat m", "model_inference", begun, 1_010, **CHAT)
    piece = step("model_chunk a", "model_chunk", call, 1_020, took=5)
    piece.attributes["mastra.model_chunk.output"] = json.dumps(WANTED)
    return [agent, generation, begun, call, piece]


def second_half(first: list[Span], goes_on_from: object = None, **more: object) -> list[Span]:
    generation = first[1]
    known = {"mastra__metadata__resumedFromSpanId": goes_on_from or generation.span_id}
    again = step("invoke_agent a", "agent_run", generation, 1_100, took=150, **known)
    resumed = step("generate m", "model_generation", again, 1_100, took=140, **known)
    used = step("execute_tool look", "tool_call", resumed, 1_110, took=10, **known)
    calls = [{"toolCallId": "c1", "toolName": "look", "args": {"city": "Oslo"}}]
    said = json.dumps({"text": "", "toolCalls": calls})
    told = {"mastra__model_step__output": said, **known, **more}
    rest = step("step a", "model_step", resumed, 1_130, took=10, **told)
    counts = {"gen_ai__usage__input_tokens": 21, "gen_ai__usage__output_tokens": 9}
    ended = {"gen_ai__response__finish_reasons": '["tool-calls"]', **counts}
    call = step("chat m", "model_inference", rest, 1_130, took=10, **CHAT, **ended, **known)
    return [again, resumed, used, rest, call]


def test_a_call_that_was_held_back_until_a_person_agreed_is_one_call() -> None:
    first = first_half()
    trace = first + second_half(first)
    (call,) = [h for h in hops(*trace) if h.kind == "llm"]
    assert (call.input, call.input_tokens, call.output_tokens) == ("Where?", 21, 9)
    assert call.output == [{"name": "look", "arguments": {"city": "Oslo"}}]
    assert (call.finish_reason, call.offset_ms, call.duration_ms) == ("tool_calls", 10, 50)
    assert set(call.merged) >= {first[3].span_id, trace[-1].span_id, trace[-2].span_id}
    assert [h.name for h in hops(*trace) if h.kind == "tool"] == ["look"]
    assert same_both_ways(trace) == [first[0].trace_id]


@pytest.mark.parametrize("goes_on_from", ["f" * 16, 7, ["x"], ""])
def test_what_goes_on_from_nothing_that_is_known_stays_a_call_of_its_own(
    goes_on_from: object,
) -> None:
    first = first_half()
    trace = first + second_half(first, goes_on_from or " ")
    assert len([h for h in hops(*trace) if h.kind == "llm"]) == 2
    same_both_ways(trace)


def test_a_step_that_was_asked_something_is_no_second_half() -> None:
    first = first_half()
    asked = {"mastra__model_step__input": '[{"role":"user","content":"And now?"}]'}
    trace = first + second_half(first, **asked)
    assert [h.input for h in hops(*trace) if h.kind == "llm"] == ["Where?", "And now?"]
    assert same_both_ways(trace) == []


def test_a_call_that_told_how_it_ended_has_no_second_half() -> None:
    first = first_half()
    first[3].attributes["gen_ai.response.finish_reasons"] = '["stop"]'
    trace = first + second_half(first)
    assert len([h for h in hops(*trace) if h.kind == "llm"]) == 2
    same_both_ways(trace)


def test_a_tool_that_a_person_refused_stands_in_the_piece_of_the_answer_that_asked_for_it() -> None:
    trace = first_half()
    (call,) = [h for h in hops(*trace) if h.kind == "llm"]
    assert call.output == [{"name": "look", "arguments": {"city": "Oslo"}}]
    assert same_both_ways(trace) == []


@pytest.mark.parametrize(
    "made",
    [
        '{"toolName":"look"}',
        '{"toolName":7,"toolInput":{}}',
        '{"toolName":"","toolInput":"x"}',
        '{"tool\\u0049nput":1,"toolName":"look"}',
        '["toolInput"]',
        '{"toolName":"look","toolInput":' + "[" * 2_000 + "]" * 2_000 + "}",
        7,
        "toolInput",
    ],
)
def test_spoilt_pieces_are_the_same_in_both_readings(made: object) -> None:
    trace = first_half()
    trace[-1].attributes["mastra.model_chunk.output"] = made
    same_both_ways(trace)
    same_both_ways(trace[-1:])


@pytest.mark.parametrize("scope", ["@mastra/arize", "@mastra/laminar"])
def test_pieces_that_ask_for_tools_are_the_same_in_both_readings_of_other_exporters(
    scope: str,
) -> None:
    key = {"@mastra/arize": "output.value", "@mastra/laminar": "lmnr.span.output"}[scope]
    about = {"openinference.span.kind": "LLM"} if scope == "@mastra/arize" else {}
    told = {"mastra.span.type": "model_chunk", **about, key: json.dumps(WANTED)}
    piece = span(scope, "chunk: 'tool-call'", **{k.replace(".", "__"): v for k, v in told.items()})
    (hop,) = hops(piece)
    assert (hop.kind, hop.name) == ("tool", "look")
    assert same_both_ways([piece]) == []


def test_a_first_half_has_one_second_half() -> None:
    first = first_half()
    halves = [second_half(first), second_half(first)]
    for n, half in enumerate(halves):
        half[3].attributes["mastra.model_step.output"] = json.dumps({"text": f"So {n}."})
        silent = ("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens")
        for key in (*silent, "gen_ai.response.finish_reasons"):
            del half[4].attributes[key]
    trace = first + halves[0] + halves[1]
    assert len([h for h in hops(*trace) if h.kind == "llm"]) == 2
    same_both_ways(trace)
