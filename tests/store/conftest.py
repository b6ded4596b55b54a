"""The compiled decoder, loaded once for the room."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from misstep_store.columnar.fast import FAST

sys.path.insert(0, str(Path(__file__).parents[2]))  # bench is no installed package


@pytest.fixture(scope="session")
def fast():
    """The module of the compiled decoder."""
    module = FAST.wait(300)
    assert module is not None, FAST.failure
    return module
