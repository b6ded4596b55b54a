"""Streams that were written down event by event, and functions of one argument."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conventions.spans import only, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.otlp.spans import Span

BEGUN = {
    "type": "message_start",
    "message": {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-x",
        "content": [],
        "usage": {"input_tokens": 9, "output_tokens": 1},
    },
}
TEXT = [
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "In "}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Oslo."}},
    {"type": "content_block_stop", "index": 0},
]
_TOOL = {"type": "tool_use", "id": "toolu_1", "name": "look", "input": {}}
CALL = [
    {"type": "content_block_start", "index": 1, "content_block": _TOOL},
    {
        "type": "content_block_delta",
        "index": 1,
        "delta": {"type": "input_json_delta", "partial_json": '{"city":'},
    },
    {
        "type": "content_block_delta",
        "index": 1,
        "delta": {"type": "input_json_delta", "partial_json": '"Oslo"}'},
    },
]
THOUGHT = [
    {
        "type": "content_block_start",
        "index": 0,
        "content_block": {"type": "thinking", "thinking": ""},
    },
    {
        "type": "content_block_delta",
        "index": 0,
        "delta": {"type": "thinking_delta", "thinking": "Hm."},
    },
]


def ended(why: str) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": why}, "usage": {"output_tokens": 7}}


def wrapped(events: object) -> Span:
    """A call as LangSmith's ``wrapSDK`` tells of it."""
    return span(
        "langsmith",
        "Anthropic.messages.create",
        langsmith__span__kind="llm",
        gen_ai__prompt='{"model":"claude-x","messages":[{"role":"user","content":"Where?"}]}',
        gen_ai__completion=json.dumps({"outputs": events}),
    )


def test_the_events_of_a_stream_are_the_answer_they_make() -> None:
    call = wrapped([BEGUN, *TEXT, ended("end_turn")])
    assert same_both_ways([call]) == []
    hop = only(call)
    assert (hop.output, hop.finish_reason, hop.response_id) == ("In Oslo.", "end_turn", "msg_1")
    assert (hop.input_tokens, hop.output_tokens, hop.response_model) == (9, 7, "claude-x")


def test_a_stream_may_call_tools_and_think() -> None:
    call = wrapped([BEGUN, *TEXT, *CALL, ended("tool_use")])
    assert same_both_ways([call]) == []
    _, asked = only(call).messages_out[0].parts
    assert (asked["id"], asked["name"], asked["arguments"]) == ("toolu_1", "look", {"city": "Oslo"})
    thinking = wrapped([BEGUN, *THOUGHT])
    assert same_both_ways([thinking]) == []
    assert only(thinking).messages_out[0].parts[0]["content"] == "Hm."


@pytest.mark.parametrize(
    "events",
    [
        [BEGUN],
        [{**BEGUN, "message": 7}, *TEXT],
        [BEGUN, 7, None, {"type": "content_block_delta"}, {"type": "content_block_start"}, *CALL],
        [BEGUN, {"type": "message_delta", "delta": 7, "usage": [7]}, *TEXT[1:]],
        [{"type": []}, *TEXT],
        [],
        7,
    ],
)
def test_spoilt_events_are_read_the_same_both_ways(events) -> None:
    same_both_ways([wrapped(events), wrapped([BEGUN, *TEXT, ended("end_turn")])])


@pytest.mark.parametrize(
    ("given", "told"), [(["Where?"], "Where?"), (["a", "b"], ["a", "b"]), ([{"a": 1}], [{"a": 1}])]
)
def test_a_function_of_one_argument_was_given_that(given, told) -> None:
    step = span("lmnr.tracer", "answer", lmnr__span__type="DEFAULT")
    step.attributes["lmnr.span.input"] = json.dumps(given)
    assert same_both_ways([step]) == []
    assert only(step).input == told
