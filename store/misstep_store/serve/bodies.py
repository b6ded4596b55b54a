"""Request bodies: bounded before and after decompression, in one pass, whatever was sent."""

from __future__ import annotations

import os
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import zstandard

DEFAULT_MAX_BODY_BYTES = 64 * 1024 * 1024


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
    parts: list[bytes] = []
    raw_size = size = 0
    async for chunk in stream:
        raw_size += len(chunk)
        if raw_size > limit_bytes:
            raise BodyError(
                413, f"the body is larger than {limit_bytes} bytes; send smaller batches"
            )
        if not chunk:
            continue
        part = _decoded(decode, chunk, limit_bytes - size + 1, encoding)
        size += len(part)
        if size > limit_bytes:
            raise BodyError(
                413, f"the body decompresses to more than {limit_bytes} bytes; send smaller batches"
            )
        parts.append(part)
    if raw_size and not finish():
        raise BodyError(400, f"the {encoding} body is truncated")
    return b"".join(parts)


def _decoded(
    decode: Callable[[bytes, int], bytes], chunk: bytes, left: int, encoding: str
) -> bytes:
    try:
        return decode(chunk, left)
    except (zlib.error, zstandard.ZstdError, ValueError) as error:
        raise BodyError(400, f"the body is not valid {encoding}: {error}") from error


def _decoder(encoding: str) -> tuple[Callable[[bytes, int], bytes], Callable[[], bool]]:
    kind = encoding.strip().lower()
    if kind in ("", "identity", "none"):
        return (lambda chunk, _: chunk), (lambda: True)
    if kind in ("gzip", "x-gzip"):
        return _zlib(zlib.decompressobj(31))
    if kind == "deflate":
        return _zlib(zlib.decompressobj(15))
    if kind == "zstd":
        return _zstd()
    raise BodyError(415, f"unknown content-encoding {encoding!r}; use gzip, deflate, zstd or none")


def _zlib(inflate: Any) -> tuple[Callable[[bytes, int], bytes], Callable[[], bool]]:
    def decode(chunk: bytes, left: int) -> bytes:
        if inflate.eof:
            return b""
        return bytes(inflate.decompress(inflate.unconsumed_tail + chunk, max(1, left)))

    return decode, lambda: bool(inflate.eof)


def _zstd() -> tuple[Callable[[bytes, int], bytes], Callable[[], bool]]:
    inflate = zstandard.ZstdDecompressor(max_window_size=2**27).decompressobj()

    def decode(chunk: bytes, left: int) -> bytes:
        # zstandard gives no bound on output; small slices keep one step's growth small.
        parts: list[bytes] = []
        size = 0
        for start in range(0, len(chunk), 4096):
            part = inflate.decompress(chunk[start : start + 4096])
            parts.append(part)
            size += len(part)
            if size > left:
                break
        return b"".join(parts)

    return decode, lambda: bool(getattr(inflate, "eof", True))
