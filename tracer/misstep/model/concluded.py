"""What is said of runs: lineage, suspects, diagnoses, where values came from and went, differences."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from misstep.model.shape import (
    DiagnosisVerdict,
    HopRef,
    HopState,
    Json,
    MatchKind,
    OriginRef,
    PairKind,
    Shape,
    TrialKind,
    TrialOutcome,
)


class Edge(Shape):
    """Data lineage: part of one hop's output is found in part of a later hop's input.

    ``from_id`` None means the pipeline input, ``to_id`` None the pipeline's final output. Paths
    read ``output.total`` and ``input.lines[0].qty``. Serialised with the keys ``from`` and ``to``.
    """

    model_config = ConfigDict(extra="forbid", populate_by_name=True, serialize_by_alias=True)

    from_id: str | None = Field(alias="from")
    to_id: str | None = Field(alias="to")
    from_path: str
    to_path: str
    quote: str
    match: MatchKind
    detail: str = ""


class Lineage(Shape):
    """All value edges of one run, by the later hop's index."""

    edges: list[Edge] = Field(default_factory=list)


class Evidence(Shape):
    """One reason to suspect a hop: the rule that fired, what it quotes, and what that means."""

    rule: str
    strict: bool
    hop_id: str | None
    quote: str
    detail: str
    path: str | None = None
    expected: str | None = None


class Suspect(Shape):
    """A ranked suspect (1 = most likely); evidence is quoted, never a percentage."""

    hop_id: str | None
    name: str
    rank: int
    evidence: list[Evidence] = Field(default_factory=list)


class Trial(Shape):
    """One execution made to confirm or clear a suspect.

    ``hop_ids`` are all hops that were replaced or executed (None: the pipeline's input), ``hop_id``
    the one among them where it is one. ``control``: nothing was replaced, the same hops ran.
    ``source`` says where the values came from that were put in: the good run, the user, the hop run
    again, a reference model, or the rule that speaks against the hop.
    """

    n: int
    kind: TrialKind
    hop_id: str | None = None
    hop_ids: list[str | None] = Field(default_factory=list)
    control: bool = False
    source: Literal["good", "given", "rerun", "model", "rule"] | None = None
    outcome: TrialOutcome
    run_id: str | None = None
    hop_executions: int = 0
    cost_usd: float | None = None
    detail: str = ""


class JudgeAnswer(Shape):
    """What a model said of one suspect; never part of the rules' own evidence."""

    hop_id: str | None
    name: str
    verdict: Literal["wrong", "right", "unsure"]
    reason: str = ""


class Judgement(Shape):
    """A model's opinion of the top suspects, asked for explicitly, kept apart from the rules'.

    ``cost_usd`` is None when the judge's model has no known price; ``stopped`` says why not every
    suspect was asked about.
    """

    model: str
    endpoint: str
    answers: list[JudgeAnswer] = Field(default_factory=list)
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None
    stopped: str | None = None


class Confirmation(Shape):
    """What executing a run again has proved: the hops (None: the input) that, mended together,
    turned its outcome good. Kept beside the diagnosis, which it overrules.

    ``transient``: the fault was gone when everything ran again. ``cost_usd`` sums the trials.
    ``later``: what a later bisect said that did not confirm it again; empty when there was none.
    """

    run_id: str
    hop_ids: list[str | None]
    later: str = ""
    transient: bool = False
    explanation: str = ""
    trials: list[Trial] = Field(default_factory=list)
    good_run_id: str | None = None
    mended_run_id: str | None = None
    cost_usd: float | None = None


class Diagnosis(Shape):
    """Where a run first went wrong, or why that cannot be said.

    ``origins`` is empty unless ``verdict`` is ``fault``. ``explanation`` is at most two sentences.
    """

    run_id: str
    verdict: DiagnosisVerdict
    origins: list[OriginRef] = Field(default_factory=list)
    origin: OriginRef | None = None
    symptom: HopRef | None = None
    suspects: list[Suspect] = Field(default_factory=list)
    path: list[str] = Field(default_factory=list)
    states: dict[str, HopState] = Field(default_factory=dict)
    missing: list[str] = Field(default_factory=list)
    next_check: str | None = None
    explanation: str = ""
    rules_version: str = ""
    baseline: str | None = None
    trials: list[Trial] = Field(default_factory=list)
    judge: Judgement | None = None


class BlameStep(Shape):
    """One place a blamed value passed through, latest first."""

    hop_id: str | None
    side: Literal["in", "out"]
    path: str
    quote: str
    match: MatchKind
    detail: str = ""


class Blame(Shape):
    """Where a value first appeared. ``origin`` None: it was not found in the run at all."""

    text: str
    origin: HopRef | None = None
    chain: list[BlameStep] = Field(default_factory=list)
    introduced: bool = False
    explanation: str = ""


class ReachEnd(Shape):
    """Where a value ended: ``output`` (the final output), ``absorbed`` (the hop received it and
    used none of it) or ``unused`` (nobody received what the hop made of it)."""

    hop_id: str | None
    name: str
    how: Literal["output", "absorbed", "unused"]


class Reach(Shape):
    """Where a value went, the first place first. ``start`` None: it was not found in the run."""

    text: str
    start: HopRef | None = None
    chain: list[BlameStep] = Field(default_factory=list)
    ends: list[ReachEnd] = Field(default_factory=list)
    reaches_output: bool = False
    explanation: str = ""


class Change(Shape):
    """One field that differs; fields read ``output.total`` or ``request_model``."""

    field: str
    a: Json = None
    b: Json = None


class Divergence(Shape):
    """The first place where two runs part."""

    hop_a: str | None
    hop_b: str | None
    field: str


class HopPair(Shape):
    """Two hops aligned with each other; one side None where the other run has no such hop."""

    hop_a: str | None
    hop_b: str | None
    changed: list[Change] = Field(default_factory=list)
    kind: PairKind


class Diff(Shape):
    """Run A against run B (the good one, when chosen automatically)."""

    run_a: str
    run_b: str
    reason: str
    first_divergence: Divergence | None = None
    pairs: list[HopPair] = Field(default_factory=list)
    changed_settings: list[Change] = Field(default_factory=list)
