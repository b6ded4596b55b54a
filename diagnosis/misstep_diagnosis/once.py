"""A property that is made when it is first asked for, and is a plain attribute from then on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

T = TypeVar("T")


class _Once(Generic[T]):
    def __init__(self, make: Callable[[Any], T]) -> None:
        self._make = make
        self._name = make.__name__
        self.__doc__ = make.__doc__

    @overload
    def __get__(self, owner: None, kind: type) -> Self: ...

    @overload
    def __get__(self, owner: object, kind: type) -> T: ...

    def __get__(self, owner: object | None, kind: type) -> Self | T:
        if owner is None:
            return self
        made = owner.__dict__[self._name] = self._make(owner)
        return made


once = _Once
"""As :func:`functools.cached_property`, whose lock took 2 % of a diagnosis (CPython 3.11): what is made
here depends on its object alone, so two threads that ask at a time make the same."""

__all__ = ["once"]
