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


def test_many_rows_wait_for_more_while_more_come_but_not_for_long(clock) -> None:
    patience = pace.Patience(8_000)
    waited_s = 0.0
    while (left_s := patience.left_s(4_000)) > 1e-9:
        patience.came()
        clock.passes(left_s / 2, busy=0.0)
        waited_s += left_s / 2
        assert left_s <= pace.GAP_S + 1e-9
    assert waited_s == pytest.approx(pace.LONGEST_S)


def test_few_rows_and_whole_transactions_do_not_wait(clock) -> None:
    patience = pace.Patience(8_000)
    patience.came()
    assert patience.left_s(pace.MANY_ROWS - 1) == 0
    assert patience.left_s(8_000) == 0
    assert patience.left_s(7_999) > 0


def test_waiting_in_vain_gets_shorter_until_it_was_of_use(clock) -> None:
    patience = pace.Patience(8_000)
    gaps_s = []
    for _ in range(6):
        gaps_s.append(patience.left_s(4_000))
        clock.passes(gaps_s[-1], busy=0.0)
        assert patience.waited_s() == pytest.approx(sum(gaps_s))
        patience.gone(4_000)
    assert gaps_s[0] == pytest.approx(pace.GAP_S)
    assert gaps_s[-1] == pytest.approx(pace.SHORTEST_GAP_S)
    assert patience.left_s(4_000) == pytest.approx(pace.SHORTEST_GAP_S)
    patience.gone(8_000)
    assert patience.left_s(4_000) == pytest.approx(pace.GAP_S)


def test_what_changed_is_looked_at_at_once_and_what_did_not_after_a_rest(clock) -> None:
    looking = pace.Looking()

    def looks(state: int, took_s: float = 0.0) -> bool:
        with looking.at(state) as anew:
            clock.passes(took_s, busy=0.0)
        return anew

    assert looks(1)
    assert not looks(1)
    assert looks(2, took_s=1.0)
    assert not looks(2)
    clock.passes(pace.REST_FACTOR * 1.0 - 0.1, busy=0.0)
    assert not looks(2)
    clock.passes(0.2, busy=0.0)
    assert looks(2)
    clock.passes(pace.LOOK_AGAIN_S + 0.1, busy=0.0)
    assert looks(2)


def test_a_look_that_failed_rests_too(clock) -> None:
    looking = pace.Looking()
    with pytest.raises(OSError), looking.at(1):
        raise OSError
    with looking.at(1) as anew:
        assert not anew
