"""A collector that others wrote, between two stores: rotel, from PyPI."""

from __future__ import annotations

import contextlib
import random
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import rotel


def free_port() -> int:
    """A port that is still free when it is bound later: none of those the system hands out to who
    asks for any, or to a connection; at random, for other tests may be choosing as well."""
    for _ in range(1000):
        port = random.randrange(10_000, 32_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no free port below those the system hands out")


@contextlib.contextmanager
def rotel_to(endpoint: str, folder: Path, port: int | None = None) -> Iterator[str]:
    """The collector rotel, passing on to ``endpoint``; its own address."""
    port = port or free_port()
    command = [
        str(Path(rotel.__file__).with_name("rotel-agent")),
        "start",
        f"--otlp-http-endpoint=127.0.0.1:{port}",
        f"--otlp-grpc-endpoint=127.0.0.1:{free_port()}",
        "--exporter=otlp",
        f"--otlp-exporter-endpoint={endpoint}",
        "--otlp-exporter-protocol=http",
        "--disable-batching",
    ]
    with (folder / "rotel.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_until(lambda: _connects(port) or process.poll() is not None)
        skip_unless_loaded((folder / "rotel.log").read_text(errors="replace"))
        wait_until(lambda: _connects(port))
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)


def skip_unless_loaded(said: str) -> None:
    """Skips the test where rotel's wheel lacks a library of this Python, as of one built statically."""
    if "error while loading shared libraries" in said:
        pytest.skip(f"rotel cannot start here: {said.strip().rpartition('rotel-agent: ')[2]}")


def _connects(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def wait_until(holds: Callable[[], object], timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come to hold"
        time.sleep(0.05)
