"""Raw answers of many calls, in the formats of the providers: a small layout each.

Answers of one plan mostly come in one format. A layout holds what :func:`bodies.about` looks at in an
answer of its format, typed as it should be, and refuses every other key that it looks at: what a
layout reads cannot say anything else. The rest is left to :mod:`headers.raw.answers`, one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import UNSET, UnsetType

from misstep_store.conventions.content import responses
from misstep_store.conventions.raw import bodies
from misstep_store.headers.columns.formats import by_format as by_format
from misstep_store.headers.raw.counted import (
    Nothing,
    OfCandidates,
    OfCandidatesInNode,
    OfChat,
    OfConverse,
    OfLangChain,
    OfMessage,
    OfResponse,
    of_candidates,
    of_chats,
    of_converse,
    of_langchain,
    of_messages,
    of_responses,
    with_cache,
)

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

Text = Annotated[str, msgspec.Meta(min_length=1)] | None
_Word = Annotated[str, msgspec.Meta(min_length=1)]
Never = Annotated[int, msgspec.Meta(ge=1, le=0)] | UnsetType
"""What may not even be there without a value."""
LOOKED_AT = (
    *("id", "response_id", "responseId", "model", "model_version", "modelVersion"),
    *("object", "type", "response", "generations", "choices", "candidates", "llm_output"),
    *("usage", "usage_metadata", "usageMetadata", "token_usage", *bodies.ENDS),
    *bodies.BLOCKED,
    *("raw", "body", "meta", responses.BESIDE),
)
"""Keys that decide what an answer says."""
_SAID = ("output", "messages", "content", "message")
"""Keys with messages, beside those."""


class _Choice(msgspec.Struct, gc=False):
    finish_reason: Text = None
    finishReason: None = None  # noqa: N815


class _ChoiceOfNoStream(_Choice, gc=False):
    delta: Never = UNSET


class _Candidate(msgspec.Struct, gc=False):
    finish_reason: Text | int = (
        None  # Vertex AI's own library writes its number, which says nothing
    )
    finishReason: Text = None  # noqa: N815


class _Feedback(msgspec.Struct, gc=False):
    block_reason: Text = None
    blockReason: None = None  # noqa: N815


class _FeedbackInNode(msgspec.Struct, gc=False):
    block_reason: None = None
    blockReason: Text = None  # noqa: N815


class _Billed(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """Cohere's token counts, which :func:`usage.usage_of` knows but for one."""

    tokens: Nothing
    billed_units: Any = None
    cached_tokens: Annotated[float, msgspec.Meta(ge=0, lt=2**53)] | None = None


