"""Some spans do not hold what is called while they run (Langfuse's, LangSmith's, those of streams): an
instrumentation of the SDK tells of the same call beside them, or in a trace of its own."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.conventions.rendering import normalised
from tests.conventions.test_headers import same_both_ways
from tests.conventions.test_retold import (
    MILLI,
    PROCESS,
    SECOND,
    beside,
    calls,
    runs_of,
    step,
    stored_calls,
)

from misstep_store.deriving import materialise
from misstep_store.headers import SpanColumns, headers
from misstep_store.otlp.spans import Scope, Span
from misstep_store.store import Store

KINDS = ("langfuse", "langsmith")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "t.duckdb") as opened:
        yield opened


def span(number: int, scope: str, at: int, took: int, a: dict[str, Any]) -> Span:
    return Span(
        f"{number:032x}",
        f"{number:016x}",
        "call",
        start_unix_nano=at,
        end_unix_nano=at + took,
        attributes=a,
        resource=PROCESS,
        scope=Scope(scope),
    )


def wrapped(
    number: int, kind: str = "langfuse", *, asked: str = "Why?", said: str = "So.", at: int = 0
) -> Span:
    """A call as one of the two tells of it."""
    question, answer = [{"role": "user", "content": asked}], {"role": "assistant", "content": said}
    a: dict[str, Any]
    if kind == "langfuse":
        a = {
            "langfuse.observation.type": "generation",
            "langfuse.observation.model.name": "gpt-4o-mini",
            "langfuse.observation.input": json.dumps(question),
            "langfuse.observation.output": json.dumps(answer),
            "langfuse.observation.usage_details": json.dumps({"input": 9, "output": 3}),
        }
    else:
        a = {
            "langsmith.span.kind": "llm",
            "gen_ai.request.model": "gpt-4o-mini",
            "gen_ai.prompt": json.dumps({"messages": question}),
            "gen_ai.completion": json.dumps(answer),
            "gen_ai.usage.input_tokens": 9,
            "gen_ai.usage.output_tokens": 3,
        }
    scope = "langfuse-sdk" if kind == "langfuse" else "langsmith"
    return span(number, scope, 5 * SECOND + at, SECOND, a)


def sdk(
    number: int,
    *,
    asked: str = "Why?",
    said: str = "So.",
    at: int = 10 * MILLI,
    took: int = SECOND // 2,
    **more: Any,
) -> Span:
    """The same as OpenInference's instrumentation of the SDK tells of it."""
    a: dict[str, Any] = {
        "openinference.span.kind": "LLM",
        "llm.provider": "openai",
        "llm.model_name": "gpt-4o-mini-2024-07-18",
        "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.content": asked,
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.content": said,
        "llm.token_count.prompt": 9,
        "llm.token_count.completion": 3,
        "llm.finish_reason": "stop",
    }
    scope = "openinference.instrumentation.openai"
    return span(number, scope, 5 * SECOND + at, took, a | more)


def genai(
    number: int, scope: str, *, asked: str = "Why?", at: int = 10 * MILLI, took: int = SECOND // 2
) -> Span:
    """A call in the words of OpenTelemetry, by whoever."""
    said = [{"role": "assistant", "parts": [{"type": "text", "content": "So."}]}]
    question = [{"role": "user", "parts": [{"type": "text", "content": asked}]}]
    a: dict[str, Any] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.input.messages": json.dumps(question),
        "gen_ai.output.messages": json.dumps(said),
        "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.output_tokens": 3,
        "gen_ai.response.finish_reasons": ["stop"],
    }
    return span(number, "opentelemetry.instrumentation." + scope, 5 * SECOND + at, took, a)


def langchains(number: int) -> Span:
    """A call as OpenInference's callbacks of LangChain tell of it."""
    made = sdk(number, at=0, took=SECOND)
    made.scope = Scope("openinference.instrumentation.langchain")
    return made


