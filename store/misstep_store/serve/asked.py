"""Bodies of the API's POST requests."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class VerdictBody(BaseModel):
    """Body of ``POST …/verdict``."""

    model_config = ConfigDict(extra="forbid")
    state: str
    text: str | None = None
    hop_id: str | None = None
    note: str | None = None
    by: str = "user"


class ScoreBody(BaseModel):
    """Body of ``POST …/scores``."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1)
    value: float = Field(allow_inf_nan=False)
    hop_id: str | None = None
    by: str | None = None


class RemapBody(BaseModel):
    """Body of ``POST /api/remap``: the runs to read again, or ``all`` of them."""

    model_config = ConfigDict(extra="forbid")
    run_ids: list[str] = Field(default_factory=list)
    all: bool = False


class RetainBody(BaseModel):
    """Body of ``POST /api/retain``: what may stay."""

    model_config = ConfigDict(extra="forbid")
    days: float | None = Field(None, allow_inf_nan=False)
    failing_days: float | None = Field(None, allow_inf_nan=False)
    max_bytes: int | None = None
    dry_run: bool = False
