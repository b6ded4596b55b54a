"""The receiver over real sockets, with a real store behind it."""

from __future__ import annotations

import gzip
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import grpc
import httpx
import pytest
import zstandard
from google.rpc.status_pb2 import Status
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from misstep.errors import EndpointError, NotFound, StoreBusy, UsageError
from misstep.owner import find_owner
from misstep_store import store as storing
from misstep_store.columnar.fast import FAST
from misstep_store.reader import RunQuery
from misstep_store.serve import punctual
from misstep_store.serve.client import HttpReader
from misstep_store.serve.server import Server

PROTOBUF = {"content-type": "application/x-protobuf"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path / "t.duckdb", otlp_port=0, grpc_port=0, ui_port=None) as running:
        yield running


def one_span(trace: int = 1) -> bytes:
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add()
    span.trace_id, span.span_id = trace.to_bytes(16, "big"), (7).to_bytes(8, "big")
    span.name = "chat"
    span.start_time_unix_nano = time.time_ns()
    span.end_time_unix_nano = span.start_time_unix_nano + 1_000_000
    return request.SerializeToString()


def post(server: Server, body: bytes, path: str = "/v1/traces", **headers: str) -> httpx.Response:
    given = PROTOBUF | {k.replace("_", "-"): v for k, v in headers.items()}
    return httpx.post(server.otlp_url + path, content=body, headers=given, timeout=60)


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [
        ("identity", bytes),
        ("gzip", gzip.compress),
        ("GZIP", gzip.compress),
        ("deflate", zlib.compress),
        ("zstd", zstandard.ZstdCompressor().compress),
    ],
)
def test_an_acknowledged_span_is_in_the_next_query(server, encoding, pack) -> None:
    answer = post(server, pack(one_span()), content_encoding=encoding)
    assert (answer.status_code, answer.content) == (200, b"")
    runs = httpx.get(f"{server.otlp_url}/api/runs", timeout=60).json()["runs"]
    assert [run["run_id"] for run in runs] == ["0" * 31 + "1"]


def test_a_json_batch_with_charset_and_upper_case_type_is_taken(server) -> None:
    answer = post(server, b'{"resourceSpans":[]}', content_type="Application/JSON; charset=UTF-8")
    assert (answer.status_code, answer.json()) == (200, {})


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"\xff\xff\xff", {}, 400),
        (one_span()[:-3], {}, 400),
        (b"not gzip", {"content_encoding": "gzip"}, 400),
        (gzip.compress(one_span())[:-6], {"content_encoding": "gzip"}, 400),
        (zstandard.compress(one_span())[:-4], {"content_encoding": "zstd"}, 400),
        (b"x", {"content_encoding": "br"}, 415),
        (b"x", {"content_type": "text/plain"}, 415),
    ],
    ids=["random", "cut short", "not gzip", "cut gzip", "cut zstd", "brotli", "text"],
)
def test_what_cannot_be_read_is_refused_with_a_status_in_protobuf(
    server, body, headers, status
) -> None:
    answer = post(server, body, **headers)
    assert answer.status_code == status
    assert Status.FromString(answer.content).message


def test_a_malformed_json_body_is_refused_in_json(server) -> None:
    answer = post(server, b"{", content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["message"]


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_a_wrong_method_is_answered_405(server, method) -> None:
    answer = httpx.request(method, f"{server.otlp_url}/v1/traces", timeout=60)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("zstd", zstandard.compress), ("", bytes)]
)
def test_too_large_a_body_is_413_in_either_form(server, monkeypatch, encoding, pack) -> None:
    monkeypatch.setenv("MISSTEP_MAX_BODY_BYTES", "100000")
    assert post(server, pack(b"\0" * 5_000_000), content_encoding=encoding).status_code == 413


