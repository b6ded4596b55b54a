"""Google's SDK under OpenInference: models and tokens of versions before mid-2026."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep_store.conventions.types import Draft
from misstep_store.conventions.values import reading as rd


def call(draft: Draft, a: Mapping[str, Any]) -> None:
    """Until the middle of 2026 the model that answered stands for the one asked too, and what came
    from the cache is counted twice."""
    if draft.request_model == draft.response_model:
        draft.request_model = asked(a.get("input.value")) or draft.request_model
    used = draft.usage
    fresh = fresh_in(a.get("output.value")) if used.cached_tokens else 0
    if fresh and fresh + used.cached_tokens == used.input_tokens:
        draft.usage = used._replace(input_tokens=fresh)


def asked(given: Any) -> str | None:
    """The model that a request names."""
    body = rd.parsed(given)
    model = body.get("model") if isinstance(body, dict) else None
    return model if isinstance(model, str) and model else None


def fresh_in(made: Any) -> int:
    """What an answer says was asked, in tokens; what came from the cache among them."""
    body = rd.parsed(made)
    told = body.get("usage_metadata") if isinstance(body, dict) else None
    return rd.integer(told, "prompt_token_count") if isinstance(told, dict) else 0
