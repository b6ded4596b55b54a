"""Replaying a recorded cascade in a test: what the files ``misstep test`` writes are made of.

::

    CASCADE = Cascade(Path("test_invoice.otlp.json"), entry="shop.invoice:process_invoice")
    replayed = CASCADE.replay("4f1c…")
    assert replayed.outcome == …

Everything is served from the recording: no network, no model, no side effect.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from misstep.errors import NotFound
from misstep.model import Hop, Json
from misstep.replay.job import Job
from misstep_store.conventions import normalise
from misstep_store.finding import find_hop
from misstep_store.otlp.decode import decode_traces
from misstep_store.otlp.spans import Span
from misstep_store.replaying.execute import Executor
from misstep_store.replaying.home import read_spans
from misstep_store.replaying.jobs import Permission, target_of
from misstep_store.replaying.recordings import recording_of
from misstep_store.replaying.replay import why_none


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay gave: the outcome, and its hops by name."""

    outcome: Json
    hops: Sequence[Hop]

    def received(self, hop: str) -> Json:
        """What a hop was given."""
        return find_hop(self.hops, hop).input

    def produced(self, hop: str) -> Json:
        """What a hop returned."""
        return find_hop(self.hops, hop).output


@dataclass(frozen=True, slots=True)
class Cascade:
    """Recorded runs in an OTLP JSON file, and the program they are replayed with: ``entry`` is
    ``module:function`` (or ``path/script.py:function``), ``command`` a program run by ``misstep run``.

    ``folder`` is where that program runs, seen from the recording; a script's path is seen from
    there. Without it, or where it is gone, that is the folder the tests run in.
    """

    recording: Path
    entry: str | None = None
    command: tuple[str, ...] = ()
    folder: str | None = None

    @property
    def permission(self) -> Permission:
        """What the test may execute."""
        there = self.recording.parent / self.folder if self.folder else None
        return Permission(
            self.entry,
            self.command,
            folder=str(there.resolve()) if there and there.is_dir() else None,
        )

    def replay(self, run_id: str) -> Replay:
        """The run executed again with everything served as recorded.

        Raises:
            AssertionError: the program asked for something that was not recorded; the message says
                where, what was recorded and what is asked now.
            NotFound: the file holds no such run.
            ReplayError: the program cannot be executed.
        """
        return _replayed(self, run_id)

    def recorded(self, run_id: str) -> Replay:
        """The run as it was recorded, nothing executed."""
        made = normalise(self.spans(run_id))
        error = made.run.error
        outcome = f"{error.type}: {error.message}" if error else made.run.output
        return Replay(outcome, made.hops)

    def spans(self, run_id: str) -> list[Span]:
        """The recorded spans of a run."""
        found = decode_traces(self.recording.read_bytes(), json=True).spans
        spans = [s for s in found if s.trace_id == run_id]
        if not spans:
            raise NotFound(f"{self.recording} holds no run {run_id}")
        return spans


@lru_cache(maxsize=64)
def _replayed(cascade: Cascade, run_id: str) -> Replay:
    """Executed once a process: everything in it is fixed."""
    recording = recording_of(cascade.spans(run_id))
    job = Job(
        run_id=run_id,
        target=target_of(recording, cascade.permission),
        arguments=recording.arguments,
        hops=recording.hops,
        calls=recording.calls,
        recorded=recording.recorded,
        argv=recording.argv,
    )
    here = os.pathsep.join(p for p in sys.path if p)
    with Executor(job.target, environment={"PYTHONPATH": here}) as executor:
        done = executor.run(job)
    result = done.result
    if result.divergence is not None:
        raise AssertionError(result.divergence.message)
    if result.unrestorable is not None:
        raise AssertionError(result.unrestorable)
    if result.run_id is None:
        raise AssertionError(why_none(done))
    made = read_spans(done.spans, result.run_id)
    failed = f"{result.error.type}: {result.error.message}" if result.error else None
    return Replay(
        failed if failed else result.outcome, made.normalised.hops if made is not None else ()
    )
