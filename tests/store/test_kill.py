"""R1: a server that is killed leaves every span it acknowledged, once, and no half of a batch.

Five kills; ``MISSTEP_KILLS=100`` makes it a hundred.
"""

from __future__ import annotations

import os
import random
import signal
import threading
from pathlib import Path

import duckdb
import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from served import Up, empty_home, serving

from misstep_store.store import Store

KILLS = int(os.environ.get("MISSTEP_KILLS", "5"))
THREADS = 4
PORTS = ("--no-ui", "--otlp-port", "0", "--grpc-port", "0")
PROTOBUF = {"content-type": "application/x-protobuf"}
START = 1_760_000_000 * 10**9


def batch(trace_id: bytes, spans: int) -> bytes:
    """A request of one trace."""
    made = ExportTraceServiceRequest()
    scoped = made.resource_spans.add().scope_spans.add()
    for number in range(spans):
        span = scoped.spans.add(trace_id=trace_id, span_id=(number + 1).to_bytes(8, "big"))
        span.name = "chat"
        span.start_time_unix_nano = START + number
        span.end_time_unix_nano = START + 10**9
        span.attributes.add(key="input.value").value.string_value = "word " * 40
    return made.SerializeToString()


class Burst:
    """Threads that post until nobody answers; what was sent and what was acknowledged."""

    def __init__(self, url: str, seed: int) -> None:
        self.sent: dict[str, int] = {}
        self.acknowledged: set[str] = set()
        self.some = threading.Event()
        self._url = f"{url}/v1/traces"
        self._threads = [
            threading.Thread(target=self._post, args=(random.Random(seed * THREADS + n),))
            for n in range(THREADS)
        ]
        for thread in self._threads:
            thread.start()

    def _post(self, rng: random.Random) -> None:
        with httpx.Client(timeout=60, headers=PROTOBUF) as client:
            while True:
                trace_id, spans = rng.randbytes(16), rng.choice((1, 3, 20, 300))
                body = batch(trace_id, spans)
                self.sent[trace_id.hex()] = spans
                try:
                    answer = client.post(self._url, content=body)
                except httpx.TransportError:
                    return
                if answer.status_code == 200:
                    self.acknowledged.add(trace_id.hex())
                    self.some.set()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(90)
            assert not thread.is_alive()


def killed_in_a_burst(server: Up, seed: int) -> Burst:
    burst = Burst(server.otlp, seed)
    try:
        assert burst.some.wait(60)
        # Any moment will do; the compiled walker takes over after a second or two.
        latest = 4 if KILLS > 5 or seed == KILLS - 1 else 0.5
        threading.Event().wait(random.Random(seed).uniform(0, latest))
    finally:
        server.stop(signal.SIGKILL)
        burst.join()
    return burst


def stored(path: Path) -> dict[str, tuple[int, int]]:
    """{trace id: (spans, unlike spans)} as DuckDB itself reads the file."""
    with duckdb.connect(str(path)) as connection:
        found = connection.execute(
            "SELECT trace_id, count(*), count(DISTINCT span_id) FROM spans GROUP BY 1"
        ).fetchall()
    return {trace_id: (spans, unlike) for trace_id, spans, unlike in found}


def test_a_killed_server_leaves_what_it_acknowledged_once_and_no_half_batch(tmp_path: Path) -> None:
    path, environment = tmp_path / "t.duckdb", empty_home(tmp_path / "home")
    sent: dict[str, int] = {}
    acknowledged: set[str] = set()
    for seed in range(KILLS):
        with serving(path, *PORTS, environment=environment) as server:
            burst = killed_in_a_burst(server, seed)
        sent |= burst.sent
        acknowledged |= burst.acknowledged
        found = stored(path)
        lost = {i for i in acknowledged if found.get(i) != (sent[i], sent[i])}
        assert not lost, f"kill {seed}: {len(lost)} of {len(acknowledged)} acknowledged"
        assert all(found[i] == (sent[i], sent[i]) for i in found), f"kill {seed}: half a batch"
        assert found.keys() <= sent.keys()
    assert len(acknowledged) >= KILLS
    with Store.open(path) as store:
        assert store.reader.stats().spans == sum(spans for spans, _ in found.values())
