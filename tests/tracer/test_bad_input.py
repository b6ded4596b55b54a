"""Values no one should pass: the host behaves as without misstep, and the span says what is missing."""

from __future__ import annotations

import array
import asyncio
import dataclasses
import datetime as dt
import decimal
import enum
import hashlib
import json
import unittest.mock
import uuid
from collections import OrderedDict, UserDict, deque
from pathlib import PurePosixPath
from typing import Any

import numpy as np
import pandas as pd
import pydantic
import pytest

import misstep
from misstep.payload import capture
from misstep.snapshot import take


class ReprRaises:
    def __repr__(self) -> str:
        raise ValueError("no repr")


class StrKey:
    def __str__(self) -> str:
        raise ValueError("no str")

    def __hash__(self) -> int:
        return 1


class MappingRaises(UserDict):  # type: ignore[type-arg]
    def items(self) -> Any:
        raise RuntimeError("no items")


class SurprisingGetattr:
    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)


class ModelDumpRaises(pydantic.BaseModel):
    x: int = 1

    @pydantic.field_serializer("x")
    def serialise(self, value: int) -> int:
        raise RuntimeError("no")


def recursive_list() -> Any:
    value: list[Any] = [1]
    value.append(value)
    return value


def recursive_dict() -> Any:
    value: dict[str, Any] = {"a": 1}
    value["self"] = {"again": value}
    return value


def recursive_objects() -> Any:
    @dataclasses.dataclass
    class Node:
        name: str
        next: Any = None

    node = Node("a")
    node.next = Node("b", node)
    return node


def deep() -> Any:
    value: Any = 1
    for _ in range(5_000):
        value = [value]
    return value


