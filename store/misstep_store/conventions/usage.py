"""Token counts of every shape as one :class:`Usage`: cached tokens included in the input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from misstep_store.conventions import reading as rd
from misstep_store.conventions.types import NO_USAGE, Usage

_INPUT = (
    "input_tokens",
    "prompt_tokens",
    "inputTokens",
    "promptTokens",
    "prompt_token_count",
    "promptTokenCount",
    "input",
    "prompt",
)
_OUTPUT = (
    "output_tokens",
    "completion_tokens",
    "outputTokens",
    "completionTokens",
    "output",
    "completion",
)
_CACHED = (
    "cache_read_input_tokens",
    "cached_tokens",
    "cacheReadInputTokens",
    "cached_content_token_count",
    "cachedContentTokenCount",
    "cachedInputTokens",
    "cache_read",
    "cacheReadTokens",
    "input_cached_tokens",
    "input_cache_read",
    "cache_read_tokens",
)
_WRITTEN = (
    "cache_creation_input_tokens",
    "cache_write_input_tokens",
    "cacheWriteInputTokens",
    "cacheWriteTokens",
    "cache_write_tokens",
    "cache_creation",
    "cache_write",
    "input_cache_creation",
)
_REASONING = (
    "reasoning_tokens",
    "reasoningTokens",
    "reasoning",
    "thoughts_token_count",
    "thoughtsTokenCount",
    "output_reasoning_tokens",
    "output_reasoning",
)
_IN_DETAILS = (
    "prompt_tokens_details",
    "input_tokens_details",
    "input_token_details",
    "inputTokenDetails",
)
_OUT_DETAILS = (
    "completion_tokens_details",
    "output_tokens_details",
    "output_token_details",
    "outputTokenDetails",
)


def usage_of(given: Any, *, anthropic_body: bool = False) -> Usage:
    """Tokens in an object of OpenAI's, Anthropic's, Gemini's, LangChain's, … shape, or its text.

    Args:
        anthropic_body: the object is that of Anthropic's own wire format, whose input leaves out
            cached and cache-written tokens.
    """
    u = rd.from_repr(given)
    if not isinstance(u, Mapping):
        return NO_USAGE
    details_in, details_out = _details(u, _IN_DETAILS), _details(u, _OUT_DETAILS)
    cached = rd.integer(u, *_CACHED) or rd.integer(details_in, *_CACHED)
    written = rd.integer(u, *_WRITTEN) or rd.integer(details_in, *_WRITTEN)
    reasoning = rd.integer(u, *_REASONING) or rd.integer(details_out, *_REASONING)
    asked, said = rd.integer(u, *_INPUT), rd.integer(u, *_OUTPUT)
    if "candidates_token_count" in u or "candidatesTokenCount" in u:
        # Gemini counts thoughts beside the candidates.
        said = rd.integer(u, "candidates_token_count", "candidatesTokenCount") + reasoning
    if anthropic_body:
        asked += cached + written
    elif "total" in u and asked + said < rd.integer(u, "total"):
        asked, said = _with_shares(u, asked, said)
    if not asked and not said:
        asked = rd.integer(u, "tokens", "total_tokens", "totalTokens", "total")
    return Usage(asked, said, cached, written, reasoning)


def _with_shares(u: Mapping[str, Any], asked: int, said: int) -> tuple[int, int]:
    """Langfuse takes each share (``input_cache_read``, ``output_reasoning``) off its sum; put back
    where that gives the total."""
    shares_in = sum(rd.integer(u, k) for k in u if str(k).startswith("input_"))
    shares_out = sum(rd.integer(u, k) for k in u if str(k).startswith("output_"))
    if asked + said + shares_in + shares_out == rd.integer(u, "total"):
        return asked + shares_in, said + shares_out
    return asked, said


def _details(u: Mapping[str, Any], keys: tuple[str, ...]) -> Mapping[str, Any]:
    for key in keys:
        found = rd.from_repr(u.get(key))
        if isinstance(found, Mapping):
            return found
    return {}


def merged(known: Usage, other: Usage) -> Usage:
    """``known``, its gaps filled from another telling of the same call."""
    if not other or other is NO_USAGE or known == other:
        return known
    if not known.input_tokens and not known.output_tokens:
        return other
    return Usage(*(a or b for a, b in zip(known, other, strict=True)))
