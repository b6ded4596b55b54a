"""Habits of good runs: kept by three, broken by one, silent where they cannot be told."""

from __future__ import annotations

from typing import Any

from misstep.model import Hop, Run, Verdict
from misstep_diagnosis import diagnose, learn_all
from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.healthy import Profile
from misstep_diagnosis.learning import learn_run, merged

ORDERS = [
    ("Alder Works", [(2, 13.5), (3, 7.25)], 200.0),
    ("Brightwater", [(4, 8.1), (1, 99.9), (2, 12.4)], 90.0),
    ("Cobalt Supply", [(5, 21.3), (2, 45.75)], 500.0),
    ("Dunmore Trading", [(3, 31.2), (2, 18.6)], 100.0),
]


def run_of(order: tuple[str, list[tuple[int, float]], float], number: int, **bad: Any) -> Any:
    """One run of a small pipeline; ``bad`` replaces fields of the pricing hop's or reader's output."""
    who, items, limit = order
    lines = [{"qty": q, "price": p} for q, p in items]
    goods = "; ".join(f"{q} x thing at {p}" for q, p in items)
    text = f"Order from {who}. Items: {goods}. The limit is {limit}."
    record = {"supplier": who, "lines": lines, "limit": limit} | bad.get("record", {})
    total = round(sum(line["qty"] * line["price"] for line in record["lines"]), 2)
    priced = {"total": total} | bad.get("priced", {})
    inside = priced["total"] <= record["limit"]
    decided = {"decision": "release" if inside else "hold"} | bad.get("decided", {})
    steps = [
        ("read", {"text": text}, record),
        ("price", {"lines": record["lines"]}, priced),
        ("decide", {"total": priced["total"], "limit": record["limit"]}, decided),
    ]
    hops = [
        Hop(
            hop_id=f"{number}{n}".rjust(16, "0"),
            index=n,
            name=name,
            kind="llm",
            input=given,
            output=made,
            offset_ms=n * 10.0,
            duration_ms=9.0,
        )
        for n, (name, given, made) in enumerate(steps)
    ]
    output = {"supplier": record["supplier"], **priced, **decided}
    run = Run(run_id=f"{number}".rjust(32, "0"), name="orders", input={"text": text}, output=output)
    run.verdict = Verdict(state="bad" if bad else "good", by="user")
    return run, hops


TOTAL = "output.total"
GOOD = [run_of(order, n) for n, order in enumerate(ORDERS)]
HERE = ("Estuary Lines", [(6, 15.15), (2, 40.4)], 150.0)


def first(**bad: Any) -> tuple[str, set[str]]:
    run, hops = run_of(HERE, 9, **bad)
    made = diagnose(run, hops, good=GOOD)
    return made.suspects[0].name, {e.rule for e in made.suspects[0].evidence}


def test_a_sum_of_products_that_no_longer_holds_is_named_with_what_it_should_be() -> None:
    name, rules = first(priced={"total": 212.7})
    assert name == "price" and "profile.derivation" in rules


def test_a_text_not_copied_from_its_usual_place_is_found() -> None:
    name, rules = first(record={"supplier": "Alder Works"})
    assert name == "read" and "profile.source" in rules


def test_a_member_that_was_always_taken_over_and_is_gone_is_found() -> None:
    name, rules = first(record={"lines": [{"qty": 6, "price": 15.15}]})
    assert name == "read" and "profile.dropped" in rules


def test_a_choice_against_the_condition_of_all_good_runs_is_found() -> None:
    name, rules = first(decided={"decision": "release"})
    assert name == "decide" and "profile.choice" in rules


def test_a_renamed_field_is_found() -> None:
    run, hops = run_of(HERE, 9, priced={"total": 171.7})
    hops[1].output = {"total_value": 171.7}
    made = diagnose(run, hops, good=GOOD)
    assert made.suspects[0].name == "price"
    assert "profile.absent" in {e.rule for e in made.suspects[0].evidence}