BAD = {
    "repr_raises": ReprRaises(),
    "key_raises": {StrKey(): 1, "ok": 2},
    "items_raises": MappingRaises(a=1),
    "recursive_list": recursive_list(),
    "recursive_dict": recursive_dict(),
    "recursive_objects": recursive_objects(),
    "deep": deep(),
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_what_cannot_be_captured_is_said_and_the_value_passes_through(recorded, name) -> None:
    value = BAD[name]

    @misstep.hop
    def same(x: Any) -> Any:
        return x

    assert same(value) is value
    span = recorded.attributes("same")
    assert span["misstep.input.error"] and span["misstep.output.error"]
    assert "not captured" in span["misstep.output"] or "{" in span["misstep.output"]


def test_objects_that_answer_oddly_are_captured_another_way(recorded) -> None:
    @misstep.hop
    def same(**x: Any) -> Any: ...

    same(odd=SurprisingGetattr(), model=ModelDumpRaises())
    given = recorded.payload("same", "input")
    assert "SurprisingGetattr" in given["odd"]
    assert given["model"] == {"x": 1}


def test_lone_surrogates_nul_and_controls_survive_to_the_wire(start, collector) -> None:
    misstep.init(endpoint=collector.url, auto=False)
    text = "a\ud800b\x00c\u2028d"

    @misstep.hop(name="bad \udfff name")
    def same(x: str) -> str:
        return x

    assert same(text) == text
    assert misstep.flush(60)
    (span,) = collector.spans()
    attributes = {a.key: a.value.string_value for a in span.attributes}
    assert json.loads(attributes["misstep.output"]) == "a?b\x00c\u2028d"
    assert span.name == "bad ? name"


def test_numbers_json_cannot_hold_are_kept_as_text(recorded) -> None:
    @misstep.hop
    def numbers() -> Any:
        return [float("nan"), float("inf"), 2**70, 1.0, 1, True, 1e309]

    numbers()
    assert recorded.attributes("numbers")["misstep.output"] == (
        '["nan","inf",1180591620717411303424,1.0,1,true,"inf"]'
    )


def test_a_hundred_megabyte_text_is_cut_with_its_size_and_hash(recorded, monkeypatch) -> None:
    text = "ab\n" * 35_000_000
    before = misstep.dropped()

    @misstep.hop
    def same(x: str) -> str:
        return x

    assert same(text) is text
    span = recorded.attributes("same")
    whole = json.dumps(text).encode()
    assert span["misstep.output.cut"] is True
    assert span["misstep.output.size_bytes"] == len(whole)
    assert span["misstep.output.hash"] == "sha256:" + hashlib.sha256(whole).hexdigest()
    assert span["misstep.output"].encode() == whole[: 1024 * 1024]
    assert misstep.dropped() == before


def test_a_cut_payload_is_measured_as_it_would_have_been_written(start, monkeypatch) -> None:
    monkeypatch.setenv("MISSTEP_MAX_PAYLOAD_BYTES", "100")
    recorded = start()
    values: list[Any] = [
        {"a": "x" * 300, "b": ["ü" * 50, 1, None], "c": 1.5},
        ["y" * 90, "z" * 90],
        "ü" * 99,
    ]

    @misstep.hop
    def same(x: Any) -> Any:
        return x

    for value in values:
        same(value)
    for span, value in zip(recorded.spans(), values, strict=True):
        whole = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        attributes = dict(span.attributes or {})
        assert attributes["misstep.output.size_bytes"] == len(whole)
        assert attributes["misstep.output.hash"] == "sha256:" + hashlib.sha256(whole).hexdigest()
        assert whole.startswith(attributes["misstep.output"].encode())
        assert len(attributes["misstep.output"].encode()) <= 100


def test_millions_of_members_are_captured_in_part(recorded) -> None:
    @misstep.hop
    def many() -> Any:
        return {"a": list(range(300_000))}

    many()
    assert "more than 100000 members" in recorded.attributes("many")["misstep.output.error"]


def test_mutable_values_are_recorded_as_they_were_at_the_call(recorded) -> None:
    class Own:
        def __init__(self) -> None:
            self.x = 1

        def __repr__(self) -> str:
            return f"Own({self.x})"

    class Model(pydantic.BaseModel):
        items: list[int]

    @dataclasses.dataclass
    class Data:
        items: list[int]

    values: dict[str, Any] = {
        "list": [1],
        "dict": {"a": {"b": 1}},
        "own": Own(),
        "model": Model(items=[1]),
        "data": Data([1]),
        "array": np.array([1, 2]),
        "bytes": bytearray(b"ab"),
        "set": {1},
        "deque": deque([1]),
    }

    @misstep.hop
    def change(**given: Any) -> Any:
        given["list"].append(2)
        given["dict"]["a"]["b"] = 2
        given["own"].x = 2
        given["model"].items.append(2)
        given["data"].items.append(2)
        given["array"][0] = 9
        given["bytes"].extend(b"c")
        given["set"].add(2)
        given["deque"].append(2)

    @misstep.hop
    def give() -> Any:
        return made

    made = [1]
    change(**values)
    give().append(2)
    assert recorded.payload("change", "input") == {
        "list": [1],
        "dict": {"a": {"b": 1}},
        "own": "Own(1)",
        "model": {"items": [1]},
        "data": {"items": [1]},
        "array": [1, 2],
        "bytes": {"$bytes": "YWI=", "size_bytes": 2},
        "set": [1],
        "deque": [1],
    }
    assert recorded.payload("give", "output") == [1]


def test_a_mutable_default_is_recorded_as_it_was_at_the_call(recorded) -> None:
    @misstep.hop
    def collect(x: int, into: list[int] = []) -> int:  # noqa: B006 - the pitfall is the point
        into.append(x)
        return len(into)

    collect(1)
    collect(2)
    inputs = [json.loads((s.attributes or {})["misstep.input"]) for s in recorded.spans()]
    assert inputs == [{"x": 1, "into": []}, {"x": 2, "into": [1]}]


def test_a_mock_is_not_touched_by_being_recorded(recorded) -> None:
    mock = unittest.mock.MagicMock()

    @misstep.hop
    def use(thing: Any) -> None: ...

    use(mock)
    assert recorded.payload("use", "input")
    assert mock.method_calls == []


def test_a_call_with_wrong_arguments_raises_the_functions_own_error(recorded) -> None:
    def plain(x: int) -> int:
        return x

    with pytest.raises(TypeError) as bare:
        plain(1, 2)  # type: ignore[call-arg]
    with pytest.raises(TypeError) as wrapped:
        misstep.hop(plain)(1, 2)
    assert str(wrapped.value) == str(bare.value)
    assert recorded.payload("plain", "input") == {"arg0": 1, "arg1": 2}


def test_when_recording_itself_fails_the_function_runs_unrecorded(start, monkeypatch) -> None:
    from misstep import hops

    start()
    monkeypatch.delenv("MISSTEP_DEBUG")

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("our own mistake")

    monkeypatch.setattr(hops, "freeze", broken)
    monkeypatch.setattr(hops, "freeze_arguments", broken)

    @misstep.hop
    def step(x: int) -> int:
        return x + 1

    before = misstep.dropped()
    assert step(1) == 2
    lost = {k: n - before.get(k, 0) for k, n in misstep.dropped().items()}
    assert lost["internal: capturing an input"] == 1
    assert lost["internal: capturing an output"] == 1


class Colour(enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("date", dt.date(2026, 1, 2), "2026-01-02"),
        ("decimal", decimal.Decimal("1.10"), "1.10"),
        ("uuid", uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        ("path", PurePosixPath("a/b"), "a/b"),
        ("enum", [Colour.RED, Level.HIGH], ["red", 3]),
        ("keys", {1: "a", None: "b", (1, 2): "c"}, {"1": "a", "None": "b", "(1, 2)": "c"}),
        ("tuple", (1, (2, {3})), [1, [2, [3]]]),
        ("ordered", OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        ("type", int, "<builtins.int>"),
        ("object", object(), "<builtins.object>"),
        ("array", array.array("i", [1, 2]), "array('i', [1, 2])"),
        ("scalar", np.float64(1.5), 1.5),
        ("small_array", np.arange(3), [0, 1, 2]),
        ("bytes", b"\x00\xff", {"$bytes": "AP8=", "size_bytes": 2}),
    ],
    ids=lambda v: v if isinstance(v, str) and v.isidentifier() else "",
)
def test_values_become_json(name, value, expected) -> None:
    assert take(value).value == expected
    assert capture(value)[0] == expected


def test_large_bytes_arrays_tables_and_images_are_described_by_size_and_hash() -> None:
    data = b"x" * 1000
    digest = "sha256:" + hashlib.sha256(data).hexdigest()
    assert take(data).value == {"$bytes": None, "size_bytes": 1000, "hash": digest}
    big = np.arange(1000, dtype="int64")
    assert take(big).value == {
        "$array": [1000],
        "dtype": "int64",
        "first": [0, 1, 2, 3, 4],
        "hash": "sha256:" + hashlib.sha256(big.tobytes()).hexdigest(),
    }
    frame = pd.DataFrame({"a": range(100), "b": ["x"] * 100})
    assert take(frame).value == {
        "$table": [100, 2],
        "columns": ["a", "b"],
        "first": [{"a": n, "b": "x"} for n in range(5)],
    }
    Image = pytest.importorskip("PIL.Image")
    image = Image.new("RGB", (4, 3))
    assert take(image).value == {
        "$image": [4, 3],
        "mode": "RGB",
        "hash": "sha256:" + hashlib.sha256(image.tobytes()).hexdigest(),
    }


def test_awaitables_and_callables_are_named_never_run() -> None:
    ran = []

    async def later() -> None:
        ran.append(1)

    waiting = later()
    value = take({"c": waiting, "f": lambda: ran.append(1), "t": asyncio.sleep}).value
    waiting.close()
    assert ran == []
    assert "coroutine" in value["c"] and value["t"] == "<asyncio.tasks.sleep>"
