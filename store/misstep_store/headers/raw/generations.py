"""Raw answers of LangChain's, of many calls at once: what they say, and what the message inside says.

As in :mod:`headers.raw.wires`, a layout holds what is looked at and refuses what else would be; an
answer that it refuses is left to :mod:`headers.raw.answers`. There is one layout for answers whose
tokens are counted as OpenAI counts them, or LangChain alone, and one for those with Anthropic's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from types import GenericAlias
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import UNSET

from misstep_store.conventions.content import messages as msg
from misstep_store.conventions.content import responses
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.values import reading as rd
from misstep_store.headers.columns.spans import TOKENS
from misstep_store.headers.raw import answers
from misstep_store.headers.raw.answers import Columns, merged_counts
from misstep_store.headers.raw.counted import (
    Nothing,
    OfChat,
    OfLangChain,
    OfMessage,
    of_chats,
    of_langchain,
    of_messages,
    table,
    with_cache,
)
from misstep_store.headers.raw.wires import (
    LOOKED_AT,
    OF_CHAT,
    Never,
    Text,
    Why,
    by_chats,
    by_format,
)

_Fields = Sequence[tuple[Any, ...]]
_ENDS = ("object", "generations", "choices", "candidates", *bodies.ENDS, *bodies.BLOCKED)
_SOME = msgspec.Meta(min_length=1)
_REFUSED_OUTPUT = ("usage_metadata", "usageMetadata", "token_usage", "llm_output", "type", "usage")


def _layout(name: str, told: _Fields, refused: Iterable[str] = ()) -> Any:
    known = {field[0] for field in told}
    none = [(key, None, None) for key in dict.fromkeys(refused) if key not in known]
    return msgspec.defstruct(name, [*told, *none], gc=False)


_NO_CONTENT = msgspec.Raw()


def _listed(kind: Any, *, some: bool = False) -> Any:
    found = GenericAlias(list, (kind,))
    return Annotated[found, _SOME] if some else found


_INFO = ("finish_reason", "finishReason", "done_reason", "model_name")
_Info = _layout("Info", [(key, Text, None) for key in _INFO], _ENDS)


_More = _layout("More", [(key, Text, None) for key in msg.ENDS])


def _answer(
    usage: _Fields, output: tuple[Any, ...], *, constructed: bool = True, words: bool = False
) -> Any:
    """Reads an answer.

    Args:
        usage: where token counts stand in what a message says of itself; ``output``: the field for
            what LangChain says of the model; ``constructed``: whether messages are in the envelope
            of LangChain's own objects; ``words``: there are none, but their words alone.
    """
    about = _layout(
        "About",
        [
            *usage,
            *((key, Text, None) for key in ("model_name", "model", "id", "object", "status")),
            *((key, Text, None) for key in msg.ENDS),
            ("incomplete_details", Why | None, None),
        ],
        ("body",),
    )
    told: _Fields = [
        ("response_metadata", about | None, None),
        ("additional_kwargs", _More | None, None),
        ("usage_metadata", OfLangChain | None, None),
        ("tool_calls", _listed(Nothing) | None, None),
        ("content", msgspec.Raw, _NO_CONTENT),
        ("id", Any, None),
    ]
    message = (
        _layout("Message", [("kwargs", _layout("Inner", told))])
        if constructed
        else _layout("Dumped", [*told, ("kwargs", Never, UNSET), ("data", Never, UNSET)])
    )
    infos = [(key, _Info | None, None) for key in ("generation_info", "generationInfo")]
    one = _layout("Generation", [("message", message), *infos])
    if words:
        one = _layout("Words", infos, ("message",))
    fields = [
        ("generations", _listed(_listed(one, some=True), some=True)),
        output,
        ("type", Literal["LLMResult"] | None, None),
        ("stop_reason", Never, UNSET),
    ]
    fields.sort(key=len)  # those that have to be there come first
    return msgspec.json.Decoder(_layout("Answer", fields, LOOKED_AT)).decode


_NAMED = ("model_name", Text, None)
_Output = _layout(
    "Output",
    [("token_usage", OfChat | None, None), _NAMED, ("stop_reason", Never, UNSET)],
    _REFUSED_OUTPUT,
)
_OutputOfMessage = _layout(
    "OutputOfMessage",
    [("usage", OfMessage), ("stop_reason", Any), _NAMED],  # so that tokens are counted as it does
    _REFUSED_OUTPUT,
)
_BY_CHATS: tuple[_Fields, tuple[Any, ...]] = (
    [("token_usage", OfChat | None, None), ("usage", OfChat | None, None)],
    ("llm_output", _Output | None, None),
)
_BY_MESSAGES: tuple[_Fields, tuple[Any, ...]] = (
    [("token_usage", None, None), ("usage", OfMessage | None, None)],
    ("llm_output", _OutputOfMessage),
)


def _unread(name: str, body: Any, content: Any) -> Callable[[str], Any]:
    """Reads an answer that LangChain made no message of: it keeps what came beside empty words."""
    ends = dict.fromkeys((*msg.ENDS, "token_usage", "usage", "model_name", "model", "id", "object"))
    about = _layout(f"AboutOf{name}", [("body", body)], ends)
    more = _layout(f"MoreOf{name}", (), msg.ENDS)
    told: _Fields = [("response_metadata", about), ("additional_kwargs", more | None, None)]
    told = [*told, ("usage_metadata", None, None)]
    inner = _layout(f"InnerOf{name}", [*told, ("id", None, None), ("content", content, None)])
    message = _layout(f"MessageOf{name}", [("kwargs", inner)])
    one = _layout(
        f"GenerationOf{name}", [("message", message)], ("generation_info", "generationInfo")
    )
    fields: _Fields = [
        ("generations", _listed(_listed(one, some=True), some=True)),
        ("type", Literal["LLMResult"] | None, None),
    ]
    return msgspec.json.Decoder(_layout(name, fields, LOOKED_AT)).decode


_Failure = _layout("Failure", [("type", Literal["error"] | None, None)], LOOKED_AT)
_NO_OUTPUT = _Output()
_NO_INFO = _Info()


class _NoAbout:
    """Stands where a message says nothing of itself."""

    token_usage = usage = model_name = model = id = object = status = incomplete_details = None
    finish_reason = stop_reason = stopReason = None  # noqa: N815


class _NoInner:
    """Stands where an answer is no message."""

    content = _NO_CONTENT
    response_metadata = additional_kwargs = usage_metadata = tool_calls = id = None


def abouts(values: Sequence[Any]) -> tuple[Columns, Columns]:
    """As :func:`answers.about_langchain`, of many."""
    found, odd = by_format(values, _READS)
    told = [(numbers, *_TELLS[n](some)) for n, numbers, some in found]
    if len(told) == 1 and not odd:
        return told[0][1], told[0][2]
    alone = [(n, answers.about_langchain(values[n])) for n in odd if values[n] not in _EMPTY]
    return (
        answers.joined(
            len(values), [(at, one) for at, one, _ in told], [(n, one) for n, (one, _) in alone]
        ),
        answers.joined(
            len(values), [(at, one) for at, _, one in told], [(n, one) for n, (_, one) in alone]
        ),
    )


def either(values: Sequence[Any]) -> Columns:
    """As :func:`answers.about_either`, of many."""
    mine = [n for n, value in enumerate(values) if type(value) is str and value.startswith(_BEGINS)]
    if not mine:
        return answers.abouts(values, answers.about_either)
    texts = values if len(mine) == len(values) else [values[n] for n in mine]
    found, odd = by_format(texts, _READS)
    parts = [([mine[n] for n in numbers], _filled(*_TELLS[n](some))) for n, numbers, some in found]
    if len(parts) == 1 and len(parts[0][0]) == len(values):
        return parts[0][1]
    alone = [(mine[n], answers.about_either(texts[n])) for n in odd if texts[n] not in _EMPTY]
    if len(mine) == len(values):
        return answers.joined(len(values), parts, alone)
    among = set(mine)
    rest = [n for n in range(len(values)) if n not in among]
    others = answers.abouts([values[n] for n in rest], answers.about_either)
    if others.models:
        parts.append((rest, others))
    silent = {rest[n] for n in others.silent}
    return answers.joined(len(values), parts, alone)._replace(silent=silent)


_BEGINS = '{"generations"'
_EMPTY = (
    '{"generations":[[]],"llm_output":null,"run":null,"type":"LLMResult"}',
    '{"generations": [[]], "llm_output": null, "run": null, "type": "LLMResult"}',
)
"""What a call that failed gave: it says nothing."""


def _filled(told: Columns, inside: Columns) -> Columns:
    """As :func:`bodies.filled`."""
    return Columns(
        [known or other for known, other in zip(told.models, inside.models, strict=True)],
        [known or other for known, other in zip(told.ids, inside.ids, strict=True)],
        told.ends,
        merged_counts(told.used, inside.used),
        told.fresh,
    )


_Counted = tuple[Any, Any]
"""Token counts as an array with a row a kind, and of the input what came from no cache."""


def _told(
    found: list[Any],
    outside: Callable[[list[Any]], _Counted],
    inside: Callable[[list[Any], list[Any], Any], list[Any]],
) -> tuple[Columns, Columns]:
    outputs = [b.llm_output or _NO_OUTPUT for b in found]
    firsts = [b.generations[0][0] for b in found]
    messages = [first.message for first in firsts]
    inner = [_NoInner if m is None else m if m.kwargs is UNSET else m.kwargs for m in messages]
    about = [i.response_metadata or _NoAbout for i in inner]
    infos = [first.generation_info or first.generationInfo or _NO_INFO for first in firsts]
    ends = [i.finish_reason or i.finishReason or i.done_reason for i in infos]
    if None in ends:
        ends = [_end_in(i) if e is None else e for i, e in zip(inner, ends, strict=True)]
    nothing: list[str | None] = [None] * len(found)
    counted, fresh = outside(outputs)
    named: list[str | None] = [o.model_name for o in outputs]
    used = table(of_langchain([i.usage_metadata for i in inner]))
    for other in inside(about, outputs, counted):
        if other.any():
            used = merged_counts(used, other)
    models = [a.model_name or a.model or i.model_name for a, i in zip(about, infos, strict=True)]
    ids = [a.id or responses.own_id(i.id) for a, i in zip(about, inner, strict=True)]
    return (
        Columns(named, nothing, answers.cleaned(ends), counted, fresh),
        Columns(models, ids, nothing.copy(), used),
    )


def _end_in(inner: Any) -> str | None:
    """As the message says of itself."""
    about = inner.response_metadata or _NoAbout
    if about.object == "response" and about.status is not None:
        why = about.incomplete_details
        called = [(responses.CALLS[0], None)] if inner.tool_calls else _items(inner.content)
        return responses.end_of(None if why is None else why.reason, about.status, called)
    told: str | None = about.finish_reason or about.stop_reason or about.stopReason
    if not told and (more := inner.additional_kwargs):
        told = more.finish_reason or more.stop_reason or more.stopReason
    return told


def _items(content: msgspec.Raw) -> list[tuple[Any, Any]]:
    """The types of the items of a Responses object, where LangChain kept them as they came."""
    text = bytes(content)
    if text[:1] != b"[":
        return []
    try:
        return [(item.type, None) for item in _read_items(text)]
    except (msgspec.MsgspecError, UnicodeDecodeError):
        told = rd.parsed(text.decode())
        return [(o.get("type"), None) for o in told or () if isinstance(o, dict)]


_read_items = msgspec.json.Decoder(_listed(_layout("Item", [("type", Any, None)]))).decode


def _of_outputs(outputs: list[Any]) -> _Counted:
    return table(of_chats([o.token_usage for o in outputs])), None


def _of_outputs_with_messages(outputs: list[Any]) -> _Counted:
    fresh, *used = of_messages([o.usage for o in outputs])
    return table((with_cache(fresh, used), *used)), np.array(fresh, np.int64)


def _inside_chats(about: list[Any], outputs: list[Any], counted: Any) -> list[Any]:
    """``counted``: what is told outside, of ``outputs``; most often the same stands inside."""
    used, more = [a.token_usage for a in about], [a.usage for a in about]
    found = []
    if any(used):
        same = used == [o.token_usage for o in outputs]
        found.append(counted if same else table(of_chats(used)))
    return [*found, table(of_chats(more))] if any(more) else found


def _inside_messages(about: list[Any], _outputs: list[Any], _counted: Any) -> list[Any]:
    return [table(of_messages([a.usage for a in about]))]


def _of_chats(found: list[Any]) -> tuple[Columns, Columns]:
    """Completions that are no message."""
    bodies_ = [b.generations[0][0].message.kwargs.response_metadata.body for b in found]
    models, ids, ends, used, *_ = by_chats(bodies_)
    told = Columns(models, ids, answers.cleaned(ends), table(used))
    return told, _of_failures(found)[1]


def _of_failures(found: list[Any]) -> tuple[Columns, Columns]:
    """Refused requests say nothing."""
    none: list[str | None] = [None] * len(found)
    nothing = Columns(none, none.copy(), none.copy(), np.zeros((len(TOKENS), len(found)), np.int64))
    return nothing, nothing


_Tell = Callable[[list[Any]], tuple[Columns, Columns]]
_by_chats: _Tell = partial(_told, outside=_of_outputs, inside=_inside_chats)
_by_messages: _Tell = partial(_told, outside=_of_outputs_with_messages, inside=_inside_messages)
_FORMATS: tuple[tuple[Callable[[str], Any], _Tell], ...] = (
    (_answer(*_BY_CHATS), _by_chats),
    (_answer(*_BY_MESSAGES), _by_messages),
    (_answer(*_BY_CHATS, constructed=False), _by_chats),
    (_answer(*_BY_MESSAGES, constructed=False), _by_messages),
    (_answer(*_BY_CHATS, words=True), _by_chats),
    (_unread("Refused", _Failure, Any), _of_failures),
    (_unread("Unread", OF_CHAT, Literal[""] | None), _of_chats),
)
_READS, _TELLS = zip(*_FORMATS, strict=True)
