"""What Langfuse's SDK for Node says of failed steps and of embeddings with names of their own."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conventions.spans import span
from tests.conventions.test_headers import same_both_ways

from misstep_store.conventions import normalise
from misstep_store.otlp.spans import Span

_O = "langfuse.observation."


def observed(kind: str, **told: Any) -> Span:
    made = span("langfuse-sdk", "step", **{_O + k: v for k, v in told.items()})
    made.attributes[_O + "type"] = kind
    return made


def failed(gave: Any, why: str = "no order X-0") -> Span:
    return observed("tool", level="ERROR", status_message=why, output=json.dumps(gave))


def test_what_a_step_threw_is_its_failure_and_nothing_it_gave() -> None:
    spans = [failed({"error": "RangeError: no order X-0"})]
    assert same_both_ways(spans) == []
    (hop,) = normalise(spans).hops
    assert hop.output is None
    assert hop.error is not None
    assert (hop.error.type, hop.error.message) == ("RangeError", "no order X-0")


def test_steps_that_threw_the_same_words_each_have_their_class() -> None:
    spans = [failed({"error": f"{name}: no order X-0"}) for name in ("RangeError", "TypeError")]
    assert same_both_ways(spans) == []
    kinds = [hop.error.type for hop in normalise(spans).hops if hop.error]
    assert sorted(kinds) == ["RangeError", "TypeError"]


@pytest.mark.parametrize(
    "gave",
    [
        {"error": "RangeError: another"},
        {"error": "no order X-0", "order": "X-0"},
        {"error": ["no order X-0"]},
        {"error": {"error": "no order X-0"}},
        {"error": None},
    ],
)
def test_an_answer_that_tells_of_an_error_is_an_answer(gave) -> None:
    spans = [failed(gave)]
    same_both_ways(spans)
    (hop,) = normalise(spans).hops
    assert hop.output == gave
    assert hop.error is not None


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"model.name": "text-embedding-3-small", "output": ""}, "embedding"),
        ({"model.name": "text-embedding-3-small", "output": "words"}, "llm"),
        ({"model.name": "gpt-4o", "output": ""}, "llm"),
        ({"model.name": "text-embedding-3-small"}, "llm"),
        ({"model.name": 3, "output": ""}, "llm"),
    ],
)
def test_a_generation_of_a_model_that_embeds_and_gave_no_words_is_an_embedding(told, kind) -> None:
    spans = [observed("generation", input='["a","b"]', **told)]
    same_both_ways(spans)
    (hop,) = normalise(spans).hops
    assert hop.kind == kind
