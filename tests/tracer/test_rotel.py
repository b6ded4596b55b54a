"""Export to a collector that others wrote: rotel, a Rust OpenTelemetry collector from PyPI."""

from __future__ import annotations

import importlib.util
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

import misstep

_package = importlib.util.find_spec("rotel")
ROTEL = Path(str(_package.origin)).with_name("rotel-agent") if _package else None
pytestmark = pytest.mark.skipif(ROTEL is None, reason="rotel is not installed (it is in the lock)")


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


@pytest.fixture
def rotel(collector, until, tmp_path) -> Iterator[Any]:
    """rotel, handing on what it receives to our own collector."""
    http, grpc = free_port(), free_port()
    process = subprocess.Popen(
        [
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
            collector.url,
            "--batch-timeout",
            "100ms",
        ],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )

    def up() -> bool:
        assert process.poll() is None, process.stdout.read()
        try:
            httpx.get(f"http://127.0.0.1:{http}/")
        except httpx.TransportError:
            return False
        return True

    until(up)
    yield http, grpc
    process.terminate()
    process.communicate(timeout=20)


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
