"""Questions about one moment read the row groups around it, not the table: as DuckDB counted them."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources

import pytest
from bench.store.plans import FEW, FILTERS, LARGE, checked, reads_of, rows_scanned
from bench.store.queries import fill
from collecting import wait_until

from misstep_store.database import query
from misstep_store.deriving import rollups as deriving_rollups
from misstep_store.store import Store

QUESTIONS = (
    "one run's hops",
    "one run's spans",
    "one run's spans by its own window",
    "latest runs that failed",
    "one run",
    "a page of runs",
    "a page after a cursor, newest first",
    "a page after a cursor, oldest first",
    "when hops of listed runs ran",
    "what hops of ticked runs were like",
    "text of a time",
    "text of what arrived together",
    "sums of a moment",
    "all text of what arrived together",
)
NARROW = (
    "behind",
    "pending",
    "due",
    "windows",
    "text_names",
    "rollup_stamps",
    "facets",
    "retention",
    "profile_gone",
    "unmade",
)
UNCHECKED = {
    "arrivals": "two columns of what the text index does not cover",
    "faults": "bodies of diagnoses of the chosen runs",
    "groups": "hops of the chosen runs, columns alone",
    "history": "the chosen runs",
    "judged": "three tables of what people said",
    "lost": "records of no trace",
    "models": "all hops, asked of stores that have few",
    "provisional": "adds rows: spans of the traces that are new",
    "replayed": "adds rows: as provisional, where something may have been executed again",
    "replayed_before": "makes a table: runs of the traces that are new",
    "spend": "hops of the chosen runs, columns alone",
    "text_logs": "as of spans, which are asked",
    "texts_of_logs": "as of spans, which are asked",
    "touched": "makes a table: as pending, which is asked",
    "usual": "part of faults and history",
}
"""Named queries that are not asked here, and what they read."""


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Iterator[Store]:
    """Some twenty row groups of spans."""
    with Store.open(tmp_path_factory.mktemp("plans") / "t.duckdb") as opened:
        fill(opened, spans=170_000, templates=200, diagnosed=0)
        yield opened


@pytest.fixture(scope="module")
def found(store) -> dict[str, dict]:
    return {row["question"]: row for row in checked(store.database)}


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_about_a_moment_reads_little_of_a_large_table(store, found, question) -> None:
    row = found[question]
    assert 0 < row["rows"] <= FEW, row
    whole = store.database.rows(f"SELECT count(*) FROM {row['table']}")[0][0]
    assert row["table"] == "runs" or row["rows"] < whole / 4


@pytest.mark.parametrize("name", FILTERS)
def test_a_filter_of_runs_reads_no_span_and_no_hop(found, name) -> None:
    assert found[f"runs by {name}"]["rows"] == 0


@pytest.mark.parametrize("name", NARROW)
def test_a_query_about_all_runs_or_about_what_is_new_reads_no_span_and_no_hop(found, name) -> None:
    assert found[f"{name}.sql"]["rows"] == 0


def test_every_question_is_asked(found) -> None:
    narrow = (f"{name}.sql" for name in NARROW)
    assert set(found) == {*QUESTIONS, *narrow, *(f"runs by {name}" for name in FILTERS)}


def test_every_named_query_is_asked_or_said_to_be_left_out() -> None:
    folder = resources.files("misstep_store") / "queries"
    named = {f.name.removesuffix(".sql") for f in folder.iterdir() if f.name.endswith(".sql")}
    moments = {"outline", "runs", "stored", "page", "intervals", "traits", "text_spans", "rollup"}
    assert named == {*moments, "texts_of_spans", "stats", *NARROW, *UNCHECKED}


def test_totals_of_everything_read_sums_by_day_and_neither_span_nor_hop(store, monkeypatch) -> None:
    """By model with quantiles, as `misstep stats` and the Totals page have them."""
    rollups = store.reader.rollups
    # A day is summed once its runs have been quiet: these have.
    monkeypatch.setattr(deriving_rollups, "QUIET_NANO", 0)
    wait_until(lambda: not (rollups.work() or rollups.stale_days()[1]), 120)
    read = reads_of(store.database, store.reader.stats)
    assert read["runs"] > 10_000  # the stamps of the days: three columns
    assert all(read[table] == 0 for table in LARGE)


def test_a_question_about_everything_is_seen_to_read_everything(store) -> None:
    """What the tests above look for is there to be found."""
    rows = store.database.rows("SELECT count(*) FROM hops")[0][0]
    assert rows_scanned(store.database, query("models"), {})["hops"] == rows > 150_000
