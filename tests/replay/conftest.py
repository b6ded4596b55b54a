"""A served store that may execute runs again, and the bundled pipelines recorded into it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from shop import Shop

import misstep
from misstep.model import RunDetail
from misstep_examples.models import URL_VARIABLE, noting_runs
from misstep_examples.provider import LocalProvider
from misstep_store.replaying.jobs import Permission
from misstep_store.serve.server import Server

_PAUSE = threading.Event()


class Bench:
    """The server, its API, and the provider with its faults."""

    def __init__(self, server: Server, provider: LocalProvider) -> None:
        self.server = server
        self.provider = provider
        self.api = httpx.Client(base_url=server.otlp_url, timeout=60, trust_env=False)

    def record(self, pipeline: Callable[[Any], Any], given: Any, verdict: str | None = None) -> str:
        """The id of one recorded run of the pipeline."""
        misstep.init(endpoint=self.server.otlp_url, service="examples")
        try:
            with noting_runs() as started:
                try:
                    pipeline(given)
                except Exception as error:
                    assert verdict is None, error
            if verdict is not None:
                misstep.mark(verdict, run_id=started[0])  # type: ignore[arg-type]
            assert misstep.flush(60)
        finally:
            misstep.shutdown()
        return started[0]

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """A started job, waited for."""
        answer = self.api.post(path, json=body)
        assert answer.status_code == 202, answer.text
        return self.wait(answer.json()["job"])

    def wait(self, job: str, until: Callable[[dict[str, Any]], bool] | None = None) -> Any:
        """The job's state as soon as it is no longer running, or as ``until`` wants it."""
        wanted = until or (lambda state: state["state"] != "running")
        for _ in range(6000):
            state = self.api.get(f"/api/jobs/{job}").json()
            if wanted(state):
                return state
            _PAUSE.wait(0.01)
        raise AssertionError(state)

    def run(self, run_id: str) -> RunDetail:
        """A run as the API tells it."""
        return RunDetail.model_validate(self.api.get(f"/api/runs/{run_id}").json())

    def hop(self, run_id: str, name: str) -> str:
        """The id of a hop by its name."""
        return next(h.hop_id for h in self.run(run_id).hops if h.name == name)


@pytest.fixture(scope="session")
def state_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A registry of its own for what these tests execute."""
    folder = tmp_path_factory.mktemp("state")
    before = os.environ.get("XDG_STATE_HOME")
    os.environ["XDG_STATE_HOME"] = str(folder)
    from misstep import registry

    registry._seen.clear()
    yield folder
    registry._seen.clear()
    os.environ.pop("XDG_STATE_HOME")
    if before is not None:
        os.environ["XDG_STATE_HOME"] = before


@pytest.fixture(scope="module")
def bench(state_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One server for a module's tests."""
    before = os.environ.get(URL_VARIABLE)
    path = tmp_path_factory.mktemp("store") / "traces.duckdb"
    with (
        LocalProvider(latency=0) as provider,
        Server(path, otlp_port=0, grpc_port=None, ui_port=None, replay=Permission()) as server,
    ):
        os.environ[URL_VARIABLE] = provider.url
        opened = Bench(server, provider)
        yield opened
        opened.api.close()
        os.environ.pop(URL_VARIABLE)
        if before is not None:
            os.environ[URL_VARIABLE] = before


@pytest.fixture(autouse=True)
def no_faults(request: pytest.FixtureRequest) -> Iterator[None]:
    """Faults of one test are gone in the next."""
    yield
    if "bench" in request.fixturenames:
        request.getfixturevalue("bench").provider.clear()


@pytest.fixture
def shop(
    tmp_path: Path,
    state_home: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Shop]:
    monkeypatch.setenv("EFFECTS", str(tmp_path / "effects.txt"))
    monkeypatch.chdir(tmp_path)
    made = Shop(tmp_path, capsys)
    yield made
    sys.path.remove(str(tmp_path))
    sys.modules.pop(made.name)
