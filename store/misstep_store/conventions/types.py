"""What a convention makes of a span, before the tree of the trace is looked at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from misstep.model import (
    Attempt,
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
from misstep_store.otlp.spans import LogRecord, Span


class Usage(NamedTuple):
    """Tokens of one call: input includes cached and cache-written, output includes reasoning."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0


NO_USAGE = Usage()


class Alone(NamedTuple):
    """What a step is where no span inside tells of its call: the call itself."""

    kind: HopKind
    provider: str | None = None
    request_model: str | None = None
    finish_reason: str | None = None
    is_sure: bool = False
    """Whether it is a call whatever is around it, and whatever steps without one are inside."""


CALL_KINDS = frozenset({"llm", "embedding", "reranker"})


class Price(Protocol):
    """Looks up what a call cost."""

    def __call__(
        self, provider: str | None, model: str | None, usage: Usage, at_unix_nano: int
    ) -> float | None:
        """US dollars, or None when the model's price is not known; never a guess."""
        ...


class Draft:
    """One span as a hop; what its span does not say is left at the class's default.

    ``role``: ``run`` (root of a pipeline), ``hop`` (a step), ``call`` (a model call), ``mark`` (a
    verdict), ``span`` (no convention claims it). ``echo``: this span tells of a call that another
    span tells of too: ``inside`` (the layer below or beside, e.g. an SDK's own span), ``stream``
    (the second half of a streamed call), ``http`` (the request on the wire), ``part`` (a piece of
    what the span around it made), or empty.
    """

    role: str = "span"
    echo: str = ""
    provider: str | None = None
    request_model: str | None = None
    response_model: str | None = None
    input: Json = None
    output: Json = None
    has_output: bool = False
    messages_in: Sequence[Message] = ()
    messages_out: Sequence[Message] = ()
    system: str | None = None
    tools: Sequence[dict[str, Json]] = ()
    finish_reason: str | None = None
    error: ErrorInfo | None = None
    usage: Usage = NO_USAGE
    cost_usd: float | None = None
    time_to_first_token_ms: float | None = None
    documents: Sequence[dict[str, Json]] = ()
    parameters: Mapping[str, Json] = {}
    response_id: str | None = None
    tool_call_id: str | None = None
    prompt_name: str | None = None
    prompt_version: str | None = None
    session_id: str | None = None
    user_id: str | None = None
    tags: Sequence[str] = ()
    scores: Sequence[Score] = ()
    run_scores: Sequence[Score] = ()
    findings: Sequence[Finding] = ()
    recording: Recording | None = None
    path: str | None = None
    pipeline: str | None = None
    version: str | None = None
    input_cut: bool = False
    output_cut: bool = False
    redacted: bool = False
    attempt: int = 1
    attempts: Sequence[Attempt] = ()
    attempt_group: str | None = None
    attempt_name: str | None = None
    attempt_reason: str | None = None
    retry_after_s: float | None = None
    status: int | None = None
    asked: str | None = None
    teller: str | None = None
    """The library that tells of a call, where the scope is that of several."""
    lends: bool = False
    """Whether the one call inside was asked and said what this step tells, where it does not say."""
    lends_counts: bool = False
    """Whether it is so of the model that was asked and of the tokens too."""
    alone: Alone | None = None
    instructs: bool = False
    """Whether the system prompt of this agent is that of the calls in its steps."""
    tells_failures: bool = False
    """Whether the failure told here is that of a call, which says nothing of it: of an agent the last
    one in it, of a piece the one around it."""
    is_one_of: bool = False
    """Whether it is one of the calls of the span around it, which tells of all of them as of a call; or
    a step around one of them, which holds its answer."""
    wraps: bool = False
    """Whether it is a step of the program on which a library wrote what a call inside of it said."""
    apart: bool = False
    """Whether it is a step on which a call was written that no other span tells of: what it counts is
    no sum of what the calls inside count."""
    resumes: str | None = None
    """The span that this step goes on from, after what it was about had been held back."""
    heard: tuple[str | None, str | None, str | None] | None = None
    """Why the call whose answer this step was given ended, and the model that gave it."""
    answers: Sequence[Mapping[str, Any]] = ()
    """Whole answers of models that this step made or was given, as LangChain dumps them."""

    def __init__(
        self,
        span: Span,
        convention: str,
        kind: HopKind = "chain",
        name: str = "",
        role: str = "",
    ) -> None:
        self.span = span
        self.convention = convention
        self.kind: HopKind = kind
        self.name = name or span.name
        self.end_unix_nano = span.end_unix_nano
        if role:
            self.role = role

    @property
    def id(self) -> str:
        """The span id."""
        return self.span.span_id


@dataclass(slots=True)
class Normalised:
    """One trace as a run and its hops, ordered by index."""

    run: Run
    hops: list[Hop]


Logs = Sequence[LogRecord]
Attributes = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Convention:
    """How to recognise a producer and read its spans.

    ``scopes``: names of its instrumentation scopes; one that ends in ``*`` stands for all that begin
    so. ``marks`` tells its spans by their attributes, in registry order, where no convention names
    the scope.
    """

    name: str
    read: Callable[[Span, Logs], Draft]
    scopes: tuple[str, ...] = ()
    marks: Callable[[Span], bool] | None = None
