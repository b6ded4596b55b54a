"""Totals by hop, model, provider and pipeline, of any time, without reading every hop.

Sums of whole days are kept (``schema/050_rollups.sql``); a day whose runs have changed since, and
the days at either end of a time, are summed when asked. So the answer is always that of the hops as
they are now. Durations are kept in buckets 2 % wide: quantiles are right within 1 %.
"""

from __future__ import annotations

import math
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from misstep_store.database import Database, query

DAY_NANO = 86_400 * 1_000_000_000
QUIET_NANO = 30 * 1_000_000_000
"""So long nothing of a day must have changed before it is summed: else it changes again."""
FEW_HOPS = 20_000
"""Hops that are summed exactly rather than by day: that takes no time."""
_GROWTH = 1.02
_LAST_DAY = (2**63 - 1) // DAY_NANO - 1


class Row(NamedTuple):
    """A row of ``queries/rollup.sql``."""

    day: int
    dimension: str
    value: str
    owner: str | None
    calls: int
    runs: int
    errors: int
    input_tokens: int
    output_tokens: int
    unpriced_tokens: int
    cost_usd: float | None
    total_ms: float
    max_ms: float
    buckets: Any
    bucket_calls: Any


@dataclass(slots=True)
class Total:
    """What the days of a time come to, for one value."""

    value: str
    owner: str | None
    calls: int = 0
    runs: int = 0
    errors: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    unpriced_tokens: int = 0
    cost_usd: float | None = None
    total_ms: float = 0.0
    max_ms: float = 0.0
    _buckets: list[Any] = field(default_factory=list)
    _calls: list[Any] = field(default_factory=list)

    def add(self, row: Row) -> None:
        """Takes in a day."""
        self.calls += row.calls
        self.runs += row.runs
        self.errors += row.errors
        self.input_tokens += row.input_tokens
        self.output_tokens += row.output_tokens
        self.unpriced_tokens += row.unpriced_tokens
        if row.cost_usd is not None:
            self.cost_usd = (self.cost_usd or 0.0) + row.cost_usd
        self.total_ms += row.total_ms
        self.max_ms = max(self.max_ms, row.max_ms)
        self._buckets.append(row.buckets)
        self._calls.append(row.bucket_calls)

    def quantiles_ms(self, *shares: float) -> list[float]:
        """Durations below which these shares of the calls lie, between two calls in proportion."""
        buckets = np.concatenate(self._buckets)
        low = int(buckets.min())
        calls = np.bincount(buckets - low, weights=np.concatenate(self._calls)).cumsum()

        def duration(rank: int) -> float:
            bucket = low + int(np.searchsorted(calls, rank, "right"))
            return float(min(self.max_ms, 2 * _GROWTH**bucket / (_GROWTH + 1)))

        found = []
        for share in shares:
            at = share * (self.calls - 1)
            below, above = math.floor(at), math.ceil(at)
            first = duration(below)
            found.append(first + (at - below) * (duration(above) - first))
        return found


class _Stamp(NamedTuple):
    runs: int
    made_sum: int


class Day(NamedTuple):
    """The runs that began on a day: what they are, when one of them was made last, their hops."""

    stamp: _Stamp
    made_last: int
    hops: int


Days = dict[int, Day]


