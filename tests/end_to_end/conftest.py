"""Real processes: `misstep up` and the other verbs, as a person starts them."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from served import PROGRAM, Up, empty_home, serving

Ended = subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment whose user folders are empty."""
    return empty_home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def misstep(home: dict[str, str]) -> Callable[..., Ended]:
    """Runs one verb to its end."""

    def run(*arguments: object, **environment: str) -> Ended:
        return subprocess.run(
            [PROGRAM, *map(str, arguments)],
            env=home | environment,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
            stdin=subprocess.DEVNULL,
        )

    return run


@pytest.fixture(scope="session")
def up(home: dict[str, str]) -> Callable[..., contextlib.AbstractContextManager[Up]]:
    """Starts `misstep up` on free ports and waits until it is ready."""

    def start(store: Path, *more: str, **environment: str) -> contextlib.AbstractContextManager[Up]:
        ports = ["--otlp-port", "0", "--grpc-port", "0", "--no-ui"]
        return serving(store, *ports, *more, environment=home | environment)

    return start
