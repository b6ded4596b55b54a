"""What begins after a call had answered is beside it, whatever parent a leaked context names."""

from __future__ import annotations

import random

import pytest
from tests.conventions.spans import MS, genai, hops, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.conventions import normalise
from misstep_store.otlp.spans import Resource, Span

SAID = '[{"role":"assistant","parts":[{"type":"text","content":"%s"}]}]'


def call(**more: object) -> Span:
    return genai(**({"gen_ai__output__messages": SAID % "yo"} | more))


def step(**more: object) -> Span:
    return span("app", "plan", **more)


def test_calls_whose_context_leaked_keep_their_tokens_and_what_follows_is_beside_them() -> None:
    first = call(took=100)
    second = call(parent=first, at=1_103, took=50)
    around = step(parent=second, at=1_200)
    third = call(parent=around, at=1_210, took=50)
    made = normalise([first, second, around, third], [])
    told = {h.hop_id: (h.kind, h.parent_id, h.input_tokens) for h in made.hops}
    assert told == {
        first.span_id: ("llm", None, 21),
        second.span_id: ("llm", None, 21),
        around.span_id: ("chain", None, 0),
        third.span_id: ("llm", around.span_id, 21),
    }
    assert made.run.input_tokens == 63
    same_both_ways([first, second, around, third])


def test_what_follows_a_call_inside_a_step_is_in_the_step() -> None:
    root = step(took=900)
    first = call(parent=root, took=100)
    tool = span("app", "look", parent=first, at=1_103, gen_ai__operation__name="execute_tool")
    inner = call(parent=tool, at=1_110, took=20)
    found = {h.hop_id: h for h in hops(root, first, tool, inner)}
    assert found[tool.span_id].parent_id is None  # as the root is the run
    assert found[inner.span_id].parent_id == tool.span_id
    same_both_ways([root, first, tool, inner])


@pytest.mark.parametrize(
    "odd",
    [
        {"scope": "other"},
        {"gen_ai__response__id": "r1", "scope": "other"},
        {"gen_ai__response__id": "r1"},
    ],
    ids=["another library's", "another library's of the same answer", "the same answer's"],
)
def test_a_telling_of_the_same_call_that_begins_late_is_that_call(odd: dict[str, str]) -> None:
    outer = call(took=100, gen_ai__response__id="r1")
    late = call(parent=outer, at=1_110, took=50, **odd)
    made = normalise([outer, late], [])
    assert ([h.merged for h in made.hops], made.run.input_tokens) == ([[late.span_id]], 21)
    same_both_ways([outer, late])


def test_a_call_that_told_no_answer_may_be_a_stream_whose_rest_comes_later() -> None:
    outer = genai(took=10)
    late = call(parent=outer, at=1_020, took=50)
    assert len(hops(outer, late)) == 1
    same_both_ways([outer, late])


def test_clocks_of_other_processes_are_not_compared() -> None:
    outer = call(took=100)
    late = call(parent=outer, at=1_150, took=50)
    late.resource = Resource({"service.name": "proxy"})
    assert len(hops(outer, late)) == 1
    same_both_ways([outer, late])


@pytest.mark.parametrize("seed", range(10))
def test_leaks_at_random_have_the_same_headers_both_ways(seed: int) -> None:
    rng = random.Random(seed)
    spans: list[Span] = []
    for n in range(rng.randrange(2, 12)):
        parent = rng.choice([None, *spans, *spans[-2:]])
        made = rng.choice([call, call, genai, step])(parent=parent, at=1_000 + 10 * n, took=8)
        made.end_unix_nano += rng.choice([0, 0, 200]) * MS
        spans.append(made)
    rng.shuffle(spans)
    same_both_ways(spans)
    normalise(spans, [])
