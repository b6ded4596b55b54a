"""The compiled decoder, loaded once for the room."""

from __future__ import annotations

import pytest

from misstep_store.columnar.fast import FAST


@pytest.fixture(scope="session")
def fast():
    """The module of the compiled decoder."""
    module = FAST.wait(300)
    assert module is not None, FAST.failure
    return module
