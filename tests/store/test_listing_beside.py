"""Listings while diagnoses take long."""

from __future__ import annotations

import threading

import pytest
from tests.support.numbered_runs import one_run

from misstep_store.answering.beside import Beside
from misstep_store.answering.local import LocalReader
from misstep_store.reader import RunQuery
from misstep_store.store import Store


@pytest.fixture
def held() -> object:
    """Says go when the test is over."""
    go = threading.Event()
    yield go
    go.set()


def test_a_listing_of_a_server_does_not_wait_for_a_run_whose_diagnosis_takes_long(
    tmp_path, monkeypatch, held
) -> None:
    gave_up: list[str] = []

    def long(_: LocalReader, run_id: str) -> None:
        if not held.wait(60):
            gave_up.append(run_id)

    monkeypatch.setattr(LocalReader, "diagnosis", long)
    with Store.open(tmp_path / "t.duckdb", background=True) as store:
        store.ingest(one_run(1))
        listed = store.reader.runs(RunQuery()).runs
        again = store.reader.runs(RunQuery()).runs
        held.set()
    assert [r.diagnosis_verdict for r in listed + again] == [None, None]
    assert not gave_up


def test_what_is_asked_for_while_work_goes_on_waits_for_that_and_is_not_begun(held) -> None:
    beside, begun = Beside(wait_s=0.01), []
    assert not beside.work(held.wait)
    assert not beside.work(lambda: begun.append(1))
    held.set()
    beside.close()
    assert not begun


def test_a_run_is_diagnosed_once_for_all_who_ask_at_once(tmp_path, monkeypatch) -> None:
    made: list[str] = []
    inner = LocalReader._diagnosed

    def noting(self, run_id, *given):
        made.append(run_id)
        return inner(self, run_id, *given)

    monkeypatch.setattr(LocalReader, "_diagnosed", noting)
    with Store.open(tmp_path / "t.duckdb") as store:
        store.ingest(one_run(1))
        asking = [
            threading.Thread(target=store.reader.diagnosis, args=[f"{1:032x}"]) for _ in range(6)
        ]
        for thread in asking:
            thread.start()
        for thread in asking:
            thread.join()
    assert made == [f"{1:032x}"]
