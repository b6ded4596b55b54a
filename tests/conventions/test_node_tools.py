"""Tools and results under Node: what says that a span is a tool, and what a whole result answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conventions.spans import hops, only, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.otlp.spans import Span

ANSWERED = {
    "lc": 1,
    "type": "constructor",
    "id": ["langchain_core", "messages", "ToolMessage"],
    "kwargs": {
        "status": "success",
        "content": '{"shelf":7}',
        "tool_call_id": "call_7",
        "name": "find_book",
    },
}


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


# --- what LangChain's tools gave -----------------------------------------------------------------


def observed(name: str, made: object) -> Span:
    """A step as Langfuse's callback told of it until 5.1."""
    made_of = span("langfuse-sdk", name)
    made_of.attributes = {
        "langfuse.observation.type": "span",
        "langfuse.observation.input": '{"title":"Dune"}',
        "langfuse.observation.output": compact(made),
    }
    return made_of


def test_a_span_of_langfuses_that_gave_a_tools_message_of_its_name_is_that_tool() -> None:
    spans = [observed("find_book", ANSWERED)]
    assert same_both_ways(spans) == []
    hop = only(*spans)
    assert (hop.kind, hop.tool_call_id) == ("tool", "call_7")
    assert (hop.input, hop.output) == ({"title": "Dune"}, {"shelf": 7})


@pytest.mark.parametrize("made", [ANSWERED, {**ANSWERED, "kwargs": {"name": "find_book"}}, [1], ""])
def test_a_step_that_passes_on_what_a_tool_gave_is_none(made) -> None:
    name = "passes on" if made == ANSWERED else "find_book"
    spans = [observed(name, made)]
    assert same_both_ways(spans) == []
    assert only(*spans).kind == "chain"


def task(entity: str, made: object, **more: Any) -> Span:
    """A step as OpenLLMetry for Node told of it until 2026."""
    return span(
        "@traceloop/instrumentation-langchain",
        f"{entity}.task",
        traceloop__span__kind="task",
        traceloop__entity__name=entity,
        traceloop__entity__input=compact({"args": ['{"title":"Dune"}']}),
        traceloop__entity__output=compact(made),
        **more,
    )


def test_a_task_named_by_the_class_of_langchains_tools_is_one() -> None:
    run = span("app", "run", took=900)
    spans = [
        run,
        task("RunnableLambda", {"a": 1}, parent=run, at=1_010, took=10),
        task("DynamicStructuredTool", ANSWERED, parent=run, at=1_030, took=10),
    ]
    for order in (spans, spans[::-1]):
        assert same_both_ways(order) == []
    step, tool = hops(*spans)
    assert (step.kind, tool.kind) == ("chain", "tool")
    assert (tool.name, tool.tool_call_id) == ("find_book", "call_7")
    assert (tool.input, tool.output) == ({"title": "Dune"}, {"shelf": 7})


def test_a_model_called_unknown_is_not_known() -> None:
    call = span(
        "@traceloop/instrumentation-langchain",
        "chat.open.a.i",
        llm__request__type="chat",
        gen_ai__request__model="unknown",
        gen_ai__response__model="unknown",
        gen_ai__usage__prompt_tokens=9,
    )
    assert same_both_ways([call]) == []
    assert (only(call).request_model, only(call).response_model) == (None, None)


# --- one call of a tool, told of twice -----------------------------------------------------------


def tool_of_ai_sdk(call_id: str, **more: Any) -> Span:
    return span(
        "ai",
        "ai.toolCall",
        ai__operationId="ai.toolCall",
        ai__toolCall__name="look",
        ai__toolCall__id=call_id,
        ai__toolCall__args='{"city":"Rome"}',
        ai__toolCall__result='{"sun":true}',
        **more,
    )


def tool_of_langsmith(call_id: str, **more: Any) -> Span:
    """The same, as LangSmith's wrapper of the SDK tells of it."""
    return span(
        "langsmith",
        "look",
        langsmith__span__kind="tool",
        langsmith__trace__name="look",
        langsmith__metadata__ai_sdk_method="ai.generateText",
        gen_ai__prompt=compact({"args": [{"city": "Rome"}, {"toolCallId": call_id}]}),
        gen_ai__completion=compact({"outputs": {"sun": True}}),
        **more,
    )


@pytest.mark.parametrize("failed", [0, 2], ids=["succeeded", "failed"])
def test_two_tellings_of_one_call_of_a_tool_within_each_other_are_one_hop(failed) -> None:
    run = span("app", "run", took=900)
    outer = tool_of_ai_sdk("call_1", parent=run, at=1_010, status=failed)
    inner = tool_of_langsmith("call_1", parent=outer, at=1_011, took=10, status=failed)
    spans = [run, outer, inner]
    assert same_both_ways(spans) == []
    (tool,) = [h for h in hops(*spans) if h.kind == "tool"]
    assert (tool.tool_call_id, tool.merged) == ("call_1", [inner.span_id])


