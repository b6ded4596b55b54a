"""LiteLLM's callback for Langfuse: what a model called may stand in Langfuse's words alone."""

from __future__ import annotations

import json

import pytest
from tests.conventions.spans import hops, only, span
from tests.conventions.test_headers import same_both_ways

CALL = {"type": "function_call", "call_id": "call_1", "name": "get_weather"}


@pytest.mark.parametrize(
    ("told", "output"),
    [
        (
            json.dumps([{**CALL, "arguments": {"city": "Oslo"}}]),
            [{"name": "get_weather", "arguments": {"city": "Oslo"}}],
        ),
        ("[{", "[{"),
        ("", ""),
    ],
    ids=["a call", "words that were cut", "nothing"],
)
def test_a_call_that_openinference_says_nothing_of_is_langfuses(told, output) -> None:
    asked = span(
        "litellm",
        "litellm_request",
        **{
            "openinference.span.kind": "LLM",
            "llm.model_name": "gpt-4o-mini",
            "output.value": "",
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.content": "",
            "langfuse.observation.output": told,
        },
    )
    assert not same_both_ways([asked])
    (hop,) = hops(asked)
    assert hop.output == output


def test_a_request_that_offers_tools_is_a_call_and_its_empty_raw_request_is_the_same_one() -> None:
    asked = span(
        "litellm",
        "litellm_request",
        **{
            "openinference.span.kind": "TOOL",
            "llm.request.type": "completion",
            "llm.model_name": "gpt-4o-mini",
            "llm.token_count.prompt": 15,
            "llm.token_count.completion": 36,
            "llm.output_messages.0.message.role": "assistant",
            "llm.output_messages.0.message.content": "",
            "langfuse.observation.output": json.dumps([{**CALL, "arguments": {"city": "Oslo"}}]),
        },
    )
    raw = span("litellm", "raw_gen_ai_request", parent=asked, at=1_001, took=90)
    assert not same_both_ways([asked, raw])
    (hop,) = hops(asked, raw)
    assert (hop.kind, hop.input_tokens, hop.merged) == ("llm", 15, [raw.span_id])
    assert hop.output == [{"name": "get_weather", "arguments": {"city": "Oslo"}}]


@pytest.mark.parametrize(
    ("cached", "counted"), [(64, 64), (0, 0), ("64", 0)], ids=["some", "none", "no number"]
)
def test_what_came_from_a_cache_is_counted_in_the_metadata_of_a_stream(cached, counted) -> None:
    about = {"usage_object": {"prompt_tokens_details": {"cached_tokens": cached}}}
    streamed = span(
        "litellm",
        "litellm_request",
        **{
            "openinference.span.kind": "LLM",
            "llm.request.type": "completion",
            "llm.model_name": "o4-mini",
            "llm.token_count.prompt": 212,
            "llm.token_count.completion": 174,
            "metadata": json.dumps(about),
        },
    )
    assert not same_both_ways([streamed])
    (hop,) = hops(streamed)
    assert (hop.input_tokens, hop.cached_tokens) == (212, counted)


def test_why_an_answer_ended_is_known_of_printed_choices_that_were_cut() -> None:
    choices = "[{'finish_reason': 'tool_calls', 'index': 0, 'message': {'content': 'It'"
    raw = span("litellm", "raw_gen_ai_request")
    raw.attributes = {
        "llm.openai.messages": "[{'role': 'user', 'content': 'hi'}]",
        "llm.openai.choices": choices,
        "llm.openai.object": "chat.completion",
        "llm.openai.model": "gpt-4o-mini",
        "llm.openai.id": "c-1",
        "llm.openai.usage": "{'completion_tokens': 4, 'prompt_tokens': 37}",
    }
    assert only(raw).finish_reason == "tool_calls"
    assert same_both_ways([raw]) == []


def test_requests_without_an_answer_tell_the_model_they_name() -> None:
    named = ["gpt-4o-mini", "gpt-4o-mini", "['gpt-4o-mini']", "{'model': 'x'}", 3, ["a"], ""]
    raws = []
    for model in named:
        raw = span("litellm", "raw_gen_ai_request")
        raw.attributes = {"llm.openai.model": model, "llm.openai.messages": "[]"}
        raws.append(raw)
    assert same_both_ways(raws) == []
    assert [h.response_model for h in hops(*raws[:2])] == ["gpt-4o-mini"] * 2


@pytest.mark.parametrize(
    ("spoilt", "ended"),
    [
        ({}, "stop"),
        ({"output": "[{'type': 'function_call', 'name': 'f', 'arguments': '{}'}]"}, "tool_calls"),
        ({"output": r"[{'type': '\x66unction_call', 'name': 'f'}]"}, "tool_calls"),
        ({"output": "[{'type': 'function' '_call', 'name': 'f'}]"}, "tool_calls"),
        ({"output": "[{'type': 'mess"}, "stop"),
        ({"output": [{"type": "message"}]}, "stop"),
        ({"status": "incomplete", "incomplete_details": "{'reason': 'length'}"}, "length"),
        ({"id": "__fake_id__"}, None),
        ({"id": '"resp_2"', "model": '"m"'}, "stop"),
        ({"model": ""}, "stop"),
        ({"usage": 7}, "stop"),
    ],
)
def test_a_printed_responses_object_says_why_it_ended_whatever_it_holds(spoilt, ended) -> None:
    told = {
        "id": "resp_1",
        "incomplete_details": "",
        "model": "gpt-4o-mini-2024-07-18",
        "object": "response",
        "output": "[{'type': 'message', 'role': 'assistant', 'content': [{'text': 'Hello.\\n'}]}]",
        "status": "completed",
        "usage": "{'input_tokens': 16, 'output_tokens': 6, 'total_tokens': 22}",
    }
    asked = span("litellm", "litellm_request", **{"llm.request.type": "aresponses"})
    wire = {f"llm.None.{key}": value for key, value in (told | spoilt).items()}
    raw = span("litellm", "raw_gen_ai_request", parent=asked, at=1_001, took=90, **wire)
    assert not same_both_ways([asked, raw])
    hop = only(asked, raw)
    assert hop.finish_reason == ended
    if not spoilt:
        assert (hop.response_id, hop.response_model) == ("resp_1", told["model"])
        assert (hop.input_tokens, hop.output_tokens) == (16, 6)
