"""Response streams that pass every byte on at once and keep a copy."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

from misstep import guard
from misstep.transport.answers import Body

if TYPE_CHECKING:
    from misstep.transport.calls import ModelCall

MAX_KEPT_BYTES = 32 * 1024 * 1024


class Tap:
    """The copy of a response's bytes, and the moment it ends."""

    def __init__(self, call: ModelCall, status: int, headers: Any) -> None:
        self._call = call
        self._status = status
        self._content_type = headers.get("content-type", "")
        self._encoding = headers.get("content-encoding", "")
        self._chunks: list[bytes] = []
        self._pieces: list[tuple[int, float]] = []
        self._size = 0
        self._tail = b""
        self._begun = self._again = False
        self._ended = False

    def begin(self) -> None:
        """A reader starts. A second one goes on where the first stopped (OpenAI's SDK does, after
        ``[DONE]``), unless the stream can be read twice: then nothing new comes."""
        self._again, self._begun = self._begun, True

    def add(self, chunk: bytes) -> None:
        """Copies a chunk that is being passed on."""
        if self._ended or self._size >= MAX_KEPT_BYTES:
            return
        with guard.quietly("copying a chunk"):
            if self._again and self._chunks and chunk == self._chunks[0]:
                return
            self._chunks.append(bytes(chunk))
            self._size += len(chunk)
            self._pieces.append((self._size, self._call.seconds))
            if not self._encoding and self._was_last(chunk):
                self.end(abandoned=False)

    def _was_last(self, chunk: bytes) -> bool:
        # A line break inside JSON text is escaped: a line that begins like this is the format's own.
        line = self._call.last_line
        seen = self._tail + chunk
        self._tail = seen[-len(line) - 1 :]
        return b"\n" + line in seen or seen.startswith(line)

    def end(self, *, abandoned: bool, failure: BaseException | None = None) -> None:
        """The body has ended, or was given up; only the first call counts."""
        if self._ended:
            return
        self._ended = True
        with guard.quietly("ending a response"):
            sent = b"".join(self._chunks)
            raw = decoded(sent, self._encoding)
            pieces = self._pieces
            if raw is not sent and pieces:
                # Where an event ends in compressed bytes is not known: the first chunk has to do.
                pieces = [(len(raw), pieces[0][1])]
            self._call.finished(
                Body(self._status, self._content_type, raw, pieces, abandoned, failure)
            )
            self._chunks = []


def decoded(raw: bytes, encoding: str) -> bytes:
    """The body as it was before compression; what cannot be decoded stays as it is."""
    for kind in reversed([e.strip().lower() for e in encoding.split(",") if e.strip()]):
        raw = _decoded(raw, kind)
    return raw


def _decoded(raw: bytes, kind: str) -> bytes:
    try:
        if kind in ("gzip", "x-gzip"):
            return zlib.decompressobj(31).decompress(raw, MAX_KEPT_BYTES)
        if kind == "deflate":
            return _inflated(raw)
    except zlib.error:
        return raw
    if kind == "zstd":
        return _library("zstandard", _unzstd, raw)
    if kind == "br":
        return _library("brotli", lambda m, b: m.Decompressor().process(b), raw)
    return raw


def _inflated(raw: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(raw, MAX_KEPT_BYTES)
    except zlib.error:  # some servers send it without the zlib head
        return zlib.decompressobj(-15).decompress(raw, MAX_KEPT_BYTES)


def _unzstd(module: Any, raw: bytes) -> bytes:
    made, rest = b"", raw
    while rest and len(made) < MAX_KEPT_BYTES:  # several frames may follow each other
        frame = module.ZstdDecompressor().decompressobj()
        made += frame.decompress(rest)
        rest = frame.unused_data
    return made


def _library(name: str, decode: Any, raw: bytes) -> bytes:
    import importlib

    try:
        return bytes(decode(importlib.import_module(name), raw))
    except Exception:  # not installed, or a truncated body
        return raw


def tapped(module: ModuleType, response: Any, call: ModelCall, *, is_async: bool) -> Any:
    """The response's stream, copied as it passes; of the same library's stream classes."""
    tap = Tap(call, response.status_code, response.headers)
    make = _async_class if is_async else _sync_class
    return make(module)(response.stream, tap)


_classes: dict[tuple[str, str], type] = {}


def _sync_class(module: ModuleType) -> Any:
    def iterate(self: Any) -> Iterator[bytes]:
        self.tap.begin()
        try:
            for chunk in self.inner:
                self.tap.add(chunk)
                yield chunk
        except GeneratorExit:  # the reader stopped, e.g. at [DONE], or was forgotten
            self.tap.end(abandoned=True)
            raise
        except BaseException as error:
            self.tap.end(abandoned=True, failure=error)
            raise
        self.tap.end(abandoned=False)

    def close(self: Any) -> None:
        try:
            self.inner.close()
        finally:
            self.tap.end(abandoned=True)

    return _make(module, "SyncByteStream", {"__iter__": iterate, "close": close})


def _async_class(module: ModuleType) -> Any:
    async def iterate(self: Any) -> AsyncIterator[bytes]:
        self.tap.begin()
        try:
            async for chunk in self.inner:
                self.tap.add(chunk)
                yield chunk
        except GeneratorExit:
            self.tap.end(abandoned=True)
            raise
        except BaseException as error:
            self.tap.end(abandoned=True, failure=error)
            raise
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

        def initialise(self: Any, inner: Any, tap: Tap) -> None:
            self.inner, self.tap = inner, tap

        def forgotten(self: Any) -> None:
            tap = self.__dict__.get("tap")
            if tap is not None:
                tap.end(abandoned=True)

        own = {"__init__": initialise, "__del__": forgotten}
        _classes[key] = type(f"Tapped{base}", (getattr(module, base),), own | methods)
    return _classes[key]
