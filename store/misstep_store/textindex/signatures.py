"""Signatures in a file beside the store: appended, checked when read, thrown away when in doubt.

The file is made for one store and can be deleted at any time. It holds no text: bits of a hash
whose key is in the file. A record that was cut short or changed is left out, and what it covered is
read again.
"""

from __future__ import annotations

import contextlib
import logging
import mmap
import os
import secrets
import struct
import threading
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from misstep_store.textindex.bits import TOP_BITS

logger = logging.getLogger("misstep.store")

_MAGIC = b"misstep text 1\r\n"
_FILE = struct.Struct("<16s32sQ8x")
_RECORD = struct.Struct("<4sBBHIqqqqI")
_CHECK = struct.Struct("<I")
_LIVE, _DEAD = b"live", b"dead"
_HEAD_BYTES = _RECORD.size + _CHECK.size
_WASTE = 0.25  # of the file, before it is written anew


@dataclass(frozen=True, slots=True)
class Block:
    """What one signature covers: the rows of a table that arrived after ``low``, up to ``high``.

    ``first_start`` and ``last_start`` bound the starts of its rows; ``at`` is where its bits lie in
    the file."""

    kind: int
    size: int
    rows: int
    low: int
    high: int
    first_start: int
    last_start: int
    checksum: int
    at: int

    @property
    def bytes(self) -> int:
        """How long its bits are."""
        return 1 << (self.size - 3)