def test_a_tool_that_calls_itself_again_is_two() -> None:
    run = span("app", "run", took=900)
    outer = tool_of_ai_sdk("call_1", parent=run, at=1_010)
    spans = [run, outer, tool_of_langsmith("call_2", parent=outer, at=1_011, took=10)]
    same_both_ways(spans)
    assert sum(h.kind == "tool" for h in hops(*spans)) == 2


# --- whole results of Vercel's SDK ---------------------------------------------------------------

_ENDED = {"finishReason": "stop", "usage": {"inputTokens": 3}}
RESULT = {"steps": [{"content": [{"type": "text", "text": "Rome is sunny."}], **_ENDED}]}
CALLING = {
    "steps": [
        {
            "content": [{"type": "tool-call", "toolName": "ask", "input": {"q": "?"}}],
            "finishReason": "tool-calls",
        }
    ]
}


def gave(kind: str, made: object) -> Span:
    """A function that gave a value."""
    found = span("app", "plan_trip")
    if kind == "langsmith":
        found.attributes = {
            "langsmith.span.kind": "chain",
            "gen_ai.prompt": '{"input":"Where?"}',
            "gen_ai.completion": compact({"outputs": made}),
        }
    elif kind == "langfuse":
        found.attributes = {
            "langfuse.observation.type": "span",
            "langfuse.observation.input": '"Where?"',
            "langfuse.observation.output": compact(made),
        }
    else:
        found.attributes = {"lmnr.span.type": "DEFAULT", "lmnr.span.output": compact(made)}
    return found


@pytest.mark.parametrize("kind", ["langsmith", "langfuse", "laminar"])
@pytest.mark.parametrize(
    ("made", "answered"),
    [
        (RESULT, "Rome is sunny."),
        ([RESULT, RESULT], ["Rome is sunny."] * 2),
        (CALLING, [{"name": "ask", "arguments": {"q": "?"}}]),
        ({"object": {"city": "Rome"}, **_ENDED}, {"city": "Rome"}),
        ({"steps": ["one", "two"]}, {"steps": ["one", "two"]}),
        ({"steps": []}, {"steps": []}),
        ({"steps": [{"content": [7], **_ENDED}]}, {"steps": [{"content": [7], **_ENDED}]}),
    ],
)
def test_a_whole_result_reads_as_what_it_answers(kind, made, answered) -> None:
    spans = [gave(kind, made)]
    assert same_both_ways(spans) == []
    assert only(*spans).output == answered


def test_a_stream_that_was_not_read_to_its_end_gave_nothing() -> None:
    spans = [gave("langsmith", {"_totalUsage": {"status": {}}, "_steps": {}, "tools": {}})]
    assert same_both_ways(spans) == []
    assert only(*spans).output is None


@pytest.mark.parametrize(
    ("gave", "said"),
    [
        ({"message": {"role": "assistant", "content": "On 7."}, "sourceNodes": []}, "On 7."),
        ({"message": 7, "sourceNodes": []}, {"message": 7, "sourceNodes": []}),
        ({}, None),
        (
            {"message": {"role": "assistant", "content": "x"}},
            {"message": {"role": "assistant", "content": "x"}},
        ),
    ],
)
def test_an_engine_of_llama_index_gave_the_words_of_its_answer(gave: object, said: object) -> None:
    told = {"traceloop.entity.name": "engine", "traceloop.span.kind": "workflow"}
    spans = [span("@traceloop/instrumentation-llamaindex", "engine.query")]
    spans[0].attributes = {**told, "traceloop.entity.output": json.dumps(gave)}
    assert only(*spans).output == said
    assert same_both_ways(spans) == []


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ([{"type": "text", "text": '{"grams":900}'}], {"grams": 900}),
        ({"content": [{"type": "text", "text": "seven"}], "isError": False}, "seven"),
        ([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}], None),
        ([{"type": "text", "text": 7}], None),
        ([{"type": "text", "text": "a", "id": 1}], None),
        ({"content": [{"type": "text", "text": "a"}], "title": "b"}, None),
        ({"content": [{"type": "text", "text": "no"}], "isError": True}, None),
    ],
)
def test_a_tool_of_mcps_gave_what_its_one_block_says(made: Any, said: Any) -> None:
    told = {"openinference.span.kind": "TOOL", "tool.name": "weigh", "input.value": "{}"}
    spans = [span("openinference-core", "weigh")]
    spans[0].attributes = {
        **told,
        "output.value": json.dumps(made),
        "output.mime_type": "application/json",
    }
    assert only(*spans).output == (made if said is None else said)
    assert same_both_ways(spans) == []
