"""Cases: the truth is where the fault was planted, and nothing in a case is left to chance."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

import pytest
from bench.hopfault.cases import HELD_OUT_KINDS, HELD_OUT_SHAPES, INPUT, Cases
from bench.hopfault.domains import DOMAINS, documents, make_request
from bench.hopfault.executing import Executing
from bench.hopfault.recording import Bench, Plant, guilty
from bench.hopfault.scoring import Judged, baselines, rates, wilson
from bench.hopfault.shapes import SHAPES, Shape

from misstep.model import Diagnosis, Suspect
from misstep_diagnosis import diagnose


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with Bench() as opened:
        yield opened


def _shape(name: str) -> Shape:
    return next(shape for shape in SHAPES if shape.name == name)


def test_there_are_twelve_shapes_and_three_domains_with_words_of_their_own() -> None:
    assert len({shape.name for shape in SHAPES}) >= 12
    assert len(DOMAINS) >= 3
    assert len({d.fields for d in DOMAINS.values()}) == len(DOMAINS)
    assert len(HELD_OUT_SHAPES) * 2 == len(SHAPES) and len(HELD_OUT_KINDS) == 3


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
@pytest.mark.parametrize("domain", sorted(DOMAINS))
def test_every_shape_runs_clean_in_every_domain_and_twice_the_same(
    bench: Bench, shape: Shape, domain: str
) -> None:
    request = make_request(DOMAINS[domain], 7)
    first, second = bench.record(shape, request), bench.record(shape, request)
    assert first.outcome is not None and first.outcome == second.outcome
    assert 6 <= len(first.hops) <= 16
    assert first.run.status == "ok"
    assert guilty(first, second) == set()


@pytest.mark.parametrize(
    ("shape", "plant", "names"),
    [
        ("chain", Plant("wrong_route", "decide", True), {"decide"}),
        ("chain", Plant("dropped_item", "extract", False), {"extract"}),
        ("rag", Plant("stale_state", "retrieve", False), {"retrieve"}),
        ("tool_loop", Plant("swallowed_tool_error", "get_factor", False), {"get_factor"}),
        ("failover", Plant("weaker_model", "price", False), {"price_or_fail_over"}),
        ("chain", Plant("prompt_regression", "price", False), {"price"}),
        ("debate", Plant("wrong_document", "look_up", False), {"look_up"}),
    ],
)
def test_the_truth_is_the_hop_where_the_fault_was_planted(
    bench: Bench, shape: str, plant: Plant, names: set[str]
) -> None:
    request = make_request(DOMAINS["purchasing"], 3)
    clean = bench.record(_shape(shape), request)
    faulty = bench.record(_shape(shape), request, [plant])
    found = guilty(clean, faulty)
    assert {hop.name for hop in faulty.hops if hop.hop_id in found} == names
    assert faulty.outcome != clean.outcome


def test_a_planted_fault_is_gone_after_its_run(bench: Bench) -> None:
    request = make_request(DOMAINS["freight"], 3)
    before = bench.record(_shape("chain"), request)
    bench.record(_shape("chain"), request, [Plant("stale_state", "look_up", False)])
    assert bench.record(_shape("chain"), request).outcome == before.outcome


def test_refused_requests_recover_and_change_nothing(bench: Bench) -> None:
    request = make_request(DOMAINS["pharmacy"], 5)
    calm = bench.record(_shape("chain"), request)
    rough = bench.record(_shape("chain"), request, hiccups=2)
    assert rough.outcome == calm.outcome
    assert any(len(hop.attempts) > 1 for hop in rough.hops)


def test_a_seed_makes_the_same_cases_again(bench: Bench) -> None:
    def described(seed: int) -> list[tuple[object, ...]]:
        cases = Cases(bench, seed=seed, split="all")
        return [(c.shape, c.kinds, c.loud, len(c.truth)) for c in islice(cases.faulty(), 8)]

    assert described(4) == described(4)
    assert described(4) != described(5)


@pytest.mark.parametrize("shape", ["fan_out", "map_reduce", "debate"])
def test_of_calls_side_by_side_a_fault_that_strikes_once_strikes_the_first(
    bench: Bench, shape: str
) -> None:
    step = {"fan_out": "price_one", "map_reduce": "items", "debate": "price"}[shape]
    for number in range(12):
        request = make_request(DOMAINS["freight"], number)
        clean = bench.record(_shape(shape), request)
        faulty = bench.record(_shape(shape), request, [Plant("wrong_value", step, True)])
        (struck,) = (h for h in faulty.hops if h.hop_id in guilty(clean, faulty))
        beside = [h for h in faulty.hops if h.name == struck.name]
        assert struck is beside[0], number
        ended = datetime.fromisoformat(struck.started_at)
        ended += timedelta(milliseconds=struck.duration_ms)
        assert datetime.fromisoformat(beside[1].started_at) < ended


def test_cases_have_a_truth_and_another_outcome(bench: Bench) -> None:
    for case in islice(Cases(bench, seed=1, split="all").faulty(), 30):
        hops = {hop.hop_id for hop in case.faulty.hops}
        assert case.truth == {INPUT} or case.truth <= hops
        assert case.truth and case.earliest <= case.truth
        assert case.clean.outcome != case.faulty.outcome
        assert case.loud == (case.faulty.outcome is None)


def test_a_planted_fault_is_confirmed_by_executing_the_run_again(bench: Bench) -> None:
    (case,) = islice(Cases(bench, seed=3, split="all").faulty(), 1)
    with Executing(bench) as executing:
        done = executing.confirm(case, diagnose(case.faulty.run, case.faulty.hops))
    assert done.reproduced
    assert done.origins == case.truth
    assert done.hit(1)


def test_the_tuning_split_holds_out_shapes_and_kinds(bench: Bench) -> None:
    for case in islice(Cases(bench, seed=2, split="tuning").faulty(), 20):
        assert case.shape not in HELD_OUT_SHAPES
        assert not set(case.kinds) & set(HELD_OUT_KINDS)


def test_documents_have_one_version_in_force_for_each_entity() -> None:
    for domain in DOMAINS.values():
        valid = [d.entity for d in documents(domain) if d.valid_until == ""]
        assert sorted(valid) == sorted(domain.entities)


def test_intervals_hold_the_rate_and_narrow_with_more_trials() -> None:
    few, many = wilson(8, 10), wilson(800, 1000)
    assert few["low"] < few["rate"] == many["rate"] == 0.8 < few["high"]
    assert many["high"] - many["low"] < few["high"] - few["low"]
    assert wilson(0, 0) == {"rate": 0.0, "low": 0.0, "high": 1.0}
    assert (few["low"], few["high"]) == (0.4902, 0.9433)


def test_scores_count_the_truth_among_the_first_suspects(bench: Bench) -> None:
    (case,) = islice(Cases(bench, seed=3, split="all").faulty(), 1)
    right = next(iter(case.truth))
    wrong = next(h.hop_id for h in case.faulty.hops if h.hop_id not in case.truth)

    def said(*ids: str) -> Judged:
        suspects = [
            Suspect(hop_id=None if i == INPUT else i, name="x", rank=n)
            for n, i in enumerate(ids, 1)
        ]
        return Judged(case, Diagnosis(run_id="r", verdict="fault", suspects=suspects))

    scores = rates([said(right), said(wrong, right), said(wrong)], [])
    assert scores["top1"] == wilson(1, 3)
    assert scores["top3"] == wilson(2, 3)


def test_baselines_are_rates_of_the_same_cases(bench: Bench) -> None:
    cases = list(islice(Cases(bench, seed=6, split="all").faulty(), 20))
    found = baselines(cases)
    assert set(found) == {"random", "first_hop", "last_hop", "first_error_status", "constant"}
    assert found["constant"]["rate"] >= found["first_hop"]["rate"]
    assert 0 < found["random"]["rate"] < 0.5
