"""What one re-execution is told: the recording, what is served, replaced and run live.

A job is plain JSON, handed to the child process as a file. It never names code: the entry comes
from the local registry (or from the person at the command line), never from a trace.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from misstep.model import ErrorInfo, Json, RecordedValue


class JobShape(BaseModel):
    """Base of the job's parts; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid")


class RecordedHop(JobShape):
    """A wrapped step as it was recorded. ``path`` carries ``#n`` for repeated siblings; times are
    nanoseconds since the epoch."""

    hop_id: str
    parent_id: str | None = None
    path: str
    name: str
    kind: str = "chain"
    input: Json = None
    output: Json = None
    has_output: bool = True
    error: ErrorInfo | None = None
    effect: bool = False
    pure: bool = False
    start_unix_nano: int = 0
    end_unix_nano: int = 0
    why_not: str | None = None


class RecordedCall(JobShape):
    """A model call as it went over the wire."""

    hop_id: str
    parent_id: str | None = None
    name: str = ""
    content_key: str
    status: int | None = None
    content_type: str = "application/json"
    headers: dict[str, str] = Field(default_factory=dict)
    body: str = ""
    request: Json = None
    error: ErrorInfo | None = None
    start_unix_nano: int = 0
    end_unix_nano: int = 0
    why_not: str | None = None


class Target(JobShape):
    """What to execute: a function of a module, a function of a script, or a whole command."""

    kind: Literal["function", "script_function", "command"]
    module: str | None = None
    qualname: str | None = None
    script: str | None = None
    argv: list[str] = Field(default_factory=list)
    cwd: str = "."
    python: str | None = None


class Job(JobShape):
    """One re-execution.

    ``mode``: ``serve`` answers everything from the recording; ``fork`` serves what started before
    the fork ended and runs the rest; ``all_live`` runs everything but side effects; ``resample``
    runs ``live`` and whatever its changed output reaches.
    """

    run_id: str
    target: Target
    arguments: Json = None
    mode: Literal["serve", "fork", "all_live", "resample"] = "serve"
    hops: list[RecordedHop] = Field(default_factory=list)
    calls: list[RecordedCall] = Field(default_factory=list)
    recorded: list[RecordedValue] = Field(default_factory=list)
    fork: str | None = None
    substitute: dict[str, Json] = Field(default_factory=dict)
    live: list[str] = Field(default_factory=list)
    models: dict[str, str] = Field(default_factory=dict)
    prompts: dict[str, str] = Field(default_factory=dict)
    allow_effects: list[str] = Field(default_factory=list)
    effect_answers: list[RecordedHop] = Field(default_factory=list)
    endpoint: str | None = None
    store: str | None = None
    result_path: str = ""
    timeout_s: float = 300.0


class ReplayDivergence(JobShape):
    """Where the execution left its recording: what was asked, the nearest recording, what differs."""

    name: str
    path: str
    nearest_hop_id: str | None = None
    matched: list[str] = Field(default_factory=list)
    differs: list[dict[str, Json]] = Field(default_factory=list)
    message: str


class Result(JobShape):
    """What came of a job. ``outcome`` is None when nothing was returned (see ``error``)."""

    outcome: Json = None
    returned: bool = False
    error: ErrorInfo | None = None
    divergence: ReplayDivergence | None = None
    unrestorable: str | None = None
    run_id: str | None = None
    served: int = 0
    executed: int = 0
    live_hops: list[str] = Field(default_factory=list)
    effects_answered: list[str] = Field(default_factory=list)
