"""A call that a framework and its SDK both tell of is one hop; two calls that are alike stay two."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conventions import oracle
from tests.conventions.rendering import OWN, load, normalised
from tests.conventions.test_headers import same_both_ways

from misstep.model import Run
from misstep_store.deriving import materialise
from misstep_store.headers import SpanColumns, headers
from misstep_store.otlp.spans import Resource, Scope, Span
from misstep_store.reader import RunQuery
from misstep_store.store import Store

PROCESS = Resource({"service.name": "app", "service.instance.id": "one"})
SECOND = 1_000_000_000
MILLI = 1_000_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "t.duckdb") as opened:
        yield opened


def dumped(**values: object) -> dict[str, object]:
    return {key: json.dumps(value) for key, value in values.items()}


def framework(number: int, *, at: int = 5 * SECOND, asked: str = "Why?", **more: object) -> Span:
    """LangChain's telling of a call, in a trace of its own number."""
    told = {"role": "user", "content": asked}
    said = {"role": "assistant", "content": "Because."}
    return Span(
        f"{number:032x}",
        f"{number:016x}",
        "ChatOpenAI",
        start_unix_nano=at,
        end_unix_nano=at + SECOND,
        attributes={
            **dumped(
                invocation_params={"model": "gpt-4o-mini", "temperature": 0.0},
                **{
                    "mlflow.spanType": "CHAT_MODEL",
                    "mlflow.message.format": "langchain",
                    "mlflow.spanInputs": {"messages": [told]},
                    "mlflow.spanOutputs": {"choices": [{"message": said}]},
                    "mlflow.chat.tokenUsage": {"input_tokens": 9, "output_tokens": 3},
                },
            ),
            **more,
        },
        resource=PROCESS,
        scope=Scope("mlflow.tracing.provider"),
    )


def sdk(number: int, *, at: int = 5 * SECOND, asked: str = "Why?", **more: object) -> Span:
    """OpenAI's own telling of a call, in a trace of its own."""
    answer = {
        "choices": [
            {"message": {"role": "assistant", "content": "Because."}, "finish_reason": "stop"}
        ],
        "usage": {"prompt_tokens": 9, "completion_tokens": 3},
        "model": "gpt-4o-mini-2024-07-18",
        "id": f"chatcmpl-{number}",
    }
    return Span(
        f"{number:032x}",
        f"{number:016x}",
        "Completions",
        start_unix_nano=at + 10 * MILLI,
        end_unix_nano=at + SECOND - 10 * MILLI,
        attributes={
            **dumped(
                model="gpt-4o-mini",
                **{
                    "mlflow.spanType": "CHAT_MODEL",
                    "mlflow.message.format": "openai",
                    "mlflow.spanInputs": {
                        "model": "gpt-4o-mini",
                        "messages": [{"role": "user", "content": asked}],
                    },
                    "mlflow.spanOutputs": answer,
                },
            ),
            **more,
        },
        resource=PROCESS,
        scope=Scope("mlflow.tracing.provider"),
    )


def step(number: int, *, at: int = 5 * SECOND) -> Span:
    return Span(
        f"{number:032x}",
        f"{number + 1000:016x}",
        "RunnableSequence",
        start_unix_nano=at - 10 * MILLI,
        end_unix_nano=at + SECOND + 10 * MILLI,
        attributes=dumped(
            **{"mlflow.spanType": "CHAIN", "mlflow.spanInputs": "x", "mlflow.spanOutputs": {"y": 1}}
        ),
        resource=PROCESS,
        scope=Scope("mlflow.tracing.provider"),
    )


def chain(number: int, *, at: int = 5 * SECOND, **more: object) -> list[Span]:
    """LangChain's call within two steps."""
    around, other, call = (
        step(number, at=at),
        step(number, at=at),
        framework(number, at=at, **more),
    )
    other.span_id, other.parent_span_id, other.name = (
        f"{number + 2000:016x}",
        around.span_id,
        "RunnableLambda",
    )
    other.end_unix_nano = at - 5 * MILLI
    call.parent_span_id = around.span_id
    return [around, other, call]


