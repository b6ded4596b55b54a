"""Sums by day say what the hops say, whatever happened since they were made."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench.store.workload import Workload

from misstep_store.answering import local_overview, totals
from misstep_store.database import query
from misstep_store.deriving import rollups
from misstep_store.otlp import decode
from misstep_store.reader import RunQuery
from misstep_store.store import Store

DAY = 86_400
START = 1_760_000_000_000_000_000
RUNS = 120
EVERYTHING = RunQuery()


def runs_of(seed: int, runs: int, start: int = START) -> decode.Decoded:
    request = Workload(seed, start, 3 * 3600.0).request(runs)
    return decode.decode_traces(request.SerializeToString(), json=False)


@pytest.fixture(autouse=True)
def summed(monkeypatch) -> None:
    """Everything by day, also a store of a few thousand hops."""
    monkeypatch.setattr(rollups, "QUIET_NANO", 0)
    monkeypatch.setattr(totals, "FEW_HOPS", 0)
    monkeypatch.setattr(local_overview, "FEW_HOPS", 0)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("sums") / "t.duckdb"
    with Store.open(path) as opened:
        opened.ingest(runs_of(3, RUNS).spans)
        opened.reader.refresh()
    return path


@pytest.fixture
def store(made, tmp_path) -> Iterator[Store]:
    with Store.open(shutil.copy(made, tmp_path / "t.duckdb")) as opened:
        yield opened


def keep(store: Store) -> int:
    made = 0
    while store.reader.rollups.work():
        made += 1
    return made


def exact(store: Store, monkeypatch, asked: RunQuery, by: str) -> list[dict]:
    with monkeypatch.context() as without:
        without.setattr(local_overview, "FEW_HOPS", 10**9)
        return [r.model_dump() for r in store.reader.overview.spend(asked, by).rows]


def same(found: list[dict], expected: list[dict]) -> None:
    assert [(r["value"], r["owner"]) for r in found] == [(r["value"], r["owner"]) for r in expected]
    for mine, true in zip(found, expected, strict=True):
        for name, value in true.items():
            rel = 0.0101 if name in ("p50_ms", "p95_ms") else 1e-9
            if isinstance(value, float):
                assert math.isclose(mine[name], value, rel_tol=rel), (name, mine, true)
            else:
                assert mine[name] == value, name


def holds(store: Store, monkeypatch, asked: RunQuery = EVERYTHING) -> None:
    for by in ("hop", "model", "provider", "pipeline"):
        found = [r.model_dump() for r in store.reader.overview.spend(asked, by).rows]
        same(found, exact(store, monkeypatch, asked, by))


def test_sums_by_day_come_to_what_all_hops_come_to(store, monkeypatch) -> None:
    assert keep(store) == store.reader.rollups.stale_days()[0] > 10
    assert store.reader.rollups.stale_days()[1] == 0
    holds(store, monkeypatch)


def test_totals_by_model_are_those_of_the_query_over_all_hops(store) -> None:
    keep(store)
    found = {m["model"]: m for m in store.reader.stats().models}
    expected = store.database.rows(query("models"))
    assert len(found) == len(expected) == 6
    for provider, model, calls, tokens_in, tokens_out, unpriced, cost, errors, p50, p95 in expected:
        mine = found[model]
        assert (mine["provider"], mine["calls"], mine["errors"]) == (provider, calls, errors)
        assert (mine["input_tokens"], mine["output_tokens"]) == (tokens_in, tokens_out)
        assert mine["unpriced_tokens"] == unpriced
        assert mine["cost_usd"] == pytest.approx(cost)
        assert (mine["p50_ms"], mine["p95_ms"]) == pytest.approx((p50, p95), rel=0.0101)


def test_a_time_begins_and_ends_within_days(store, monkeypatch) -> None:
    keep(store)
    asked = RunQuery(since="2025-10-10T13:00:00Z", until="2025-10-15T07:30:00Z")
    assert 0 < len(store.reader.runs(asked).runs) < RUNS
    holds(store, monkeypatch, asked)


def test_what_came_late_is_in_the_next_answer(store, monkeypatch) -> None:
    keep(store)
    store.ingest(runs_of(4, 30, START + DAY * 10**9).spans)
    holds(store, monkeypatch)
    assert store.reader.rollups.stale_days()[1] > 0
    keep(store)
    assert store.reader.rollups.stale_days()[1] == 0
    holds(store, monkeypatch)


def test_a_late_span_of_a_run_changes_the_sums_of_its_day(store, monkeypatch) -> None:
    spans = runs_of(4, 1).spans
    store.ingest(spans[:-3])
    store.reader.refresh()
    keep(store)
    store.ingest(spans[-3:])
    holds(store, monkeypatch)


def test_a_deleted_run_is_out_of_the_next_answer(store, monkeypatch) -> None:
    keep(store)
    for run in store.reader.runs(RunQuery(limit=5)).runs:
        store.reader.delete(run.run_id)
    holds(store, monkeypatch)
    keep(store)
    holds(store, monkeypatch)


def test_days_whose_runs_are_all_gone_leave_no_sums(store) -> None:
    keep(store)
    for run in store.reader.runs(RunQuery(limit=1000)).runs:
        store.reader.delete(run.run_id)
    assert store.reader.stats().models == []
    keep(store)
    assert store.database.rows("SELECT count(*) FROM rollups") == [(0,)]


def test_provisional_runs_are_summed_as_far_as_they_are_known(store, monkeypatch) -> None:
    keep(store)
    store.ingest(runs_of(9, 400, START + 30 * DAY * 10**9).spans)
    store.reader.refresh()
    assert store.database.rows("SELECT count(*) FROM runs WHERE provisional") == [(400,)]
    holds(store, monkeypatch)
    keep(store)
    holds(store, monkeypatch)


def test_sums_are_kept_between_openings(tmp_path, monkeypatch) -> None:
    path = tmp_path / "t.duckdb"
    with Store.open(path) as store:
        store.ingest(runs_of(3, 20).spans)
        store.reader.refresh()
        assert keep(store) > 1
    with Store.open(path) as store:
        assert store.reader.rollups.stale_days()[1] == 0
        holds(store, monkeypatch)


def test_a_day_that_still_changes_is_left_for_later(store, monkeypatch) -> None:
    monkeypatch.setattr(rollups, "QUIET_NANO", 3600 * 10**9)
    assert keep(store) == 0


def test_a_filter_that_is_not_of_time_is_answered_by_the_hops(store) -> None:
    keep(store)
    rows = store.reader.overview.spend(RunQuery(status="error"), "pipeline").rows
    assert 0 < sum(r.runs for r in rows) < RUNS
