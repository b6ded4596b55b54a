"""Token counts of every shape as one :class:`Usage`: cached tokens included in the input."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from misstep_store.conventions.types import NO_USAGE, Usage
from misstep_store.conventions.values import reading as rd

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
    "cachedContentTokens",
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
    "thoughtsTokens",
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
_CANDIDATES = ("candidates_token_count", "candidatesTokenCount")
_SUMS = ("tokens", "total_tokens", "totalTokens", "total")
_KEPT_FOR = ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")
"""What was written to Anthropic's cache, by how long it is kept there."""
PARTS = (*_CACHED, *_WRITTEN, *_REASONING, *_KEPT_FOR)
"""Names of shares, beside or inside of their sums."""
NAMES = (*_INPUT, *_OUTPUT, *PARTS, *_IN_DETAILS, *_OUT_DETAILS, *_CANDIDATES, *_SUMS)
"""All names that :func:`usage_of` knows."""


def usage_of(given: Any, *, anthropic_body: bool = False) -> Usage:
    """Tokens in an object of OpenAI's, Anthropic's, Gemini's, LangChain's, … shape, or its text.

    Args:
        anthropic_body: the object is that of Anthropic's own wire format, whose input leaves out
            cached and cache-written tokens.
    """
    u = given if type(given) is dict else rd.opened(given)
    if not u or not (type(u) is dict or isinstance(u, Mapping)):
        return NO_USAGE
    has = _layout(tuple(u))
    if has.is_plain and not anthropic_body:
        found = _plain(u, has)
        if found is not None:
            return found
    cached = _count(u, has.cached) if has.cached else 0
    written = _count(u, has.written) if has.written else 0
    reasoning = _count(u, has.reasoning) if has.reasoning else 0
    if has.in_details and not (cached and written):
        details = _details(u, has.in_details)
        if details:
            within = _layout(tuple(details))
            cached = cached or _count(details, within.cached)
            written = written or _count(details, within.written) or _sum(details, within.kept_for)
    if has.out_details and not reasoning:
        details = _details(u, has.out_details)
        if details:
            within = _layout(tuple(details))
            reasoning = _count(details, within.reasoning)
    asked, said = _count(u, has.input), _count(u, has.output)
    if has.candidates:
        # Gemini counts thoughts beside the candidates.
        said = rd.integer(u, *has.candidates) + reasoning
    if anthropic_body:
        asked += cached + written
    elif "total" in u and asked + said < rd.integer(u, "total"):
        asked, said = _with_shares(u, asked, said)
    if not asked and not said:
        asked = rd.integer(u, *_SUMS)
    return Usage(asked, said, cached, written, reasoning)


def _plain(u: Mapping[str, Any], has: _Layout) -> Usage | None:
    """As :func:`usage_of`, of the commonest shape; None where a value is another than should be."""
    asked, said = u[has.input[0]], u[has.output[0]]
    if type(asked) is not int or type(said) is not int or asked < 0 or said < 0:
        return None
    if asked >= _MOST or said >= _MOST or not (asked or said):
        return None
    cached = written = reasoning = 0
    if has.in_details and (details := u[has.in_details[0]]):
        if type(details) is not dict:
            return None
        within = _layout(tuple(details))
        cached = _count(details, within.cached) if within.cached else 0
        written = _count(details, within.written) if within.written else 0
        written = written or _sum(details, within.kept_for)
    if has.out_details and (details := u[has.out_details[0]]):
        if type(details) is not dict:
            return None
        within = _layout(tuple(details))
        reasoning = _count(details, within.reasoning) if within.reasoning else 0
    return Usage(asked, said, cached, written, reasoning)


_MOST = 2**53


