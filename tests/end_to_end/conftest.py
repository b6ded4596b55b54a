"""Real processes: `misstep up` and the other verbs, as a person starts them."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PROGRAM = str(Path(sys.executable).with_name("misstep"))
Ended = subprocess.CompletedProcess[str]


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment whose user folders are empty."""
    folder = tmp_path_factory.mktemp("home")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("MISSTEP_", "OTEL_", "XDG_"))}
    return kept | {"HOME": str(folder), "COLUMNS": "240"}


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


@dataclass
class Up:
    """A running `misstep up`."""

    process: subprocess.Popen[str]
    otlp: str = ""
    grpc: str = ""
    ui: str = ""
    store: str = ""
    errors: list[str] = field(default_factory=list)

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


@pytest.fixture(scope="session")
def up(home: dict[str, str]) -> Callable[..., contextlib.AbstractContextManager[Up]]:
    """Starts `misstep up` on free ports and waits until it is ready."""

    @contextlib.contextmanager
    def start(store: Path, *more: str, **environment: str) -> Iterator[Up]:
        ports = ["--otlp-port", "0", "--grpc-port", "0", "--no-ui"]
        process = subprocess.Popen(
            [PROGRAM, "up", "--store", str(store), *ports, *more],
            env=home | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None and process.stderr is not None
        made = Up(process)
        reading = threading.Thread(target=made.errors.extend, args=(process.stderr,))
        reading.start()
        try:
            line = process.stdout.readline()
            told = dict(re.findall(r"(\w+)=(\S+)", line))
            assert line.startswith("ready "), (line, process.wait(60), made.errors)
            made.otlp, made.grpc = told["otlp"], told["grpc"]
            made.ui, made.store = told.get("ui", ""), told["store"]
            yield made
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(60)
            reading.join(20)
            process.stdout.close()
            process.stderr.close()

    return start
