"""Hops that are made for many traces together are stored as those made one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from bench.store.workload import Workload

from misstep_store.deriving import materialise
from misstep_store.headers.columns.tables import HOP_COLUMNS
from misstep_store.otlp.decode import decode_traces
from misstep_store.reader import RunQuery
from misstep_store.store import Store

RUNS = 60
_RUNS = (
    "SELECT run_id, name, service, pipeline, version, start_unix_nano, last_start_unix_nano, "
    "duration_ms, status, complete, session_id, user_id, tags, models, hop_count, input_tokens, "
    "output_tokens, cost_usd, recorded_verdict, span_count, log_count FROM runs ORDER BY run_id"
)


@pytest.fixture
def flooded(tmp_path) -> Iterator[Store]:
    request = Workload(4, 1_760_000_000_000_000_000).request(RUNS)
    with Store.open(tmp_path / "t.duckdb") as store:
        store.ingest(decode_traces(request.SerializeToString(), json=False).spans)
        store.reader.refresh()
        yield store


def stored(store: Store) -> tuple[list[Any], list[Any]]:
    hops = f"SELECT {', '.join(HOP_COLUMNS)} FROM hops ORDER BY run_id, idx"
    return store.database.rows(_RUNS), store.database.rows(hops)


def test_runs_and_hops_are_the_same_both_ways(flooded, monkeypatch) -> None:
    together = stored(flooded)
    monkeypatch.setattr(materialise, "FEW_SPANS", 10**9)
    flooded.remap(None)
    assert stored(flooded) == together
    assert len(together[0]) == RUNS


def test_a_listed_run_says_what_it_was_given_and_gave(flooded) -> None:
    bodies = flooded.database.rows("SELECT body FROM runs")
    assert sum(1 for (body,) in bodies if not body) > RUNS / 2
    listed = flooded.reader.runs(RunQuery(limit=RUNS)).runs
    assert all("ticket" in r.input and "reply" in r.output for r in listed)


def test_one_hop_is_the_same_as_among_all(flooded) -> None:
    run_id = flooded.reader.runs(RunQuery(limit=1)).runs[0].run_id
    whole = flooded.reader.run(run_id)
    for hop in whole.hops:
        assert flooded.reader.one_hop(run_id, hop.hop_id) == hop
        assert hop.input is not None and hop.payloads


def test_findings_and_edges_of_a_diagnosis_are_rows(flooded) -> None:
    run_id = flooded.reader.runs(RunQuery(limit=1, status="error")).runs[0].run_id
    made = flooded.reader.diagnosis(run_id)
    told = {(e.rule, e.quote) for s in made.suspects for e in s.evidence}
    rows = flooded.database.rows("SELECT rule, quote FROM findings WHERE run_id = ?", [run_id])
    assert told and set(rows) == told
    edges = flooded.reader.lineage(run_id).edges
    number = flooded.database.rows("SELECT count(*) FROM edges WHERE run_id = ?", [run_id])[0][0]
    assert number == len(edges)
