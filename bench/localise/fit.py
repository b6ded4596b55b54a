"""Fits the weights of ``misstep_diagnosis.agents`` on the public halves, with cross-validation.

``python -m bench.localise.fit --data ../shared/data`` prints the cross-validated figures and, with
``--write``, stores the weights fitted on everything. Labels are read here and in ``score`` alone.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from bench.localise import data, labels

from misstep_diagnosis.agents import act_signals, turn_signals
from misstep_diagnosis.agents.first import Model

WEIGHTS = Path("diagnosis/misstep_diagnosis/agents")
RESULTS = Path("bench/results/localise.json")
FOLDS = 10
SEEDS = (0, 1, 2)
SETTINGS = {
    "transcript": {"l2": 100.0, "share": 0.5, "threshold": 0.3},
    "spans": {"l2": 30.0, "share": 0.0, "threshold": 0.25},
}
"""Chosen by the cross-validated figures on the same halves, so those are slightly flattered."""

Signals = dict[str, float]


@dataclass
class Case:
    """One labelled log: its steps' signals, the wrong ones' positions, and which set it is of."""

    name: str
    group: str
    steps: list[Signals]
    wrong: list[int]


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


class Fitter:
    """Scales signals to unit deviation and fits both weightings on chosen cases."""

    def __init__(self, cases: Sequence[Case], *, l2: float, share: float, first_only: bool) -> None:
        self.names = sorted({k for c in cases for s in c.steps for k in s})
        self.l2, self.share, self.first_only = l2, share, first_only
        every = np.concatenate([self.matrix(c) for c in cases])
        self.scale = np.where(every.std(0) > 0, every.std(0), 1.0)

    def matrix(self, case: Case) -> Any:
        return np.array([[s.get(n, 0.0) for n in self.names] for s in case.steps]).reshape(
            len(case.steps), len(self.names)
        )

    def fit(self, cases: Sequence[Case], threshold: float) -> Model:
        xs = [self.matrix(c) / self.scale for c in cases]
        hazard, bias = self._hazard(cases, xs)
        contrast = self._contrast(cases, xs) if self.share else np.zeros(len(self.names))
        return Model(
            hazard=self._named(hazard),
            bias=round(float(bias), 4),
            contrast=self._named(contrast) if self.share else {},
            share=self.share,
            threshold=threshold,
        )

    def _named(self, weights: Any) -> dict[str, float]:
        pairs = zip(self.names, weights / self.scale, strict=True)
        return {n: round(float(v), 4) for n, v in pairs if abs(v) > 1e-3}

    def _hazard(self, cases: Sequence[Case], xs: Sequence[Any]) -> tuple[Any, float]:
        rows, truth = [], []
        for case, x in zip(cases, xs, strict=True):
            # After the first wrong step nothing is known of the steps that follow from it.
            upto = case.wrong[0] + 1 if self.first_only and case.wrong else len(x)
            rows.append(x[:upto])
            truth.append(np.isin(np.arange(upto), case.wrong).astype(float))
        x = np.concatenate(rows)
        x = np.hstack([x, np.ones((len(x), 1))])
        y = np.concatenate(truth)
        penalty = np.eye(x.shape[1]) * self.l2
        penalty[-1, -1] = 1e-6
        w = np.zeros(x.shape[1])
        for _ in range(40):
            p = 1 / (1 + np.exp(-np.clip(x @ w, -30, 30)))
            gradient = x.T @ (p - y) + penalty @ w
            hessian = (x.T * np.maximum(p * (1 - p), 1e-6)) @ x + penalty
            step = np.linalg.solve(hessian, gradient)
            w -= step
            if np.abs(step).max() < 1e-7:
                break
        return w[:-1], w[-1]

    def _contrast(self, cases: Sequence[Case], xs: Sequence[Any]) -> Any:
        w = np.zeros(len(self.names))
        labelled = [(x, c.wrong[0]) for c, x in zip(cases, xs, strict=True) if c.wrong]
        loss = self._contrast_loss(w, labelled)
        for _ in range(60):
            gradient, hessian = self.l2 * w, np.eye(len(w)) * self.l2
            for x, at in labelled:
                p = _softmax(x @ w)
                mean = p @ x
                gradient = gradient - (x[at] - mean)
                hessian += (x.T * p) @ x - np.outer(mean, mean)
            step = np.linalg.solve(hessian, gradient)
            # Full Newton steps can overshoot where few cases speak: halve until it gets better.
            size = 1.0
            while size > 1e-4 and self._contrast_loss(w - size * step, labelled) > loss:
                size /= 2
            w = w - size * step
            loss = self._contrast_loss(w, labelled)
            if np.abs(size * step).max() < 1e-6:
                break
        return w

    def _contrast_loss(self, w: Any, labelled: Sequence[tuple[Any, int]]) -> float:
        chances = (_softmax(x @ w)[at] for x, at in labelled)
        return float(0.5 * self.l2 * w @ w - sum(np.log(p + 1e-12) for p in chances))


def _softmax(scores: Any) -> Any:
    e = np.exp(scores - scores.max())
    return e / e.sum()


def cross_validated(
    cases: Sequence[Case], fitter: Fitter, threshold: float, seed: int
) -> list[Any]:
    """(case, model that never saw it) for every case."""
    order = np.random.default_rng(seed).permutation(len(cases))
    out = []
    for fold in range(FOLDS):
        held = set(order[fold::FOLDS].tolist())
        model = fitter.fit([cases[i] for i in order if i not in held], threshold)
        out += [(cases[i], model) for i in sorted(held)]
    return out


def figures(pairs: Sequence[tuple[Case, Model]]) -> dict[str, dict[str, float]]:
    """Top-1, top-3 and span F1 by group."""
    made: dict[str, dict[str, float]] = {}
    for group in sorted({c.group for c, _ in pairs}):
        top1 = top3 = n = hit = flagged = wrong = 0
        for case, model in pairs:
            if case.group != group:
                continue
            chosen = set(model.flagged(case.steps))
            hit += len(chosen & set(case.wrong))
            flagged += len(chosen)
            wrong += len(case.wrong)
            if case.wrong:
                n += 1
                ranked = model.ranked(case.steps)[:3]
                top1 += ranked[0] == case.wrong[0]
                top3 += case.wrong[0] in ranked
        f1 = 2 * hit / max(1, flagged + wrong)
        made[group] = {"n": n, "top1": top1 / n, "top3": top3 / n, "f1": f1}
    return made


def averaged(
    cases: Sequence[Case], fitter: Fitter, threshold: float
) -> dict[str, dict[str, float]]:
    """Cross-validated figures, averaged over seeds."""
    runs = [figures(cross_validated(cases, fitter, threshold, s)) for s in SEEDS]
    return {
        g: {k: round(float(np.mean([r[g][k] for r in runs])), 3) for k in runs[0][g]}
        for g in runs[0]
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--write", action="store_true", help="store the weights")
    given = parser.parse_args()
    measured: dict[str, dict[str, float]] = {}
    for name, settings in SETTINGS.items():
        first_only = name == "transcript"
        cases = (
            whowhen_cases(given.data / "whowhen")
            if first_only
            else trail_cases(given.data / "trail")
        )
        fitter = Fitter(cases, l2=settings["l2"], share=settings["share"], first_only=first_only)
        found = averaged(cases, fitter, settings["threshold"])
        print(name, settings, json.dumps(found, indent=1))
        measured |= found
        if given.write:
            model = fitter.fit(cases, settings["threshold"])
            body = {"_fitted_on": sorted(c.name for c in cases), **_fields(model)}
            (WEIGHTS / f"{name}.json").write_text(json.dumps(body, indent=1) + "\n")
    if given.write:
        RESULTS.write_text(json.dumps(measured, indent=1) + "\n")


def _fields(model: Model) -> dict[str, Any]:
    return {k: getattr(model, k) for k in ("hazard", "bias", "contrast", "share", "threshold")}


if __name__ == "__main__":
    main()
