"""Streams of Bedrock's whose pieces are events: what their ends say, the words passed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import orjson
from msgspec import UNSET, UnsetType

from misstep_store.conventions import bedrock, envelopes
from misstep_store.conventions import reading as rd
from misstep_store.headers import layouts, wires
from misstep_store.headers.depth import SHORT

_Raw = msgspec.Raw | UnsetType


class _Event(msgspec.Struct, gc=False):
    """An event of Anthropic's messages, of Converse, or a piece of a text; of Nova's own events
    nothing is known here."""

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


_read = layouts.decoder(_Event)


def streamed(pieces: Sequence[Any]) -> Any:
    """What :func:`bedrock.streamed` makes of such pieces, as JSON text without the words where it is
    certain what that says; None for what is none."""
    if len(pieces) <= _MOST:
        events = _events(pieces)
        if events is not None and (told := _told(events, pieces)) is not None:
            return told
    return written(bedrock.streamed(pieces))


def _events(pieces: Sequence[Any]) -> list[_Event] | None:
    try:
        if all(piece[0] == "{" and len(piece) <= SHORT for piece in pieces):
            return list(map(_read, pieces))
    except (msgspec.MsgspecError, TypeError, LookupError, UnicodeEncodeError):
        return None
    events = [layouts.object_in(piece, _read) for piece in pieces]
    return None if None in events else events


_MOST = 1_000


def written(made: dict[str, Any] | None) -> Any:
    """An answer as JSON text, which is read many at once; as it is where it cannot be written."""
    try:
        return made and orjson.dumps(made).decode()
    except TypeError:  # a number that is too long
        return made


def _told(events: Sequence[_Event], pieces: Sequence[Any]) -> Any:
    if any(e.type == "message_start" for e in events):
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


def _conversed(events: Sequence[_Event]) -> str | None:
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
