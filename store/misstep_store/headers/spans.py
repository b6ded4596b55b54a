"""Many spans as parallel lists, and what was read from them as arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from misstep.model import ErrorInfo
from misstep_store.conventions.types import Draft
from misstep_store.spans import Resource, Span

ROLES = ("span", "run", "hop", "call", "mark")
SPAN, RUN, HOP, CALL, MARK = range(5)
ROLE_OF = {name: number for number, name in enumerate(ROLES)}
KINDS = (
    "chain",
    "llm",
    "embedding",
    "tool",
    "retriever",
    "reranker",
    "agent",
    "guardrail",
    "evaluator",
)
KIND_OF = {name: number for number, name in enumerate(KINDS)}
CHAIN, AGENT, TOOL = KIND_OF["chain"], KIND_OF["agent"], KIND_OF["tool"]
MODEL_KIND = np.array([k in ("llm", "embedding", "reranker") for k in KINDS])
TEXTS = (
    "name",
    "provider",
    "request_model",
    "response_model",
    "finish_reason",
    "response_id",
    "tool_call_id",
    "prompt_name",
    "prompt_version",
    "session_id",
    "user_id",
    "pipeline",
    "path",
    "convention",
    "code_hash",
)
TOKENS = (
    "input_tokens",
    "output_tokens",
    "cached_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
)


@dataclass(slots=True)
class SpanColumns:
    """Spans of whole traces, in any order.

    Args:
        plain: whether a span has no events, no links and no log records.
        span: the whole span at a place, for those that are read one by one.
    """

    trace_id: Sequence[str]
    span_id: Sequence[str]
    parent_span_id: Sequence[str]
    name: Sequence[str]
    start_unix_nano: Sequence[int]
    end_unix_nano: Sequence[int]
    status_code: Sequence[int]
    attributes: Sequence[dict[str, Any]]
    plain: Sequence[bool]
    scope: Sequence[str]
    resource: Sequence[Resource]
    span: Callable[[int], Span]

    def __len__(self) -> int:
        return len(self.trace_id)

    @classmethod
    def of(cls, spans: Sequence[Span]) -> SpanColumns:
        """Decoded spans in columns."""
        return cls(
            [s.trace_id for s in spans],
            [s.span_id for s in spans],
            [s.parent_span_id for s in spans],
            [s.name for s in spans],
            [s.start_unix_nano for s in spans],
            [s.end_unix_nano for s in spans],
            [s.status_code for s in spans],
            [s.attributes for s in spans],
            [not (s.events or s.links) for s in spans],
            [s.scope.name for s in spans],
            [s.resource for s in spans],
            spans.__getitem__,
        )


@dataclass(slots=True)
class Facts:
    """What was read from each span: an array a fact, None and NaN where it says nothing."""

    text: dict[str, Any]
    tokens: dict[str, Any]
    role: Any
    kind: Any
    cost_usd: Any
    first_token_ms: Any
    drafts: dict[int, Draft] = field(default_factory=dict)
    """Spans that were read one by one."""
    errors: dict[int, ErrorInfo] = field(default_factory=dict)
    tags: dict[int, Sequence[str]] = field(default_factory=dict)
    left: set[int] = field(default_factory=set)
    """Spans whose trace has to be left to the conventions."""

    @classmethod
    def empty(cls, count: int) -> Facts:
        """Room for so many spans."""
        return cls(
            {name: np.full(count, None, object) for name in TEXTS},
            {name: np.zeros(count, np.int64) for name in TOKENS},
            np.zeros(count, np.int8),
            np.zeros(count, np.int8),
            np.full(count, np.nan),
            np.full(count, np.nan),
        )
