"""Streams of Bedrock's whose pieces are events: what their ends say, the words passed over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
import orjson
from msgspec import UNSET, UnsetType
from msgspec.structs import astuple

from misstep_store.conventions.raw import bedrock, envelopes
from misstep_store.conventions.values import reading as rd
from misstep_store.headers.columns import layouts
from misstep_store.headers.columns.depth import SHORT
from misstep_store.headers.raw import wires

_Raw = msgspec.Raw | UnsetType


class _Event(msgspec.Struct, gc=False):
    """An event of Anthropic's messages, of Converse, or a piece of a text; none of Nova's."""

    type: Any = None
    message: _Raw = UNSET
    delta: _Raw = UNSET
    usage: _Raw = UNSET
    contentBlockIndex: Any = UNSET  # noqa: N815
    stopReason: Any = UNSET  # noqa: N815
    choices: _Raw = UNSET
    contentBlockDelta: wires.Never = UNSET  # noqa: N815
    messageStop: wires.Never = UNSET  # noqa: N815
    outputText: Any = None  # noqa: N815
    inputTextTokenCount: Any = None  # noqa: N815
    totalOutputTextTokenCount: Any = None  # noqa: N815
    completionReason: Any = None  # noqa: N815
    generation: Any = None
    generation_token_count: Any = None
    prompt_token_count: Any = None
    completion: Any = None
    stop_reason: Any = None


class _OfNova(msgspec.Struct, gc=False):
    stopReason: Any = UNSET  # noqa: N815
    usage: _Raw = UNSET


class _Named(msgspec.Struct, gc=False, forbid_unknown_fields=True, rename="camel"):
    """An event of Nova's."""

    message_start: _OfNova | None = None
    content_block_start: _OfNova | None = None
    content_block_delta: _OfNova | None = None
    content_block_stop: _OfNova | None = None
    message_stop: _OfNova | None = None
    metadata: _OfNova | None = None


_T = TypeVar("_T")
_read, _read_nova = layouts.decoder(_Event), layouts.decoder(_Named)


def streamed(pieces: Sequence[Any]) -> Any:
    """What :func:`bedrock.streamed` makes of such pieces, as JSON text without the words where it is
    certain what that says; None for what is none."""
    if len(pieces) <= _MOST and _are_shallow(pieces):
        events = _events(pieces, _read)
        told = _of_nova(pieces) if events is None else _told(events, pieces)
        if told is not None:
            return told
    return written(bedrock.streamed(pieces))


def _are_shallow(pieces: Sequence[Any]) -> bool:
    """Whether these are texts, none of which may be nested deeper than the conventions go."""
    if set(map(type, pieces)) != {str}:
        return False
    if max(map(len, pieces)) <= SHORT:
        return True
    long = [p for p in pieces if len(p) > SHORT]
    return max(map(len, long)) <= rd.MAX_PARSED_CHARS and not any(map(rd.may_be_deep, long))


def _events(pieces: Sequence[str], read: Callable[[str], _T]) -> list[_T] | None:
    try:
        return list(map(read, pieces))
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return None


_MOST = 1_000


def written(made: dict[str, Any] | None) -> Any:
    """An answer as JSON text, which is read many at once; as it is where it cannot be written."""
    try:
        return made and orjson.dumps(made).decode()
    except TypeError:  # a number that is too long
        return made


def _told(events: Sequence[_Event], pieces: Sequence[Any]) -> Any:
    if "message_start" in [e.type for e in events]:
        return _message(events)
    if any(e.contentBlockIndex is not UNSET or e.stopReason is not UNSET for e in events):
        return _conversed(events)
    for event, piece in _backwards(events, pieces):
        if event.choices is not UNSET:
            return piece if type(piece) is str else None
    return _texts(events) or _whole(pieces)


def _whole(pieces: Sequence[Any]) -> Any:
    """The last piece that is a whole answer, in the words of its family."""
    for piece in reversed(pieces):
        body = rd.parsed(piece)
        if not isinstance(body, dict):
            return None
        if (made := bedrock.of_family(body)) is not body:
            return written(made)
    return None


def _texts(events: Sequence[_Event]) -> str | None:
    """As :func:`bedrock.in_pieces`, of which the words say nothing here."""
    for text, asked, said, finish in bedrock.PIECES:
        told = [e for e in events if type(getattr(e, text)) is str]
        if told:
            end = next((e for one in reversed(told) if (e := getattr(one, finish))), None)
            most = [_most(told, key) for key in (asked, said)]
            made = bedrock.completion([bedrock.choice("", end)], *most)
            return orjson.dumps(made).decode()
    return None


def _most(told: Sequence[_Event], key: str) -> int:
    return max(rd.integer({key: getattr(e, key)}, key) for e in told) if key else 0


def _backwards(events: Sequence[_Event], pieces: Sequence[Any]) -> zip[tuple[_Event, Any]]:
    return zip(reversed(events), reversed(pieces), strict=True)


def _message(events: Sequence[_Event]) -> str | None:
    made: dict[str, Any] = {"type": "message", "role": "assistant"}
    for event in events:
        if event.type == "message_start":
            made |= _object(event.message)
        elif event.type == "message_delta":
            made |= _object(event.delta)
            counted = made.get("usage")
            known = counted if isinstance(counted, dict) else {}
            made["usage"] = {**known, **_object(event.usage)}
    end = made.get("stop_reason")
    if made["type"] != "message" or type(end) is not str or not _OTHERS.isdisjoint(made):
        return None
    made["content"] = []
    told: str | None = written(made)
    return told if type(told) is str else None


_OTHERS = frozenset(wires.LOOKED_AT) - {"id", "model", "type", "usage", "stop_reason"}
_OTHERS |= envelopes.KEYS
"""Keys of other answers, and of what may stand around one."""


def _of_nova(pieces: Sequence[str]) -> str | None:
    """As :func:`_conversed`, of Nova's events: each is one of Converse's under its name."""
    events = _events(pieces, _read_nova)
    told = [[x for x in astuple(e) if x is not None] for e in events or ()]
    if not told or max(map(len, told)) > 1:
        return None
    return _conversed([inner for (inner,) in filter(None, told)])


def _conversed(events: Sequence[_Event | _OfNova]) -> str | None:
    ends = [e.stopReason for e in events if e.stopReason is not UNSET]
    if not ends or type(ends[-1]) is not str or not ends[-1]:
        return None
    counted = [e.usage for e in events if e.usage is not UNSET]
    made = {"stopReason": ends[-1], "output": {}}
    if counted:
        made["usage"] = orjson.Fragment(bytes(counted[-1]))
    return orjson.dumps(made).decode()


def _object(raw: Any) -> Mapping[str, Any]:
    found = None if raw is UNSET else rd.parsed(bytes(raw).decode())
    return found if isinstance(found, dict) else {}
