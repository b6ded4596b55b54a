"""Steps that are a call where no span inside tells of it, both ways."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from tests.conventions.rendering import load
from tests.conventions.spans import span
from tests.conventions.test_headers import same_both_ways

from misstep_store.headers import SpanColumns, headers
from misstep_store.otlp.spans import Span

SAID = '[{"role": "assistant", "parts": [{"type": "text", "content": "yo"}]}]'
ASKED = SAID.replace("assistant", "user").replace("yo", "hi")
USED = {"gen_ai__usage__input_tokens": 3, "gen_ai__usage__output_tokens": 4}


def stopped(**more: Any) -> Span:
    """A stream of the AI SDK that was stopped before its call ended."""
    told = {
        "ai__model__id": "m",
        "ai__model__provider": "openai.chat",
        "ai__prompt": '{"prompt":"x"}',
    }
    return span("ai", "ai.streamText", ai__operationId="ai.streamText", **(told | more))


def streamed(**more: Any) -> Span:
    named = "ai.streamText.doStream"
    return span("ai", named, ai__operationId=named, ai__model__id="m", **(USED | more))


def agent(**more: Any) -> Span:
    told = {"gen_ai__provider__name": "openai", "gen_ai__request__model": "m"} | USED
    told |= {"gen_ai__input__messages": ASKED, "gen_ai__output__messages": SAID}
    kind = {"gen_ai__operation__name": "invoke_agent", "gen_ai__agent__name": "x"}
    return span("gen_ai", "invoke_agent x", **(kind | told | more))


def step(**more: Any) -> Span:
    return span("gen_ai", "step 1", gen_ai__operation__name="agent_step", **more)


MAKERS = (stopped, stopped, streamed, agent, step, step)


@pytest.mark.parametrize(
    "name", ["vercel-ai-5-langsmith", "vercel-ai-6-openinference", "vercel-ai-7-all"]
)
def test_no_trace_with_a_stream_that_was_stopped_is_left(name: str) -> None:
    assert headers(SpanColumns.of(*load(name))).left == []


def test_no_trace_is_left_in_which_a_call_inside_a_call_asked_for_tools_that_have_spans() -> None:
    assert headers(SpanColumns.of(*load("agentops-plans"))).left == []


def test_no_trace_is_left_in_which_a_call_is_told_around_those_that_were_made() -> None:
    assert headers(SpanColumns.of(*load("mlflow-google-wide-2026-11"))).left == []


def test_the_only_step_of_an_agent_is_its_call_and_says_what_that_used() -> None:
    around = agent()
    spans = [around, step(parent=around, at=1_010, took=50)]
    assert same_both_ways(spans) == []
    (hop,) = headers(SpanColumns.of(spans)).hops.to_pylist()
    assert (hop["kind"], hop["request_model"]) == ("llm", "m")
    assert (hop["input_tokens"], hop["output_tokens"]) == (3, 4)


@pytest.mark.parametrize("seed", range(20))
def test_steps_without_a_call_at_random_have_the_same_headers_both_ways(seed: int) -> None:
    rng = random.Random(seed)
    spans: list[Span] = []
    for n in range(rng.randrange(1, 8)):
        parent = rng.choice([None, *spans, *spans[-2:]])
        status = rng.choice([0, 0, 0, 2])
        made = rng.choice(MAKERS)(parent=parent, at=1_000 + n, took=90, status=status)
        keys = [k for k in made.attributes if "operation" in k or rng.random() < 0.7]
        made.attributes = {k: made.attributes[k] for k in keys}
        spans.append(made)
    same_both_ways(spans)


@pytest.mark.parametrize("seed", range(8))
def test_stopped_streams_that_are_read_together_are_each_the_call_it_tells_of(seed: int) -> None:
    rng = random.Random(seed)
    told: dict[str, list[Any]] = {
        "ai__model__id": ["m", "models/m", "<Model object>", "", 7, None],
        "ai__model__provider": ["openai.chat", "google.vertex.chat", "{}", ["openai"]],
        "ai__response__finishReason": ["stop", "tool-calls", "", 3],
        "gen_ai__completion": ['[{"role": "assistant", "finish_reason": "length"}]', "yo"],
    }
    keys = [k for k in told if rng.random() < 0.8]
    made = [stopped(**{k: rng.choice(told[k]) for k in keys}) for _ in range(30)]
    for n, alone in enumerate(made):
        alone.trace_id = f"{n:032x}"
    assert same_both_ways(made) == []


@pytest.mark.parametrize("reasons", [[], '{"a": 1}', None, ["length"]], ids=repr)
def test_of_a_stopped_stream_its_own_words_go_before_those_of_genai(reasons: Any) -> None:
    said = [{"role": "assistant", "finish_reason": "stop", "parts": []}]
    told = {
        "ai__response__reasoning": "Hm.",
        "gen_ai__output__messages": json.dumps(said),
        "gen_ai__response__finish_reasons": ["stop"],
    }
    first, odd = stopped(**told), stopped(**{**told, "gen_ai__response__finish_reasons": reasons})
    odd.trace_id = "b" * 32
    assert same_both_ways([first, odd]) == []
