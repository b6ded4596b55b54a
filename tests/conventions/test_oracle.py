"""Each call of an export is one hop that says what was asked and answered, as its provider knows it."""

from __future__ import annotations

import copy

import pytest
from tests.conventions import oracle
from tests.conventions.rendering import OWN

FILES = {p.name.removesuffix(".asked.json.gz"): p for p in sorted(OWN.glob("*.asked.json.gz"))}


def of(name: str) -> oracle.Known:
    return oracle.load(OWN / f"{name}.pb.gz")


@pytest.mark.parametrize("name", FILES)
def test_hops_say_what_was_really_asked_and_answered(name: str) -> None:
    assert oracle.judged(*of(name)) == []


def test_what_a_hop_does_not_say_of_its_call_is_complained_of() -> None:
    spans, logs, told = of("logfire-openai-2026-11")
    other = copy.deepcopy(told)
    other[0]["usage"]["prompt"] = other[1]["usage"]["output"]  # a number that stands there
    other[2]["turns"][-1][1] = "In short: Busy at first: what is the capital of Norway."
    assert oracle.judged(spans, logs, other) != []
    assert any("no call" in line for line in oracle.judged(spans, logs, told[1:]))
