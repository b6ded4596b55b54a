"""A batch that was not acknowledged is absent or whole after a crash, however large it is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from bench.store.workload import Workload

from misstep_store.columnar.fast import FAST
from misstep_store.database import ROW_GROUP_ROWS
from misstep_store.store import Store

RUNS = 10 * ROW_GROUP_ROWS // 8 // 12
"""Of twelve spans: one row group and a quarter."""
START = 1_760_000_000_000_000_000

# Writes one batch whole, and dies before the second half of the next is written.
DIES = """
import os, sys
from pathlib import Path
from misstep_store.ingest import commit
from misstep_store.columnar.fast import FAST
from misstep_store.store import Store

small, large, path = (Path(p) for p in sys.argv[1:])
FAST.wait(300)
store = Store.open(path)
store.submit_body(small.read_bytes()).result(60)
finish = commit.Commit.finish
def dies(self, connection):
    if not self.mark:
        os._exit(9)
    finish(self, connection)
commit.Commit.finish = dies
store.submit_body(large.read_bytes()).result(60)
"""


@pytest.fixture
def bodies(tmp_path: Path) -> tuple[Path, Path]:
    work = Workload(6, START)
    small, large = tmp_path / "small.pb", tmp_path / "large.pb"
    small.write_bytes(work.request(5).SerializeToString())
    large.write_bytes(work.request(RUNS).SerializeToString())
    return small, large


def unfinished(store: Store) -> list[int]:
    """Marks of batches that are stored in part."""
    found = {row[0] for row in store.database.rows("SELECT number FROM unfinished")}
    return [number for number in found if number > 0 and -number not in found]


def test_half_of_a_large_batch_is_gone_after_a_crash_and_comes_again_whole(
    tmp_path, bodies
) -> None:
    small, large = bodies
    path = tmp_path / "t.duckdb"
    command = [sys.executable, "-c", DIES, str(small), str(large), str(path)]
    assert subprocess.run(command, check=False, timeout=300).returncode == 9
    assert FAST.wait(300) is not None
    with Store.open(path) as store:
        assert store.reader.stats().spans == 60
        assert store.reader.stats().runs == 5
        queued = store.submit_body(large.read_bytes())
        assert queued is not None
        assert queued.result(60).accepted == RUNS * 12
        assert unfinished(store) == []
    with Store.open(path) as store:
        assert store.reader.stats().spans == 60 + RUNS * 12


def test_what_failed_and_came_again_is_no_half(tmp_path, bodies, monkeypatch) -> None:
    from misstep_store.ingest import commit

    _, large = bodies
    body = large.read_bytes()
    assert FAST.wait(300) is not None
    finish, failing = commit.Commit.finish, [True]

    def fails_once(self, connection) -> None:
        if not self.mark and self.spans and failing:
            failing.clear()
            raise OSError("no space left")
        finish(self, connection)

    monkeypatch.setattr(commit.Commit, "finish", fails_once)
    with Store.open(tmp_path / "t.duckdb") as store:
        with pytest.raises(OSError, match="no space"):
            store.submit_body(body).result(60)
        again = store.submit_body(body).result(60)
        assert again.accepted + again.duplicates == RUNS * 12
    with Store.open(tmp_path / "t.duckdb") as store:
        assert store.reader.stats().spans == RUNS * 12
