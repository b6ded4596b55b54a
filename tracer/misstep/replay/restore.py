"""Turning a recorded JSON value back into what the program expects at that place."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from misstep.errors import ReplayError, first_line
from misstep.model import Json
from misstep.typeddicts import usable

_YIELDING = (
    "Iterator",
    "Iterable",
    "Generator",
    "AsyncIterator",
    "AsyncIterable",
    "AsyncGenerator",
)


def restore(value: Json, annotation: Any, *, name: str) -> Any:
    """``value`` as an instance of ``annotation`` (pydantic, dataclass, TypedDict, plain types).

    Without an annotation the JSON value itself.

    Raises:
        ReplayError: when the value does not fit, naming the hop.
    """
    if annotation in (inspect.Parameter.empty, None, type(None), Any):
        return value
    try:
        return _adapter(annotation).validate_python(value, strict=False)
    except Exception as error:  # pydantic raises several kinds for types it cannot build
        reason = first_line(error)
        raise ReplayError(
            f"the recorded output of {name} cannot be turned back into {annotation!r}: {reason}. "
            "Give the function a return annotation that pydantic can build from JSON."
        ) from error


def _adapter(annotation: Any) -> TypeAdapter[Any]:
    try:
        return _cached_adapter(annotation)
    except TypeError:  # an annotation that cannot be hashed
        return TypeAdapter(usable(annotation), config=_config(annotation))


@functools.lru_cache(maxsize=1024)
def _cached_adapter(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(usable(annotation), config=_config(annotation))


def _config(annotation: Any) -> ConfigDict | None:
    """None for types that bring their own configuration, which pydantic insists on."""
    has_own = hasattr(annotation, "__pydantic_config__") or hasattr(annotation, "model_config")
    typed = typing.is_typeddict(annotation) or hasattr(annotation, "__dataclass_fields__")
    return None if has_own or typed else ConfigDict(ser_json_inf_nan="constants")


@functools.lru_cache(maxsize=1024)
def return_annotation(function: Callable[..., Any]) -> Any:
    """The evaluated return annotation, or ``inspect.Parameter.empty`` when there is none.

    For generators it is the item type."""
    try:
        hints = typing.get_type_hints(function, include_extras=True)
    except Exception:  # a forward reference that cannot be evaluated: treated as unannotated
        return inspect.Parameter.empty
    annotation = hints.get("return", inspect.Parameter.empty)
    origin = typing.get_origin(annotation)
    if getattr(origin, "__name__", "") in _YIELDING and _is_generator(function):
        arguments = typing.get_args(annotation)
        return arguments[0] if arguments else inspect.Parameter.empty
    return annotation


def _is_generator(function: Callable[..., Any]) -> bool:
    return inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)


def restore_arguments(
    function: Callable[..., Any], recorded: Json
) -> tuple[list[Any], dict[str, Any]]:
    """The entry's recorded ``{"args": [...], "kwargs": {...}}`` with each value restored.

    Raises:
        ReplayError: when an argument does not fit its annotation or the signature.
    """
    if not isinstance(recorded, dict):
        raise ReplayError(
            "the run's arguments were not recorded whole: payload capture was off or cut them; "
            "raise MISSTEP_MAX_PAYLOAD_BYTES and record again"
        )
    args, kwargs = list(recorded.get("args", [])), dict(recorded.get("kwargs", {}))
    name = getattr(function, "__qualname__", str(function))
    try:
        bound = inspect.signature(function).bind(*args, **kwargs)
    except TypeError as error:
        raise ReplayError(
            f"{name} no longer takes the recorded arguments ({error}): its signature changed"
        ) from error
    try:
        hints = typing.get_type_hints(function, include_extras=True)
    except Exception:
        hints = {}
    for parameter, value in bound.arguments.items():
        if parameter in hints and _plain(function, parameter):
            bound.arguments[parameter] = restore(
                value, hints[parameter], name=f"{name}({parameter})"
            )
    return list(bound.args), dict(bound.kwargs)


def _plain(function: Callable[..., Any], parameter: str) -> bool:
    kind = inspect.signature(function).parameters[parameter].kind
    return kind not in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
