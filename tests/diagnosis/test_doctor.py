"""Doctor says which claims a recording supports and how to mend the others."""

from __future__ import annotations

from misstep.model import Hop, Recording, Run, Verdict
from misstep_diagnosis.doctor import PipelineNote, doctor, doctor_of


def unsupported(run: Run, hops: list[Hop]) -> set[str]:
    notes = doctor(run, hops)
    assert all(n.supported or (n.missing and n.costs and n.mend) or not hops for n in notes)
    return {n.claim for n in notes if not n.supported}


def whole(**fields: object) -> tuple[Run, list[Hop]]:
    values: dict[str, object] = {
        "input": "INV-2041",
        "output": "INV-2041",
        "recording": Recording(),
    }
    hop = Hop.model_validate({"hop_id": "1" * 16, "name": "read", **values, **fields})
    run = Run(run_id="a" * 32, name="p", input="INV-2041", verdict=Verdict(state="bad", by="user"))
    return run, [hop]


def test_a_whole_recording_supports_every_claim() -> None:
    assert unsupported(*whole()) == set()


def test_each_gap_takes_its_own_claim_away() -> None:
    assert unsupported(*whole(input_cut=True)) == {"payloads are whole"}
    assert unsupported(*whole(complete=False)) == {"the run ended"}
    assert unsupported(*whole(orphan=True)) == {"the tree is whole"}
    assert unsupported(*whole(kind="llm", request_model="m")) == {"cut answers are noticed"}
    assert "every value can be followed" in unsupported(*whole(input=None, output=None))
    replay = "the origin can be confirmed by executing again"
    assert unsupported(*whole(recording=None)) == {replay}


def test_an_unjudged_run_is_told_how_to_be_judged() -> None:
    run, hops = whole()
    run.verdict = Verdict()
    note = next(n for n in doctor(run, hops) if n.claim == "the outcome is known")
    assert not note.supported and "misstep mark" in note.mend


def claims(found: list[PipelineNote]) -> dict[str, PipelineNote]:
    return {n.claim: n for n in found}


def test_a_pipeline_s_claims_are_counted_over_its_runs_and_name_hops_and_runs() -> None:
    whole_run, hops = whole()
    cut_run, cut_hops = whole(input_cut=True)
    cut_run.run_id = "b" * 32
    found = claims(doctor_of([(whole_run, hops), (cut_run, cut_hops)], good=1))
    cut = found["payloads are whole"]
    assert (cut.supporting, cut.runs, cut.supported) == (1, 2, False)
    assert cut.hops == ("read",) and cut.examples == ("b" * 32,)
    assert "1 of 2 runs" in cut.missing and cut.costs and cut.mend
    assert found["the tree is whole"].supported


def test_a_pipeline_is_told_to_mark_good_runs_and_to_record_its_version() -> None:
    run, hops = whole()
    few = claims(doctor_of([(run, hops)], good=1))
    assert not few["there are good runs to compare with"].supported
    assert "misstep mark RUN good" in few["there are good runs to compare with"].mend
    assert not few["what changed in the code is told"].supported
    run.version = "1.2"
    enough = claims(doctor_of([(run, hops)], good=9))
    assert enough["there are good runs to compare with"].supported
    assert enough["what changed in the code is told"].supported


def test_a_pipeline_without_recordings_supports_nothing() -> None:
    assert doctor_of([], good=0) == []
