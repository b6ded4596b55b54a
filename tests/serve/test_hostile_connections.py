"""R4 and R5: connections that lie about their bodies, stand still, are torn, or are too many."""

from __future__ import annotations

import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub
from spoilt import (
    CLIENT,
    JSON,
    PROTOBUF,
    WAYS,
    new_span,
    opened,
    request_with,
    sent,
    trace_id,
)

from misstep_store.serve import otlp_http
from misstep_store.serve.punctual import MAX_CONNECTIONS
from misstep_store.serve.server import Server


def connection(server: Server) -> socket.socket:
    port = int(server.otlp_url.rpartition(":")[2])
    return socket.create_connection(("127.0.0.1", port), timeout=60)


def head(length: int, more: str = "") -> bytes:
    return (
        f"POST /v1/traces HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: {length}\r\n"
        f"content-type: application/x-protobuf\r\n{more}\r\n"
    ).encode()


def told_by(one: socket.socket) -> bytes:
    """All of an answer, however many pieces it comes in; the server closes after it."""
    return b"".join(iter(lambda: one.recv(4096), b""))


def test_a_length_that_says_less_than_there_is_spoils_that_connection_alone(server) -> None:
    request, good, _ = request_with("numbers at their limits")
    body = request.SerializeToString()
    with connection(server) as lying:
        lying.sendall(head(10) + body)
        assert lying.recv(4096).startswith(b"HTTP/1.1 400")
    assert sent(server, request, "protobuf") == 0
    assert len(opened(server, good)["hops"]) == 2


def test_a_body_that_never_ends_is_answered_503_in_time(server, monkeypatch) -> None:
    monkeypatch.setattr(otlp_http, "_BODY_TIMEOUT_S", 0.3)
    with connection(server) as slow:
        slow.sendall(head(5000) + b"\x0a")
        assert slow.recv(4096).startswith(b"HTTP/1.1 503")
    assert sent(server, request_with("span id zero")[0], "protobuf") == 1


def test_a_connection_that_is_torn_or_forgotten_harms_no_other(server) -> None:
    body = request_with("numbers at their limits")[0].SerializeToString()
    forgotten = [connection(server) for _ in range(20)]
    for held in forgotten[:10]:
        held.sendall(head(len(body)) + body[:30])
    with connection(server) as torn:
        torn.sendall(head(len(body)) + body[:30])
        torn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert sent(server, request_with("span id zero")[0], "protobuf") == 1
    for held in forgotten:
        held.close()


def test_beyond_the_most_connections_the_answer_is_503_until_some_are_gone(server) -> None:
    held = [connection(server) for _ in range(MAX_CONNECTIONS + 20)]
    waiting = select.poll()
    try:
        for one in held:
            one.sendall(head(100))  # a body that does not come
            waiting.register(one, select.POLLIN)
        refused = next(one for one in held if one.fileno() == waiting.poll(60_000)[0][0])
        head_of, _, body = told_by(refused).partition(b"\r\n\r\n")
        assert head_of.startswith(b"HTTP/1.1 503 ")
        assert b"\r\nretry-after: 1" in head_of
        assert "send it again" in Status.FromString(body).message
    finally:
        for one in held:
            one.close()
    deadline = time.monotonic() + 60
    url = f"{server.otlp_url}/v1/traces"
    while (answer := CLIENT.post(url, content=b"", headers=PROTOBUF)).status_code == 503:
        assert time.monotonic() < deadline
    assert answer.status_code == 200


def test_connections_of_grpc_count_too_and_calls_beyond_the_most_may_be_repeated(server) -> None:
    port = int(server.grpc_address.rpartition(":")[2])
    held = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(290)]
    traces = f"{server.otlp_url}/v1/traces"
    try:
        until(lambda: CLIENT.post(traces, content=b"", headers=PROTOBUF).status_code == 503)
        answer = CLIENT.post(traces, content=b"{}", headers=JSON)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
        assert "send it again" in answer.json()["message"]
        with (
            grpc.insecure_channel(server.grpc_address) as channel,
            pytest.raises(grpc.RpcError, match="send it again") as told,
        ):
            TraceServiceStub(channel).Export(ExportTraceServiceRequest(), timeout=60)
        assert told.value.code() is grpc.StatusCode.UNAVAILABLE
    finally:
        for one in held:
            one.close()
    until(lambda: CLIENT.post(traces, content=b"", headers=PROTOBUF).status_code == 200)
    assert sent(server, request_with("span id zero")[0], "grpc") == 1


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline


def test_the_same_batch_ten_times_from_ten_threads_is_stored_once(server) -> None:
    request = ExportTraceServiceRequest()
    scoped, trace = request.resource_spans.add().scope_spans.add(), trace_id()
    for number in range(1, 301):
        new_span(scoped, trace, number, parent=int(number > 1))
    before, ready = server.reader.stats(), threading.Barrier(10)

    def send(way: str) -> None:
        ready.wait()
        for _ in range(10):
            assert sent(server, request, way) == 0

    with ThreadPoolExecutor(10) as threads:
        list(threads.map(send, [WAYS[n % 3] for n in range(10)]))
    after = server.reader.stats()
    assert after.spans - before.spans == 300
    assert after.conflicts == before.conflicts
