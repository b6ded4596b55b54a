"""What is told, marked, scored or asked again beside the hops decides which of them is named."""

from __future__ import annotations

from typing import Any

import pytest
from diagnosed import rules_in

from misstep.model import ErrorInfo, Evidence, Hop, Message, Run, Score, Verdict
from misstep_diagnosis import diagnose
from misstep_diagnosis.checks.found import Found
from misstep_diagnosis.checks.rules import find_all
from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.verdict.origin import Case


def hop(number: int, kind: str, given: Any, made: Any, **more: Any) -> Hop:
    return Hop.model_validate(
        {
            "hop_id": f"{number:016x}",
            "name": f"h{number}",
            "kind": kind,
            "index": number,
            "offset_ms": 100.0 * number,
            "duration_ms": 90.0,
            "input": given,
            "output": made,
            **more,
        }
    )


def bad(given: Any, made: Any, text: str | None = None) -> Run:
    verdict = Verdict(state="bad", by="user", text=text)
    return Run(run_id="a" * 32, name="p", input=given, output=made, verdict=verdict)


def test_a_marked_date_that_came_with_the_request_is_the_inputs() -> None:
    asked = "Reserve 14 seats on 9 June 2026 for the Lind group."
    told = [Message(role="user", parts=[{"type": "text", "content": asked}])]
    hops = [
        hop(0, "llm", asked, {"date": "2026-06-09", "seats": 14}, messages_in=told),
        hop(1, "tool", {"date": "2026-06-09", "seats": 14}, {"booking": "ZK-70451"}),
        hop(2, "llm", asked, "Reserved: 9 June 2026, 14 seats (ZK-70451).", messages_in=told),
    ]
    made = diagnose(bad(asked, hops[2].output, "9 June 2026"), hops)
    assert [o.name for o in made.origins] == ["input"]


def test_a_marked_range_of_days_leads_to_the_call_that_first_had_both() -> None:
    hops = [
        hop(0, "llm", "From 21 to 24 July 2026", {"from": "2026-07-12", "to": "2026-07-15"}),
        hop(1, "tool", {"from": "2026-07-12", "to": "2026-07-15"}, {"reference": "HB-66102"}),
        hop(2, "llm", {"reference": "HB-66102", "from": "2026-07-12", "to": "2026-07-15"},
            "Booked for 12–15 July 2026, reference HB-66102."),
    ]  # fmt: skip
    made = diagnose(bad("From 21 to 24 July 2026", hops[2].output, "12–15 July 2026"), hops)
    assert made.origin is not None and made.origin.hop_id == hops[0].hop_id


def lonely(rest: Any) -> tuple[Run, list[Hop]]:
    text = "Cost rose by 6.7 % to 116,900 crowns at Kolding."
    told = "At Kolding cost rose by 12.4 % to 116,900 crowns."
    hops = [
        hop(0, "tool", {"q": "Kolding"}, {"text": text}),
        hop(1, "llm", {"text": text}, told),
        hop(2, "llm", {"text": told}, rest),
    ]
    return bad({"q": "Kolding"}, rest), hops


def test_where_the_outcome_is_bad_the_one_hop_that_contradicts_its_input_is_accused() -> None:
    run, hops = lonely("Kolding: cost rose by 12.4 % to 116,900 crowns.")
    made = diagnose(run, hops)
    assert [o.hop_id for o in made.origins] == [hops[1].hop_id]


def test_where_nobody_judged_the_outcome_the_same_hop_is_only_suspected() -> None:
    run, hops = lonely("Kolding: cost rose by 12.4 % to 116,900 crowns.")
    run.verdict = Verdict()
    made = diagnose(run, hops)
    assert (made.verdict, made.origins) == ("undecided", [])
    assert made.suspects[0].hop_id == hops[1].hop_id


def test_what_was_made_up_right_after_a_failed_look_up_is_told_and_after_a_second_try_not() -> None:
    failed = hop(0, "tool", {"no": "4417"}, None, error=ErrorInfo(type="Timeout", message="10 s"))
    answer = {"eta": "2026-05-14"}
    made_up = hop(2, "llm", "Where is 4417?", answer)
    again = hop(1, "tool", {"no": "4417"}, answer, name="h0")
    run = Run(run_id="a" * 32, name="p", input="Where is 4417?", output=answer)
    alone = rules_in(run, [failed, made_up])
    mended = rules_in(run, [failed, again, made_up])
    assert "error.fabricated" in alone and "error.fabricated" not in mended


def dumped(kind: str, **held: Any) -> dict[str, Any]:
    return {"lc": 1, "type": "constructor", "id": ["langchain_core", kind], "kwargs": held}


@pytest.mark.parametrize("said", ["Sunny in Paris.", "Sunny since 2026-05-14 in Paris."])
def test_what_langchain_keeps_about_a_message_is_nothing_that_it_said(said: str) -> None:
    failed = dumped(
        "ToolMessage", content="TypeError: no station in Oslo", tool_call_id="call-odd-1"
    )
    asked = dumped("HumanMessage", content="Is it sunny in Paris and in Oslo?", id="msg-odd-0")
    about = {"id": "msg-odd-2", "usage_metadata": {"input_tokens": 1_119, "output_tokens": 4_741}}
    answer = dumped("AIMessage", content=said, additional_kwargs={"id": "msg-odd-2"}, **about)
    step = hop(0, "chain", {"messages": [asked, failed]}, {"messages": [answer]})
    run = Run(run_id="a" * 32, name="p", input=step.input, output=step.output)
    assert ("error.fabricated" in rules_in(run, [step])) is ("since" in said)


