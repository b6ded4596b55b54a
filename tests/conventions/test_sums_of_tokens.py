"""Token counts that were told as one sum: what was asked and said, as what was said."""

from __future__ import annotations

import json

import pytest
from tests.conventions.spans import hops, span
from tests.conventions.test_headers import same_both_ways


def answered(asked: int, said: int, **counts: int) -> dict[str, object]:
    """ADK's attributes of a call, whose answer counts so."""
    body = {"content": {"parts": [{"text": "So."}], "role": "model"}, "usage_metadata": counts}
    return {
        "gen_ai.system": "gcp.vertex.agent",
        "gen_ai.request.model": "gemini-2.5-flash",
        "gcp.vertex.agent.llm_response": json.dumps(body),
        "gen_ai.usage.input_tokens": asked,
        "gen_ai.usage.output_tokens": said,
    }


@pytest.mark.parametrize(
    ("asked", "said", "thoughts", "told"),
    [
        (118, 157, 0, (118, 39, 0)),  # the sum
        (118, 162, 5, (118, 44, 5)),  # with thoughts
        (118, 39, 0, (118, 39, 0)),
        (118, 150, 0, (118, 150, 0)),  # no sum of these
        (100, 157, 0, (100, 157, 0)),
        (0, 0, 0, (118, 39, 0)),
    ],
)
def test_a_sum_in_place_of_what_was_said_is_taken_apart(
    asked: int, said: int, thoughts: int, told: tuple[int, int, int]
) -> None:
    counts = {"prompt_token_count": 118, "candidates_token_count": 39}
    counts |= {"thoughts_token_count": thoughts} if thoughts else {}
    call = span("gcp.vertex.agent", "call_llm", **answered(asked, said, **counts))
    assert same_both_ways([call]) == []
    (hop,) = hops(call)
    assert (hop.input_tokens, hop.output_tokens, hop.reasoning_tokens) == told
