"""The figures of misstep itself: caller, whole process, model calls, memory, end of a process."""

from __future__ import annotations

import dataclasses
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.tracer import collector, work
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    SpanExporter,
    SpanExportResult,
)

import misstep


class Nowhere(SpanExporter):
    """Takes everything at once."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return SpanExportResult.SUCCESS


def caller(rounds: int, *, runs: int = 25, pause_s: float = 0.0, documents: bool = False) -> Any:
    """µs of CPU a span on the caller's thread: bare SDK, misstep, misstep with ``provider=``."""
    tracer = work.silent_provider().get_tracer("bench")

    def bare() -> float:
        return work.caller_us(work.bare(tracer, documents=documents), runs, pause_s=pause_s)

    def recorded(**arguments: Any) -> float:
        misstep.init(exporter=Nowhere(), auto=False, **arguments)
        run = work.ours(documents=documents)
        run()  # facts of the functions are worked out once, by the worker
        misstep.flush()
        cost = work.caller_us(run, runs, pause_s=pause_s)
        misstep.flush()
        misstep.shutdown()
        return cost

    def with_provider() -> float:
        provider = work.silent_provider()
        cost = recorded(provider=provider)
        provider.shutdown()
        return cost

    found = work.interleaved(
        {"bare_sdk": bare, "misstep": recorded, "misstep_provider": with_provider}, rounds
    )
    return dataclasses.asdict(found)


def whole_process(rounds: int, *, runs: int = 150) -> Any:
    """µs of CPU a span of the whole process with OTLP/HTTP export to another process."""
    with collector.running() as url:
        provider = TracerProvider(shutdown_on_exit=False)
        exporter = OTLPSpanExporter(endpoint=url + "/v1/traces")
        # The same queue and batch as ours, so that nothing is dropped.
        provider.add_span_processor(
            BatchSpanProcessor(exporter, max_queue_size=16_384, schedule_delay_millis=500)
        )
        tracer = provider.get_tracer("bench")
        misstep.init(endpoint=url, auto=False)
        bare, recorded = work.bare(tracer), work.ours()
        for warm, flush in ((bare, provider.force_flush), (recorded, misstep.flush)):
            work.process_us(warm, 20, flush)
        before = dict(misstep.dropped())
        found = work.interleaved(
            {
                "bare_sdk": lambda: work.process_us(bare, runs, provider.force_flush),
                "misstep": lambda: work.process_us(recorded, runs, lambda: misstep.flush(30)),
            },
            rounds,
        )
        dropped = {k: n - before.get(k, 0) for k, n in misstep.dropped().items()}
        misstep.shutdown()
        provider.shutdown()
    return {**dataclasses.asdict(found), "dropped": {k: n for k, n in dropped.items() if n}}


_CALL_MS = 20.0


def model_call(calls: int) -> Any:
    """Wall-clock ms of an httpx call of about 20 ms to the local provider, without and with us.

    One call without, one with, in turn; ratio of the medians, and the CPU on the caller's thread."""
    import httpx

    from misstep_examples.provider import LocalProvider

    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": work.TEXT_IN}]}
    found: dict[bool, list[tuple[float, float]]] = {False: [], True: []}

    def timed(client: httpx.Client) -> tuple[float, float]:
        wall, cpu = time.perf_counter(), time.thread_time()
        client.post("/v1/chat/completions", json=body).raise_for_status()
        return (time.perf_counter() - wall) * 1000, (time.thread_time() - cpu) * 1000

    def median_ms(scale: float) -> float:
        with (
            LocalProvider(latency=scale) as provider,
            httpx.Client(base_url=provider.url) as client,
        ):
            return statistics.median(timed(client)[0] for _ in range(8))

    scale = 0.1  # of the provider's own waiting; found by trying
    for _ in range(4):
        scale *= _CALL_MS / median_ms(scale)
    misstep.init(exporter=Nowhere())
    with LocalProvider(latency=scale) as provider, httpx.Client(base_url=provider.url) as client:
        for number in range(2 * calls + 10):
            recorded = number % 2 == 1
            (misstep.instrument if recorded else misstep.uninstrument)()
            times = timed(client)
            if number >= 10:
                found[recorded].append(times)
    misstep.shutdown()
    walls, cpus = (
        {name: statistics.median(t[k] for t in found[kept]) for name, kept in _BOTH.items()}
        for k in (0, 1)
    )
    return {
        "medians_ms": {k: round(v, 3) for k, v in walls.items()},
        "caller_cpu_ms": {k: round(v, 3) for k, v in cpus.items()},
        "ratios": {"bare": 1.0, "misstep": round(walls["misstep"] / walls["bare"], 4)},
        "calls": calls,
    }


_BOTH = {"bare": False, "misstep": True}


_MEMORY = """
import os, sys, misstep
from bench.tracer.costs import Nowhere, rss_mib
misstep.init(exporter=Nowhere(), auto=False)
step = misstep.hop(name="step")(lambda text: text[:512])
text = "x" * 1024
total = int(sys.argv[1])
for n in range(5000):
    step(text)
misstep.flush(30)
start = top = rss_mib()
for n in range(total):
    step(text)
    if n % 5000 == 0:
        top = max(top, rss_mib())
misstep.flush(60)
lost = {k: v for k, v in misstep.dropped().items()}
print(start, max(top, rss_mib()), rss_mib(), sum(lost.values()))
"""


def rss_mib() -> float:
    """Resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024


def memory(hops: int) -> Any:
    """MiB of memory over ``hops`` hops in one process, as fast as they can be made."""
    done = subprocess.run(
        [sys.executable, "-c", _MEMORY, str(hops)], capture_output=True, text=True, check=True
    )
    start, top, end, lost = map(float, done.stdout.split())
    return {
        "hops": hops,
        "start_mib": round(start, 1),
        "top_above_start_mib": round(top - start, 1),
        "end_above_start_mib": round(end - start, 1),
        "dropped_and_counted": int(lost),
    }


_END = """
import sys, time, atexit
began = []
atexit.register(lambda: print(time.monotonic() - began[0]))  # runs last: registered first
import misstep
misstep.init(endpoint=sys.argv[1], auto=False)
step = misstep.hop(name="step")(lambda n: "x" * 500)
for n in range(5000):
    step(n)
began.append(time.monotonic())
"""


def end_of_process() -> Any:
    """Seconds from the end of a program to that of its process, 5,000 hops waiting."""
    import tempfile

    found = {}
    with collector.running() as up, tempfile.TemporaryDirectory() as state, Hanging() as hung:
        for name, url in (("up", up), ("refused", "http://127.0.0.1:9"), ("hangs", hung)):
            times = []
            for _ in range(3):
                done = subprocess.run(
                    [sys.executable, "-c", _END, url],
                    capture_output=True,
                    text=True,
                    check=True,
                    env={**os.environ, "XDG_STATE_HOME": state},
                )
                times.append(float(done.stdout.split()[-1]))
            found[f"collector_{name}_s"] = round(statistics.median(times), 2)
    return found


class Hanging:
    """A socket that accepts and never answers."""

    def __enter__(self) -> str:
        import socket

        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._socket.close()
