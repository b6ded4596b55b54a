"""Installs and removes the hooks on httpx, httpx2, aiohttp and requests.

``Client._send_single_request`` is the one place every transport passes, custom ones included; its
presence is tested, and a client class without it is left alone (and counted)."""

from __future__ import annotations

import functools
import importlib
import importlib.abc
import importlib.util
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from misstep import guard, runtime
from misstep.patches import replace
from misstep.propagation import carry
from misstep.providers.shapes import is_provider
from misstep.seam import refuse_while_loading
from misstep.transport import aiohttp_hook, requests_hook
from misstep.transport.answers import Body
from misstep.transport.calls import ModelCall, open_call
from misstep.transport.exchange import INSIDE, HttpxExchange
from misstep.transport.streams import tapped

_METHOD = "_send_single_request"
Hook = Callable[[ModuleType], None]


class HttpSeam:
    """The hooks; ``install`` and ``remove`` are each other's inverse."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []
        self._finder: _LateFinder | None = None
        self._hooks: dict[str, Hook] = {
            "httpx": self._hook_httpx,
            "httpx2": self._hook_httpx,
            "aiohttp": self._hook_aiohttp,
            "requests": self._hook_requests,
        }

    def install(self) -> None:
        """Hooks the libraries that are loaded, and the others when they are imported."""
        if self._finder is not None:
            return
        for name, hook in self._hooks.items():
            module = sys.modules.get(name)
            if module is not None:
                hook(module)
        self._finder = _LateFinder(self._hooks)
        sys.meta_path.insert(0, self._finder)

    def remove(self) -> None:
        """Restores the libraries, unless somebody patched over us since."""
        if self._finder is not None and self._finder in sys.meta_path:
            sys.meta_path.remove(self._finder)
        self._finder = None
        while self._undo:
            self._undo.pop()()

    def _hook_httpx(self, module: ModuleType) -> None:
        for class_name, around in (("Client", _sync), ("AsyncClient", _async)):
            owner = getattr(module, class_name, None)
            self._replace(module, owner, class_name, _METHOD, around)

    def _hook_aiohttp(self, module: ModuleType) -> None:
        owner = getattr(module, "ClientSession", None)
        self._replace(module, owner, "ClientSession", "_request", aiohttp_hook.around)

    def _hook_requests(self, module: ModuleType) -> None:
        owner = getattr(module, "Session", None)
        self._replace(module, owner, "Session", "send", requests_hook.around)

    def _replace(
        self, module: ModuleType, owner: Any, owner_name: str, method: str, around: Any
    ) -> None:
        original = None if owner is None else owner.__dict__.get(method)
        if original is None:
            guard.note(f"{module.__name__}.{owner_name} has no {method}: its calls are not seen")
            return
        # httpx2.alias_httpx() makes both names one module.
        if getattr(original, "__misstep__", False):
            return
        patched = around(original, module)
        patched.__misstep__ = True
        self._undo.append(replace(owner, method, patched))


class _LateFinder(importlib.abc.MetaPathFinder):
    """Hooks a library right after its first import."""

    def __init__(self, hooks: Mapping[str, Hook]) -> None:
        self._hooks = hooks
        self._looking: set[str] = set()

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in self._hooks or name in self._looking:
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
            loader.__dict__.pop("exec_module", None)  # nothing of ours stays on the module's loader
            run(module)
            with guard.quietly(f"hooking {name}"):
                self._hooks[name](module)

        loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _open(exchange: HttpxExchange) -> ModelCall | None:
    running = runtime.active()
    if running is None:
        refuse_while_loading()
        return None
    with guard.quietly("looking at a request"):
        call = open_call(running, exchange)
        if call is None and not is_provider(exchange.host):
            carry(exchange.request)
        return call
    return None


def _tap(module: ModuleType, response: Any, call: ModelCall, *, is_async: bool) -> Any:
    with guard.quietly("tapping a response"):
        if not call.received(response.status_code, response.headers):
            return response
        content = _already_read(response)
        if content is None:
            response.stream = tapped(module, response, call, is_async=is_async)
        else:
            kind = response.headers.get("content-type", "")
            call.finished(Body(response.status_code, kind, content))
    return response


def _already_read(response: Any) -> bytes | None:
    """The body of a response that never was a stream: a cache's, or a test's transport's."""
    try:
        return bytes(response.content)
    except Exception:  # ResponseNotRead: the usual case
        return None


def _sync(original: Any, module: ModuleType) -> Any:
    @functools.wraps(original)
    def send(self: Any, request: Any) -> Any:
        exchange = HttpxExchange(module, request, is_async=False)
        call = _open(exchange)
        if call is None:
            return original(self, request)
        response = call.served()
        if response is None:
            token = INSIDE.set(True)
            try:
                response = original(self, exchange.request)
            except BaseException as error:
                call.failed(error)
                raise
            finally:
                INSIDE.reset(token)
        return _tap(module, response, call, is_async=False)

    return send


def _async(original: Any, module: ModuleType) -> Any:
    @functools.wraps(original)
    async def send(self: Any, request: Any) -> Any:
        exchange = HttpxExchange(module, request, is_async=True)
        call = _open(exchange)
        if call is None:
            return await original(self, request)
        response = call.served()
        if response is None:
            token = INSIDE.set(True)
            try:
                response = await original(self, exchange.request)
            except BaseException as error:
                call.failed(error)
                raise
            finally:
                INSIDE.reset(token)
        return _tap(module, response, call, is_async=True)

    return send
