"""Response streams that pass every byte on at once and keep a copy."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Iterator
from time import perf_counter
from types import ModuleType
from typing import TYPE_CHECKING, Any

from misstep import guard
from misstep.transport.answers import Body

if TYPE_CHECKING:
    from misstep.transport.calls import ModelCall

MAX_KEPT_BYTES = 32 * 1024 * 1024
_LONGEST_LINE = 32
"""At least one byte more than any format's last line."""


class Tap:
    """The copy of a response's bytes, and the moment it ends."""

    def __init__(self, call: ModelCall, status: int, headers: Any) -> None:
        self._call = call
        self._status = status
        self._content_type = headers.get("content-type", "")
        self._encoding = headers.get("content-encoding", "")
        self._last_line, self._started_s = call.last_line, call.started_s
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
        try:
            chunks = self._chunks
            if self._again and chunks and chunk == chunks[0]:
                return
            chunks.append(bytes(chunk))
            self._size += len(chunk)
            self._pieces.append((self._size, perf_counter() - self._started_s))
            tail = self._tail
            self._tail = (chunk if len(chunk) >= _LONGEST_LINE else tail + chunk)[-_LONGEST_LINE:]
            line = self._last_line
            if (line in chunk or line in tail + chunk[:_LONGEST_LINE]) and self._was_last(tail):
                self.end(abandoned=False)
        except Exception as error:
            guard.failed("copying a chunk", error)

    def _was_last(self, tail: bytes) -> bool:
        # A line break inside JSON text is escaped: a line that begins like this is the format's own.
        seen = tail + self._chunks[-1]
        at_start = self._size == len(self._chunks[-1]) and seen.startswith(self._last_line)
        return not self._encoding and (at_start or b"\n" + self._last_line in seen)

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
        return _library("brotli", lambda m, b: m.Decompressor().process(b, MAX_KEPT_BYTES), raw)
    return raw


def _inflated(raw: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(raw, MAX_KEPT_BYTES)
    except zlib.error:  # some servers send it without the zlib head
        return zlib.decompressobj(-15).decompress(raw, MAX_KEPT_BYTES)


def _unzstd(module: Any, raw: bytes) -> bytes:
    reader = module.ZstdDecompressor().stream_reader(raw, read_across_frames=True)
    return bytes(reader.read(MAX_KEPT_BYTES))


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
