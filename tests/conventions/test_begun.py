"""Spans that are told of when they begin, as Logfire's exporters tell of them."""

from __future__ import annotations

import pytest
from tests.conventions.spans import MS, genai, hops, only, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.conventions import normalise
from misstep_store.otlp.spans import Span

NONE = "0" * 16


def begun(of: Span, above: object = NONE) -> Span:
    """What tells that a span began, which need not come."""
    told = {"logfire__span_type": "pending_span", "logfire__pending_parent_id": above}
    at = of.start_unix_nano // MS
    return span(of.scope.name, of.name, parent=of, at=at, took=0, **told, **_asked(of))


def _asked(of: Span) -> dict[str, object]:
    keys = ("gen_ai.operation.name", "gen_ai.request.model", "gen_ai.input.messages")
    return {k.replace(".", "__"): of.attributes[k] for k in keys if k in of.attributes}


def trace() -> tuple[Span, Span, Span]:
    root = span("app", "handle", took=900)
    agent = span(
        "gen_ai", "guide", parent=root, at=1_010, took=800, gen_ai__operation__name="invoke_agent"
    )
    return root, agent, genai(parent=agent, at=1_020, took=100)


def test_what_tells_that_a_span_began_is_left_out_when_it_came() -> None:
    root, agent, call = trace()
    told = [begun(root), begun(agent, root.span_id), begun(call, agent.span_id)]
    every = [*told, root, agent, call]
    for order in (every, every[::-1]):
        found = {h.hop_id: h for h in hops(*order)}
        assert {i: h.parent_id for i, h in found.items()} == {
            agent.span_id: None,  # as the root is the run
            call.span_id: agent.span_id,
        }
    assert found[call.span_id].merged == [told[2].span_id]
    assert same_both_ways(every) == []


def test_what_tells_that_a_span_began_stands_for_it_until_it_comes() -> None:
    root, agent, call = trace()
    told = [begun(root), begun(agent, root.span_id), begun(call, agent.span_id)]
    made = normalise([*told, call], [])
    assert made.run.name == "handle"
    found = {h.hop_id: (h.kind, h.parent_id) for h in made.hops}
    assert found[call.span_id] == ("llm", told[1].span_id)
    assert found[told[1].span_id][0] == "agent"
    same_both_ways([*told, call])
    left = {h.hop_id: h for h in hops(root, agent, *told)}  # the call never ended
    asked = left[told[2].span_id]
    assert (asked.kind, asked.parent_id, asked.output) == ("llm", agent.span_id, None)
    same_both_ways([root, agent, *told])


def test_what_is_folded_keeps_what_told_that_it_began() -> None:
    root, agent, call = trace()
    step = span("misstep", "ask", parent=agent, misstep__role="hop", at=1_015, took=200)
    call.parent_span_id = step.span_id
    twice = [begun(call, step.span_id), begun(call, step.span_id)]
    told = [begun(step, agent.span_id), *twice, begun(agent, root.span_id)]
    told[0].end_unix_nano = 0  # and so the run is not complete
    every = [*told, root, agent, step, call]
    made = normalise(every, [])
    found = {h.hop_id: h.merged for h in made.hops}
    assert found[step.span_id] == [call.span_id, *(t.span_id for t in told[:3])]
    assert not made.run.complete
    assert same_both_ways(every) == []


def test_what_is_inside_of_what_tells_is_inside_of_what_began() -> None:
    root, agent, call = trace()
    told = begun(agent, root.span_id)
    call.parent_span_id = told.span_id
    found = {h.hop_id: h.parent_id for h in hops(root, agent, told, call)}
    assert found == {agent.span_id: None, call.span_id: agent.span_id}
    same_both_ways([root, agent, told, call])
    agent.parent_span_id = call.span_id  # and a cycle
    assert normalise([root, agent, told, call], []).hops
    same_both_ways([root, agent, told, call])


@pytest.mark.parametrize("above", [7, ["x"], None, ""], ids=repr)
def test_what_names_no_parent_is_a_span_as_any(above: object) -> None:
    call = genai()
    made = hops(begun(call, above), call)
    assert call.span_id in {h.hop_id for h in made}
    same_both_ways([begun(call, above), call])


def test_tellings_of_each_other_are_read_in_time() -> None:
    one = begun(genai())
    other = begun(one, one.span_id)
    many = [begun(other, one.span_id) for _ in range(300)]
    assert normalise([one, other, *many], []).hops
    assert only(genai()).kind == "llm"