OTHERS = {
    "another question": {"asked": "Why not?"},
    "another answer": {"said": "No."},
    "another count": {"llm.token_count.completion": 4},
    "later": {"took": 2 * SECOND},
    "another model": {"llm.model_name": "o1"},
}


@pytest.mark.parametrize("kind", KINDS)
def test_two_tellings_beside_each_other_are_one_hop(kind) -> None:
    spans = beside([step(1)], wrapped(2, kind), sdk(3))
    assert calls(spans) == 1
    assert same_both_ways(spans) == []
    rows = headers(SpanColumns.of(spans)).hops.to_pylist()
    (told,) = [row for row in rows if row["kind"] == "llm"]
    assert (told["finish_reason"], told["provider"]) == ("stop", "openai")


@pytest.mark.parametrize("other", OTHERS.values(), ids=list(OTHERS))
@pytest.mark.parametrize("kind", KINDS)
def test_calls_that_differ_in_anything_stay_two(kind, other) -> None:
    spans = beside([step(1)], wrapped(2, kind), sdk(3, **other))
    assert calls(spans) == 2
    same_both_ways(spans)


def test_each_of_several_calls_at_once_has_the_telling_of_its_own() -> None:
    asked = ["Why?", "Why not?", "Why?"]
    spans = beside([step(1)], *(wrapped(10 + n, asked=a) for n, a in enumerate(asked)))
    spans = beside(spans, *(sdk(20 + n, asked=a) for n, a in enumerate(asked)))
    assert calls(spans) == 3
    same_both_ways(spans)


def test_a_frameworks_own_telling_is_no_sdks() -> None:
    other = sdk(3)
    other.scope = Scope("openinference.instrumentation.langchain")
    assert calls(beside([step(1)], wrapped(2), other)) == 2


@pytest.mark.parametrize("scope", ["openai.v1", "genai.openai"])
def test_a_stream_under_langchain_and_anothers_instrumentation_of_the_sdk_are_one_call(
    store, scope
) -> None:
    spans = beside([step(1)], langchains(2), genai(3, scope))
    assert calls(spans) == 1
    assert same_both_ways(spans) == []
    store.ingest(beside([step(1)], langchains(2)))
    store.ingest([genai(4, scope), genai(5, scope, asked="Who?")])
    store.reader.refresh()
    assert stored_calls(store) == 2


def test_one_conventions_silent_sdk_gives_its_framework_no_direct_call() -> None:
    around = genai(2, "langchain", at=0, took=SECOND)
    assert calls(beside([step(1)], around, genai(3, "openai.v1"))) == 2


def test_nodes_libraries_tell_of_a_call_each_for_itself(store) -> None:
    around, inner = genai(2, "langchain", at=0, took=SECOND), genai(3, "openai")
    around.scope = Scope("@traceloop/instrumentation-langchain")
    inner.scope = Scope("@traceloop/instrumentation-openai")
    inner.attributes["gen_ai.response.id"] = "chatcmpl-1"
    spans = beside([step(1)], around, inner)
    assert calls(spans) == 1
    assert same_both_ways(spans) == []
    store.ingest(beside([step(1)], around))
    store.ingest([replace(inner, trace_id=f"{3:032x}", parent_span_id="")])
    store.reader.refresh()
    assert stored_calls(store) == 1


@pytest.mark.parametrize("at", [-900, 0, 100])
def test_a_framework_may_begin_to_tell_after_the_sdk_did(at) -> None:
    around, inner = langchains(2), sdk(3, at=at * MILLI, took=SECOND)
    inner.end_unix_nano = 5 * SECOND + SECOND // 2
    spans = beside([step(1)], around, inner)
    assert calls(spans) == 1
    assert same_both_ways(spans) == []


def test_a_call_that_ended_before_the_framework_began_is_another() -> None:
    spans = beside([step(1)], langchains(2), sdk(3, at=-900 * MILLI, took=500 * MILLI))
    assert calls(spans) == 2
    same_both_ways(spans)


