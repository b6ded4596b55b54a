"""Transactions of a flood hold whole row groups."""

from __future__ import annotations

from bench.store.workload import Workload

from misstep_store.database import ROW_GROUP_ROWS
from misstep_store.ingest import pace
from misstep_store.store import Store


class Standing:
    """A clock that stands still: what waits for a moment waits for ever."""

    @staticmethod
    def monotonic() -> float:
        return 100.0


def test_many_rows_go_with_those_that_make_a_whole_row_group(tmp_path, fast, monkeypatch) -> None:
    batch = ROW_GROUP_ROWS // 4
    bodies = list(Workload(1, 10**18).batches(ROW_GROUP_ROWS, batch))
    (few,) = Workload(2, 10**18).batches(12, 12)
    with Store.open(tmp_path / "t.duckdb") as store:
        monkeypatch.setattr(pace, "time", Standing)
        first = [store.submit_body(body) for body in bodies[:-1]]
        assert all(f is not None and not f.done() for f in first)
        last = store.submit_body(bodies[-1])
        for future in (*first, last):
            assert future is not None
            assert future.result(60).accepted == batch
        lone = store.submit_body(few)
        assert lone is not None
        assert lone.result(60).accepted == 12
        counted = store.database.rows(
            "SELECT count(*) FROM spans GROUP BY received_unix_nano ORDER BY received_unix_nano"
        )
        assert counted == [(ROW_GROUP_ROWS,), (12,)]
