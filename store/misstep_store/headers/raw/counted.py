"""Token counts in the raw answers of the providers: a small layout each, and what many of them say.

A layout holds the names that :func:`usage.usage_of` knows, typed as they should be, and refuses all
others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any

import msgspec
import numpy as np
from msgspec import UNSET, UnsetType

from misstep_store.headers.columns.depth import SHORT

Count = Annotated[int, msgspec.Meta(ge=0, lt=2**53)] | None
Counts = tuple[list[int], ...]
"""What many say: a column each in the order of :data:`TOKENS`."""


class Nothing(msgspec.Struct, gc=False):
    """An object of which nothing matters."""


class _Shares(msgspec.Struct, gc=False, frozen=True, forbid_unknown_fields=True):
    """What sums of tokens are made of."""

    cached_tokens: Count = None
    reasoning_tokens: Count = None
    cache_write_tokens: Count = None
    audio_tokens: Any = None
    accepted_prediction_tokens: Any = None
    rejected_prediction_tokens: Any = None
    text_tokens: Any = None
    image_tokens: Any = None
    video_tokens: Any = None
    thinking_tokens: Any = None
    cache_write_tokens_details: Any = None


_NO_SHARES = _Shares()


class OfChat(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """Token counts beside choices."""

    completion_tokens: Count = None
    prompt_tokens: Count = None
    total_tokens: Count = None
    completion_tokens_details: _Shares | None = _NO_SHARES
    prompt_tokens_details: _Shares | None = _NO_SHARES
    completion_time: Any = None  # Groq's
    prompt_time: Any = None
    queue_time: Any = None
    total_time: Any = None


class OfResponse(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """Token counts of the Responses API."""

    input_tokens: Count = None
    input_tokens_details: _Shares | None = _NO_SHARES
    output_tokens: Count = None
    output_tokens_details: _Shares | None = _NO_SHARES
    total_tokens: Count = None


class OfMessage(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """Token counts of Anthropic's."""

    cache_creation: Nothing | None = None
    cache_creation_input_tokens: Count = None
    cache_read_input_tokens: Count = None
    fallback_credit: Any = None
    inference_geo: Any = None
    input_tokens: Count = None
    iterations: Any = None
    output_tokens: Count = None
    output_tokens_details: _Shares | None = _NO_SHARES
    server_tool_use: Any = None
    service_tier: Any = None
    speed: Any = None


