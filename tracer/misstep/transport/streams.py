"""Response streams that pass every byte on at once and keep a copy."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

from misstep import guard

if TYPE_CHECKING:
    from misstep.transport.calls import ModelCall

MAX_KEPT_BYTES = 32 * 1024 * 1024


class _Tap:
    """The copy of a response's bytes, and the moment it ends."""

    def __init__(self, response: Any, call: ModelCall) -> None:
        self._response = response
        self._call = call
        self._chunks: list[bytes] = []
        self._size = 0

    def add(self, chunk: bytes) -> None:
        with guard.quietly("copying a chunk"):
            self._call.first_byte()
            if self._size < MAX_KEPT_BYTES:
                self._chunks.append(bytes(chunk))
                self._size += len(chunk)

    def end(self, *, abandoned: bool) -> None:
        with guard.quietly("ending a response"):
            encoding = self._response.headers.get("content-encoding", "")
            raw = decoded(b"".join(self._chunks), encoding)
            self._call.finished(self._response, raw, abandoned=abandoned)


def decoded(raw: bytes, encoding: str) -> bytes:
    """The body as it was before compression; what cannot be decoded stays as it is."""
    kind = encoding.strip().lower()
    try:
        if kind in ("gzip", "x-gzip"):
            return zlib.decompressobj(31).decompress(raw, MAX_KEPT_BYTES)
        if kind == "deflate":
            return zlib.decompressobj().decompress(raw, MAX_KEPT_BYTES)
    except zlib.error:
        return raw
    if kind == "zstd":
        return _library(
            "zstandard", lambda m: m.ZstdDecompressor().decompressobj().decompress(raw), raw
        )
    if kind == "br":
        return _library("brotli", lambda m: m.decompress(raw), raw)
    return raw


def _library(name: str, decode: Any, raw: bytes) -> bytes:
    import importlib

    try:
        return bytes(decode(importlib.import_module(name)))
    except Exception:  # not installed, or a truncated body
        return raw


def tapped(module: ModuleType, response: Any, call: ModelCall) -> Any:
    """The response's stream, copied as it passes; of the same library's stream classes."""
    inner = response.stream
    tap = _Tap(response, call)
    if isinstance(inner, module.SyncByteStream):
        return _sync_class(module)(inner, tap)
    return _async_class(module)(inner, tap)


_classes: dict[tuple[str, str], type] = {}


def _sync_class(module: ModuleType) -> Any:
    def iterate(self: Any) -> Iterator[bytes]:
        for chunk in self.inner:
            self.tap.add(chunk)
            yield chunk
        self.tap.end(abandoned=False)

    def close(self: Any) -> None:
        try:
            self.inner.close()
        finally:
            self.tap.end(abandoned=True)

    return _make(module, "SyncByteStream", {"__iter__": iterate, "close": close})


def _async_class(module: ModuleType) -> Any:
    async def iterate(self: Any) -> AsyncIterator[bytes]:
        async for chunk in self.inner:
            self.tap.add(chunk)
            yield chunk
        self.tap.end(abandoned=False)

    async def aclose(self: Any) -> None:
        try:
            await self.inner.aclose()
        finally:
            self.tap.end(abandoned=True)

    return _make(module, "AsyncByteStream", {"__aiter__": iterate, "aclose": aclose})


def _make(module: ModuleType, base: str, methods: dict[str, Any]) -> Any:
    key = (module.__name__, base)
    if key not in _classes:

        def initialise(self: Any, inner: Any, tap: _Tap) -> None:
            self.inner, self.tap = inner, tap

        _classes[key] = type(
            f"Tapped{base}", (getattr(module, base),), {"__init__": initialise, **methods}
        )
    return _classes[key]
