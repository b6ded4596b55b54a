"""Small runs for tests of the diagnosis, and the rules that find something in them."""

from __future__ import annotations

from typing import Any

from misstep.model import Hop, Run
from misstep_diagnosis.checks.rules import find_all
from misstep_diagnosis.facts import RunFacts


def hops_of(*steps: tuple[str, Any, Any], **fields: Any) -> list[Hop]:
    """One hop after the other: (name, input, output)."""
    return [
        Hop(
            hop_id=f"{n:016x}",
            index=n,
            name=name,
            input=given,
            output=made,
            offset_ms=n * 10.0,
            duration_ms=9.0,
            **fields,
        )
        for n, (name, given, made) in enumerate(steps)
    ]


def rules_in(run: Run, hops: list[Hop]) -> set[str]:
    """Names of the rules that find something, without good runs."""
    return {f.evidence.rule for f in find_all(RunFacts(run, hops), [])}


def fired(fields: dict[str, Any]) -> set[str]:
    """Names of the rules that find something in a run of one hop, a model call unless told."""
    values: dict[str, Any] = {"hop_id": "1" * 16, "name": "step", "kind": "llm", **fields}
    hop = Hop.model_validate(values)
    return rules_in(Run(run_id="a" * 32, name="p", input=hop.input, output=hop.output), [hop])
