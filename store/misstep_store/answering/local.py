"""The reader over the file this process owns."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cached_property
from typing import Literal

from misstep.errors import NotFound, StoreError, UsageError
from misstep.model import Run, Stats
from misstep_store.answering.local_overview import LocalOverview
from misstep_store.answering.local_runs import LocalRuns
from misstep_store.answering.totals import stats_of
from misstep_store.database import Connection
from misstep_store.deriving import doubles
from misstep_store.deriving.loading import load_traces
from misstep_store.finding import find_hop
from misstep_store.otlp.spans import LogRecord, Span
from misstep_store.reader import RunQuery


class LocalReader(LocalRuns):
    """Answers from the database; see :class:`misstep_store.reader.Reader`."""

    @cached_property
    def overview(self) -> LocalOverview:
        """What pages ask beyond single runs."""
        return LocalOverview(self._database, self)

    def resolve(self, given: str) -> list[str]:
        """See :class:`misstep_store.reader.Reader`."""
        if given == "last":
            page = self._list(RunQuery(limit=1, replays=False))[0]
            return [r.run_id for r in page.runs or self._list(RunQuery(limit=1))[0].runs]
        self._refresh()
        found = self._database.rows(
            "SELECT run_id FROM runs WHERE starts_with(run_id, $given) OR run_id IN "
            "(SELECT run_id FROM folded WHERE starts_with(trace_id, $given)) "
            "ORDER BY start_unix_nano DESC, run_id DESC LIMIT 10",
            {"given": given.lower()},
        )
        return [row[0] for row in found]

    def spans(self, run_id: str) -> tuple[list[Span], list[LogRecord]]:
        """The raw spans and log records of a run."""
        run_id = self._database.read(lambda c: doubles.standing(c, run_id))
        found = self._database.read(lambda c: load_traces(c, doubles.traces_of(c, [run_id])))
        if run_id not in found:
            raise NotFound(
                f"no run {run_id!r} in {self._database.path.name}; list them: misstep runs"
            )
        return [s for f in found.values() for s in f[0]], [r for f in found.values() for r in f[1]]

    # --- judging ------------------------------------------------------------------------

    def mark(
        self,
        run_id: str,
        state: Literal["good", "bad", "unknown"],
        *,
        text: str | None = None,
        hop_id: str | None = None,
        note: str | None = None,
        by: str = "user",
    ) -> Run:
        """See :class:`misstep_store.reader.Reader`."""
        if state not in ("good", "bad", "unknown"):
            raise UsageError(f"a verdict is good, bad or unknown, not {state!r}")
        self._refresh()
        run_id, hop_id = self._meant(run_id, hop_id)
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO verdicts (run_id, state, given_by, text, note, hop_id, given_unix_nano) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                [run_id, state, by, text, note, hop_id, time.time_ns()],
            )
        self._changed([run_id])
        return self.header(run_id)[0]

    def _meant(self, run_id: str, hop: str | None) -> tuple[str, str | None]:
        """The ids of a run, which has to be there, and of a hop that was named somehow."""
        stored, _ = self._found(run_id)
        if hop is None:
            return stored.run_id, None
        hops = self._hops.bare(stored.run_id, stored.start_unix_nano)
        return stored.run_id, find_hop(hops, hop).hop_id

    def score(
        self,
        run_id: str,
        name: str,
        value: float,
        *,
        hop_id: str | None = None,
        by: str | None = None,
    ) -> Run:
        """See :class:`misstep_store.reader.Reader`."""
        self._refresh()
        run_id, hop_id = self._meant(run_id, hop_id)
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO scores (run_id, hop_id, name, value, given_by, given_unix_nano) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                [run_id, hop_id, name, float(value), by, time.time_ns()],
            )
        self._changed([run_id])
        return self.header(run_id)[0]

    def delete(self, run_id: str) -> None:
        """See :class:`misstep_store.reader.Reader`."""
        self._refresh()
        run, _ = self.header(run_id)
        if run.run_id != run_id:  # more would go than was named
            raise UsageError(
                f"trace {run_id} is told as one run with {run.run_id}; delete that run instead"
            )
        with self._database.transaction() as connection:
            delete_runs(connection, [run_id])
        if self._index is not None:
            self._index.removed()
        self._changed([run_id])

    def stats(self) -> Stats:
        """See :class:`misstep_store.reader.Reader`."""
        self._refresh()
        found = stats_of(self._database, self.rollups, self._index)
        found.set_aside = self._set_aside()
        return found

    def close(self) -> None:
        """Nothing of its own to release: the store closes the database."""


def delete_runs(connection: Connection, run_ids: Sequence[str]) -> None:
    """Removes runs and everything that hangs on them, the traces folded into them too."""
    run_ids = doubles.traces_of(connection, run_ids)
    for name, column in (
        ("spans", "trace_id"),
        ("logs", "trace_id"),
        ("run_index", "trace_id"),
        ("lone_calls", "trace_id"),
        ("folded", "trace_id"),
        ("runs", "run_id"),
        ("hops", "run_id"),
        ("verdicts", "run_id"),
        ("scores", "run_id"),
        ("run_tags", "run_id"),
        ("diagnoses", "run_id"),
        ("findings", "run_id"),
        ("edges", "run_id"),
        ("confirmations", "run_id"),
    ):
        connection.execute(
            f"DELETE FROM {name} WHERE {column} IN (SELECT unnest(?))",  # noqa: S608
            [list(run_ids)],
        )


__all__ = ["LocalReader", "StoreError", "delete_runs"]