def calls(spans: list[Span]) -> int:
    """How many model calls are told of."""
    return sum(h.kind == "llm" for n in normalised(spans, []) for h in n.hops)


def runs_of(store: Store) -> list[Run]:
    return store.reader.runs(RunQuery(limit=1000)).runs


def stored_calls(store: Store) -> int:
    return sum(h.kind == "llm" for r in runs_of(store) for h in store.reader.run(r.run_id).hops)


# --- one call ----------------------------------------------------------------------------------


def test_a_call_and_its_telling_in_a_trace_of_its_own_are_one_hop() -> None:
    (run,) = normalised([*chain(1), sdk(2)], [])
    call = next(h for h in run.hops if h.kind == "llm")
    assert (call.name, call.merged) == ("ChatOpenAI", [f"{2:016x}"])
    assert (call.response_id, call.response_model) == ("chatcmpl-2", "gpt-4o-mini-2024-07-18")
    assert (call.finish_reason, run.run.input_tokens) == ("stop", 9)


def test_a_call_and_its_telling_beside_it_in_one_trace_are_one_hop() -> None:
    inner, spans = sdk(2), chain(1)
    inner.trace_id, inner.parent_span_id = spans[0].trace_id, spans[0].span_id
    assert calls([*spans, inner]) == 1


def test_two_lone_tellings_of_one_call_are_one_hop() -> None:
    assert calls([framework(1), sdk(2)]) == 1


def test_parallel_calls_find_each_its_own_telling() -> None:
    spans = [s for n in range(4) for s in [*chain(n + 1), sdk(n + 11)]]
    assert calls(spans) == 4


def test_a_pair_of_calls_one_within_the_times_of_the_other_are_both_found() -> None:
    long, short = framework(1, at=5 * SECOND), framework(2, at=5 * SECOND + 200 * MILLI)
    long.end_unix_nano += SECOND
    wide, narrow = sdk(3, at=5 * SECOND), sdk(4, at=5 * SECOND + 200 * MILLI)
    wide.end_unix_nano += SECOND
    narrow.end_unix_nano = short.end_unix_nano = long.start_unix_nano + 900 * MILLI
    assert calls([long, short, wide, narrow]) == 2


def test_a_stream_that_its_library_tells_of_twice_is_one_hop() -> None:
    spans, _ = load("litellm-2024-12")
    assert sum(h.input == "Count to three." for n in normalised(spans, []) for h in n.hops) == 1


TWICE = (
    "mlflow-langchain-twice",
    "mlflow-langchain-twice-2025-10",
    "openinference-langchain-twice",
    "openllmetry-langchain-twice",
)
"""LangChain and OpenAI's SDK in one process, both told of: in pools, in steps, equal calls."""


@pytest.mark.parametrize("name", TWICE)
def test_as_many_calls_are_hops_as_the_provider_was_asked(name: str) -> None:
    spans, logs, asked = oracle.load(OWN / f"{name}.pb.gz")
    made = [h for n in normalised(spans, logs) for h in n.hops if h.kind == "llm"]
    assert len(made) == len(asked)
    assert oracle.judged(spans, logs, asked) == []


# --- two calls ---------------------------------------------------------------------------------


@pytest.mark.parametrize("apart", [0, 3 * MILLI, 2 * SECOND], ids=["parallel", "nested", "later"])
@pytest.mark.parametrize("told", [framework, sdk])
def test_two_equal_calls_told_by_one_library_stay_two(told, apart) -> None:
    one, other = told(1), told(2, at=5 * SECOND + apart)
    other.end_unix_nano -= 2 * apart if apart < SECOND else 0
    assert calls([one, other]) == 2