class OfConverse(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """Token counts of Bedrock's Converse."""

    inputTokens: Count = None  # noqa: N815
    outputTokens: Count = None  # noqa: N815
    totalTokens: Count = None  # noqa: N815
    cacheReadInputTokens: Count = None  # noqa: N815
    cacheWriteInputTokens: Count = None  # noqa: N815


class OfCandidates(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """Token counts of Gemini's."""

    cached_content_token_count: Count = None
    candidates_token_count: Annotated[int, msgspec.Meta(ge=0, lt=2**53)] | UnsetType = UNSET
    candidates_tokens_details: Any = None
    cache_tokens_details: Any = None
    prompt_token_count: Count = None
    prompt_tokens_details: list[Nothing] | None = None
    thoughts_token_count: Count = None
    tool_use_prompt_token_count: Any = None
    tool_use_prompt_tokens_details: Any = None
    total_token_count: Any = None
    traffic_type: Any = None


class _Parts(msgspec.Struct, gc=False, frozen=True, forbid_unknown_fields=True):
    """What LangChain's sums of tokens are made of."""

    cache_read: Count = None
    cache_creation: Count = None
    reasoning: Count = None
    audio: Any = None
    ephemeral_5m_input_tokens: Count = None
    ephemeral_1h_input_tokens: Count = None
    ephemeral_1hr_input_tokens: Any = None


_NO_PARTS = _Parts()


class OfLangChain(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """LangChain's own token counts."""

    input_tokens: Count = None
    output_tokens: Count = None
    total_tokens: Count = None
    input_token_details: _Parts | None = _NO_PARTS
    output_token_details: _Parts | None = _NO_PARTS
    cache_read_input_tokens: Count = None
    cache_creation_input_tokens: Count = None


class OfLangfuse(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """Langfuse's own token counts, each sum without its shares."""

    input: Count = None
    output: Count = None
    total: Count = None
    input_audio: Count = None
    input_audio_tokens: Count = None
    input_cache_creation: Count = None
    input_cache_read: Count = None
    input_cached_tokens: Count = None
    input_ephemeral_1h_input_tokens: Count = None
    input_ephemeral_5m_input_tokens: Count = None
    output_accepted_prediction_tokens: Count = None
    output_audio: Count = None
    output_audio_tokens: Count = None
    output_reasoning: Count = None
    output_reasoning_tokens: Count = None
    output_rejected_prediction_tokens: Count = None


class OfMessageInLangfuse(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """Token counts of Anthropic's, the sums named by Langfuse."""

    input: Count = None
    output: Count = None
    total: Count = None
    cache_creation: Nothing | None = None
    cache_creation_input_tokens: Count = None
    cache_read_input_tokens: Count = None
    cache_creation_ephemeral_1h_input_tokens: Any = None
    cache_creation_ephemeral_5m_input_tokens: Any = None
    inference_geo: Any = None
    server_tool_use: Any = None
    service_tier: Any = None


class OfGenkit(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """Genkit's own token counts."""

    inputTokens: Count = None  # noqa: N815
    outputTokens: Count = None  # noqa: N815
    totalTokens: Count = None  # noqa: N815
    thoughtsTokens: Count = None  # noqa: N815
    cachedContentTokens: Count = None  # noqa: N815
    inputCharacters: Any = None  # noqa: N815
    inputImages: Any = None  # noqa: N815
    inputVideos: Any = None  # noqa: N815
    inputAudioFiles: Any = None  # noqa: N815
    outputCharacters: Any = None  # noqa: N815
    outputImages: Any = None  # noqa: N815
    outputVideos: Any = None  # noqa: N815
    outputAudioFiles: Any = None  # noqa: N815


class OfCandidatesInNode(msgspec.Struct, gc=False, forbid_unknown_fields=True, rename="camel"):
    """Token counts of Gemini's under Node."""

    cached_content_token_count: Count = None
    candidates_token_count: Annotated[int, msgspec.Meta(ge=0, lt=2**53)] | UnsetType = UNSET
    candidates_tokens_details: Any = None
    cache_tokens_details: Any = None
    prompt_token_count: Count = None
    prompt_tokens_details: Any = None
    thoughts_token_count: Count = None
    tool_use_prompt_token_count: Any = None
    tool_use_prompt_tokens_details: Any = None
    total_token_count: Any = None
    traffic_type: Any = None


_SHARES_IN, _SHARES_OUT = (
    tuple(name for name in OfLangfuse.__struct_fields__ if name.startswith(side))
    for side in ("input_", "output_")
)
_NO_CHAT, _NO_RESPONSE, _NO_MESSAGE = OfChat(), OfResponse(), OfMessage()
_NO_CANDIDATES, _NO_LANGCHAIN, _NO_CONVERSE = OfCandidates(), OfLangChain(), OfConverse()
_NO_GENKIT = OfGenkit()
_read = msgspec.json.Decoder(OfLangChain).decode


def of_chats(told: Sequence[OfChat | None]) -> Counts:
    """What they say, a column each in the order of :data:`TOKENS`."""
    if not any(told):
        return ([0] * len(told),) * 5
    usages = [u or _NO_CHAT for u in told]
    inner = [u.prompt_tokens_details or _NO_SHARES for u in usages]
    outer = [u.completion_tokens_details or _NO_SHARES for u in usages]
    return (
        [u.prompt_tokens or (0 if u.completion_tokens else u.total_tokens or 0) for u in usages],
        [u.completion_tokens or 0 for u in usages],
        *_shares(inner),
        [d.reasoning_tokens or 0 for d in outer],
    )


def of_langchain(told: Sequence[OfLangChain | None]) -> Counts:
    """What they say, a column each in the order of :data:`TOKENS`."""
    usages = [u or _NO_LANGCHAIN for u in told]
    inner = [u.input_token_details or _NO_PARTS for u in usages]
    outer = [u.output_token_details or _NO_PARTS for u in usages]
    both = list(zip(usages, inner, strict=True))
    return (
        [u.input_tokens or (0 if u.output_tokens else u.total_tokens or 0) for u in usages],
        [u.output_tokens or 0 for u in usages],
        [u.cache_read_input_tokens or d.cache_read or 0 for u, d in both],
        [
            u.cache_creation_input_tokens
            or d.cache_creation
            # By how long it is kept in Anthropic's cache.
            or (d.ephemeral_5m_input_tokens or 0) + (d.ephemeral_1h_input_tokens or 0)
            for u, d in both
        ],
        [d.reasoning or 0 for d in outer],
    )


def _shares(inner: list[_Shares]) -> tuple[list[int], list[int]]:
    cached = [d.cached_tokens or 0 for d in inner]
    return cached, [d.cache_write_tokens or 0 for d in inner]


def of_responses(told: Sequence[OfResponse | None]) -> Counts:
    """What they say, a column each in the order of :data:`TOKENS`."""
    usages = [u or _NO_RESPONSE for u in told]
    inner = [u.input_tokens_details or _NO_SHARES for u in usages]
    outer = [u.output_tokens_details or _NO_SHARES for u in usages]
    return (
        [u.input_tokens or (0 if u.output_tokens else u.total_tokens or 0) for u in usages],
        [u.output_tokens or 0 for u in usages],
        *_shares(inner),
        [d.reasoning_tokens or 0 for d in outer],
    )


def of_converse(told: Sequence[OfConverse | None]) -> Counts:
    """What they say, a column each in the order of :data:`TOKENS`."""
    usages = [u or _NO_CONVERSE for u in told]
    return (
        [u.inputTokens or (0 if u.outputTokens else u.totalTokens or 0) for u in usages],
        [u.outputTokens or 0 for u in usages],
        [u.cacheReadInputTokens or 0 for u in usages],
        [u.cacheWriteInputTokens or 0 for u in usages],
        [0] * len(usages),
    )


def of_candidates(told: Sequence[OfCandidates | OfCandidatesInNode | None]) -> Counts:
    """What they say, a column each in the order of :data:`TOKENS`."""
    usages = [u or _NO_CANDIDATES for u in told]
    thoughts = [u.thoughts_token_count or 0 for u in usages]
    said = [u.candidates_token_count for u in usages]
    return (
        [u.prompt_token_count or 0 for u in usages],
        [0 if n is UNSET else n + t for n, t in zip(said, thoughts, strict=True)],
        [u.cached_content_token_count or 0 for u in usages],
        [0] * len(usages),
        thoughts,
    )


def of_messages(told: Sequence[OfMessage | None]) -> Counts:
    """What they say, a column each in the order of :data:`TOKENS`: of the input what came from no
    cache."""
    usages = [u or _NO_MESSAGE for u in told]
    return (
        [u.input_tokens or 0 for u in usages],
        [u.output_tokens or 0 for u in usages],
        [u.cache_read_input_tokens or 0 for u in usages],
        [u.cache_creation_input_tokens or 0 for u in usages],
        [(u.output_tokens_details or _NO_SHARES).reasoning_tokens or 0 for u in usages],
    )


def of_langfuse(told: Sequence[OfLangfuse]) -> Counts:
    """What they say, a column each in the order of :data:`TOKENS`."""
    sums = [_with_shares(u) for u in told]
    cached = [u.input_cached_tokens for u in told]
    thoughts = [u.output_reasoning_tokens for u in told]
    return (
        [asked for asked, _ in sums],
        [said for _, said in sums],
        [(u.input_cache_read or 0) if n is None else n for u, n in zip(told, cached, strict=True)],
        [u.input_cache_creation or 0 for u in told],
        [
            (u.output_reasoning or 0) if n is None else n
            for u, n in zip(told, thoughts, strict=True)
        ],
    )


def of_messages_in_langfuse(told: Sequence[OfMessageInLangfuse]) -> Counts:
    """What they say, a column each in the order of :data:`TOKENS`."""
    return (
        [u.input or (0 if u.output else u.total or 0) for u in told],
        [u.output or 0 for u in told],
        [u.cache_read_input_tokens or 0 for u in told],
        [u.cache_creation_input_tokens or 0 for u in told],
        [0] * len(told),
    )


def of_genkit(told: Sequence[OfGenkit | None]) -> Counts:
    """What they say, a column each in the order of :data:`TOKENS`."""
    usages = [u or _NO_GENKIT for u in told]
    return (
        [u.inputTokens or (0 if u.outputTokens else u.totalTokens or 0) for u in usages],
        [u.outputTokens or 0 for u in usages],
        [u.cachedContentTokens or 0 for u in usages],
        [0] * len(usages),
        [u.thoughtsTokens or 0 for u in usages],
    )


def _with_shares(u: OfLangfuse) -> tuple[int, int]:
    """What was asked and said: where the total is more, each with its shares, if that gives it."""
    asked, said, total = u.input or 0, u.output or 0, u.total or 0
    if asked + said < total:
        inner = sum(getattr(u, name) or 0 for name in _SHARES_IN)
        outer = sum(getattr(u, name) or 0 for name in _SHARES_OUT)
        if asked + said + inner + outer == total:
            asked, said = asked + inner, said + outer
    return (asked, said) if asked or said else (total, 0)


def with_cache(fresh: Sequence[int], used: Sequence[Sequence[int]]) -> list[int]:
    """The whole input; ``used``: the other columns of :func:`of_messages`."""
    _, cached, written, _ = used
    return [a + b + c for a, b, c in zip(fresh, cached, written, strict=True)]


def counts(value: Any) -> tuple[int, int, int, int, int] | None:
    """Token counts as LangChain names them, in the order of :data:`TOKENS`; None where they stand
    otherwise, or may."""
    if type(value) is not str or value[:1] != "{" or len(value) > SHORT:
        return None
    try:
        told = of_langchain([_read(value)])
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return None
    asked, said, cached, written, reasoning = (column[0] for column in told)
    return asked, said, cached, written, reasoning


def table(columns: Sequence[Sequence[int]]) -> Any:
    """Columns of counts as an array with a row each."""
    found = np.zeros((len(columns), len(columns[0])), np.int64)
    for row, column in zip(found, columns, strict=True):
        if any(column):
            row[:] = np.fromiter(column, np.int64, len(column))
    return found


READS = tuple(
    msgspec.json.Decoder(told).decode
    for told in (OfLangChain, OfChat, OfResponse, OfLangfuse, OfMessage, OfMessageInLangfuse)
)
"""Read an object of token counts, each in a shape of its own."""
OF: tuple[Callable[[list[Any]], Counts], ...] = (
    of_langchain,
    of_chats,
    of_responses,
    of_langfuse,
    of_messages,
    of_messages_in_langfuse,
)
"""What those that one of :data:`READS` read say."""
