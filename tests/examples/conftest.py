"""A provider without latency for each module, and the bundled pipelines pointed at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import misstep
from misstep.model import RunDetail
from misstep_examples.models import URL_VARIABLE
from misstep_examples.provider import LocalProvider


@pytest.fixture(scope="session")
def served() -> Iterator[LocalProvider]:
    with LocalProvider(latency=0) as provider:
        yield provider


@pytest.fixture
def provider(served: LocalProvider, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalProvider]:
    """The provider with no fault on, which the pipelines call."""
    monkeypatch.setenv(URL_VARIABLE, served.url)
    yield served
    served.clear()


@pytest.fixture
def recorded(tmp_path: Path) -> Iterator[Callable[[Callable[[], Any]], list[RunDetail]]]:
    """Runs something under a real misstep; its runs as the store tells them, oldest first."""
    from misstep_store.reader import RunQuery
    from misstep_store.store import Store

    path = tmp_path / "traces.duckdb"
    misstep.init(store=path, service="examples")

    def record(act: Callable[[], Any]) -> list[RunDetail]:
        act()
        assert misstep.flush(60)
        store = Store.open(path)
        try:
            page = store.reader.runs(RunQuery(sort="oldest", limit=100))
            return [store.reader.run(run.run_id) for run in page.runs]
        finally:
            store.close()

    yield record
    misstep.shutdown()
