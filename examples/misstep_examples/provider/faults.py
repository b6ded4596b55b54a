"""Faults switched by name: n times or until cleared, for all requests or for some."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass


class UnknownFaultError(ValueError):
    """No fault of that name exists; the message lists those that do."""


@dataclass(slots=True)
class _Switched:
    name: str
    left: int | None
    match: str


class FaultBoard:
    """Which faults are on. Safe to use from any thread."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = frozenset(known)
        self._switched: list[_Switched] = []
        self._lock = threading.Lock()

    @property
    def known(self) -> frozenset[str]:
        """Names that can be switched on."""
        return self._known

    def set(self, name: str, *, times: int | None = None, match: str = "") -> None:
        """Switches a fault on.

        Args:
            name: one of :attr:`known`.
            times: how often it strikes; None until it is cleared.
            match: only requests that contain this text (model name, prompt) are struck.

        Raises:
            UnknownFaultError: no such name.
        """
        if name not in self._known:
            listed = ", ".join(sorted(self._known))
            raise UnknownFaultError(f"no fault is called {name!r}; there are: {listed}")
        with self._lock:
            self._switched.append(_Switched(name, times, match))

    def clear(self) -> None:
        """Switches all faults off."""
        with self._lock:
            self._switched.clear()

    def strikes(self, name: str, text: str) -> bool:
        """Whether the fault hits this request; a fault with a count is used up by it."""
        with self._lock:
            for fault in self._switched:
                if fault.name == name and fault.match in text and fault.left != 0:
                    if fault.left is not None:
                        fault.left -= 1
                    return True
        return False
