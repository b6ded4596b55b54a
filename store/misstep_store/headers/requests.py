"""Raw requests of models: which model they name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from misstep_store.conventions import bodies
from misstep_store.conventions import reading as rd
from misstep_store.headers.layouts import decoder, layout, object_in
from misstep_store.headers.wires import Never, by_format


class _Request(msgspec.Struct, gc=False):
    model: Any = None
    model_name: Any = None
    model_id: Any = None
    modelId: Any = UNSET  # noqa: N815
    body: Any = UNSET
    kwargs: Any = UNSET


class _Plain(msgspec.Struct, gc=False):
    """A request in no envelope."""

    model: Any = None
    model_name: Any = None
    model_id: Any = None
    body: Never = UNSET
    kwargs: Never = UNSET


_read, _read_plain = decoder(_Request), decoder(_Plain)
_read_object = decoder(layout("Object", {}))


def models_named(values: Sequence[Any]) -> list[str | None]:
    """As :func:`model_named`, of many."""
    found: list[str | None] = [None] * len(values)
    groups, odd = by_format(values, (_read_plain,))
    for _, numbers, told in groups:
        for n, one in zip(numbers, told, strict=True):
            model = one.model or one.model_name or one.model_id
            found[n] = model if isinstance(model, str) else None
    for n in odd:
        found[n] = model_named(values[n])
    return found


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
