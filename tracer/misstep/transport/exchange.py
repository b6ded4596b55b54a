"""What a model call needs to know of one HTTP request, whichever library makes it."""

from __future__ import annotations

import json
from contextvars import ContextVar
from types import ModuleType
from typing import Any, Protocol

from misstep.model import Json

INSIDE: ContextVar[bool] = ContextVar("misstep_inside_call", default=False)
"""True while a recorded request is being sent: httpx may hand it on to aiohttp, which is hooked too."""


class Exchange(Protocol):
    """One request about to be sent; it can be changed, or answered without being sent."""

    method: str

    @property
    def host(self) -> str:
        """Where it goes."""
        ...

    @property
    def port(self) -> int | None:
        """The port when the address names one."""
        ...

    @property
    def path(self) -> str:
        """The path, decoded, without a query."""
        ...

    def header(self, name: str) -> str:
        """A request header; empty when it is not set."""
        ...

    def drop(self, name: str) -> None:
        """Takes a request header out."""
        ...

    def content(self) -> bytes | None:
        """The JSON body, or None when there is none that can be read without using it up."""
        ...

    def change(self, path: str, body: Json) -> None:
        """Replaces path and JSON body of what will be sent."""
        ...

    def response(self, status: int, content_type: str, body: bytes) -> Any:
        """A response of the library's own, as if it had come over the network."""
        ...

    def failure(self, message: str, *, timeout: bool) -> BaseException:
        """The library's own exception for a request that got no response."""
        ...


class HttpxExchange:
    """A request of httpx or httpx2: ``module`` is whichever of the two it belongs to."""

    def __init__(self, module: ModuleType, request: Any, *, is_async: bool) -> None:
        self.request = request
        self.method: str = request.method
        self._module = module
        self._is_async = is_async

    @property
    def host(self) -> str:
        return str(self.request.url.host)

    @property
    def port(self) -> int | None:
        port = self.request.url.port
        return int(port) if port else None

    @property
    def path(self) -> str:
        return str(self.request.url.path)

    def header(self, name: str) -> str:
        return str(self.request.headers.get(name, ""))

    def drop(self, name: str) -> None:
        self.request.headers.pop(name, None)

    def content(self) -> bytes | None:
        if "json" not in self.header("content-type"):
            return None
        try:
            return bytes(self.request.content)
        except Exception:
            # After a redirect the body is there as a stream of bytes that can be read again; any
            # other stream is an upload, which is no model call and must not be used up.
            stream = self.request.stream
            return b"".join(stream) if isinstance(stream, self._module.ByteStream) else None

    def change(self, path: str, body: Json) -> None:
        request = self.request
        headers = {k: v for k, v in request.headers.items() if k.lower() != "content-length"}
        self.request = self._module.Request(
            request.method,
            request.url.copy_with(path=path),
            headers=headers,
            content=json.dumps(body, ensure_ascii=False).encode(),
            extensions=request.extensions,
        )

    def response(self, status: int, content_type: str, body: bytes) -> Any:
        return self._module.Response(
            status,
            headers=served_headers(status, content_type),
            stream=_one_chunk(self._module, body, is_async=self._is_async),
            request=self.request,
        )

    def failure(self, message: str, *, timeout: bool) -> BaseException:
        kind = "ReadTimeout" if timeout else "ConnectError"
        error = getattr(self._module, kind)(message, request=self.request)
        assert isinstance(error, BaseException)
        return error


def served_headers(status: int, content_type: str) -> dict[str, str]:
    """Headers of a recorded answer: nobody has to wait again for a provider that was busy then."""
    return {"content-type": content_type, **({"retry-after-ms": "1"} if status >= 400 else {})}


def _one_chunk(module: ModuleType, body: bytes, *, is_async: bool) -> Any:
    base = module.AsyncByteStream if is_async else module.SyncByteStream
    left = [body]

    # As on a network, what was read is gone: OpenAI's SDK goes on reading after [DONE].
    def iterate(self: Any) -> Any:
        while left:
            yield left.pop()

    async def iterate_async(self: Any) -> Any:
        while left:
            yield left.pop()

    methods = {"__aiter__": iterate_async} if is_async else {"__iter__": iterate}
    return type("RecordedStream", (base,), methods)()
