"""Steps that find what LangChain's values tell, whichever convention carries them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from msgspec import UNSET, MsgspecError, Raw, UnsetType

from misstep_store.conventions.content import langchain
from misstep_store.conventions.readers import langsmith
from misstep_store.conventions.values import reading as rd
from misstep_store.headers.columns import values
from misstep_store.headers.columns.depth import SHORT
from misstep_store.headers.columns.formats import by_format
from misstep_store.headers.columns.layouts import decoder, layout, listed, object_in
from misstep_store.headers.steps.rows import Rows, Step

Read = Callable[[Any], langchain.End | None]


def _gave(value: Any) -> langchain.End | None:
    return _gave_as(value, _one_in(value))


def _gave_of(values: Sequence[Any]) -> list[langchain.End | None]:
    """As :func:`_gave` of each."""
    told: list[langchain.End | None] = [None] * len(values)
    groups, odd = by_format(values, (_read,))
    for _, numbers, found in groups:
        for n, one in zip(numbers, found, strict=True):
            told[n] = _gave_as(values[n], one)
    for n in odd:
        told[n] = _gave(values[n])
    return told


def _gave_as(value: Any, found: Any) -> langchain.End | None:
    """What a value gave, as which this was read."""
    if found is UNSET or (found is not None and found.raw is not UNSET and found.parsed is UNSET):
        return langchain.ended(rd.opened(value))
    if found is None:
        return None
    if _is_message(found):
        return _end_of(found) if _is_answer(found) else None
    listed = (found if found.update is None else found.update).messages or ()
    told = [m for m in listed if _is_message(m) and _is_answer(m)]
    return _end_of(told[0]) if len(told) == 1 and len(listed) <= langchain.MAX_UPDATE else None


def _heard(value: Any) -> langchain.End | None:
    found = _one_in(value)
    if found is UNSET:
        return langchain.heard(rd.opened(value))
    said = found is not None and _is_message(found) and _is_answer(found)
    return _end_of(found) if said else None


def _one_in(value: Any) -> Any:
    """The object that a text is, or that stands alone in its list; None of a longer list, UNSET where
    it is something else, or may be."""
    if type(value) is not str or value[:1] != "[":
        found = object_in(value, _read)
        return UNSET if found is None else found
    if len(value) > rd.MAX_PARSED_CHARS or (len(value) > SHORT and rd.may_be_deep(value)):
        return UNSET
    try:
        several = _read_list(value)
    except (MsgspecError, UnicodeEncodeError):
        return UNSET
    return several[0] if len(several) == 1 else None


_ABOUT = dict.fromkeys(("finish_reason", "stop_reason", "model_name", "model", "id"), str | None)
_OF_MESSAGE = {
    "content": Raw | UnsetType,
    "additional_kwargs": Raw | UnsetType,
    "response_metadata": layout("About", _ABOUT) | None,
    "type": str | None,
}
_ELSEWHERE = ("data", "class", "lc", "kwargs")
_MESSAGES = listed(layout("Message", _OF_MESSAGE, _ELSEWHERE))
_VALUE = layout(
    "Value",
    {
        **_OF_MESSAGE,
        "messages": _MESSAGES | None,
        "update": layout("Update", {"messages": _MESSAGES | None}) | None,
        "raw": Raw | UnsetType,
        "parsed": Raw | UnsetType,
    },
    (*_ELSEWHERE, "output"),
)
_read, _read_list = decoder(_VALUE), decoder(listed(_VALUE))
"""What matters of a dumped message, of the state of a graph, or of its command."""


def _is_message(found: Any) -> bool:
    """As :func:`langchain.dumped` knows one."""
    return (
        found.type in langchain.ROLES
        and found.content is not UNSET
        and found.additional_kwargs is not UNSET
    )


def _is_answer(message: Any) -> bool:
    return langchain.ROLES[message.type] == "assistant"


def _end_of(message: Any) -> langchain.End | None:
    about = message.response_metadata
    if about is None:
        return None
    ended = about.finish_reason or about.stop_reason or None
    return ended, about.model_name or about.model or None, about.id or None


# --- constructors ------------------------------------------------------------------------------

_KWARGS = layout(
    "Kwargs", {"content": Raw | UnsetType, "response_metadata": layout("Told", _ABOUT) | None}
)
_CONSTRUCTOR: dict[str, Any] = {
    "lc": Raw | UnsetType,
    "type": Literal["constructor"] | UnsetType,
    "id": listed(str) | UnsetType,
    "kwargs": _KWARGS | UnsetType,
}
_STATE = {"messages": listed(layout("Constructor", _CONSTRUCTOR, ("data", "class"))) | None}
_OUTPUTS = layout("Outputs", {**_CONSTRUCTOR, **_STATE}, ("data", "class", "update", "raw"))
_read_envelope = decoder(
    layout("Envelope", {"outputs": _OUTPUTS | listed(Raw), "kwargs": Raw | UnsetType}, alone=True)
)
"""What a step gave, in the envelope of LangChain's callbacks, as constructors that were dumped."""


