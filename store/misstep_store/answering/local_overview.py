"""Facets, groups, history, spend, outlines, marks and tags out of the file this process owns."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson

from misstep.errors import UsageError
from misstep.model import Hop, Run
from misstep_diagnosis.latency import Timed, critical_path, timed
from misstep_store.answering.contrasts import HopTraits, Seen, contrast
from misstep_store.answering.listing import conditions, named_in, parameters_of, starts_of
from misstep_store.answering.local_runs import LocalRuns
from misstep_store.answering.outlines import Outlines
from misstep_store.database import Database, query
from misstep_store.deriving.rollups import FEW_HOPS
from misstep_store.reader import RunQuery
from misstep_store.shapes.overview import (
    Contrast,
    Facet,
    Facets,
    Fault,
    Faults,
    Group,
    GroupKey,
    Groups,
    History,
    Latencies,
    Latency,
    Mark,
    Marks,
    Outline,
    SavingShape,
    Spend,
    SpendKey,
    SpendRow,
)

MAX_BUCKETS = 400
FAULT_BUCKETS = 24
MAX_FAULTS = 200
_MAX_GOOD = 200
MAX_LINEAGE_HOPS = 500
_GROUP_COLUMNS = {"session": "session_id", "user": "user_id"}
_MOST_ROWS = 200
_PIPELINE = "coalesce(r.pipeline, r.name)"
_SPEND_COLUMNS = {
    "hop": ("h.name", _PIPELINE),
    "model": ("h.model", "h.provider"),
    "provider": ("h.provider", "NULL"),
    "pipeline": (_PIPELINE, "NULL"),
}


def _by_time_alone(asked: RunQuery) -> bool:
    """Whether it chooses runs by when they began, if at all."""
    others = replace(asked, since=None, until=None, limit=1, sort="newest", cursor=None)
    return others == RunQuery(limit=1)


class LocalOverview:
    """Answers from the database; see :class:`Overview`."""

    def __init__(self, database: Database, reader: LocalRuns) -> None:
        self._database = database
        self._reader = reader
        self._outlines = Outlines(database)

    def _named(self, sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
        return self._database.read(lambda c: c.execute(sql, parameters).fetchall())

    def _over_runs(self, name: str, asked: RunQuery, columns: dict[str, str]) -> tuple[str, Any]:
        """A query over the runs that ``asked`` chooses; the listing itself does the choosing."""
        self._reader.refresh()
        given = self._reader.chosen_by(asked)
        listing, _ = conditions(query("runs"), given)
        failing, _ = conditions(query("runs"), given | {"failed": True})
        parts = {
            "{chosen}": f"SELECT run_id FROM ({listing})",  # noqa: S608
            "{failing}": f"SELECT run_id FROM ({failing.replace('$failed', 'true')})",  # noqa: S608
            "{usual}": query("usual"),
            **columns,
        }
        sql = query(name)
        for place, text in parts.items():
            sql = sql.replace(place, text)
        given |= {"from_nano": given["since"], "to_nano": given["until"]}
        return sql, named_in(sql, given)

    def facets(self, *, replays: bool | None = None) -> Facets:
        """See :class:`Overview`."""
        self._reader.refresh()
        found: dict[str, list[Facet]] = {}
        for dimension, value, runs in self._database.rows(query("facets"), {"replays": replays}):
            found.setdefault(dimension, []).append(Facet(value=value, runs=runs))
        return Facets(facets=found)

    def groups(self, asked: RunQuery, by: GroupKey) -> Groups:
        """See :class:`Overview`."""
        if by not in _GROUP_COLUMNS:
            raise UsageError(f"by must be session or user, got {by!r}")
        sql, parameters = self._over_runs("groups", asked, {"{key}": _GROUP_COLUMNS[by]})
        made = [
            Group(
                value=row[0],
                runs=row[1],
                failing=row[2],
                first_at=moment(row[3]),
                last_at=moment(row[4]),
                duration_ms=row[5],
                cost_usd=row[6],
                tokens=row[7],
                unpriced_tokens=row[8],
                pipelines=row[9],
            )
            for row in self._named(sql, parameters)
        ]
        return Groups(by=by, groups=made)

    def faults(self, asked: RunQuery) -> Faults:
        """See :class:`Overview`."""
        sql, parameters = self._over_runs("faults", replace(asked, failed=True), {})
        found: dict[tuple[Any, ...], Fault] = {}
        for *key, bucket, runs, confirmed, first, last, latest, detail in self._named(
            sql, parameters | {"buckets": FAULT_BUCKETS}
        ):
            fault = found.get(tuple(key))
            if fault is None:
                fault = found[tuple(key)] = Fault(
                    **dict(zip(("pipeline", "origin", "rule"), key, strict=True)),
                    detail=None,
                    runs=0,
                    confirmed=0,
                    first_at=moment(first),
                    last_at="",
                    latest="",
                    history=[0] * FAULT_BUCKETS,
                )
            # Rows come by time: what the last one says of itself holds.
            fault.runs, fault.confirmed = fault.runs + runs, fault.confirmed + confirmed
            fault.history[bucket] += runs
            fault.last_at, fault.latest, fault.detail = moment(last), latest, detail
        made = sorted(found.values(), key=lambda f: (f.runs, f.last_at), reverse=True)
        return Faults(faults=made[:MAX_FAULTS])

    def contrast(self, run_ids: Sequence[str]) -> Contrast:
        """See :class:`Overview`."""
        self._reader.refresh()
        ticked = [self._reader.header(run_id) for run_id in run_ids]
        run_ids = [run.run_id for run, _ in ticked]
        named = {
            r.pipeline: RunQuery(limit=_MAX_GOOD, verdict="good", pipeline=r.pipeline)
            for r, _ in ticked
            if r.pipeline
        }
        good = [
            run
            for asked in named.values()
            for run in self._reader.runs(asked).runs
            if run.run_id not in run_ids
        ][:_MAX_GOOD]
        hops: dict[str, list[HopTraits]] = {}
        every = [*run_ids, *(r.run_id for r in good)]
        starts = list(starts_of(self._database, every).values())
        for run_id, *more in self._named(query("traits"), {"runs": every, "starts": starts}):
            hops.setdefault(run_id, []).append(HopTraits(*more))
        return contrast(
            [Seen(run, diagnosis, hops.get(run.run_id, [])) for run, diagnosis in ticked],
            [Seen(run, None, hops.get(run.run_id, [])) for run in good],
        )

    def history(self, asked: RunQuery, buckets: int) -> History:
        """See :class:`Overview`."""
        if not 1 <= buckets <= MAX_BUCKETS:
            raise UsageError(f"buckets must be 1 to {MAX_BUCKETS}, got {buckets}")
        sql, parameters = self._over_runs("history", asked, {})
        rows = self._named(sql, parameters | {"buckets": buckets})
        if not rows:
            return History()
        made = History(
            since=moment(rows[0][0]),
            until=moment(rows[0][1]),
            runs=[0] * buckets,
            failing=[0] * buckets,
        )
        for _, _, bucket, runs, failing in rows:
            if bucket is None:
                made.outside += runs
                continue
            made.runs[bucket] += runs
            made.failing[bucket] += failing
        return made

    def spend(self, asked: RunQuery, by: SpendKey) -> Spend:
        """See :class:`Overview`."""
        if by not in _SPEND_COLUMNS:
            raise UsageError(f"by must be hop, model, provider or pipeline, got {by!r}")
        if _by_time_alone(asked) and self._reader.stored_hops() > FEW_HOPS:
            return Spend(by=by, rows=self._summed(asked, by))
        key, owner = _SPEND_COLUMNS[by]
        sql, parameters = self._over_runs("spend", asked, {"{key}": key, "{owner}": owner})
        names = list(SpendRow.model_fields)
        rows = self._named(sql, parameters)
        return Spend(by=by, rows=[SpendRow(**dict(zip(names, r, strict=True))) for r in rows])

    def _summed(self, asked: RunQuery, by: SpendKey) -> list[SpendRow]:
        """What ``queries/spend.sql`` says, out of sums by day."""
        given = parameters_of(asked)
        totals = self._reader.rollups.totals(by, since=given["since"], until=given["until"])
        totals.sort(key=lambda t: (t.cost_usd is None, -(t.cost_usd or 0), -t.total_ms))
        made = []
        for total in totals[:_MOST_ROWS]:
            known = {n: getattr(total, n) for n in SpendRow.model_fields if hasattr(total, n)}
            p50, p95 = total.quantiles_ms(0.5, 0.95)
            made.append(SpendRow(**known, p50_ms=p50, p95_ms=p95))
        return made

    def outline(self, run_id: str) -> Outline:
        """See :class:`Overview`."""
        run = self._run(run_id)
        # Read from the store's own tables: validating 100,000 rows again buys nothing.
        columns = orjson.loads(self._outlines.columns(run.run_id))
        return Outline.model_construct(run=run, **columns)

    def outline_json(self, run_id: str) -> bytes:
        """What ``outline`` answers, encoded; the columns of an unchanged run are not made again."""
        run = self._run(run_id)
        told = run.model_dump_json(by_alias=True).encode()
        return b'{"run":' + told + b"," + self._outlines.columns(run.run_id)[1:]

    def _run(self, run_id: str) -> Run:
        self._reader.refresh()
        return self._reader.header(run_id)[0]

    def hop(self, run_id: str, hop_id: str) -> Hop:
        """See :class:`Overview`."""
        self._reader.refresh()
        return self._reader.one_hop(run_id, hop_id)

    def latency(self, run_id: str) -> Latency:
        """See :class:`Overview`."""
        run = self._reader.run(run_id, payloads=False)
        small = len(run.hops) <= MAX_LINEAGE_HOPS
        edges = self._reader.lineage(run.run_id).edges if small else []
        path = critical_path([timed(h) for h in run.hops], edges)
        return Latency(
            run_id=run.run_id,
            duration_ms=run.duration_ms,
            critical_path=path.hop_ids,
            critical_ms=path.critical_ms,
            hops_ms=path.hops_ms,
            savings=[SavingShape(**s._asdict()) for s in path.savings],
        )

    def latencies(self, run_ids: Sequence[str]) -> Latencies:
        """See :class:`Overview`."""
        self._reader.refresh()
        by_run: dict[str, list[Timed]] = {}
        starts = starts_of(self._database, run_ids)
        parameters = {"runs": list(starts), "starts": list(starts.values())}
        for run_id, *columns in self._named(query("intervals"), parameters):
            by_run.setdefault(run_id, []).append(Timed(*columns))
        made = []
        for run_id, hops in by_run.items():
            path = critical_path(hops)
            made.append(Latency(run_id=run_id, critical_ms=path.critical_ms, hops_ms=path.hops_ms))
        return Latencies(runs=made)

    def marks(self, run_id: str) -> Marks:
        """See :class:`Overview`."""
        run_id = self._run(run_id).run_id
        rows = self._named(
            "SELECT state, given_by, text, note, hop_id, given_unix_nano FROM verdicts "
            "WHERE run_id = $run ORDER BY number DESC LIMIT 500",
            {"run": run_id},
        )
        return Marks(
            marks=[
                Mark(state=s, by=b, text=t, note=n, hop_id=h, at=moment(at))
                for s, b, t, n, h, at in rows
            ]
        )

    def tag(
        self, run_id: str, *, add: Sequence[str], remove: Sequence[str], by: str | None = None
    ) -> Run:
        """See :class:`Overview`."""
        run_id = self._run(run_id).run_id
        given = [t.strip() for t in add if t.strip()]
        if any(len(t) > 200 for t in given):
            raise UsageError("a tag may have 200 characters")
        with self._database.transaction() as connection:
            gone = [tag for tag in remove if tag not in given]
            if gone:
                connection.execute(
                    "DELETE FROM run_tags WHERE run_id = ? AND tag IN (SELECT unnest(?))",
                    [run_id, gone],
                )
            for tag in given:
                connection.execute(
                    "INSERT INTO run_tags VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    [run_id, tag, by, time.time_ns()],
                )
        return self._run(run_id)


def moment(nano: int) -> str:
    """A time of the store as ISO 8601 UTC."""
    made = dt.datetime.fromtimestamp(nano / 1e9, tz=dt.UTC)
    return made.isoformat(timespec="microseconds").replace("+00:00", "Z")
