"""Installs and removes the hook on httpx and httpx2.

``Client._send_single_request`` is the one place every transport passes, custom ones included; its
presence is tested, and a client class without it is left alone (and counted)."""

from __future__ import annotations

import functools
import importlib
import importlib.abc
import importlib.util
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from misstep import guard, runtime
from misstep.transport.calls import ModelCall, open_call

_LIBRARIES = ("httpx", "httpx2")
_METHOD = "_send_single_request"


class HttpSeam:
    """The hook; ``install`` and ``remove`` are each other's inverse."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []
        self._finder: _LateFinder | None = None

    def install(self) -> None:
        """Hooks the libraries that are loaded, and the others when they are imported."""
        if self._finder is not None:
            return
        for name in _LIBRARIES:
            module = sys.modules.get(name)
            if module is not None:
                self._hook(module)
        self._finder = _LateFinder(self._hook)
        sys.meta_path.insert(0, self._finder)

    def remove(self) -> None:
        """Restores both libraries, unless somebody patched over us since."""
        if self._finder is not None and self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)
        self._finder = None
        while self._undo:
            self._undo.pop()()

    def _hook(self, module: ModuleType) -> None:
        for class_name, around in (("Client", _sync), ("AsyncClient", _async)):
            owner = getattr(module, class_name, None)
            original = None if owner is None else owner.__dict__.get(_METHOD)
            if original is None:
                guard.note(
                    f"{module.__name__}.{class_name} has no {_METHOD}: its calls are not seen"
                )
            elif not getattr(original, "__misstep__", False):
                self._replace(owner, original, around(original, module))

    def _replace(self, owner: Any, original: Any, patched: Any) -> None:
        patched.__misstep__ = True
        setattr(owner, _METHOD, patched)

        def undo() -> None:
            if owner.__dict__.get(_METHOD) is patched:
                setattr(owner, _METHOD, original)

        self._undo.append(undo)


class _LateFinder(importlib.abc.MetaPathFinder):
    """Hooks a library right after its first import."""

    def __init__(self, hook: Callable[[ModuleType], None]) -> None:
        self._hook = hook
        self._looking: set[str] = set()

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in _LIBRARIES or name in self._looking:
            return None
        self._looking.add(name)
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self._looking.discard(name)
        if spec is None or spec.loader is None:
            return None
        loader = spec.loader
        run = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            run(module)
            with guard.quietly(f"hooking {name}"):
                self._hook(module)

        loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _open(module: ModuleType, request: Any) -> ModelCall | None:
    running = runtime.active()
    if running is None:
        return None
    with guard.quietly("looking at a request"):
        return open_call(running, module, request)
    return None


def _sync(original: Any, module: ModuleType) -> Any:
    @functools.wraps(original)
    def send(self: Any, request: Any) -> Any:
        call = _open(module, request)
        if call is None:
            return original(self, request)
        served = call.served(self, is_async=False)
        if served is not None:
            return served
        try:
            response = original(self, call.request)
        except BaseException as error:
            call.failed(error)
            raise
        return call.received(response)

    return send


def _async(original: Any, module: ModuleType) -> Any:
    @functools.wraps(original)
    async def send(self: Any, request: Any) -> Any:
        call = _open(module, request)
        if call is None:
            return await original(self, request)
        served = call.served(self, is_async=True)
        if served is not None:
            return served
        try:
            response = await original(self, call.request)
        except BaseException as error:
            call.failed(error)
            raise
        return call.received(response)

    return send