def constructed(value: Any) -> langchain.End | UnsetType | None:
    """As :func:`langchain.ended`, of what an envelope holds; UNSET where it stands otherwise."""
    found = object_in(value, _read_envelope)
    if found is None or found.outputs is None:
        return UNSET
    made = found.outputs
    if isinstance(made, list):
        return None if len(made) != 1 else UNSET
    alone = _role(made)
    if alone is not None:
        return _end_of(made.kwargs) if alone == "assistant" else None
    several = made.messages or ()
    told = [m for m in several if _role(m) == "assistant"]
    if len(told) != 1 or len(several) > langchain.MAX_UPDATE:
        return None
    return _end_of(told[0].kwargs)


def _role(made: Any) -> str | None:
    """Whose message a constructor makes; None where it makes none."""
    if made.lc is UNSET or made.kwargs is UNSET or made.id is UNSET or not made.id:
        return None
    return langchain.ROLES.get(made.id[-1]) if made.kwargs.content is not UNSET else None


# --- steps -------------------------------------------------------------------------------------


def gave(key: str, read: Read = _gave, may: Callable[[str], bool] | None = None) -> Step:
    """Of steps whose output is one answer of a model: why it ended and which model it was; ``may``:
    whether a text may hold one, by a glance."""
    may = may or _may_have_ended

    def step(rows: Rows) -> None:
        models, ends = rows.column("response_model"), rows.column("finish_reason")
        ids = rows.column("response_id")
        given = [a[key] for a in rows.many]
        mine = [n for n, v in enumerate(given) if type(v) is not str or may(v)]
        some = [given[n] for n in mine]
        read_so = _gave_of(some) if read is _gave else map(read, some)
        for n, told in zip(mine, read_so, strict=True):
            if told is not None:
                ends[n], models[n], ids[n] = told

    return step


def heard(key: str, read: Read = _heard) -> Step:
    """Of steps that were given the whole answer of a model: the same."""

    def step(rows: Rows) -> None:
        for n, a in enumerate(rows.many):
            given = a[key]
            told = read(given) if type(given) is not str or _may_be_heard(given) else None
            if told is not None:
                rows.heard[n] = told

    return step


def answered_call(key: str) -> Step:
    """The id of the call that a dumped tool message answers."""

    def step(rows: Rows) -> None:
        column = rows.column("tool_call_id")
        for n in rows.lacking("tool_call_id"):
            given = rows.many[n][key]
            if type(given) is not str or "tool_call_id" in given or values.hides(given):
                column[n] = langchain.tool_call_id(rd.opened(given))

    return step


def called_by_ai_sdk(key: str) -> Step:
    """The id of the call that stands beside the arguments of a tool of Vercel's SDK."""

    def step(rows: Rows) -> None:
        column = rows.column("tool_call_id")
        for n, a in enumerate(rows.many):
            given = langsmith.tool_given(rd.decoded(a[key]))
            if given is not None:
                column[n] = given[1]

    return step


def _may_be_heard(text: str) -> bool:
    """Whether a text may be one dumped answer of a model; the state of a graph is none."""
    if text.startswith(_STATES) or text.count('"response_metadata":') > 1:
        return False
    return _may_answer(text)


def _may_have_ended(text: str) -> bool:
    """Whether a text may hold one dumped answer; of an object it costs less to read it."""
    return text[:1] == "{" or (text[:2] != '["' and _may_answer(text))


def may_have_ended_inside(text: str) -> bool:
    """As :func:`_may_have_ended`, of text that costs much to read: a state with several answers, as
    LangChain dumps its constructors, is none."""
    if not _may_answer(text):
        return False
    return text.count('"AIMessage"]') < 2 or values.hides(text) or not text.startswith(_STATES)


def _may_answer(text: str) -> bool:
    """Whether a text may hold one dumped answer of a model: prompts and tools' results do not, and of
    a state with several answers none is the step's."""
    if values.hides(text):
        return True
    if "response_metadata" not in text or not ('"ai"' in text or "AIMessage" in text):
        return False
    return text.count('"type": "ai"') < 2 or not text.startswith(_LISTS)


_STATES = ('{"messages":', '{"inputs": {"messages":', '{"outputs": {"messages":')
_LISTS = ('{"messages":', "[")
