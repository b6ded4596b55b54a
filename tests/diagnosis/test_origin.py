"""What diagnose promises, from a few literal hops."""

from __future__ import annotations

from typing import Any

import pytest
from diagnosed import hops_of

from misstep.model import (
    Confirmation,
    ErrorInfo,
    Finding,
    Hop,
    Recording,
    Run,
    Score,
    Verdict,
)
from misstep_diagnosis import RULES_VERSION, blame, diagnose, diff, lineage, nearest_good
from misstep_diagnosis.checks.found import Found, found
from misstep_diagnosis.verdict.confirm import confirm
from misstep_diagnosis.verdict.origin import Case


def run_of(given: Any, made: Any, **fields: Any) -> Run:
    return Run(
        run_id="a" * 32, name="invoice", pipeline="invoice", input=given, output=made, **fields
    )


SCAN = "Rechnung INV-2041, Gesamtbetrag 1.299,00 EUR"


def invoice(total: float, vat: float) -> tuple[Run, list[Hop]]:
    booked = {"account": "4400", "total": total, "vat": vat}
    hops = hops_of(
        ("read_scan", {"document": "scan-17"}, {"text": SCAN}),
        ("extract_fields", {"text": SCAN}, {"total": total, "invoice": "INV-2041"}),
        ("post_ledger", {"total": total, "vat": vat}, booked),
    )
    return run_of({"document": "scan-17"}, booked), hops


def test_a_number_whose_separators_were_mistaken_is_the_origin_though_nobody_judged_the_run() -> (
    None
):
    run, hops = invoice(1.299, 0.25)
    made = diagnose(run, hops)
    assert made.verdict == "fault"
    assert made.origin is not None and made.origin.name == "extract_fields"
    assert not made.origin.confirmed
    assert made.states[hops[1].hop_id] == "origin"
    assert made.states[hops[2].hop_id] in ("carried", "amplified")
    assert made.path[0] == hops[1].hop_id
    assert made.suspects[0].rank == 1 and made.suspects[0].evidence[0].strict
    assert "1.299" in made.explanation
    assert made.rules_version == RULES_VERSION


def test_the_same_number_read_rightly_blames_nobody() -> None:
    run, hops = invoice(1299.0, 246.81)
    made = diagnose(run, hops)
    assert made.verdict == "clean" and made.origins == []
    assert {e.rule for s in made.suspects for e in s.evidence} <= {"hop.likeliest"}


def test_a_run_marked_good_is_clean_whatever_the_rules_would_say() -> None:
    run, hops = invoice(1.299, 0.25)
    run.verdict = Verdict(state="good", by="user")
    assert diagnose(run, hops).verdict == "clean"


def test_a_marked_text_is_traced_to_the_hop_that_introduced_it() -> None:
    hops = hops_of(
        ("search", {"q": "uptake"}, {"text": "The survey covers three towns."}),
        ("summarise", {"text": "The survey covers three towns."}, {"share": "87.3%"}),
        ("write", {"share": "87.3%"}, "Uptake reached 87.3% in the towns."),
    )
    run = run_of("uptake?", "Uptake reached 87.3% in the towns.")
    run.verdict = Verdict(state="bad", by="user", text="87.3%")
    made = diagnose(run, hops)
    assert made.origin is not None and made.origin.name == "summarise"


def test_a_contract_broken_on_the_way_to_the_output_is_strict_evidence() -> None:
    hops = hops_of(
        ("plan", {"q": "trip"}, {"nights": -7431}),
        ("book", {"nights": -7431}, {"nights": -7431, "status": "booked"}),
    )
    hops[0].findings = [
        Finding(rule="contract.output", message="must be positive", path="output.nights")
    ]
    made = diagnose(run_of({"q": "trip"}, {"nights": -7431, "status": "booked"}), hops)
    assert made.verdict == "fault"
    assert made.origin is not None and made.origin.name == "plan"


def test_a_caught_exception_that_does_not_reach_the_outcome_is_no_origin() -> None:
    hops = hops_of(
        ("fetch", {"url": "a"}, None),
        ("fetch", {"url": "a"}, {"body": "Opening hours 9 to 17"}),
        ("answer", {"body": "Opening hours 9 to 17"}, "Opening hours 9 to 17"),
    )
    hops[0].error = ErrorInfo(type="TimeoutError", message="timed out")
    made = diagnose(run_of({"url": "a"}, "Opening hours 9 to 17"), hops)
    assert made.verdict == "clean" and made.origins == []


def test_a_bad_run_without_evidence_is_undecided_and_says_what_to_do_next() -> None:
    hops = hops_of(("think", "a question", "an answer"))
    run = run_of("a question", "an answer", verdict=Verdict(state="bad", by="user"))
    made = diagnose(run, hops)
    assert made.verdict == "undecided" and made.origins == []
    assert made.next_check and "misstep mark" in made.next_check


