"""The cycle collector rests while a run is diagnosed, and works again afterwards."""

from __future__ import annotations

import gc

import pytest

from misstep_diagnosis.steady import steady


def test_the_collector_rests_while_the_work_is_done() -> None:
    assert gc.isenabled()
    assert steady(gc.isenabled)() is False
    assert gc.isenabled()


def test_the_collector_is_switched_on_again_after_an_exception() -> None:
    def fails() -> None:
        raise ValueError("no such hop")

    with pytest.raises(ValueError, match="no such hop"):
        steady(fails)()
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    try:
        steady(len)([])
        assert not gc.isenabled()
    finally:
        gc.enable()
