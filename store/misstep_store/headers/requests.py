"""Raw requests of models: which model they name."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET

from misstep_store.conventions import bodies
from misstep_store.conventions import reading as rd
from misstep_store.headers.layouts import decoder, layout, object_in


class _Request(msgspec.Struct, gc=False):
    model: Any = None
    model_name: Any = None
    model_id: Any = None
    modelId: Any = UNSET  # noqa: N815
    body: Any = UNSET
    kwargs: Any = UNSET


_read = decoder(_Request)
_read_object = decoder(layout("Object", {}))


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
