"""Lineage and blame through other notations, typed derivations, units and wording."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from diagnosed import hops_of

from misstep.model import Edge, Hop, Json, Run, Verdict
from misstep_diagnosis import blame, diagnose, lineage, reach
from misstep_diagnosis.checks.rules import find_all
from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.reading.spoken import spoken_numbers


def two(made: Any, received: Any, given: Any = None) -> list[Edge]:
    """Edges into the second of two hops from the first."""
    hops = [
        Hop(hop_id="1" * 16, index=0, name="first", input=given, output=made, duration_ms=5.0),
        Hop(
            hop_id="2" * 16,
            index=1,
            name="second",
            input=received,
            output="done",
            offset_ms=10.0,
            duration_ms=5.0,
        ),
    ]
    run = Run(run_id="a" * 32, name="p", input=given, output="done")
    return [e for e in lineage(run, hops) if e.to_id == "2" * 16 and e.from_id == "1" * 16]


SAME = [
    ("1.299,00 EUR", {"total": 1299.0}),
    ("1 299 pieces", "1,299 pieces"),
    ("4.2 million", {"revenue": 4200000}),
    ("٤٢١٧ كيلومتر", {"km": 4217}),
    ("on 14 March 2025", {"day": "2025-03-14"}),
    ("am 14.3.2025", {"day": "2025-03-14"}),
    ("le 14 mars 2025", {"day": "2025/03/14"}),
    ("2025年3月14日", {"day": "14 March 2025"}),
    ("03/04/2025", {"day": "2025-04-03"}),
    ("03/04/2025", {"day": "2025-03-04"}),
    ("Okafor, Daniel", "seen by Dr Daniel Okafor today"),
    ("signed: Zoë Müller", {"by": "Zoe Muller"}),
    ("order INV-2041", {"ref": "inv-2041"}),
]


@pytest.mark.parametrize(("made", "received"), SAME, ids=[str(i) for i in range(len(SAME))])
def test_a_value_is_followed_through_its_other_notation(made: Any, received: Any) -> None:
    assert {e.match for e in two(made, received)} & {"exact", "normalised"}


DERIVED = [
    ({"lines": [{"a": 12.5}, {"a": 30.25}, {"a": 7.1}]}, {"total": 49.85}, "sum of lines[].a"),
    ({"lines": [{"q": 2, "p": 14.2}, {"q": 3, "p": 9.9}]}, {"total": 58.1}, "sum of"),
    ({"net": 1234.5, "rate": 1.08}, {"usd": 1333.26}, "×"),
    ({"net": 841.7, "percent": 19}, {"vat": 159.923}, "%"),
    ({"limit": 2057.5, "total": 1117.68}, {"margin": 939.82}, "−"),
    ({"rows": ["x", "y", "z"]}, {"row_count": 3}, "number of"),
    ({"weight_kg": 2.3}, {"weight_lb": 5.07}, "converted"),
    ("Give 0.5 g daily", "Give 500 mg daily", "converted"),
    ({"share": 45.6521}, {"share_rounded": 45.65}, "rounded"),
]


@pytest.mark.parametrize(
    ("made", "received", "told"), DERIVED, ids=[str(i) for i in range(len(DERIVED))]
)
def test_a_computed_value_names_its_derivation(made: Any, received: Any, told: str) -> None:
    assert any(e.match == "derived" and told in e.detail for e in two(made, received))


def test_numbers_that_some_pair_happens_to_give_are_not_derived() -> None:
    made = {"a": 3, "b": 7, "c": 12, "d": 20, "e": 31, "f": 44}
    assert two(made, {"x": 24, "y": 51, "z": 1.7}) == []


def test_a_text_in_other_words_has_a_fuzzy_edge() -> None:
    made = (
        "The carrier was liable since the delay exceeded three hours without extraordinary cause."
    )
    received = {"text": "Delay exceeded three hours, extraordinary cause absent: carrier liable."}
    assert [(e.match, e.quote[:5]) for e in two(made, received)] == [
        ("exact", "three"),
        ("fuzzy", "Delay"),
    ]


def chain() -> tuple[Run, list[Hop]]:
    lines = [{"amount": 12.5}, {"amount": 30.25}, {"amount": 7.1}]
    note = "The order comes to 49.85 EUR in all and will be sent on Friday to the customer."
    hops = [
        Hop(hop_id="1" * 16, index=0, name="read", input="scan", output={"lines": lines}),
        Hop(hop_id="2" * 16, index=1, name="add", input={"lines": lines}, output={"total": 49.85}),
        Hop(hop_id="3" * 16, index=2, name="write", input={"total": 49.85}, output=note),
    ]
    for hop in hops:
        hop.offset_ms, hop.duration_ms = hop.index * 10.0, 9.0
    return Run(run_id="a" * 32, name="p", input="scan", output=note), hops


def test_blame_of_a_computed_number_names_what_it_was_computed_from() -> None:
    made = blame(*chain(), "49.85")
    assert made.origin is not None and made.origin.name == "add" and not made.introduced
    assert "sum of lines[].amount" in made.explanation
    assert {s.path for s in made.chain if s.match == "derived"} >= {"input.lines[0].amount"}


def test_blame_of_a_made_up_number_says_introduced_here() -> None:
    run, hops = chain()
    hops[1].output, hops[2].input = {"total": 87.3}, {"total": 87.3}
    made = blame(run, hops, "87.3")
    assert made.introduced and made.origin is not None and made.origin.name == "add"


@pytest.mark.parametrize(
    ("given", "made", "asked", "right"),
    [
        ("Gesamt 1.299,00 EUR", {"total": 1.299}, "1.299", "1299.00"),
        ("Summe 4.620 EUR, davon 12,50 und 99,90", {"total": 4.62}, "4.62", "4620"),
        ("3.8 m MWh of solar power", "It gave 3.8 thousand MWh.", "3.8 thousand MWh", "3.8 m MWh"),
    ],
    ids=["separators", "a comma country", "scale"],
)
def test_blame_and_diagnosis_name_the_same_hop_for_a_number_read_wrongly(
    given: str, made: Json, asked: str, right: str
) -> None:
    hops = hops_of(("scan", {"page": 1}, given), ("read", given, made), kind="llm")
    hops[0].kind = "tool"
    run = Run(run_id="a" * 32, name="p", input=given, output=made, status="error")
    told = diagnose(run, hops)
    assert told.origin is not None and told.origin.name == "read"
    (evidence, *_) = told.suspects[0].evidence
    found = blame(run, hops, asked)
    assert found.origin is not None and found.origin.hop_id == told.origin.hop_id
    assert found.introduced and evidence.detail in found.explanation
    assert {(s.hop_id, s.side) for s in found.chain} == {(None, "out"), (hops[1].hop_id, "out")}
    forwards = reach(run, hops, asked)
    assert forwards.start is not None and forwards.start.hop_id == told.origin.hop_id
    came = blame(run, hops, right)
    assert came.origin is not None and came.origin.name == "input"
    assert (hops[1].hop_id, "out") not in {(s.hop_id, s.side) for s in came.chain}


def test_blame_follows_a_selected_sentence_through_its_rewording() -> None:
    run, hops = chain()
    run.output = "Sent on Friday to the customer: the order, 49.85 EUR in all."
    made = blame(run, hops, "the order will be sent on Friday to the customer")
    assert made.origin is not None and made.origin.name == "write"


def test_a_marked_number_that_follows_from_its_inputs_does_not_accuse_who_added_it() -> None:
    run, hops = chain()
    run.verdict = Verdict(state="bad", by="user", text="49.85")
    made = diagnose(run, hops)
    assert all(o.name != "add" for o in made.origins)
    assert any(e.rule == "mark.source" for s in made.suspects for e in s.evidence)


def test_two_hops_that_contradict_their_own_inputs_are_two_origins() -> None:
    run = Run(
        run_id="a" * 32,
        name="p",
        input="x",
        output={"dose": "75 mg", "due": "2025-04-03"},
        verdict=Verdict(state="bad", by="user"),
    )
    hops = [
        Hop(
            hop_id="1" * 16, index=0, name="dose", kind="llm", input="75 micrograms", output="75 mg"
        ),
        Hop(
            hop_id="2" * 16,
            index=1,
            name="due",
            kind="llm",
            input="2025-03-04",
            output="2025-04-03",
        ),
    ]
    assert {o.name for o in diagnose(run, hops).origins} == {"dose", "due"}


def steps(number: int) -> tuple[Run, list[Hop]]:
    hops: list[Hop] = []
    before: Any = {"order": "ORD-4711", "total": 812.5}
    for i in range(number):
        made = {
            "order": "ORD-4711",
            "total": round(812.5 + i * 3.7, 2),
            "note": f"Step {i} is done.",
        }
        hops.append(
            Hop(
                hop_id=f"{i:016x}",
                index=i,
                name=f"step{i % 20}",
                kind="llm",
                input=before,
                output=made,
                offset_ms=i * 10.0,
                duration_ms=9.0,
            )
        )
        before = made
    bad = Verdict(state="bad", by="user")
    return Run(run_id="a" * 32, name="p", input=hops[0].input, output=before, verdict=bad), hops


def calls(run: Run, hops: list[Hop]) -> int:
    """How many functions a diagnosis calls: the same on any machine under any load."""
    counted = 0

    def count(_frame: Any, event: str, _arg: Any) -> None:
        nonlocal counted
        counted += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        diagnose(run, hops)
    finally:
        sys.setprofile(before)
    return counted


def test_the_work_grows_in_proportion_to_the_hops() -> None:
    few, many = calls(*steps(150)), calls(*steps(600))
    assert many < 6 * few


@pytest.mark.parametrize("kind", ["no payloads", "cycle", "one hop", "megabytes", "scripts"])
def test_odd_runs_get_an_answer(kind: str) -> None:
    run, hops = steps(4)
    if kind == "no payloads":
        for hop in hops:
            hop.input = hop.output = None
    elif kind == "cycle":
        hops[0].parent_id, hops[1].parent_id = hops[1].hop_id, hops[0].hop_id
    elif kind == "one hop":
        hops = hops[:1]
    elif kind == "megabytes":
        hops[1].output = hops[2].input = "Sum 1.299,00 at 12 x b-17; " * 8_000
    else:
        hops[1].output = "شكرا ١٬٢٩٩ דבר 12 東京 3月 привет ευρώ ไทย 한국 हिन्दी தமிழ் \u202e 1e309"
    made = diagnose(run, hops, good=[steps(4)])
    assert made.verdict in ("clean", "fault", "undecided")
    assert set(made.states) == {h.hop_id for h in hops}


IN_WORDS = [
    pytest.param("The route is two and a half kilometres long.", "It runs 2500 m.", id="half"),
    pytest.param("It takes one and a half hours.", "It takes 90 minutes.", id="one and a half"),
    pytest.param("Die Fahrt dauert zweieinhalb Stunden.", "It takes 150 minutes.", id="German"),
    pytest.param("Il pèse deux et demi kg.", "It weighs 2500 g.", id="French"),
    pytest.param("The fee of 2,400 EUR is reduced by half.", "It is 1,200 EUR.", id="half of"),
    pytest.param("Deduct twenty-five per cent of 2,400.", "That is 600.", id="per cent"),
    pytest.param("Deduct twenty-five percent of 2,400.", "That leaves 1,800.", id="less per cent"),
    pytest.param("She ordered three dozen at 110 each.", "36 pieces, 1,320 a dozen.", id="dozen"),
]


@pytest.mark.parametrize(("given", "made"), IN_WORDS)
def test_a_number_said_in_words_or_in_another_unit_is_grounded(given: str, made: str) -> None:
    assert "value.ungrounded" not in rules_of(given, made)


NOT_IN_WORDS = [
    pytest.param("The route is two and a half kilometres long.", "It runs 2,700 m.", id="other"),
    pytest.param("The route is two and a half kilometres long.", "It costs 2500 EUR.", id="money"),
    pytest.param("The fee is 2,400 EUR, all of it is due.", "It is 1,200 EUR.", id="no part"),
    pytest.param("Deduct twenty-five per cent of 2,400.", "That is 650.", id="other part"),
    pytest.param("They went twenty-five miles for 2,400.", "That is 600.", id="no per cent"),
]


@pytest.mark.parametrize(("given", "made"), NOT_IN_WORDS)
def test_a_number_that_no_word_gives_stays_ungrounded(given: str, made: str) -> None:
    assert "value.ungrounded" in rules_of(given, made)


def rules_of(given: str, made: str) -> set[str]:
    hop = Hop(hop_id="0" * 16, name="write", kind="llm", input=given, output=made)
    run = Run(run_id="a" * 32, name="r", input=given, output=made)
    return {f.evidence.rule for f in find_all(RunFacts(run, [hop]))}


def test_parts_and_dozens_in_words_are_numbers() -> None:
    said = {
        "two and a half": 2.5,
        "half a dozen": 6,
        "two dozen": 24,
        "half a million": 500_000,
        "three and three quarters": 3.75,
        "two hundred and fifty": 250,
    }
    for text, number in said.items():
        assert [n for *_, n in spoken_numbers(f"about {text} of them")] == [number], text
    assert not list(spoken_numbers("dozens of them, millions of reasons, half the time"))
