"""The recorded runs of unlike domains: labels that name a hop, and what the rules make of them."""

from __future__ import annotations

import pytest
from bench.domains.__main__ import CASES, judged, judged_unseen
from bench.domains.case import DomainCase
from bench.domains.scoring import Judged, scores
from bench.domains.unseen import SETS
from bench.domains.unseen.spans import SpanCase

UNSEEN = [case for cases in SETS.values() for case in cases]


@pytest.mark.parametrize("case", CASES, ids=[c.name for c in CASES])
def test_a_label_names_one_hop_of_at_least_five(case: DomainCase) -> None:
    names = [hop.name for hop in case.hops]
    assert len(names) >= 5 and len(set(names)) == len(names)
    assert case.origin in (None, "input", *names)


@pytest.mark.parametrize("case", UNSEEN, ids=[c.name for c in UNSEEN])
def test_spans_make_at_least_five_hops_one_of_which_the_label_names(case: SpanCase) -> None:
    run, hops = case.recording()
    assert len(hops) >= 5 and run.complete
    assert (case.wanted(hops) is None) == (case.origin in (None, "input"))


def test_no_two_runs_of_all_sets_share_a_name() -> None:
    names = [c.name for c in (*CASES, *UNSEEN)]
    assert len(set(names)) == len(names)


def _blamed(results: list[Judged]) -> list[str]:
    return [j.name for j in results if j.wanted is None and j.made.verdict == "fault"]


def test_no_clean_run_is_blamed_and_most_origins_are_found() -> None:
    results = judged()
    assert _blamed(results) == []
    assert scores(results)["top1"]["rate"] >= 0.8


def test_no_clean_run_of_the_second_set_is_blamed_and_most_origins_are_found() -> None:
    results = judged_unseen()
    assert _blamed(results) == []
    assert scores(results)["top1"]["rate"] >= 0.8