def test_a_store_that_cannot_write_is_503_with_retry_after(server, monkeypatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(server.store.database, "write", full)
    answer = post(server, one_span())
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1


@pytest.mark.parametrize("way", ["objects", "columns"])
def test_a_slow_commit_is_503_with_its_reason_and_does_no_harm(server, way, monkeypatch) -> None:
    if way == "columns":
        assert FAST.wait(300) is not None
    else:
        monkeypatch.setattr(FAST, "module", None)
    real, may_go = server.store.database.write, threading.Event()

    def slow(*given: object, **named: object) -> None:
        assert may_go.wait(300)
        real(*given, **named)

    body = one_span()
    with monkeypatch.context() as held:
        held.setattr(server.store.database, "write", slow)
        held.setattr(storing, "COMMIT_TIMEOUT_S", 0.2)
        answer = post(server, body)
        may_go.set()
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    assert "not committed it within 0.2 s" in Status.FromString(answer.content).message
    assert post(server, body).status_code == 200
    assert post(server, one_span(2)).status_code == 200
    assert server.reader.stats().spans == 2


def test_a_slow_commit_is_unavailable_over_grpc(server, monkeypatch) -> None:
    real, may_go = server.store.database.write, threading.Event()

    def slow(*given: object, **named: object) -> None:
        assert may_go.wait(300)
        real(*given, **named)

    with monkeypatch.context() as held, grpc.insecure_channel(server.grpc_address) as channel:
        held.setattr(server.store.database, "write", slow)
        held.setattr(storing, "COMMIT_TIMEOUT_S", 0.2)
        stub = TraceServiceStub(channel)
        with pytest.raises(grpc.RpcError, match=r"not committed it within 0\.2 s") as told:
            stub.Export(ExportTraceServiceRequest.FromString(one_span()), timeout=60)
        may_go.set()
    assert told.value.code() is grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize("kind", ["http", "grpc"])
def test_spans_of_the_real_exporters_arrive(server, kind) -> None:
    if kind == "http":
        exporter = HttpExporter(endpoint=f"{server.otlp_url}/v1/traces")
    else:
        exporter = GrpcExporter(endpoint=server.grpc_address, insecure=True)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with provider.get_tracer("t").start_as_current_span("chat"):
        pass
    provider.shutdown()
    assert len(server.reader.runs(RunQuery()).runs) == 1


def test_a_foreign_host_or_origin_is_refused(server) -> None:
    url = f"{server.otlp_url}/api/runs"
    assert httpx.get(url, headers={"host": "evil.example"}, timeout=60).status_code == 403
    assert httpx.get(url, headers={"origin": "http://evil.example"}, timeout=60).status_code == 403


def test_unknown_runs_and_bad_parameters_are_answered_in_a_sentence(server) -> None:
    unknown = httpx.get(f"{server.otlp_url}/api/runs/{'f' * 32}", timeout=60)
    wrong = httpx.get(f"{server.otlp_url}/api/runs?limit=0", timeout=60)
    assert (unknown.status_code, wrong.status_code) == (404, 400)
    assert unknown.json()["error"] and wrong.json()["error"]


def test_the_client_reads_what_the_store_reads(server) -> None:
    post(server, one_span())
    client = HttpReader(server.otlp_url)
    try:
        assert client.runs(RunQuery()) == server.reader.runs(RunQuery())
        with pytest.raises(NotFound):
            client.run("f" * 32)
    finally:
        client.close()


def test_an_absent_server_is_named_in_one_sentence() -> None:
    client = HttpReader("http://127.0.0.1:9")
    try:
        with pytest.raises(EndpointError, match="misstep up"):
            client.stats()
    finally:
        client.close()


def test_a_server_owns_its_store_and_lets_it_go(tmp_path) -> None:
    path = tmp_path / "t.duckdb"
    with Server(path, otlp_port=0, grpc_port=0, ui_port=None):
        assert find_owner(path) is not None
        with pytest.raises(StoreBusy, match="served already"):
            Server(path, otlp_port=0, grpc_port=0, ui_port=None).__enter__()
    assert find_owner(path) is None


def test_a_port_in_use_names_the_flag(server, tmp_path) -> None:
    port = int(server.otlp_url.rpartition(":")[2])
    with pytest.raises(UsageError, match="--otlp-port"):
        Server(tmp_path / "o.duckdb", otlp_port=port, grpc_port=0, ui_port=None).__enter__()


def test_a_port_of_the_grpc_receiver_in_use_names_the_flag(server, tmp_path) -> None:
    port = int(server.grpc_address.rpartition(":")[2])
    with pytest.raises(UsageError, match="--grpc-port"):
        Server(tmp_path / "o.duckdb", otlp_port=0, grpc_port=port, ui_port=None).__enter__()


def test_a_sender_that_never_ends_its_headers_is_hung_up_on(server, monkeypatch) -> None:
    monkeypatch.setattr(punctual, "HEADER_TIMEOUT_S", 0.2)
    port = int(server.otlp_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=30) as slow:
        slow.sendall(b"POST /v1/traces HTTP/1.1\r\nhost: 127.0.0.1\r\nx-more: ")
        assert slow.recv(100) == b""
    assert post(server, one_span()).status_code == 200


@pytest.mark.parametrize("requests", [1, 10])
def test_a_trace_of_a_hundred_thousand_spans_is_one_run(server, requests) -> None:
    """In one request, and in ten of which the root's comes last."""
    spans, trace, now = 100_000, (5).to_bytes(16, "big"), time.time_ns()
    step = spans // requests
    for low in reversed(range(0, spans, step)):
        request = ExportTraceServiceRequest()
        scoped = request.resource_spans.add().scope_spans.add()
        for number in range(low + 1, low + step + 1):
            scoped.spans.add(
                trace_id=trace,
                span_id=number.to_bytes(8, "big"),
                parent_span_id=b"" if number == 1 else (1).to_bytes(8, "big"),
                name="step",
                start_time_unix_nano=now + number,
                end_time_unix_nano=now + 10**9,
            )
        answer = post(server, request.SerializeToString())
        assert (answer.status_code, answer.content) == (200, b"")
    (run,) = httpx.get(f"{server.otlp_url}/api/runs", timeout=60).json()["runs"]
    assert run["run_id"] == trace.hex()
    assert run["hop_count"] >= spans - 1
    assert server.reader.stats().spans == spans
