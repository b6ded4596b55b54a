"""LangSmith's SDK for Node writes down what a call was asked when it sends it on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conventions.spans import span
from tests.conventions.test_headers import same_both_ways

from misstep_store.conventions import normalise
from misstep_store.otlp.spans import Span

ASKED = {"role": "user", "content": "Where is A-1?"}
FOUND = {"role": "tool", "tool_call_id": "call_Xk1aZ93b", "content": "shipped"}
SAID = {"role": "assistant", "content": "It was shipped."}


def calling(identity: str = "call_Xk1aZ93b") -> dict[str, Any]:
    function = {"name": "find_order", "arguments": '{"order": "A-1"}'}
    told = [{"id": identity, "type": "function", "function": function}]
    return {"role": "assistant", "content": None, "tool_calls": told}


def call(asked: list[dict[str, Any]], said: dict[str, Any], **more: Any) -> Span:
    answer = {"choices": [{"index": 0, "message": said, "finish_reason": "stop"}]}
    made = span("langsmith", "ChatOpenAI", langsmith__span__kind="llm", **more)
    made.attributes["gen_ai.prompt"] = json.dumps({"model": "gpt-4o", "messages": asked})
    made.attributes["gen_ai.completion"] = json.dumps(answer)
    return made


def told(asked: list[dict[str, Any]], said: dict[str, Any]) -> list[str]:
    spans = [call(asked, said)]
    assert same_both_ways(spans) == []
    (hop,) = normalise(spans).hops
    return [m.role for m in hop.messages_in]


def test_an_answer_and_what_followed_it_are_nothing_that_was_asked() -> None:
    grown = [ASKED, calling(), FOUND, SAID]
    assert told(grown, calling()) == ["user"]
    assert told(grown, SAID) == ["user", "assistant", "tool"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ([ASKED, calling("call_0"), FOUND], calling("call_0")),  # ids that come again
        ([ASKED, calling(), FOUND], calling("call_another")),
        ([SAID, ASKED, ASKED], SAID),  # said before
        ([ASKED, SAID, ASKED], calling()),
    ],
)
def test_other_answers_among_what_was_asked_stay(asked, said) -> None:
    assert len(told(asked, said)) == len(asked)


def test_what_failed_twice_is_tried_again_whatever_its_list_grew_to() -> None:
    around = span("langsmith", "loop", langsmith__span__kind="chain", gen_ai__prompt="{}")
    first = call([ASKED, SAID], {}, parent=around, at=1_010, took=10, status=2)
    del first.attributes["gen_ai.completion"]
    second = call([ASKED, SAID], SAID, parent=around, at=1_030, took=10)
    same_both_ways([around, first, second])


def test_a_run_of_a_function_that_takes_nothing_was_asked_what_its_first_call_was() -> None:
    around = span("langsmith", "step", langsmith__span__kind="chain", gen_ai__prompt="{}")
    spans = [around, call([ASKED], SAID, parent=around)]
    assert same_both_ways(spans) == []
    assert normalise(spans).run.input == "Where is A-1?"
    assert normalise([around]).run.input == {}
