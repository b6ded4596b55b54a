"""Export to a collector that others wrote: rotel, a Rust OpenTelemetry collector from PyPI."""

from __future__ import annotations

import contextlib
import importlib.util
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from collecting import free_port, skip_unless_loaded

import misstep

_package = importlib.util.find_spec("rotel")
ROTEL = Path(str(_package.origin)).with_name("rotel-agent") if _package else None
pytestmark = pytest.mark.skipif(ROTEL is None, reason="rotel is not installed (it is in the lock)")


@pytest.fixture
def rotel(collector, until, tmp_path) -> Iterator[Any]:
    """rotel, handing on what it receives to our own collector."""
    for tries in range(5):  # another process may take a port before rotel does
        http, grpc = free_port(), free_port()
        with _started(collector.url, http, grpc, tmp_path) as process:

            def up(process: Any = process, http: int = http) -> bool:
                return process.poll() is not None or _answers(http)

            until(up)
            if process.poll() is None:
                yield http, grpc
                return
            said = process.stdout.read()
            skip_unless_loaded(said)
            assert "in use" in said and tries < 4, said


@contextlib.contextmanager
def _started(endpoint: str, http: int, grpc: int, folder: Path) -> Iterator[subprocess.Popen[str]]:
    command = [
        str(ROTEL),
        "start",
        "--otlp-http-endpoint",
        f"127.0.0.1:{http}",
        "--otlp-grpc-endpoint",
        f"127.0.0.1:{grpc}",
        "--exporter",
        "otlp",
        "--otlp-exporter-protocol",
        "http",
        "--otlp-exporter-endpoint",
        endpoint,
        "--batch-timeout",
        "100ms",
    ]
    out, err = subprocess.PIPE, subprocess.STDOUT
    process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=err, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=60)


def _answers(port: int) -> bool:
    try:
        httpx.get(f"http://127.0.0.1:{port}/")
    except httpx.TransportError:
        return False
    return True


@misstep.hop(kind="tool", output=int)
def step(n: int, text: str) -> dict[str, Any]:
    misstep.state({"n": n})
    return {"n": n, "nested": [None, True, 1.5, text]}


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_rotel_takes_our_spans_and_hands_them_on_unchanged(
    start, rotel, collector, until, protocol
) -> None:
    http, grpc = rotel
    endpoint = f"http://127.0.0.1:{http}" if protocol == "http" else f"grpc://127.0.0.1:{grpc}"
    recorded = start(endpoint=endpoint)
    with misstep.run("whole"):
        for n in range(20):
            step(n, "ü\u2028" * 100)
        with pytest.raises(ValueError), misstep.hop("fails"):
            raise ValueError("wrong")
    sent = {s.context.span_id: s for s in recorded.spans()}
    until(lambda: len(collector.spans()) == len(sent))
    for span in collector.spans():
        ours = sent[int.from_bytes(span.span_id, "big")]
        assert span.name == ours.name and len(span.events) == len(ours.events)
        texts = {a.key: a.value.string_value for a in span.attributes if a.value.string_value}
        assert texts == {k: v for k, v in ours.attributes.items() if isinstance(v, str)}
        assert span.status.code == ours.status.status_code.value
