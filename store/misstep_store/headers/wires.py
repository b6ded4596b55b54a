"""Raw answers of many calls, in the formats of the providers: a small layout each.

Answers of one plan mostly come in one format. A layout holds what :func:`bodies.about` looks at in an
answer of its format, typed as it should be, and refuses every other key that it looks at: what a
layout reads cannot say anything else. The rest is left to :mod:`headers.answers`, one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
import numpy as np
from msgspec import UNSET, UnsetType

from misstep_store.conventions import bodies, responses
from misstep_store.headers.depth import SHORT, may_be_deep

Column = list[str | None]


class Told(NamedTuple):
    """What answers say beside their messages: a column a field of :class:`bodies.About`, token counts
    as lists in the order of :data:`TOKENS`. Finish reasons stand as they were told. ``silent``:
    they hold no messages."""

    models: Column
    ids: Column
    ends: Column
    used: Sequence[Sequence[int]]
    fresh: Sequence[int] = ()
    silent: bool = False


# --- layouts -----------------------------------------------------------------------------------

Count = Annotated[int, msgspec.Meta(ge=0, lt=2**53)] | None
Text = Annotated[str, msgspec.Meta(min_length=1)] | None
Never = Annotated[int, msgspec.Meta(ge=1, le=0)] | UnsetType
"""What may not even be there without a value."""
LOOKED_AT = (
    *("id", "response_id", "responseId", "model", "model_version", "modelVersion"),
    *("object", "type", "response", "generations", "choices", "candidates", "llm_output"),
    *("usage", "usage_metadata", "usageMetadata", "token_usage", *bodies.ENDS),
    *bodies.BLOCKED,
)
"""Keys that decide what an answer says."""
_SAID = ("output", "messages", "content", "message")
"""Keys with messages, beside those."""


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


NO_SHARES = _Shares()
"""Stands where there are none."""


class OfChat(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """Token counts beside choices."""

    completion_tokens: Count = None
    prompt_tokens: Count = None
    total_tokens: Count = None
    completion_tokens_details: _Shares | None = NO_SHARES
    prompt_tokens_details: _Shares | None = NO_SHARES


class _OfResponse(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    input_tokens: Count = None
    input_tokens_details: _Shares | None = NO_SHARES
    output_tokens: Count = None
    output_tokens_details: _Shares | None = NO_SHARES
    total_tokens: Count = None


class OfMessage(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """Token counts of Anthropic's."""

    cache_creation: Nothing | None = None
    cache_creation_input_tokens: Count = None
    cache_read_input_tokens: Count = None
    inference_geo: Any = None
    input_tokens: Count = None
    output_tokens: Count = None
    output_tokens_details: _Shares | None = NO_SHARES
    server_tool_use: Any = None
    service_tier: Any = None
    speed: Any = None


class _OfCandidates(msgspec.Struct, gc=False, forbid_unknown_fields=True):
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


_UNUSED = (OfChat(), _OfResponse(), OfMessage(), _OfCandidates(), OfLangChain())


class _Choice(msgspec.Struct, gc=False):
    finish_reason: Text = None
    finishReason: None = None  # noqa: N815


class _Candidate(msgspec.Struct, gc=False):
    finish_reason: Text | int = (
        None  # Vertex AI's own library writes its number, which says nothing
    )
    finishReason: Text = None  # noqa: N815


class _Feedback(msgspec.Struct, gc=False):
    block_reason: Text = None
    blockReason: None = None  # noqa: N815


class _Item(msgspec.Struct, gc=False):
    type: Any = None
    status: Any = None


class Why(msgspec.Struct, gc=False):
    reason: Text = None


def _layout(name: str, told: dict[str, Any], needed: dict[str, Any]) -> Callable[[str], Any]:
    """Reads an answer with such keys."""
    return msgspec.json.Decoder(_answer(name, told, needed)).decode


def _answer(name: str, told: dict[str, Any], needed: dict[str, Any]) -> Any:
    """An answer with the keys it needs and those that may be there; all others of
    :data:`LOOKED_AT` are refused."""
    fields: list[Any] = [*needed.items()]
    fields += [(key, kind, None) for key, kind in told.items()]
    refused = [key for key in LOOKED_AT if key not in told and key not in needed]
    # Where this one stands, even without a value, tokens are counted as Anthropic counts.
    fields += [(k, Never, UNSET) if k == "stop_reason" else (k, None, None) for k in refused]
    return msgspec.defstruct(name, fields, gc=False)