def _with_shares(u: Mapping[str, Any], asked: int, said: int) -> tuple[int, int]:
    """Langfuse takes each share (``input_cache_read``, ``output_reasoning``) off its sum; put back
    where that gives the total."""
    shares_in = sum(rd.integer(u, k) for k in u if str(k).startswith("input_"))
    shares_out = sum(rd.integer(u, k) for k in u if str(k).startswith("output_"))
    if asked + said + shares_in + shares_out == rd.integer(u, "total"):
        return asked + shares_in, said + shares_out
    return asked, said


class _Layout(NamedTuple):
    """Which of the known names an object of token counts has, in their order."""

    input: tuple[str, ...]
    output: tuple[str, ...]
    cached: tuple[str, ...]
    written: tuple[str, ...]
    reasoning: tuple[str, ...]
    in_details: tuple[str, ...]
    out_details: tuple[str, ...]
    candidates: tuple[str, ...]
    kept_for: tuple[str, ...]
    is_plain: bool
    """One count in, one out, and at most one object of details of each."""


@lru_cache(maxsize=1024)
def _layout(names: tuple[str, ...]) -> _Layout:
    have = set(names)
    counts = (_INPUT, _OUTPUT, _CACHED, _WRITTEN, _REASONING)
    lists = (*counts, _IN_DETAILS, _OUT_DETAILS, _CANDIDATES, _KEPT_FOR)
    told = [tuple(n for n in known if n in have) for known in lists]
    one, few, none = (1,), (0, 1), (0,)
    sizes = (one, one, none, none, none, few, few, none, none)
    is_plain = "total" not in have and all(
        len(names) in size for names, size in zip(told, sizes, strict=True)
    )
    return _Layout._make([*told, is_plain])


def _count(u: Mapping[str, Any], names: tuple[str, ...]) -> int:
    """As :func:`reading.integer`, of names that are there."""
    if len(names) == 1:
        found = u[names[0]]
        if type(found) is int:
            return found if 0 <= found < _MOST else 0
    return rd.integer(u, *names)


def _sum(u: Mapping[str, Any], names: tuple[str, ...]) -> int:
    return sum(rd.integer(u, name) for name in names) if names else 0


def _details(u: Mapping[str, Any], keys: tuple[str, ...]) -> Mapping[str, Any]:
    for key in keys:
        found = u[key]
        if isinstance(found, str):
            found = rd.from_repr(found)
        if type(found) is dict or isinstance(found, Mapping):
            return found
    return {}


def cost_of(a: Mapping[str, Any], key: str, parts: tuple[str, ...]) -> float | None:
    """What a sender says a call cost: all of it, or what it says of its parts; None for nothing."""
    if key in a:
        return rd.number(a, key) or None
    return sum(rd.number(a, part) or 0 for part in parts) or None


def whole(used: Usage) -> Usage:
    """With an input that holds what came from the cache, and an output that holds its thoughts:
    fewer than those cannot have been asked and said."""
    cache = used.cached_tokens + used.cache_write_tokens
    if used.reasoning_tokens > used.output_tokens:
        used = used._replace(output_tokens=used.output_tokens + used.reasoning_tokens)
    if cache <= used.input_tokens:
        return used
    return used._replace(input_tokens=used.input_tokens + cache)


def lacks_thoughts(known: Usage, other: Usage) -> bool:
    """Whether one telling of a call leaves thoughts out of what was said, and the other does not."""
    thoughts = other.reasoning_tokens
    return thoughts > 0 and known.output_tokens + thoughts == other.output_tokens


def is_total(known: Usage, other: Usage) -> bool:
    """Whether one telling of a call gives what was asked and said in one sum as what was said, as
    Google's ADK of 2025 does."""
    asked, said = other.input_tokens, other.output_tokens
    return 0 < asked == known.input_tokens and 0 < said == known.output_tokens - asked


def merged(known: Usage, other: Usage) -> Usage:
    """``known``, its gaps filled from another telling of the same call."""
    if other is NO_USAGE or known == other or not any(other):
        return known
    if not known.input_tokens and not known.output_tokens:
        return other
    return Usage(*(a or b for a, b in zip(known, other, strict=True)))
