"""The shapes of JSON objects of which a few keys matter: those are read into typed structures, the rest
is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import GenericAlias
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from misstep_store.conventions.values import reading as rd
from misstep_store.headers.columns.depth import SHORT


def layout(
    name: str, told: Mapping[str, Any], refused: Iterable[str] = (), *, alone: bool = False
) -> Any:
    """A structure with these keys; a refused one may be there without a value.

    Args:
        alone: all other keys are refused instead: half the time.
    """
    fields: list[tuple[str, Any, Any]] = [
        (key, kind, UNSET if UnsetType in getattr(kind, "__args__", ()) else None)
        for key, kind in told.items()
    ]
    if not alone:
        fields += [(key, None, None) for key in dict.fromkeys(refused) if key not in told]
    return msgspec.defstruct(name, fields, gc=False, forbid_unknown_fields=alone)


def may(kind: Any, *keys: str) -> dict[str, Any]:
    """Keys of such a kind, any of which may be absent."""
    return dict.fromkeys(keys, kind | None)


def listed(kind: Any) -> Any:
    """A list of such."""
    return GenericAlias(list, (kind,))


def decoder(layout: Any) -> Callable[[str], Any]:
    """Reads such a structure."""
    return msgspec.json.Decoder(layout).decode


def object_in(value: Any, *ways: Callable[[str], Any]) -> Any:
    """What the first of the ways reads of the JSON object that a text is, which may be no deeper than
    the conventions go; None where it is something else, or may be."""
    if type(value) is not str or value[:1] != "{" or len(value) > rd.MAX_PARSED_CHARS:
        return None
    if len(value) > SHORT and rd.may_be_deep(value):
        return None
    for read in ways:
        try:
            return read(value)
        except msgspec.MsgspecError:
            pass
        except UnicodeEncodeError:
            return None
    return None


def field_in(
    value: Any,
    key: str,
    *,
    refused: tuple[str, ...] = (),
    opened: Callable[[Any], Any] = rd.parsed,
) -> Any:
    """What stands under a key of the JSON object that a text is.

    Args:
        refused: keys beside which it may stand for something else.
        opened: how a value is opened that is such an object with a refused key, or none at all.
    """
    found = object_in(value, reader_of(key, refused))
    if found is not None:
        return getattr(found, key)
    body = opened(value)
    return body.get(key) if isinstance(body, dict) else None


def text_in(value: Any, key: str) -> str | None:
    """As :func:`field_in`, where it is text that is not empty."""
    told = field_in(value, key)
    return told if told and type(told) is str else None


@cache
def reader_of(key: str, refused: tuple[str, ...]) -> Callable[[str], Any]:
    """Reads of an object what stands under this key; ``refused``: see :func:`field_in`."""
    return decoder(layout("Object", {key: Any}, refused))
