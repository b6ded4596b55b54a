"""Reading stored spans again: runs and hops made by the conventions as they are now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from misstep.errors import NotFound, UsageError
from misstep_store.database import Connection, Database
from misstep_store.deriving import doubles
from misstep_store.shapes.remapping import Remapped

CHUNK_TRACES = 500

Make = Callable[[Sequence[str]], object]


def remap(
    database: Database, remake: Make, complete: Make, run_ids: Sequence[str] | None
) -> Remapped:
    """Makes runs again from their raw spans; ``run_ids`` None: all of them.

    A chunk of traces at a time; what is interrupted can be begun again. ``complete`` maps what runs
    were given and gave again, of those that were shown before.

    Raises:
        UsageError: when no run is named.
        NotFound: when one of them is not stored.
    """
    if run_ids is not None and not run_ids:
        raise UsageError("name the runs to read again, or give --all")
    if run_ids is None:
        traces = [r[0] for r in database.rows("SELECT DISTINCT trace_id FROM spans ORDER BY 1")]
    else:
        wanted = list(dict.fromkeys(run_ids))
        known = database.read(lambda c: [doubles.standing(c, i) for i in wanted])
        stored = database.read(lambda c: _digests(c, known))
        for run_id, standing in zip(wanted, known, strict=True):
            if standing not in stored:
                raise NotFound(
                    f"no run {run_id!r} in {database.path.name}; list them: misstep runs"
                )
        traces = database.read(lambda c: doubles.traces_of(c, known))
    done = Remapped()
    for start in range(0, len(traces), CHUNK_TRACES):
        _again(database, remake, complete, traces[start : start + CHUNK_TRACES], done)
    done.changed = len(done.run_ids)
    return done


def _again(
    database: Database, remake: Make, complete: Make, traces: list[str], done: Remapped
) -> None:
    before = database.read(lambda c: _digests(c, traces))
    remake(traces)
    complete([i for i, made in before.items() if made.body])
    after = database.read(lambda c: _digests(c, traces))
    done.runs += len(after)
    known = dict.fromkeys([*traces, *before, *after])
    done.run_ids += [i for i in known if _differ(before.get(i), after.get(i))]


class _Digest(NamedTuple):
    """Of a run and its hops, as they are stored; ``body`` is empty of runs that were never shown."""

    facts: str
    body: str


def _differ(one: _Digest | None, other: _Digest | None) -> bool:
    if one is None or other is None:
        return one is not other
    return one.facts != other.facts or bool(one.body and other.body and one.body != other.body)


def _digests(connection: Connection, run_ids: Sequence[str]) -> dict[str, _Digest]:
    found = connection.execute(
        "SELECT r.run_id, md5(r.name || coalesce(string_agg(CAST(h AS VARCHAR), '' "
        "ORDER BY h.idx), '')), CASE WHEN r.body = '' THEN '' ELSE md5(r.body) END "
        "FROM runs r LEFT JOIN hops h USING (run_id) "
        "WHERE r.run_id IN (SELECT unnest(?)) GROUP BY r.run_id, r.body, r.name",
        [list(run_ids)],
    ).fetchall()
    return {run_id: _Digest(facts, body) for run_id, facts, body in found}
