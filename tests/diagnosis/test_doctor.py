"""Doctor says which claims a recording supports and how to mend the others."""

from __future__ import annotations

from misstep.model import Hop, Recording, Run, Verdict
from misstep_diagnosis.doctor import doctor


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