def test_a_good_run_on_another_input_keeps_all_habits() -> None:
    run, hops = run_of(HERE, 9)
    run.verdict = Verdict()
    made = diagnose(run, hops, good=GOOD)
    assert made.verdict == "clean" and made.suspects == []


def test_when_every_habit_was_kept_the_input_is_what_is_left() -> None:
    run, hops = run_of(("Fell Haulage", [(60, 15.15), (2, 40.4)], 150.0), 9)
    run.verdict = Verdict(state="bad", by="user")
    made = diagnose(run, hops, good=GOOD)
    assert made.suspects[0].hop_id is None and made.suspects[0].name == "input"


def test_two_good_runs_are_too_few_to_learn_from() -> None:
    run, hops = run_of(HERE, 9, priced={"total": 212.7})
    rules = {e.rule for s in diagnose(run, hops, good=GOOD[:2]).suspects for e in s.evidence}
    assert "profile.derivation" not in rules


def test_stored_habits_say_what_the_good_runs_themselves_say() -> None:
    stored = merged("orders", GOOD).model_dump_json()
    profile = Profile.model_validate_json(stored)
    for bad in (
        {"priced": {"total": 212.7}},
        {"record": {"supplier": "Alder Works"}},
        {"record": {"lines": [{"qty": 6, "price": 15.15}]}},
        {"decided": {"decision": "release"}},
    ):
        run, hops = run_of(HERE, 9, **bad)
        by_runs = diagnose(run, hops, good=GOOD)
        by_profile = diagnose(run, hops, profile=profile, baseline=GOOD[0][0].run_id)
        habits = [
            [
                (e.rule, e.detail)
                for s in made.suspects
                for e in s.evidence
                if "healthy" not in e.rule
            ]
            for made in (by_runs, by_profile)
        ]
        assert habits[0] == habits[1] and by_runs.origins == by_profile.origins


def test_habits_are_learned_run_by_run_and_a_broken_one_is_forgotten() -> None:
    learned = learn_all(GOOD)
    price = learned.hops["price:llm"]
    assert price.instances == 4 and (
        "sum_of_products" in {f[0] for f in price.numbers[TOTAL].formulas}
    )
    learn_run(learned, RunFacts(*run_of(HERE, 9, priced={"total": 1.5})))
    assert learned.runs == 5 and TOTAL not in price.numbers


def test_habits_of_a_thousand_runs_take_no_more_room_than_of_a_hundred() -> None:
    def size(count: int) -> int:
        runs = (run_of((f"Firm {n}", [(n % 9 + 1, 3.5), (2, 1.25)], 90.0), n) for n in range(count))
        return len(learn_all(runs).model_dump_json())

    assert size(1000) < 1.3 * size(100)


def test_the_input_is_the_origin_when_every_hop_kept_its_habits_and_a_number_is_out_of_range() -> (
    None
):
    run, hops = run_of(("Estuary Lines", [(6, 1515.0), (2, 40.4)], 150.0), 8)
    run.verdict = Verdict(state="bad", by="user")
    made = diagnose(run, hops, good=GOOD)
    assert made.verdict == "fault"
    assert [(o.hop_id, o.name) for o in made.origins] == [(None, "input")]


def test_the_input_is_not_accused_by_elimination_alone() -> None:
    run, hops = run_of(HERE, 8)
    run.verdict = Verdict(state="bad", by="user")
    assert diagnose(run, hops, good=GOOD).verdict == "undecided"


def test_an_odd_input_of_a_run_that_nobody_called_bad_is_no_fault() -> None:
    run, hops = run_of(("Estuary Lines", [(6, 1515.0), (2, 40.4)], 150.0), 8)
    run.verdict = Verdict()
    assert diagnose(run, hops, good=GOOD).verdict != "fault"


def test_a_value_that_a_hop_brought_in_clears_the_input() -> None:
    odd = ("Estuary Lines", [(6, 1515.0), (2, 40.4)], 150.0)
    run, hops = run_of(odd, 8, record={"region": "N-417"})
    run.verdict = Verdict(state="bad", by="user")
    made = diagnose(run, hops, good=GOOD)
    assert all(o.hop_id is not None for o in made.origins)
