"""Model calls made through aiohttp itself: google-genai's asynchronous client, for one.

httpx transports that run on aiohttp (LiteLLM's, OpenAI's) are seen at httpx already."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

from misstep import guard, runtime
from misstep.model import Json
from misstep.propagation import carry
from misstep.providers.shapes import is_provider
from misstep.transport.calls import ModelCall, open_call
from misstep.transport.exchange import INSIDE
from misstep.transport.streams import Tap


class AiohttpExchange:
    """The arguments of ``ClientSession._request``."""

    def __init__(
        self, module: ModuleType, session: Any, method: str, url: Any, options: dict[str, Any]
    ) -> None:
        self.method = method.upper()
        self.options = options
        self.headers: Any = {}
        self._module = module
        self._session = session
        built = getattr(session, "_build_url", None)
        self.url = built(url) if built is not None else _url(url)

    @property
    def host(self) -> str:
        return str(self.url.host or "")

    @property
    def port(self) -> int | None:
        port = self.url.port
        return port if isinstance(port, int) else None

    @property
    def path(self) -> str:
        return str(self.url.path)

    def header(self, name: str) -> str:
        for headers in (self.options.get("headers"), getattr(self._session, "headers", None)):
            for key, value in dict(headers or {}).items():
                if str(key).lower() == name:
                    return str(value)
        return ""

    def drop(self, name: str) -> None:
        headers = dict(self.options.get("headers") or {})
        self.options = self.options | {
            "headers": {k: v for k, v in headers.items() if str(k).lower() != name}
        }

    def content(self) -> bytes | None:
        if self.options.get("json") is not None:
            return json.dumps(self.options["json"]).encode()
        data = self.options.get("data")
        if "json" not in self.header("content-type"):
            return None
        if isinstance(data, str):
            return data.encode()
        return bytes(data) if isinstance(data, bytes | bytearray) else None

    def change(self, path: str, body: Json) -> None:
        self.url = self.url.with_path(path, keep_query=True)
        self.options = {k: v for k, v in self.options.items() if k not in ("json", "data")}
        headers = dict(self.options.get("headers") or {})
        self.options["headers"] = {
            k: v for k, v in headers.items() if k.lower() not in ("content-length", "content-type")
        } | {"Content-Type": "application/json"}
        self.options["data"] = json.dumps(body, ensure_ascii=False).encode()

    def carry(self) -> None:
        """Adds the run's W3C headers, as httpx requests have them."""
        given = self.options.get("headers")
        from multidict import CIMultiDict

        self.headers = CIMultiDict(given or ())
        carry(self)
        if len(self.headers) > len(given or ()):
            self.options = self.options | {"headers": self.headers}

    def response(self, status: int, content_type: str, body: bytes) -> Any:
        return _made_response(self._module, self.method, self.url, status, content_type, body)

    def failure(self, message: str, *, timeout: bool) -> BaseException:
        if timeout:
            return TimeoutError(message)
        error = self._module.ClientConnectionError(message)
        assert isinstance(error, BaseException)
        return error


def _url(url: Any) -> Any:
    from yarl import URL

    return URL(url)


def around(original: Any, module: ModuleType) -> Any:
    """``ClientSession._request`` with model calls recorded."""

    @functools.wraps(original)
    async def request(self: Any, method: Any, str_or_url: Any, **options: Any) -> Any:
        exchange, call = _open(module, self, method, str_or_url, options)
        if call is None:
            options = options if exchange is None else exchange.options
            return await original(self, method, str_or_url, **options)
        assert exchange is not None
        response = call.served()
        if response is None:
            token = INSIDE.set(True)
            try:
                response = await original(self, method, exchange.url, **exchange.options)
            except BaseException as error:
                call.failed(error)
                raise
            finally:
                INSIDE.reset(token)
        with guard.quietly("tapping a response"):
            if call.received(response.status, response.headers):
                _tap(response, call)
        return response

    return request


