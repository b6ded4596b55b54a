"""Model calls made through requests: scripts that post to a provider themselves, and older SDKs."""

from __future__ import annotations

import functools
import io
import json
from collections.abc import Iterator
from types import ModuleType
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from opentelemetry import context as otel_context
from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY

from misstep import guard, runtime
from misstep.model import Json
from misstep.propagation import carry
from misstep.providers.shapes import is_provider
from misstep.seam import refuse_while_loading
from misstep.transport.answers import Body
from misstep.transport.calls import ModelCall, open_call
from misstep.transport.exchange import INSIDE, served_headers
from misstep.transport.streams import Tap


class RequestsExchange:
    """A prepared request."""

    def __init__(self, module: ModuleType, request: Any) -> None:
        self.request = request
        self.method: str = str(request.method or "").upper()
        self._module = module
        self._parts = urlsplit(str(request.url or ""))

    @property
    def host(self) -> str:
        return self._parts.hostname or ""

    @property
    def port(self) -> int | None:
        return self._parts.port

    @property
    def path(self) -> str:
        return unquote(self._parts.path)

    def header(self, name: str) -> str:
        value = self.request.headers.get(name, "")
        return value.decode("latin-1") if isinstance(value, bytes) else str(value)

    def drop(self, name: str) -> None:
        self.request.headers.pop(name, None)

    def content(self) -> bytes | None:
        body = self.request.body
        if "json" not in self.header("content-type"):
            return None
        if isinstance(body, str):
            return body.encode()
        return bytes(body) if isinstance(body, bytes | bytearray) else None

    def change(self, path: str, body: Json) -> None:
        self._parts = self._parts._replace(path=quote(path, safe="/:@!$&'()*+,;=~"))
        self.request = self.request.copy()
        self.request.url = self._parts.geturl()
        self.request.body = json.dumps(body, ensure_ascii=False).encode()
        self.request.headers["Content-Length"] = str(len(self.request.body))

    def response(self, status: int, content_type: str, body: bytes) -> Any:
        made = self._module.Response()
        made.status_code = status
        made.reason = "recorded"
        made.headers.update(served_headers(status, content_type))
        made.encoding = self._module.utils.get_encoding_from_headers(made.headers)
        made.raw = io.BytesIO(body)
        made.url, made.request = self.request.url, self.request
        return made

    def failure(self, message: str, *, timeout: bool) -> BaseException:
        kind = "ReadTimeout" if timeout else "ConnectionError"
        error = getattr(self._module.exceptions, kind)(message, request=self.request)
        assert isinstance(error, BaseException)
        return error


def around(original: Any, module: ModuleType) -> Any:
    """``Session.send`` with model calls recorded."""

    @functools.wraps(original)
    def send(self: Any, request: Any, **options: Any) -> Any:
        exchange, call = _open(module, request)
        if call is None or exchange is None:
            return original(self, request, **options)
        streams = bool(options.get("stream", self.stream))
        response = call.served()
        if response is None:
            token = INSIDE.set(True)  # redirects come through here again
            try:
                response = original(self, exchange.request, **options)
            except BaseException as error:
                call.failed(error)
                raise
            finally:
                INSIDE.reset(token)
        elif not streams:
            response.content  # noqa: B018 - read, as a response is that is no stream
        with guard.quietly("tapping a response"):
            if call.received(response.status_code, response.headers):
                _tap(response, call, streams=streams)
        return response

    return send


def _open(module: ModuleType, request: Any) -> tuple[RequestsExchange | None, ModelCall | None]:
    running = runtime.active()
    if running is None:
        refuse_while_loading()
        return None, None
    if INSIDE.get() or otel_context.get_value(_SUPPRESS_INSTRUMENTATION_KEY):
        return None, None
    with guard.quietly("looking at a request"):
        exchange = RequestsExchange(module, request)
        call = open_call(running, exchange)
        if call is None and not is_provider(exchange.host):
            carry(request)
        return exchange, call
    return None, None


def _tap(response: Any, call: ModelCall, *, streams: bool) -> None:
    kind = response.headers.get("content-type", "")
    if not streams:
        call.finished(Body(response.status_code, kind, response.content))
        return
    response.raw = _TappedBody(response.raw, call, response.status_code, response.headers)


class _TappedBody:
    """A response's ``raw`` whose bytes are copied as they are read, decompressed or not."""

    def __init__(self, inner: Any, call: ModelCall, status: int, headers: Any) -> None:
        self._inner = inner
        self._call = call
        self._status = status
        self._headers = headers
        self._tap: Tap | None = None

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)  # requests reads a body that has no stream() by read()
        return self._stream if name == "stream" else found

    def _tapped(self, *, plain: bool) -> Tap:
        if self._tap is None:
            headers = {"content-type": self._headers.get("content-type", "")}
            if not plain:
                headers["content-encoding"] = self._headers.get("content-encoding", "")
            self._tap = Tap(self._call, self._status, headers)
        return self._tap

    def _stream(
        self, amt: int | None = 2**16, decode_content: bool | None = None
    ) -> Iterator[bytes]:
        tap = self._tapped(plain=bool(decode_content))
        tap.begin()
        try:
            for chunk in self._inner.stream(amt, decode_content=decode_content):
                tap.add(chunk)
                yield chunk
        except GeneratorExit:
            tap.end(abandoned=True)
            raise
        except BaseException as error:
            tap.end(abandoned=True, failure=error)
            raise
        tap.end(abandoned=False)

    def read(self, amt: int | None = None, **options: Any) -> bytes:
        tap = self._tapped(plain=bool(options.get("decode_content")))
        try:
            data: bytes = self._inner.read(amt, **options)
        except BaseException as error:
            tap.end(abandoned=True, failure=error)
            raise
        if data:
            tap.add(data)
        if not data or amt is None:
            tap.end(abandoned=False)
        return data

    def close(self) -> None:
        try:
            self._inner.close()
        finally:
            self._tapped(plain=True).end(abandoned=True)

    def __del__(self) -> None:
        self._tapped(plain=True).end(abandoned=True)
