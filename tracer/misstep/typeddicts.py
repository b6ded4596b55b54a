"""Annotations as pydantic takes them: before Python 3.12 it refuses ``typing.TypedDict``."""

from __future__ import annotations

import functools
import operator
import sys
import types
import typing
from typing import Any

import typing_extensions

_MARKS = (typing.Required, typing.NotRequired)


def usable(kind: Any) -> Any:
    """``kind`` with every ``typing.TypedDict`` in it replaced by its equal of typing_extensions."""
    if sys.version_info >= (3, 12):
        return kind
    try:
        return _usable(kind)
    except (
        TypeError,
        NameError,
        RecursionError,
    ):  # refers to itself, or to a name that is not there
        return kind


def _usable(kind: Any) -> Any:
    if typing.is_typeddict(kind):
        return _converted(kind)
    arguments = typing.get_args(kind)
    changed = tuple(map(_usable, arguments))
    if all(new is old for new, old in zip(changed, arguments, strict=True)):
        return kind
    if isinstance(kind, types.UnionType):
        return functools.reduce(operator.or_, changed)
    if hasattr(kind, "__metadata__"):
        return typing.Annotated[(changed[0], *kind.__metadata__)]
    if hasattr(kind, "copy_with"):
        return kind.copy_with(changed)
    origin: Any = typing.get_origin(kind)
    return origin[changed]


def _converted(kind: Any) -> Any:
    members: dict[str, Any] = {}
    for name, hint in typing.get_type_hints(kind, include_extras=True).items():
        required = name in kind.__required_keys__
        if typing.get_origin(hint) in _MARKS:  # unknown to __required_keys__ where it was a string
            required = typing.get_origin(hint) is typing.Required
            (hint,) = typing.get_args(hint)
        hint = _usable(hint)
        members[name] = hint if required else typing_extensions.NotRequired[hint]
    return typing_extensions.TypedDict(kind.__name__, members)  # type: ignore[operator]
