"""Which runs to list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

SortKey = Literal["newest", "oldest", "slowest", "costliest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunQuery:
    """Which runs to list. Times are ISO 8601 UTC; ``limit`` 1 to 1000; text matches anywhere in
    inputs, outputs and names; ``origin`` is a first bad hop's name, its number in a loop left out,
    ``rule`` the rule that weighs most against it. Fields that are None do not filter."""

    limit: int = 50
    cursor: str | None = None
    since: str | None = None
    until: str | None = None
    sort: SortKey = "newest"
    verdict: str | None = None
    status: str | None = None
    model: str | None = None
    name: str | None = None
    service: str | None = None
    pipeline: str | None = None
    version: str | None = None
    session: str | None = None
    user: str | None = None
    tag: str | None = None
    origin: str | None = None
    rule: str | None = None
    text: str | None = None
    failed: bool | None = None
    calls: bool | None = None
    """Whether a model was called whose name is told."""
    replays: bool | None = None
    """False leaves out what replays and bisects made, see ``Run.replay_of``; True, all else."""
