"""Rules of out-of-date or foreign context and of turned statements, on runs of several hops."""

from __future__ import annotations

from typing import Any

import pytest

from misstep.model import Hop, Run, StateSnapshot
from misstep_diagnosis import diagnose
from misstep_diagnosis.checks.found import Found
from misstep_diagnosis.checks.rules import find_all
from misstep_diagnosis.facts import RunFacts


def hops_of(*steps: tuple[str, str, Any, Any]) -> list[Hop]:
    return [
        Hop.model_validate(
            {
                "hop_id": f"{n:016x}",
                "index": n,
                "name": name,
                "kind": kind,
                "input": given,
                "output": made,
                "offset_ms": n * 10.0,
                "duration_ms": 9.0,
            }
        )
        for n, (name, kind, given, made) in enumerate(steps)
    ]


def found(rule: str, hops: list[Hop], **fields: Any) -> list[Found]:
    values: dict[str, Any] = {"input": hops[0].input, "output": hops[-1].output, **fields}
    run = Run(run_id="a" * 32, name="p", **values)
    return [f for f in find_all(RunFacts(run, hops), []) if f.evidence.rule == rule]


# --- negation --------------------------------------------------------------------------------------

TURNED = [
    ("The ticket is not refundable after the departure.", "The ticket is refundable after departure."),
    ("Der Vertrag kann nicht vor Jahresende gekündigt werden.",
     "Der Vertrag kann vor Jahresende gekündigt werden."),
    ("Le patient ne doit pas prendre ce médicament le soir.",
     "Le patient doit prendre ce médicament le soir."),
    ("El cliente nunca recibió el paquete de la tienda.",
     "El cliente recibió el paquete de la tienda."),
    ("Пациент не принимает этот препарат каждый вечер.",
     "Пациент принимает этот препарат каждый вечер."),
    ("The device works with the older power supply.",
     "The device no longer works with the older power supply."),
    ("This licence covers commercial use without written consent.",
     "This licence covers commercial use with written consent."),
]  # fmt: skip
KEPT = [
    ("The ticket is not refundable after departure.",
     "After departure the ticket isn't refundable."),
    ("The ticket is not valid after the departure date.",
     "The ticket is invalid after the departure date."),
    ("The parcel is not only late but damaged as well.", "The parcel is late and damaged as well."),
    ("Is the ticket not refundable after the departure?", "The ticket is refundable after departure."),
    ("No later than Friday the ticket must be returned.",
     "The ticket must be returned by Friday, no later."),
    ("Der Vertrag endet nicht vor dem Jahresende, so die Klausel.",
     "Laut der Klausel endet der Vertrag nicht vor dem Jahresende."),
]  # fmt: skip


@pytest.mark.parametrize(("given", "said"), TURNED, ids=[str(n) for n in range(len(TURNED))])
def test_a_sentence_that_lost_or_gained_its_negation_is_found(given: str, said: str) -> None:
    made = found("negation.flipped", hops_of(("say", "llm", {"text": given}, said)))
    assert len(made) == 1 and made[0].local and not made[0].evidence.strict


@pytest.mark.parametrize(("given", "said"), KEPT, ids=[str(n) for n in range(len(KEPT))])
def test_a_sentence_that_says_the_same_is_left_alone(given: str, said: str) -> None:
    assert found("negation.flipped", hops_of(("say", "llm", {"text": given}, said))) == []


def test_a_truth_value_against_what_every_mention_says_is_found() -> None:
    text = {"text": "This fare is non-refundable. Meals are included in it."}
    wrong = hops_of(("read", "llm", text, {"refundable": True, "included": True}))
    right = hops_of(("read", "llm", text, {"refundable": False, "included": True}))
    other = hops_of(("read", "llm", text, {"refundable": False, "included": False}))
    assert [f.evidence.path for f in found("negation.flipped", wrong)] == ["output.refundable"]
    assert found("negation.flipped", right) == []
    assert [f.evidence.path for f in found("negation.flipped", other)] == ["output.included"]


