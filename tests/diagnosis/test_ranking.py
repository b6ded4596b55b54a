"""Who is looked at first where no rule accuses: hops of one run compared, never a verdict."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from diagnosed import hops_of

from misstep.model import ErrorInfo, Hop, Run, Verdict
from misstep_diagnosis import diagnose
from misstep_diagnosis.checks.found import found
from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.learned import Learned
from misstep_diagnosis.reading.statements import flipped, plain, stated, stated_by
from misstep_diagnosis.reading.values import leaves
from misstep_diagnosis.verdict.case import Case
from misstep_diagnosis.verdict.signals import SIGNALS, Compared
from misstep_diagnosis.verdict.suspicion import WEIGHTS

REPORT = (
    "Chest X-ray, PA view. Indication: persistent cough for three weeks, no fever. The heart is not "
    "enlarged. Patchy opacity in the left lower lobe, consistent with pneumonia. No pleural effusion."
)
LETTER = "Your X-ray shows pneumonia and some fluid around the lung (pleural effusion)."


def chest(effusion: bool, letter: str) -> tuple[Run, list[Hop]]:
    read = {"pneumonia": True, "pleural_effusion": effusion}
    plan = "Amoxicillin; ultrasound." if effusion else "Amoxicillin."
    hops = hops_of(
        ("fetch", {"study": "XR-90155"}, {"report": REPORT}),
        ("structure", f"Return the findings as JSON booleans. {REPORT}", read),
        ("plan", read, plan),
        ("letter", {"findings": read, "plan": plan}, letter),
        kind="llm",
    )
    hops[0].kind = "tool"
    return Run(run_id="a" * 32, name="p", input={"study": "XR-90155"}, output=letter), hops


def signals(run: Run, hops: list[Hop]) -> dict[str, dict[str, float]]:
    known = RunFacts(run, hops)
    told = Compared(known, Learned()).signals()
    return {known.called[s.hop_id]: s.values for s in told}


def test_a_mark_of_words_leads_to_who_first_stated_what_its_input_denies() -> None:
    run, hops = chest(True, LETTER)
    run.verdict = Verdict(state="bad", by="user", text="fluid around the lung (pleural effusion)")
    made = diagnose(run, hops)
    assert made.suspects[0].name == "structure"
    told = next(e for e in made.suspects[0].evidence if e.rule == "hop.likeliest")
    assert not told.strict and "pleura" in told.detail


def test_a_field_that_is_false_denies_what_the_text_denies() -> None:
    run, hops = chest(False, "Your X-ray shows pneumonia.")
    assert "flipped" not in signals(run, hops)["structure"]
    run, hops = chest(True, LETTER)
    assert signals(run, hops)["structure"]["flipped"] == 1.0


def test_where_nothing_speaks_against_a_run_it_is_clean_and_says_where_to_look_first() -> None:
    run, hops = chest(False, "Your X-ray shows pneumonia.")
    made = diagnose(run, hops)
    assert made.verdict == "clean" and made.origins == [] and made.path == []
    assert set(made.states.values()) == {"clean"}
    assert [s.rank for s in made.suspects] == [1, 2, 3]
    assert {e.rule for s in made.suspects for e in s.evidence} == {"hop.likeliest"}
    assert f"look at {made.suspects[0].name} first" in made.explanation


def test_of_hops_that_nothing_sets_apart_the_one_that_failed_is_where_to_look_first() -> None:
    hops = hops_of(*((f"step {n}", None, None) for n in range(6)))
    hops[4].error = ErrorInfo(type="ValueError", message="boom")
    made = diagnose(Run(run_id="a" * 32, name="p", input="hi", output="yo"), hops)
    assert made.verdict == "clean"
    assert "look at step 4 first: it failed." in made.explanation


def test_a_run_of_one_hop_has_no_other_to_be_compared_with() -> None:
    hops = hops_of(("answer", "Where is Oslo?", "Oslo lies in Norway."), kind="llm")
    run = Run(run_id="a" * 32, name="p", input="Where is Oslo?", output="Oslo lies in Norway.")
    made = diagnose(run, hops)
    assert (made.verdict, made.suspects) == ("clean", [])
    assert "beside the other hops" not in made.explanation


def test_a_run_marked_good_names_nobody() -> None:
    run, hops = chest(False, "Your X-ray shows pneumonia.")
    run.verdict = Verdict(state="good", by="user")
    assert diagnose(run, hops).suspects == []


def test_where_good_runs_vouch_for_a_run_nobody_is_named() -> None:
    good = [chest(False, "Your X-ray shows pneumonia.") for _ in range(3)]
    run, hops = chest(False, "Your X-ray shows pneumonia.")
    made = diagnose(run, hops, good=good)
    assert made.verdict == "clean" and made.suspects == []


def test_comparing_accuses_nobody_even_where_the_outcome_is_bad() -> None:
    run, hops = chest(False, "Your X-ray shows pneumonia.")
    run.verdict = Verdict(state="bad", by="user")
    made = diagnose(run, hops)
    assert made.verdict == "undecided" and made.origins == [] and len(made.suspects) >= 3


def quarter(reported: str) -> tuple[Run, list[Hop]]:
    table = "Q3 2026 and Q3 2025: revenue 184,320 and 171,905; operating profit 31,760 and 26,044."
    hops = hops_of(
        ("find", {"filing": "om"}, {"text": table}),
        ("extract", {"text": table}, {"operating_profit": 26044}),
        ("brief", {"operating_profit": 26044}, reported),
        kind="llm",
    )
    hops[0].kind = "retriever"
    run = Run(run_id="b" * 32, name="p", input={"filing": "om"}, output=reported)
    run.verdict = Verdict(state="bad", by="user", text=reported)
    return run, hops


def test_a_marked_figure_told_in_millions_is_not_held_against_who_was_given_it_in_thousands() -> (
    None
):
    told = signals(*quarter("An operating profit of GBP 26.0 million."))["brief"]["mark"]
    made_up = signals(*quarter("An operating profit of GBP 29.4 million."))["brief"]["mark"]
    assert told < made_up


def test_a_date_with_two_readings_vouches_for_neither() -> None:
    asked = "A flight on 12/11/2026 please, one adult, hand luggage only."

    def booked(day: str) -> dict[str, float]:
        hops = hops_of(
            ("read", asked, {"date": day, "adults": 1}),
            ("book", {"date": day, "adults": 1}, {"booking": "QX7PLM"}),
            kind="llm",
        )
        run = Run(
            run_id="c" * 32, name="p", input={"request": asked}, output="Booked: 11 December 2026."
        )
        run.verdict = Verdict(state="bad", by="user", text="11 December 2026")
        return signals(run, hops)["read"]

    assert booked("2026-12-11")["mark"] > 0
    assert "mark" not in booked("2026-11-12")


def test_a_marked_number_that_was_worked_out_rightly_is_not_held_against_who_did() -> None:
    def total(of: float) -> dict[str, float]:
        lines = [{"price": 12.5, "count": 4}, {"price": 8.25, "count": 2}]
        hops = hops_of(
            ("look_up", {"order": "A-7"}, {"net": 66.5, "vat": 13.3}),
            ("add", {"net": 66.5, "vat": 13.3}, {"total": of}),
            ("write", {"total": of}, f"Total {of}"),
            kind="llm",
        )
        hops[0].kind = "tool"
        run = Run(
            run_id="d" * 32, name="p", input={"order": "A-7", "lines": lines}, output=f"Total {of}"
        )
        run.verdict = Verdict(state="bad", by="user", text=str(of))
        return signals(run, hops)["add"]

    assert "mark" not in total(79.8) and total(87.4)["mark"] == 1.0


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("No pleural effusion.", {"¬pleura", "¬effusi"}),
        ("not only pleural effusion", set()),
        ("no fever, pleural effusion", {"¬fever"}),
        ("Kein Erguss. Pneumonie links.", {"¬erguss"}),
    ],
    ids=["denied", "idiom", "comma", "german"],
)
def test_a_negation_reaches_to_the_end_of_its_clause(text: str, denied: set[str]) -> None:
    assert {s for s in stated(text) if s.startswith("¬")} == denied


def test_words_of_one_family_have_one_stem() -> None:
    assert stated("indemnify") == stated("indemnifies") == stated("indemnity")
    assert flipped(stated("no allergies"), stated("allergies")) == ["allerg"]
    assert flipped(stated("no allergies, allergies"), stated("allergies")) == []


@pytest.mark.parametrize("value", [False, None, [], "", "none", "negative"], ids=repr)
def test_a_field_that_says_no_is_denied(value: Any) -> None:
    stems = stated_by(leaves({"pleural_effusion": value}, "v"), {})
    assert "¬pleura" in stems and "pleura" in plain(stems)


@pytest.mark.parametrize("value", [True, 0, 3, "left"], ids=repr)
def test_a_field_with_any_other_value_is_stated(value: Any) -> None:
    assert "pleura" in stated_by(leaves({"pleural_effusion": value}, "v"), {})


def test_every_signal_has_a_weight_and_a_meaning() -> None:
    assert set(WEIGHTS) == set(SIGNALS)


@pytest.mark.parametrize("count", [0, 1, 2], ids=["none", "one", "two"])
def test_runs_of_few_hops_and_without_payloads_are_compared_without_a_slip(count: int) -> None:
    hops = hops_of(*[(f"h{n}", None, None) for n in range(count)])
    run = Run(run_id="e" * 32, name="p", verdict=Verdict(state="bad", by="user", text="it"))
    made = diagnose(run, hops)
    assert made.verdict == "undecided" and len(made.suspects) == count


def test_a_long_clean_run_names_no_three_of_its_hundreds() -> None:
    hops = hops_of(*[(f"h{n}", {"n": n}, {"n": n + 1}) for n in range(260)])
    made = diagnose(Run(run_id="f" * 32, name="p", input={"n": 0}, output={"n": 260}), hops)
    assert made.verdict == "clean" and made.suspects == []


def test_hops_of_equal_weight_are_equal_in_whatever_order_rules_found_something() -> None:
    weights = {"a.b": 0.1, "c.d": 0.2, "e.f": 0.3, "g.h": 0.7}
    said = [found(r, "1", "", "", weight=w, local=True) for r, w in weights.items()]
    cases = [Case("1", list(order)) for order in permutations(said)]
    assert {c.weight for c in cases} == {c.own_weight for c in cases} == {1.3}
