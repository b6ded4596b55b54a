"""Calls of several tools that an instrumentation told as one are as many as there were."""

from __future__ import annotations

import pytest

from misstep_store.conventions.content import glued

BOTH = '{"city": "Paris"}{"city": "Oslo"}'
WEATHER, HOUR = {"name": "get_weather"}, {"name": "get_time"}


def calls(name: str, arguments: str, *offered: dict[str, str], id: str | None = None) -> list:
    told = {"type": "tool_call", "id": id, "name": name, "arguments": arguments}
    return [(p.get("id"), p["name"], p["arguments"]) for p in glued.apart([told], offered)]


@pytest.mark.parametrize(
    ("name", "offered", "names"),
    [
        ("get_weatherget_weather", (), ["get_weather", "get_weather"]),
        ("get_weatherget_time", (HOUR, WEATHER), ["get_weather", "get_time"]),
        ("get_weather", (WEATHER,), ["get_weather", "get_weather"]),
    ],
    ids=["its name twice", "two names", "the only tool there is"],
)
def test_as_many_calls_as_arguments_are_told(name, offered, names) -> None:
    found = calls(name, BOTH, *offered)
    assert [n for _, n, _ in found] == names
    assert [a for _, _, a in found] == [{"city": "Paris"}, {"city": "Oslo"}]


def test_ids_of_one_length_are_those_of_the_calls() -> None:
    found = calls("aa", BOTH, id="call_1call_2")
    assert [i for i, _, _ in found] == ["call_1", "call_2"]


@pytest.mark.parametrize(
    ("name", "arguments", "offered"),
    [
        ("get_weather", BOTH, (WEATHER, HOUR)),
        ("run", '{"code": "a = {}{}"}', ()),
        ("runrun", '{"a": 1}{"b": ', ()),
        ("runrun", '{"a": 1}{"b": 2} and more', ()),
        ("runrun", "}{", ()),
    ],
    ids=["whose the second is", "one call", "cut off", "with words", "no JSON"],
)
def test_what_cannot_be_told_apart_stays_as_it_was(name, arguments, offered) -> None:
    assert calls(name, arguments, *offered) == [(None, name, arguments)]


@pytest.mark.parametrize(
    ("given", "ids"),
    [
        ("call_berth_1", ["call_berth_1", None]),
        ("call_1call_2", ["call_1", "call_2"]),
        ("call_1call_22", [None, None]),
        ("c1", [None, None]),
        (None, [None, None]),
    ],
)
def test_an_id_that_is_not_glued_is_that_of_the_first_call(
    given: str | None, ids: list[str | None]
) -> None:
    made = calls("ab", '{"x": 1}{"y": 2}', {"name": "a"}, {"name": "b"}, id=given)
    assert [call_id for call_id, *_ in made] == ids
