"""What the recordings of a run, or of a pipeline, can support, in the shapes the API answers."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from misstep.model import Run, Shape
from misstep_diagnosis.doctor import DoctorNote, PipelineNote


class Claim(Shape):
    """One thing a recording can or cannot support; where not, what is missing, what that costs,
    how to mend it, and at which hops."""

    claim: str
    supported: bool
    missing: str = ""
    costs: str = ""
    mend: str = ""
    hop_ids: list[str] = Field(default_factory=list)


class Checkup(Shape):
    """Which claims the recording of one run can support."""

    run_id: str
    claims: list[Claim] = Field(default_factory=list)

    @classmethod
    def of(cls, run: Run, notes: Sequence[DoctorNote]) -> Checkup:
        """The notes of diagnosis in the shape the API answers."""
        return cls(
            run_id=run.run_id,
            claims=[
                Claim(
                    claim=n.claim,
                    supported=n.supported,
                    missing=n.missing,
                    costs=n.costs,
                    mend=n.mend,
                    hop_ids=list(n.hop_ids),
                )
                for n in notes
            ],
        )


class PipelineClaim(Shape):
    """One thing the recordings of a pipeline can or cannot support: by ``supporting`` of ``runs``;
    what is missing, what that costs, how to mend it, the names of the hops, and a few run ids."""

    claim: str
    supported: bool
    supporting: int
    runs: int
    missing: str = ""
    costs: str = ""
    mend: str = ""
    hops: list[str] = Field(default_factory=list)
    examples: list[str] = Field(default_factory=list)


class PipelineCheckup(Shape):
    """Which claims the latest recordings of one pipeline (``run_ids``) can support together."""

    pipeline: str
    run_ids: list[str] = Field(default_factory=list)
    claims: list[PipelineClaim] = Field(default_factory=list)

    @classmethod
    def of(
        cls, pipeline: str, run_ids: Sequence[str], notes: Sequence[PipelineNote]
    ) -> PipelineCheckup:
        """The notes of diagnosis in the shape the API answers."""
        return cls(
            pipeline=pipeline,
            run_ids=list(run_ids),
            claims=[
                PipelineClaim(
                    claim=n.claim,
                    supported=n.supported,
                    supporting=n.supporting,
                    runs=n.runs,
                    missing=n.missing,
                    costs=n.costs,
                    mend=n.mend,
                    hops=list(n.hops),
                    examples=list(n.examples),
                )
                for n in notes
            ],
        )
