"""What waits for quiet moments waits while a flood comes in."""

from __future__ import annotations

import pytest

from misstep_store import write


def test_a_flood_lasts_until_a_second_after_its_last_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(write.time, "monotonic", lambda: now[0])
    rate = write._Rate()
    for _ in range(50):
        rate.add(512)
        now[0] += 0.01
    assert rate.flooding()
    now[0] += 1.0
    assert rate.flooding()
    now[0] += 1.0
    assert not rate.flooding()


def test_thousands_of_spans_a_second_are_no_flood(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(write.time, "monotonic", lambda: now[0])
    rate = write._Rate()
    for _ in range(200):
        rate.add(50)
        now[0] += 0.025
        assert not rate.flooding()
