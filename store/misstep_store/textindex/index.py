"""The text index of one store: made in quiet moments, asked by searches, rid of what was deleted."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from misstep.errors import StoreError
from misstep_store import asking
from misstep_store.database import ROW_GROUP_ROWS, Connection, Database, query
from misstep_store.textindex.bits import TOP_BITS, packed, pieces
from misstep_store.textindex.signatures import Block, Signatures, gaps, together

logger = logging.getLogger("misstep.store")

SUFFIX = ".textindex"
BLOCK_ROWS = ROW_GROUP_ROWS
BLOCK_BYTES = 16 * 1024 * 1024
"""A block is full at so many rows or bytes of text: what one candidate costs to read."""
_STEP_ROWS = 1024
_BATCH_ROWS = 256
_MOST_GAPS = 16
"""Places between blocks that are counted one by one."""
_EVER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Kind:
    """A table that is searched: its number in the file, and the queries that read it."""

    number: int
    table: str
    start: str


SPANS = Kind(0, "spans", "start_unix_nano")
LOGS = Kind(1, "logs", "time_unix_nano")
KINDS = (SPANS, LOGS)


@dataclass(frozen=True, slots=True)
class Where:
    """What must be read for a text: rows that arrived after the first number of a range, up to its
    second. ``rows`` is about how many those are, ``of`` about how many there are in all."""

    ranges: list[tuple[int, int]]
    rows: int
    of: int


@dataclass(frozen=True, slots=True)
class State:
    """How far the index has come; ``waiting`` rows are searched without it."""

    bytes: int
    rows: int
    waiting: int


@dataclass(slots=True)
class _Arrivals:
    """Rows of a table by when they arrived: numbers of transactions in order, rows of each and the
    bounds of their starts."""

    numbers: Any
    rows: Any
    first_starts: Any
    last_starts: Any


class TextIndex:
    """Signatures of all that arrived, but what came last."""

    def __init__(self, database: Database) -> None:
        self._database = database
        path = database.path.with_name(database.path.name + SUFFIX)
        self._signatures = Signatures(path, _identity(database))
        self._building = threading.Lock()
        self._planned: list[tuple[Kind, list[tuple[int, int]], tuple[int, int], int]] = []
        self._planned_at: tuple[int, ...] = ()
        self._mark: Any = None
        self._removed = False
        self._looked = False  # whether something was removed before this process began

    # --- asking -------------------------------------------------------------------------

    def where(self, kind: Kind, text: str, *, since: int | None = None) -> Where:
        """What must be read to find every row of a table that holds a text.

        Args:
            text: lower-cased, as DuckDB does it.
            since: rows that began before need not be found, in ns; None: all must.
        """
        numbers = pieces(text, self._signatures.salt) if self._signatures.usable else []
        known, holding = self._signatures.holding(kind.number, numbers)
        if since is not None:
            holding = [b for b in holding if b.last_start >= since or b.first_start == 0]
        total = int(self._database.rows(f"SELECT count(*) FROM {kind.table}")[0][0])  # noqa: S608
        waiting = max(0, total - sum(b.rows for b in known))
        if since is not None:
            known_then = [b for b in known if b.last_start >= since or b.first_start == 0]
            total = waiting + sum(b.rows for b in known_then)
        ranges = gaps(known, -1, _EVER) + [(b.low, b.high) for b in holding]
        return Where(together(ranges), waiting + sum(b.rows for b in holding), total)

    def state(self) -> State:
        """How far it has come."""
        rows = sum(b.rows for k in KINDS for b in self._signatures.blocks(k.number))
        counted = "SELECT (SELECT count(*) FROM spans) + (SELECT count(*) FROM logs)"
        total = int(self._database.rows(counted)[0][0])
        return State(self._signatures.size_bytes(), min(rows, total), max(0, total - rows))

    # --- making -------------------------------------------------------------------------

    def work(self, enough: Callable[[], bool] = lambda: False) -> bool:
        """Makes the next signature, if there is one to make; whether there was.

        Args:
            enough: asked between steps; True ends the work, and what was begun is done again.
        """
        if not self._signatures.usable:
            return False
        with self._building:
            if self._removed or not self._looked:
                self._forget()
            if not self._planned:
                self._plan()
            if not self._planned or not self._loaded():
                return False
            kind, steps, starts, rows = self._planned[0]
            block, bits = self._read(kind, steps, starts, rows, enough)
            if block is not None:
                self._planned.pop(0)
                self._signatures.add(block, bits)
            return block is not None

    def forget(self) -> None:
        """Drops what covers rows that are gone: after runs were removed."""
        with self._building:
            self._forget()

    def removed(self) -> None:
        """Rows were removed; the next :meth:`work` forgets them, or :meth:`close`."""
        self._removed = True

    def _loaded(self) -> bool:
        if self._mark is None:
            try:
                from misstep_store.textindex.grams import mark
            except Exception as error:  # no numba for this platform: all is searched without
                logger.warning("no text index: %s", error)
                self._signatures.close()
                return False
            self._mark = mark
        return True

    def _forget(self) -> None:
        """A signature whose rows are fewer than they were covers some that were removed."""
        self._removed, self._looked = False, True
        self._planned, self._planned_at = [], ()
        for kind in KINDS:
            blocks = self._signatures.blocks(kind.number)
            if not blocks or self._whole(kind, blocks):
                continue
            there = self._arrivals(kind, -1, blocks[-1].high)
            before = np.concatenate([[0], np.cumsum(there.rows)])
            low = before[np.searchsorted(there.numbers, [b.low for b in blocks], "right")]
            high = before[np.searchsorted(there.numbers, [b.high for b in blocks], "right")]
            gone = [b for b, n in zip(blocks, high - low, strict=True) if n != b.rows]
            if gone:
                self._signatures.drop(gone)

    def _whole(self, kind: Kind, blocks: list[Block]) -> bool:
        """Whether as many rows are there as the blocks covered, counted without reading them."""
        ranges = [(-1, blocks[-1].high), *gaps(blocks, -1, blocks[-1].high)]
        if len(ranges) > _MOST_GAPS:
            return False
        sql = (
            f"SELECT count(*) FROM {kind.table} "  # noqa: S608
            "WHERE received_unix_nano > ? AND received_unix_nano <= ?"
        )
        there, *between = (int(self._database.rows(sql, at)[0][0]) for at in ranges)
        return there - sum(between) == sum(b.rows for b in blocks)

    def _arrivals(self, kind: Kind, low: int, high: int) -> _Arrivals:
        sql = query("arrivals").replace("{table}", kind.table).replace("{start}", kind.start)
        found = self._database.read(
            lambda c: c.execute(sql, {"low": low, "high": high}).fetchnumpy()
        )
        return _Arrivals(*(found[n] for n in ("number", "rows", "first_start", "last_start")))

    def _plan(self) -> None:
        """Cuts what is not covered into blocks. The newest number is left out: more rows can come
        with it."""
        newest = tuple(
            int(self._database.rows(f"SELECT max(received_unix_nano) FROM {k.table}")[0][0] or 0)  # noqa: S608
            for k in KINDS
        )
        if newest == self._planned_at:
            return
        self._planned_at = newest
        for kind, last in zip(KINDS, newest, strict=True):
            covered = self._signatures.blocks(kind.number)
            for low, high in gaps(covered, -1, last - 1):
                self._plan_gap(kind, low, high, is_last=high == last - 1)

    def _plan_gap(self, kind: Kind, low: int, high: int, *, is_last: bool) -> None:
        found = self._arrivals(kind, low, high)
        steps: list[tuple[int, int]] = []
        first, rows, step_rows, at = 0, 0, 0, low
        for n in range(len(found.numbers)):
            rows += int(found.rows[n])
            step_rows += int(found.rows[n])
            whole = rows >= BLOCK_ROWS or (n + 1 == len(found.numbers) and not is_last)
            if step_rows >= _STEP_ROWS or whole:
                steps.append((at, int(found.numbers[n])))
                at, step_rows = int(found.numbers[n]), 0
            if whole:
                starts = (
                    int(found.first_starts[first : n + 1].min()),
                    int(found.last_starts[first : n + 1].max()),
                )
                self._planned.append((kind, steps, starts, rows))
                steps, first, rows = [], n + 1, 0

    def _read(
        self,
        kind: Kind,
        steps: list[tuple[int, int]],
        starts: tuple[int, int],
        rows: int,
        enough: Callable[[], bool],
    ) -> tuple[Block | None, Any]:
        marked = np.zeros(1 << TOP_BITS, np.uint8)
        size = done = 0
        for number, (low, high) in enumerate(steps):
            if enough():
                return None, None
            step_rows, step_size = self._database.read(
                functools.partial(self._mark_texts, kind, low, high, marked)
            )
            done, size = done + step_rows, size + step_size
            if size >= BLOCK_BYTES and number + 1 < len(steps):
                rest = (kind, steps[number + 1 :], starts, rows - done)
                self._planned.insert(1, rest)
                steps = steps[: number + 1]
                break
        width, bits = packed(marked)
        first, last = steps[0][0], steps[-1][1]
        return Block(kind.number, width, done, first, last, *starts, 0, 0), bits

    def _mark_texts(
        self, kind: Kind, low: int, high: int, marked: Any, connection: Connection
    ) -> tuple[int, int]:
        sql = query(f"texts_of_{kind.table}")
        rows = size = 0
        for batch in asking.batches(connection, sql, {"low": low, "high": high}, _BATCH_ROWS):
            texts = batch.column(0)
            _, offsets, data = texts.buffers()
            cuts = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
            if data is not None:
                salt = np.uint64(self._signatures.salt)
                self._mark(np.frombuffer(data, np.uint8), cuts, salt, marked)
            rows += len(texts)
            size += int(cuts[-1] - cuts[0]) if len(cuts) else 0
        return rows, size

    def close(self) -> None:
        """Lets the file go."""
        if self._removed:
            with contextlib.suppress(StoreError):
                self.forget()
        self._signatures.close()


def _identity(database: Database) -> bytes:
    """What no other store has: when it was made. Bringing it up to a newer schema keeps its rows, so
    the index of it too."""
    found = database.rows("SELECT min(made) FROM misstep_schema")
    return hashlib.sha256(repr(found).encode()).digest()


__all__ = ["KINDS", "LOGS", "SPANS", "SUFFIX", "State", "TextIndex", "Where"]