def test_two_equal_calls_of_one_library_in_one_trace_stay_two() -> None:
    spans = [*chain(1), framework(2, at=5 * SECOND + 3 * MILLI)]
    spans[-1].trace_id, spans[-1].parent_span_id = spans[0].trace_id, spans[0].span_id
    spans[-1].end_unix_nano -= 6 * MILLI
    assert calls(spans) == 2


def test_a_direct_call_like_the_frameworks_stays_where_that_one_holds_its_own() -> None:
    spans, inner = chain(1), sdk(2)
    inner.trace_id, inner.parent_span_id = spans[0].trace_id, spans[-1].span_id
    assert calls([*spans, inner, sdk(3)]) == 2


def test_of_two_direct_calls_like_the_frameworks_one_is_its_telling() -> None:
    assert calls([*chain(1), sdk(2), sdk(3)]) == 2


OTHERS = {
    "later": {"at": 7 * SECOND},
    "another-question": {"asked": "Why not?"},
    "another-model": {
        "model": '"gpt-4o"',
        "mlflow.spanOutputs": json.dumps(
            {"choices": [{"message": {"role": "assistant", "content": "Because."}}]}
        ),
        "mlflow.chat.tokenUsage": json.dumps({"input_tokens": 9, "output_tokens": 3}),
    },
    "another-answer": {
        "mlflow.spanOutputs": json.dumps(
            {
                "choices": [{"message": {"role": "assistant", "content": "No idea."}}],
                "usage": {"prompt_tokens": 9, "completion_tokens": 3},
            }
        )
    },
    "other-counts": {
        "mlflow.spanOutputs": json.dumps(
            {
                "choices": [{"message": {"role": "assistant", "content": "Because."}}],
                "usage": {"prompt_tokens": 9, "completion_tokens": 4},
            }
        )
    },
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=list(OTHERS))
def test_calls_that_differ_in_anything_stay_two(other) -> None:
    assert calls([*chain(1), sdk(2, **other)]) == 2


def test_calls_of_different_processes_stay_two() -> None:
    elsewhere = sdk(2)
    elsewhere.resource = Resource({"service.name": "app", "service.instance.id": "two"})
    assert calls([*chain(1), elsewhere]) == 2


def test_calls_with_different_response_ids_stay_two() -> None:
    said = {
        "choices": [{"message": {"role": "assistant", "content": "Because."}}],
        "id": "chatcmpl-another",
    }
    told = framework(1, **{"mlflow.spanOutputs": json.dumps(said)})
    assert calls([told, sdk(2)]) == 2


def test_a_frameworks_call_whose_sdk_is_silenced_within_it_takes_no_direct_call() -> None:
    """OpenLLMetry's LangChain spans silence its OpenAI spans: a lone one is a call of its own."""
    both = [framework(1), sdk(2)]
    question = json.dumps([{"role": "user", "parts": [{"type": "text", "content": "Why?"}]}])
    answer = json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": "So."}]}])
    for span, scope in zip(both, ("langchain", "openai.v1"), strict=True):
        span.scope = Scope(f"opentelemetry.instrumentation.{scope}")
        span.attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "gpt-4o-mini",
            "gen_ai.input.messages": question,
            "gen_ai.output.messages": answer,
            "gen_ai.usage.input_tokens": 9,
            "gen_ai.usage.output_tokens": 3,
        }
    assert calls(both) == 2


# --- in the store ------------------------------------------------------------------------------


@pytest.mark.parametrize("few", [0, materialise.FEW_SPANS], ids=["together", "one-by-one"])
@pytest.mark.parametrize("order", [1, -1], ids=["framework-first", "sdk-first"])
@pytest.mark.parametrize("at_once", [True, False], ids=["at-once", "one-by-one"])
def test_the_store_folds_them_whichever_comes_first(
    store, monkeypatch, few, order, at_once
) -> None:
    monkeypatch.setattr(materialise, "FEW_SPANS", few)
    batches = [chain(1), [sdk(2)]][::order]
    for batch in [batches[0] + batches[1]] if at_once else batches:
        store.ingest(batch)
        store.reader.refresh()
    assert stored_calls(store) == 1
    assert [r.run_id for r in runs_of(store)] == [f"{1:032x}"]
    hop = next(h for h in store.reader.run(f"{1:032x}").hops if h.kind == "llm")
    assert hop.merged == [f"{2:016x}"]
    assert store.reader.one_hop(f"{1:032x}", hop.hop_id) == hop


