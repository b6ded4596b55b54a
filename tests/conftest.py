"""What holds for every test: all that is asked is on this machine, over plain http.

A client reads all the authorities of the machine before its first request, and the tests open
many hundreds of clients: one authority is read here, by the programs the tests start as well.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Generator, Iterator
from pathlib import Path

import certifi
import pytest
from hypothesis import HealthCheck, settings

settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")

_END = "-----END CERTIFICATE-----\n"
_LONG = ("replay", "ui", "end_to_end", "store", "serve", "hopfault", "commands", "examples")
"""Folders whose files take longest: first, so that no worker waits long for another at the end."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """No garbage is sought while modules are loaded, none of which goes: that took a seventh of it."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        folder = item.path.parent.name
        return _LONG.index(folder) if folder in _LONG else len(_LONG)

    items.sort(key=place)  # within a folder as they were


@pytest.fixture(scope="session", autouse=True)
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Of a client's certificates, the first alone."""
    known = Path(certifi.where()).read_text()
    path = tmp_path_factory.mktemp("authority") / "first.pem"
    path.write_text(known[: known.index(_END) + len(_END)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", os.fspath(path))
        patch.delenv("SSL_CERT_DIR", raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def listings_take_their_time() -> Iterator[None]:
    """What a listing of a store without a server diagnoses does not depend on how fast it goes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("misstep_store.store._LISTING_BUDGET_ALONE_S", 600.0)
        yield
