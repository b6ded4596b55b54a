"""The planner finds the origin of simulated pipelines, within its budget, and never guesses."""

from __future__ import annotations

import pytest

from misstep.model import Trial
from misstep_diagnosis.bisect import Probe, Verdict, plan

HOPS = [f"{n:016x}" for n in range(8)]


def play(
    guilty: str | None,
    suspects: list[str | None],
    *,
    transient: bool = False,
    budget: int | None = None,
) -> tuple[Verdict, list[Trial]]:
    """Executes probes against a pipeline whose only fault is at ``guilty``."""
    trials: list[Trial] = []
    while isinstance(
        step := plan(suspects, trials, hop_count=len(HOPS), budget_hops=budget), Probe
    ):
        assert len(trials) < 40
        hop_id = step.hop_ids[0] if step.hop_ids else None
        mends = step.kind in ("substitute", "resample") and hop_id == guilty
        good = mends or (step.kind == "all_live" and transient)
        trials.append(
            Trial(
                n=len(trials) + 1,
                kind=step.kind,
                hop_id=hop_id,
                outcome="good" if good else "bad",
                hop_executions=0 if step.kind == "replay" else len(HOPS),
            )
        )
    return step, trials


@pytest.mark.parametrize("transient", [False, True])
@pytest.mark.parametrize("guilty", HOPS)
def test_a_planted_fault_is_confirmed(guilty: str, transient: bool) -> None:
    end, trials = play(guilty, list(HOPS), transient=transient)
    assert end.stop == "confirmed" and end.hop_ids == (guilty,) and end.transient is transient
    assert [t.kind for t in trials[:2]] == ["replay", "all_live"]


def test_a_wrong_pipeline_input_is_confirmed_as_the_input() -> None:
    end, _ = play(None, [HOPS[0], None])
    assert end.stop == "confirmed" and end.hop_ids == (None,)


def test_nothing_is_confirmed_when_the_guilty_hop_is_no_suspect() -> None:
    end, _ = play(HOPS[5], HOPS[:3])
    assert end.stop == "not_confirmed" and end.hop_ids == ()


def test_it_stops_at_the_budget_and_says_how_to_raise_it() -> None:
    end, trials = play(HOPS[7], list(HOPS), budget=24)
    assert end.stop == "budget" and "--budget" in end.explanation
    assert sum(t.hop_executions for t in trials) <= 24


def test_a_run_that_replays_well_is_clean() -> None:
    end = plan(HOPS, [Trial(n=1, kind="replay", outcome="good")], hop_count=8)
    assert isinstance(end, Verdict) and end.stop == "clean"


def test_a_recording_that_cannot_be_replayed_confirms_nothing() -> None:
    end = plan(HOPS, [Trial(n=1, kind="replay", outcome="undefined")], hop_count=8)
    assert isinstance(end, Verdict) and end.stop == "unfaithful"
