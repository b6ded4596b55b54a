"""What was recorded: runs, hops, and what both hold."""

from __future__ import annotations

from pydantic import Field

from misstep.model.shape import (
    DiagnosisVerdict,
    HopKind,
    HopState,
    Json,
    OriginRef,
    RunStatus,
    Shape,
    Verdict,
)


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
