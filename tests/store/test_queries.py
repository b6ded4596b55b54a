"""Questions over many runs: pages, text, and what the plans of named queries read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from bench.store.workload import Workload
from tests.support.numbered_runs import one_run

from misstep.errors import UsageError
from misstep_store.answering.listing import _rows, choose, conditions, listing_sql, parameters_of
from misstep_store.database import query
from misstep_store.otlp import decode
from misstep_store.reader import RunQuery
from misstep_store.store import Store

START = 1_760_000_000_000_000_000
RUNS = 700
MARKED = 650
SESSION, USER = "session-3861", "user-862"
"""Of one of the runs: a question whose answer the zone maps rule out has no plan."""


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Iterator[Store]:
    """Seven hundred runs; one of the oldest says what no other says."""
    request = Workload(5, START, 60.0).request(RUNS)
    spans = request.resource_spans[0].scope_spans[0].spans
    oldest_first = 12 * (RUNS - MARKED) + 11
    spans[oldest_first].attributes[-1].value.string_value = json.dumps({"reply": "Quetzal 9"})
    with Store.open(tmp_path_factory.mktemp("queries") / "t.duckdb") as opened:
        opened.ingest(decode.decode_traces(request.SerializeToString(), json=False).spans)
        opened.reader.refresh()
        newest = opened.reader.runs(RunQuery(limit=1)).runs[0].run_id
        opened.reader.overview.tag(newest, add=["x"], remove=[])
        yield opened


def pages(store: Store, asked: RunQuery, budget_s: float) -> tuple[list[str], int]:
    """The runs on all pages, and how many pages there were."""
    found: list[str] = []
    number = 0
    while True:
        chosen = choose(store.database, asked, budget_s=budget_s)
        found += [r.run_id for r in chosen.runs]
        number += 1
        if chosen.next is None:
            return found, number
        asked = replace(asked, cursor=chosen.next)


@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_a_search_that_runs_out_of_time_goes_on_where_its_cursor_says(store, sort) -> None:
    asked = RunQuery(text="quetzal", sort=sort)
    hurried, number = pages(store, asked, budget_s=0.0)
    assert number > 1
    assert (hurried, 1) == pages(store, asked, budget_s=60.0)
    assert len(hurried) == 1


@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_pages_of_a_search_are_the_runs_that_a_search_of_everything_finds(store, sort) -> None:
    asked = RunQuery(text="77", sort=sort, limit=40)
    searched, _ = pages(store, asked, budget_s=0.0)
    everything = [r.run_id for r in _rows(store.database, asked, RUNS)]
    assert searched == everything
    assert 40 < len(everything) < RUNS


def test_a_search_looks_at_names_and_messages_and_keeps_the_other_filters(store) -> None:
    def found(**asked: Any) -> set[str]:
        return set(pages(store, RunQuery(limit=RUNS, **asked), budget_s=60.0)[0])

    assert found(text="returned 502") == found(status="error")
    assert not found(text="returned 502", status="ok")
    assert len(found(text="ANSWER")) == RUNS


@pytest.mark.parametrize("text", [None, "a"])
def test_a_cursor_of_another_order_is_refused_in_one_sentence(store, text) -> None:
    cursor = store.reader.runs(RunQuery(limit=1, text=text)).next
    assert cursor is not None
    with pytest.raises(UsageError, match="belongs to sort=newest, not to sort=slowest"):
        store.reader.runs(RunQuery(limit=1, text=text, sort="slowest", cursor=cursor))


def test_a_run_opens_with_all_its_spans_also_those_outside_its_window(tmp_path) -> None:
    """A span without a start time, and a redelivery that the index counts twice."""
    request = Workload(6, START, 60.0).request(2)
    spans = request.resource_spans[0].scope_spans[0].spans
    spans[3].start_time_unix_nano = 0
    with Store.open(tmp_path / "t.duckdb") as opened:
        unfinished = decode.decode_traces(request.SerializeToString(), json=False).spans
        unfinished[13] = replace(unfinished[13], end_unix_nano=0)
        opened.ingest(unfinished)
        ids = [s.trace_id.hex() for s in (spans[0], spans[12])]
        before = [opened.reader.run(i) for i in ids]
        opened.ingest(decode.decode_traces(request.SerializeToString(), json=False).spans)
        for run_id, was in zip(ids, before, strict=True):
            hops = opened.reader.run(run_id).hops
            assert len(hops) == len(was.hops) == 11
            assert all(h.output is not None for h in hops)


def scans(plan: Any) -> Iterator[dict[str, Any]]:
    """The scans of a plan as JSON, each with what it reads."""
    for node in plan if isinstance(plan, list) else [plan]:
        if "SCAN" in node["name"].upper():
            yield node["extra_info"]
        yield from scans(node.get("children", []))


def read_by(store: Store, sql: str, parameters: dict[str, Any]) -> set[str]:
    """ "table.column" of everything that a query's scans read."""
    rows = store.database.rows(f"EXPLAIN (FORMAT json) {sql}", parameters)
    found = set()
    for scan in scans(json.loads(rows[0][1])):
        columns = scan.get("Projections", [])
        table = scan.get("Table", "").rsplit(".", 1)[-1]
        for column in [columns] if isinstance(columns, str) else columns:
            found.add(f"{table}.{column}")
    return found


