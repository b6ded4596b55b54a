"""A model's tool arguments against the schema it was given."""

from __future__ import annotations

import copy
import json
from typing import Any

import httpx
import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from misstep.schemas import violations

from .bodies import SCHEMA, SPOKEN
from .conftest import Recorder


def answer(call: dict[str, Any], finish: str = "tool_calls") -> dict[str, Any]:
    message = {"role": "assistant", "content": None, "tool_calls": [{"id": "c", **call}]}
    return {"choices": [{"message": message, "finish_reason": finish}]}


def findings(recorder: Recorder, name: str, arguments: str) -> list[tuple[str, str | None]]:
    call = {"type": "function", "function": {"name": name, "arguments": arguments}}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=answer(call)))
    path, body = SPOKEN["openai.chat"].at(stream=False)
    with httpx.Client(transport=transport) as client:
        client.post(f"http://m.test{path}", json=body)
    hop = recorder.hop()
    assert all(f.rule == "tool.schema" and f.strict for f in hop.findings)
    assert hop.error is None, "a finding is never an error"
    return [(f.message, f.path) for f in hop.findings]


@pytest.mark.parametrize(
    ("arguments", "message", "path"),
    [
        ('{"city": "Lyon"}', "get_weather: 'days' is required but missing", ""),
        ('{"city": "Lyon", "days": "3"}', "get_weather: '3' is no integer", ".days"),
        ('{"city": null, "days": 3}', "get_weather: None is no string", ".city"),
        ('{"city": "Ly', 'the arguments of get_weather are no JSON: \'{"city": "Ly\'', ""),
        ("[1]", "get_weather: [1] is no object", ""),
    ],
)
def test_arguments_that_break_the_schema_are_a_finding(
    arguments: str, message: str, path: str, recorder: Recorder
) -> None:
    assert findings(recorder, "get_weather", arguments) == [
        (message, f"tool_calls[0].arguments{path}")
    ]


def test_a_tool_that_was_never_declared_is_a_finding(recorder: Recorder) -> None:
    ((message, _),) = findings(recorder, "get_wether", "{}")
    assert message == (
        "the model called 'get_wether', which was not declared (declared: get_weather)"
    )


def test_good_arguments_are_no_finding(recorder: Recorder) -> None:
    assert findings(recorder, "get_weather", '{"city": "Lyon", "days": 3, "unit": "C"}') == []


BROKEN = {"city": "Lyon", "days": "three"}
ANSWERS: dict[str, dict[str, Any]] = {
    "openai.chat": answer({"function": {"name": "get_weather", "arguments": json.dumps(BROKEN)}}),
    "openai.responses": {
        "status": "completed",
        "output": [
            {"type": "function_call", "name": "get_weather", "arguments": json.dumps(BROKEN)}
        ],
    },
    "anthropic.messages": {
        "content": [{"type": "tool_use", "id": "t", "name": "get_weather", "input": BROKEN}]
    },
    "gemini.generate": {
        "candidates": [
            {"content": {"parts": [{"functionCall": {"name": "get_weather", "args": BROKEN}}]}}
        ]
    },
    "cohere.chat": {
        "message": {
            "tool_calls": [{"function": {"name": "get_weather", "arguments": json.dumps(BROKEN)}}]
        }
    },
    "ollama.chat": {
        "done": True,
        "message": {"tool_calls": [{"function": {"name": "get_weather", "arguments": BROKEN}}]},
    },
}


@pytest.mark.parametrize("name", SPOKEN)
def test_every_wire_format_is_checked(name: str, recorder: Recorder) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=ANSWERS[name]))
    path, body = SPOKEN[name].at(stream=False)
    with httpx.Client(transport=transport) as client:
        client.post(f"http://m.test{path}", json=body)
    (finding,) = recorder.hop().findings
    assert finding.message == "get_weather: 'three' is no integer"
    assert finding.path == "tool_calls[0].arguments.days"


SCHEMAS: list[tuple[dict[str, Any], Any, bool]] = [
    ({"type": ["string", "null"]}, None, True),
    ({"type": "STRING", "nullable": True}, None, True),
    ({"type": "number"}, True, False),
    ({"type": "integer"}, 3.0, True),
    ({"enum": ["C", "F"]}, "K", False),
    ({"const": 1}, True, False),
    ({"minimum": 1, "maximum": 3}, 0, False),
    ({"exclusiveMaximum": 3}, 3, False),
    ({"type": "array", "items": {"type": "string"}}, ["a", 1], False),
    ({"type": "array", "minItems": 1}, [], False),
    ({"type": "string", "minLength": 2}, "a", False),
    ({"type": "object", "additionalProperties": False, "properties": {"a": {}}}, {"b": 1}, False),
    ({"type": "object", "additionalProperties": {"type": "string"}}, {"b": 1}, False),
    ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, [], False),
    ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, 1, True),
    ({"$ref": "#/$defs/day", "$defs": {"day": {"enum": ["mon"]}}}, "tue", False),
    ({"allOf": [{"type": "object"}, {"required": ["a"]}]}, {}, False),
    ({"if": {"const": 1}, "then": {"const": 2}}, 1, True),
    ({"type": "string", "format": "date"}, "no date", True),
    ({"type": 7}, "x", True),
    ({"required": 7}, {}, True),
    ({"properties": {"a": {"$ref": "#"}}}, {"a": {"a": {}}}, True),
]


@pytest.mark.parametrize(("schema", "value", "good"), SCHEMAS)
def test_keywords_are_read_as_json_schema_says_and_unknown_ones_passed_over(
    schema: dict[str, Any], value: Any, good: bool
) -> None:
    assert (violations(schema, value) == []) is good


def test_a_schema_that_refers_to_itself_ends() -> None:
    schema: dict[str, Any] = {"properties": {"next": {"$ref": "#"}}, "required": ["next"]}
    value: dict[str, Any] = {}
    for _ in range(500):
        value = {"next": value}
    violations(schema, value)
    violations({"$ref": "#"}, value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-5, 5) | st.text("ab", max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=8,
)
KINDS = ["object", "array", "string", "integer", "number", "boolean", "null"]
PLAIN = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(KINDS),
        "enum": st.lists(JSON, min_size=1, max_size=3),
        "required": st.lists(st.sampled_from("abc"), unique=True, max_size=2),
        "minimum": st.integers(-3, 3),
        "maxLength": st.integers(0, 3),
        "minItems": st.integers(0, 2),
    },
)
NESTED = st.recursive(
    PLAIN,
    lambda inner: st.fixed_dictionaries(
        {"properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=2)},
        optional={
            "items": inner,
            "additionalProperties": st.booleans() | inner,
            "anyOf": st.lists(inner, min_size=1, max_size=2),
        },
    ),
    max_leaves=5,
)


@settings(max_examples=150, deadline=None)
@given(NESTED, JSON)
def test_what_is_found_wrong_is_what_the_reference_library_finds_wrong(
    schema: dict[str, Any], value: Any
) -> None:
    reference = jsonschema.Draft202012Validator(copy.deepcopy(schema))
    assert (violations(schema, value) == []) is reference.is_valid(value)


def test_the_schema_in_use_here_is_the_one_declared() -> None:
    assert jsonschema.Draft202012Validator(SCHEMA).is_valid({"city": "Lyon", "days": 3})
