"""Bodies in, Arrow columns out: the one interface to the compiled walker."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from misstep.errors import DecodeError
from misstep_store import asking, rows
from misstep_store.columnar import index, nodes, text, walk
from misstep_store.columnar.names import Names, Origin
from misstep_store.database import Connection, Database
from misstep_store.layout import (
    KEPT_NUMBERS,
    KEPT_TEXTS,
    NUMBER_COLUMNS,
    SMALL_NUMBERS,
    TEXT_COLUMNS,
    N,
    T,
)

MAX_GROUPS = 1024
_NULL = np.uint32(walk.NULL_VIEW)
_VIEW = pa.string_view()


def count_spans(body: bytes) -> int:
    """How many spans a body seems to hold; -1 when it is malformed."""
    return int(walk.count_spans(np.frombuffer(body, np.uint8)))


class Slab:
    """Spans of several bodies in columns.

    Args:
        capacity: rows it can hold.
        size_bytes: bytes of the bodies it is for.
    """

    def __init__(self, capacity: int, size_bytes: int, names: Names) -> None:
        self._names = names
        self._arena = np.empty(size_bytes * 3 // 2 + 65_536 + 128 * capacity, np.uint8)
        self._views = np.empty((len(TEXT_COLUMNS), capacity, 4), np.uint32)
        self._numbers = np.empty((len(NUMBER_COLUMNS), capacity), np.int64)
        self._groups = np.zeros((MAX_GROUPS, 10), np.int64)
        self._scratch: tuple[Any, ...] = (
            np.zeros(1),
            np.zeros(nodes.MAX_SEEN, np.uint64),
            nodes.key_table(),
            np.zeros((len(TEXT_COLUMNS) + len(NUMBER_COLUMNS), 3), np.int64),
            np.zeros(64, np.int64),
        )
        self._position = 0
        self.rows = 0
        self.replays = False
        """Whether something in it was executed again."""

    def add(self, body: bytes) -> range | None:
        """The rows of the body's spans; None, and nothing added, when upb has to read it."""
        buffer = np.frombuffer(body, np.uint8)
        while True:
            position, row, groups = walk.walk(
                buffer,
                self._arena,
                self._position,
                self._views,
                self._numbers,
                self.rows,
                self._groups,
                *self._scratch,
            )
            if position == text.FULL and self._grow(len(body)):
                continue
            break
        if position < 0:
            return None
        try:
            found = [self._origins(body, group) for group in self._groups[:groups]]
        except (DecodeError, ValueError):
            return None
        before, self._position = self.rows, int(position)
        for group, (resource, scope) in zip(self._groups[:groups], found, strict=True):
            first, last = int(group[0]), int(group[1])
            self._fill("resource_id", first, last, resource.id)
            self._fill("scope_id", first, last, scope.id)
            self._fill("service", first, last, resource.service)
            self._fill("version", first, last, resource.version)
            self.replays |= resource.replays
        self.rows = int(row)
        self.replays |= bool((self._views[T["replay_of"], before : self.rows, 0] != _NULL).any())
        return range(before, self.rows)

    def _grow(self, body_bytes: int) -> bool:
        """A larger arena; False when it would be beyond reason, or rows are what is missing."""
        size = self._arena.shape[0]
        if size - self._position > 7 * body_bytes + 65_536 or size > 2**30:
            return False
        larger = np.empty(size * 2, np.uint8)
        larger[: self._position] = self._arena[: self._position]
        self._arena = larger
        return True

    def _origins(self, body: bytes, group: Any) -> tuple[Origin, Origin]:
        part = [body[group[i] : group[i + 1]] for i in (2, 4, 6, 8)]
        return self._names.resource(part[0], part[1]), self._names.scope(part[2], part[3])

    def _fill(self, column: str, first: int, last: int, value: bytes | None) -> None:
        cell = np.zeros(4, np.uint32)
        if value is None:
            cell[0] = _NULL
        else:
            cell[0] = len(value)
            if len(value) <= 12:
                cell[1:].view(np.uint8)[: len(value)] = np.frombuffer(value, np.uint8)
            else:
                cell[1] = np.frombuffer(value[:4], np.uint32)[0]
                cell[3] = self._append(value)
        self._views[T[column], first:last] = cell

    def _append(self, value: bytes) -> int:
        while self._position + len(value) > self._arena.shape[0]:
            larger = np.empty(self._arena.shape[0] * 2, np.uint8)
            larger[: self._position] = self._arena[: self._position]
            self._arena = larger
        at = self._position
        self._arena[at : at + len(value)] = np.frombuffer(value, np.uint8)
        self._position = at + len(value)
        return at

    @property
    def id_hashes(self) -> Any:
        """64 bits for each row's (trace id, span id)."""
        return self._numbers[N["id_hash"], : self.rows]

    @property
    def starts(self) -> Any:
        """When each row's span began, in ns since 1970."""
        return self._numbers[N["start_unix_nano"], : self.rows]

    def keys(self, row_numbers: Any) -> pa.Table:
        """(trace id, span id) of some rows."""
        arena = pa.py_buffer(self._arena[: self._position])
        names = ["trace_id", "span_id"]
        columns = [_text_array(self._views[T[name]][row_numbers], arena) for name in names]
        return pa.Table.from_arrays(columns, names=names)

    def by_trace(self, row_numbers: Any) -> Any:
        """The rows with those of a trace side by side, in the order in which they came: what a
        conversation repeats turn after turn then lies within the reach of the compression."""
        return row_numbers[np.argsort(self._numbers[N["trace_hash"]][row_numbers], kind="stable")]

    def table(self, taken: Any, received_unix_nano: int) -> pa.Table:
        """Some rows as :data:`misstep_store.rows.SPAN_COLUMNS`, without copying text."""
        arena = pa.py_buffer(self._arena[: self._position])
        count = len(taken)
        columns: dict[str, pa.Array] = {}
        for name in KEPT_TEXTS:
            columns[name] = _text_array(self._views[T[name]][taken], arena)
        for name in KEPT_NUMBERS:
            values = self._numbers[N[name]][taken]
            columns[name] = pa.array(values.astype(np.uint32) if name in SMALL_NUMBERS else values)
        columns["received_unix_nano"] = pa.array(np.full(count, received_unix_nano, np.int64))
        names = list(rows.SPAN_COLUMNS)
        return pa.Table.from_arrays([columns[n] for n in names], names=names)

    def index_table(self, row_numbers: Any, commit: int) -> pa.Table:
        """What these rows add to the run index, one row a trace."""
        keep = np.zeros(self.rows, np.bool_)
        keep[row_numbers] = True
        slots = np.full(1 << max(4, int(self.rows * 2).bit_length()), -1, np.int64)
        out = np.empty((self.rows, index.WIDTH), np.int64)
        count = index.group(self._arena, self._views, self._numbers, self.rows, keep, slots, out)
        out = out[:count]
        arena = pa.py_buffer(self._arena[: self._position])
        columns: dict[str, pa.Array] = {
            "trace_id": _text_array(self._views[T["trace_id"]][out[:, index.FIRST]], arena),
            "start_unix_nano": pa.array(out[:, index.START]),
            "last_start_unix_nano": pa.array(out[:, index.LAST_START]),
            "end_unix_nano": pa.array(out[:, index.END]),
            "spans": pa.array(out[:, index.SPANS].astype(np.uint32)),
            "open_spans": pa.array(out[:, index.OPEN].astype(np.uint32)),
            "errors": pa.array(out[:, index.ERRORS].astype(np.uint32)),
            "logs": pa.array(np.zeros(count, np.uint32)),
            "commit_number": pa.array(np.full(count, commit, np.int64)),
        }
        for at, name in enumerate(index.INDEXED):
            row = out[:, index.VALUES + at]
            cells = self._views[T[name]][row]
            cells[row < 0] = (_NULL, 0, 0, 0)
            columns[name] = _text_array(cells, arena)
        names = list(rows.INDEX_COLUMNS)
        return pa.Table.from_arrays([columns[n] for n in names], names=names)


