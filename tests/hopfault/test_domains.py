"""The recorded runs of unlike domains: labels that name a hop, and what the rules make of them."""

from __future__ import annotations

import pytest
from bench.domains.__main__ import CASES, judged, scores
from bench.domains.case import DomainCase


@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_a_label_names_one_hop_of_at_least_five(case: DomainCase) -> None:
    names = [hop.name for hop in case.hops]
    assert len(names) >= 5 and len(set(names)) == len(names)
    assert case.origin in (None, "input", *names)


def test_no_clean_run_is_blamed_and_most_origins_are_found() -> None:
    results = judged()
    told = scores(results)
    blamed = [c.name for c, d in results if c.origin is None and d.verdict == "fault"]
    assert blamed == []
    assert told["top1"]["rate"] >= 0.8
