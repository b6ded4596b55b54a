"""R5: what is sent cannot make a server hold more than its caps allow."""

from __future__ import annotations

import re
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import grpc
import httpx
import pytest
import zstandard
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from served import Up, empty_home, serving

MIB = 1024 * 1024
MOST_GROWTH_MIB = 128
PORTS = ("--no-ui", "--otlp-port", "0", "--grpc-port", "0")
PROTOBUF = {"content-type": "application/x-protobuf"}


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Up]:
    if sys.platform != "linux":
        pytest.skip("reads /proc")
    folder = tmp_path_factory.mktemp("memory")
    with serving(folder / "t.duckdb", *PORTS, environment=empty_home(folder)) as running:
        large = body(1, 100_000)  # the first large one loads the compiled decoder, which stays
        assert httpx.post(f"{running.otlp}/v1/traces", content=large, headers=PROTOBUF, timeout=60)
        wait_until_it_rests(running)
        yield running


def wait_until_it_rests(server: Up) -> None:
    """Until the compiled decoder is loaded and a second passes in which the server does nothing."""
    process = Path(f"/proc/{server.process.pid}")
    deadline, worked = time.monotonic() + 120, -1
    while time.monotonic() < deadline:
        fields = (process / "stat").read_text().rsplit(")", 1)[1].split()
        ticks = int(fields[11]) + int(fields[12])
        if ticks - worked <= 2 and "llvmlite" in (process / "maps").read_text():
            return
        worked = ticks
        time.sleep(1)
    raise AssertionError("the server did not come to rest in two minutes")


def body(trace: int, size: int) -> bytes:
    """A request of one span with a text of that many bytes."""
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add()
    span.trace_id, span.span_id = trace.to_bytes(16, "big"), b"\1" * 8
    span.start_time_unix_nano, span.end_time_unix_nano = (
        1_760_000_000 * 10**9,
        1_760_000_001 * 10**9,
    )
    span.attributes.add(key="input.value").value.string_value = "x" * size
    return request.SerializeToString()


def memory_mib(server: Up, name: str) -> float:
    """VmRSS: what the server holds; VmHWM: the most it held."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(re.findall(rf"{name}:\s+(\d+)", status)[0]) / 1024


def memory_now_mib(server: Up) -> float:
    """What the server holds; from here on VmHWM is the most it held since."""
    Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")
    return memory_mib(server, "VmRSS")


def gzip_bomb() -> Iterator[bytes]:
    """A gibibyte of zeros, a mebibyte on the wire."""
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    zeros = bytes(16 * MIB)
    for _ in range(64):
        yield packer.compress(zeros)
    yield packer.flush()


def zstd_bomb() -> Iterator[bytes]:
    packer = zstandard.ZstdCompressor(level=1).compressobj()
    zeros = bytes(16 * MIB)
    for _ in range(64):
        yield packer.compress(zeros)
    yield packer.flush()


@pytest.mark.parametrize(
    ("encoding", "bomb"), [("gzip", gzip_bomb), ("zstd", zstd_bomb)], ids=["gzip", "zstd"]
)
def test_a_gibibyte_of_zeros_is_413_and_is_never_held(server, encoding, bomb) -> None:
    packed = b"".join(bomb())
    assert len(packed) < 6 * MIB
    before = memory_now_mib(server)
    for _ in range(2):
        headers = PROTOBUF | {"content-encoding": encoding}
        answer = httpx.post(f"{server.otlp}/v1/traces", content=packed, headers=headers, timeout=60)
        assert answer.status_code == 413
        assert "decompresses to more than" in Status.FromString(answer.content).message
    assert memory_mib(server, "VmHWM") - before <= MOST_GROWTH_MIB


def test_a_bomb_over_grpc_is_refused_and_never_held(server) -> None:
    before = memory_now_mib(server)
    options = [("grpc.max_send_message_length", -1)]
    path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
    with (
        grpc.insecure_channel(
            server.grpc, options=options, compression=grpc.Compression.Gzip
        ) as channel,
        pytest.raises(grpc.RpcError) as told,
    ):
        channel.unary_unary(path)(bytes(512 * MIB), timeout=60)
    assert told.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert memory_mib(server, "VmHWM") - before <= MOST_GROWTH_MIB


def test_a_span_over_the_cap_is_413_and_one_below_it_is_stored(server) -> None:
    url = f"{server.otlp}/v1/traces"
    assert (
        httpx.post(url, content=body(2, 64 * MIB), headers=PROTOBUF, timeout=60).status_code == 413
    )
    assert (
        httpx.post(url, content=body(3, 16 * MIB), headers=PROTOBUF, timeout=60).status_code == 200
    )
    found = httpx.get(f"{server.otlp}/api/runs/{3:032x}?payloads=0", timeout=60)
    assert found.status_code == 200
    runs = httpx.get(f"{server.otlp}/api/runs", timeout=60).json()["runs"]
    assert {run["run_id"] for run in runs} == {f"{n:032x}" for n in (1, 3)}