def _text_array(views: Any, arena: pa.Buffer) -> pa.Array:
    missing = views[:, 0] == _NULL
    valid = None
    if missing.any():
        views = views.copy()
        views[missing] = 0
        valid = pa.py_buffer(np.packbits(~missing, bitorder="little"))
    cells = pa.py_buffer(np.ascontiguousarray(views))
    return pa.Array.from_buffers(_VIEW, len(views), [valid, cells, arena])


@dataclass(slots=True)
class _Generation:
    """One open-addressing set of fingerprints."""

    slots: Any
    used: int = 0
    latest: int = 0
    """The latest start among its spans, in ns since 1970."""

    def has_room(self, more: int) -> bool:
        return self.used + more <= len(self.slots) * 3 // 4

    def find(self, hashes: Any, starts: Any, new: Any) -> None:
        asked = new.copy()
        index.known(self.slots, hashes, new)
        # A span that is completed may have been given another start.
        self._note(starts[asked & ~new])

    def remember(self, hashes: Any, starts: Any, new: Any) -> None:
        self._note(starts[new])
        self.used += int(index.remember(self.slots, hashes, new))

    def _note(self, starts: Any) -> None:
        self.latest = max(self.latest, int(starts.max(initial=0)))


class IdSet:
    """Fingerprints of (trace id, span id) in growing generations of a set; beyond ``limit`` ids the
    oldest generation is forgotten whole.

    A hit may be a chance one (1 in 2^64 a pair), so hits are checked against the database. A miss
    is certain for a span that began after :attr:`forgotten_until`; an earlier one may have been
    forgotten and has to be looked up. 12 to 24 bytes an id."""

    def __init__(self, limit: int, slots: int = 1 << 18) -> None:
        self.limit = limit
        self._largest = max(16, _power_above(limit // 4))
        self._generations = [_Generation(np.zeros(min(slots, self._largest), np.int64))]
        self.forgotten_until = -1
        """The latest start of a span whose id is not remembered, in ns since 1970; -1: none is."""

    def __len__(self) -> int:
        return sum(g.used for g in self._generations)

    def must_forget(self, more: int) -> bool:
        """Whether ids go when that many come."""
        return len(self) > 0 and len(self) + more > self.limit

    def add(self, hashes: Any, starts: Any) -> Any:
        """Remembers them; an array that is True where an id was not remembered.

        Args:
            hashes: int64, a fingerprint an id.
            starts: int64, when its span began, in ns since 1970.
        """
        while self.must_forget(len(hashes)):
            self._forget_oldest()
        new = np.ones(len(hashes), np.bool_)
        for generation in self._generations[:-1]:
            generation.find(hashes, starts, new)
        newest = self._generations[-1]
        if not newest.has_room(len(hashes)):
            newest.find(hashes, starts, new)
            newest = self._begin(len(hashes))
        newest.remember(hashes, starts, new)
        return new

    def _begin(self, ids: int) -> _Generation:
        twice = min(len(self._generations[-1].slots) * 2, self._largest)
        made = _Generation(np.zeros(max(twice, _power_above(ids * 2)), np.int64))
        self._generations.append(made)
        return made

    def _forget_oldest(self) -> None:
        gone = self._generations.pop(0)
        self.forget_until(gone.latest)
        if not self._generations:
            self._generations.append(_Generation(np.zeros(len(gone.slots), np.int64)))

    def forget_until(self, start_unix_nano: int) -> None:
        """Notes that ids of spans that began as late as that are not in here."""
        self.forgotten_until = max(self.forgotten_until, start_unix_nano)

    @property
    def size_bytes(self) -> int:
        """Memory it takes."""
        return sum(g.slots.nbytes for g in self._generations)


def hash_ids(pairs: Sequence[tuple[str, str]]) -> Any:
    """The 64 bits of (trace id, span id) pairs in hex, as :attr:`Slab.id_hashes` has them."""
    raw = np.frombuffer(bytes.fromhex("".join(t + s for t, s in pairs)), np.uint8)
    return index.hash_pairs(raw.reshape(len(pairs), 24))


def load_ids(database: Database, ids: IdSet) -> None:
    """Remembers the ids of the newest spans of a store, as many as there is room for."""

    def read(connection: Connection) -> None:
        connection.execute("BEGIN")  # the three see the same rows
        try:
            _load(connection, ids)
        finally:
            with contextlib.suppress(duckdb.Error):
                connection.execute("ROLLBACK")

    database.read(read)


def _load(connection: Connection, ids: IdSet) -> None:
    last = asking.row(connection, "SELECT max(rowid) FROM spans")
    skip = (last[0] if last and last[0] is not None else -1) + 1 - ids.limit
    if skip > 0:
        skipped = asking.row(
            connection, "SELECT max(start_unix_nano) FROM spans WHERE rowid < ?", [skip]
        )
        if skipped and skipped[0] is not None:
            ids.forget_until(skipped[0])
    batches = asking.batches(
        connection,
        "SELECT unhex(trace_id || span_id) AS id, start_unix_nano FROM spans WHERE rowid >= ?",
        [skip],
        100_000,
    )
    for batch in batches:
        column, starts = batch.columns
        raw = np.frombuffer(column.buffers()[2], np.uint8)[: 24 * len(column)]
        ids.add(index.hash_pairs(raw.reshape(len(column), 24)), starts.to_numpy())


def _power_above(number: int) -> int:
    return 1 << int(number).bit_length()


def warm(bodies: Sequence[bytes] = ()) -> None:
    """Compiles or loads everything, by using it."""
    names = Names()
    slab = Slab(16, 4096, names)
    for body in bodies:
        slab.add(body)
    count_spans(b"")
    slab.add(_SAMPLE)
    ids = IdSet(1000, 16)
    ids.add(slab.id_hashes, slab.starts)
    ids.add(np.arange(1, 40), np.arange(1, 40))
    ids.add(np.arange(1, 40), np.arange(1, 40))
    hash_ids([("1" * 32, "2" * 16)])
    slab.index_table(np.arange(slab.rows), 1)


# resource_spans { scope_spans { spans { trace_id, span_id } } }
_SAMPLE = bytes.fromhex("0a22" + "1220" + "121e" + "0a10" + "11" * 16 + "1208" + "22" * 8 + "2a00")
