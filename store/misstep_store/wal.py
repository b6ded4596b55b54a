"""DuckDB's write-ahead log as far as a look before it is replayed needs it.

An entry is its length, its checksum (eight bytes each) and its content. DuckDB takes a length that
points beyond the end of the log for an entry that was being written when the process ended, and
silently drops what follows. After a crash nothing follows; when whole commits do, the log is damaged.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

_BEGINNING = b"\x64\x00\x62"  # the entry that names the log's version; it has no length before it
_END = b"\xff\xff"
_LONGEST_HEAD_BYTES = 200
_HEAD = struct.Struct("<QQ")
_COMMIT = bytes.fromhex("0500000000000000e7fe7d722fed3d5e640064ffff")
"""The entry that ends a transaction: it is always the same, its checksum included."""


def wal_path(store: Path) -> Path:
    """The log that belongs to a store's file."""
    return store.with_name(store.name + ".wal")


def second_log(store: Path) -> Path:
    """Where commits go while the log is folded in; a process that was killed then leaves both."""
    return store.with_name(store.name + ".wal.checkpoint")


def damaged_at(store: Path) -> tuple[int, int] | None:
    """The byte position where a replay of the store's log would stop although whole commits follow,
    and the size of the log; None when there is no such place. Damage that DuckDB notices by itself
    is not looked for."""
    try:
        with wal_path(store).open("rb") as file:
            size = file.seek(0, 2)
            if size < len(_BEGINNING):
                return None
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as log:
                at = _stops(log, size)
                lost = at == 0 or log.find(_COMMIT, at + 1) >= 0
                return (at, size) if lost else None
    except OSError:  # there is none, or DuckDB will say what is wrong with it
        return None


def _stops(log: mmap.mmap, size: int) -> int:
    """Where the entries end: at the end, at one that is not whole, or at 0 when it is no log."""
    if log[: len(_BEGINNING)] != _BEGINNING:
        return 0
    head = log.find(_END, 0, _LONGEST_HEAD_BYTES)
    if head < 0:
        return size if size < _LONGEST_HEAD_BYTES else 0
    at = head + len(_END)
    while at + _HEAD.size <= size:
        length, _ = _HEAD.unpack_from(log, at)
        if length > size - at - _HEAD.size:
            break
        at += _HEAD.size + length
    return at