HOSTILE = [
    None,
    "",
    [],
    {},
    1e308,
    float("inf"),
    float("nan"),
    "1e309",
    10**400,
    "\u202e\u0634\u0643\u0631\u0627 ١٬٢٩٩٫٠٠",
    "1.299,00 " * 500,
    {"": {"": [[[None]]]}},
    "{" * 2000,
    "\x00\ufffe",
]


@pytest.mark.parametrize("value", HOSTILE, ids=lambda v: repr(v)[:20])
@pytest.mark.parametrize("state", ["bad", "unknown"])
def test_odd_payloads_get_an_answer_and_never_an_exception(value: Any, state: Any) -> None:
    hops = hops_of(("a", value, value), ("b", value, [value]), ("c", {"x": value}, None))
    hops[0].parent_id, hops[1].parent_id = hops[1].hop_id, hops[0].hop_id
    run = run_of(value, value, verdict=Verdict(state=state, by="user", text="1e309"))
    made = diagnose(run, hops, good=[(run, hops)])
    assert made.verdict in ("clean", "undecided", "fault")
    assert set(made.states) == {h.hop_id for h in hops}
    lineage(run, hops)
    blame(run, hops, "1e309")
    assert diff(run, hops, run, hops).run_a == run.run_id


def test_a_heuristic_alone_leaves_an_unjudged_run_undecided_with_its_suspect_ranked() -> None:
    denied = "No figures are given for these towns."
    given = {"text": "Berlin 412, Lyon 389"}
    hops = hops_of(("fetch", {"q": "towns"}, given), ("answer", given, denied), kind="llm")
    hops[0].kind = "retriever"
    made = diagnose(run_of({"q": "towns"}, denied), hops)
    assert made.verdict == "undecided" and made.origins == []
    assert made.suspects[0].name == "answer"
    assert not any(e.strict for s in made.suspects for e in s.evidence)


def test_a_hint_alone_leaves_an_unjudged_run_clean() -> None:
    hops = hops_of(("look_up", {"q": "rate"}, {"rate": 1.0825}))
    assert diagnose(run_of({"q": "rate"}, {"rate": 1.0825}), hops).verdict == "clean"


def test_a_value_known_earlier_is_no_invention_of_a_hop_whose_input_lacks_it() -> None:
    hops = hops_of(
        ("read", {"doc": 1}, {"due": "2025-07-03", "fee": 81.25}),
        ("confirm", {"booking": "QX7T2M"}, "Booked for 3 July at 81.25."),
        kind="llm",
    )
    made = diagnose(run_of({"doc": 1}, "Booked for 3 July at 81.25."), hops)
    rules = {e.rule for s in made.suspects for e in s.evidence}
    assert made.verdict == "clean" and "value.ungrounded" not in rules


def test_a_run_without_hops_is_undecided() -> None:
    assert diagnose(run_of("x", "y"), []).verdict == "undecided"


@pytest.mark.parametrize(("begins_ms", "fed"), [(20.0, True), (20.03, False), (19.0, False)])
def test_what_began_in_the_millisecond_in_which_a_tool_ended_may_have_its_value(
    begins_ms: float, fed: bool
) -> None:
    hops = hops_of(("weigh", "A", {"grams": 9017}), ("say", {"grams": 9017}, "ok"))
    hops[0].offset_ms, hops[0].duration_ms = 20.0, 0.064
    hops[1].offset_ms = begins_ms
    edges = [e for e in lineage(Run(run_id="a" * 32, name="p"), hops) if e.to_id == hops[1].hop_id]
    assert bool(edges) is fed


def test_lineage_finds_a_value_through_another_notation() -> None:
    run, hops = invoice(1299.0, 246.81)
    edges = [e for e in lineage(run, hops) if e.to_id == hops[2].hop_id]
    assert any(e.from_id == hops[1].hop_id and e.to_path == "input.total" for e in edges)


def test_blame_names_the_input_when_the_value_came_with_it() -> None:
    hops = hops_of(("echo", {"id": "INV-2041"}, {"id": "INV-2041"}))
    made = blame(run_of({"id": "INV-2041"}, {"id": "INV-2041"}), hops, "INV-2041")
    assert made.origin is not None and made.origin.hop_id is None and made.origin.name == "input"
    assert not made.introduced


def test_blame_of_a_text_that_stands_nowhere_has_no_origin() -> None:
    run, hops = invoice(1299.0, 246.81)
    assert blame(run, hops, "Zebra-99").origin is None


def test_diff_names_the_first_field_that_was_decided_otherwise() -> None:
    bad_run, bad_hops = invoice(1.299, 0.25)
    good_run, good_hops = invoice(1299.0, 246.81)
    made = diff(bad_run, bad_hops, good_run, good_hops)
    assert made.first_divergence is not None
    assert made.first_divergence.hop_a == bad_hops[1].hop_id
    assert made.first_divergence.field == "output.total"


