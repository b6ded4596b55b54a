"""What raw answers say is the same whether few of their keys are read or all of them."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from tests.conventions.answer_bodies import BODIES, LANGCHAINS, USED

from misstep_store.conventions.content import documents
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values import usage
from misstep_store.headers.columns.depth import SHORT, may_be_deep
from misstep_store.headers.raw import answers, generations


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


VECTORS = (
    "[0.5, -1]",
    "[[0.5], [1]]",
    "[ [-2e3",
    '[1, {"model": "m-1"}]',
    '[1] {"model": "m-1"}',
    "[1, {'model': 'm-1'}]",
    '[-1, [{"choices": [{"finish_reason": "stop"}]}]]',
)
"""Such begin as vectors do."""


@pytest.mark.parametrize(
    "value", [None, 3, "", "{", "plain", "{'id': 'x'}", {"id": "x"}, ["a"], *VECTORS]
)
def test_a_value_that_is_no_json_object_says_the_same(value: object) -> None:
    assert answers.about(value) == bodies.about_answer(value)


def rows_of(columns: answers.Columns, count: int) -> list[tuple[Any, ...]]:
    if not columns.models:
        return [bodies.NOTHING] * count
    used = zip(*(numbers.tolist() for numbers in columns.used), strict=True)
    fresh = [0] * len(columns.ids) if columns.fresh is None else columns.fresh.tolist()
    return list(zip(columns.models, columns.ids, columns.ends, used, fresh, strict=True))


def same_together(values: list[Any]) -> None:
    """Asserts that answers say together what each of them says alone."""
    same_among_others(values)
    for value in values:
        told_twice = generations.abouts([value, value])
        outside, inside = as_before(value)
        assert rows_of(told_twice[0], 2) == [outside] * 2
        assert rows_of(told_twice[1], 2) == [inside] * 2


def same_among_others(values: list[Any]) -> None:
    """As :func:`same_together`, but for what two alike say together."""
    told = answers.abouts(values)
    assert rows_of(told, len(values)) == [bodies.about_answer(value) for value in values]
    opened = [rd.opened(value) for value in values]
    either = [bodies.filled(bodies.about_answer(o), bodies.about_langchain(o)) for o in opened]
    twice = answers.abouts(values, answers.about_either)
    assert rows_of(twice, len(values)) == either
    for n in told.silent:
        assert bodies.ended(rd.decoded(values[n])) is None


def test_answers_in_many_formats_say_the_same_together() -> None:
    texts = [json.dumps(body) for body in BODIES.values()]
    for text in texts:
        same_together([text] * 3)
    same_together([*texts, "plain", 'so "finish_reason": it', "", None, {"id": "x"}, *texts[::-1]])


ODD: list[Any] = [
    *(None, "", "x", "message", "function_call", "completed", 0, 7, 2.5, -1, True),
    *({}, {"a": 1}, [], ["x"], [{"type": "text"}]),
]
KEYS = sorted(
    {"stop_reason", "object", "type", "response", "message", "messages", "content", "output"}
    | {"llm_output", "usage_metadata", "usageMetadata", "token_usage", "usage", "candidates"}
    | {"id", "response_id", "responseId", "model", "model_version", "modelVersion", "status"}
    | {"choices", "generations", "incomplete_details", "finish_reason", "done_reason", "total"}
    | {"cached_tokens", "reasoning_tokens", "cache_read", "input_tokens", "completion_tokens"}
    | {"prompt_feedback", "promptFeedback"}
    | {"kwargs", "data", "generation_info", "response_metadata", "token_usage", "model_name"}
    | {"prompt_tokens_details", "output_tokens_details", "total_tokens", "cache_creation"}
    | {
        "done_reason",
        "tokens",
        "tool_calls",
        "ephemeral_5m_input_tokens",
        "cache_read_input_tokens",
    }
)


def objects_in(value: Any) -> list[dict[str, Any]]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    found = [one for v in inner for one in objects_in(v)]
    return [value, *found] if isinstance(value, dict) else found


@pytest.mark.parametrize("key", KEYS)
def test_an_answer_with_something_odd_says_the_same_together(key: str) -> None:
    rng = random.Random(key)
    for body in BODIES.values():
        values = []
        for at in range(min(9, len(objects_in(body)))):
            for odd in rng.sample(ODD, 5):
                changed = json.loads(json.dumps(body))
                objects_in(changed)[at][key] = odd
                values.append(json.dumps(changed))
        if values:
            same_together(values)


def test_broken_answers_say_the_same_together() -> None:
    rng = random.Random(5)
    values = []
    for body in BODIES.values():
        text = json.dumps(body)
        for _ in range(60):
            at = rng.randrange(len(text))
            broken = text[:at] + rng.choice(["", '"', "\\", "}", "]", "\x00", "NaN", "\ud800", " "])
            values.append(broken + rng.choice([text[at:], text[at + 1 :], ""]))
    same_together(values)
    rng.shuffle(values)
    same_among_others(values)


@pytest.mark.parametrize("body", [USED, LANGCHAINS, {**USED, "cost": 1e-06, "a": None, "b": True}])
def test_printed_token_counts_are_those_that_are_read_of_them(body: dict[str, Any]) -> None:
    texts = [repr(body), repr(body).replace("21", "-0"), repr(body).replace(": 9", ": 1_0")]
    texts += [repr({**body, "who's": 1}), repr(body).replace("None", "null"), repr(body) + " "]
    texts += [repr(body).replace("9", '"9"'), repr({**body, "x": "None"}), repr([body])]
    for text in texts:
        assert answers.used_in(text) == usage.usage_of(text)
        found = answers.used_in_message(text)
        if found is not None:
            assert found[0] == usage.usage_of(text, anthropic_body=True)


def test_texts_that_may_be_nested_deep_are_found_among_many_as_each_is_alone() -> None:
    rng = random.Random(1)
    pieces = ["x[", "{\u00e9", "[\U0001f600{", "[[", "abcdefgh{", "long words here "]
    for _ in range(200):
        values: list[Any] = [None] if rng.random() < 0.3 else []
        for _ in range(rng.randrange(200)):
            long = "y" * rng.choice([0, 0, 500, 3_000 if rng.random() < 0.1 else 0])
            text = rng.choice(pieces) * rng.choice([3, 10, 50, 100, 101, 201, 300]) + long
            values.append(text + ("\ud800" if rng.random() < 0.001 else ""))
        for some in (values, [v for v in values if v is None or v.count("[") + v.count("{") < 150]):
            long_enough = [n for n, v in enumerate(some) if v is not None and len(v) > SHORT]
            assert may_be_deep(some) == {n for n in long_enough if rd.may_be_deep(some[n])}


def test_vectors_are_taken_out_as_the_pattern_of_one_says() -> None:
    rng = random.Random(3)
    long = ["1," * 99, "1," * 101, "0.5, " * 60, "-1e-3,\n" * 40]
    pieces = ["[", "]", "[-", "[1", "[-1", "x", "-", "[]", "2", "\u0661", "[\n  ", *long]
    for _ in range(3_000):
        text = "".join(rng.choice(pieces) for _ in range(rng.randrange(9)))
        assert documents.without_vectors(text) == documents.VECTOR.sub("[]", text)


def test_an_envelope_of_a_streams_event_is_opened_together_as_alone() -> None:
    event = {"id": "cmpl-1", "model": "m", "choices": [{"index": 0, "finish_reason": "stop"}]}
    texts = [json.dumps(b) for b in ({"data": event}, {"data": [event]}, {"data": None}, event)]
    found = answers.abouts(texts)
    assert found.ids == [answers.about(t)[1] for t in texts] == ["cmpl-1", None, None, "cmpl-1"]
