"""What a convention makes of a span, before the tree of the trace is looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from misstep.model import (
    ErrorInfo,
    Finding,
    Hop,
    HopKind,
    Json,
    Message,
    Recording,
    Run,
    Score,
)
from misstep_store.spans import LogRecord, Span


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call: input includes cached and cache-written, output includes reasoning."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0


class Price(Protocol):
    """Looks up what a call cost."""

    def __call__(
        self, provider: str | None, model: str | None, usage: Usage, at_unix_nano: int
    ) -> float | None:
        """US dollars, or None when the model's price is not known; never a guess."""
        ...


@dataclass(slots=True)
class Draft:
    """One span as a hop. ``role``: ``run`` (root of a pipeline), ``hop`` (a step), ``call`` (a model
    call), ``wrapper`` (repeats what a call inside it says), ``span`` (no convention claims it)."""

    span: Span
    convention: str
    role: str = "span"
    kind: HopKind = "chain"
    name: str = ""
    provider: str | None = None
    request_model: str | None = None
    response_model: str | None = None
    input: Json = None
    output: Json = None
    has_output: bool = False
    messages_in: list[Message] = field(default_factory=list)
    messages_out: list[Message] = field(default_factory=list)
    system: str | None = None
    tools: list[dict[str, Json]] = field(default_factory=list)
    finish_reason: str | None = None
    error: ErrorInfo | None = None
    usage: Usage = field(default_factory=Usage)
    reasoning_tokens: int = 0
    cost_usd: float | None = None
    time_to_first_token_ms: float | None = None
    documents: list[dict[str, Json]] = field(default_factory=list)
    parameters: dict[str, Json] = field(default_factory=dict)
    response_id: str | None = None
    tool_call_id: str | None = None
    prompt_name: str | None = None
    prompt_version: str | None = None
    session_id: str | None = None
    user_id: str | None = None
    tags: list[str] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    recording: Recording | None = None
    path: str | None = None
    pipeline: str | None = None
    input_cut: bool = False
    output_cut: bool = False
    redacted: bool = False
    attempt: int = 1
    attempt_group: str | None = None
    attempt_reason: str | None = None
    retry_after_s: float | None = None
    status: int | None = None


@dataclass(slots=True)
class Normalised:
    """One trace as a run and its hops, ordered by index."""

    run: Run
    hops: list[Hop]


Logs = Sequence[LogRecord]


@dataclass(frozen=True, slots=True)
class Convention:
    """How to recognise a producer and read its spans. ``claims`` is asked in registry order."""

    name: str
    claims: Callable[[Span], bool]
    read: Callable[[Span, Logs], Draft]


Attributes = dict[str, Any]