@pytest.mark.parametrize("few", [0, materialise.FEW_SPANS], ids=["together", "one-by-one"])
def test_a_telling_stands_alone_again_when_the_call_turns_out_to_hold_its_own(
    store, monkeypatch, few
) -> None:
    monkeypatch.setattr(materialise, "FEW_SPANS", few)
    spans, own = chain(1), sdk(3)
    own.trace_id, own.parent_span_id = spans[0].trace_id, spans[-1].span_id
    for batch in ([*spans, sdk(2)], [own]):
        store.ingest(batch)
        store.reader.refresh()
    assert stored_calls(store) == 2
    assert len(runs_of(store)) == 2


@pytest.mark.parametrize("few", [0, materialise.FEW_SPANS], ids=["together", "one-by-one"])
def test_a_run_read_again_keeps_the_telling_it_took_in(store, monkeypatch, few) -> None:
    monkeypatch.setattr(materialise, "FEW_SPANS", few)
    later = step(1)
    later.span_id, later.parent_span_id = "f" * 16, f"{1001:016x}"
    for batch in ([*chain(1), sdk(2)], [later]):
        store.ingest(batch)
        store.reader.refresh()
    assert stored_calls(store) == 1
    assert len(runs_of(store)) == 1


@pytest.mark.parametrize("few", [0, materialise.FEW_SPANS], ids=["together", "one-by-one"])
@pytest.mark.parametrize("name", TWICE)
def test_as_many_calls_are_hops_in_the_store(store, monkeypatch, name, few) -> None:
    monkeypatch.setattr(materialise, "FEW_SPANS", few)
    spans, logs, asked = oracle.load(OWN / f"{name}.pb.gz")
    for at in range(0, len(spans), 7):
        store.ingest(spans[at : at + 7], logs if not at else [])
        store.reader.refresh()
    assert stored_calls(store) == len(asked)


@pytest.mark.parametrize("few", [0, materialise.FEW_SPANS], ids=["together", "one-by-one"])
@pytest.mark.parametrize("name", ["mlflow-langchain-2025-10", "mlflow-langchain-2026-11"])
def test_each_call_of_a_batch_is_one_hop_in_the_store(store, monkeypatch, name, few) -> None:
    monkeypatch.setattr(materialise, "FEW_SPANS", few)
    spans, logs = load(name)
    store.ingest(spans, logs)
    asked = [
        h.input for r in runs_of(store) for h in store.reader.run(r.run_id).hops if h.kind == "llm"
    ]
    assert [asked.count(f"What is the capital of {c}?") for c in ("Peru", "Chile")] == [1, 1]


# --- headers -----------------------------------------------------------------------------------


def beside(spans: list[Span], *inner: Span) -> list[Span]:
    """Spans with others in the outermost of them."""
    for one in inner:
        one.trace_id, one.parent_span_id = spans[0].trace_id, spans[0].span_id
    return [*spans, *inner]


def test_two_tellings_beside_each_other_are_one_hop_without_leaving_their_trace() -> None:
    assert same_both_ways(beside(chain(1), sdk(2))) == []


def test_headers_of_three_calls_of_which_one_is_another_are_two() -> None:
    spans = beside(chain(1), sdk(2), sdk(3))
    assert same_both_ways(spans) == []
    made = headers(SpanColumns.of(spans)).hops.to_pylist()
    assert sum(row["kind"] == "llm" for row in made) == 2