def test_a_dropped_negation_leads_to_its_hop_in_a_run_marked_bad() -> None:
    rule = "Opened packages are not accepted for return by the shop."
    said = "Opened packages are accepted for return by the shop."
    hops = hops_of(
        ("fetch", "retriever", {"q": "return"}, [{"text": rule}]),
        ("summarise", "llm", {"docs": [{"text": rule}]}, said),
        ("reply", "llm", {"note": said}, f"Good news. {said}"),
    )
    run = Run(run_id="a" * 32, name="p", input={"q": "return"}, output=hops[-1].output)
    run.verdict.state = "bad"
    made = diagnose(run, hops)
    assert made.origin is not None and made.origin.name == "summarise"


# --- stale state -----------------------------------------------------------------------------------


def snapshots(*totals: tuple[float, float]) -> list[StateSnapshot]:
    return [StateSnapshot(offset_ms=at, value={"cart": {"total": t}}) for at, t in totals]


def test_a_value_that_the_state_had_replaced_is_stale() -> None:
    hops = hops_of(
        ("add", "tool", {"sku": "A-10"}, {"ok": True}),
        ("coupon", "tool", {"code": "SPRING"}, {"ok": True}),
        ("pay", "tool", {"total": 120.5}, {"paid": 120.5}),
    )
    made = found("state.stale", hops, states=snapshots((9.5, 120.5), (19.5, 95.25)))
    assert [f.hop_id for f in made] == [hops[2].hop_id]
    assert "95.25" in made[0].evidence.detail and made[0].evidence.expected == "95.25"


def test_a_value_in_force_when_the_hop_began_or_given_beside_the_new_one_is_not_stale() -> None:
    before = hops_of(("pay", "tool", {"total": 120.5}, {"paid": 120.5}))
    assert found("state.stale", before, states=snapshots((0.0, 120.5), (5.0, 95.25))) == []
    both = hops_of(
        ("a", "tool", {}, {"ok": True}),
        ("show", "llm", {"total": 120.5, "now": 95.25}, "It fell from 120.5 to 95.25."),
    )
    assert found("state.stale", both, states=snapshots((1.0, 120.5), (5.0, 95.25))) == []
    back = hops_of(("a", "tool", {}, 1), ("b", "tool", {}, 1), ("pay", "tool", {"total": 120.5}, 1))
    states = snapshots((1.0, 120.5), (5.0, 95.25), (12.0, 120.5))
    assert found("state.stale", back, states=states) == []


def test_an_answer_that_the_same_look_up_had_replaced_is_stale() -> None:
    ask = {"symbol": "ABC"}
    hops = hops_of(
        ("price", "tool", ask, {"price": 81.25}),
        ("wait", "chain", {}, {"ok": True}),
        ("price", "tool", ask, {"price": 92.75}),
        ("order", "tool", {"price": 81.25, "symbol": "ABC"}, {"placed": 81.25}),
    )
    assert [f.hop_id for f in found("state.stale", hops)] == [hops[3].hop_id]
    hops[3].input = {"price": 92.75, "symbol": "ABC"}
    assert found("state.stale", hops) == []


# --- versions of a document ------------------------------------------------------------------------

OLD = {"title": "Return policy", "version": "2.0", "text": "Returns are taken within 14 days."}
NEW = {"title": "Return policy", "version": "2.1", "text": "Returns are taken within 30 days."}


def test_going_by_the_older_of_two_versions_at_hand_is_found() -> None:
    hops = hops_of(
        ("search", "retriever", {"q": "returns"}, [OLD, NEW]),
        ("answer", "llm", {"docs": [OLD, NEW]}, "You have 14 days."),
    )
    assert [f.hop_id for f in found("document.superseded", hops)] == [hops[1].hop_id]
    hops[1].output = "You have 30 days."
    assert found("document.superseded", hops) == []


def test_an_older_version_returned_after_a_newer_one_was_is_found_at_the_retriever() -> None:
    hops = hops_of(
        ("index", "retriever", {"q": "policies"}, [NEW]),
        ("search", "retriever", {"q": "returns"}, [OLD]),
        ("answer", "llm", {"docs": [OLD]}, "You have 14 days."),
    )
    assert [f.hop_id for f in found("document.superseded", hops)] == [hops[1].hop_id]


def test_two_documents_of_different_titles_are_no_versions_of_each_other() -> None:
    other = {**NEW, "title": "Shipping policy"}
    hops = hops_of(
        ("search", "retriever", {"q": "returns"}, [OLD, other]),
        ("answer", "llm", {"docs": [OLD, other]}, "You have 14 days."),
    )
    assert found("document.superseded", hops) == []


