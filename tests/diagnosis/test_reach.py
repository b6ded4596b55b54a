"""A value followed forwards: who received it, what became of it, where it ended."""

from __future__ import annotations

from typing import Any

from diagnosed import hops_of

from misstep.model import Hop, Reach, Run
from misstep_diagnosis import reach


def run_of(given: Any, made: Any) -> Run:
    return Run(run_id="a" * 32, name="p", input=given, output=made)


LINES = [{"sku": "A-10", "amount": 412.5}, {"sku": "B-20", "amount": 389.25}]


def order() -> tuple[Run, list[Hop]]:
    letter = "The total is 801.75 EUR for A-10 and B-20."
    hops = hops_of(
        ("read", {"order": "O-7001"}, {"lines": LINES}),
        ("total", {"lines": LINES}, {"total": 801.75}),
        ("stock", {"lines": LINES}, {"missing": []}),
        ("write", {"total": 801.75, "skus": ["A-10", "B-20"]}, letter),
    )
    return run_of({"order": "O-7001"}, letter), hops


def ends(made: Reach) -> list[tuple[str, str]]:
    return [(e.name, e.how) for e in made.ends]


def test_a_value_goes_on_as_what_is_computed_from_it() -> None:
    made = reach(*order(), "389.25")
    assert made.start is not None and made.start.name == "read"
    derived = [s for s in made.chain if s.match == "derived"]
    assert derived and derived[0].quote == "801.75" and "sum" in derived[0].detail
    assert made.reaches_output and ("output", "output") in ends(made)
    assert ("stock", "absorbed") in ends(made)


def test_a_value_of_the_pipeline_s_input_begins_there_and_may_end_at_once() -> None:
    made = reach(*order(), "O-7001")
    assert made.start is not None and made.start.hop_id is None and made.start.name == "input"
    assert ends(made) == [("read", "absorbed")] and not made.reaches_output


def test_a_hop_s_own_output_can_be_followed_from_there() -> None:
    run, hops = order()
    made = reach(run, hops, "801.75", hops[1].hop_id)
    assert made.start is not None and made.start.name == "total"
    assert [s.hop_id for s in made.chain][:2] == [hops[1].hop_id, hops[3].hop_id]
    assert ends(made) == [("output", "output")]


def test_what_nobody_received_is_unused() -> None:
    hops = hops_of(
        ("look_up", "q", {"hint": "ZX-4711", "answer": "Bergen"}), ("say", "Bergen", "Bergen")
    )
    made = reach(run_of("q", "Bergen"), hops, "ZX-4711")
    assert ends(made) == [("look_up", "unused")] and "unused" in made.explanation


def test_a_single_digit_is_followed_though_it_makes_no_edge() -> None:
    hops = hops_of(("count", "q", {"n": 7}), ("tell", {"n": 7}, "There are 7 of them."))
    made = reach(run_of("q", "There are 7 of them."), hops, "7")
    assert [s.side for s in made.chain] == ["out", "in", "out", "out"]
    assert ends(made) == [("output", "output")]


def test_a_text_that_stands_nowhere_has_no_start() -> None:
    made = reach(*order(), "Zebra-99")
    assert made.start is None and made.chain == [] and made.ends == []


def test_a_value_in_another_notation_is_the_same_value() -> None:
    hops = hops_of(
        ("read", "x", "Summe 1.299,00 EUR"), ("book", {"total": 1299.0}, {"booked": 1299})
    )
    made = reach(run_of("x", {"booked": 1299}), hops, "1.299,00")
    assert made.reaches_output and {s.match for s in made.chain} >= {"exact", "normalised"}


def test_a_number_is_not_found_inside_a_longer_one() -> None:
    scan = "Amount due: 1.640,00 EUR, invoice INV-2231"
    hops = [
        Hop(hop_id="1" * 16, index=0, name="read", input=scan, output={"total": 1.64}),
        Hop(
            hop_id="2" * 16,
            index=1,
            name="book",
            input={"total": 1.64},
            output="booked 1.64",
            offset_ms=10.0,
        ),
    ]
    run = Run(run_id="a" * 32, name="r", input=scan, output="booked 1.64")
    made = reach(run, hops, "1.64")
    assert made.start is not None and made.start.name == "read"
    assert made.reaches_output


def test_what_stands_beside_a_value_in_a_text_is_not_followed_with_it() -> None:
    scan = "Amount due: 1640 EUR, invoice INV-2231"
    hops = [
        Hop(hop_id="1" * 16, index=0, name="number", input=scan, output={"ref": "INV-2231"}),
        Hop(
            hop_id="2" * 16,
            index=1,
            name="amount",
            input=scan,
            output={"total": 1640},
            offset_ms=10.0,
        ),
    ]
    run = Run(run_id="a" * 32, name="r", input=scan, output={"ref": "INV-2231"})
    made = reach(run, hops, "1640")
    assert not made.reaches_output
    assert {s.path for s in made.chain if s.side == "out"} == {"output.total"}
