"""Raw answers of LangChain's, of many calls at once: what they say, and what the message inside says.

As in :mod:`headers.wires`, a layout holds what is looked at and refuses what else would be; an answer
that it refuses is left to :mod:`headers.answers`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import GenericAlias
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import UNSET

from misstep_store.conventions import bodies
from misstep_store.headers import answers
from misstep_store.headers.answers import Columns, merged_counts
from misstep_store.headers.depth import may_be_deep
from misstep_store.headers.wires import (
    LOOKED_AT,
    MOST_MISSES,
    Never,
    OfChat,
    OfLangChain,
    Text,
    of_chats,
    of_langchain,
)


class _About(msgspec.Struct, gc=False):
    token_usage: OfChat | None = None
    model_name: Text = None
    id: Text = None
    usage: OfChat | None = None
    model: Text = None
    status: None = None


class _Inner(msgspec.Struct, gc=False):
    response_metadata: _About | None = None
    usage_metadata: OfLangChain | None = None


class _Message(msgspec.Struct, gc=False):
    kwargs: _Inner


def _layout(name: str, told: Sequence[tuple[Any, ...]], refused: Iterable[str]) -> Any:
    known = {field[0] for field in told}
    none = [(key, None, None) for key in dict.fromkeys(refused) if key not in known]
    return msgspec.defstruct(name, [*told, *none], gc=False)


_ENDS = ("object", "generations", "choices", "candidates", *bodies.ENDS, *bodies.BLOCKED)
_Info = _layout("Info", [("finish_reason", Text, None)], _ENDS)
_Generation = _layout(
    "Generation", [("message", _Message), ("generation_info", _Info | None, None)], ()
)
_Output = _layout(
    "Output",
    [
        ("token_usage", OfChat | None, None),
        ("model_name", Text, None),
        ("stop_reason", Never, UNSET),
    ],
    ("usage", "usage_metadata", "usageMetadata", "llm_output", "type"),
)
_Some = msgspec.Meta(min_length=1)
_Batch = Annotated[GenericAlias(list, (_Generation,)), _Some]  # type: ignore[valid-type]
_Answer = _layout(
    "Answer",
    [
        ("generations", Annotated[GenericAlias(list, (_Batch,)), _Some]),
        ("llm_output", _Output | None, None),
        ("type", Literal["LLMResult"] | None, None),
        ("stop_reason", Never, UNSET),
    ],
    LOOKED_AT,
)
_read = msgspec.json.Decoder(_Answer).decode
_NONE, _NO_OUTPUT, _UNUSED = _About(), _Output(), OfLangChain()


def abouts(values: Sequence[Any]) -> tuple[Columns, Columns]:
    """As :func:`answers.about_langchain`, of many."""
    found, numbers = _plain(values)
    if len(found) == len(values):
        return _told(found)
    alone = set(range(len(values))).difference(numbers)
    told = {n: answers.about_langchain(values[n]) for n in alone}
    if found:
        both = zip(*map(_rows, _told(found)), strict=True)
        told.update(zip(numbers, both, strict=True))
    rows = [told[n] for n in range(len(values))]
    return answers.columned([one for one, _ in rows]), answers.columned([one for _, one in rows])


def _rows(columns: Columns) -> list[answers.Told]:
    used = zip(*(counts.tolist() for counts in columns.used), strict=True)
    fresh = [0] * len(columns.ids)
    return list(zip(columns.models, columns.ids, columns.ends, used, fresh, strict=True))


def _told(found: list[Any]) -> tuple[Columns, Columns]:
    outputs = [b.llm_output or _NO_OUTPUT for b in found]
    firsts = [b.generations[0][0] for b in found]
    inner = [first.message.kwargs for first in firsts]
    about = [i.response_metadata or _NONE for i in inner]
    infos = [first.generation_info for first in firsts]
    ends = [None if i is None else i.finish_reason for i in infos]
    outside = Columns(
        [o.model_name for o in outputs],
        [None] * len(found),
        answers.cleaned(ends),
        _arrays(*of_chats([o.token_usage for o in outputs])),
    )
    used = _of_messages([i.usage_metadata for i in inner])
    for key in ("token_usage", "usage"):
        others = _arrays(*of_chats([getattr(a, key) for a in about]))
        if any(column.any() for column in others):
            used = merged_counts(used, others)
    models = [a.model_name or a.model for a in about]
    return outside, Columns(models, [a.id for a in about], [None] * len(found), used)


def _plain(values: Sequence[Any]) -> tuple[list[Any], list[int]]:
    """The answers that are whole and plain, and their numbers."""
    deep = may_be_deep(values)
    found: list[Any] = []
    numbers: list[int] = []
    misses = 0
    for n, value in enumerate(values):
        if n in deep or type(value) is not str or misses > MOST_MISSES:
            continue
        try:
            found.append(_read(value))
        except (msgspec.MsgspecError, UnicodeEncodeError):
            misses += 1
            continue
        misses = 0
        numbers.append(n)
    return found, numbers


def _of_messages(told: list[OfLangChain | None]) -> list[Any]:
    return _arrays(*map(list, zip(*(of_langchain(u or _UNUSED) for u in told), strict=True)))


def _arrays(*columns: list[int]) -> list[Any]:
    none = np.zeros(len(columns[0]), np.int64)
    return [np.fromiter(c, np.int64, len(c)) if any(c) else none for c in columns]