_CHAT = _layout(
    "Chat",
    {
        "id": Text,
        "model": Text,
        "object": Literal["chat.completion", "chat.completion.chunk", "text_completion"] | None,
        "usage": OfChat | None,
    },
    {"choices": list[_Choice]},
)
_VECTORS = _layout(
    "Vectors",
    {"id": Text, "model": Text, "usage": OfChat | None, **dict.fromkeys(_SAID)},
    {"object": Literal["list"]},
)
_RESPONSE = _layout(
    "Response",
    {
        "id": Text,
        "incomplete_details": Why | None,
        "model": Text,
        "output": list[_Item] | None,
        "status": Text,
        "usage": _OfResponse | None,
    },
    {"object": Literal["response"]},
)
_CHAT_OF_LANGSMITH = _layout(
    "ChatOfLangSmith",
    {"id": Text, "model": Text},
    {
        "usage_metadata": OfLangChain,
        "choices": list[_Choice],
        "object": Literal["chat.completion", "chat.completion.chunk", "text_completion"],
    },
)
_RESPONSE_OF_LANGSMITH = _layout(
    "ResponseOfLangSmith",
    {
        "id": Text,
        "incomplete_details": Why | None,
        "model": Text,
        "output": list[_Item] | None,
        "status": Text,
    },
    {"usage_metadata": OfLangChain, "object": Literal["response"]},
)
_INNER = _answer(
    "MessageOfLangSmith",
    {"id": Text, "model": Text, "stop_reason": Text, "type": Any},
    {"usage_metadata": OfLangChain},
)
_MESSAGE_OF_LANGSMITH = msgspec.json.Decoder(
    msgspec.defstruct("Envelope", [("message", _INNER)], gc=False, forbid_unknown_fields=True)
).decode
"""An answer of Anthropic's, as LangSmith of 2025 wrote it."""
_MESSAGE = _layout(
    "Message",
    {"id": Text, "model": Text, "usage": OfMessage | None},
    {"type": Literal["message"], "stop_reason": Text},  # an item of a response has none
)
_CANDIDATES = _layout(
    "Candidates",
    {
        "candidates": list[_Candidate] | None,
        "finish_reason": Text,
        "model_version": Text,
        "prompt_feedback": _Feedback | None,
        "response_id": Text,
    },
    {"usage_metadata": _OfCandidates | None},
)
_OTHER = _layout("Other", {"message": None, "token_usage": _OfResponse | None}, {})
"""What answers with the words alone."""


# --- what they say -----------------------------------------------------------------------------


def by_chats(found: list[Any]) -> Told:
    """What chat completions and chunks of them say."""
    ends = [b.choices[0].finish_reason if b.choices else None for b in found]
    return _by_counts(found, ends)


def _by_vectors(found: list[Any]) -> Told:
    return _by_counts(found, [None] * len(found))._replace(silent=True)


def _by_counts(found: list[Any], ends: Column) -> Told:
    counted = of_chats([b.usage for b in found])
    return Told([b.model for b in found], [b.id for b in found], ends, counted)


def of_chats(told: Sequence[OfChat | None]) -> tuple[list[int], ...]:
    """What they say, a column each in the order of :data:`TOKENS`."""
    usages = [u or _UNUSED[0] for u in told]
    inner = [u.prompt_tokens_details or NO_SHARES for u in usages]
    outer = [u.completion_tokens_details or NO_SHARES for u in usages]
    return (
        [u.prompt_tokens or (0 if u.completion_tokens else u.total_tokens or 0) for u in usages],
        [u.completion_tokens or 0 for u in usages],
        *_shares(inner),
        [d.reasoning_tokens or 0 for d in outer],
    )


def _by_chats_of_langsmith(found: list[Any]) -> Told:
    ends = [b.choices[0].finish_reason if b.choices else None for b in found]
    return _by_langchain(found, ends)


def _by_responses_of_langsmith(found: list[Any]) -> Told:
    return _by_langchain(found, [_end_of_response(b) for b in found])


def _by_messages_of_langsmith(found: list[Any]) -> Told:
    inner = [b.message for b in found]
    return _by_langchain(inner, [b.stop_reason for b in inner])


