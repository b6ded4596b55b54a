"""A server with and without the compiled walker, for tests of what senders get wrong."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from spoilt import CLIENT

from misstep_store.columnar.fast import FAST
from misstep_store.serve.server import Server


@pytest.fixture(scope="session", autouse=True)
def no_connection_left() -> Iterator[None]:
    yield
    CLIENT.close()


@pytest.fixture(scope="module", params=["objects", "columns"])
def server(request, tmp_path_factory) -> Iterator[Server]:
    """With and without the compiled walker."""
    kept = FAST.wait(300)  # before anything is set: it is loaded once a process
    assert kept is not None, FAST.failure
    FAST.module = kept if request.param == "columns" else None
    folder = tmp_path_factory.mktemp(request.param)
    with Server(folder / "t.duckdb", otlp_port=0, grpc_port=0, ui_port=None) as running:
        yield running
    FAST.module = kept
