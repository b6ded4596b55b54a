"""A text that its exporter cut is no fault of the hop: nothing that rests on it speaks against it."""

from __future__ import annotations

import pytest

from misstep.model import Hop, Run
from misstep_diagnosis.checks.rules import find_all
from misstep_diagnosis.facts import RunFacts


def rules(**more: object) -> set[str]:
    first = Hop(
        hop_id="1" * 16,
        index=0,
        name="draft",
        kind="llm",
        input="What did the four quarters cost?",
        output='[{"quarter": 1, "cost": 120}, {"quarter": 2, "co',
        **more,
    )
    run = Run(run_id="a" * 32, name="report", input=first.input, output=first.output)
    known = RunFacts(run, [first])
    return {f.evidence.rule for f in find_all(known)}


def test_json_that_breaks_off_is_evidence_unless_its_exporter_cut_it() -> None:
    assert "output.unfinished" in rules()
    assert rules(output_cut=True) == set()


@pytest.mark.parametrize("side", ["input_cut", "output_cut"])
def test_what_the_provider_says_of_the_end_stays_evidence(side: str) -> None:
    assert any(r.startswith("finish.") for r in rules(finish_reason="length"))
    kept = rules(finish_reason="length", **{side: True})
    assert any(r.startswith("finish.") for r in kept) and "output.unfinished" not in kept