def _by_langchain(found: list[Any], ends: Column) -> Told:
    used = of_langchain([b.usage_metadata for b in found])
    return Told([b.model for b in found], [b.id for b in found], ends, used)


def of_langchain(told: Sequence[OfLangChain | None]) -> tuple[list[int], ...]:
    """What they say, a column each in the order of :data:`TOKENS`."""
    usages = [u or _UNUSED[4] for u in told]
    inner = [u.input_token_details or _NO_PARTS for u in usages]
    outer = [u.output_token_details or _NO_PARTS for u in usages]
    both = list(zip(usages, inner, strict=True))
    return (
        [u.input_tokens or (0 if u.output_tokens else u.total_tokens or 0) for u in usages],
        [u.output_tokens or 0 for u in usages],
        [u.cache_read_input_tokens or d.cache_read or 0 for u, d in both],
        [u.cache_creation_input_tokens or d.cache_creation or _kept_for(d) for u, d in both],
        [d.reasoning or 0 for d in outer],
    )


def _kept_for(parts: _Parts) -> int:
    """What was written to Anthropic's cache, told by how long it is kept there."""
    return (parts.ephemeral_5m_input_tokens or 0) + (parts.ephemeral_1h_input_tokens or 0)


def _by_responses(found: list[Any]) -> Told:
    told = _by_items([b.usage or _UNUSED[1] for b in found])
    ends: Column = [_end_of_response(b) for b in found]
    return told._replace(models=[b.model for b in found], ids=[b.id for b in found], ends=ends)


def _by_others(found: list[Any]) -> Told:
    return _by_items([b.token_usage or _UNUSED[1] for b in found])


def _by_items(usages: list[Any]) -> Told:
    inner = [u.input_tokens_details or NO_SHARES for u in usages]
    outer = [u.output_tokens_details or NO_SHARES for u in usages]
    asked = [u.input_tokens or (0 if u.output_tokens else u.total_tokens or 0) for u in usages]
    reasoning = [d.reasoning_tokens or 0 for d in outer]
    said = [u.output_tokens or 0 for u in usages]
    nothing: list[Column] = [[None] * len(usages) for _ in range(3)]  # each is changed by itself
    models, ids, ends = nothing
    return Told(models, ids, ends, (asked, said, *_shares(inner), reasoning))


def _shares(inner: list[_Shares]) -> tuple[list[int], list[int]]:
    cached = [d.cached_tokens or 0 for d in inner]
    return cached, [d.cache_write_tokens or 0 for d in inner]


def _end_of_response(body: Any) -> str:
    why = body.incomplete_details
    items = [(item.type, item.status) for item in body.output or ()]
    return responses.end_of(None if why is None else why.reason, body.status, items)


def _by_messages(found: list[Any]) -> Told:
    fresh, *used = of_messages([b.usage for b in found])
    return Told(
        [b.model for b in found],
        [b.id for b in found],
        [b.stop_reason for b in found],
        (with_cache(fresh, used), *used),
        fresh,
    )


def of_messages(told: Sequence[OfMessage | None]) -> tuple[list[int], ...]:
    """What they say, a column each in the order of :data:`TOKENS`: of the input what came from no
    cache."""
    usages = [u or _UNUSED[2] for u in told]
    return (
        [u.input_tokens or 0 for u in usages],
        [u.output_tokens or 0 for u in usages],
        [u.cache_read_input_tokens or 0 for u in usages],
        [u.cache_creation_input_tokens or 0 for u in usages],
        [(u.output_tokens_details or NO_SHARES).reasoning_tokens or 0 for u in usages],
    )


def with_cache(fresh: Sequence[int], used: Sequence[Sequence[int]]) -> list[int]:
    """The whole input; ``used``: the other columns of :func:`of_messages`."""
    _, cached, written, _ = used
    return [a + b + c for a, b, c in zip(fresh, cached, written, strict=True)]


def _by_candidates(found: list[Any]) -> Told:
    usages = [b.usage_metadata or _UNUSED[3] for b in found]
    thoughts = [u.thoughts_token_count or 0 for u in usages]
    told = [u.candidates_token_count for u in usages]
    firsts = [(b, b.candidates[0] if b.candidates else _NO_CANDIDATE) for b in found]
    ends = [b.finish_reason or _word(c.finish_reason) or c.finishReason for b, c in firsts]
    for n, why in enumerate([b.prompt_feedback for b in found]):
        if why is not None and why.block_reason:
            ends[n] = why.block_reason
    return Told(
        [b.model_version for b in found],
        [b.response_id for b in found],
        ends,
        (
            [u.prompt_token_count or 0 for u in usages],
            [0 if n is UNSET else n + t for n, t in zip(told, thoughts, strict=True)],
            [u.cached_content_token_count or 0 for u in usages],
            [0] * len(found),
            thoughts,
        ),
    )