LARGE = {"spans.attributes", "spans.events", "hops.body", "hops.payload", "runs.body"}


@pytest.mark.parametrize(
    "asked",
    [
        RunQuery(),
        RunQuery(status="error"),
        RunQuery(failed=True),
        RunQuery(verdict="good"),
        RunQuery(model="o1"),
        RunQuery(session=SESSION, user=USER, tag="x", service="support"),
        RunQuery(sort="costliest"),
    ],
    ids=["latest", "errors", "failed", "verdict", "model", "who", "costliest"],
)
def test_choosing_runs_reads_columns_alone(store, asked) -> None:
    read = read_by(store, *listing_sql(asked, 51))
    assert "runs.run_id" in read
    assert not read & LARGE


@pytest.mark.parametrize(
    "asked",
    [RunQuery(), RunQuery(sort="slowest"), RunQuery(failed=True)],
    ids=["newest", "slowest", "failed"],
)
def test_bodies_are_read_of_the_chosen_runs_alone(store, asked) -> None:
    sql, given = listing_sql(asked, 101, bodies=True)
    plan = store.database.rows(f"EXPLAIN (FORMAT json) {sql}", given)[0][1]
    scanned = [scan for scan in scans(json.loads(plan)) if scan.get("Table", "").endswith(".runs")]
    assert sorted("body" in scan["Projections"] for scan in scanned) == [False, True], scanned
    whole = [r.run_id for r in _rows(store.database, asked, 101, bodies=True)]
    assert whole == [r.run_id for r in _rows(store.database, asked, 101)]


@pytest.mark.parametrize(
    ("name", "given"),
    [("models", {}), ("facets", {"replays": None}), ("facets", {"replays": False})],
)
def test_totals_read_no_payload(store, name, given) -> None:
    read = read_by(store, query(name), given)
    assert "runs" in {column.split(".")[0] for column in read}
    assert not read & LARGE


def test_a_search_reads_payloads_of_spans(store) -> None:
    """What the two tests above look for is there to be found."""
    asked = RunQuery(text="x", sort="slowest")
    assert "spans.attributes" in read_by(store, *conditions(query("runs"), parameters_of(asked)))


@pytest.mark.parametrize("at", [0, 2**63 - 1], ids=["none", "the last there is"])
def test_a_clock_at_either_end_of_time_leaves_histories_their_runs(tmp_path, at) -> None:
    spans = [
        replace(span, start_unix_nano=at, end_unix_nano=at) for span in one_run(1, failed=True)
    ]
    with Store.open(tmp_path / "t.duckdb") as opened:
        opened.ingest(spans)
        overview = opened.reader.overview
        assert overview.history(RunQuery(), 20).runs == [1] + [0] * 19
        assert [f.runs for f in overview.faults(RunQuery()).faults] == [1]
        opened.ingest(one_run(2))
        assert sum(overview.history(RunQuery(), 20).runs) == 2