def _open(
    module: ModuleType, session: Any, method: Any, url: Any, options: dict[str, Any]
) -> tuple[AiohttpExchange | None, ModelCall | None]:
    running = runtime.active()
    if running is None or INSIDE.get():
        return None, None
    with guard.quietly("looking at a request"):
        exchange = AiohttpExchange(module, session, str(method), url, options)
        call = open_call(running, exchange)
        if call is None and not is_provider(exchange.host):
            exchange.carry()
        return exchange, call
    return None, None


def _tap(response: Any, call: ModelCall) -> None:
    # aiohttp decompresses before anybody reads: the copy is plain already.
    headers = {"content-type": response.headers.get("content-type", "")}
    tap = Tap(call, response.status, headers)
    response.content = _TappedReader(response.content, tap)
    for name in ("release", "close"):
        setattr(response, name, _ending(getattr(response, name), response, tap))


def _ending(method: Callable[[], Any], response: Any, tap: Tap) -> Callable[[], Any]:
    @functools.wraps(method)
    def end() -> Any:
        tap.end(abandoned=not response.content.at_eof())
        return method()

    return end


class _TappedReader:
    """A ``StreamReader`` whose bytes are copied as they are read."""

    def __init__(self, inner: Any, tap: Tap) -> None:
        self._inner = inner
        self._tap = tap

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def __del__(self) -> None:
        self._tap.end(abandoned=not self._inner.at_eof())

    async def _read(self, how: str, *args: Any, **kwargs: Any) -> Any:
        try:
            got = await getattr(self._inner, how)(*args, **kwargs)
        except BaseException as error:
            self._tap.end(abandoned=True, failure=error)
            raise
        self._took(got[0] if isinstance(got, tuple) else got)
        return got

    def _took(self, data: bytes) -> None:
        if data:
            self._tap.add(data)
        if self._inner.at_eof():
            self._tap.end(abandoned=False)

    async def read(self, n: int = -1) -> Any:
        return await self._read("read", n)

    async def readany(self) -> Any:
        return await self._read("readany")

    async def readline(self, **kwargs: Any) -> Any:
        return await self._read("readline", **kwargs)

    async def readuntil(self, *args: Any, **kwargs: Any) -> Any:
        return await self._read("readuntil", *args, **kwargs)

    async def readexactly(self, n: int) -> Any:
        return await self._read("readexactly", n)

    async def readchunk(self) -> Any:
        return await self._read("readchunk")

    def read_nowait(self, n: int = -1) -> Any:
        got = self._inner.read_nowait(n)
        self._took(got)
        return got

    def __aiter__(self) -> Any:
        return _Iterator(self.readline)

    def iter_any(self) -> Any:
        return _Iterator(self.readany)

    def iter_chunked(self, n: int) -> Any:
        return _Iterator(functools.partial(self.read, n))

    def iter_chunks(self) -> Any:
        return _Iterator(self.readchunk)


class _Iterator:
    def __init__(self, read: Callable[[], Any]) -> None:
        self._read = read

    def __aiter__(self) -> _Iterator:
        return self

    async def __anext__(self) -> Any:
        got = await self._read()
        if got in (b"", (b"", False)):
            raise StopAsyncIteration
        return got


def _made_response(
    module: ModuleType, method: str, url: Any, status: int, content_type: str, body: bytes
) -> Any:
    """A response as aiohttp makes it, with its body already there."""
    import asyncio

    from multidict import CIMultiDict, CIMultiDictProxy

    loop = asyncio.get_running_loop()
    response = module.ClientResponse.__new__(module.ClientResponse)
    protocol = module.base_protocol.BaseProtocol(loop)
    content = module.StreamReader(protocol, 2**16, loop=loop)
    content.feed_data(body)
    content.feed_eof()
    headers: Any = CIMultiDictProxy(CIMultiDict({"Content-Type": content_type}))
    request_info = module.RequestInfo(url, method, CIMultiDictProxy(CIMultiDict()), url)
    response.__dict__.update(
        method=method,
        status=status,
        reason="recorded",
        content=content,
        _headers=headers,
        _raw_headers=(),
        _real_url=url,
        _url=url,
        _cache={},
        _traces=[],
        _loop=loop,
        _request_info=request_info,
        _timer=module.helpers.TimerNoop(),
    )
    return response