LISTED = [{"code": "8471.30", "text": "machines"}, {"code": "8473.30", "text": "parts"}]


def test_a_marked_value_that_was_chosen_from_a_list_leads_to_who_chose_it() -> None:
    line = "8473.30 | 40 laptops"
    hops = [
        hop(0, "tool", {"goods": "laptop"}, LISTED),
        hop(1, "llm", {"goods": "laptop", "codes": LISTED}, "8473.30"),
        hop(2, "llm", {"code": "8473.30", "count": 40}, line),
    ]
    made = diagnose(bad({"goods": "laptop"}, line, "8473.30"), hops)
    assert [o.hop_id for o in made.origins] == [hops[1].hop_id]
    # Where the list holds one only, it is the list that said so.
    hops[0].output = hops[1].input["codes"] = LISTED[1:]
    made = diagnose(bad({"goods": "laptop"}, line, "8473.30"), hops)
    assert [o.hop_id for o in made.origins] == [hops[0].hop_id]


def test_a_score_of_nothing_for_the_run_opens_the_gate_and_little_toxicity_does_not() -> None:
    run, hops = lonely("Kolding: cost rose by 12.4 % to 116,900 crowns.")
    for name, verdict in (("correctness", "fault"), ("toxicity", "undecided")):
        run.verdict, run.scores = Verdict(), [Score(name=name, value=0.0)]
        assert diagnose(run, hops).verdict == verdict


def test_what_an_evaluator_gave_is_no_evidence_against_it() -> None:
    run, hops = lonely("Kolding: cost rose by 12.4 % to 116,900 crowns.")
    run.verdict, hops[-1].kind = Verdict(), "evaluator"
    run.scores = [Score(name="exact", value=0.0, hop_id=hops[-1].hop_id)]
    rules = {e.rule for s in diagnose(run, hops).suspects for e in s.evidence}
    assert "score.low" not in rules
    run.scores[0].by = "user"
    rules = {e.rule for s in diagnose(run, hops).suspects for e in s.evidence}
    assert "score.low" in rules


def test_an_answer_that_was_cut_and_asked_for_again_is_no_fault() -> None:
    given = "Minutes of 9 June 2026 for Lena Brandt and Omar Reyes"
    hops = [
        hop(0, "llm", given, "9 June 2026: Lena Brandt and Om", finish_reason="length"),
        hop(1, "llm", given, "9 June 2026: Lena Brandt and Omar Reyes.", finish_reason="stop"),
    ]
    run = Run(run_id="a" * 32, name="p", input=given, output=hops[1].output)
    assert diagnose(run, hops).verdict == "clean"
    hops[1].input = "Put more politely: 9 June 2026: Lena Brandt and Om"
    assert diagnose(run, hops).verdict == "fault"


@pytest.mark.parametrize(
    ("asked", "superseded"),
    [
        ("The last answer was no JSON. List who comes: Lena Brandt and Omar Aziz", True),
        ("List who comes: Lena Brandt and Omar Aziz\nGo on after: Lena Brandt and Om", False),
        ("Say when: Lena Brandt and Omar Aziz", False),
    ],
    ids=["asked-again", "gone-on", "another-question"],
)
def test_a_cut_answer_is_superseded_where_all_of_its_question_is_put_again(
    asked: str, superseded: bool
) -> None:
    question = "List who comes: Lena Brandt and Omar Aziz"
    whole = "Lena Brandt and Omar Aziz"
    hops = [
        hop(0, "llm", question, "Lena Brandt and Om", finish_reason="length"),
        hop(1, "llm", asked, whole, finish_reason="stop"),
    ]
    run = Run(run_id="a" * 32, name="p", input=question, output=whole)
    assert ("finish.length" not in rules_in(run, hops)) is superseded


def test_a_name_that_was_wanted_and_is_not_there_leads_to_who_wrote_it() -> None:
    docs, code = "client.fetch_rows(table) reads rows.", "client.fetch_all_rows('users')"
    error = ErrorInfo(
        type="AttributeError", message="'client' object has no attribute 'fetch_all_rows'"
    )
    hops = [
        hop(0, "retriever", "rows", [{"content": docs}]),
        hop(1, "llm", docs, code),
        hop(2, "tool", {"code": code}, None, error=error),
    ]
    run = Run(run_id="a" * 32, name="p", input="rows", status="error", error=error)
    made = diagnose(run, hops)
    assert [o.hop_id for o in made.origins] == [hops[1].hop_id]


def test_a_rule_that_looks_in_several_ways_finds_each_at_its_own_hop() -> None:
    copied = {"total": 14976.6}, {"total": 14796.6}
    raised = {"salary": 52000, "percent": 3}, {"salary": 53650}
    hops = [hop(0, "llm", *copied), hop(1, "chain", *raised)]
    run = Run(run_id="a" * 32, name="p", input=copied[0], output=raised[1])
    found = [f for f in find_all(RunFacts(run, hops), []) if f.evidence.rule == "number.slipped"]
    assert [f.hop_id for f in found] == [h.hop_id for h in hops]


def test_of_one_rules_findings_at_a_hop_the_strongest_counts_in_any_order() -> None:
    found = [
        Found(Evidence(rule="limit.contradicted", strict=False, hop_id="1", quote="", detail=""),
              local=True, weight=weight)
        for weight in (1.2, 2.0)
    ]  # fmt: skip
    assert {Case("1", list(order)).own_weight for order in (found, found[::-1])} == {2.0}
