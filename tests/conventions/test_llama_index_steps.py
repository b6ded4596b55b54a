"""LlamaIndex under OpenLLMetry: steps that ask a model, of whose call no span may tell."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from tests.conventions.spans import genai, hops, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.conventions import normalise
from misstep_store.otlp.spans import Span

SCOPE = "opentelemetry.instrumentation.llamaindex"
TEMPLATE = {
    "kwargs": {"query": "Where?"},
    "message_templates": [
        {"role": "system", "blocks": [{"block_type": "text", "text": "Use {context}, {else}."}]},
        {"role": "user", "blocks": [{"block_type": "text", "text": "{query}"}]},
    ],
}
ASKED = {"prompt": json.dumps(TEMPLATE), "prompt_args": {"context": "{query}"}}

MODELS = ("gpt-4o", "models/m", "<Model object at 0x7f>")


def step(name: str, **more: Any) -> Span:
    told = {"traceloop__span__kind": "task", "traceloop__entity__name": name}
    return span(SCOPE, name, **(told | more))


def predict(asked: dict[str, Any] = ASKED, **more: Any) -> Span:
    told = {
        "traceloop__entity__input": json.dumps(asked),
        "traceloop__entity__output": '"In Norway."',
        "gen_ai__completion__role": "assistant",
    }
    return step("LLM.task", **(told | more))


def structured(**more: Any) -> Span:
    told = {
        "llm__request__type": "chat",
        "gen_ai__system": "structured_llm",
        "gen_ai__request__model": "gpt-4o",
        "gen_ai__prompt__0__role": "user",
        "gen_ai__prompt__0__content": "Name a city.",
        "gen_ai__completion__0__role": "assistant",
        "gen_ai__completion__0__content": '{"name":"Oslo"}',
    }
    return step("StructuredLLM.task", **(told | more))


def test_a_step_that_asks_a_model_is_the_call_that_no_span_tells_of() -> None:
    root = step("Refine.task", took=900)
    asks = predict(parent=root)
    (hop,) = hops(root, asks)
    assert (hop.kind, hop.system, hop.input) == ("llm", "Use {query}, {else}.", "Where?")
    assert [m.text for m in hop.messages_out] == ["In Norway."] == [hop.output]
    assert not same_both_ways([root, asks])


def test_a_template_without_messages_is_what_the_user_asks() -> None:
    asked = {"prompt": json.dumps({"template": "Rank {it}."}), "prompt_args": {"it": "them"}}
    (hop,) = hops(predict(asked))
    assert [(m.role, m.text) for m in hop.messages_in] == [("user", "Rank them.")]


@pytest.mark.parametrize("make", [predict, structured])
def test_a_step_around_the_span_of_its_call_is_a_step(make: Any) -> None:
    outer = make()
    inner = genai(parent=outer, at=1_010, took=20, scope="opentelemetry.instrumentation.openai.v1")
    made = normalise([outer, inner], [])
    assert [h.hop_id for h in made.hops if h.kind == "llm"] == [inner.span_id]
    assert made.run.input_tokens == 21
    assert not same_both_ways([outer, inner])


def test_of_steps_in_each_other_without_a_call_the_one_that_names_its_model_is_it() -> None:
    outer = structured()
    inner = predict(parent=outer, at=1_010, took=80)
    program = step("FunctionCallingProgram.task", parent=inner, at=1_020, took=60)
    tool = step("FunctionTool.task", parent=program, at=1_030, took=40)
    spans = [outer, inner, program, tool]
    found = {h.hop_id: h for h in hops(*spans)}
    assert [h.hop_id for h in found.values() if h.kind == "llm"] == [outer.span_id]
    hop = found[outer.span_id]
    assert (hop.provider, hop.request_model, hop.input) == (None, "gpt-4o", "Name a city.")
    assert [h.kind for h in hops(*spans[1:]) if h.hop_id == inner.span_id] == ["llm"]
    assert not same_both_ways(spans)
    assert not same_both_ways(spans[1:])


@pytest.mark.parametrize("seed", range(12))
def test_such_steps_at_random_have_the_same_headers_both_ways(seed: int) -> None:
    rng = random.Random(seed)
    makers = [predict, predict, structured, genai, lambda **more: step("Refine.task", **more)]
    spans: list[Span] = []
    for n in range(rng.randrange(1, 9)):
        parent = rng.choice([None, *spans, *spans[-2:]])
        spans.append(rng.choice(makers)(parent=parent, at=1_000 + n, took=90 - n))
        if "gen_ai.request.model" in spans[-1].attributes:
            spans[-1].attributes["gen_ai.request.model"] = rng.choice(MODELS)
        spans[-1].status_code = rng.choice([1, 1, 2])
        for key in [k for k in spans[-1].attributes if rng.random() < 0.15]:
            del spans[-1].attributes[key]
    same_both_ways(spans)


def test_a_short_template_does_not_make_a_long_prompt_of_a_value_it_names_over_and_over() -> None:
    block = {"block_type": "text", "text": "{context} " * 1_000}
    made = {"message_templates": [{"role": "user", "blocks": [block]}] * 3}
    asked = {"prompt": json.dumps(made), "prompt_args": {"context": "x" * 200_000}}
    (call,) = [h for h in hops(predict(asked)) if h.kind == "llm"]
    words = [p["content"] for m in call.messages_in for p in m.parts]
    assert words[0].startswith("x" * 200_000 + " {context} ")
    assert sum(map(len, words)) < 400_000


def test_a_run_gives_what_the_call_in_its_step_answered_whichever_way_it_is_read() -> None:
    outer, beside = predict(), step("Refine.task", at=1_500, status=2)
    inner = structured(parent=outer, at=1_010, took=80)
    spans = [outer, inner, beside]
    assert normalise(spans, []).run.output == {"name": "Oslo"}
    assert not same_both_ways(spans)
