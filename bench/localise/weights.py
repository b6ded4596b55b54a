"""Fitting the weights: a logistic hazard and a comparison within each run, with known directions.

Each signal may speak only in the direction its meaning gives it (``FOR`` raises suspicion, ``AGAINST``
lowers it, the rest is free), which holds back chance findings where few logs are labelled better
than more penalty does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from misstep_diagnosis.agents.first import Model

Signals = dict[str, float]

FOR = frozenset(
    (
        *("answers", "assumes", "claims_looked", "coordinator_accepted", "coordinator_code"),
        *("departs", "first_by_agent", "first_code_lost", "first_page", "new_facts"),
        *("new_facts_in_code", "opening_code", "other_worker_next", "outcome_born", "repeats"),
        *("shows_lost", "worker_lost"),
        # of one agent's trace
        *("bad_arguments", "final_at_once", "final_unobserved", "gives_up", "hard_coded"),
        *("makes_up_observation", "marker_missing", "names_unused", "no_code", "no_thought"),
        *("no_tool", "only_prints", "plan_without_tools", "refused", "says_nothing"),
        *("asks_alike", "step_failed", "tool_again", "tool_empty", "tool_failed", "tool_repeated"),
        *("tool_says_error", "tool_trouble", "trouble_next", "undeclared_argument"),
        *("plan_ignored", "plan_ignored_at_once", "recalls", "unended_plan_short"),
    )
)
AGAINST = frozenset(("outcome_known", "request", "tells_lost", "worker_accepted"))


@dataclass
class Case:
    """One labelled log: its steps' signals, the wrong ones' positions, and which set it is of."""

    name: str
    group: str
    steps: list[Signals]
    wrong: list[int]


@dataclass(frozen=True)
class Settings:
    """``l2``: penalty on a weight per deviation of its signal. ``share``: say of the comparison within
    a run. ``threshold``: chance from which a step is flagged. ``first_only``: only the first wrong
    step is labelled, so what follows it is unknown to the hazard."""

    l2: float
    share: float
    threshold: float
    first_only: bool


Loss = Callable[[Any], tuple[float, Any, Any]]
"""Loss, gradient and Hessian at some weights."""


class Fitter:
    """Scales the signals of all cases to unit deviation and fits on chosen ones."""

    def __init__(self, cases: Sequence[Case], settings: Settings) -> None:
        self.cases, self.settings = list(cases), settings
        self.names = sorted({k for c in cases for s in c.steps for k in s})
        raw = [self._matrix(c) for c in cases]
        deviation = np.concatenate(raw).std(0)
        self.scale = np.where(deviation > 0, deviation, 1.0)
        self.xs = [x / self.scale for x in raw]
        self.signs = np.array([(n in FOR) - (n in AGAINST) for n in self.names], float)
        self._starts: tuple[Any, Any] | None = None

    def _matrix(self, case: Case) -> Any:
        rows = [[s.get(n, 0.0) for n in self.names] for s in case.steps]
        return np.array(rows).reshape(len(case.steps), len(self.names))

    def fit(self, chosen: Sequence[int]) -> Model:
        """The weights that the chosen cases (by position) give."""
        if self._starts is None:
            # Weights of all cases are where the search begins; where it ends does not depend on it.
            self._starts = self._weights(range(len(self.cases)), (None, None))
        hazard, contrast = self._weights(chosen, self._starts)
        return Model(
            hazard=self._named(hazard[:-1]),
            bias=round(float(hazard[-1]), 4),
            contrast=self._named(contrast) if self.settings.share else {},
            share=self.settings.share,
            threshold=self.settings.threshold,
        )

    def _weights(self, chosen: Sequence[int], starts: tuple[Any, Any]) -> tuple[Any, Any]:
        zeros = np.zeros(len(self.names))
        bias = np.append(zeros, -2.5)
        hazard = _minimise(
            self._hazard(chosen), bias if starts[0] is None else starts[0], np.append(self.signs, 0)
        )
        if not self.settings.share:
            return hazard, zeros
        start = zeros if starts[1] is None else starts[1]
        return hazard, _minimise(self._contrast(chosen), start, self.signs)

    def _named(self, weights: Any) -> dict[str, float]:
        pairs = zip(self.names, weights / self.scale, strict=True)
        return {n: round(float(v), 4) for n, v in pairs if abs(v) > 1e-3}

    def _hazard(self, chosen: Sequence[int]) -> Loss:
        rows, truth = [], []
        for i in chosen:
            case, x = self.cases[i], self.xs[i]
            upto = case.wrong[0] + 1 if self.settings.first_only and case.wrong else len(x)
            rows.append(x[:upto])
            truth.append(np.isin(np.arange(upto), case.wrong).astype(float))
        x = np.concatenate(rows)
        x = np.hstack([x, np.ones((len(x), 1))])
        y = np.concatenate(truth)
        penalty = np.append(np.full(len(self.names), self.settings.l2), 1e-6)

        def loss(w: Any) -> tuple[float, Any, Any]:
            s = np.clip(x @ w, -30, 30)
            p = 1 / (1 + np.exp(-s))
            value = -(y * s - np.log1p(np.exp(s))).sum() + 0.5 * (penalty * w * w).sum()
            curve = (x.T * np.maximum(p * (1 - p), 1e-6)) @ x + np.diag(penalty)
            return float(value), x.T @ (p - y) + penalty * w, curve

        return loss

    def _contrast(self, chosen: Sequence[int]) -> Loss:
        labelled = [i for i in chosen if self.cases[i].wrong]
        x = np.concatenate([self.xs[i] for i in labelled])
        lengths = np.array([len(self.xs[i]) for i in labelled])
        starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        run = np.repeat(np.arange(len(labelled)), lengths)
        at = starts + np.array([self.cases[i].wrong[0] for i in labelled])
        l2 = self.settings.l2

        def loss(w: Any) -> tuple[float, Any, Any]:
            s = x @ w
            top = np.maximum.reduceat(s, starts)
            e = np.exp(s - top[run])
            total = np.add.reduceat(e, starts)
            weighed = x * (e / total[run])[:, None]
            mean = np.add.reduceat(weighed, starts, axis=0)
            value = -(s[at] - top - np.log(total)).sum() + 0.5 * l2 * w @ w
            curve = x.T @ weighed - mean.T @ mean + l2 * np.eye(len(w))
            return float(value), -(x[at] - mean).sum(0) + l2 * w, curve

        return loss


def _minimise(loss: Loss, w: Any, signs: Any) -> Any:
    """Newton's steps, halved until they help; a weight that would turn against its sign stays 0."""
    value, gradient, curve = loss(w)
    for _ in range(60):
        free = ~((signs * w <= 0) & (signs * gradient > 0) & (signs != 0))
        step = np.zeros_like(w)
        step[free] = np.linalg.solve(curve[np.ix_(free, free)], gradient[free])
        size = 1.0
        while size > 1e-4:
            moved = w - size * step
            moved = np.where((signs != 0) & (signs * moved < 0), 0.0, moved)
            found = loss(moved)
            if found[0] <= value + 1e-9:
                break
            size /= 2
        far = np.abs(moved - w).max()
        w, (value, gradient, curve) = moved, found
        if far < 1e-6:
            break
    return w
