"""What a labelled recorded run is, and how its literal steps become a run with hops."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, Literal

from misstep.model import ErrorInfo, Finding, Hop, HopKind, Json, Run, Verdict

Outcome = Literal["unknown", "bad", "error"]
_STEP_MS = 800.0


def hop(name: str, kind: HopKind, given: Json, made: Json, **fields: Any) -> Hop:
    """One recorded hop; ``error`` may be given as ``(type, message)``."""
    error = fields.pop("error", None)
    made_hop = Hop(hop_id="", name=name, kind=kind, input=given, output=made, **fields)
    if error is not None:
        made_hop.error = ErrorInfo(type=error[0], message=error[1])
    return made_hop


@dataclass(frozen=True, slots=True)
class DomainCase:
    """A recorded run and its label.

    ``origin`` is the name of the hop that went wrong first, ``input`` for a wrong pipeline input,
    None for a clean run; names are unique within a case. ``outcome`` is what is known of it,
    ``told`` the text somebody marked as wrong.
    """

    name: str
    domain: str
    origin: str | None
    why: str
    given: Json
    made: Json
    hops: list[Hop]
    outcome: Outcome = "unknown"
    told: str | None = None
    findings: list[Finding] = field(default_factory=list)
    session: str | None = None

    def recording(self) -> tuple[Run, list[Hop]]:
        """The run and its hops as a store would tell them, without the label."""
        run_id = hashlib.sha256(self.name.encode()).hexdigest()[:32]
        hops = [self._placed(run_id, n, one) for n, one in enumerate(self.hops)]
        failed = hops[-1].error if self.outcome == "error" else None
        run = Run(
            run_id=run_id,
            name=self.name.rpartition("-")[0],
            pipeline=self.name.rpartition("-")[0],
            input=self.given,
            output=self.made,
            hop_count=len(hops),
            status="error" if failed else "ok",
            error=failed,
            session_id=self.session,
            findings=list(self.findings),
            duration_ms=_STEP_MS * len(hops),
        )
        if self.outcome == "bad":
            run.verdict = Verdict(state="bad", by="user", text=self.told)
        elif failed:
            run.verdict = Verdict(state="bad", by="status")
        return run, hops

    def _placed(self, run_id: str, number: int, one: Hop) -> Hop:
        hop_id = hashlib.sha256(f"{run_id} {number}".encode()).hexdigest()[:16]
        return one.model_copy(
            update={
                "hop_id": hop_id,
                "index": number,
                "offset_ms": number * _STEP_MS,
                "duration_ms": _STEP_MS - 50.0,
                "path": one.name,
            }
        )
