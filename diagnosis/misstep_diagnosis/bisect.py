"""Which execution to make next to confirm an origin; pure: trials so far → next probe or verdict.

The order is fixed: replay unchanged (is the recording faithful?), run all live (is the fault
transient?), then one substitution a suspect, best first. A substitution that turns the outcome good
confirms its hop. Executing is somebody else's job.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from misstep.model import Trial, TrialKind

Stop = Literal["confirmed", "clean", "not_confirmed", "unfaithful", "budget"]
BUDGET_RUNS = 12


@dataclass(frozen=True, slots=True)
class Probe:
    """One execution to make. ``hop_ids`` are replaced together by the good run's outputs (or, for
    ``resample``, executed again on their recorded inputs); None in it means the pipeline input."""

    kind: TrialKind
    hop_ids: tuple[str | None, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The end of a bisect. ``hop_ids`` are confirmed origins; empty unless ``confirmed``."""

    stop: Stop
    hop_ids: tuple[str | None, ...] = ()
    transient: bool = False
    explanation: str = ""


def plan(
    suspects: Sequence[str | None],
    trials: Sequence[Trial],
    *,
    hop_count: int,
    budget_hops: int | None = None,
) -> Probe | Verdict:
    """The next probe, or the verdict when no more is needed or allowed.

    Args:
        suspects: hop ids best first (None: the pipeline input).
        trials: what was executed so far, in order.
        hop_count: hops of the run.
        budget_hops: hop executions allowed; 12 times the run's hops unless given.
    """
    allowed = BUDGET_RUNS * hop_count if budget_hops is None else budget_hops
    replays = [t for t in trials if t.kind == "replay"]
    if not replays:
        return Probe("replay", (), "does the recording reproduce the outcome?")
    if replays[-1].outcome == "good":
        return Verdict("clean", explanation="The run replayed unchanged ends well.")
    if replays[-1].outcome == "undefined":
        return Verdict("unfaithful", explanation="The recording could not be replayed unchanged.")
    live = [t for t in trials if t.kind == "all_live"]
    transient = bool(live) and live[-1].outcome == "good"
    kind: TrialKind = "resample" if transient else "substitute"
    confirmed = _confirmed(trials, kind, suspects)
    if confirmed:
        return _confirms(confirmed[0], transient=transient)
    if sum(t.hop_executions for t in trials) >= allowed:
        return Verdict("budget", transient=transient, explanation=_spent(allowed))
    if not live:
        return Probe("all_live", (), "is the fault still there when everything runs again?")
    return _next_suspect(suspects, trials, kind, transient=transient)


def _confirmed(
    trials: Sequence[Trial], kind: TrialKind, suspects: Sequence[str | None]
) -> list[str | None]:
    """Suspects whose probe turned the outcome good, in the order they were tried."""
    good = [t.hop_id for t in trials if t.kind == kind and t.outcome == "good"]
    return [hop_id for hop_id in good if hop_id in suspects]


def _confirms(hop_id: str | None, *, transient: bool) -> Verdict:
    how = "executed again on its recorded input" if transient else "replaced by the good output"
    what = "the pipeline's input" if hop_id is None else "this hop's output"
    return Verdict("confirmed", (hop_id,), transient, f"The outcome flipped when {what} was {how}.")


def _next_suspect(
    suspects: Sequence[str | None], trials: Sequence[Trial], kind: TrialKind, *, transient: bool
) -> Probe | Verdict:
    tried = {t.hop_id for t in trials if t.kind == kind}
    for hop_id in suspects:
        # The pipeline input holds nothing random: there is nothing to draw again.
        if hop_id not in tried and not (transient and hop_id is None):
            return Probe(kind, (hop_id,), "does the outcome flip with this one mended?")
    return Verdict(
        "not_confirmed", transient=transient, explanation="Mending no single suspect flipped it."
    )


def _spent(allowed: int) -> str:
    return f"The budget of {allowed} hop executions is spent; raise it with --budget."
