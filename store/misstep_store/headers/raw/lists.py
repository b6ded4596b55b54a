"""Raw answers that are lists: of messages, of texts, of items, of the chunks of a stream."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from msgspec import UNSET

from misstep_store.conventions.content import responses
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.raw.bodies import About
from misstep_store.conventions.types import Usage
from misstep_store.conventions.values import reading as rd
from misstep_store.headers.columns.depth import SHORT, may_be_deep
from misstep_store.headers.columns.layouts import listed
from misstep_store.headers.columns.values import hides
from misstep_store.headers.raw.counted import OfChat, of_chats
from misstep_store.headers.raw.wires import OF_COMPLETION, Never, Text, by_chats


class _Member(msgspec.Struct, gc=False):
    """A message, which says nothing of its answer; no choice, no chunk of a stream."""

    choices: Never = UNSET
    message: Never = UNSET
    type: Any = None
    object: Any = None


class _Words(msgspec.Struct, gc=False):
    type: Any = None


class _Item(msgspec.Struct, gc=False):
    """An item of a Responses object."""

    type: str
    choices: Never = UNSET
    message: Never = UNSET
    stop_reason: Never = UNSET
    status: Any = None
    content: list[_Words] | None = None


class _ChunkChoice(msgspec.Struct, gc=False):
    finish_reason: Text = None


class _Chunk(msgspec.Struct, gc=False):
    object: Literal["chat.completion.chunk"]
    choices: list[_ChunkChoice]
    id: Text = None
    model: Text = None
    usage: OfChat | None = None


_ALONE = msgspec.Meta(min_length=1, max_length=1)
_MEMBERS = msgspec.json.Decoder(list[_Member | str]).decode
_ITEMS = msgspec.json.Decoder(list[_Item]).decode
_ITEM = msgspec.json.Decoder(_Item).decode
_CHUNKS = msgspec.json.Decoder(list[_Chunk]).decode
_CHUNK = msgspec.json.Decoder(_Chunk).decode
_CHATS = msgspec.json.Decoder(Annotated[listed(OF_COMPLETION), _ALONE]).decode
_MOST_CHUNKS = 1_000


def of_list(value: Any) -> About | None:
    """What a list of messages, of texts, of items (or one alone) or of the chunks of a stream says,
    as :func:`bodies.about_answer`; None where it is something else, or may be."""
    if type(value) is not str or value[:1] not in ("[", "{") or len(value) > rd.MAX_PARSED_CHARS:
        return None
    if len(value) > SHORT and rd.may_be_deep(value):
        return None
    return _of_items(value) if value[0] == "{" else _of_members(value)


def of_lists(values: Sequence[str]) -> list[About | None]:
    """As :func:`of_list` of each, which begins as a list."""
    deep = may_be_deep(values)
    told: list[About | None] = [None] * len(values)
    streams: list[tuple[int, _End]] = []
    for n, value in enumerate(values):
        if n in deep:
            continue
        chunks = _chunks(value)
        if chunks is None:
            told[n] = _of_members(value)
        elif (end := _end_of(chunks)) is not None:  # kept, each costs 57 µs, not 18
            streams.append((n, end))
    for (n, _), one in zip(streams, _all_streamed([end for _, end in streams]), strict=True):
        told[n] = one
    return told


_FAR = 400
"""So near to the beginning the choices of a stream's first chunk stand."""


def _chunks(value: str) -> list[_Chunk] | None:
    """The chunks of a stream, where it surely is one."""
    if '"choices"' not in value[:_FAR]:
        return None
    try:
        return _CHUNKS(value)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return None


def _of_members(value: str) -> About | None:
    try:
        members = _MEMBERS(value)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        members = None
    try:
        if members is None:
            return _of_choices(value)
        texts = [m for m in members if type(m) is str]
        if len(texts) == len(members):
            if not all(map(_may_be_chunk, texts)) or not texts:
                return bodies.NOTHING
            return _streamed([_CHUNK(text) for text in texts])
        objects = [m for m in members if isinstance(m, _Member)]
        if any(m.object in _WHOLE for m in objects):
            return None  # a whole answer
        # Items of a Responses object tell why the answer ended.
        is_item = any(isinstance(m.type, str) and m.type in responses.ITEMS for m in objects)
        return _of_items(value) if is_item else bodies.NOTHING
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return None


_WHOLE = ("response", responses.COMPLETION)


def _of_choices(value: str) -> About | None:
    """What the chunks of a stream say, or one chat completion alone."""
    try:
        return _streamed(_CHUNKS(value))
    except msgspec.ValidationError:
        told = by_chats(_CHATS(value))
    model, identity, end = told.models[0], told.ids[0], told.ends[0]
    used = Usage(*(column[0] for column in told.used))
    return About(model, identity, None if end is None else bodies.clean_finish(end), used)


def _of_items(value: str) -> About | None:
    """What items of a Responses object say without their envelope."""
    try:
        items = _ITEMS(value) if value[0] == "[" else [_ITEM(value)]
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return None
    if not all(map(_is_certain, items)):
        return None
    if any(item.type in responses.CALLS for item in items):
        return _CALLED
    return _CUT_OFF if any(item.status == "incomplete" for item in items) else _DONE


def _is_certain(item: _Item) -> bool:
    """As :func:`responses.is_item`."""
    if item.type != "message":
        return item.type in responses.ITEMS
    return any(part.type in _SAID for part in item.content or ())


_SAID = ("output_text", "refusal")
_CALLED, _CUT_OFF, _DONE = (
    bodies.NOTHING._replace(finish=end) for end in ("tool_calls", "incomplete", "stop")
)


def _may_be_chunk(text: str) -> bool:
    return "choices" in text or hides(text)


def _streamed(chunks: list[_Chunk]) -> About | None:
    """As :func:`streams.joined` puts an answer together."""
    end = _end_of(chunks)
    return None if end is None else _all_streamed([end])[0]


class _End(NamedTuple):
    """What the last chunks say that say it."""

    model: str | None
    identity: str | None
    finish: str | None
    usage: OfChat | None


def _end_of(chunks: list[_Chunk]) -> _End | None:
    """The end of a stream; None where it is not certain what its chunks say."""
    if not 0 < len(chunks) < _MOST_CHUNKS:
        return None
    finish = usage = None
    for chunk in chunks:
        if (told := chunk.usage) is not None:
            if told.prompt_tokens is None and told.completion_tokens is None:
                return None
            usage = told
        for choice in chunk.choices:
            finish = choice.finish_reason or finish
    model = next((c.model for c in reversed(chunks) if c.model), None)
    identity = next((c.id for c in reversed(chunks) if c.id), None)
    return _End(model, identity, bodies.clean_finish(finish) if finish else None, usage)


def _all_streamed(ends: Sequence[_End]) -> list[About]:
    """What streams with these ends say."""
    used = zip(*of_chats([end.usage for end in ends]), strict=True)
    return [About(*end[:3], Usage(*counts)) for end, counts in zip(ends, used, strict=True)]