def _word(told: str | int | None) -> str | None:
    return told if type(told) is str else None


_NO_CANDIDATE = _Candidate()
_FORMATS: tuple[tuple[Callable[[str], Any], Callable[[list[Any]], Told]], ...] = (
    (_CHAT, by_chats),
    (_RESPONSE, _by_responses),
    (_MESSAGE, _by_messages),
    (_CANDIDATES, _by_candidates),
    (_VECTORS, _by_vectors),
    (_CHAT_OF_LANGSMITH, _by_chats_of_langsmith),
    (_RESPONSE_OF_LANGSMITH, _by_responses_of_langsmith),
    (_MESSAGE_OF_LANGSMITH, _by_messages_of_langsmith),
    (_OTHER, _by_others),
)
_READS = tuple(read for read, _ in _FORMATS)
_COUNTS = msgspec.json.Decoder(OfLangChain).decode


# --- many --------------------------------------------------------------------------------------


def told(values: Sequence[Any]) -> tuple[list[tuple[list[int], Told]], list[int]]:
    """What answers in a known format say, by format with their numbers; and numbers of the others."""
    found, odd = by_format(values, _READS)
    return [(numbers, _FORMATS[n][1](bodies_)) for n, numbers, bodies_ in found], odd


def by_format(
    values: Sequence[Any], reads: Sequence[Callable[[str], Any]]
) -> tuple[list[tuple[int, list[int], list[Any]]], list[int]]:
    """Objects that one of the layouts reads: the number of the layout, their numbers and what was
    read; and numbers of the others."""
    found: list[list[Any]] = [[] for _ in reads]
    numbers: list[list[int]] = [[] for _ in reads]
    odd: list[int] = []
    deep = may_be_deep(values)
    current, misses = 0, 0
    read, here, at = reads[0], found[0], numbers[0]
    for n, value in enumerate(values):
        if type(value) is not str or value[:1] != "{" or n in deep or misses > MOST_MISSES:
            odd.append(n)
            continue
        try:
            here.append(read(value))
        except (msgspec.MsgspecError, UnicodeEncodeError):
            body, now = _other(value, reads, current)
            if body is None:
                misses += 1
                odd.append(n)
                continue
            misses, current = 0, now
            read, here, at = reads[now], found[now], numbers[now]
            here.append(body)
        at.append(n)
    return [(n, numbers[n], some) for n, some in enumerate(found) if some], odd


def counts(value: Any) -> tuple[int, int, int, int, int] | None:
    """Token counts as LangChain names them, in the order of :data:`TOKENS`; None where they stand
    otherwise, or may."""
    if type(value) is not str or value[:1] != "{" or len(value) > SHORT:
        return None
    try:
        told = of_langchain([_COUNTS(value)])
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return None
    asked, said, cached, written, reasoning = (column[0] for column in told)
    return asked, said, cached, written, reasoning


def all_counts(values: Sequence[Any]) -> tuple[list[Any], list[int]]:
    """As :func:`counts` of each, an array a kind; and the numbers of those that stand otherwise, or
    may, which count nothing here."""
    read: list[OfLangChain | None] = []
    others: list[int] = []
    for n, value in enumerate(values):
        if type(value) is str and value[:1] == "{" and len(value) <= SHORT:
            try:
                read.append(_COUNTS(value))
                continue
            except (msgspec.MsgspecError, UnicodeEncodeError):
                pass
        read.append(None)
        others.append(n)
    return [np.array(column, np.int64) for column in of_langchain(read)], others


MOST_MISSES = 8
"""So many answers one after another in no known format: the next are not tried."""


def _other(value: str, reads: Sequence[Callable[[str], Any]], tried: int) -> tuple[Any, int]:
    """An answer in another format than was tried, and the number of that."""
    for number, read in enumerate(reads):
        if number != tried:
            try:
                return read(value), number
            except (msgspec.MsgspecError, UnicodeEncodeError):
                pass
    return None, tried
