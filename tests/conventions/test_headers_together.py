"""Spans with other keys are read together where what reads them does the same."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from tests.conventions.rendering import exports, load, own_exports
from tests.conventions.spans import span
from tests.conventions.test_headers import same_both_ways

from misstep_store.headers import SpanColumns, plans, reading
from misstep_store.headers.between.begun import without_begun
from misstep_store.headers.plans import Plan
from misstep_store.headers.plans.sameness import first_of
from misstep_store.headers.reading import read
from misstep_store.otlp.spans import LogRecord, Span

OPENAI = "openinference.instrumentation.openai"
LLM = {"openinference__span__kind": "LLM", "llm__model_name": "gpt-4o"}


def talk(turns: int, **more: Any) -> Span:
    """A call with so many messages before it."""
    said = {
        f"llm__input_messages__{n}__message__{what}": what
        for n in range(turns)
        for what in ("role", "content")
    }
    return span(OPENAI, "ChatCompletion", **LLM, **said, **more)


def plan_of(one: Span) -> Plan:
    made = plans.plan_of(one, one.attributes, ())
    assert made is not None
    return first_of(made, one.scope.name)


def test_talks_of_any_length_are_read_by_one_plan() -> None:
    assert plan_of(talk(1)) is plan_of(talk(2)) is plan_of(talk(30))


def test_calls_that_tell_more_are_read_by_a_plan_of_their_own() -> None:
    counted = {"llm__token_count__prompt": 3, "llm__token_count__completion": 4}
    assert plan_of(talk(1)) is not plan_of(talk(1, **counted))
    assert plan_of(talk(2, **counted)) is plan_of(talk(1, **counted))


def test_steps_that_are_made_of_others_are_told_by_what_they_are_made_of() -> None:
    agno = "openinference.instrumentation.agno"
    given = {"openinference__span__kind": "AGENT", "input__value": "Oslo?"}
    one, other = (span(agno, "Guide.run", **given, **more) for more in ({}, {"a": "b"}))
    assert plan_of(one) is plan_of(other)


def test_plans_that_look_at_the_keys_of_the_first_are_of_spans_with_the_same() -> None:
    flow = {"mlflow__spanType": '"CHAT_MODEL"', "mlflow__llm__provider": '"openai"'}
    one, other = (span("mlflow", "Completions", **flow, **more) for more in ({}, {"a": "b"}))
    made = plan_of(one)
    assert made.by_keys
    assert made is not plan_of(other)


@pytest.mark.parametrize("most", [1, 7, reading.MOST_AT_ONCE])
def test_spans_are_read_the_same_however_many_at_once(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "MOST_AT_ONCE", most)
    same_both_ways(*load("openinference-openai-odd"))


def test_talks_of_all_lengths_are_read_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    whole = reading.read_alike

    def counted(plan: Plan, spans: SpanColumns, places: list[int], many: Any) -> Any:
        sizes.append(len(places))
        return whole(plan, spans, places, many)

    calls = [talk(n % 40) for n in range(1, 200)]
    read(SpanColumns.of(calls))
    monkeypatch.setattr(reading, "read_alike", counted)
    read(SpanColumns.of(calls))
    assert sum(sizes) == len(calls)
    assert len(sizes) < 5


def test_a_model_that_is_no_text_is_told_by_the_answer_both_ways() -> None:
    answer = json.dumps({"id": "resp_1", "object": "response", "model": "gpt-4o-2024-08-06"})
    told = {"gen_ai__operation__name": "chat", "gen_ai__system": "openai", "response": answer}
    asked = ("gpt-4o", [None])
    spans = [
        span("logfire.openai_agents", "Responses API", gen_ai__request__model=model, **told)
        for model in asked
    ]
    same_both_ways([replace(s, trace_id=f"{n:032x}") for n, s in enumerate(spans, 1)])


def test_programs_of_all_kinds_in_one_batch_have_the_same_headers_both_ways() -> None:
    spans: list[Span] = []
    logs: list[LogRecord] = []
    for number, name in enumerate(own_exports()):
        told, beside = load(name)
        spans += [replace(s, trace_id=f"{number:04x}{s.trace_id[4:]}") for s in told]
        logs += [
            replace(log, trace_id=f"{number:04x}{log.trace_id[4:]}")
            for log in beside
            if log.trace_id
        ]
    same_both_ways(spans, logs)


ALONE = {"livekit-own": 1}
"""Exports with spans that no plan can tell."""


@pytest.mark.parametrize(
    "name", [*(pytest.param(n, marks=pytest.mark.data) for n in exports()), *own_exports()]
)
def test_no_span_of_an_export_is_read_alone(name: str) -> None:
    """Which would take ten times as long, and nothing else would tell."""
    spans, _ = without_begun(SpanColumns.of(*load(name)))
    assert len(read(spans).drafts) == ALONE.get(name, 0)
