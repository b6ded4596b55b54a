"""A run whose clock stood far off does not stretch the pictures of when runs began."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support.numbered_runs import one_run

from misstep_store.reader import RunQuery
from misstep_store.store import Store

DAY = 86_400 * 10**9
YEAR = 365 * DAY
NOW = 1_790_000_000 * 10**9


def began(path: Path, *starts: int) -> Store:
    """A store of runs, all failing, that began at these moments."""
    store = Store.open(path)
    for number, start in enumerate(starts, 1):
        spans = one_run(number)
        shift = start - min(s.start_unix_nano for s in spans)
        for span in spans:
            span.start_unix_nano += shift
            span.end_unix_nano += shift
            span.status_code = 2
        store.ingest(spans)
    return store


@pytest.mark.parametrize("wild", [0, NOW + 174 * YEAR, 2**63 - 1 - DAY])
def test_one_run_of_another_century_is_counted_outside_the_picture(tmp_path, wild: int) -> None:
    with began(tmp_path / "t.duckdb", *(NOW + n * DAY for n in range(4)), wild) as store:
        made = store.reader.overview.history(RunQuery(), 4)
        assert (sum(made.runs), made.outside) == (4, 1)
        assert sum(made.failing) == 4
        assert made.since is not None and made.since.startswith("2026-09-")
        assert made.runs == [1, 1, 1, 1]
        faults = store.reader.overview.faults(RunQuery()).faults
        assert sum(f.runs for f in faults) == sum(sum(f.history) for f in faults) == 5
        assert max(f.history[0] for f in faults) < 4


def test_runs_of_some_years_are_all_shown(tmp_path) -> None:
    starts = [NOW + n * DAY for n in range(30)] + [NOW - n * YEAR for n in range(1, 6)]
    with began(tmp_path / "t.duckdb", *starts) as store:
        made = store.reader.overview.history(RunQuery(), 40)
    assert (sum(made.runs), made.outside) == (35, 0)


def test_of_two_runs_nobody_knows_whose_clock_is_off(tmp_path) -> None:
    with began(tmp_path / "t.duckdb", 0, NOW) as store:
        made = store.reader.overview.history(RunQuery(), 10)
    assert (made.runs[0], made.runs[-1], made.outside) == (1, 1, 0)


def test_what_is_asked_for_by_time_is_shown(tmp_path) -> None:
    with began(tmp_path / "t.duckdb", *(NOW + n * DAY for n in range(4)), 0) as store:
        asked = RunQuery(since="1969-01-01T00:00:00Z", until="2100-01-01T00:00:00Z")
        made = store.reader.overview.history(asked, 10)
    assert (sum(made.runs), made.outside) == (5, 0)
