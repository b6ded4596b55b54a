"""What can wait waits while spans flood in, and no longer."""

from __future__ import annotations

import pytest

from misstep_store.ingest import pace


class Clock:
    """Time as it is told."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.busy_s = 0.0

    def monotonic(self) -> float:
        return self.now_s

    def passes(self, seconds: float, busy: float) -> None:
        self.now_s += seconds
        self.busy_s += seconds * busy


@pytest.fixture
def clock(monkeypatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(pace, "time", made)
    return made


def test_many_rows_that_keep_the_writer_busy_are_a_flood_until_they_stop(clock) -> None:
    found = pace.Pace(lambda: clock.busy_s)
    found.note(8_000)
    assert not found.flooded
    clock.passes(0.3, busy=1.0)
    assert found.flooded
    clock.passes(0.9, busy=0.0)
    assert found.flooded
    clock.passes(0.2, busy=0.0)
    assert not found.flooded


def test_rows_that_leave_the_writer_time_are_no_flood(clock) -> None:
    found = pace.Pace(lambda: clock.busy_s)
    for _ in range(8):
        found.note(8_000)
        clock.passes(0.3, busy=0.3)
        assert not found.flooded


def test_small_batches_one_after_another_are_no_flood(clock) -> None:
    found = pace.Pace(lambda: clock.busy_s)
    for _ in range(8):
        found.note(300)
        clock.passes(0.3, busy=1.0)
        assert not found.flooded
