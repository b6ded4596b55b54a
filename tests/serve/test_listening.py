"""S1: nothing of a server is reached from another machine unless it was told so."""

from __future__ import annotations

import socket
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


def handshake(url: str, path: str, origin: str, host: str | None = None) -> int:
    """The status of a WebSocket handshake: 101 where it is accepted."""
    where = url.removeprefix("http://")
    name, _, port = where.rpartition(":")
    with socket.create_connection((name, int(port)), timeout=60) as asking:
        asking.sendall(
            f"GET {path} HTTP/1.1\r\nhost: {host or where}\r\norigin: {origin}\r\n"
            "connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
            "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        return int(asking.recv(4096).split()[1])


def test_the_uis_websocket_is_for_its_own_pages_alone(tmp_path) -> None:
    environment = empty_home(tmp_path / "home")
    ports = ("--otlp-port", "0", "--grpc-port", "0", "--ui-port", "0")
    with serving(tmp_path / "t.duckdb", *ports, environment=environment) as up:
        stream = "/_stcore/stream"
        assert handshake(up.ui, stream, up.ui) == 101
        assert handshake(up.ui, stream, "http://evil.example") == 403
        assert handshake(up.ui, stream, "null") == 403
        assert handshake(up.ui, stream, up.ui, host="evil.example") == 403
        assert handshake(up.otlp, "/v1/traces", "http://evil.example") == 403
