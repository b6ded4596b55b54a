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
_MOST_MEMBERS = 1024
"""Whole gzip members or zstd frames one after another in a body; senders make one, or a few."""


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


async def read_body(
    stream: AsyncIterator[bytes], encoding: str, limit_bytes: int, *, declared: str = ""
) -> bytes:
    """The decoded body. One whose ``declared`` length is too large is not read at all.

    Raises:
        BodyError: 413 when either form is too large, 415 for an unknown encoding, 400 for bytes
            that are not what the encoding says.
    """
    decode, finish = _decoder(encoding)
    too_large = f"the body is larger than {limit_bytes} bytes; send smaller batches"
    if declared.isdecimal() and int(declared[:20]) > limit_bytes:
        raise BodyError(413, too_large)
    # One growing buffer, given back whole: parts of a bomb would stay in the allocator's hands.
    made = bytearray()
    raw_size = 0
    async for chunk in stream:
        raw_size += len(chunk)
        if raw_size > limit_bytes:
            raise BodyError(413, too_large)
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
        return _zlib(31)
    if kind == "deflate":
        return _zlib(15)
    if kind == "zstd":
        return _zstd()
    raise BodyError(415, f"unknown content-encoding {encoding!r}; use gzip, deflate, zstd or none")


class _Members:
    """Decompressors of what follows one another in a body, one at a time."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._number = 1
        self.now = make()

    def next(self) -> None:
        """Begins the next one.

        Raises:
            ValueError: when there are more than anybody means to send.
        """
        self._number += 1
        if self._number > _MOST_MEMBERS:
            raise ValueError(f"more than {_MOST_MEMBERS} parts follow one another")
        self.now = self._make()

    def finished(self) -> bool:
        """Whether the last one has ended."""
        return bool(self.now.eof)


def _zlib(window_bits: int) -> tuple[Decode, Callable[[], bool]]:
    members = _Members(lambda: zlib.decompressobj(window_bits))

    def decode(chunk: bytes) -> Iterator[bytes]:
        waiting = chunk
        while True:
            if members.finished():
                if not waiting:
                    return
                members.next()
            part = members.now.decompress(waiting, _STEP_BYTES)
            yield part
            waiting = members.now.unconsumed_tail or members.now.unused_data
            if not waiting and len(part) < _STEP_BYTES:
                return

    return decode, members.finished


def _zstd() -> tuple[Decode, Callable[[], bool]]:
    members = _Members(zstandard.ZstdDecompressor(max_window_size=2**27).decompressobj)

    def decode(chunk: bytes) -> Iterator[bytes]:
        # It gives no bound on output; so few bytes become 16 MiB at most (blocks of 128 KiB in four).
        for start in range(0, len(chunk), _ZSTD_SLICE_BYTES):
            waiting = chunk[start : start + _ZSTD_SLICE_BYTES]
            while waiting:
                if members.finished():
                    members.next()
                yield members.now.decompress(waiting)
                waiting = members.now.unused_data

    return decode, members.finished
