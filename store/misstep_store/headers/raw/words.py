"""What the plainest answers of models say, read from their raw values alone.

A step of LangChain's and the call whose answer it gave hold the same message in two shapes. Where both
are one text, or calls of tools with plain arguments, they are compared as they stand; anything else
is None here, and left to the conventions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from types import GenericAlias
from typing import Annotated, Any, Literal

import msgspec
import orjson

from misstep_store.conventions.content import langchain
from misstep_store.conventions.readers import langfuse, mlflow, openllmetry
from misstep_store.conventions.values import reading as rd
from misstep_store.headers.columns.values import hides
from misstep_store.headers.raw.wires import by_format

Words = str | bytes


class MaybeJson(str):
    """A text that may be a JSON object: another text may be the same object."""

    __slots__ = ()


RAW: Words = b"raw"
"""Stands for an object with nothing but an answer in it, beside what would be parsed of it."""


def may_be_raw(said: Words) -> bool:
    """Whether what a call answered may be such an object itself."""
    return isinstance(said, MaybeJson) and ("raw" in said or hides(said))


_BEGINS_JSON = ("{", "[", '"')
ENVELOPES = {
    "input": {
        "langfuse.observation.input": "",
        "mlflow.spanInputs": "",
        "traceloop.entity.input": "inputs",
    },
    "output": {
        "langfuse.observation.output": "",
        "mlflow.spanOutputs": "",
        "traceloop.entity.output": "outputs",
    },
}
"""Where steps tell what they were given or gave, and under which key of that it stands."""


def of_step(a: Mapping[str, Any], side: str) -> Words | None:
    """What a step was given or gave, where that is one dumped message."""
    for key, inside in ENVELOPES[side].items():
        if key in a:
            told = rd.parsed(a[key])
            if inside:
                told = told.get(inside) if isinstance(told, dict) else None
            return _dumped(told)
    return None


def of_steps(values: Sequence[Any], inside: str) -> dict[int, Words]:
    """As :func:`of_step`, of what many steps were given or gave: by their numbers, of those that are
    one dumped message with words alone, or calls of tools."""
    found: dict[int, Words] = {}
    read, said = _STEPS[inside]
    for _, numbers, told in by_format(values, (read,))[0]:
        _add(map(said, told), numbers, found)
    return found


def of_calls(convention: str, values: Sequence[Any]) -> dict[int, Words]:
    """As :func:`of_call`, of what many models of one convention answered."""
    found: dict[int, Words] = {}
    reads, said = _FORMATS[convention]
    for _, numbers, told in by_format(values, reads)[0]:
        _add(map(said, told), numbers, found)
    return found


def _add(answers: Iterable[tuple[Any, Any]], numbers: list[int], found: dict[int, Words]) -> None:
    for n, (content, calls) in zip(numbers, answers, strict=True):
        try:
            said = _said(content, calls)
        except TypeError:  # a number that is too long
            said = None
        if said is not None:
            found[n] = said


class _Block(msgspec.Struct, gc=False):
    """A piece of an answer, as Anthropic writes it."""

    type: Any = None
    name: Any = None
    input: Any = None


_Content = str | list[_Block] | None
_Calls = list[dict[str, Any]] | None


class _Step(msgspec.Struct, gc=False):
    """A message that LangChain dumped."""

    type: Literal["ai", "AIMessageChunk", "AIMessage"]
    content: _Content
    additional_kwargs: msgspec.Raw
    tool_calls: _Calls = None
    data: None = None


class _Made(msgspec.Struct, gc=False):
    content: _Content | msgspec.UnsetType = msgspec.UNSET
    tool_calls: _Calls = None


class _Constructor(msgspec.Struct, gc=False):
    """A message as LangChain writes its objects."""

    lc: msgspec.Raw
    id: list[str]
    kwargs: _Made
    type: Literal["constructor"] | None = None
    named: None = msgspec.field(default=None, name="class")


class _Outputs(msgspec.Struct, gc=False):
    outputs: _Constructor


class _Inputs(msgspec.Struct, gc=False):
    inputs: _Constructor


class _Beside(msgspec.Struct, gc=False):
    tool_calls: _Calls = None


class _Answer(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """An answer as Langfuse writes it."""

    role: Literal["assistant"]
    content: _Content = None
    tool_calls: _Calls = None
    additional_kwargs: _Beside | None = None


class _Message(msgspec.Struct, gc=False):
    content: str | None = None
    tool_calls: _Calls = None


_ONE = msgspec.Meta(min_length=1, max_length=1)


def _choices(message: Any) -> tuple[Callable[[str], Any], ...]:
    """Read answers that are one such message: OpenAI's, and LangChain's."""
    choice = msgspec.defstruct("Choice", [("message", message)], gc=False)
    one: Any = Annotated[GenericAlias(list, (choice,)), _ONE]
    alone: Any = Annotated[GenericAlias(list, (one,)), _ONE]
    chat = msgspec.defstruct("Choices", [("choices", one)], gc=False)
    made = msgspec.defstruct("Made", [("generations", alone), ("choices", None, None)], gc=False)
    return tuple(msgspec.json.Decoder(kind).decode for kind in (chat, made))


def _of_step(message: Any) -> tuple[Any, Any]:
    content, calls = message.content, message.tool_calls or ()
    repeats = isinstance(content, list) and len(content) == len(calls) and _are_calls(content)
    return None if repeats else content, calls


def _of_constructor(made: _Constructor) -> tuple[Any, Any]:
    said = made.id and langchain.ROLES.get(made.id[-1]) == "assistant"
    if not said or made.kwargs.content is msgspec.UNSET:
        return None, ()
    return _of_step(made.kwargs)


def _of_answer(answer: Any) -> tuple[Any, Any]:
    content, beside = answer.content, answer.additional_kwargs
    calls = answer.tool_calls or (beside.tool_calls if beside is not None else None)
    if not calls and isinstance(content, list) and _are_calls(content):
        return None, [{"name": b.name, "args": b.input} for b in content]
    return content, calls


def _are_calls(blocks: Sequence[_Block]) -> bool:
    return all(b.type == "tool_use" for b in blocks)


def _of_choice(answer: Any) -> tuple[Any, Any]:
    message = (answer.choices or answer.generations[0])[0].message
    return message.content, message.tool_calls


_Read = tuple[Callable[[str], Any], Callable[[Any], tuple[Any, Any]]]
_STEPS: dict[str, _Read] = {
    "": (msgspec.json.Decoder(_Step).decode, _of_step),
    "inputs": (msgspec.json.Decoder(_Inputs).decode, lambda told: _of_constructor(told.inputs)),
    "outputs": (msgspec.json.Decoder(_Outputs).decode, lambda told: _of_constructor(told.outputs)),
}
_FORMATS: dict[str, tuple[tuple[Callable[[str], Any], ...], Callable[[Any], tuple[Any, Any]]]] = {
    langfuse.NAME: ((msgspec.json.Decoder(_Answer).decode,), _of_answer),
    mlflow.NAME: (_choices(_Message), _of_choice),
}
ANSWERS = {langfuse.NAME: "langfuse.observation.output", mlflow.NAME: "mlflow.spanOutputs"}
"""Where an answer stands, by convention."""


def of_call(convention: str, a: Mapping[str, Any]) -> Words | None:
    """What a model answered, where that is one message."""
    read = _CALLS.get(convention)
    return read(a) if read is not None else None


def _dumped(value: Any) -> Words | None:
    if isinstance(value, dict) and value.keys() == langchain.RAW:
        inner = value["raw"]
        return RAW if isinstance(inner, dict) and langchain.dumped(inner) is not None else None
    message = langchain.dumped(value) if isinstance(value, dict) else None
    if message is None or message["role"] != "assistant":
        return None
    content, calls = message.get("content"), message.get("tool_calls")
    return _said(None if langchain.are_calls(content, calls) else content, calls)


def _said(content: Any, calls: Any) -> Words | None:
    """A text that is no JSON, as text, or that may be a JSON object; tool calls as JSON."""
    if isinstance(content, str) and content:
        if content[0] == "{":
            return MaybeJson(content)
        plain = not content.startswith(_BEGINS_JSON) and not content[0].isspace()
        return content if plain else None
    if content or not isinstance(calls, list) or not calls:
        return None
    told = [_called(c) for c in calls]
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS) if all(told) else None


def _called(call: Any) -> list[Any] | None:
    """Name and arguments of a tool call of LangChain's or OpenAI's."""
    function = call.get("function") if isinstance(call, dict) else None
    if isinstance(function, dict):
        name, given = function.get("name"), rd.parsed(function.get("arguments"))
    elif isinstance(call, dict):
        name, given = call.get("name"), call.get("args")
    else:
        return None
    if not isinstance(name, str) or not isinstance(given, dict) or "content" in given:
        return None
    return [name, given] if all(_is_plain(v) for v in given.values()) else None


def _is_plain(value: Any) -> bool:
    kind = type(value)
    return kind is int or kind is bool or (kind is str and not value.startswith(langchain.PRINTED))


def _langfuse(a: Mapping[str, Any]) -> Words | None:
    made = rd.parsed(a.get("langfuse.observation.output"))
    if (
        not isinstance(made, dict)
        or not set(made) <= _OF_MESSAGE
        or made.get("role") != "assistant"
    ):
        return None
    beside = made.get("additional_kwargs")
    calls = made.get("tool_calls") or (beside.get("tool_calls") if type(beside) is dict else None)
    content: Any = made.get("content")
    if not calls and isinstance(content, list) and langchain.are_calls(content, content):
        content, calls = None, [{"name": b.get("name"), "args": b.get("input")} for b in content]
    return _said(content, calls)


_OF_MESSAGE = {"role", "content", "tool_calls", "additional_kwargs"}


def _mlflow(a: Mapping[str, Any]) -> Words | None:
    made = rd.parsed(a.get("mlflow.spanOutputs"))
    if not isinstance(made, dict):
        return None
    listed = made.get("choices") or made.get("generations")
    while isinstance(listed, list) and len(listed) == 1 and isinstance(listed[0], list):
        listed = listed[0]
    only = listed[0] if isinstance(listed, list) and len(listed) == 1 else None
    said = only.get("message") if isinstance(only, dict) else None
    if not isinstance(said, dict):
        return None
    return _said(said.get("content"), said.get("tool_calls"))


def _openllmetry(a: Mapping[str, Any]) -> Words | None:
    if not _say_no_more(tuple(a)) or a.get("gen_ai.completion.0.role") != "assistant":
        return None
    return _said(a.get("gen_ai.completion.0.content"), None)


@lru_cache(maxsize=1024)
def _say_no_more(names: tuple[str, ...]) -> bool:
    """Whether nothing but one message tells what was answered."""
    told = {k for k in names if k.startswith(("gen_ai.completion", "gen_ai.output.messages"))}
    return told <= _ALONE


_ALONE = {f"gen_ai.completion.0.{name}" for name in ("role", "content", "finish_reason")}
_CALLS = {langfuse.NAME: _langfuse, mlflow.NAME: _mlflow, openllmetry.NAME: _openllmetry}
