"""Scores that evaluators give, in one shape, both ways."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conventions.spans import span
from tests.conventions.test_headers import same_both_ways

from misstep.model import Run
from misstep_store import headers
from misstep_store.conventions import normalise
from misstep_store.conventions.values import judged
from misstep_store.headers import SpanColumns
from misstep_store.otlp.spans import Span

LANGFUSE = "langfuse-sdk"


def told(made: Any) -> list[tuple[str, float | None, str | None]]:
    return [(s.name, s.value, s.label) for s in judged.gave(made, "exact", None)]


@pytest.mark.parametrize(
    ("made", "scores"),
    [
        (0.5, [("exact", 0.5, None)]),
        (True, [("exact", 1.0, None)]),
        ("0", [("exact", 0.0, None)]),
        ({"output": False}, [("exact", 0.0, None)]),
        ({"score": 0.25, "label": "poor"}, [("exact", 0.25, "poor")]),
        ({"key": "tone", "value": "dry"}, [("tone", None, "dry")]),
        ({"length": 0.4, "polite": True}, [("length", 0.4, None), ("polite", 1.0, None)]),
        ([{"name": "tone", "value": "dry"}, {"name": "x"}, 3], [("tone", None, "dry")]),
        ("It is fine.", []),
        ({"answer": "Oslo", "length": 4}, []),
        ({}, []),
        ([], []),
        (None, []),
        ({"score": float("nan")}, []),
        ([[[]]] * 100_000, []),
    ],
)
def test_an_evaluator_gave_what_its_output_surely_says(made: Any, scores: list[Any]) -> None:
    assert told(made) == scores


def evaluator(parent: Span | None = None, **more: Any) -> Span:
    o = {"langfuse__observation__type": "evaluator", "langfuse__observation__output": "[]"}
    return span(LANGFUSE, "exact", parent=parent, at=1_200, **(o | more))


def run_of(*spans: Span) -> Run:
    assert same_both_ways(list(spans)) == []
    return normalise(spans, []).run


def item(**more: Any) -> list[Span]:
    """A run of an item, its answer and an evaluator."""
    root = span(LANGFUSE, "item", took=900, langfuse__observation__type="span")
    answer = span(LANGFUSE, "task", parent=root, at=1_010, langfuse__observation__type="span")
    answer.attributes["langfuse.observation.output"] = "Oslo"
    gave = json.dumps([{"name": "exact", "value": 0, "comment": "word for word"}])
    return [root, answer, evaluator(root, langfuse__observation__output=gave, **more)]


def test_an_evaluator_stands_for_its_own_scores_and_those_of_an_experiment_are_the_runs() -> None:
    (alone,) = run_of(*item()).scores
    assert (alone.hop_id is not None, alone.value) == (True, 0)
    (score,) = run_of(*item(langfuse__experiment__item__id="i")).scores
    assert (score.hop_id, score.value, score.explanation) == (None, 0, "word for word")


def test_the_words_of_a_failure_are_no_output_of_an_experiments_item() -> None:
    root, *_ = item()
    o = {"level": "ERROR", "status_message": "too many", "output": "Error: too many"}
    root.attributes |= {f"langfuse.observation.{k}": v for k, v in o.items()}
    answer = span(LANGFUSE, "task", parent=root, at=1_010, langfuse__observation__type="span")
    run = run_of(root, answer)
    assert (run.status, run.output) == ("error", None)


def test_what_an_evaluator_gave_is_not_what_the_run_gave() -> None:
    assert run_of(*item()).output == "Oslo"
    root, _, last = item()
    assert run_of(root, last).output == [{"name": "exact", "value": 0, "comment": "word for word"}]


def test_a_case_of_pydantics_evals_has_what_it_was_given_gave_and_got() -> None:
    root = span("pydantic-evals", "evaluate {name}", took=900, logfire__msg="evaluate x")
    case = span("pydantic-evals", "case: {case_name}", parent=root, at=1_010, took=800)
    fails = {"names_it": {"value": False, "reason": "no name", "source": {"name": "Rated"}}}
    case.attributes = {
        "case_name": "one",
        "inputs": '{"city": "Oslo"}',
        "output": "Bergen",
        "assertions": json.dumps(fails),
        "scores": "[]",
        "labels": json.dumps({"tone": {"value": "dry"}, "odd": 3}),
    }
    judge = span("pydantic-evals", "evaluator: {evaluator_name}", parent=case, at=1_500)
    judge.attributes["evaluator_name"] = "Rated"
    assert same_both_ways([root, case, judge]) == []
    first, second = normalise([root, case, judge], []).hops
    assert (first.input, first.output) == ({"city": "Oslo"}, "Bergen")
    assert [(s.name, s.value, s.label, s.by) for s in first.scores] == [
        ("names_it", 0.0, None, "Rated"),
        ("tone", None, "dry", None),
    ]
    assert (second.kind, second.name) == ("evaluator", "Rated")


def test_an_evaluator_of_ones_own_pipeline_is_a_step_of_it() -> None:
    told = {"misstep__role": "hop", "misstep__hop__kind": "evaluator", "misstep__output": "0.5"}
    assert run_of(span("misstep", "critic", **told)).scores == []


def judges_of(scope: str, gave: str, **more: str) -> list[Span]:
    """Evaluators that say different things; the last ones nothing that is a score."""
    made = [
        '{"score": 0.5}',
        "true",
        '[{"name": "tone", "label": "dry"}]',
        "Error: no",
        "null",
        "{",
    ]
    spans = []
    for n, value in enumerate(made):
        judge = span(scope, "exact", at=1_000 + 10 * n, **more)
        judge.trace_id = f"{n:032x}"
        judge.attributes[gave] = value
        spans.append(judge)
    return spans


TRULENS, SMITH = "ai__observability__", "langsmith__metadata__target_run_id"
JUDGES = {
    "langfuse": judges_of(
        LANGFUSE,
        "langfuse.observation.output",
        langfuse__observation__type="evaluator",
        langfuse__observation__status_message="no",
    ),
    "experiment": judges_of(
        LANGFUSE,
        "langfuse.observation.output",
        langfuse__observation__type="evaluator",
        langfuse__experiment__item__id="i",
    ),
    "laminar": judges_of("lmnr.tracer", "lmnr.span.output", lmnr__span__type="EVALUATOR"),
    "dataset": judges_of(
        "lmnr.tracer",
        "lmnr.span.output",
        lmnr__span__type="EVALUATOR",
        lmnr__association__properties__trace_type="EVALUATION",
    ),
    "phoenix": judges_of(
        "phoenix.evals.tracing", "output.value", openinference__span__kind="EVALUATOR"
    ),
    "langsmith": judges_of(
        "langsmith", "gen_ai.completion", langsmith__span__kind="chain", **{SMITH: "run"}
    ),
    "trulens": judges_of(
        "trulens", "ai.observability.eval.score", **{TRULENS + "span_type": "eval"}
    ),
    "metric": judges_of(
        "trulens",
        "ai.observability.call.return",
        **{TRULENS + "span_type": "eval", TRULENS + "eval__metric_name": "short"},
    ),
    "cases": judges_of("pydantic-evals", "scores", logfire__msg="case: one", case_name="one"),
    "evaluators": judges_of(
        "pydantic-evals", "x", logfire__msg="evaluator: one", evaluator_name="one"
    ),
}


@pytest.mark.parametrize("spans", JUDGES.values(), ids=JUDGES)
def test_evaluators_are_read_together(spans: list[Span]) -> None:
    assert same_both_ways(spans) == []
    assert headers.reading.read(SpanColumns.of(spans)).drafts == {}


@pytest.mark.parametrize("name", ["langfuse", "experiment", "laminar", "dataset", "phoenix"])
def test_each_of_them_has_the_scores_that_it_gave(name: str) -> None:
    runs = [normalise([s], []).run for s in JUDGES[name]]
    of_run = name in ("experiment", "dataset")
    assert [[(s.name, s.value, s.label) for s in run.scores] for run in runs] == [
        [("exact", 0.5, None)],
        [("exact", 1.0, None)],
        [("tone", None, "dry")],
        *[[]] * 3,
    ]
    assert {s.hop_id is None for run in runs for s in run.scores} == {of_run}
    found = headers.reading.read(SpanColumns.of(JUDGES[name])).judged().values()
    assert [bool(s.run_scores) for s in found] == [of_run] * 3
    assert [bool(s.scores) for s in found] == [not of_run] * 3
