"""`misstep up` as a process of its own, for tests that stop it, kill it, or bind it."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PROGRAM = str(Path(sys.executable).with_name("misstep"))


def empty_home(folder: Path) -> dict[str, str]:
    """An environment whose user folders are empty, but for what was compiled on this machine."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("MISSTEP_", "OTEL_", "XDG_"))}
    cache = os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache"))
    return kept | {"HOME": str(folder), "XDG_CACHE_HOME": cache, "COLUMNS": "240"}


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


@contextlib.contextmanager
def serving(store: Path, *options: str, environment: Mapping[str, str]) -> Iterator[Up]:
    """Starts `misstep up` and waits until it is ready; terminated at the end."""
    process = subprocess.Popen(
        [PROGRAM, "up", "--store", str(store), *options],
        env=dict(environment),
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
