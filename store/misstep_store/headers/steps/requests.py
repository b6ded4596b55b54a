"""Raw requests of models: which model they name, and which prompt that is kept at the provider."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET, Raw, UnsetType

from misstep_store.conventions.content import pydantic_messages, responses
from misstep_store.conventions.raw import bodies
from misstep_store.conventions.values import reading as rd
from misstep_store.headers.columns.layouts import decoder, layout, object_in
from misstep_store.headers.raw.wires import Never, by_format
from misstep_store.headers.steps.alike import Rows

_Kept = Raw | UnsetType


class _Request(msgspec.Struct, gc=False):
    model: Any = None
    model_name: Any = None
    model_id: Any = None
    modelId: Any = UNSET  # noqa: N815
    body: Any = UNSET
    kwargs: Any = UNSET


class _Plain(msgspec.Struct, gc=False):
    """A request in no envelope: nothing but these tells of a prompt that is kept."""

    model: Any = None
    model_name: Any = None
    model_id: Any = None
    body: Never = UNSET
    kwargs: Never = UNSET
    prompt: _Kept = UNSET
    args: _Kept = UNSET
    offered: _Kept = msgspec.field(default=UNSET, name=pydantic_messages.OFFERED)


class _Invoked(msgspec.Struct, gc=False):
    """One of Bedrock's."""

    modelId: str  # noqa: N815
    body: str
    kwargs: Never = UNSET


_FORMATS = _read_plain, _read_invoked = decoder(_Plain), decoder(_Invoked)
_read, _read_object = decoder(_Request), decoder(layout("Object", {}))


def told(rows: Rows, given: Sequence[Any]) -> None:
    """Takes what raw requests, one a row, name where nothing else does."""
    lacking = rows.lacking("request_model")
    models, odd = _named([given[n] for n in lacking])
    if lacking:
        column = rows.column("request_model")
        for n, model in zip(lacking, models, strict=True):
            column[n] = model
    if len(lacking) == len(given):
        _keep(rows, given, odd)
    else:
        among = {lacking[n] for n in odd}
        _keep(rows, given, sorted({*range(len(given))}.difference(lacking) | among))


def _keep(rows: Rows, given: Sequence[Any], numbers: Sequence[int]) -> None:
    """Takes the prompts that these name."""
    for n in numbers:
        text = given[n]
        if responses.KEPT not in str(text):
            continue
        found: Any = rd.parsed(text) if type(text) is str and text[:1] == "{" else None
        body = found if type(found) is dict else {}
        prompt: Any = body.get("prompt")
        if not responses.is_kept(prompt) or pydantic_messages.OFFERED in body:
            rows.doubtful.add(n)
        elif rows.column("prompt_name")[n] is None:
            kept = responses.kept(prompt)
            rows.column("prompt_name")[n], rows.column("prompt_version")[n] = kept


def _named(values: Sequence[Any]) -> tuple[list[str | None], list[int]]:
    """As :func:`model_named`, of many; and the numbers of those that may name a prompt that is kept."""
    found: list[str | None] = [None] * len(values)
    if not values:
        return found, []
    groups, odd = by_format(values, _FORMATS)
    may_keep: list[int] = []
    for which, numbers, read in groups:
        if which == 1:
            may_keep += numbers
            odd += _invoked(numbers, read, found)
            continue
        for n, one in zip(numbers, read, strict=True):
            model = one.model or one.model_name or one.model_id
            found[n] = model if isinstance(model, str) else None
            if not (one.prompt is one.args is one.offered is UNSET):
                may_keep.append(n)
    for n in odd:
        found[n] = model_named(values[n])
    return found, sorted({*may_keep, *odd})


def _invoked(numbers: list[int], read: list[_Invoked], found: list[str | None]) -> list[int]:
    """Takes the models of requests of Bedrock's whose bodies are objects; numbers of the others."""
    _, rest = by_format([one.body for one in read], (_read_object,))
    for n, one in zip(numbers, read, strict=True):
        found[n] = one.modelId
    return [numbers[n] for n in {*rest, *(n for n, one in enumerate(read) if not one.modelId)}]


def model_named(value: Any) -> str | None:
    """As :func:`bodies.model_named` of what the value is; all else in it is passed over."""
    found = object_in(value, _read)
    if found is None or found.kwargs is not UNSET:
        return bodies.model_named(rd.opened(value))
    model = found.model
    if found.body is not UNSET and found.modelId is not UNSET:  # Bedrock's
        model = found.modelId
        if not model or object_in(found.body, _read_object) is None:
            return bodies.model_named(rd.opened(value))
    model = model or found.model_name or found.model_id
    return model if isinstance(model, str) else None
