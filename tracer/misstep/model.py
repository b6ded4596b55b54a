"""The shapes every part of misstep exchanges: Run, Hop, Diagnosis, Blame, Diff, Trial.

They are plain data: what the JSON API answers is exactly ``model_dump(mode="json")`` of these
classes. This module imports pydantic alone, so that reading a recording needs no OpenTelemetry.

Units: times are ISO 8601 UTC strings, durations end in ``_ms``, money in ``_usd``, tokens are
integers. Ids are lower-case hex: 32 digits a run (= trace), 16 digits a hop (= span).
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Json = Any
"""A JSON value: None, bool, int, float, str, list or dict of the same."""

HopKind = Literal[
    "llm",
    "embedding",
    "tool",
    "retriever",
    "reranker",
    "agent",
    "guardrail",
    "evaluator",
    "chain",
]
HopState = Literal["clean", "origin", "carried", "amplified", "absorbed", "unknown"]
RunStatus = Literal["ok", "error", "unset"]
VerdictState = Literal["good", "bad", "unknown"]
VerdictBy = Literal["user", "check", "judge", "status", "none"]
DiagnosisVerdict = Literal["fault", "clean", "undecided"]
MatchKind = Literal["exact", "normalised", "derived", "fuzzy"]
PairKind = Literal["same", "wording", "decision", "structure"]
TrialKind = Literal["replay", "all_live", "substitute", "resample"]
TrialOutcome = Literal["good", "bad", "undefined"]

MODEL_KINDS: frozenset[str] = frozenset({"llm", "embedding", "reranker"})
"""Kinds whose hops are model calls: their tokens and cost are counted, at leaves only."""


class Shape(BaseModel):
    """Base of all shapes: unknown keys are refused, so that a typing slip is seen at once."""

    model_config = ConfigDict(extra="forbid", validate_assignment=False)


class Verdict(Shape):
    """Whether a run's outcome is good, and who said so (user beats check beats judge beats status)."""

    state: VerdictState = "unknown"
    by: str = "none"
    text: str | None = None
    note: str | None = None
    hop_id: str | None = None


class OriginRef(Shape):
    """The hop whose output is wrong although its inputs were not; ``hop_id`` None means the input."""

    hop_id: str | None
    name: str
    confirmed: bool = False


class HopRef(Shape):
    """A hop named in an answer about another object."""

    hop_id: str | None
    name: str


class Score(Shape):
    """One number somebody or something gave to a run or a hop."""

    name: str
    value: float | None = None
    label: str | None = None
    hop_id: str | None = None
    by: str | None = None
    explanation: str | None = None


class ErrorInfo(Shape):
    """An exception or error status, its message cleaned of decoration."""

    type: str
    message: str
    stacktrace: str | None = None


class Finding(Shape):
    """A recorded fact that a contract or check was violated, made by the tracer at the hop.

    ``rule`` is e.g. ``contract.output``, ``contract.input``, ``check`` or ``tool.schema``.
    """

    rule: str
    message: str
    path: str | None = None
    strict: bool = True


class Message(Shape):
    """One chat message. Parts are dicts with ``type`` = text | reasoning | tool_call |
    tool_call_response | uri | blob | file | …; see docs/glossary.md, "message part"."""

    role: str
    parts: list[dict[str, Json]] = Field(default_factory=list)
    name: str | None = None
    finish_reason: str | None = None

    @property
    def text(self) -> str:
        """The text parts that say something, joined by newlines; empty when there are none."""
        told = (p.get("content") for p in self.parts if p.get("type") == "text")
        return "\n".join(str(t) for t in told if t not in (None, ""))


class Attempt(Shape):
    """One try of a logical call: a retry (same model) or a failover (another model or provider)."""

    number: int
    hop_id: str
    provider: str | None = None
    request_model: str | None = None
    response_model: str | None = None
    status: int | None = None
    reason: str | None = None
    retry_after_s: float | None = None
    duration_ms: float = 0.0
    ok: bool = False


class StateSnapshot(Shape):
    """What ``misstep.state`` recorded: the pipeline's state at one moment."""

    offset_ms: float
    hop_id: str | None = None
    value: Json = None


class RecordedValue(Shape):
    """What ``misstep.recorded`` returned: a non-deterministic value that replay serves again."""

    name: str
    value: Json
    number: int


class Recording(Shape):
    """What re-execution needs of a hop; keys None where the recording lacks them."""

    content_key: str | None = None
    code_hash: str | None = None
    code_function: str | None = None
    request_body: Json = None
    response_body: Json = None
    response_status: int | None = None
    response_content_type: str | None = None
    effect: bool = False
    pure: bool = False
    replayable: bool = True
    why_not: str | None = None
    recorded: list[RecordedValue] = Field(default_factory=list)


