"""Headers made many spans at a time are those that the conventions make one by one."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from bench.store.workload import Workload
from genai_prices import Usage as PricedUsage
from genai_prices import calc_price
from tests.conventions.rendering import exports, load, own_exports
from tests.conventions.spans import genai, span

from misstep_store.conventions import normalise
from misstep_store.conventions.types import Normalised, Usage
from misstep_store.deriving import pricing
from misstep_store.headers import SpanColumns, headers
from misstep_store.headers.columns.tables import HOP_COLUMNS, facts_of, hop_row, to_json
from misstep_store.otlp.decode import decode_traces
from misstep_store.otlp.spans import LogRecord, Span


def by_trace(spans: list[Span]) -> dict[str, list[Span]]:
    found: dict[str, list[Span]] = defaultdict(list)
    for one in spans:
        found[one.trace_id].append(one)
    return found


def rows_one_by_one(made: Normalised, spans: list[Span]) -> list[dict[str, Any]]:
    first = min((s.start_unix_nano for s in spans if s.start_unix_nano), default=0)
    rows = [hop_row(made.run.run_id, h, first) for h in made.hops]
    return [readable(dict(zip(HOP_COLUMNS, row, strict=True))) for row in rows]


def readable(row: dict[str, Any]) -> dict[str, Any]:
    more = orjson.loads(row["more"]) if row["more"] else {}
    return row | {"more": more, "in order": list(more)}  # `misstep remap` compares the text


def same_both_ways(spans: list[Span], logs: Sequence[LogRecord] = ()) -> list[str]:
    """Asserts it; the traces that were left to the conventions."""
    made = headers(SpanColumns.of(spans, logs), price=pricing.price, long_spans=1)
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in made.hops.to_pylist():
        rows[row["run_id"]].append(readable(row))
    runs = {row["run_id"]: tuple(row.values()) for row in made.runs.to_pylist()}
    for trace_id, group in by_trace(spans).items():
        if trace_id in made.left:
            assert trace_id not in runs and trace_id not in rows
            continue
        beside = [log for log in logs if log.trace_id == trace_id]
        whole = normalise(group, beside, price=pricing.price)
        assert rows[trace_id] == rows_one_by_one(whole, group)
        first = min((s.start_unix_nano for s in group if s.start_unix_nano), default=0)
        *told_of, body = runs[trace_id]
        assert tuple(told_of) == facts_of(whole.run, whole.hops, first)
        told = to_json(whole.run.model_dump(mode="python"))
        told = told.replace("\\u0000", "\ufffd")  # DuckDB text holds no NUL
        assert json.loads(body.replace("\\u0000", "\ufffd")) == json.loads(told)
    return made.left


@pytest.mark.parametrize(
    "name", [*(pytest.param(n, marks=pytest.mark.data) for n in exports()), *own_exports()]
)
def test_an_export_has_the_same_headers_both_ways(name: str) -> None:
    same_both_ways(*load(name))


def test_runs_of_our_own_have_the_same_headers_both_ways() -> None:
    request = Workload(3, 1_760_000_000_000_000_000).request(60)
    left = same_both_ways(decode_traces(request.SerializeToString(), json=False).spans)
    assert len(left) < 10  # those whose failed call another one follows


def agents_told_of_twice(**said: str) -> list[Span]:
    """A workflow, an agent as two libraries tell of it, and its call."""
    scope = "openinference.instrumentation.google_adk"
    run = span(scope, "invocation [desk]", openinference__span__kind="CHAIN", took=900)
    agent = span(scope, "agent_run [desk]", parent=run, agent__name="desk", at=1_010, took=800)
    agent.attributes["openinference.span.kind"] = "AGENT"
    inner = span(
        "gcp.vertex.agent",
        "invoke_agent desk",
        parent=agent,
        at=1_020,
        took=700,
        status=2,
        error__type="Late",
        gen_ai__operation__name="invoke_agent",
        gen_ai__agent__name="desk",
        gen_ai__conversation__id="s-1",
        **said,
    )
    del inner.attributes["error.type"]
    return [run, agent, inner, genai(parent=inner, at=1_030, took=50)]


def made_by_hand() -> dict[str, list[Span]]:
    run = span("misstep", "answer", misstep__role="run", misstep__pipeline="answer")
    step = span("misstep", "plan", parent=run, misstep__role="hop", at=1_001, took=50)
    agent = span("other", "agent", parent=run, gen_ai__operation__name="invoke_agent", at=1_060)
    open_ = span("misstep", "open", parent=run, misstep__role="hop", at=1_070)
    open_.end_unix_nano = 0
    lost = genai(at=1_300)
    lost.parent_span_id = "f" * 16
    cut = span("misstep", "cut", parent=run, misstep__role="hop", misstep__input__cut=True)
    failed = genai(parent=run, status=2, error__type="openai.InternalServerError", at=1_400)
    failed.status_message = "Error code: 500 - {'error': {'message': 'overloaded'}}"
    cycle = [genai(at=1_001), genai(at=1_002)]
    for one, other in ((0, 1), (1, 0)):
        cycle[one].parent_span_id = cycle[other].span_id
    same = [genai(parent=run, at=1_500) for _ in range(3)]
    return {
        "a step around one call": [run, step, genai(parent=step, at=1_010, took=20)],
        "an agent around one call": [run, agent, genai(parent=agent, at=1_070, took=20)],
        "an open hop and an orphan": [run, open_, lost],
        "a cut payload": [run, cut],
        "a failed call": [run, failed],
        "calls at the same moment": [run, *same],
        "a cycle": cycle,
        "nothing but a call": [genai()],
        "a call in a call": [run, step, first := genai(parent=step), genai(parent=first)],
        "odd values": [
            genai(
                gen_ai__usage__input_tokens="21",
                gen_ai__response__finish_reasons='["tool-calls"]',
                gen_ai__request__model=7,
                gen_ai__provider__name="az.ai.openai",
            )
        ],
        "lists where a word should be": [span("misstep", misstep__role=["run"])],
        "a tool told of twice": [
            run,
            tool := span(
                "one", "execute_tool look", parent=run, gen_ai__operation__name="execute_tool"
            ),
            span("two", "look", parent=tool, gen_ai__operation__name="execute_tool", at=1_010),
        ],
        "an agent told of twice": agents_told_of_twice(),
        "an outermost agent told of twice": agents_told_of_twice()[1:],
        "an agent told of twice that says what it was asked": agents_told_of_twice(
            gen_ai__input__messages='[{"role":"user","parts":[{"type":"text","content":"Hi"}]}]'
        ),
        "a step below the inner of two tellings of one call": step_below_a_call_told_of_twice(),
        "a root without a name": [(bare := span("one", "")), genai(parent=bare)],
        "a clock at the last moment there is": [begun(2**63 - 1), begun(0)],
        "a replay": [
            span("misstep", misstep__role="run", misstep__replay_of="a" * 32),
            genai(misstep__replay_of="b" * 32),
        ],
        "a replay that says it oddly": [
            span("misstep", misstep__role="run", misstep__replay_of=[1])
        ],
        "zero bytes in names": [span("misstep", misstep__role="hop", misstep__hop__name="a\x00b")],
    }


def begun(unix_nano: int) -> Span:
    call = genai()
    call.start_unix_nano = call.end_unix_nano = unix_nano
    return call


def step_below_a_call_told_of_twice() -> list[Span]:
    asked = {"llm.model_name": "m", "llm.token_count.prompt": 21, "llm.token_count.completion": 9}
    scope = "openinference.instrumentation.llama_index"
    kind = {"openinference.span.kind": "LLM", **asked}
    run = span(scope, "query", openinference__span__kind="CHAIN", took=300)
    step = span(scope, "program", parent=run, openinference__span__kind="CHAIN", took=200)
    outer = span(scope, "OpenAI.predict", parent=step, took=100, **kind)
    inner = span(scope, "OpenAI.chat", parent=outer, at=1_010, took=80, **kind)
    below = span(scope, "split", parent=inner, at=1_020, took=5, openinference__span__kind="CHAIN")
    return [run, step, outer, inner, below]


@pytest.mark.parametrize("name", list(made_by_hand()))
def test_unusual_traces_have_the_same_headers_both_ways(name: str) -> None:
    same_both_ways(made_by_hand()[name])


def test_calls_are_priced_as_the_library_prices_them_one_by_one() -> None:
    at = 1_760_000_000_000_000_000
    rng = random.Random(5)
    for provider, model in (("openai", "gpt-4o"), ("anthropic", "claude-3-5-haiku"), ("", "o1")):
        for _ in range(5):
            asked = rng.randrange(1, 200_000)
            cached = rng.randrange(asked)
            usage = Usage(asked, rng.randrange(5_000), cached)
            details = {"input_tokens": asked, "output_tokens": usage.output_tokens}
            whole = calc_price(
                PricedUsage(**details, cache_read_tokens=cached or None),
                model_ref=model,
                provider_id=provider or None,
                genai_request_timestamp=dt.datetime(2025, 10, 9, 12, tzinfo=dt.UTC),
            )
            assert pricing.price(provider, model, usage, at) == float(whole.total_price)
