"""The hops of one run: their stored headers, and payloads mapped from the raw spans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from misstep.model import Hop
from misstep_store.conventions import build
from misstep_store.conventions import drafts as drafts_of
from misstep_store.conventions.between import calling
from misstep_store.conventions.readers import vercel
from misstep_store.conventions.starts import begun
from misstep_store.conventions.values.shapes import quick
from misstep_store.database import Connection, Database
from misstep_store.deriving import doubles
from misstep_store.deriving.loading import Window, load, windows_of
from misstep_store.deriving.materialise import mapped, uncollected
from misstep_store.headers.columns.tables import HOP_COLUMNS, PAYLOAD_FIELDS, hop_of

FEW_SPANS = 200
"""Runs of up to so many are read whole where one hop is wanted."""
_INDEX = itemgetter(list(HOP_COLUMNS).index("idx"))
_NOTHING: dict[str, Any] = {
    name: field.get_default(call_default_factory=True)
    for name, field in Hop.model_fields.items()
    if not field.is_required()
}


class RunHops:
    """Reads hops; a stored header says what a hop is, its raw spans what went in and came out."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def bare(self, run_id: str, start: int) -> list[Hop]:
        """All hops by index, without payloads; ``start`` is the run's, in nanoseconds."""
        with uncollected():
            return [_hop(hop_of(row), {"payloads": False}) for row in self._rows(run_id, start)]

    def whole(self, run_id: str, start: int, window: Window | None = None) -> list[Hop]:
        """All hops by index, with payloads; ``window`` is where the run's spans are said to lie."""
        made = self._database.read(lambda c: mapped(c, run_id, window))
        known = {h.hop_id: h for h in made.hops} if made is not None else {}
        return [self._joined(hop_of(row), known) for row in self._rows(run_id, start)]

    def one(self, run_id: str, start: int, hop_id: str) -> Hop | None:
        """One hop with its payloads, as the whole run's reading has it; None when there is none.

        Of runs with more than :data:`FEW_SPANS` spans its own are read and those around it, which
        may tell what it was asked, instead of all."""
        found = self._rows(run_id, start, hop_id)
        if not found:
            return None
        fields = hop_of(found[0])
        wanted = {hop_id, *fields.get("merged", ())}
        is_far = fields.get("convention") in _FAR
        hops = self._database.read(lambda c: _near(c, run_id, wanted, is_far=is_far))
        if not any(h.hop_id == hop_id for h in hops):
            made = self._database.read(lambda c: mapped(c, run_id))
            hops = made.hops if made is not None else []
        return self._joined(fields, {h.hop_id: h for h in hops})

    def _joined(self, fields: dict[str, Any], known: dict[str, Hop]) -> Hop:
        hop = known.get(fields["hop_id"])
        payload = {} if hop is None else {name: getattr(hop, name) for name in PAYLOAD_FIELDS}
        return _hop(fields, payload)

    def _rows(self, run_id: str, start: int, hop_id: str | None = None) -> list[tuple[Any, ...]]:
        which = "" if hop_id is None else " AND hop_id = ?"
        found = self._database.rows(
            f"SELECT {', '.join(HOP_COLUMNS)} FROM hops "  # noqa: S608
            f"WHERE run_start_unix_nano = ? AND run_id = ?{which}",
            [start, run_id] + ([] if hop_id is None else [hop_id]),
        )
        found.sort(key=_INDEX)  # of 34 columns DuckDB's own order costs as much as reading them
        return found


_FAR = frozenset({vercel.NAME})
"""Conventions in which the span around a step may tell what the call in it was asked."""


def _near(
    connection: Connection, run_id: str, span_ids: set[str], *, is_far: bool
) -> Sequence[Hop]:
    """What these spans of a run are among those around them; nothing where only the whole run says."""
    windows = windows_of(connection, doubles.traces_of(connection, [run_id]))
    around = _around(connection, windows, span_ids, is_far=is_far)
    loaded = load(connection, windows, span_ids=around)
    found = []
    for trace_id in loaded.trace_ids:
        spans, logs = begun(*loaded.trace(trace_id))
        if spans:
            found += drafts_of(spans, logs)
    if around is not None:
        above = {d.span.parent_span_id for d in found}
        doubtful = (d for d in found if d.alone and (d.alone.is_sure or d.id not in above))
        if any(d.id in span_ids for d in doubtful):
            return []  # whether it is a step or a call
        if any(d.id in span_ids and calling.is_told_elsewhere(d) for d in found):
            return []
    return build(found, price=None).hops if found else []


def _around(
    connection: Connection, windows: Mapping[str, Window], span_ids: set[str], *, is_far: bool
) -> set[str] | None:
    """Which spans to read: None for all of a small run, else these and their parents; ``is_far``:
    and theirs."""
    if sum(w.spans for w in windows.values()) <= FEW_SPANS:
        return None
    found = span_ids
    for _ in range(2 if is_far else 1):
        loaded = load(connection, dict(windows), span_ids=found)
        found = found | {i for i in loaded.table["parent_span_id"] if i}
    return found


def _hop(fields: dict[str, Any], payload: dict[str, Any]) -> Hop:
    """A hop whose parts were checked when they were made; what has a shape of its own is shaped."""
    found = _SCALARS.copy()
    for name in _LISTS:
        found[name] = []
    found["parameters"] = {}
    found.update(fields)
    found.update(payload)
    if not _SHAPED.isdisjoint(fields):
        shaped = {name: fields[name] for name in _SHAPED if name in fields}
        model = Hop.model_validate({"hop_id": "", "name": "", **shaped})
        found.update((name, getattr(model, name)) for name in shaped)
    return quick(Hop, found)


_SHAPED = frozenset({"error", "attempts", "scores", "findings"})
_SCALARS = {n: v for n, v in _NOTHING.items() if not isinstance(v, list | dict)}
_LISTS = [n for n, v in _NOTHING.items() if isinstance(v, list)]
