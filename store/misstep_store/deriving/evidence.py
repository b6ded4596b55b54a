"""What a diagnosis found, as rows beside it: findings, and edges between hops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from misstep.model import Diagnosis, Edge
from misstep_store import asking
from misstep_store.database import Connection, Database

_AT_ONCE = 50
_EDGE = ("from", "to", "from_path", "to_path", "quote", "match", "detail")


def keep(connection: Connection, made: Diagnosis, edges: Sequence[Edge] | None) -> None:
    """Replaces the findings and edges of a run; ``edges`` None: they are not known."""
    for table in ("findings", "edges"):
        connection.execute(f"DELETE FROM {table} WHERE run_id = ?", [made.run_id])  # noqa: S608
    _insert(connection, "findings", _findings(made))
    row = asking.row(connection, "SELECT made_unix_nano FROM runs WHERE run_id = ?", [made.run_id])
    if row is not None and edges:
        _insert(
            connection, "edges", [_edge(made.run_id, row[0], n, e) for n, e in enumerate(edges)]
        )


def kept_edges(database: Database, run_id: str) -> list[Edge]:
    """The edges of the run as it is now; empty where none are kept."""
    rows = database.rows(
        "SELECT from_id, to_id, from_path, to_path, quote, match, detail FROM edges "
        "WHERE run_id = ? AND made_unix_nano = "
        "(SELECT made_unix_nano FROM runs WHERE run_id = ?) ORDER BY number",
        [run_id, run_id],
    )
    return [Edge.model_validate(dict(zip(_EDGE, row, strict=True))) for row in rows]


def _findings(made: Diagnosis) -> list[tuple[Any, ...]]:
    return [
        (
            made.run_id,
            suspect.hop_id,
            _text(suspect.name),
            suspect.rank,
            evidence.rule,
            evidence.strict,
            evidence.hop_id,
            _text(evidence.quote),
            _text(evidence.detail),
        )
        for suspect in made.suspects
        for evidence in suspect.evidence
    ]


def _edge(run_id: str, made_unix_nano: int, number: int, edge: Edge) -> tuple[Any, ...]:
    texts = (edge.from_path, edge.to_path, edge.quote)
    return (
        run_id,
        made_unix_nano,
        number,
        edge.from_id,
        edge.to_id,
        *(_text(t) for t in texts),
        edge.match,
        _text(edge.detail),
    )


def _insert(connection: Connection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    for at in range(0, len(rows), _AT_ONCE):
        some = rows[at : at + _AT_ONCE]
        places = ", ".join(["(" + ", ".join("?" * len(some[0])) + ")"] * len(some))
        values = [value for row in some for value in row]
        connection.execute(f"INSERT INTO {table} VALUES {places}", values)  # noqa: S608


def _text(value: str) -> str:
    return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