class Signatures:
    """The signatures of one store. Safe for several threads; no failure of the file is raised."""

    def __init__(self, path: Path, store: bytes) -> None:
        """Args: path of the file; 32 bytes that no other store has."""
        self.path = path
        self._store = store
        self._lock = threading.RLock()
        self._file: BinaryIO | None = None
        self._map: mmap.mmap | None = None
        self._blocks: list[Block] = []
        self._unchecked: list[Block] = []
        self._dead_bytes = 0
        self.salt = 0
        self._load()

    # --- the file -----------------------------------------------------------------------

    def _load(self) -> None:
        try:
            if self.path.exists():
                self._file = self.path.open("r+b")
                if self._read():
                    return
                self._file.close()
            self._begin()
        except OSError as error:
            self._give_up(error)

    def _read(self) -> bool:
        assert self._file is not None
        head = self._file.read(_FILE.size)
        if len(head) < _FILE.size:
            return False
        magic, store, self.salt = _FILE.unpack(head)
        if magic != _MAGIC or store != self._store:
            return False
        length, at = self.path.stat().st_size, _FILE.size
        while at < length:
            self._file.seek(at)
            block, live = _block(self._file.read(_HEAD_BYTES), at)
            if block is None or block.at + block.bytes > length:
                break  # cut short: nothing after it can be trusted
            if live:
                self._unchecked.append(block)
            else:
                self._dead_bytes += _HEAD_BYTES + block.bytes
            at = block.at + block.bytes
        self._file.truncate(at)
        return True

    def _begin(self) -> None:
        self.salt = secrets.randbits(64) | 1
        self._file = self.path.open("w+b")
        self._file.write(_FILE.pack(_MAGIC, self._store, self.salt))
        self._file.flush()

    def _give_up(self, error: OSError) -> None:
        logger.warning("no text index: %s cannot be used: %s", self.path.name, error.strerror)
        self._blocks, self._unchecked = [], []
        self._unmap()
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
        self._file = None

    @property
    def usable(self) -> bool:
        """Whether signatures can be kept here."""
        return self._file is not None

    def size_bytes(self) -> int:
        """How long the file is."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def add(self, block: Block, bits: Any) -> None:
        """Appends a signature; ``checksum`` and ``at`` of the block are set here."""
        with self._lock:
            if self._file is None:
                return
            try:
                at = self._file.seek(0, os.SEEK_END)
                made = replace(block, checksum=zlib.crc32(bits), at=at + _HEAD_BYTES)
                self._file.write(_head(made, _LIVE) + bits.tobytes())
                self._file.flush()
            except OSError as error:
                self._give_up(error)
                return
            self._blocks.append(made)

    def drop(self, blocks: Sequence[Block]) -> None:
        """Forgets signatures; their bits are overwritten in the file."""
        with self._lock:
            gone = set(blocks)
            self._blocks = [b for b in self._blocks if b not in gone]
            if self._file is None:
                return
            try:
                for block in gone:
                    self._file.seek(block.at - _HEAD_BYTES)
                    self._file.write(_head(block, _DEAD) + bytes(block.bytes))
                    self._dead_bytes += _HEAD_BYTES + block.bytes
                self._file.flush()
                if self._dead_bytes > _WASTE * self.size_bytes():
                    self._write_anew()
            except OSError as error:
                self._give_up(error)

    def _write_anew(self) -> None:
        assert self._file is not None
        other = self.path.with_name(self.path.name + ".new")
        kept: list[Block] = []
        self._check()
        with other.open("w+b") as file:
            file.write(_FILE.pack(_MAGIC, self._store, self.salt))
            for block in self._blocks:
                self._file.seek(block.at)
                bits = self._file.read(block.bytes)
                made = replace(block, at=file.tell() + _HEAD_BYTES)
                file.write(_head(made, _LIVE) + bits)
                kept.append(made)
        self._unmap()
        self._file.close()
        other.replace(self.path)
        self._file = self.path.open("r+b")
        self._blocks, self._dead_bytes = kept, 0

    # --- what it says -------------------------------------------------------------------

    def blocks(self, kind: int) -> list[Block]:
        """All that one kind of rows has, in order of arrival."""
        with self._lock:
            self._check()
            return sorted((b for b in self._blocks if b.kind == kind), key=lambda b: b.low)

    def holding(self, kind: int, numbers: Sequence[int]) -> tuple[list[Block], list[Block]]:
        """All blocks of a kind in order of arrival, and those in which all these pieces are set."""
        with self._lock:
            known = self.blocks(kind)
            if not known or not numbers:
                return known, known
            seen = self._bytes()
            at = np.array([b.at for b in known], np.int64)
            shift = np.array([TOP_BITS - b.size for b in known], np.int64)
            left = np.arange(len(known))
            for number in numbers:
                bit = number >> shift[left]
                left = left[(seen[at[left] + (bit >> 3)] >> (bit & 7)) & 1 == 1]
                if not len(left):
                    break
            del seen
            return known, [known[i] for i in left]

    def _check(self) -> None:
        """Takes in what was found in the file, as far as its bits are the ones written."""
        if not self._unchecked or self._file is None:
            return
        seen = self._bytes()
        for block in self._unchecked:
            if zlib.crc32(seen[block.at : block.at + block.bytes]) == block.checksum:
                self._blocks.append(block)
        self._unchecked = []

    def _bytes(self) -> Any:
        """The file as an array of bytes."""
        assert self._file is not None
        length = self.size_bytes()
        if self._map is None or len(self._map) < length:
            self._map = mmap.mmap(self._file.fileno(), length, access=mmap.ACCESS_READ)
        return np.frombuffer(self._map, np.uint8)

    def _unmap(self) -> None:
        self._map = None  # closed by whoever holds it last

    def close(self) -> None:
        """Lets the file go."""
        with self._lock:
            self._unmap()
            if self._file is not None:
                self._file.close()
                self._file = None
            self._blocks, self._unchecked = [], []


def _head(block: Block, state: bytes) -> bytes:
    head = _RECORD.pack(
        state,
        block.kind,
        block.size,
        0,
        block.rows,
        block.low,
        block.high,
        block.first_start,
        block.last_start,
        block.checksum,
    )
    return head + _CHECK.pack(zlib.crc32(head))


def _block(head: bytes, at: int) -> tuple[Block | None, bool]:
    if len(head) < _HEAD_BYTES:
        return None, False
    state, kind, size, _, rows, low, high, first, last, checksum = _RECORD.unpack_from(head)
    if _CHECK.unpack_from(head, _RECORD.size)[0] != zlib.crc32(head[: _RECORD.size]):
        return None, False
    block = Block(kind, size, rows, low, high, first, last, checksum, at + _HEAD_BYTES)
    return block, state == _LIVE


def gaps(blocks: Iterable[Block], low: int, high: int) -> list[tuple[int, int]]:
    """The parts of (low, high] that no block covers, in order; blocks in order of arrival."""
    found, at = [], low
    for block in blocks:
        if block.low > at:
            found.append((at, min(block.low, high)))
        at = max(at, block.high)
    if at < high:
        found.append((at, high))
    return found


def together(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges in order, joined where one follows another."""
    found: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return found
