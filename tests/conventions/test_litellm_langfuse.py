"""LiteLLM's callback for Langfuse: what a model called may stand in Langfuse's words alone."""

from __future__ import annotations

import json

import pytest
from tests.conventions.spans import hops, span
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
