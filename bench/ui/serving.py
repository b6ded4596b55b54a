"""A recorded demo, a served store and runs of any length, for the browser to open."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

COMMAND = str(Path(sys.executable).with_name("misstep"))
BATCH = 100_000
MS = 1_000_000


@dataclass(frozen=True)
class Served:
    """Addresses of a running ``misstep up``."""

    ui: str
    otlp: str

    def get(self, path: str) -> Any:
        """A GET of the JSON API."""
        with urllib.request.urlopen(self.ui + path, timeout=600) as answer:
            return json.load(answer)


def record_demo(store: Path) -> None:
    """The demo's runs in ``store``."""
    command = [COMMAND, "demo", "--no-ui", "--store", str(store)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


@contextmanager
def serving(store: Path) -> Iterator[Served]:
    """``misstep up`` on free ports until the block ends."""
    log = store.with_suffix(".log")
    ports = ["--otlp-port", "0", "--grpc-port", "0", "--ui-port", "0"]
    with log.open("w") as printed:
        process = subprocess.Popen([COMMAND, "up", "--store", str(store), *ports], stdout=printed)
    try:
        while "ready " not in log.read_text():
            if process.poll() is not None:
                raise RuntimeError(log.read_text())
            time.sleep(0.1)
        line = next(text for text in log.read_text().splitlines() if text.startswith("ready "))
        said = dict(word.split("=", 1) for word in line.split()[1:] if "=" in word)
        yield Served(said["ui"], said["otlp"])
    finally:
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()


def fill_run(served: Served, hops: int) -> str:
    """A run of agents with calls inside, sent over OTLP; its run id."""
    trace, start = hops.to_bytes(16, "big"), time.time_ns()
    for low in range(0, hops, BATCH):
        request = ExportTraceServiceRequest()
        scope = request.resource_spans.add().scope_spans.add()
        scope.scope.name = "misstep"
        if low == 0:
            _span(scope.spans.add(), trace, 1, None, start, 0, hops * 2.0, "run", "long", "chain")
        for n in range(low, min(hops, low + BATCH)):
            agent = n % 20 == 0
            parent = 1 if agent else n - n % 20 + 2
            kind = "agent" if agent else ("llm", "tool", "retriever")[n % 3]
            name = "plan" if agent else f"call_{n % 7}"
            length = 39.0 if agent else 1.5
            _span(
                scope.spans.add(), trace, n + 2, parent, start, n * 2.0, length, "hop", name, kind
            )
        post = urllib.request.Request(
            f"{served.otlp}/v1/traces",
            data=request.SerializeToString(),
            headers={"content-type": "application/x-protobuf"},
        )
        urllib.request.urlopen(post, timeout=600).close()
    return trace.hex()


def _span(
    span: Any,
    trace: bytes,
    number: int,
    parent: int | None,
    start: int,
    at_ms: float,
    length_ms: float,
    role: str,
    name: str,
    kind: str,
) -> None:
    span.trace_id, span.span_id, span.name = trace, number.to_bytes(8, "big"), name
    if parent is not None:
        span.parent_span_id = parent.to_bytes(8, "big")
    span.start_time_unix_nano = start + int(at_ms * MS)
    span.end_time_unix_nano = span.start_time_unix_nano + int(length_ms * MS)
    told = {"misstep.schema": "1", "misstep.role": role, "misstep.output": f'{{"n":{number}}}'}
    if role == "run":
        told["misstep.pipeline"] = name
    else:
        told |= {"misstep.hop.name": name, "misstep.hop.kind": kind}
    for key, value in told.items():
        attribute = span.attributes.add()
        attribute.key, attribute.value.string_value = key, value
