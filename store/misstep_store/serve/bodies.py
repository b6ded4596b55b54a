"""Request bodies: bounded before and after decompression, in one pass, whatever was sent."""

from __future__ import annotations

import os
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import zstandard

DEFAULT_MAX_BODY_BYTES = 64 * 1024 * 1024
_STEP_BYTES = 1024 * 1024
_ZSTD_SLICE_BYTES = 512


class BodyError(Exception):
    """A body that cannot be taken: ``status`` is 400, 413, 415, or 503 for one
    that takes too long."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def max_body_bytes() -> int:
    """The cap, ``MISSTEP_MAX_BODY_BYTES`` or 64 MiB (the specification's recommendation)."""
    try:
        return max(1024, int(os.environ["MISSTEP_MAX_BODY_BYTES"]))
    except (KeyError, ValueError):
        return DEFAULT_MAX_BODY_BYTES


async def read_body(stream: AsyncIterator[bytes], encoding: str, limit_bytes: int) -> bytes:
    """The decoded body.

    Raises:
        BodyError: 413 when either form is too large, 415 for an unknown encoding, 400 for bytes
            that are not what the encoding says.
    """
    decode, finish = _decoder(encoding)
    # One growing buffer, given back whole: parts of a bomb would stay in the allocator's hands.
    made = bytearray()
    raw_size = 0
    async for chunk in stream:
        raw_size += len(chunk)
        if raw_size > limit_bytes:
            raise BodyError(
                413, f"the body is larger than {limit_bytes} bytes; send smaller batches"
            )
        if not chunk:
            continue
        for part in _decoded(decode, chunk, encoding):
            if len(made) + len(part) > limit_bytes:
                made.clear()  # the error's own traceback would hold it
                raise BodyError(
                    413,
                    f"the body decompresses to more than {limit_bytes} bytes; send smaller batches",
                )
            made += part
    if raw_size and not finish():
        raise BodyError(400, f"the {encoding} body is truncated")
    return bytes(made)


Decode = Callable[[bytes], Iterator[bytes]]
"""What some bytes decode to, a few mebibytes at a time whatever they are."""


def _decoded(decode: Decode, chunk: bytes, encoding: str) -> Iterator[bytes]:
    try:
        yield from decode(chunk)
    except (zlib.error, zstandard.ZstdError, ValueError) as error:
        raise BodyError(400, f"the body is not valid {encoding}: {error}") from error


def _decoder(encoding: str) -> tuple[Decode, Callable[[], bool]]:
    kind = encoding.strip().lower()
    if kind in ("", "identity", "none"):
        return (lambda chunk: iter((chunk,))), (lambda: True)
    if kind in ("gzip", "x-gzip"):
        return _zlib(zlib.decompressobj(31))
    if kind == "deflate":
        return _zlib(zlib.decompressobj(15))
    if kind == "zstd":
        return _zstd()
    raise BodyError(415, f"unknown content-encoding {encoding!r}; use gzip, deflate, zstd or none")


def _zlib(inflate: Any) -> tuple[Decode, Callable[[], bool]]:
    def decode(chunk: bytes) -> Iterator[bytes]:
        waiting = chunk
        while not inflate.eof:
            part = inflate.decompress(waiting, _STEP_BYTES)
            yield part
            waiting = inflate.unconsumed_tail
            if not waiting and len(part) < _STEP_BYTES:
                return

    return decode, lambda: bool(inflate.eof)


def _zstd() -> tuple[Decode, Callable[[], bool]]:
    inflate = zstandard.ZstdDecompressor(max_window_size=2**27).decompressobj()

    def decode(chunk: bytes) -> Iterator[bytes]:
        # It gives no bound on output; so few bytes become 16 MiB at most (blocks of 128 KiB in four).
        for start in range(0, len(chunk), _ZSTD_SLICE_BYTES):
            yield inflate.decompress(chunk[start : start + _ZSTD_SLICE_BYTES])

    return decode, lambda: bool(getattr(inflate, "eof", True))
