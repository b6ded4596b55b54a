"""Why answers ended, in messages of which nothing else matters: read into typed structures."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from misstep_store.conventions.values import reading as rd
from misstep_store.headers.columns.depth import SHORT

_MOST = 1_000
_Never = Annotated[int, msgspec.Meta(ge=1, le=0)] | UnsetType


class _Content(msgspec.Struct, gc=False):
    """What a candidate of Gemini's says."""

    parts: list[msgspec.Raw]


class _Inner(msgspec.Struct, gc=False):
    """The message in a choice of OpenAI's; one with other keys is another's."""

    role: str
    content: str | list[msgspec.Raw] | None = None
    finish_reason: Any = None
    parts: None = None
    blocks: _Never = UNSET
    kwargs: _Never = UNSET
    event: _Never = msgspec.field(default=UNSET, name="event.name")


class _Answer(msgspec.Struct, gc=False):
    """A choice of OpenAI's, or a candidate of Gemini's."""

    message: _Inner | None = None
    content: _Content | None = None
    finish_reason: Any = None
    finishReason: Any = None  # noqa: N815 - its name on the wire
    parts: None = None
    type: None = None
    role: _Never = UNSET
    blocks: _Never = UNSET
    kwargs: _Never = UNSET
    data: _Never = UNSET
    event: _Never = msgspec.field(default=UNSET, name="event.name")


_read = msgspec.json.Decoder(list[_Answer]).decode


def told_in(given: Any) -> tuple[str | None] | None:
    """Why the first answer ended that says so, as :func:`messages.messages` reads a list of choices or
    candidates; None where it is something else, or may be."""
    if type(given) is not str or given[:2] != "[{":
        return None
    if len(given) > rd.MAX_PARSED_CHARS or (len(given) > SHORT and rd.may_be_deep(given)):
        return None
    try:
        found = _read(given)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return None
    if len(found) >= _MOST:
        return None
    first: str | None = None
    for one in found:
        inner = one.message
        if inner is not None:
            told = _text(one.finish_reason) or _text(inner.finish_reason)
        elif one.content is not None:
            told = _text(one.finish_reason or one.finishReason)
        else:
            return None
        first = first or told
    return (first,)


def _text(told: Any) -> str | None:
    return told if type(told) is str and told else None