def test_a_run_does_not_differ_from_itself() -> None:
    run, hops = invoice(1299.0, 246.81)
    made = diff(run, hops, run, hops)
    assert made.first_divergence is None and {p.kind for p in made.pairs} == {"same"}


def test_the_nearest_good_run_is_of_the_same_pipeline() -> None:
    run, _ = invoice(1.299, 0.25)
    other = run_of("x", "y", verdict=Verdict(state="good", by="user"))
    other.run_id, other.pipeline, other.name = "b" * 32, "travel", "travel"
    assert nearest_good(run, [other]) is None


def test_what_executing_has_proved_is_no_longer_said_to_be_missing() -> None:
    run, hops = invoice(1.299, 247.0)
    suspected = diagnose(run, hops)
    assert any("nobody said" in m for m in suspected.missing)
    proof = Confirmation(run_id=run.run_id, hop_ids=[hops[1].hop_id], explanation="It flipped.")
    confirmed = confirm(suspected, run, hops, proof)
    assert confirmed.origins[0].confirmed
    assert not any("nobody said" in m for m in confirmed.missing)


def test_a_score_says_that_the_outcome_is_bad_so_nobody_is_asked_whether_it_is() -> None:
    run, hops = invoice(1.299, 247.0)
    run.scores = [Score(name="exact", value=0.0)]
    assert not any("nobody said" in m for m in diagnose(run, hops).missing)


def test_two_rules_that_doubt_one_value_for_one_cause_are_one_witness() -> None:
    def said(rule: str, *keys: str) -> Found:
        return found(rule, "0" * 16, "87.3", "", bad=keys, weight=0.7)

    alone = Case("0" * 16, [said("value.ungrounded", "n87.3")])
    twice = Case("0" * 16, [*alone.found, said("hop.unvouched", "n87.3")])
    of_two = Case("0" * 16, [*alone.found, said("hop.unvouched", "n41")])
    assert twice.weight == alone.weight
    assert of_two.weight == pytest.approx(2 * alone.weight)


def proved() -> tuple[Run, list[Hop], Confirmation]:
    hops = hops_of(
        ("read", "a scan", {"total": 1.299, "vendor": "Alder"}),
        ("convert", {"total": 1.299}, {"usd": 1.4}),
        ("greet", {"vendor": "Alder", "total": 1.299}, "Dear Alder"),
        ("post", {"usd": 1.4}, "posted 1.4"),
    )
    run = run_of("a scan", "posted 1.4", verdict=Verdict(state="bad", by="user"))
    return run, hops, Confirmation(run_id=run.run_id, hop_ids=["0" * 16], explanation="It flipped.")


def test_the_mended_run_tells_which_hops_were_consequences() -> None:
    run, hops, proof = proved()
    mended = hops_of(
        ("read", "a scan", {"total": 1299, "vendor": "Alder"}),
        ("convert", {"total": 1299}, {"usd": 1403}),
        ("greet", {"vendor": "Alder", "total": 1299}, "Dear Alder"),
        ("post", {"usd": 1403}, "posted 1403"),
    )
    states = confirm(diagnose(run, hops), run, hops, proof, mended).states
    assert states[hops[0].hop_id] == "origin"
    assert states[hops[1].hop_id] in ("carried", "amplified")
    assert states[hops[2].hop_id] in ("absorbed", "clean")
    assert states[hops[3].hop_id] in ("carried", "amplified")


def test_a_hop_that_gave_the_same_in_the_mended_run_owes_nothing_to_the_fault() -> None:
    run, hops, proof = proved()
    same = hops_of(*((h.name, h.input, h.output) for h in hops))
    made = confirm(diagnose(run, hops), run, hops, proof, same)
    assert {s for h, s in made.states.items() if h != hops[0].hop_id} <= {"absorbed", "clean"}


def test_an_effect_that_was_answered_and_not_repeated_did_not_absorb_what_it_was_given() -> None:
    run, hops, proof = proved()
    hops[3].recording = Recording(effect=True)
    told = confirm(diagnose(run, hops), run, hops, proof).states[hops[3].hop_id]
    mended = hops_of(
        ("read", "a scan", {"total": 1299, "vendor": "Alder"}),
        ("convert", {"total": 1299}, {"usd": 1403}),
        ("greet", {"vendor": "Alder", "total": 1299}, "Dear Alder"),
        ("post", {"usd": 1403}, "posted 1.4"),
    )
    assert told in ("carried", "amplified")
    assert confirm(diagnose(run, hops), run, hops, proof, mended).states[hops[3].hop_id] == told


def test_a_confirmation_that_a_later_bisect_did_not_repeat_says_so() -> None:
    run, hops, proof = proved()
    proof.later = "The budget was spent."
    made = confirm(diagnose(run, hops), run, hops, proof)
    assert made.origins[0].confirmed
    assert "older than the last bisect" in made.explanation
    assert "The budget was spent." in made.explanation
    assert any(
        e.rule == "replay.confirmed" and "older" in e.detail for e in made.suspects[0].evidence
    )
