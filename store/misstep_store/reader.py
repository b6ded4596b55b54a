"""What the UI, the command line and MCP may ask of a store, wherever it is.

Two implementations answer it with the same shapes: ``misstep_store.answering.local.LocalReader``
over the file this process owns, and ``misstep_store.serve.client.HttpReader`` over the API of the
process that owns it. Objects returned belong to the caller and are never changed afterwards. Every
method raises :class:`misstep.errors.NotFound` for an unknown run and
:class:`misstep.errors.StoreError` with one sentence when the store cannot answer.
"""

from __future__ import annotations

from typing import Literal, Protocol

from misstep.model import (
    Blame,
    Confirmation,
    Diagnosis,
    Diff,
    Lineage,
    Reach,
    Run,
    RunDetail,
    RunPage,
    Stats,
)
from misstep_store.otlp.spans import LogRecord, Span
from misstep_store.shapes.checkups import PipelineCheckup
from misstep_store.shapes.overview import Overview
from misstep_store.shapes.run_query import RunQuery

__all__ = ["Reader", "RunQuery"]


class Reader(Protocol):
    """The questions; see the module docstring for what every answer guarantees."""

    @property
    def overview(self) -> Overview:
        """What pages ask beyond these: facets, groups, history, spend, outlines, marks, tags."""
        ...

    def runs(self, query: RunQuery) -> RunPage:
        """A page of runs, newest first unless ``query.sort`` says otherwise."""
        ...

    def run(self, run_id: str, *, payloads: bool = True) -> RunDetail:
        """One run with its hops by index; without payloads inputs and outputs are None."""
        ...

    def diagnosis(self, run_id: str) -> Diagnosis:
        """The verdict as of now, computed if need be and stored."""
        ...

    def lineage(self, run_id: str) -> Lineage:
        """All value edges of the run."""
        ...

    def blame(self, run_id: str, text: str, *, hop: str | None = None) -> Blame:
        """Where ``text`` first appeared; ``hop`` (id or unique name) limits where it is read."""
        ...

    def reach(self, run_id: str, text: str, *, hop: str | None = None) -> Reach:
        """Where ``text`` went, from where it first appeared or from the output of ``hop``."""
        ...

    def checkup(self, pipeline: str, *, limit: int = 20) -> PipelineCheckup:
        """Which claims the latest ``limit`` (1 to 200) recordings of a pipeline support."""
        ...

    def diff(self, run_a: str, run_b: str | None = None) -> Diff:
        """Run A against B; without B against the nearest good run of the same pipeline.

        Raises NotFound with a sentence when no good run of the pipeline exists."""
        ...

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
        """Records a verdict; the run with its verdict as it now stands."""
        ...

    def score(
        self,
        run_id: str,
        name: str,
        value: float,
        *,
        hop_id: str | None = None,
        by: str | None = None,
    ) -> Run:
        """Records a score on a run or one of its hops."""
        ...

    def resolve(self, given: str) -> list[str]:
        """Ids of at most ten runs that begin with ``given``, newest first; ``last`` is the newest that
        is no replay."""
        ...

    def confirm(self, proof: Confirmation) -> Diagnosis:
        """Keeps what executing a run again has proved; its diagnosis as it now stands."""
        ...

    def spans(self, run_id: str) -> tuple[list[Span], list[LogRecord]]:
        """The run's spans and log records as they arrived."""
        ...

    def delete(self, run_id: str) -> None:
        """Removes the run, its hops, payloads, verdicts and scores for good."""
        ...

    def stats(self) -> Stats:
        """Totals of the store."""
        ...

    def close(self) -> None:
        """Releases what the reader holds; further calls raise StoreError."""
        ...