class Hop(Shape):
    """One place where data crossed a model, tool, retriever or wrapped step.

    ``index`` is 0-based by start time; ``offset_ms`` is the start relative to the run's start.
    ``input_tokens`` include cached ones, ``output_tokens`` include reasoning ones.
    ``merged`` lists the span ids folded into this hop (the call of a one-call step, attempts,
    doubled spans); ``answer`` is then what the model call itself returned, so that evidence can
    say whether the answer or the step's own code went wrong.
    """

    hop_id: str
    parent_id: str | None = None
    index: int = 0
    name: str
    kind: HopKind = "chain"
    provider: str | None = None
    request_model: str | None = None
    response_model: str | None = None
    input: Json = None
    output: Json = None
    messages_in: list[Message] = Field(default_factory=list)
    messages_out: list[Message] = Field(default_factory=list)
    system: str | None = None
    tools: list[dict[str, Json]] = Field(default_factory=list)
    finish_reason: str | None = None
    error: ErrorInfo | None = None
    attempt: int = 1
    attempts: list[Attempt] = Field(default_factory=list)
    started_at: str = ""
    offset_ms: float = 0.0
    duration_ms: float = 0.0
    time_to_first_token_ms: float | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    unpriced_tokens: int = 0
    cost_usd: float | None = None
    state: HopState = "unknown"
    convention: str = "unknown"
    scores: list[Score] = Field(default_factory=list)
    # beyond the fixed shape
    path: str | None = None
    complete: bool = True
    orphan: bool = False
    merged: list[str] = Field(default_factory=list)
    answer: Json = None
    documents: list[dict[str, Json]] = Field(default_factory=list)
    parameters: dict[str, Json] = Field(default_factory=dict)
    tool_call_id: str | None = None
    response_id: str | None = None
    prompt_name: str | None = None
    prompt_version: str | None = None
    findings: list[Finding] = Field(default_factory=list)
    input_cut: bool = False
    output_cut: bool = False
    redacted: bool = False
    links: list[str] = Field(default_factory=list)
    recording: Recording | None = None
    payloads: bool = True


class Environment(Shape):
    """The settings of a run that a diff compares: code, versions, entry point."""

    entry: str | None = None
    arguments: Json = None
    vcs_commit: str | None = None
    vcs_dirty: bool | None = None
    sdk_versions: dict[str, str] = Field(default_factory=dict)
    schema_version: str | None = None
    resource: dict[str, Json] = Field(default_factory=dict)


class Run(Shape):
    """One execution of a pipeline = one trace. Totals sum leaf model calls only.

    ``cost_usd`` is None when nothing could be priced; ``unpriced_tokens`` says how many tokens the
    sum leaves out, so a total with unpriced tokens reads "at least".
    """

    run_id: str
    name: str
    service: str | None = None
    pipeline: str | None = None
    version: str | None = None
    started_at: str = ""
    duration_ms: float = 0.0
    hop_count: int = 0
    status: RunStatus = "unset"
    complete: bool = True
    verdict: Verdict = Field(default_factory=Verdict)
    origin: OriginRef | None = None
    origins: list[OriginRef] = Field(default_factory=list)
    session_id: str | None = None
    user_id: str | None = None
    tags: list[str] = Field(default_factory=list)
    models: list[str] = Field(default_factory=list)
    input: Json = None
    output: Json = None
    input_tokens: int = 0
    output_tokens: int = 0
    unpriced_tokens: int = 0
    cost_usd: float | None = None
    replay_of: str | None = None
    # beyond the fixed shape
    error: ErrorInfo | None = None
    findings: list[Finding] = Field(default_factory=list)
    scores: list[Score] = Field(default_factory=list)
    states: list[StateSnapshot] = Field(default_factory=list)
    environment: Environment = Field(default_factory=Environment)
    convention: str = "unknown"
    span_count: int = 0
    root_id: str | None = None
    replay_fork: str | None = None
    replay_substituted: list[str] = Field(default_factory=list)
    recorded: list[RecordedValue] = Field(default_factory=list)
    diagnosis_verdict: DiagnosisVerdict | None = None


class RunDetail(Run):
    """A run with its hops, ordered by index."""

    hops: list[Hop] = Field(default_factory=list)


class RunPage(Shape):
    """A page of runs, newest first unless sorted otherwise; ``next`` is the cursor or None."""

    runs: list[Run] = Field(default_factory=list)
    next: str | None = None


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


class Stats(Shape):
    """Totals of a store. ``replays``: runs that replays and bisects made; ``set_aside``: runs whose
    spans cannot be read; ``dropped`` counts by reason what was refused, and what senders said they had
    lost on the way: ``queue full (shop)``; ``retention`` what was removed by age or size; ``forward``
    tells of each destination of ``misstep up --forward`` what was sent, waits, or was refused;
    ``text_index`` how large the index beside the store is, and what is in it or waits; ``rollups`` of
    how many days there are sums."""

    spans: int = 0
    runs: int = 0
    replays: int = 0
    set_aside: int = 0
    hops: int = 0
    dropped: dict[str, int] = Field(default_factory=dict)
    bytes: int = 0
    schema_version: int = 0
    duckdb_version: str = ""
    store: str = ""
    rejected: int = 0
    conflicts: int = 0
    models: list[dict[str, Json]] = Field(default_factory=list)
    retention: dict[str, Json] = Field(default_factory=dict)
    forward: list[dict[str, Json]] = Field(default_factory=list)
    text_index: dict[str, Json] = Field(default_factory=dict)
    rollups: dict[str, Json] = Field(default_factory=dict)
