"""Fitting the weights of agents' logs: directions, folds that never see their case, figures."""

from __future__ import annotations

import numpy as np
import pytest
from bench.localise import fit
from bench.localise.weights import AGAINST, FOR, Case, Fitter, Settings

from misstep_diagnosis.agents import load_model

_SETTINGS = Settings(l2=1.0, share=1.0, threshold=0.5, first_only=True)


def _cases(raised_at_the_wrong_one: bool) -> list[Case]:
    """Runs of five steps; ``departs`` (meant to raise suspicion) stands at the wrong step or at
    every other."""
    made = []
    for k in range(12):
        wrong = k % 5
        steps = [
            {"departs": 1.0} if (i == wrong) is raised_at_the_wrong_one else {} for i in range(5)
        ]
        made.append(Case(f"set/{k}", "set", steps, [wrong]))
    return made


def test_a_signal_gets_weight_in_the_direction_of_its_meaning() -> None:
    model = Fitter(_cases(raised_at_the_wrong_one=True), _SETTINGS).fit(range(12))
    assert model.hazard["departs"] > 0 and model.contrast["departs"] > 0
    case = _cases(raised_at_the_wrong_one=True)[3]
    assert model.ranked(case.steps)[0] == case.wrong[0]


def test_a_signal_that_turns_against_its_meaning_gets_no_weight() -> None:
    model = Fitter(_cases(raised_at_the_wrong_one=False), _SETTINGS).fit(range(12))
    assert "departs" not in model.hazard and "departs" not in model.contrast


def test_the_fit_does_not_depend_on_where_the_search_begins() -> None:
    rng = np.random.default_rng(1)
    cases = [
        Case(
            f"set/{k}",
            "set",
            [{n: float(rng.normal()) for n in ("departs", "long", "request")} for _ in range(6)],
            [int(rng.integers(6))],
        )
        for k in range(30)
    ]
    warm = Fitter(cases, _SETTINGS)
    warm.fit(range(30))
    half = range(0, 30, 2)
    afresh = Fitter(cases, _SETTINGS)._weights(half, (None, None))
    for name, weight in zip(warm.names, afresh[0][:-1] / warm.scale, strict=True):
        assert warm.fit(half).hazard.get(name, 0.0) == pytest.approx(weight, abs=2e-3)


def test_no_case_is_judged_by_a_model_that_saw_it() -> None:
    cases = _cases(raised_at_the_wrong_one=True)
    seen: list[set[int]] = []

    class Watching(Fitter):
        def fit(self, chosen):  # type: ignore[no-untyped-def]
            seen.append(set(chosen))
            return super().fit(chosen)

    pairs = fit.cross_validated(Watching(cases, _SETTINGS), seed=0)
    assert sorted(c.name for c, _ in pairs) == sorted(c.name for c in cases)
    place = {c.name: i for i, c in enumerate(cases)}
    models: list[object] = []
    for case, model in pairs:
        if not models or models[-1] is not model:
            models.append(model)
        assert place[case.name] not in seen[len(models) - 1]


def test_figures_count_exact_matches_only() -> None:
    cases = _cases(raised_at_the_wrong_one=True)
    fitter = Fitter(cases, _SETTINGS)
    model = fitter.fit(range(12))
    assert fit.figures([(c, model) for c in cases])["set"]["top1"] == 1.0
    moved = [Case(c.name, c.group, c.steps, [(c.wrong[0] + 1) % 5]) for c in cases]
    assert fit.figures([(c, model) for c in moved])["set"]["top1"] == 0.0


def test_the_stored_weights_of_transcripts_keep_their_directions() -> None:
    model = load_model("transcript")
    for weights in (model.hazard, model.contrast):
        assert all(weights[n] >= 0 for n in FOR & set(weights))
        assert all(weights[n] <= 0 for n in AGAINST & set(weights))