def test_a_framework_may_tell_no_words_of_an_answer_that_calls_tools() -> None:
    around, inner = genai(2, "langchain", at=0, took=SECOND), genai(3, "openai")
    around.scope = Scope("@traceloop/instrumentation-langchain")
    inner.scope = Scope("@traceloop/instrumentation-openai")
    silent = [{"role": "assistant", "parts": [{"type": "text", "content": ""}]}]
    asking = {"type": "tool_call", "id": "call_1", "name": "find", "arguments": {"a": 1}}
    around.attributes["gen_ai.output.messages"] = json.dumps(silent)
    inner.attributes["gen_ai.output.messages"] = json.dumps(
        [{"role": "assistant", "parts": [asking]}]
    )
    spans = beside([step(1)], around, inner)
    assert same_both_ways(spans) == []
    (made,) = normalised(spans, ())
    (told,) = [h for h in made.hops if h.kind == "llm"]
    assert told.output == [{"name": "find", "arguments": {"a": 1}}]


def test_tellings_of_a_later_turn_need_not_agree_on_the_tools_that_were_asked_for() -> None:
    around, inner = genai(2, "langchain", at=0, took=SECOND), genai(3, "openai")
    around.scope = Scope("@traceloop/instrumentation-langchain")
    inner.scope = Scope("@traceloop/instrumentation-openai")
    asking = {"type": "tool_call", "id": "call_1", "name": "find", "arguments": {"a": 1}}
    gave = {"type": "tool_call_response", "id": "call_1", "response": "found"}
    for one, said in ((around, {"type": "text", "content": ""}), (inner, asking)):
        one.attributes["gen_ai.input.messages"] = json.dumps(
            [{"role": "assistant", "parts": [said]}, {"role": "tool", "parts": [gave]}]
        )
    spans = beside([step(1)], around, inner)
    assert calls(spans) == 1
    assert same_both_ways(spans) == []


@pytest.mark.parametrize("order", [1, -1], ids=["framework-first", "sdk-first"])
@pytest.mark.parametrize("at_once", [True, False], ids=["at-once", "one-by-one"])
def test_an_sdk_may_count_nothing_of_a_stream(store, order, at_once) -> None:
    around, inner = langchains(2), sdk(3)
    for count in ("prompt", "completion"):
        del inner.attributes[f"llm.token_count.{count}"]
    spans = beside([step(1)], around, inner)
    assert calls(spans) == 1
    assert same_both_ways(spans) == []
    alone = replace(inner, trace_id=f"{3:032x}", parent_span_id="")
    batches = [beside([step(1)], around), [alone]][::order]
    for batch in [batches[0] + batches[1]] if at_once else batches:
        store.ingest(batch)
        store.reader.refresh()
    assert stored_calls(store) == 1


def test_a_stream_that_nobody_counts_and_that_says_something_else_is_another_call() -> None:
    inner = sdk(3, said="Not so.")
    for count in ("prompt", "completion"):
        del inner.attributes[f"llm.token_count.{count}"]
    spans = beside([step(1)], langchains(2), inner)
    assert calls(spans) == 2
    same_both_ways(spans)


def test_of_failures_the_clearer_reason_stays() -> None:
    one, other = wrapped(2), sdk(3)
    for failed, told in ((one, "langfuse.observation."), (other, "llm.")):
        failed.status_code, failed.status_message = 2, "Error code: 429"
        ends = (told + "output", told + "usage", told + "token", told + "finish")
        failed.attributes = {k: v for k, v in failed.attributes.items() if not k.startswith(ends)}
    other.attributes["error.type"] = "openai.RateLimitError"
    spans = beside([step(1)], one, other)
    same_both_ways(spans)
    assert calls(spans) == 1


