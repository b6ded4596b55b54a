"""What a bisect was asked, and all that it knows before anything is executed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from misstep.model import Diagnosis, Json, RunDetail
from misstep.replay.job import Job
from misstep_diagnosis.bisect import Case
from misstep_store.replaying.compare import Correction
from misstep_store.replaying.home import Home
from misstep_store.replaying.jobs import DEFAULT_TIMEOUT_S, Permission
from misstep_store.replaying.oracle import Oracle
from misstep_store.replaying.recordings import RunRecording


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a bisect was asked. ``given``: right outputs by hop id; ``reference_model``: a model to
    ask instead; ``trials``: how often each probe is made; ``budget``: hop executions allowed;
    ``budget_usd``: money allowed."""

    good: str | None = None
    expect: str | None = None
    check: str | None = None
    check_folder: str | None = None
    trials: int = 1
    budget: int | None = None
    budget_usd: float | None = None
    reference_model: str | None = None
    given: Mapping[str, Json] = field(default_factory=dict)
    permission: Permission = field(default_factory=Permission)
    timeout_s: float = DEFAULT_TIMEOUT_S


@dataclass(slots=True)
class Bisect:
    """One bisect, prepared and not begun. ``settled`` is its answer where nothing need be executed."""

    home: Home
    source: RunDetail
    wanted: Wanted
    recording: RunRecording | None = None
    good: RunDetail | None = None
    good_recording: RunRecording | None = None
    job: Job | None = None
    oracle: Oracle | None = None
    case: Case | None = None
    static: Diagnosis | None = None
    settled: Diagnosis | None = None
    corrections: dict[str, Correction] = field(default_factory=dict)
    ruled: dict[str, Correction] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    endings: list[Json] = field(default_factory=list)

    @property
    def worst_cost_usd(self) -> float | None:
        """What the budget may cost at most, at the run's own price a hop; None when unpriced."""
        if self.case is None or self.source.cost_usd is None or not self.case.hops:
            return None
        worst = self.source.cost_usd * self.case.allowed / len(self.case.hops)
        return worst if self.case.budget_usd is None else min(worst, self.case.budget_usd)
