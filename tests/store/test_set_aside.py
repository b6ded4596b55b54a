"""A trace that cannot be made a run keeps no other one from being made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from tests.store.test_replays import run_of

from misstep_store.deriving import aside, materialise
from misstep_store.reader import RunQuery
from misstep_store.store import Store

POISON = f"{3:032x}"


@pytest.fixture
def store(tmp_path) -> Iterator[Store]:
    with Store.open(tmp_path / "aside.duckdb") as made:
        yield made


@pytest.fixture(params=["in the file", "in the program"])
def spoil(request, monkeypatch) -> Callable[[], None]:
    """Traces of which one cannot be made; what is returned makes it good again."""
    real = materialise._Batch.store

    def store(batch) -> list[str]:
        if POISON in batch._trace_ids:
            if request.param == "in the program":
                raise ValueError("a value nobody thought of")
            batch._connection.execute("SELECT 9223372036854775807 + a FROM (SELECT 1 AS a)")
        return real(batch)

    monkeypatch.setattr(materialise._Batch, "store", store)
    return lambda: monkeypatch.setattr(materialise._Batch, "store", real)


def hops_of(store: Store) -> dict[str, int]:
    return dict(store.database.rows("SELECT run_id, count(*) FROM hops GROUP BY run_id"))


def listed(store: Store) -> set[str]:
    return {run.run_id for run in store.reader.runs(RunQuery(limit=500)).runs}


def test_the_others_have_their_runs_and_it_is_listed_as_it_came(store, spoil) -> None:
    store.ingest([s for n in range(1, 9) for s in run_of(n)])
    every = {f"{n:032x}" for n in range(1, 9)}
    assert listed(store) == every
    store.ingest(run_of(9))
    assert listed(store) == every | {f"{9:032x}"}
    for run_id in every:
        assert store.reader.run(run_id).run_id == run_id
    assert set(hops_of(store)) == (every | {f"{9:032x}"}) - {POISON}
    stats = store.reader.stats()
    assert (stats.dropped["unreadable trace"], stats.set_aside) == (1, 1)  # it was tried once


def test_it_is_made_once_that_can_be(store, spoil) -> None:
    good_again = spoil
    store.ingest([s for n in range(1, 9) for s in run_of(n)])
    assert listed(store)
    assert POISON not in hops_of(store)
    good_again()
    store.remap([POISON])
    assert hops_of(store)[POISON] == 1
    assert not store.database.rows("SELECT 1 FROM runs WHERE provisional")


def test_in_a_flood_the_others_are_made_behind_it(store, spoil, monkeypatch) -> None:
    monkeypatch.setattr(materialise, "AT_ONCE_SPANS", 4)
    store.ingest([s for n in range(1, 40) for s in run_of(n)])
    store.reader.refresh()
    while store._materialiser.make_some():
        pass
    assert store.database.rows("SELECT run_id FROM runs WHERE provisional") == [(POISON,)]
    assert len(hops_of(store)) == 38


def test_spans_that_come_to_it_in_a_flood_let_it_be_tried_again(store, spoil, monkeypatch) -> None:
    good_again = spoil
    store.ingest([s for n in range(1, 9) for s in run_of(n)])
    assert store.reader.stats().set_aside == 1
    good_again()
    monkeypatch.setattr(materialise, "AT_ONCE_SPANS", 4)
    more = [replace(s, span_id="f" * 16) for n in range(3, 9) for s in run_of(n)[1:]]
    store.ingest(more)
    store.reader.refresh()
    while store._materialiser.make_some():
        pass
    assert hops_of(store)[POISON] == 2
    assert store.reader.stats().set_aside == 0


@pytest.fixture
def tries(monkeypatch) -> list[int]:
    """Of how many traces each transaction was that failed, as all do."""
    made: list[int] = []

    def store(batch) -> list[str]:
        made.append(len(batch._trace_ids))
        raise ValueError("a value nobody thought of")

    monkeypatch.setattr(materialise._Batch, "store", store)
    return made


def test_where_all_fail_few_are_tried_and_the_others_when_they_are_opened(store, tries) -> None:
    store.ingest([s for n in range(1, 301) for s in run_of(n)])
    every = {f"{n:032x}" for n in range(1, 301)}
    assert listed(store) == every
    assert tries.count(1) == aside.FAILED_ALONE
    assert len(tries) < 3 * aside.FAILED_ALONE
    assert store.reader.stats().set_aside == 300
    before = len(tries)
    assert store._materialiser.make_some() == []
    assert listed(store) == every
    assert len(tries) == before
    last = f"{300:032x}"
    for _ in range(3):
        assert store.reader.run(last).run_id == last
    assert len(tries) == before + 1


def test_more_than_are_known_by_name_are_counted_and_not_tried_again(
    store, tries, monkeypatch
) -> None:
    store._materialiser._aside = aside.Aside(most=10)
    monkeypatch.setattr(materialise, "AT_ONCE_SPANS", 4)
    store.ingest([s for n in range(1, 101) for s in run_of(n)])
    store.reader.refresh()
    for _ in range(4):
        store._materialiser.make_some()
    before = len(tries)
    assert store._materialiser.make_some() == []
    assert len(tries) == before
    assert store.reader.stats().set_aside == 100
    assert len(store._materialiser._aside.known) == 10
