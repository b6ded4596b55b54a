"""Retention: the oldest go first, failing and marked runs last."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest
from made_runs import one_run, run_id

from misstep_store.otlp.spans import Span
from misstep_store.serve.server import Server
from misstep_store.shapes.retention import Policy
from misstep_store.store import Store
from misstep_store.upkeep.removal import retain, used_bytes


@pytest.fixture(scope="module")
def aged_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of 40, 30, 20, 10 and 1 days ago; the first failed, the second is marked good."""
    path = tmp_path_factory.mktemp("aged") / "aged.duckdb"
    with Store.open(path) as opened:
        for number, days in enumerate((40, 30, 20, 10, 1), 1):
            opened.ingest(one_run(number, failed=number == 1, days_ago=days))
        opened.reader.mark(run_id(2), "good")
    return path


@pytest.fixture
def aged(aged_once: Path, tmp_path: Path) -> Path:
    """Those runs in a store of the test's own."""
    return Path(shutil.copy(aged_once, tmp_path))


def left(path: Path) -> list[int]:
    with Store.open(path) as opened:
        return [n for n in range(1, 6) if run_id(n) in opened.reader.resolve("abcd")]


def test_runs_older_than_that_many_days_go(aged, misstep) -> None:
    told = misstep("retain", "--days", 15, "--store", aged, "--json")
    assert told.json["removed_runs"] == 3 and told.json["removed_spans"] == 9, told.err
    assert told.json["removed_failing_or_marked"] == 2
    assert left(aged) == [4, 5]


def test_failing_and_marked_runs_may_stay_longer(aged, misstep) -> None:
    told = misstep("retain", "--days", 15, "--failing-days", 35, "--store", aged)
    assert told.code == 0 and "2 runs" in told.out
    assert left(aged) == [2, 4, 5]


def test_a_dry_run_counts_and_removes_nothing(aged, misstep) -> None:
    told = misstep("retain", "--days", 15, "--dry-run", "--store", aged, "--json")
    assert told.json["removed_runs"] == 3 and told.json["dry_run"] is True
    assert left(aged) == [1, 2, 3, 4, 5]


def test_what_went_leaves_nothing_behind_and_is_told_in_stats(aged, misstep) -> None:
    misstep("retain", "--days", 0, "--store", aged)
    found = misstep("stats", "--store", aged, "--json").json
    assert (found["runs"], found["hops"], found["spans"]) == (0, 0, 0)
    assert found["retention"] == {"runs removed": 5, "spans removed": 15}
    assert found["dropped"] == {}


def test_by_size_the_oldest_go_and_failing_and_marked_runs_last(tmp_path) -> None:
    with Store.open(tmp_path / "big.duckdb") as opened:
        for start in range(0, 300, 50):
            batch: list[Span] = []
            for number in range(start, start + 50):
                run = one_run(number, failed=number < 5, days_ago=300 - number)
                for span in run:
                    span.attributes["pad"] = random.Random(span.span_id).randbytes(4000).hex()
                batch += run
            opened.ingest(batch)
        opened.reader.mark(run_id(5), "bad")
        before = used_bytes(opened.database)
        done = opened.retain(Policy(max_bytes=before // 2))
        assert 30 < done.removed_runs < 300
        assert done.run_ids == [run_id(n) for n in range(6, 6 + done.removed_runs)]
        assert done.removed_failing_or_marked == 0
        done = opened.retain(Policy(max_bytes=1))
        assert done.run_ids[-6:] == [run_id(n) for n in range(6)]


def test_a_store_under_its_size_loses_nothing(aged) -> None:
    with Store.open(aged) as opened:
        assert retain(opened.database, Policy(max_bytes=10**12)).removed_runs == 0


def test_a_size_that_is_not_reached_is_told_with_its_reason(aged, misstep) -> None:
    told = misstep("retain", "--max-size", "1KB", "--store", aged).out
    assert "That is more than asked for" in told and "space comes back" in told
    assert "more than asked" not in misstep("retain", "--max-size", "1GB", "--store", aged).out


def test_a_server_applies_its_policy_by_itself_and_tells_it(aged, misstep) -> None:
    policy = Policy(days=15)
    with Server(aged, otlp_port=0, grpc_port=None, ui_port=None, retention=policy) as server:
        number = 0
        while server.store.changes.number == number:
            pass
        found = misstep("stats", "--store", aged, "--json").json
        again = misstep("retain", "--days", 5, "--store", aged, "--json").json
    assert found["retention"]["runs removed"] == 3
    assert again["removed_runs"] == 1
    assert left(aged) == [5]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "--days"),
        (("--days", "-1"), "from 0"),
        (("--days", "nan"), "from 0"),
        (("--days", "9", "--failing-days", "1"), "earlier"),
        (("--max-size", "big"), "500MB"),
        (("--max-size", "0"), "more than 0"),
    ],
    ids=["nothing", "negative", "nan", "earlier", "size", "zero"],
)
def test_a_policy_without_sense_is_refused_in_a_sentence(aged, misstep, arguments, told) -> None:
    ended = misstep("retain", *arguments, "--store", aged)
    assert ended.code == 2 and told in ended.err, ended.err
    assert left(aged) == [1, 2, 3, 4, 5]
