"""Questions about one moment read the row groups around it, not the table: as DuckDB counted them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from bench.store.plans import FEW, FILTERS, checked, rows_scanned
from bench.store.queries import fill

from misstep_store.database import query
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
)


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


def test_every_question_is_asked(found) -> None:
    assert set(found) == {*QUESTIONS, *(f"runs by {name}" for name in FILTERS)}


def test_a_question_about_everything_is_seen_to_read_everything(store) -> None:
    """What the tests above look for is there to be found."""
    rows = store.database.rows("SELECT count(*) FROM hops")[0][0]
    assert rows_scanned(store.database, query("models"), {})["hops"] == rows > 150_000