class _OfSDK(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """Token counts of Vercel's SDK, which tell nothing as they stand."""

    inputTokens: Nothing  # noqa: N815
    outputTokens: Nothing  # noqa: N815
    raw: Any = None


class _EndOfSDK(msgspec.Struct, gc=False):
    unified: Text = None


class _Beside(msgspec.Struct, gc=False):
    responseId: Text = None  # noqa: N815


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
    fields += [_refused(key) for key in refused]
    return msgspec.defstruct(name, fields, gc=False)


def _refused(key: str) -> Any:
    if key == "stop_reason":
        # Where this one stands, even without a value, tokens are counted as Anthropic counts.
        return key, Never, UNSET
    # Under these an answer may stand, but no text.
    return key, str | None if key in ("raw", "response") else None, None


OF_CHAT = _answer(
    "Chat",
    {
        "id": Text,
        "model": Text,
        "object": Literal["chat.completion", "chat.completion.chunk", "text_completion"] | None,
        "usage": OfChat | None,
    },
    {"choices": list[_Choice]},
)
OF_COMPLETION = _answer(
    "Completion",
    {"id": Text, "model": Text, "usage": OfChat | None},
    {"choices": list[_ChoiceOfNoStream], "object": Literal["chat.completion"]},
)
"""A chat completion, for certain."""
_VECTORS = _layout(
    "Vectors",
    {"id": Text, "model": Text, "usage": OfChat | None, **dict.fromkeys(_SAID)},
    {"object": Literal["list"]},
)
_OF_RESPONSE = _answer(
    "Response",
    {
        "id": Text,
        "incomplete_details": Why | None,
        "model": Text,
        "output": list[_Item] | None,
        "status": Text,
        "usage": OfResponse | None,
    },
    {"object": Literal["response"]},
)


def _in_llama_index(name: str, said: str, raw: Any) -> Callable[[str], Any]:
    """Reads the answer that LlamaIndex keeps beside what it made of it: that tells all."""
    beside = [(key, Never, UNSET) for key in ("body", "generations")]
    return msgspec.json.Decoder(
        msgspec.defstruct(name, [(said, Any), ("raw", raw), *beside], gc=False)
    ).decode


_CHAT = msgspec.json.Decoder(OF_CHAT).decode
_RESPONSE = msgspec.json.Decoder(_OF_RESPONSE).decode
_CHAT_BESIDE_MESSAGE = _in_llama_index("ChatBesideMessage", "message", OF_CHAT)
_CHAT_IN_DATA = msgspec.json.Decoder(
    msgspec.defstruct("InData", [("data", OF_CHAT)], gc=False, forbid_unknown_fields=True)
).decode
"""A piece of one of Mistral's streams."""
_CHAT_BESIDE_TEXT = _in_llama_index("ChatBesideText", "text", OF_CHAT)
_RESPONSE_BESIDE_MESSAGE = _in_llama_index("ResponseBesideMessage", "message", _OF_RESPONSE)
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
    {"usage_metadata": OfCandidates | None},
)
_CANDIDATES_IN_NODE = _layout(
    "CandidatesInNode",
    {
        "candidates": list[_Candidate] | None,
        "modelVersion": Text,
        "promptFeedback": _FeedbackInNode | None,
        "responseId": Text,
    },
    {"usageMetadata": OfCandidatesInNode | None},
)
_OF_AI_SDK = _layout(
    "OfAISDK",
    {"model": Text, responses.BESIDE: dict[str, _Beside] | None, "usage_metadata": Any},
    {"finishReason": _EndOfSDK | _Word, "usage": _OfSDK},
)
"""What LangSmith writes of a call of Vercel's SDK."""
_OF_OLLAMA = _layout("OfOllama", {"id": Text, "model": Text}, {"done_reason": _Word})
_OF_COHERE = _layout(
    "OfCohere", {"id": Text, "model": Text}, {"finish_reason": _Word, "usage": _Billed}
)
_CONVERSE = _layout(
    "Converse",
    {"id": Text, "model": Text, "usage": OfConverse | None, "message": None},
    {"output": Nothing, "stopReason": _Word},
)
_OTHER = _layout(
    "Other",
    {
        "id": Text,
        "model": Text,
        "message": None,
        "token_usage": OfResponse | None,
        "data": list[msgspec.Raw] | None,  # an object is an envelope
    },
    {},
)
"""What answers with the words alone."""


# --- what they say -----------------------------------------------------------------------------


def by_chats(found: list[Any]) -> Told:
    """What chat completions and chunks of them say."""
    ends = [b.choices[0].finish_reason if b.choices else None for b in found]
    return _by_counts(found, ends)


def _by_raw_chats(found: list[Any]) -> Told:
    return by_chats([b.raw for b in found])


def _by_raw_responses(found: list[Any]) -> Told:
    return _by_responses([b.raw for b in found])


def _by_vectors(found: list[Any]) -> Told:
    return _by_counts(found, [None] * len(found))._replace(silent=True)


def _by_counts(found: list[Any], ends: Column) -> Told:
    counted = of_chats([b.usage for b in found])
    return Told([b.model for b in found], [b.id for b in found], ends, counted)


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


def _by_responses(found: list[Any]) -> Told:
    ends: Column = [_end_of_response(b) for b in found]
    used = of_responses([b.usage for b in found])
    return Told([b.model for b in found], [b.id for b in found], ends, used)


def _by_others(found: list[Any]) -> Told:
    used = of_responses([b.token_usage for b in found])
    return Told([b.model for b in found], [b.id for b in found], [None] * len(found), used)


