"""S1: nothing of a server is reached from another machine unless it was told so."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from served import empty_home, serving

LISTENS = "0A"
LOOPBACK = {"0100007F", "0000000000000000FFFF00000100007F"}
"""127.0.0.1 as /proc has it, among the addresses of either version."""


def listeners(pid: int) -> dict[int, str]:
    """{port: address in hex} of all TCP sockets on which a process listens."""
    own = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            own.add(str(entry.readlink()))
        except FileNotFoundError:
            continue  # closed meanwhile
    found = {}
    for table in ("tcp", "tcp6"):
        path = Path(f"/proc/{pid}/net/{table}")
        for line in path.read_text().splitlines()[1:] if path.exists() else ():
            parts = line.split()
            if parts[3] == LISTENS and f"socket:[{parts[9]}]" in own:
                address, _, port = parts[1].partition(":")
                found[int(port, 16)] = address
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_every_listener_of_a_server_is_on_loopback_unless_told_otherwise(tmp_path: Path) -> None:
    ports = ["--otlp-port", "0", "--grpc-port", "0", "--ui-port", "0"]
    environment = empty_home(tmp_path / "home")
    with serving(tmp_path / "t.duckdb", *ports, environment=environment) as server:
        found = listeners(server.process.pid)
        told = {int(a.rpartition(":")[2]) for a in (server.otlp, server.grpc, server.ui)}
        assert told <= found.keys()  # the three of them are seen at all
        assert set(found.values()) <= LOOPBACK
    wide = [*ports[:4], "--no-ui", "--host", "0.0.0.0", "--insecure-bind"]
    with serving(tmp_path / "o.duckdb", *wide, environment=environment) as server:
        assert set(listeners(server.process.pid).values()) - LOOPBACK  # the look can fail
