"""What all shapes are made of: their base, their words, and how one names another."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

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