@pytest.mark.parametrize("other", OTHERS.values(), ids=list(OTHERS))
def test_headers_of_calls_that_differ_in_anything_are_two(other) -> None:
    spans = beside(chain(1), sdk(2, **other))
    assert same_both_ways(spans) == []
    made = headers(SpanColumns.of(spans)).hops.to_pylist()
    assert sum(row["kind"] == "llm" for row in made) == 2


def flat(number: int, rng: random.Random) -> Span:
    """A telling in OpenInference's words."""
    library = rng.choice(["langchain", "openai"])
    at = 5 * SECOND + rng.choice([0, 0, 0, 1, 3, 20]) * MILLI
    asked, said = rng.choice(["Why?", "Why?", "Why not?"]), rng.choice(["So.", "So.", "No."])
    told = {
        "openinference.span.kind": "LLM",
        "llm.model_name": rng.choice(["gpt-4o", "gpt-4o", "gpt-4o-2024-07-18", "o1"]),
        "llm.input_messages.0.message.role": rng.choice(["system", "developer", "user"]),
        "llm.input_messages.0.message.content": "Be brief.",
        "llm.input_messages.1.message.role": "user",
        "llm.input_messages.1.message.content": asked,
        "llm.invocation_parameters": rng.choice(["{}", '{"system": "Be nice."}']),
    }
    if rng.random() < 0.2:
        told["input.value"] = json.dumps({"messages": [{"role": "user", "content": asked}]})
    span = Span(
        f"{1:032x}",
        f"{number + 100:016x}",
        "ChatOpenAI" if library == "langchain" else "ChatCompletion",
        start_unix_nano=at,
        end_unix_nano=rng.choice([at + SECOND, at + SECOND, at + 30 * MILLI, 0]),
        resource=PROCESS,
        scope=Scope(f"openinference.instrumentation.{library}"),
    )
    if rng.random() < 0.3:
        span.status_code, span.status_message = 2, rng.choice(["Bad.", "Bad.", "Late."])
    else:
        told["llm.output_messages.0.message.role"] = "assistant"
        told["llm.output_messages.0.message.content"] = said
        told["llm.token_count.prompt"] = told["llm.token_count.completion"] = 3
        if rng.random() < 0.6:
            told["output.value"] = json.dumps({"id": f"r-{rng.randrange(2)}", "model": "gpt-4o"})
    if rng.random() < 0.2:
        told["session.id"] = "s"
    span.attributes = told
    return span


def told_at_random(seed: int) -> list[Span]:
    """Tellings in one trace, most of them beside each other."""
    rng = random.Random(seed)
    spans = [step(1)]
    for number in range(rng.choice([2, 2, 3, 5])):
        one = flat(number, rng)
        parents = [spans[0].span_id] * 8 + ["", "f" * 16, spans[-1].span_id]
        one.parent_span_id = rng.choice(parents)
        spans.append(one)
    return spans


def test_tellings_at_random_are_folded_the_same_both_ways() -> None:
    folded = 0
    for seed in range(150):
        spans = told_at_random(seed)
        if not same_both_ways(spans):
            hops = headers(SpanColumns.of(spans)).hops.to_pylist()
            folded += any('"merged"' in row["more"] for row in hops if row["kind"] == "llm")
    assert folded > 5


def test_of_equal_calls_one_after_the_other_each_has_the_telling_within_it() -> None:
    ats = [5 * SECOND, 6 * SECOND + 50 * MILLI, 7 * SECOND + 100 * MILLI]
    told = [chain(n, at=at) for n, at in enumerate(ats, 1)]
    spans = [s for one in told for s in one] + [sdk(10 + n, at=at) for n, at in enumerate(ats)]
    made = normalised(spans, [])
    merged = [h.merged for n in made for h in n.hops if h.kind == "llm"]
    assert sorted(merged) == [[f"{10 + n:016x}"] for n in range(3)]
