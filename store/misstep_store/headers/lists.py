"""Raw answers that are lists: of messages, of texts, of items, of the chunks of a stream."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import UNSET

from misstep_store.conventions import bodies, responses
from misstep_store.conventions import reading as rd
from misstep_store.conventions.bodies import About
from misstep_store.conventions.types import Usage
from misstep_store.headers.counted import OfChat
from misstep_store.headers.depth import SHORT
from misstep_store.headers.wires import Never, Text, by_chats


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


_MEMBERS = msgspec.json.Decoder(list[_Member | str]).decode
_ITEMS = msgspec.json.Decoder(list[_Item]).decode
_ITEM = msgspec.json.Decoder(_Item).decode
_CHUNKS = msgspec.json.Decoder(list[_Chunk]).decode
_CHUNK = msgspec.json.Decoder(_Chunk).decode
_MOST_CHUNKS = 1_000


def of_list(value: Any) -> About | None:
    """What a list of messages, of texts, of items (or one alone) or of the chunks of a stream says,
    as :func:`bodies.about_answer`; None where it is something else, or may be."""
    if type(value) is not str or value[:1] not in ("[", "{") or len(value) > rd.MAX_PARSED_CHARS:
        return None
    if len(value) > SHORT and rd.may_be_deep(value):
        return None
    if value[0] == "{":
        return _of_items(value)
    try:
        members = _MEMBERS(value)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        members = None
    try:
        if members is None:
            return _streamed(_CHUNKS(value))
        if any(isinstance(m, _Member) and m.object in _WHOLE for m in members):
            return None  # a whole answer
        texts = [m for m in members if isinstance(m, str) and _may_be_chunk(m)]
        if any(_is_item(m) for m in members):
            return _of_items(value)
        if not texts or len(texts) < len(members):
            return bodies.NOTHING
        return _streamed([_CHUNK(text) for text in texts])
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return None


_WHOLE = ("response", responses.COMPLETION)


def _is_item(member: _Member | str) -> bool:
    """Whether it may be an item of a Responses object, whose list tells why the answer ended."""
    return isinstance(member, _Member) and (
        isinstance(member.type, str) and member.type in responses.ITEMS
    )


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
    return "choices" in text or "\\u" in text


def _streamed(chunks: list[_Chunk]) -> About | None:
    """As :func:`streams.joined` puts an answer together."""
    if not 0 < len(chunks) < _MOST_CHUNKS:
        return None
    counted = [c.usage for c in chunks if c.usage is not None]
    if any(u.prompt_tokens is None and u.completion_tokens is None for u in counted):
        return None
    whole = [c for c in chunks if c.usage is not None][-1:] or chunks[-1:]
    told = by_chats(whole)
    ends = [c.finish_reason for chunk in chunks for c in chunk.choices if c.finish_reason]
    return About(
        next((c.model for c in reversed(chunks) if c.model), None),
        next((c.id for c in reversed(chunks) if c.id), None),
        bodies.clean_finish(ends[-1]) if ends else None,
        Usage(*(column[0] for column in told.used)),
    )
