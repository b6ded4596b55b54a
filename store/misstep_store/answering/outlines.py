"""A run's hops as columns, encoded once for as long as the run does not change."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from misstep_store import asking
from misstep_store.answering.listing import starts_of
from misstep_store.database import Connection, Database, query

KEPT_BYTES = 32_000_000
_WORDS = ("name", "kind", "provider", "model")
_NUMBERS = ("offset_ms", "duration_ms", "flags", "attempts", "tokens", "unpriced_tokens")


class Outlines:
    """Columns of :class:`misstep_store.shapes.overview.Outline` as JSON; the latest stay in memory,
    up to :data:`KEPT_BYTES` together. Safe to use from several threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: OrderedDict[str, tuple[int, bytes]] = OrderedDict()
        self._lock = threading.Lock()

    def columns(self, run_id: str) -> bytes:
        """A JSON object without ``run``; of a run without hops all columns are empty."""
        made = self._database.rows("SELECT made_unix_nano FROM runs WHERE run_id = ?", [run_id])
        version = int(made[0][0]) if made else -1
        with self._lock:
            known = self._kept.get(run_id)
            if known is not None and known[0] == version:
                self._kept.move_to_end(run_id)
                return known[1]
        parameters = {"run": run_id, "start": starts_of(self._database, [run_id]).get(run_id, 0)}
        encoded = encode(self._database.read(lambda c: _table(c, parameters)))
        with self._lock:
            self._kept[run_id] = (version, encoded)
            self._kept.move_to_end(run_id)
            while sum(len(body) for _, body in self._kept.values()) > KEPT_BYTES:
                self._kept.popitem(last=False)
        return encoded


def _table(connection: Connection, parameters: dict[str, Any]) -> pa.Table:
    return asking.table(connection, query("outline"), parameters)


def encode(table: pa.Table) -> bytes:
    """The rows of ``queries/outline.sql`` as JSON columns; no Python object a hop but the ids."""
    words: list[str] = []
    columns: dict[str, object] = {"hop_id": table["hop_id"].to_pylist()}
    places = pc.index_in(table["parent_id"], value_set=table["hop_id"].combine_chunks())
    columns["parent"] = pc.fill_null(places, -1).to_numpy()
    for name in _WORDS:
        coded = table[name].combine_chunks().dictionary_encode()
        first = pa.scalar(len(words), pa.int32())
        columns[name] = pc.fill_null(pc.add(coded.indices, first), -1).to_numpy()
        words += coded.dictionary.to_pylist()
    for name in _NUMBERS:
        columns[name] = table[name].to_numpy()
    columns["cost_usd"] = table["cost_usd"].to_pylist()
    return orjson.dumps({"words": words, **columns}, option=orjson.OPT_SERIALIZE_NUMPY)
