"""The command line inside the test's process, and stores with known runs."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from made_runs import logs_of, one_run

from misstep.command import main
from misstep_store.store import Store


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Verb = Callable[..., Ended]


@pytest.fixture
def misstep(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Verb:
    monkeypatch.setenv("COLUMNS", "240")

    def run(*arguments: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["misstep", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        return Ended(int(ended.value.code or 0), told.out, told.err)

    return run


@pytest.fixture(scope="session")
def five_runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs 1 to 5; the fourth failed. Made once, for copying."""
    path = tmp_path_factory.mktemp("five") / "t.duckdb"
    with Store.open(path) as opened:
        for number in range(1, 6):
            opened.ingest(one_run(number, failed=number == 4), logs_of(number))
    return path


@pytest.fixture
def store(five_runs: Path, tmp_path: Path) -> Path:
    """The five runs in a store of the test's own."""
    return Path(shutil.copy(five_runs, tmp_path))