def _by_ai_sdk(found: list[Any]) -> Told:
    none = [0] * len(found)
    ends = [e if isinstance(e, str) else e.unified for e in (b.finishReason for b in found)]
    beside = [b.providerMetadata for b in found]
    ids = [next(iter(told.values())).responseId if told else None for told in beside]
    return Told([b.model for b in found], ids, ends, (none,) * 5)


def _by_ollama(found: list[Any]) -> Told:
    none = [0] * len(found)
    ends: Column = [b.done_reason for b in found]
    return Told([b.model for b in found], [b.id for b in found], ends, (none,) * 5)


def _by_cohere(found: list[Any]) -> Told:
    none = [0] * len(found)
    cached = [int(b.usage.cached_tokens or 0) for b in found]
    ends: Column = [b.finish_reason for b in found]
    used = none, none, cached, none, none
    return Told([b.model for b in found], [b.id for b in found], ends, used)


def _by_converse(found: list[Any]) -> Told:
    used = of_converse([b.usage for b in found])
    return Told(
        [b.model for b in found], [b.id for b in found], [b.stopReason for b in found], used
    )


def _end_of_response(body: Any) -> str:
    why, listed = body.incomplete_details, body.output or ()
    if why is None and body.status == "completed":  # as most are
        for item in listed:
            if item.type in responses.CALLS:
                return "tool_calls"
        return "stop"
    items = [(item.type, item.status) for item in listed]
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


def _by_candidates(found: list[Any]) -> Told:
    firsts = [(b, b.candidates[0] if b.candidates else _NO_CANDIDATE) for b in found]
    ends = [b.finish_reason or _word(c.finish_reason) or c.finishReason for b, c in firsts]
    for n, why in enumerate([b.prompt_feedback for b in found]):
        if why is not None and why.block_reason:
            ends[n] = why.block_reason
    return Told(
        [b.model_version for b in found],
        [b.response_id for b in found],
        ends,
        of_candidates([b.usage_metadata for b in found]),
    )


def _by_candidates_in_node(found: list[Any]) -> Told:
    firsts = [b.candidates[0] if b.candidates else _NO_CANDIDATE for b in found]
    blocked = [b.promptFeedback.blockReason if b.promptFeedback else None for b in found]
    ends = [_word(c.finish_reason) or c.finishReason for c in firsts]
    return Told(
        [b.modelVersion for b in found],
        [b.responseId for b in found],
        [why or end for why, end in zip(blocked, ends, strict=True)],
        of_candidates([b.usageMetadata for b in found]),
    )


def _word(told: str | int | None) -> str | None:
    return told if type(told) is str else None


_NO_CANDIDATE = _Candidate()
_FORMATS: tuple[tuple[Callable[[str], Any], Callable[[list[Any]], Told]], ...] = (
    (_CHAT, by_chats),
    (_RESPONSE, _by_responses),
    (_MESSAGE, _by_messages),
    (_CANDIDATES, _by_candidates),
    (_CANDIDATES_IN_NODE, _by_candidates_in_node),
    (_VECTORS, _by_vectors),
    (_CHAT_OF_LANGSMITH, _by_chats_of_langsmith),
    (_RESPONSE_OF_LANGSMITH, _by_responses_of_langsmith),
    (_MESSAGE_OF_LANGSMITH, _by_messages_of_langsmith),
    (_OF_AI_SDK, _by_ai_sdk),
    (_OF_OLLAMA, _by_ollama),
    (_OF_COHERE, _by_cohere),
    (_CHAT_BESIDE_MESSAGE, _by_raw_chats),
    (_CHAT_BESIDE_TEXT, _by_raw_chats),
    (_RESPONSE_BESIDE_MESSAGE, _by_raw_responses),
    (_CONVERSE, _by_converse),
    (_CHAT_IN_DATA, lambda found: by_chats([b.data for b in found])),
    (_OTHER, _by_others),
)
_READS = tuple(read for read, _ in _FORMATS)


# --- many --------------------------------------------------------------------------------------


def told(values: Sequence[Any]) -> tuple[list[tuple[list[int], Told]], list[int]]:
    """What answers in a known format say, by format with their numbers; and numbers of the others."""
    found, odd = by_format(values, _READS)
    return [(numbers, _FORMATS[n][1](bodies_)) for n, numbers, bodies_ in found], odd
