"""Members of classes and modules that are replaced while misstep records, and put back."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

Hook = tuple[Any, str, Callable[..., Any]]
"""Owner, name of its member, and what is called instead with the original before its arguments."""


class Patches:
    """Several hooks; ``install`` and ``remove`` are each other's inverse."""

    def __init__(self, *hooks: Hook) -> None:
        self._hooks = hooks
        self._undo: list[Callable[[], None]] = []

    def install(self) -> None:
        """Patches once; a second call does nothing."""
        if self._undo:
            return
        for owner, name, around in self._hooks:
            self._undo.append(replace(owner, name, _around(owner.__dict__[name], around)))

    def remove(self) -> None:
        """Restores what stood there before, unless somebody patched over us since."""
        while self._undo:
            self._undo.pop()()


def replace(owner: Any, name: str, patched: Any) -> Callable[[], None]:
    """Puts ``patched`` in the place of a member; what it gives puts the member back, unless somebody
    patched over us since."""
    original = owner.__dict__[name]
    setattr(owner, name, patched)

    def undo() -> None:
        if owner.__dict__.get(name) is patched:
            setattr(owner, name, original)

    return undo


def _around(original: Any, around: Callable[..., Any]) -> Any:
    @functools.wraps(original)
    def patched(*args: Any, **kwargs: Any) -> Any:
        return around(original, *args, **kwargs)

    return patched