class Rollups:
    """The sums of one store; ``work`` makes them, ``totals`` answers."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._stamps: dict[int, _Stamp] | None = None
        self._rows: dict[int, list[Row]] = {}

    def _kept(self) -> dict[int, _Stamp]:
        """What the kept sums of each day are of; read once, this process is the only one."""
        with self._lock:
            if self._stamps is None:
                made: dict[int, list[Row]] = defaultdict(list)
                for row in self._database.rows("SELECT * FROM rollups"):
                    made[row[0]].append(_packed(row))
                self._rows = made
                self._stamps = {
                    day: _Stamp(*stamp)
                    for day, *stamp in self._database.rows("SELECT * FROM rollup_days")
                }
            return self._stamps

    def now(self) -> Days:
        """What the runs of each day are now: one pass over them."""
        return {
            day: Day(_Stamp(int(runs), int(made_sum)), last, int(hops))
            for day, runs, made_sum, last, hops in self._database.rows(query("rollup_stamps"))
        }

    # --- answering ----------------------------------------------------------------------

    def totals(
        self,
        dimension: str,
        *,
        since: int | None = None,
        until: int | None = None,
        now: Days | None = None,
    ) -> list[Total]:
        """One total a value that has calls, of runs that began in a time; in no order.

        Args:
            dimension: hop, model, provider or pipeline.
            since, until: in ns, the first included, the last not; None: all that is stored.
            now: what :meth:`now` told a moment ago; it is looked up otherwise.
        """
        found: dict[tuple[str, str | None], Total] = {}
        for row in self._days(0 if since is None else since, until, now):
            if row.dimension == dimension:
                key = (row.value, row.owner)
                found.setdefault(key, Total(*key)).add(row)
        return list(found.values())

    def _days(self, low: int, high: int | None, now: Days | None) -> Iterator[Row]:
        kept, now = self._kept(), self.now() if now is None else now
        high = (_LAST_DAY + 1) * DAY_NANO if high is None else high
        summed: list[int] = []
        for day, (stamp, _, _) in now.items():
            whole = low <= day * DAY_NANO and (day + 1) * DAY_NANO <= high
            if whole and kept.get(day) == stamp:
                yield from self._rows[day]
            elif day * DAY_NANO < high and low < (day + 1) * DAY_NANO:
                summed.append(day)
        for first, last in _neighbours(summed):
            begin, end = max(low, first * DAY_NANO), min(high, (last + 1) * DAY_NANO)
            yield from self._summed(begin, end)

    def _summed(self, low: int, high: int) -> list[Row]:
        found = self._database.rows(query("rollup"), {"low": low, "high": high})
        return [_packed(row) for row in found]

    def stale_days(self, now: Days | None = None) -> tuple[int, int]:
        """How many days have runs, and of how many the sums are not kept as they are now."""
        kept, now = self._kept(), self.now() if now is None else now
        return len(now), sum(1 for day, found in now.items() if kept.get(day) != found.stamp)

    # --- making -------------------------------------------------------------------------

    def work(self) -> bool:
        """Keeps the sums of one more day, of one that is quiet; whether there was one."""
        kept, now = self._kept(), self.now()
        quiet = time.time_ns() - QUIET_NANO
        for day, (stamp, last, _) in now.items():
            if kept.get(day) != stamp and last < quiet:
                self._keep(day, stamp)
                return True
        gone = [day for day in kept if day not in now]
        if gone:
            self._keep(gone[0], None)
        return bool(gone)

    def _keep(self, day: int, stamp: _Stamp | None) -> None:
        made: list[Row] = []
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM rollups WHERE day = ?", [day])
            if stamp is None:
                connection.execute("DELETE FROM rollup_days WHERE day = ?", [day])
            else:
                window = {"low": day * DAY_NANO, "high": (day + 1) * DAY_NANO}
                connection.execute(f"INSERT INTO rollups {query('rollup')}", window)
                connection.execute(
                    "INSERT OR REPLACE INTO rollup_days VALUES (?, ?, ?)", [day, *stamp]
                )
                rows = connection.execute("SELECT * FROM rollups WHERE day = ?", [day]).fetchall()
                made = [_packed(row) for row in rows]
        with self._lock:
            if self._stamps is not None:
                self._stamps.pop(day, None)
                self._rows[day] = made
                if stamp is not None:
                    self._stamps[day] = stamp


def _packed(row: tuple[Any, ...]) -> Row:
    made = Row(*row)
    buckets, calls = np.array(made.buckets, np.int64), np.array(made.bucket_calls, np.int64)
    return made._replace(buckets=buckets, bucket_calls=calls)


def _neighbours(days: Iterable[int]) -> list[tuple[int, int]]:
    """Days in order, those that follow each other as one range."""
    found: list[tuple[int, int]] = []
    for day in days:
        if found and day == found[-1][1] + 1:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found
