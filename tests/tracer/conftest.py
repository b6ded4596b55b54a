"""What the tracer recorded, a real collector on the loopback, and programs as real processes."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from collecting import free_port
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import misstep


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The user's state folder (registry, spool) is the test's own; nothing stays initialised."""
    folder = tmp_path / "state"
    monkeypatch.setenv("XDG_STATE_HOME", str(folder))
    yield folder
    misstep.shutdown()


class Recorded:
    """What this process recorded."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()

    def spans(self) -> list[ReadableSpan]:
        assert misstep.flush(60)
        return list(self.exporter.get_finished_spans())

    def span(self, name: str) -> ReadableSpan:
        (found,) = [s for s in self.spans() if s.name == name]
        return found

    def attributes(self, name: str) -> dict[str, Any]:
        return dict(self.span(name).attributes or {})

    def payload(self, name: str, side: str) -> Any:
        """Input or output of a hop, as JSON."""
        return json.loads(self.attributes(name)[f"misstep.{side}"])

    def parent(self, name: str) -> str | None:
        """The name of a span's parent."""
        span = self.span(name)
        if span.parent is None:
            return None
        return next(
            s.name for s in self.spans() if s.context and s.context.span_id == span.parent.span_id
        )

    def findings(self, name: str) -> list[tuple[str, str, str]]:
        """(rule, path, message) of each finding on a span."""
        found = [dict(e.attributes or {}) for e in self.span(name).events]
        return [
            (
                str(a["misstep.finding.rule"]),
                str(a.get("misstep.finding.path")),
                str(a["misstep.finding.message"]),
            )
            for a in found
            if "misstep.finding.rule" in a
        ]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Recorded]:
    """Starts recording with the arguments of init; our own mistakes fail the test."""
    monkeypatch.setenv("MISSTEP_DEBUG", "1")

    def begin(**arguments: Any) -> Recorded:
        made = Recorded()
        misstep.init(exporter=made.exporter, service="tests", **arguments)
        return made

    return begin


@pytest.fixture
def recorded(start: Callable[..., Recorded]) -> Recorded:
    return start()


@dataclass
class Collector:
    """An OTLP/HTTP receiver that can be told to fail, to hang, or to be a misstep server."""

    url: str = ""
    status: int = 200
    is_misstep: bool = False
    hang: threading.Event | None = None
    traces: list[ExportTraceServiceRequest] = field(default_factory=list)
    logs: list[ExportLogsServiceRequest] = field(default_factory=list)
    refused: int = 0
    raw: list[bytes] = field(default_factory=list)

    def names(self) -> list[str]:
        """Names of all spans, in the order they came."""
        return [s.name for s in self.spans()]

    def spans(self) -> list[Any]:
        return [
            s
            for request in list(self.traces)
            for r in request.resource_spans
            for scope in r.scope_spans
            for s in scope.spans
        ]

    def starts(self) -> list[Any]:
        """Log records that announce open hops."""
        return [
            record
            for request in list(self.logs)
            for r in request.resource_logs
            for scope in r.scope_logs
            for record in scope.log_records
        ]


def wait_for(condition: Callable[[], Any], timeout_s: float = 60) -> Any:
    """Waits until something holds, and returns it."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"did not come true in {timeout_s} s")


@pytest.fixture
def until() -> Callable[..., Any]:
    return wait_for


@pytest.fixture
def collector() -> Iterator[Collector]:
    with serve(Collector()) as made:
        yield made


@pytest.fixture
def collectors() -> Iterator[Callable[[], Any]]:
    """Makes further collectors."""
    import contextlib

    with contextlib.ExitStack() as stack:
        yield lambda **settings: stack.enter_context(serve(Collector(**settings)))


class serve:
    """Runs a collector on a free port; ``port`` makes it come back where it was."""

    def __init__(self, made: Collector, port: int = 0) -> None:
        self.collector = made
        self._port = port

    def __enter__(self) -> Collector:
        made = self.collector

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                body = json.dumps({"status": "ok", "store": "x", "version": "1"}).encode()
                self._answer(200 if made.is_misstep else 404, body if made.is_misstep else b"")

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                if made.hang is not None:
                    made.hang.wait()
                if made.status != 200:
                    made.refused += 1
                    self._answer(made.status, b"")
                    return
                made.raw.append(body)
                if self.path.endswith("/v1/logs"):
                    made.logs.append(ExportLogsServiceRequest.FromString(body))
                else:
                    made.traces.append(ExportTraceServiceRequest.FromString(body))
                self._answer(200, b"")

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, *_: Any) -> None:
                pass  # a client that hung up

        self._server = Server(("127.0.0.1", self._port), Handler)
        made.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return made

    def __exit__(self, *_: object) -> None:
        if self.collector.hang is not None:
            self.collector.hang.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def serving() -> Callable[..., serve]:
    """A collector that comes and goes: ``with serving(port)``."""
    return lambda port=0: serve(Collector(), port or free_port())


@dataclass
class Ran:
    """A program that ended."""

    code: int
    out: str
    err: str
    seconds: float


@pytest.fixture
def program(tmp_path: Path, state: Path) -> Callable[..., Any]:
    """Writes a program and runs it as a process of its own; ``wait=False`` gives the process."""

    def run(
        source: str,
        *,
        env: dict[str, str] | None = None,
        command: list[str] | None = None,
        wait: bool = True,
        name: str = "app.py",
    ) -> Any:
        path = tmp_path / name
        path.write_text(textwrap.dedent(source))
        environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("MISSTEP_", "OTEL_"))},
            "XDG_STATE_HOME": str(state),
            "PYTHONPATH": str(tmp_path),
            **(env or {}),
        }
        argv = command if command is not None else [sys.executable, str(path)]
        if not wait:
            return subprocess.Popen(
                argv,
                env=environment,
                cwd=tmp_path,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        began = time.monotonic()
        done = subprocess.run(
            argv,
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr, time.monotonic() - began)

    return run
