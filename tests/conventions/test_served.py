"""Calls that a replay answered from the recording: what was counted is told, nothing was paid."""

from __future__ import annotations

from typing import Any

import pytest

from misstep_store.conventions import normalise
from misstep_store.deriving.pricing import price

from .spans import genai, span
from .test_headers import same_both_ways


def call(**more: Any) -> Any:
    told = {"gen_ai__request__model": "gpt-4o-mini", "gen_ai__provider__name": "openai"}
    return genai(scope="misstep", misstep__role="call", **told, **more)


def test_a_served_call_keeps_its_tokens_and_costs_nothing() -> None:
    run = span("misstep", "r", misstep__role="run")
    made = normalise([run, call(parent=run, misstep__replay__served=True)], price=price)
    assert (made.run.input_tokens, made.run.output_tokens) == (21, 9)
    assert made.run.cost_usd == 0.0
    assert made.run.unpriced_tokens == 0


def test_beside_a_served_call_one_that_was_made_is_paid() -> None:
    run = span("misstep", "r", misstep__role="run")
    alone = normalise([run, call(parent=run)], price=price).run.cost_usd
    both = [run, call(parent=run, misstep__replay__served=True), call(parent=run, at=1_200)]
    assert normalise(both, price=price).run.cost_usd == alone
    assert alone


@pytest.mark.parametrize("served", [True, False, "true", 1, None, [True]])
def test_served_calls_have_the_same_headers_both_ways(served: Any) -> None:
    run = span("misstep", "r", misstep__role="run")
    others = [call(parent=run, at=1_200, misstep__replay__served=s) for s in (True, served)]
    named = call(parent=run, at=1_400, misstep__replay__served=served, gen_ai__usage__cost=0.5)
    same_both_ways([run, call(parent=run, misstep__replay__served=served), *others, named])
