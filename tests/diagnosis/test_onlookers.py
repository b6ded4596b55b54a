"""Evaluators judge a run; what they found is no origin of what they judged."""

from __future__ import annotations

from diagnosed import hops_of

from misstep.model import ErrorInfo, Hop, Run, Verdict
from misstep_diagnosis import diagnose
from misstep_diagnosis.facts import RunFacts
from misstep_diagnosis.verdict.onlookers import onlookers

ASKED = {"amounts": [120, 80, 40], "question": "What do these come to?"}


def judged(told: object, *, answer: str = "They come to 250.") -> tuple[Run, list[Hop]]:
    """A run whose sum is wrong, and an evaluator after it."""
    hops = hops_of(
        ("load", {"order": 7}, ASKED),
        ("add", ASKED, {"total": 250, "note": answer}),
        ("judge", {"answer": answer, "expected": "240"}, told),
    )
    hops[1].kind, hops[2].kind = "llm", "evaluator"
    return Run(run_id="a" * 32, name="p", input={"order": 7}, output=answer), hops


def test_an_evaluator_is_no_suspect_of_what_it_judged() -> None:
    run, hops = judged({"score": 0.0, "reason": "It says 250 where 312 and 977 were expected."})
    run.verdict = Verdict(state="bad", by="user")
    made = diagnose(run, hops)
    assert "judge" not in {s.name for s in made.suspects} | {o.name for o in made.origins}
    assert made.suspects


def test_nor_is_the_call_that_it_made() -> None:
    run, hops = judged("Wrong: 312 and 977.")
    inner = hops[2].model_copy(
        update={"hop_id": "f" * 16, "index": 3, "kind": "llm", "name": "ask"}
    )
    inner.parent_id = hops[2].hop_id
    run.verdict = Verdict(state="bad", by="user")
    assert {s.name for s in diagnose(run, [*hops, inner]).suspects} <= {"load", "add", "input"}


def test_an_evaluator_whose_verdict_the_next_step_took_up_may_be_one() -> None:
    run, hops = judged({"advice": "Say 977 and nothing else."})
    said = "The total is 977."
    hops += [
        h.model_copy(update={"index": 3, "hop_id": "e" * 16, "offset_ms": 40.0})
        for h in hops_of(("mend", {"advice": "Say 977 and nothing else."}, said), kind="llm")
    ]
    run.output, run.verdict = said, Verdict(state="bad", by="user", text="977")
    assert "judge" in {s.name for s in diagnose(run, hops).suspects}


def test_an_evaluator_that_failed_is_told_of() -> None:
    run, hops = judged(None)
    hops[2].error = ErrorInfo(type="ValueError", message="no yardstick")
    run.status, run.error = "error", hops[2].error
    assert diagnose(run, hops).symptom is not None
    assert "judge" in {s.name for s in diagnose(run, hops).suspects}


def test_a_run_of_evaluators_alone_is_looked_at_as_any_other() -> None:
    run, hops = judged("Wrong.")
    for hop in hops:
        hop.kind = "evaluator"
    run.verdict = Verdict(state="bad", by="user")
    assert diagnose(run, hops).suspects


def test_an_evaluator_around_one_whose_verdict_was_taken_up_may_be_one_too() -> None:
    run, hops = judged({"advice": "Say 977 and nothing else."})
    outer, beside = (
        hops[2].model_copy(update={"hop_id": i * 16, "name": name, "output": "Wrong."})
        for i, name in (("d", "jury"), ("c", "bystander"))
    )
    hops[2].parent_id = outer.hop_id
    hops += hops_of(("mend", {"advice": "Say 977 and nothing else."}, "It is 977."), kind="llm")
    hops[3].hop_id, hops[3].index, hops[3].offset_ms = "e" * 16, 3, 40.0
    run.output = "It is 977."
    assert onlookers(RunFacts(run, [*hops, outer, beside])) == {"c" * 16}


def test_an_evaluator_whose_verdict_is_the_answer_of_the_run_may_be_one() -> None:
    verdict = {"grade": "17 points", "why": "wrong facts"}
    run, hops = judged(verdict)
    run.verdict = Verdict(state="bad", by="user")
    assert onlookers(RunFacts(run, hops)) == {hops[2].hop_id}
    run.output = verdict
    assert onlookers(RunFacts(run, hops)) == frozenset()
    assert "judge" in {s.name for s in diagnose(run, hops).suspects}
    hops[1].output = verdict
    assert onlookers(RunFacts(run, hops)) == {hops[2].hop_id}