@pytest.mark.parametrize("few", [0, materialise.FEW_SPANS], ids=["together", "one-by-one"])
@pytest.mark.parametrize("order", [1, -1], ids=["wrapper-first", "sdk-first"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_store_folds_them_across_traces_whichever_comes_first(
    store, monkeypatch, few, order, kind
) -> None:
    monkeypatch.setattr(materialise, "FEW_SPANS", few)
    for batch in [beside([step(1)], wrapped(2, kind)), [sdk(3)]][::order]:
        store.ingest(batch)
        store.reader.refresh()
    assert stored_calls(store) == 1
    assert [r.run_id for r in runs_of(store)] == [f"{1:032x}"]


@pytest.mark.parametrize("few", [0, materialise.FEW_SPANS], ids=["together", "one-by-one"])
@pytest.mark.parametrize("order", [1, -1], ids=["wrapper-first", "sdk-first"])
def test_several_calls_of_an_sdk_in_one_trace_join_the_run_they_are_of(
    store, monkeypatch, few, order
) -> None:
    monkeypatch.setattr(materialise, "FEW_SPANS", few)
    run = beside([step(1)], wrapped(2, "langsmith"), wrapped(3, "langsmith", asked="Where?"))
    own = [sdk(4), sdk(5, asked="Where?"), sdk(6, asked="And what?")]
    for one in own:
        one.trace_id, one.parent_span_id = f"{4:032x}", "f" * 16
    for batch in [run, own][::order]:
        store.ingest(batch)
        store.reader.refresh()
    assert [r.run_id for r in runs_of(store)] == [f"{1:032x}"]
    assert stored_calls(store) == 3  # of one the wrapper does not tell


def test_several_calls_of_an_sdk_that_nothing_else_tells_of_stay_a_run_of_their_own(store) -> None:
    own = [sdk(4), sdk(5, asked="Where?")]
    for one in own:
        one.trace_id, one.parent_span_id = f"{4:032x}", "f" * 16
    store.ingest(beside([step(1)], wrapped(2, asked="Who?")))
    store.ingest(own)
    store.reader.refresh()
    assert len(runs_of(store)) == 2 and stored_calls(store) == 3


def test_tellings_at_random_are_folded_the_same_both_ways() -> None:
    folded = 0
    for seed in range(100):
        rng = random.Random(seed)
        spans = [step(1)]
        for number in range(rng.choice([2, 2, 3, 5])):
            about = {
                "asked": rng.choice(["Why?", "Why?", "No?"]),
                "said": rng.choice(["So.", "No."]),
            }
            at = rng.choice([0, 0, 1, 20]) * MILLI
            made = (
                wrapped(100 + number, rng.choice(KINDS), at=at, **about)
                if rng.random() < 0.5
                else sdk(100 + number, at=at, took=rng.choice([1, 2]) * SECOND // 2, **about)
            )
            if rng.random() < 0.2:
                made.status_code, made.status_message = 2, "Bad."
            beside(spans, made)
            made.parent_span_id = rng.choice([spans[0].span_id] * 6 + ["", spans[-1].span_id])
            spans.append(made)
        if not same_both_ways(spans):
            hops = headers(SpanColumns.of(spans)).hops.to_pylist()
            folded += any('"merged"' in row["more"] for row in hops if row["kind"] == "llm")
    assert folded > 5


@pytest.mark.parametrize("turn", range(3))
def test_a_call_that_three_tell_of_is_the_same_in_both_readings(turn) -> None:
    told = [langchains(2), sdk(3), genai(4, "openai.v1")]
    spans = beside([step(1)], *told[turn:], *told[:turn])
    same_both_ways(spans)
    assert calls(spans) < 3


def test_tellings_around_a_full_minute_find_each_other(store) -> None:
    minute = 55 * SECOND
    store.ingest([wrapped(2, at=minute - 5 * MILLI), wrapped(3, asked="Who?")])
    store.ingest([sdk(4, at=minute + 5 * MILLI), sdk(5, asked="Where?")])
    store.reader.refresh()
    assert stored_calls(store) == 3
