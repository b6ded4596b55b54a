"""From signals to a ranking: where the run went wrong *first*.

Each step gets p = the chance that it is wrong, given that nothing before it was (a logistic hazard).
The chance that it is the first wrong one is p times the chance that none before it was, so earlier
steps win among equals without any constant of position.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

Signals = Mapping[str, float]
"""Observations of one step by name; absent means 0."""

_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Model:
    """Fitted weights. ``hazard`` and ``contrast`` are per unit of a signal; ``contrast`` compares the
    steps of one run with each other; ``share`` is its say in the ranking (0 to 1); ``threshold`` is
    the chance from which a step is flagged."""

    hazard: Mapping[str, float]
    bias: float
    contrast: Mapping[str, float]
    share: float
    threshold: float

    def chances(self, steps: Sequence[Signals]) -> list[float]:
        """For each step the chance that it is wrong, in 0..1."""
        return [_logistic(self.bias + _dot(self.hazard, s)) for s in steps]

    def first(self, steps: Sequence[Signals]) -> list[float]:
        """For each step a log score of being the first wrong one; higher is likelier."""
        scores = []
        none_before = 0.0
        for p in self.chances(steps):
            scores.append(math.log(max(p, _TINY)) + none_before)
            none_before += math.log(max(1.0 - p, _TINY))
        if not self.share:
            return scores
        contrast = _log_softmax([_dot(self.contrast, s) for s in steps])
        return [s + self.share * c for s, c in zip(scores, contrast, strict=True)]

    def shares(self, steps: Sequence[Signals]) -> list[float]:
        """For each step its share (0..1, 1 in sum) of being the first wrong one, if one is."""
        scores = [s / (1 + self.share) for s in self.first(steps)]
        return [math.exp(s) for s in _log_softmax(scores)]

    def ranked(self, steps: Sequence[Signals]) -> list[int]:
        """Positions of the steps, likeliest first; ties go to the earlier step."""
        scores = self.first(steps)
        return sorted(range(len(steps)), key=lambda i: (-scores[i], i))

    def flagged(self, steps: Sequence[Signals]) -> list[int]:
        """Positions of all steps that look wrong; the likeliest one when none reaches the threshold."""
        chances = self.chances(steps)
        over = [i for i, p in enumerate(chances) if p >= self.threshold]
        return over or [max(range(len(chances)), key=chances.__getitem__)] if chances else []

    def reasons(self, step: Signals, most: int = 3) -> list[str]:
        """Names of the signals that speak most against a step."""
        weighed = {k: self.hazard.get(k, 0.0) * v for k, v in step.items()}
        against = [k for k in sorted(weighed, key=lambda k: -weighed[k]) if weighed[k] > 0.05]
        return against[:most]


def _dot(weights: Mapping[str, float], step: Signals) -> float:
    return sum(weights.get(name, 0.0) * value for name, value in step.items())


def _logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x)) if x > -700 else 0.0


def _log_softmax(scores: Sequence[float]) -> list[float]:
    if not scores:
        return []
    top = max(scores)
    total = math.log(sum(math.exp(s - top) for s in scores)) + top
    return [s - total for s in scores]


@functools.cache
def load_model(name: str) -> Model:
    """The fitted weights of ``transcript`` or ``spans``."""
    text = (resources.files("misstep_diagnosis") / "agents" / f"{name}.json").read_text()
    return Model(**{k: v for k, v in json.loads(text).items() if not k.startswith("_")})
