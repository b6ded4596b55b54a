"""What a store answers by diagnosis: verdicts, lineage, blame, reach, diff, and what is missing."""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from weakref import WeakValueDictionary

import orjson

import misstep_diagnosis as diagnosis
from misstep.errors import NotFound, UsageError
from misstep.model import (
    Blame,
    Confirmation,
    Diagnosis,
    Diff,
    Edge,
    Hop,
    Lineage,
    Reach,
    Run,
    RunPage,
)
from misstep_diagnosis.doctor import GOOD_RUNS
from misstep_store.database import Database, NotWritten
from misstep_store.deriving import evidence
from misstep_store.deriving.profiles import Profiles
from misstep_store.finding import find_hop
from misstep_store.reader import RunQuery
from misstep_store.shapes.checkups import PipelineCheckup

MOST_HOPS_WITH_EDGES = 200
"""Edges of longer runs are made when they are asked for, and not kept."""
MOST_CHECKED = 200
_CANDIDATES = 200


class Diagnosing(ABC):
    """The part of a local reader that diagnoses; how runs are found and loaded is the rest's."""

    _database: Database
    _refresh: Callable[[], object]
    _changed: Callable[[Sequence[str]], object]
    _profiles: Profiles
    _turns: WeakValueDictionary[str, threading.RLock]
    """Who wants a diagnosis that another thread makes waits for that one."""

    @abstractmethod
    def _list(self, query_: RunQuery) -> tuple[RunPage, list[str]]: ...

    @abstractmethod
    def _load(
        self, run_id: str, *, payloads: bool = True
    ) -> tuple[Run, list[Hop], Diagnosis | None]: ...

    @abstractmethod
    def header(self, run_id: str) -> tuple[Run, Diagnosis | None]:
        """A run without its hops, and the diagnosis that is stored of it; of a trace that was told as
        one run with another, that run.

        Raises:
            NotFound: there is no such run.
        """

    def diagnosis(self, run_id: str) -> Diagnosis:
        """See :class:`misstep_store.reader.Reader`."""
        with self._turns.setdefault(run_id, threading.RLock()):
            return self._diagnosis(run_id)

    def _diagnosis(self, run_id: str) -> Diagnosis:
        self._refresh()
        run, stored = self.header(run_id)
        if run.run_id != run_id:
            return self.diagnosis(run.run_id)
        good = diagnosis.good_runs_by_nearness(run, self._same_pipeline(run))
        baseline = good[0].run_id if good else None
        proof = self._proof(run_id)
        fingerprint = self._fingerprint(run, [baseline, _grown(len(good))], proof)
        known = self._database.rows(
            "SELECT fingerprint, rules_version FROM diagnoses WHERE run_id = ?", [run_id]
        )
        if stored is not None and known == [(fingerprint, diagnosis.RULES_VERSION)]:
            return stored
        return self._diagnosed(run_id, good, proof, fingerprint)

    def _diagnosed(
        self,
        run_id: str,
        good: Sequence[Run],
        proof: Confirmation | None,
        fingerprint: str,
    ) -> Diagnosis:
        run, hops, _ = self._load(run_id)
        newest = sorted(good, key=lambda r: r.started_at, reverse=True)
        profile = self._profiles.of(run.pipeline or run.name, [r.run_id for r in newest])
        baseline = good[0].run_id if good else None
        edges: list[Edge] | None = None
        if len(hops) <= MOST_HOPS_WITH_EDGES:
            made, edges = diagnosis.diagnose_with_edges(
                run, hops, profile=profile, baseline=baseline
            )
        else:
            made = diagnosis.diagnose(run, hops, profile=profile, baseline=baseline)
        if proof is not None and run.verdict.state != "good":
            made = diagnosis.confirm(made, run, hops, proof, self._mended(proof))
        with contextlib.suppress(NotWritten):  # a full disk: it is made again the next time
            self.keep_diagnosis(made, fingerprint, edges)
        return made

    def confirm(self, proof: Confirmation) -> Diagnosis:
        """See :class:`misstep_store.reader.Reader`."""
        self._refresh()
        run_id = self.header(proof.run_id)[0].run_id
        proof = proof.model_copy(update={"run_id": run_id})
        values = [run_id, proof.model_dump_json(), time.time_ns()]
        with self._database.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO confirmations VALUES (?, ?, ?)", values)
        return self.diagnosis(run_id)

    def _proof(self, run_id: str) -> Confirmation | None:
        found = self._database.rows("SELECT body FROM confirmations WHERE run_id = ?", [run_id])
        return Confirmation.model_validate_json(found[0][0]) if found else None

    def _mended(self, proof: Confirmation) -> list[Hop]:
        """Hops of the run that went well with the origins mended; none where it is gone."""
        if proof.mended_run_id is None:
            return []
        try:
            return list(self._load(proof.mended_run_id)[1])
        except NotFound:
            return []

    def _fingerprint(self, run: Run, good: Sequence[object], proof: Confirmation | None) -> str:
        made = self._database.rows("SELECT made_unix_nano FROM runs WHERE run_id = ?", [run.run_id])
        told = orjson.dumps(
            [made, run.verdict.model_dump(), [s.model_dump() for s in run.scores], list(good)]
            + ([proof.model_dump()] if proof is not None else [])
        )
        return hashlib.blake2b(told, digest_size=16).hexdigest()

    def keep_diagnosis(
        self, made: Diagnosis, fingerprint: str, edges: Sequence[Edge] | None = None
    ) -> None:
        """Stores a diagnosis with its findings and edges, in place of the one before."""
        body = made.model_dump_json(by_alias=True)
        values = [made.run_id, made.rules_version, fingerprint, made.verdict, body, time.time_ns()]
        with self._database.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO diagnoses VALUES (?, ?, ?, ?, ?, ?)", values)
            evidence.keep(connection, made, edges)
        self._changed([made.run_id])

    def _same_pipeline(self, run: Run) -> list[Run]:
        by = RunQuery(limit=_CANDIDATES, pipeline=run.pipeline, verdict="good")
        if run.pipeline is None:
            by = RunQuery(limit=_CANDIDATES, name=run.name, verdict="good")
        return self._list(by)[0].runs

    def lineage(self, run_id: str) -> Lineage:
        """See :class:`misstep_store.reader.Reader`."""
        self._refresh()
        run_id = self.header(run_id)[0].run_id
        kept = evidence.kept_edges(self._database, run_id)
        if kept:
            return Lineage(edges=kept)
        run, hops, _ = self._load(run_id)
        return Lineage(edges=diagnosis.lineage(run, hops))

    def blame(self, run_id: str, text: str, *, hop: str | None = None) -> Blame:
        """See :class:`misstep_store.reader.Reader`."""
        self._refresh()
        run, hops, _ = self._load(run_id)
        hop_id = find_hop(hops, hop).hop_id if hop else None
        return diagnosis.blame(run, hops, text, hop_id=hop_id)

    def reach(self, run_id: str, text: str, *, hop: str | None = None) -> Reach:
        """See :class:`misstep_store.reader.Reader`."""
        self._refresh()
        run, hops, _ = self._load(run_id)
        hop_id = find_hop(hops, hop).hop_id if hop else None
        return diagnosis.reach(run, hops, text, hop_id=hop_id)

    def checkup(self, pipeline: str, *, limit: int = 20) -> PipelineCheckup:
        """See :class:`misstep_store.reader.Reader`."""
        if not 1 <= limit <= MOST_CHECKED:
            raise UsageError(f"limit must be 1 to {MOST_CHECKED}, got {limit}")
        # Where no convention names a pipeline, the run's name stands for it.
        by_pipeline = RunQuery(limit=limit, pipeline=pipeline)
        asked = (
            by_pipeline if self._list(by_pipeline)[0].runs else RunQuery(limit=limit, name=pipeline)
        )
        found = self._list(asked)[0].runs
        if not found:
            raise NotFound(f"no run of pipeline {pipeline!r}; list runs: misstep runs")
        recordings = [self._load(r.run_id)[:2] for r in found]
        good = self._list(replace(asked, limit=GOOD_RUNS, verdict="good"))[0].runs
        notes = diagnosis.doctor_of(recordings, len(good))
        return PipelineCheckup.of(pipeline, [r.run_id for r in found], notes)

    def diff(self, run_a: str, run_b: str | None = None) -> Diff:
        """See :class:`misstep_store.reader.Reader`."""
        self._refresh()
        a, hops_a, _ = self._load(run_a)
        reason = "named by you"
        if run_b is None:
            candidates = [r for r in self._same_pipeline(a) if r.run_id != a.run_id]
            nearest = diagnosis.nearest_good(a, candidates)
            if nearest is None:
                raise NotFound(
                    f"no good run of {a.pipeline or a.name} to compare with; mark one: "
                    "misstep mark RUN good"
                )
            run_b, reason = nearest[0].run_id, nearest[1]
        b, hops_b, _ = self._load(run_b)
        return diagnosis.diff(a, hops_a, b, hops_b, reason=reason)


def _grown(good: int) -> int:
    """Steps in which more good runs make an older diagnosis worth making again: 1 to 5, 8, 16, …"""
    return good if good <= 5 else 1 << (good.bit_length() - 1)
