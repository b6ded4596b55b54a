"""Runs of the file this process owns: listed, loaded and diagnosed."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakValueDictionary

from misstep.errors import NotFound, StoreError, UsageError
from misstep.model import (
    Diagnosis,
    Hop,
    Run,
    RunDetail,
    RunPage,
    Score,
)
from misstep_store.answering.beside import Beside
from misstep_store.answering.listing import choose, parameters_of, search_of, starts_of
from misstep_store.answering.run_hops import RunHops
from misstep_store.answering.stored import MOST_HOPS_BY_ITSELF, Stored
from misstep_store.answering.told import Told, told_of
from misstep_store.database import Database, query
from misstep_store.deriving import doubles
from misstep_store.deriving.diagnosing import Diagnosing
from misstep_store.deriving.profiles import Profiles
from misstep_store.deriving.rollups import Rollups
from misstep_store.reader import RunQuery
from misstep_store.textindex.index import TextIndex

_MAKING_ROUNDS, _HIDING_ROUNDS = 4, 200
QUIET_NS = 5_000_000_000
_MAKING_NS = 600_000_000_000
"""No run takes longer from the moment it is stamped until it is seen."""


class LocalRuns(Diagnosing):
    """The part of a local reader that finds runs; ``refresh`` is called first, so that what is
    acknowledged is seen."""

    def __init__(
        self,
        database: Database,
        refresh: Callable[[], object],
        *,
        make: Callable[[Sequence[str]], object],
        complete: Callable[[Sequence[str]], object],
        changed: Callable[[Sequence[str]], object] = lambda _: None,
        listing_budget_s: float = 2.0,
        beside: Beside | None = None,
        index: TextIndex | None = None,
        set_aside: Callable[[], int] = lambda: 0,
    ) -> None:
        self._database = database
        self._refresh = refresh
        self._make = make
        self._complete = complete
        self._hops = RunHops(database)
        self._changed = changed
        self._turns = WeakValueDictionary()
        self._listing_budget_s = listing_budget_s
        self._beside = beside
        self._none_due_before = self._looked_unix_nano = 0
        self._index = index
        self._set_aside = set_aside
        self.rollups = Rollups(database)
        self._profiles = Profiles(database, lambda run_id: self._load(run_id)[:2])

    def refresh(self) -> None:
        """Makes what was acknowledged visible to the queries that follow."""
        self._refresh()

    # --- listing ------------------------------------------------------------------------

    def runs(self, query_: RunQuery) -> RunPage:
        """See :class:`misstep_store.reader.Reader`."""
        page, due = self._list(query_)
        return self._list(query_)[0] if self._diagnose_some(due) else page

    def _diagnose_some(self, due: Sequence[str]) -> bool:
        """Diagnoses what is due among listed runs, so that a listing reads the same whether a
        server works on the store or not; True when a run was. Stops when the budget is spent: the
        rest is diagnosed in the background, or when asked for. Who lists on a server does not wait
        for a run that takes long (72 hops of agents with long texts: 4 s)."""
        if not due:
            return False
        if self._beside is not None:
            return self._beside.work(lambda: self._diagnose_listed(due))
        self._diagnose_listed(due)
        return True

    def _diagnose_listed(self, due: Sequence[str]) -> None:
        deadline = time.monotonic() + self._listing_budget_s
        for run_id in due:
            with contextlib.suppress(NotFound):  # deleted meanwhile
                self.diagnosis(run_id)
            if time.monotonic() > deadline:
                break

    def due_for_diagnosis(self, limit: int = 1000) -> list[str]:
        """Runs that are complete or quiet and not diagnosed since they changed, newest first."""
        now = time.time_ns()
        if now < self._looked_unix_nano:  # the clock was set back
            self._none_due_before = 0
        self._looked_unix_nano = now
        parameters = {
            "limit": limit,
            "quiet": now - QUIET_NS,
            "since": self._none_due_before,
            "most_hops": MOST_HOPS_BY_ITSELF,
        }
        found = [row[0] for row in self._database.rows(query("due"), parameters)]
        if not found:
            self._none_due_before = now - QUIET_NS - _MAKING_NS
        return found

    def _list(self, query_: RunQuery) -> tuple[RunPage, list[str]]:
        """A page, and which of its runs are due for diagnosis, newest first."""
        if not 1 <= query_.limit <= 1000:
            raise UsageError(f"limit must be 1 to 1000, got {query_.limit}")
        self._refresh()
        chosen = choose(self._database, query_, index=self._index)
        provisional: list[str] = []
        # A run whose root never came tells only when it is read whether it is a replay.
        for _ in range(_HIDING_ROUNDS if query_.replays is False else _MAKING_ROUNDS):
            # Reading a run by its convention can change what it was chosen by: choose again.
            before, provisional = provisional, [r.run_id for r in chosen.runs if r.provisional]
            if provisional == before:  # none, or such as cannot be read
                break
            self._make(provisional)
            chosen = choose(self._database, query_, index=self._index)
        runs, due = self._shown(chosen.runs)
        return RunPage(runs=runs, next=chosen.next), due

    def chosen_by(self, asked: RunQuery) -> dict[str, Any]:
        """Parameters of ``queries/runs.sql`` for all runs that a listing would page through."""
        given = parameters_of(asked)
        search = search_of(self._database, self._index, asked)
        if search is not None and search.is_rare:
            given |= {"hits": list(search.everywhere()), "text": None}
        return given

    def stored_hops(self) -> int:
        """How many hops the runs have."""
        self._refresh()
        return int(self._database.rows("SELECT coalesce(sum(hop_count), 0) FROM runs")[0][0])

    def _shown(self, chosen: Sequence[Stored]) -> tuple[list[Run], list[str]]:
        """Runs as a listing has them, in their order, and which of them are due for diagnosis."""
        run_ids = [r.run_id for r in chosen]
        told = told_of(self._database, run_ids)
        found = self._with_bodies(chosen)
        quiet = time.time_ns() - QUIET_NS
        runs = [told[r.run_id].run(r.body) for r in found if r.body]
        newest = sorted(found, key=lambda r: r.start_unix_nano, reverse=True)
        return runs, [r.run_id for r in newest if r.is_due(told[r.run_id], quiet)]

    def _with_bodies(self, chosen: Sequence[Stored]) -> Sequence[Stored]:
        """The same runs with their bodies, those that are gone meanwhile left out."""
        if all(r.body for r in chosen):
            return chosen
        lacking = [r.run_id for r in chosen if r.body == ""]
        found = {} if lacking else self._page(chosen)
        lacking += [r.run_id for r in found.values() if not r.body]
        if lacking:
            self._complete(lacking)
            found = self._page(chosen)
        return [found[r.run_id] for r in chosen if r.run_id in found]

    def _page(self, chosen: Sequence[Stored]) -> dict[str, Stored]:
        given = {
            "runs": [r.run_id for r in chosen],
            "starts": [r.start_unix_nano for r in chosen],
        }
        return {row[0]: Stored(*row) for row in self._database.rows(query("page"), given)}

    # --- one run ------------------------------------------------------------------------

    def run(self, run_id: str, *, payloads: bool = True) -> RunDetail:
        """See :class:`misstep_store.reader.Reader`."""
        self._refresh()
        stored, told = self._found(run_id)
        run_id = stored.run_id
        if stored.is_due(told, time.time_ns() - QUIET_NS):
            self.diagnosis(run_id)
            stored, told = self._found(run_id)
        run, hops, made = self._loaded(stored, told, payloads=payloads)
        if made is not None:
            for hop in hops:
                hop.state = made.states.get(hop.hop_id, "unknown")
        if not payloads:
            run.input = run.output = None
        return RunDetail(**_fields(run), hops=hops)

    def header(self, run_id: str) -> tuple[Run, Diagnosis | None]:
        """A run without its hops, and the diagnosis that is stored of it; of a trace that was told as
        one run with another, that run.

        Raises:
            NotFound: there is no such run.
        """
        return _header(*self._found(run_id))

    def _found(self, run_id: str) -> tuple[Stored, Told]:
        """A run as it is stored, read by its convention, and what was said of it; of a trace that
        was told as one run with another, that run."""
        found = self._stored(run_id)
        if found is None:
            run_id = self._database.read(lambda c: doubles.standing(c, run_id))
            found = self._stored(run_id)
        if found is not None and found.provisional:
            self._make([run_id])
            found = self._stored(run_id)
        if found is not None and not found.body:
            self._complete([run_id])
            found = self._stored(run_id)
        if found is None:
            if self._database.rows(query("unmade"), {"run": run_id}):
                raise StoreError(
                    f"the spans of run {run_id!r} are stored, but nothing can be written to "
                    f"{self._database.path.name} now: make room on the disk and ask again"
                )
            raise NotFound(
                f"no run {run_id!r} in {self._database.path.name}; list them: misstep runs"
            )
        return found, told_of(self._database, [run_id])[run_id]

    def _stored(self, run_id: str) -> Stored | None:
        found = self._database.rows(query("stored"), {"run": run_id})
        return Stored(*found[0]) if found else None

    def _load(
        self, run_id: str, *, payloads: bool = True
    ) -> tuple[Run, list[Hop], Diagnosis | None]:
        return self._loaded(*self._found(run_id), payloads=payloads)

    def _loaded(
        self, stored: Stored, told: Told, *, payloads: bool
    ) -> tuple[Run, list[Hop], Diagnosis | None]:
        run, made = _header(stored, told)
        if payloads:
            hops = self._hops.whole(run.run_id, stored.start_unix_nano, stored.window)
        else:
            hops = self._hops.bare(run.run_id, stored.start_unix_nano)
        scored: dict[str | None, list[Score]] = {}
        for score in run.scores:
            scored.setdefault(score.hop_id, []).append(score)
        for hop in hops:
            hop.scores = scored.get(hop.hop_id, [])
        return run, hops, made

    def one_hop(self, run_id: str, hop_id: str) -> Hop:
        """One hop with its payloads, scores and state.

        Raises:
            NotFound: there is no such run or hop.
        """
        run, stored = self.header(run_id)
        run_id = run.run_id
        start = starts_of(self._database, [run_id]).get(run_id, 0)
        hop = self._hops.one(run_id, start, hop_id)
        if hop is None:
            raise NotFound(f"no hop {hop_id!r} in run {run_id}; list them: misstep show {run_id}")
        hop.scores = [s for s in run.scores if s.hop_id == hop_id]
        if stored is not None:
            hop.state = stored.states.get(hop_id, "unknown")
        return hop


def _fields(run: Run) -> dict[str, Any]:
    return {name: getattr(run, name) for name in Run.model_fields}


def _header(stored: Stored, told: Told) -> tuple[Run, Diagnosis | None]:
    made = Diagnosis.model_validate_json(told.diagnosis) if told.diagnosis else None
    run = told.run(stored.body or "", made)
    run.scores += told.scores
    return run, made
