"""Steps that find what LangChain's values tell, whichever convention carries them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from misstep_store.conventions import langchain
from misstep_store.conventions import reading as rd
from misstep_store.headers.rows import Rows, Step

Read = Callable[[Any], langchain.End | None]


def _gave(value: Any) -> langchain.End | None:
    return langchain.ended(rd.opened(value))


def _heard(value: Any) -> langchain.End | None:
    return langchain.heard(rd.opened(value))


def gave(key: str, read: Read = _gave) -> Step:
    """Of steps whose output is one answer of a model: why it ended and which model it was."""

    def step(rows: Rows) -> None:
        models, ends = rows.column("response_model"), rows.column("finish_reason")
        for n, a in enumerate(rows.many):
            given = a[key]
            told = read(given) if type(given) is not str or _may_answer(given) else None
            if told is not None:
                ends[n], models[n] = told

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
            if type(given) is not str or "tool_call_id" in given or "\\u" in given:
                column[n] = langchain.tool_call_id(rd.opened(given))

    return step


def _may_be_heard(text: str) -> bool:
    """Whether a text may be one dumped answer of a model; the state of a graph is none."""
    if text.startswith(_STATES) or text.count('"response_metadata":') > 1:
        return False
    return _may_answer(text)


def _may_answer(text: str) -> bool:
    """Whether a text may hold one dumped answer of a model: prompts and tools' results do not, and of
    a state with several answers none is the step's."""
    if "\\u" in text:
        return True
    if "response_metadata" not in text or not ('"ai"' in text or "AIMessage" in text):
        return False
    return text.count('"type": "ai"') < 2 or not text.startswith(_LISTS)


_STATES = ('{"messages":', '{"inputs": {"messages":')
_LISTS = ('{"messages":', "[")