# --- somebody else's -----------------------------------------------------------------------------


def test_a_memory_of_another_user_is_strict_evidence() -> None:
    hops = hops_of(
        ("recall_memory", "retriever", {"q": "diet"}, [{"user_id": "u-77", "diet": "vegan"}]),
        ("plan", "llm", {"diet": "vegan"}, "A vegan menu."),
    )
    made = found("memory.foreign", hops, user_id="u-12")
    assert [(f.hop_id, f.evidence.strict) for f in made] == [(hops[0].hop_id, True)]
    assert "u-12" in made[0].evidence.detail


def test_one_s_own_memory_and_a_user_that_was_asked_for_are_left_alone() -> None:
    mine = hops_of(
        ("recall_memory", "retriever", {"q": "diet"}, [{"user_id": "u-12", "diet": "x"}])
    )
    assert found("memory.foreign", mine, user_id="u-12") == []
    asked = hops_of(("load", "tool", {"user_id": "u-77"}, {"user_id": "u-77", "name": "Bo"}))
    assert found("memory.foreign", asked, user_id="u-12", input="who is it?") == []
    unknown = hops_of(("recall_memory", "retriever", {"q": "x"}, [{"user_id": "u-77"}]))
    assert found("memory.foreign", unknown) == []


# --- numbers in words, days without a year, units ----------------------------------------------------


def test_a_number_in_words_is_contradicted_like_one_in_digits() -> None:
    wrong = hops_of(("say", "llm", {"t": "You have thirty days."}, "You have thirteen days."))
    assert found("number.contradicts", wrong)
    right = hops_of(("say", "llm", {"t": "Sie haben dreißig Tage."}, "You have 30 days."))
    assert found("number.contradicts", right) == [] and found("value.ungrounded", right) == []


def test_one_day_and_two_days_are_one_unit_in_any_language() -> None:
    wrong = hops_of(("say", "llm", {"t": "Lieferung in 1 Tag."}, "Lieferung in 4 Tagen."))
    assert found("number.contradicts", wrong)
    kept = hops_of(("say", "llm", {"t": "Délai : 12 jours."}, "It takes 12 days."))
    assert found("number.contradicts", kept) == []


def test_a_day_without_its_year_is_grounded_by_the_full_date() -> None:
    hops = hops_of(("say", "llm", {"due": "2025-06-04", "n": 88.5}, "It is due on 4 June."))
    assert found("value.ungrounded", hops) == []
    hops[0].output = "It is due on 5 June."
    assert [f.evidence.quote for f in found("value.ungrounded", hops)] == ["5 June"]


# --- false alarms that public logs of agents showed ---------------------------------------------------


def strict(given: Any, made: Any, **fields: Any) -> set[str]:
    hops = hops_of(("say", "llm", given, made))
    for name, value in fields.items():
        setattr(hops[0], name, value)
    run = Run(run_id="a" * 32, name="p", input=given, output=made)
    return {f.evidence.rule for f in find_all(RunFacts(run, hops), []) if f.evidence.strict}


def test_days_without_a_year_are_not_taken_for_swapped_ones() -> None:
    assert strict({"t": "Seen on December 11."}, "Seen again on November 12.") == set()


def test_a_version_is_no_number_with_its_separators_mistaken() -> None:
    assert strict({"t": "Version 4.0.11 is out."}, "Numbers: 04, 06") == set()
    assert strict({"t": "Total 1.234.567 EUR"}, {"total": 1.234}) == {"number.misread"}


def test_a_small_whole_number_with_another_unit_is_no_strict_evidence() -> None:
    hops = hops_of(("say", "llm", {"t": "It took 7 years."}, "Wait for 7 months."))
    assert [f.evidence.strict for f in found("unit.changed", hops)] == [False]
    assert strict({"t": "It took 75 years."}, "Wait for 75 months.") == {"unit.changed"}


def test_a_list_of_names_is_no_text_in_another_language() -> None:
    people = ("Anna da Silva", "Bo de Souza", "Cy da Costa", "Di de Lima", "Ed da Rocha")
    listed = " ".join(f"- {name} de Abreu, o e da {n}." for n, name in enumerate(people * 8))
    assert strict("List them", listed, system="Answer in English.") == set()
