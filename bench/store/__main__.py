"""``python -m bench.store``: ingest over HTTP beside upb on one core, written as JSON.

What is measured: spans acknowledged (committed and visible) a second, latency of acknowledgements,
the server's CPU and memory, bytes a span; small batches at a steady pace; in the same run how fast upb
makes tuples of the same bodies on one core, and what Arize Phoenix does with some of them; and what
conversations take on disk whose every turn repeats all turns before it. Query figures:
``python -m bench.store.queries``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson
from bench.store import paced, phoenix
from bench.store.sending import send
from bench.store.workload import Workload
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from misstep_store.columnar.fast import FAST
from misstep_store.store import Store

BATCH = 512
AGENTS, TURNS = 200, 20
_TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measures and writes."""
    parser = argparse.ArgumentParser(prog="python -m bench.store")
    parser.add_argument("--spans", type=int, default=200_000)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3, help="of ingest; the middle one counts")
    parser.add_argument(
        "--peer-spans", type=int, default=10_240, help="for Phoenix; 0: leave it out"
    )
    parser.add_argument("--out", type=Path, default=Path("bench/results/store.json"))
    asked = parser.parse_args()
    subprocess.run([sys.executable, "-m", "misstep_store.columnar"], check=True)
    bodies = list(Workload(1, time.time_ns() - 10**13).batches(asked.spans, BATCH))
    result = {
        "spans": len(bodies) * BATCH,
        "bytes_a_span_on_the_wire": sum(map(len, bodies)) / len(bodies) / BATCH,
        "upb_tuples_spans_per_s": upb(bodies[:20]),
        **middle([ingest(bodies, asked.connections) for _ in range(asked.rounds)]),
        "conversations": conversations(),
        "load_average": os.getloadavg(),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "versions": {n: version(n) for n in ("duckdb", "numba", "pyarrow", "protobuf", "uvicorn")},
    }
    result["ratio_to_upb"] = (
        result["ingest"]["spans_per_s"] / result["upb_tuples_spans_per_s"]  # type: ignore[index]
    )
    if asked.peer_spans:
        result["peers"] = {"phoenix": phoenix.measure(bodies[: asked.peer_spans // BATCH])}
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


def upb(bodies: list[bytes]) -> float:
    """Spans a second that upb and Python make into tuples on one core, by CPU time."""
    begun = time.thread_time()
    for body in bodies:
        for group in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scoped in group.scope_spans:
                made = [
                    (
                        s.trace_id,
                        s.span_id,
                        s.parent_span_id,
                        s.name,
                        s.kind,
                        s.start_time_unix_nano,
                        s.end_time_unix_nano,
                        s.status.code,
                        orjson.dumps({a.key: value_of(a.value) for a in s.attributes}),
                    )
                    for s in scoped.spans
                ]
                assert made
    return len(bodies) * BATCH / (time.thread_time() - begun)


def value_of(value: Any) -> Any:
    """An attribute's value, texts first."""
    text = value.string_value
    if text:
        return text
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [value_of(v) for v in value.array_value.values]
    return getattr(value, kind) if kind else None


def middle(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """The round in the middle by its speed, and the speeds of all."""
    ordered = sorted(rounds, key=lambda made: float(made["spans_per_s"]))
    return {
        "ingest": ordered[len(ordered) // 2],
        "rounds_spans_per_s": [made["spans_per_s"] for made in rounds],
    }


def ingest(bodies: list[bytes], connections: int) -> dict[str, Any]:
    """What a server of its own does with the bodies; the first sixteen warm it up."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "t.duckdb"
        code = "from misstep.command import main; main()"
        command = [sys.executable, "-c", code, "up", "--no-ui", "--store", str(store)]
        ports = ["--otlp-port", "0", "--grpc-port", "0"]
        server = subprocess.Popen([*command, *ports], stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            found = re.search(r"otlp=http://[^ ]*:(\d+)", server.stdout.readline())
            assert found is not None, "the server did not start"
            port = int(found[1])
            send(port, bodies[:16], 8)
            time.sleep(10)  # the compiled decoder is loaded on a thread meanwhile
            small = {"single_post": paced.single(port), "paced": paced.paced(port)}
            before = cpu_s(server.pid)
            sent = send(port, bodies[16:], connections)
            spans = sent.acknowledged * BATCH
            found_out = {
                **small,
                "spans_per_s": spans / sent.seconds,
                "ack_p50_ms": sent.percentile_ms(0.5),
                "ack_p99_ms": sent.percentile_ms(0.99),
                "refused": sent.refused,
                "server_cpu_us_a_span": (cpu_s(server.pid) - before) / spans * 1e6,
                "peak_memory_mib": peak_mib(server.pid),
            }
        finally:
            server.terminate()
            server.wait(60)
        stored = len(bodies) * BATCH + paced.SPANS
        return found_out | {"file_bytes_a_span": size_of(store) / stored}


def conversations() -> dict[str, Any]:
    """Two hundred agents at the same time, twenty turns each: bytes on the wire and in the file."""
    bodies = Workload(2, time.time_ns() - 10**13).conversations(AGENTS, TURNS)
    spans = AGENTS * TURNS
    FAST.wait(300)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "t.duckdb"
        with Store.open(path) as store:
            queued = [store.submit_body(body) for body in bodies]
            for one in queued:
                assert one is not None
                one.result(60)
        return {
            "agents": AGENTS,
            "turns": TURNS,
            "wire_bytes_a_span": sum(map(len, bodies)) / spans,
            "file_bytes_a_span": size_of(path) / spans,
        }


def size_of(store: Path) -> int:
    """Bytes of a closed store's file, and of its log if that is not in the file yet."""
    files = (store, store.with_name(store.name + ".wal"))
    return sum(file.stat().st_size for file in files if file.exists())


def cpu_s(pid: int) -> float:
    """Processor seconds a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def peak_mib(pid: int) -> float:
    """The most memory a process has held."""
    found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    main()
