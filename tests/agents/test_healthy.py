"""The healthy profile: learned run by run, small, and silent about what good runs also do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import misstep
from misstep.model import Hop, Run
from misstep_diagnosis import Learned, diagnose
from misstep_diagnosis.healthy import Profile
from misstep_diagnosis.learning import merged
from misstep_store.deriving.profiles import Profiles
from misstep_store.reader import RunQuery
from misstep_store.store import Store

ROUTES = ("billing", "refund", "shipping")


def _hop(index: int, name: str, given: Any, made: Any, duration_ms: float = 20.0) -> Hop:
    return Hop(
        hop_id=f"{index:016x}",
        index=index,
        name=name,
        path=name,
        input=given,
        output=made,
        offset_ms=index * 100.0,
        duration_ms=duration_ms,
    )


def _run(number: int, **odd: Any) -> tuple[Run, list[Hop]]:
    route = odd.get("route", ROUTES[number % 3])
    nights = odd.get("nights", 1 + number % 7)
    order = f"ORD-{7000 + number}"
    hops = [
        _hop(0, "classify", {"text": f"about {order}"}, {"route": route, "order": order}),
        _hop(
            1,
            "book",
            {"order": odd.get("order", order)},
            {"nights": nights, "ref": order},
            odd.get("duration_ms", 20.0),
        ),
    ]
    run = Run(run_id=f"{number:032x}", name="trip", pipeline="trip", output={"nights": nights})
    return run, hops


@pytest.fixture(scope="module")
def profile() -> Profile:
    return merged("trip", [_run(n) for n in range(30)])


def _rules(profile: Profile, **odd: Any) -> set[str]:
    run, hops = _run(99, **odd)
    run.verdict.state, run.verdict.by = "bad", "user"
    # What the profile has seen, apart from the relations that it has learned.
    made = diagnose(run, hops, profile=profile.model_copy(update={"learned": Learned()}))
    assert made.verdict != "fault" or not odd
    told = (e for s in made.suspects for e in s.evidence)
    return {e.rule for e in told if e.rule.startswith("healthy.")}


def test_a_run_like_the_good_ones_raises_nothing(profile: Profile) -> None:
    assert _rules(profile) == set()


@pytest.mark.parametrize(
    ("odd", "rule"),
    [
        ({"nights": -7431}, "healthy.range"),
        ({"nights": "three"}, "healthy.type"),
        ({"route": "pasta"}, "healthy.word"),
        ({"order": "elsewhere"}, "healthy.source"),
        ({"duration_ms": 90_000.0}, "healthy.duration"),
    ],
    ids=["range", "type", "word", "source", "duration"],
)
def test_what_no_good_run_ever_did_is_told(
    profile: Profile, odd: dict[str, Any], rule: str
) -> None:
    assert rule in _rules(profile, **odd)


@pytest.mark.parametrize(
    "odd", [{"nights": 8}, {"duration_ms": 50.0}], ids=["near the range", "a little slow"]
)
def test_what_lies_just_outside_is_not_held_against_a_hop(
    profile: Profile, odd: dict[str, Any]
) -> None:
    assert _rules(profile, **odd) == set()


def test_two_good_runs_are_too_few_to_say_anything() -> None:
    assert _rules(merged("trip", [_run(0), _run(1)]), nights=-7431) == set()


def test_a_thousand_runs_take_no_more_room_than_a_hundred() -> None:
    small = len(merged("trip", [_run(n) for n in range(100)]).model_dump_json())
    large = len(merged("trip", [_run(n) for n in range(1000)]).model_dump_json())
    assert large < small * 1.5


def test_numbers_that_are_not_finite_leave_the_profile_usable() -> None:
    runs = [_run(n, nights=float("inf") if n == 3 else 2) for n in range(10)]
    assert merged("trip", runs).hops["book"].fields["output.nights"].numbers.high == 2


def test_the_stored_profile_grows_by_new_good_runs_and_starts_anew_when_one_turns_bad(
    tmp_path: Path,
) -> None:
    path = tmp_path / "traces.duckdb"

    @misstep.pipeline(name="trip")
    def trip(n: int) -> int:
        return book(n)

    @misstep.hop
    def book(n: int) -> int:
        return n * 2

    misstep.init(store=path)
    for n in range(4):
        trip(n)
    misstep.flush(60)
    misstep.shutdown()
    store = Store.open(path)
    try:
        reader = store.reader
        ids = [r.run_id for r in reader.runs(RunQuery(limit=10)).runs]
        loaded: list[str] = []

        def load(run_id: str) -> tuple[Run, list[Hop]]:
            loaded.append(run_id)
            detail = reader.run(run_id)
            return detail, detail.hops

        profiles = Profiles(store.database, load)
        for run_id in ids[:3]:
            reader.mark(run_id, "good")
        assert profiles.of("trip", ids[:2]).runs == 2  # type: ignore[union-attr]
        assert profiles.of("trip", ids[:3]).runs == 3  # type: ignore[union-attr]
        assert loaded == ids[:3]
        older = "UPDATE profiles SET body = replace(body, '\"version\":2', '\"version\":1')"
        store.database.write(lambda c: c.execute(older))
        assert profiles.of("trip", ids[:3]).runs == 3  # type: ignore[union-attr]
        assert loaded == [*ids[:3], *ids[:3]], "a profile of another version is made anew"
        del loaded[:3]
        reader.mark(ids[0], "bad")
        assert profiles.of("trip", ids[1:3]).runs == 2  # type: ignore[union-attr]
        assert loaded == [*ids[:3], *ids[1:3]]
    finally:
        store.close()
