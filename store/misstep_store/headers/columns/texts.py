"""Facts that are text, of many spans: what each says as a number among the texts that were found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from misstep_store.headers.columns.tables import text_array

Column = Sequence[str | None]


class Texts:
    """By fact, what each of so many spans says.

    A fact is a pool of texts (the first of which is None) and the number of each span's; most spans
    that are read together say the same, which is in the pool but once. Who asks for the fact itself
    (``texts[fact]``) gets an array of objects, which may be changed in place and is what counts from
    then on; a fact that no span tells is one array of None, which is not written to.
    """

    __slots__ = ("_arrays", "_codes", "_count", "_none", "_pools")

    def __init__(self, count: int) -> None:
        self._count = count
        self._none = np.full(count, None, object)
        self._none.setflags(write=False)
        self._arrays: dict[str, Any] = {}
        self._codes: dict[str, Any] = {}
        self._pools: dict[str, list[str | None]] = {}

    def __getitem__(self, fact: str) -> Any:
        found = self._arrays.get(fact)
        if found is not None:
            return found
        if fact not in self._pools:
            return self._none
        return self.writable(fact)

    def are_told(self, *facts: str) -> bool:
        """Whether any span may tell one of these."""
        return any(fact in self._pools or fact in self._arrays for fact in facts)

    def writable(self, fact: str) -> Any:
        """A fact as an array, to be changed in place."""
        found = self._arrays.get(fact)
        if found is None:
            if fact in self._pools:
                found = _objects(self._pools.pop(fact))[self._codes.pop(fact)]
            else:
                found = self._none.copy()
            self._arrays[fact] = found
        return found

    def told(self, fact: str) -> Any:
        """By place, whether the span tells the fact."""
        if fact in self._pools:
            return self._codes[fact] != 0
        return self[fact] != None  # noqa: E711 - of an array

    def one(self, fact: str, place: int) -> str | None:
        """What the span at a place says."""
        if fact in self._pools:
            return self._pools[fact][int(self._codes[fact][place])]
        found: str | None = self[fact][place]
        return found

    def at(self, fact: str, places: Any, other: Any = None) -> Any:
        """What the spans at some places say, as an array of objects.

        Args:
            other: places that speak where ``places`` do not.
        """
        if fact in self._pools:
            return _objects(self._pools[fact])[self._either(fact, places, other)]
        column = self[fact]
        found = column[places]
        if other is not None:
            differs = np.flatnonzero(places != other)
            lacking = differs[found[differs] == None]  # noqa: E711 - of an array
            found[lacking] = column[other[lacking]]
        return found

    def arrow(self, fact: str, places: Any, other: Any = None) -> pa.Array:
        """As :meth:`at`, as Arrow text."""
        if fact in self._pools:
            return text_array(self._pools[fact]).take(pa.array(self._either(fact, places, other)))
        if fact not in self._arrays:
            return pa.nulls(len(places), pa.string())
        return text_array(self.at(fact, places, other))

    def _either(self, fact: str, places: Any, other: Any) -> Any:
        codes = self._codes[fact]
        found = codes[places]
        return found if other is None else np.where(found == 0, codes[other], found)

    def put(self, fact: str, place: int, value: str | None) -> None:
        """What one span says."""
        if fact in self._arrays:
            self._arrays[fact][place] = value
        elif value is None:
            if fact in self._codes:
                self._codes[fact][place] = 0
        else:
            pool = self._pool(fact)
            self._codes[fact][place] = len(pool)
            pool.append(value)

    def forget(self, fact: str, places: Any) -> None:
        """Spans at these places say nothing."""
        if fact in self._arrays:
            self._arrays[fact][places] = None
        elif fact in self._codes:
            self._codes[fact][places] = 0

    def take(
        self, fact: str, at: Any, sizes: Sequence[int], columns: Sequence[Column | None]
    ) -> None:
        """Takes what spans that are read together say; nothing of those that all say None.

        Args:
            at: places of the spans, of one column after the other; ``sizes``: how many spans each of
                ``columns`` is of, which is None where they say nothing, and one text where all say it.
        """
        pool = self._pools.get(fact, [None])
        known: dict[str, int] = {}
        first = np.zeros(len(sizes), np.int32)
        differ = np.zeros(len(sizes), np.bool_)
        lacking: list[tuple[int, list[bool]]] = []
        low = 0
        for n, (size, column) in enumerate(zip(sizes, columns, strict=True)):
            if column is not None:
                one = column[0]
                if len(column) == 1 or (one == column[-1] and column.count(one) == size):
                    if one is not None:
                        first[n] = number = known.setdefault(one, len(pool))
                        if number == len(pool):
                            pool.append(one)
                else:
                    first[n], differ[n] = len(pool), True
                    pool += column
                    if not all(column):
                        lacking.append((low, [value is None for value in column]))
            low += size
        if len(pool) == 1:
            return
        codes = np.repeat(first, sizes)
        if differ.any():
            starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
            within = np.arange(low) - np.repeat(starts, sizes)
            codes += np.where(np.repeat(differ, sizes), within, 0).astype(np.int32)
        for start, none in lacking:
            codes[start : start + len(none)][none] = 0
        if fact in self._arrays:
            self._arrays[fact][at] = _objects(pool)[codes]
            return
        self._pools[fact] = pool
        self._pool(fact)
        self._codes[fact][at] = codes

    def _pool(self, fact: str) -> list[str | None]:
        if fact not in self._codes:
            self._codes[fact] = np.zeros(self._count, np.int32)
        return self._pools.setdefault(fact, [None])


def _objects(pool: Column) -> Any:
    return np.fromiter(pool, object, len(pool))
