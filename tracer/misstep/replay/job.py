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
    path: str = ""
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
    path: list[str] = Field(default_factory=list)


class Job(JobShape):
    """One re-execution.

    ``mode``: ``serve`` answers everything from the recording; ``fork`` serves what started before
    the fork ended and runs the rest; ``all_live`` runs everything but side effects; ``resample``
    runs ``live`` and whatever a changed output reaches, and serves every hop that is asked what it
    was asked before. ``replacements`` are whole answers for model calls, by the recorded call's id;
    ``argv`` tells the process of a command that is meant; ``changed_arguments``: the run was given
    other arguments than ``run_id`` was, so that a hop nobody recorded may run. ``check`` is
    ``module:function``, asked about the outcome.
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
    replacements: dict[str, RecordedCall] = Field(default_factory=dict)
    allow_effects: list[str] = Field(default_factory=list)
    effect_answers: list[RecordedHop] = Field(default_factory=list)
    changed_arguments: bool = False
    argv: list[str] | None = None
    check: str | None = None
    check_folder: str | None = None
    service: str | None = None
    version: str | None = None
    tags: list[str] = Field(default_factory=list)
    result_path: str = ""
    spans_path: str | None = None
    progress_path: str | None = None
    timeout_s: float = 300.0


class ReplayDivergence(JobShape):
    """Where the execution left its recording: what was asked, the nearest recording, what differs."""

    name: str
    path: str
    nearest_hop_id: str | None = None
    matched: list[str] = Field(default_factory=list)
    differs: list[dict[str, Json]] = Field(default_factory=list)
    message: str


class Happened(JobShape):
    """What an execution tells while it goes on: its run began (``name`` is the run's id), or a hop
    was answered from its recording, began to run, or ended. ``name`` of a hop is its path."""

    what: Literal["run", "served", "running", "done"]
    name: str = ""

    @property
    def text(self) -> str:
        """The same in words."""
        return "the run began" if self.what == "run" else f"{self.what} {self.name}"


class Result(JobShape):
    """What came of a job. ``outcome`` is None when nothing was returned (see ``error``).

    ``executed`` counts hops that ran for real, ``live_ids`` the recorded ones among them;
    ``effects_unanswered`` were answered with None because nobody recorded an answer."""

    outcome: Json = None
    returned: bool = False
    error: ErrorInfo | None = None
    divergence: ReplayDivergence | None = None
    unrestorable: str | None = None
    run_id: str | None = None
    served: int = 0
    executed: int = 0
    live_hops: list[str] = Field(default_factory=list)
    live_ids: list[str] = Field(default_factory=list)
    effects_answered: list[str] = Field(default_factory=list)
    effects_unanswered: list[str] = Field(default_factory=list)
    checked: bool | None = None
    check_note: str | None = None
