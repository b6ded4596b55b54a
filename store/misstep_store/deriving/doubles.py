"""Calls told of in two traces: which traces lie near enough, and which run took them in."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from misstep_store import asking, rows
from misstep_store.conventions.between import across
from misstep_store.conventions.types import Draft
from misstep_store.database import Connection, chosen
from misstep_store.deriving import retold
from misstep_store.headers.columns.tables import LONE_CALL

Drafts = dict[str, list[Draft]]
_COLUMNS = dict(zip(LONE_CALL.names, LONE_CALL.types, strict=True))
_MAX_NEAR = 5_000


def groups(
    connection: Connection,
    read: Drafts,
    plain: pa.Table,
    calls: pa.Table,
    load: Callable[[Sequence[str]], Drafts],
    *,
    forget: Sequence[str],
) -> tuple[dict[str, list[str]], set[str]]:
    """{trace that stands: traces folded into it}, and traces that were folded into one of these and
    are runs of their own again; ``read`` gains the traces that were needed.

    What is found is noted, so that a later trace finds its double among the earlier ones.

    Args:
        plain: calls of traces that are not in ``read``, in the layout of :data:`LONE_CALL`.
        calls: their hops, in the layout of the table.
        forget: traces of which anything noted before is void.
    """
    found = [x for i, drafts in read.items() if (x := across.lone(i, drafts)) is not None]
    lone = pa.concat_tables([rows.table(_COLUMNS, found), plain])
    before = folded_into(connection, forget)
    _forget(connection, forget)
    looked_at = {*_echoing(connection, read, lone), *retold.near(connection, read, calls)}
    before |= folded_into(connection, [*looked_at])
    looked_at |= before.keys() | set(before.values())
    if needed := [i for i in looked_at if i not in read]:
        read.update(load(needed))
    folded = across.groups({i: read[i] for i in looked_at if i in read})
    pairs = [(other, run_id) for run_id, others in folded.items() for other in others]
    _forget(connection, list(before), "folded")
    if pairs:
        gone = [[p[0] for p in pairs]]
        for table, column in (("folded", "trace_id"), ("runs", "run_id"), ("hops", "run_id")):
            connection.execute(
                f"DELETE FROM {table} WHERE {column} IN (SELECT unnest(?))",  # noqa: S608
                gone,
            )
        columns = {"trace_id": pa.string(), "run_id": pa.string()}
        _note(connection, "folded", rows.table(columns, pairs))
    return folded, set(before).difference(p[0] for p in pairs)


def _echoing(connection: Connection, read: Drafts, lone: pa.Table) -> list[str]:
    """Traces to be read for the sake of echoes in traces of their own; notes those that are new."""
    if not lone.num_rows:
        return []
    near = _near(connection, lone)
    _note(connection, "lone_calls", lone)
    if near.num_rows:
        new = pc.invert(pc.is_in(near["trace_id"], lone["trace_id"]))
        near = near.filter(new)
    return _meeting(pa.concat_tables([lone, near]))


def _meeting(lone: pa.Table) -> list[str]:
    """Those traces among these in which a call and an echo lie near each other in time."""
    begin, end = (lone[n].to_numpy() for n in ("at_unix_nano", "end_unix_nano"))
    is_echo = lone["echo"].to_numpy(zero_copy_only=False)
    meets = np.zeros(len(begin), np.bool_)
    for some in (is_echo, ~is_echo):
        begun = np.searchsorted(np.sort(begin[~some]) - across.WINDOW_NANO, end[some], "right")
        over = np.searchsorted(np.sort(end[~some]), begin[some] - across.WINDOW_NANO, "left")
        meets[some] = begun > over
    found: list[str] = lone["trace_id"].filter(pa.array(meets)).to_pylist()
    return found


def _forget(connection: Connection, trace_ids: Sequence[str], *tables: str) -> None:
    for table in tables or ("lone_calls", "folded") if trace_ids else ():
        connection.execute(
            f"DELETE FROM {table} WHERE trace_id IN (SELECT unnest(?))",  # noqa: S608
            [list(trace_ids)],
        )


def _near(connection: Connection, lone: pa.Table) -> pa.Table:
    """Traces that may hold the other telling: echoes for calls, calls for echoes."""
    window = across.WINDOW_NANO
    earliest = pc.min(lone["at_unix_nano"]).as_py() - window
    latest = pc.max(lone["end_unix_nano"]).as_py() + window
    found = []
    for echo in pc.unique(lone["echo"]).to_pylist():
        # Each kind by itself: a join on unlike kinds would pair all calls of a busy moment first.
        connection.register("looking", lone.filter(pc.equal(lone["echo"], echo)))
        try:
            near = asking.table(
                connection,
                f"SELECT DISTINCT {', '.join('o.' + n for n in _COLUMNS)} "  # noqa: S608
                "FROM lone_calls o JOIN looking l "
                "ON o.at_unix_nano - $window <= l.end_unix_nano "  # no clock is too late for it
                "AND o.end_unix_nano >= l.at_unix_nano - $window "
                "WHERE o.echo <> $echo AND o.at_unix_nano <= $latest "
                "AND o.end_unix_nano >= $earliest LIMIT $most",
                {
                    "window": window,
                    "echo": echo,
                    "latest": latest,
                    "earliest": earliest,
                    "most": _MAX_NEAR,
                },
            )
        finally:
            connection.unregister("looking")
        found.append(near.cast(LONE_CALL))
    return pa.concat_tables(found).sort_by("trace_id").slice(0, _MAX_NEAR)


def _note(connection: Connection, table: str, new: pa.Table) -> None:
    connection.register("noted", new)
    try:
        connection.execute(f"INSERT INTO {table} SELECT * FROM noted")  # noqa: S608
    finally:
        connection.unregister("noted")


def traces_of(connection: Connection, run_ids: Sequence[str]) -> list[str]:
    """The traces whose spans make up some runs: their own and the folded ones."""
    return [*run_ids, *folded_into(connection, run_ids)]


def folded_into(connection: Connection, run_ids: Sequence[str]) -> dict[str, str]:
    """The traces that were folded into some runs, and into which."""
    sql = "SELECT trace_id, run_id FROM folded WHERE run_id {chosen}"
    return dict(connection.execute(*chosen(sql, run_ids)).fetchall()) if run_ids else {}


def standing(connection: Connection, run_id: str) -> str:
    """The run that a trace's spans are in: another one's where it was folded."""
    found = asking.row(connection, "SELECT run_id FROM folded WHERE trace_id = ?", [run_id])
    return str(found[0]) if found else run_id


def standing_of(connection: Connection, trace_ids: Sequence[str]) -> list[str]:
    """Runs that took any of these traces in: with more spans a trace may be a run of its own."""
    sql = "SELECT DISTINCT run_id FROM folded WHERE trace_id {chosen}"
    return [r[0] for r in connection.execute(*chosen(sql, trace_ids)).fetchall()]
