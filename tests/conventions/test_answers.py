"""What raw answers say is the same whether few of their keys are read or all of them."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from misstep_store.conventions import bodies
from misstep_store.conventions import reading as rd
from misstep_store.headers import answers

USED = {"prompt_tokens": 21, "completion_tokens": 9, "prompt_tokens_details": {"cached_tokens": 7}}
INNER = {
    "content": "Sunny.",
    "response_metadata": {"model_name": "m-1", "id": "run-1", "token_usage": USED},
    "usage_metadata": {"input_tokens": 21, "output_tokens": 9},
}
BODIES: dict[str, Any] = {
    "a chat completion": {
        "id": "chatcmpl-1",
        "choices": [{"finish_reason": "tool_calls", "message": {"content": '{"model":"no"}'}}],
        "model": "m-1",
        "usage": USED,
    },
    "a response": {
        "id": "resp_1",
        "object": "response",
        "status": "completed",
        "output": [{"type": "reasoning"}, {"type": "function_call", "name": "look"}],
        "tools": [{"parameters": {"model": "no"}}],
        "usage": {"input_tokens": 3, "output_tokens": 2},
    },
    "a response that was cut off": {
        "object": "response",
        "status": "incomplete",
        "incomplete_details": {"reason": "max_output_tokens"},
    },
    "a message": {
        "id": "msg_1",
        "type": "message",
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 5, "cache_read_input_tokens": 4, "output_tokens": 2},
    },
    "candidates": {
        "candidates": [{"content": {}, "finishReason": "STOP"}],
        "modelVersion": "g-1",
        "usageMetadata": {"promptTokenCount": 2, "candidatesTokenCount": 3},
    },
    "generations": {
        "generations": [[{"generation_info": {"finish_reason": "stop"}, "message": INNER}]],
        "llm_output": {"model_name": "m-1", "token_usage": USED},
    },
    "generations of constructors": {
        "generations": [[{"message": {"lc": 1, "id": ["AIMessage"], "kwargs": INNER}}]],
    },
    "generations in one list": {"generations": [{"text": "a"}, {"message": {"data": INNER}}]},
    "generations that are none": {"generations": [["a", None], 3], "id": "x"},
    "an answer around an answer": {"id": "a", "response": {"id": "b", "model": "m"}},
    "an answer beside one": {"choices": [{"message": {"content": "a"}}], "response": {"id": "b"}},
    "a model that is a number": {"model": 7, "id": {"a": 1}, "choices": None, "output": 3},
    "choices that are none": {"choices": ["stop"], "candidates": {"a": 1}, "id": "x"},
    "a message as text": {"output": {"message": {"content": [{"text": "a"}]}}, "id": "x"},
    "counts too large": {"id": "x", "usage": {"input_tokens": 10**30, "output_tokens": 2}},
    "nested deep": {"id": "x", "a": [json.loads("[" * 300 + "]" * 300)]},
}


def as_before(text: object) -> tuple[bodies.About, bodies.About]:
    return bodies.about_answer(text), bodies.about_langchain(rd.parsed(text))


@pytest.mark.parametrize("name", BODIES)
def test_an_answer_says_the_same_when_only_what_matters_is_read(name: str) -> None:
    for text in (json.dumps(BODIES[name]), json.dumps(BODIES[name], separators=(",", ":"))):
        assert answers.about(text) == bodies.about_answer(text)
        assert answers.about_langchain(text) == as_before(text)
        assert answers.about(json.dumps(text)) == bodies.about_answer(json.dumps(text))


@pytest.mark.parametrize("name", BODIES)
def test_a_broken_answer_says_the_same_when_only_what_matters_is_read(name: str) -> None:
    rng = random.Random(name)
    text = json.dumps(BODIES[name])
    for _ in range(60):
        at = rng.randrange(len(text))
        broken = text[:at] + rng.choice(["", '"', "\\", "}", "]", "\x00", "NaN", "\ud800", " "])
        broken += rng.choice([text[at:], text[at + 1 :], ""])
        assert answers.about(broken) == bodies.about_answer(broken)
        assert answers.about_langchain(broken) == as_before(broken)


@pytest.mark.parametrize("value", [None, 3, "", "{", "plain", "{'id': 'x'}", {"id": "x"}, ["a"]])
def test_a_value_that_is_no_json_object_says_the_same(value: object) -> None:
    assert answers.about(value) == bodies.about_answer(value)
