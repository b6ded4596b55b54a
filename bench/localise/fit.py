"""Fits the weights of ``misstep_diagnosis.agents`` on the public halves, with cross-validation.

``python -m bench.localise.fit --data ../shared/data`` prints the cross-validated figures: mean and
spread over seeds, exact matches, beside the mean log likelihood of the labelled step, by which
signals were chosen. ``--write`` stores the weights fitted on everything. Labels are read here and
in ``score`` alone.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from bench.localise import data, labels
from bench.localise.weights import Case, Fitter, Settings

from misstep_diagnosis.agents import act_signals, turn_signals
from misstep_diagnosis.agents.first import Model

WEIGHTS = Path("diagnosis/misstep_diagnosis/agents")
RESULTS = Path("bench/results/localise.json")
FOLDS = 10
SEEDS = range(20)
SETTINGS = {
    "transcript": Settings(l2=12.0, share=1.0, threshold=0.3, first_only=True),
    "spans": Settings(l2=20.0, share=0.0, threshold=0.25, first_only=False),
}
"""Chosen by the cross-validated likelihood on the same halves, so figures are slightly flattered."""

Figures = dict[str, dict[str, float]]


def whowhen_cases(folder: Path) -> list[Case]:
    """Transcripts with their labelled decisive step."""
    truth = labels.whowhen(folder)
    return [
        Case(t.name, t.name.split("/")[0], turn_signals(t.question, t.turns), [truth[t.name][0]])
        for t in data.transcripts(folder)
        if t.name in truth
    ]


def trail_cases(folder: Path) -> list[Case]:
    """Span logs with all labelled spans."""
    truth = labels.trail(folder)
    cases = []
    for log in data.span_logs(folder):
        signals = act_signals(log.acts)
        wrong = [i for i, (act_id, _) in enumerate(signals) if act_id in truth.get(log.name, ())]
        cases.append(Case(log.name, log.name.split("/")[0], [s for _, s in signals], wrong))
    return cases


def cross_validated(fitter: Fitter, seed: int) -> list[tuple[Case, Model]]:
    """(case, model that never saw it) for every case."""
    order = np.random.default_rng(seed).permutation(len(fitter.cases))
    out = []
    for fold in range(FOLDS):
        held = set(order[fold::FOLDS].tolist())
        model = fitter.fit([i for i in order.tolist() if i not in held])
        out += [(fitter.cases[i], model) for i in sorted(held)]
    return out


def across_systems(fitter: Fitter) -> list[tuple[Case, Model]]:
    """(case, model fitted without any case of its group)."""
    out = []
    for group in sorted({c.group for c in fitter.cases}):
        model = fitter.fit([i for i, c in enumerate(fitter.cases) if c.group != group])
        out += [(c, model) for c in fitter.cases if c.group == group]
    return out


def figures(pairs: Sequence[tuple[Case, Model]]) -> Figures:
    """Top-1, top-3, mean log likelihood of the labelled step, and span F1, by group."""
    made: Figures = {}
    for group in sorted({c.group for c, _ in pairs}):
        mine = [(c, m) for c, m in pairs if c.group == group]
        ranks, likelihood = [], []
        hit = flagged = wrong = 0
        for case, model in mine:
            chosen = set(model.flagged(case.steps))
            hit, flagged = hit + len(chosen & set(case.wrong)), flagged + len(chosen)
            wrong += len(case.wrong)
            if case.wrong:
                ranks.append(model.ranked(case.steps).index(case.wrong[0]))
                likelihood.append(math.log(model.shares(case.steps)[case.wrong[0]]))
        n = len(ranks)
        made[group] = {
            "n": n,
            "top1": sum(r == 0 for r in ranks) / n,
            "top3": sum(r < 3 for r in ranks) / n,
            "log_likelihood": sum(likelihood) / n,
            "f1": 2 * hit / max(1, flagged + wrong),
        }
    return made


def averaged(fitter: Fitter) -> tuple[Figures, Figures]:
    """Mean and deviation of the cross-validated figures over the seeds."""
    runs = [figures(cross_validated(fitter, s)) for s in SEEDS]

    def over(of: Any) -> Figures:
        return {
            g: {k: round(float(of([r[g][k] for r in runs])), 3) for k in runs[0][g]}
            for g in runs[0]
        }

    return over(np.mean), over(np.std)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--only", choices=sorted(SETTINGS), help="one of the two models")
    parser.add_argument("--write", action="store_true", help="store the weights")
    given = parser.parse_args()
    measured: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    for name, settings in SETTINGS.items():
        if given.only not in (None, name):
            continue
        transcript = name == "transcript"
        cases = (
            whowhen_cases(given.data / "whowhen")
            if transcript
            else trail_cases(given.data / "trail")
        )
        fitter = Fitter(cases, settings)
        mean, spread = averaged(fitter)
        print(name, settings, json.dumps({"mean": mean, "spread": spread}, indent=1))
        print("fitted without the own system:", json.dumps(figures(across_systems(fitter))))
        measured |= {g: {**mean[g], "spread_top1": spread[g]["top1"]} for g in mean}
        if given.write:
            model = fitter.fit(range(len(cases)))
            body = {"_fitted_on": sorted(c.name for c in cases), **_fields(model)}
            (WEIGHTS / f"{name}.json").write_text(json.dumps(body, indent=1) + "\n")
    if given.write:
        RESULTS.write_text(json.dumps(measured, indent=1) + "\n")


def _fields(model: Model) -> dict[str, Any]:
    return {k: getattr(model, k) for k in ("hazard", "bias", "contrast", "share", "threshold")}


if __name__ == "__main__":
    main()
