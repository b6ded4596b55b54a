"""What pages ask beyond the fixed questions: facets, groups, history, spend, outlines, marks, tags.

The shapes are additions to the API of INTERFACES; ``Overview`` is the interface, answered by
``misstep_store.answering.local_overview.LocalOverview`` over the file and by
``misstep_store.serve.overview_client.HttpOverview`` over the API.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, Protocol

from pydantic import Field

from misstep.model import Hop, Run, Shape
from misstep_store.shapes.run_query import RunQuery

GroupKey = Literal["session", "user"]
SpendKey = Literal["hop", "model", "provider", "pipeline"]


class Facet(Shape):
    """A value runs can be filtered by, and how many have it."""

    value: str
    runs: int


class Facets(Shape):
    """Values by filter name (service, pipeline, version, session, user, model, tag)."""

    facets: dict[str, list[Facet]] = Field(default_factory=dict)


class Group(Shape):
    """The runs of one session or user. ``cost_usd`` leaves ``unpriced_tokens`` out."""

    value: str
    runs: int
    failing: int
    first_at: str
    last_at: str
    duration_ms: float
    cost_usd: float | None
    tokens: int
    unpriced_tokens: int
    pipelines: list[str]


class Groups(Shape):
    """Groups, the latest first."""

    by: GroupKey
    groups: list[Group] = Field(default_factory=list)


class Fault(Shape):
    """Failing runs that went wrong at the same hop by the same rule.

    ``origin`` is None where no first bad hop is known; ``rule`` is then the error's type.
    ``history`` counts the runs in equal steps of time, from the first to the last failing run
    of all faults; those whose clock was far off stand at its ends.
    """

    pipeline: str
    origin: str | None
    rule: str | None
    detail: str | None
    runs: int
    confirmed: int
    first_at: str
    last_at: str
    latest: str
    history: list[int]


class Faults(Shape):
    """The most frequent first."""

    faults: list[Fault] = Field(default_factory=list)


class Trait(Shape):
    """Something ticked runs share: ``here`` of them and ``there`` of the good runs have it.

    ``lift`` is the ratio of the shares, None where no good run has it; ``chance`` is explained at
    ``misstep_store.answering.contrasts.contrast``.
    """

    what: str
    value: str
    hop: str | None
    here: int
    there: int
    lift: float | None
    chance: float
    stands_out: bool


class Contrast(Shape):
    """Ticked runs against good runs of the same pipelines; ``compared`` is how many things were."""

    ticked: int
    good: int
    compared: int
    traits: list[Trait] = Field(default_factory=list)


class History(Shape):
    """Runs and failing runs in equal steps of time from ``since`` to ``until``. ``outside``: runs
    in neither, for their clock was years away from that of all but a few."""

    since: str | None = None
    until: str | None = None
    runs: list[int] = Field(default_factory=list)
    failing: list[int] = Field(default_factory=list)
    outside: int = 0


class SpendRow(Shape):
    """What one hop, model, provider or pipeline took; money "at least" where tokens are unpriced."""

    value: str
    owner: str | None
    calls: int
    runs: int
    errors: int
    input_tokens: int
    output_tokens: int
    unpriced_tokens: int
    cost_usd: float | None
    total_ms: float
    p50_ms: float
    p95_ms: float
    max_ms: float


class Spend(Shape):
    """Rows, dearest first, then slowest."""

    by: SpendKey
    rows: list[SpendRow] = Field(default_factory=list)


class SavingShape(Shape):
    """Two neighbours on the critical path between which no value went."""

    before: str
    after: str
    saved_ms: float


class Latency(Shape):
    """Where one run's time went; see ``misstep_diagnosis.latency.CriticalPath``."""

    run_id: str
    duration_ms: float = 0.0
    critical_path: list[str] = Field(default_factory=list)
    critical_ms: float = 0.0
    hops_ms: float = 0.0
    savings: list[SavingShape] = Field(default_factory=list)


class Latencies(Shape):
    """Several runs' latency, without the hops of their paths."""

    runs: list[Latency] = Field(default_factory=list)


class Outline(Shape):
    """A run and its hops as columns, without payloads: 100,000 hops in one answer.

    ``name``, ``kind``, ``provider`` and ``model`` are positions in ``words`` (-1: none);
    ``parent`` is a position in the columns (-1: none, or not here); ``flags``: 1 error, 2 not
    ended, 4 parent missing, 8 its tokens and money are not in the run's totals.
    """

    run: Run
    words: list[str] = Field(default_factory=list)
    hop_id: list[str] = Field(default_factory=list)
    parent: list[int] = Field(default_factory=list)
    name: list[int] = Field(default_factory=list)
    kind: list[int] = Field(default_factory=list)
    provider: list[int] = Field(default_factory=list)
    model: list[int] = Field(default_factory=list)
    offset_ms: list[float] = Field(default_factory=list)
    duration_ms: list[float] = Field(default_factory=list)
    flags: list[int] = Field(default_factory=list)
    attempts: list[int] = Field(default_factory=list)
    tokens: list[int] = Field(default_factory=list)
    cost_usd: list[float | None] = Field(default_factory=list)
    unpriced_tokens: list[int] = Field(default_factory=list)


class Mark(Shape):
    """One verdict somebody gave, on the run, a hop, or a text."""

    state: str
    by: str
    text: str | None
    note: str | None
    hop_id: str | None
    at: str


class Marks(Shape):
    """All verdicts given on a run, latest first."""

    marks: list[Mark] = Field(default_factory=list)


class Overview(Protocol):
    """The questions; unknown runs raise NotFound, senseless parameters UsageError."""

    def facets(self, *, replays: bool | None = None) -> Facets:
        """Values to filter by, over all runs, or over those alone that are replays, or are none."""
        ...

    def groups(self, query: RunQuery, by: GroupKey) -> Groups:
        """The chosen runs by session or user; runs without one are left out."""
        ...

    def faults(self, query: RunQuery) -> Faults:
        """The failing ones of the chosen runs by origin and rule."""
        ...

    def contrast(self, run_ids: Sequence[str]) -> Contrast:
        """What these runs share, against good runs of their pipelines (at most 200 of each)."""
        ...

    def history(self, query: RunQuery, buckets: int) -> History:
        """The chosen runs and the failing ones among them over time."""
        ...

    def spend(self, query: RunQuery, by: SpendKey) -> Spend:
        """Calls, time, tokens and money of the chosen runs."""
        ...

    def outline(self, run_id: str) -> Outline:
        """A run's hops as columns, without payloads."""
        ...

    def hop(self, run_id: str, hop_id: str) -> Hop:
        """One hop with its payloads."""
        ...

    def latency(self, run_id: str) -> Latency:
        """One run's critical path, with savings where its lineage is known."""
        ...

    def latencies(self, run_ids: Sequence[str]) -> Latencies:
        """Critical-path times of several runs; runs of over 2,000 hops are left out."""
        ...

    def marks(self, run_id: str) -> Marks:
        """What was said of a run, by whom."""
        ...

    def tag(
        self, run_id: str, *, add: Sequence[str], remove: Sequence[str], by: str | None = None
    ) -> Run:
        """Gives and takes tags; those that the run's own spans carry stay."""
        ...
