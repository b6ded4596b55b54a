"""The demo's scenarios: each goes as it says, and is recorded as runs of 6 to 10 hops."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from misstep.model import RunDetail
from misstep_examples.demo import Outcome, Scenario, run_scenarios, scenarios
from misstep_examples.models import URL_VARIABLE
from misstep_examples.provider import LocalProvider

Record = Callable[[Callable[[], Any]], list[RunDetail]]


def _named(part: str) -> list[Scenario]:
    found = [s for s in scenarios() if part in s.name]
    assert found, part
    return found


def test_every_pipeline_has_four_good_runs_and_fails_silently_and_loudly() -> None:
    kinds = Counter((s.name.split(":")[0], s.expected_state, s.loud) for s in scenarios())
    for pipeline in ("invoice", "support", "research"):
        assert kinds[pipeline, "good", False] >= 4
        assert kinds[pipeline, "bad", False] >= 2
        assert kinds[pipeline, "bad", True] >= 1


def test_one_silent_failure_has_nobody_who_says_so() -> None:
    silent = [s for s in scenarios() if s.expected_state == "bad" and not s.loud]
    assert any(s.check is None for s in silent)


def test_names_are_unique_and_only_failures_have_an_origin() -> None:
    names = [s.name for s in scenarios()]
    assert len(set(names)) == len(names)
    for scenario in scenarios():
        assert (scenario.expected_origin is None) == (scenario.expected_state == "good")


def test_every_scenario_goes_as_it_says(provider: LocalProvider) -> None:
    seen: list[Outcome] = []
    outcomes = run_scenarios(provider.url, seen.append)
    assert seen == outcomes
    for outcome in outcomes:
        scenario = outcome.scenario
        assert (outcome.error is not None) == scenario.loud, scenario.name
        if outcome.error is None and scenario.check is not None:
            right = scenario.check(outcome.output) is None
            assert right == (scenario.expected_state == "good"), scenario.name
        assert outcome.run_id is None


def test_recorded_runs_have_their_verdicts_and_6_to_10_hops(
    provider: LocalProvider, recorded: Record
) -> None:
    outcomes: list[Outcome] = []
    runs = recorded(lambda: outcomes.extend(run_scenarios(provider.url)))
    by_id = {run.run_id: run for run in runs}
    assert len(runs) == len(outcomes)
    for outcome in outcomes:
        scenario, run = outcome.scenario, by_id[outcome.run_id or ""]
        told = scenario.check is not None or scenario.loud
        assert run.verdict.state == (scenario.expected_state if told else "unknown"), scenario.name
        assert 6 <= run.hop_count <= 10, (scenario.name, [h.name for h in run.hops])
        assert run.status == ("error" if scenario.loud else "ok")
        assert run.cost_usd is not None and run.cost_usd > 0


def test_every_expected_origin_is_a_hop_of_its_run(
    provider: LocalProvider, recorded: Record
) -> None:
    outcomes: list[Outcome] = []
    chosen = [s for s in scenarios() if s.expected_state == "bad"]
    runs = recorded(lambda: outcomes.extend(run_scenarios(provider.url, chosen=chosen)))
    for scenario, run in zip(chosen, runs, strict=True):
        name, _, number = (scenario.expected_origin or "").partition("#")
        same = [h for h in run.hops if h.name == name]
        assert len(same) == 1 if not number else len(same) >= int(number), scenario.name


def test_a_failover_is_one_hop_with_its_attempts(provider: LocalProvider, recorded: Record) -> None:
    (run,) = recorded(lambda: run_scenarios(provider.url, chosen=_named("support: failover")[:1]))
    (draft,) = [h for h in run.hops if h.name == "draft_answer"]
    assert [a.status for a in draft.attempts] == [429, 429, 200]
    assert draft.response_model == "gpt-4o-2024-08-06"
    assert draft.error is None


def test_a_branch_of_the_fan_out_is_one_hop_with_its_model(
    provider: LocalProvider, recorded: Record
) -> None:
    (run,) = recorded(lambda: run_scenarios(provider.url, chosen=_named("research: three regions")))
    branches = [h for h in run.hops if h.name == "summarise_source"]
    assert {h.request_model for h in branches} == {"gpt-4o-mini", "claude-3-5-haiku-20241022"}
    assert len(branches) == 3


def test_the_scenarios_bring_their_own_provider_and_leave_the_environment_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MISSTEP_DEMO_LATENCY", "0")
    monkeypatch.delenv(URL_VARIABLE, raising=False)
    (outcome,) = run_scenarios(chosen=_named("invoice: pounds"))
    assert outcome.output.amount_usd == 533.40
    assert URL_VARIABLE not in os.environ
