"""What runs have in common: counted on literal runs, with chance as a table of Fisher gives it."""

from __future__ import annotations

import pytest

from misstep.model import Diagnosis, Environment, OriginRef, Run
from misstep_store.answering.contrasts import HopTraits, Seen, chance_of, contrast


def hop(name: str, model: str = "m-1", duration_ms: float = 10.0, prompt: str = "v1") -> HopTraits:
    return HopTraits(name, model, duration_ms, "p", prompt, "stop", None, None, False, None)


def seen(number: int, *hops: HopTraits, tags: tuple[str, ...] = ()) -> Seen:
    run = Run(run_id=f"{number:032x}", name="r", pipeline="r", tags=list(tags))
    return Seen(run, None, hops)


def found(ticked: list[Seen], good: list[Seen]) -> dict[tuple[str, str | None, str], object]:
    return {(t.what, t.hop, t.value): t for t in contrast(ticked, good).traits}


def test_a_prompt_that_only_ticked_runs_have_stands_out_and_comes_first() -> None:
    ticked = [seen(n, hop("a", prompt="v2")) for n in range(4)]
    good = [seen(10 + n, hop("a", prompt="v1")) for n in range(6)]
    first = contrast(ticked, good).traits[0]
    assert (first.what, first.hop, first.value) == ("prompt", "a", "p v2")
    assert (first.here, first.there, first.lift, first.stands_out) == (4, 0, None, True)
    assert first.chance == pytest.approx(1 / 210)


def test_lift_is_the_ratio_of_the_shares() -> None:
    ticked = [seen(n, hop("a"), tags=("eu",)) for n in range(4)]
    good = [seen(10 + n, hop("a"), tags=("eu",) if n == 0 else ()) for n in range(4)]
    tag = found(ticked, good)["tag", None, "eu"]
    assert (tag.here, tag.there, tag.lift) == (4, 1, 4.0)  # type: ignore[attr-defined]


def test_what_good_runs_have_as_well_does_not_stand_out() -> None:
    both = [seen(n, hop("a")) for n in range(8)]
    traits = contrast(both[:4], both[4:]).traits
    assert traits
    assert not any(t.stands_out for t in traits)
    assert {t.chance for t in traits} == {1.0}


def test_a_hop_slower_than_nine_of_ten_good_runs_is_told_and_a_missing_one_too() -> None:
    ticked = [seen(n, hop("a", duration_ms=500.0)) for n in range(3)]
    good = [seen(10 + n, hop("a", duration_ms=90.0 + n), hop("b")) for n in range(5)]
    told = found(ticked, good)
    assert ("slower than nine of ten good runs", "a", "over 94 ms") in told
    assert ("lacks hop", None, "b") in told


def test_what_fewer_than_half_of_them_share_is_left_out() -> None:
    ticked = [seen(n, hop("a", model=f"m-{n}")) for n in range(4)]
    assert not [key for key in found(ticked, []) if key[0] == "model"]


def test_the_first_bad_hop_counts_without_its_number_in_a_loop() -> None:
    runs = []
    for n in (1, 2):
        origin = OriginRef(hop_id="1" * 16, name=f"step#{n}")
        made = Diagnosis(run_id=f"{n:032x}", verdict="fault", origins=[origin], explanation="")
        runs.append(Seen(Run(run_id=f"{n:032x}", name="r"), made))
    assert ("first bad hop", None, "step") in found(runs, [])


def test_chance_is_one_when_nobody_or_everybody_has_it() -> None:
    assert chance_of(0, 5, 0, 5) == 1.0
    assert chance_of(5, 5, 5, 5) == 1.0
    assert chance_of(3, 3, 0, 5) == pytest.approx(1 / 56)


def test_inputs_and_versions_of_the_environment_are_compared() -> None:
    run = Run(run_id="1" * 32, name="r", input={"lang": "de", "doc": "x" * 100})
    run.environment = Environment(sdk_versions={"openai": "3.1"})
    told = found([Seen(run)], [])
    assert ("input.lang", None, "de") in told
    assert ("version of openai", None, "3.1") in told
    assert not [key for key in told if key[0] == "input.doc"]
