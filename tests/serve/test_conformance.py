"""What OTLP says of answers and bodies beside the plain case: parts that follow one another, lengths
that are too large, paths that are nearly right, details of a refusal, metrics."""

from __future__ import annotations

import gzip
import json
import socket
from collections.abc import Callable, Iterator

import grpc
import httpx
import pytest
import zstandard
from google.protobuf import json_format
from google.rpc.error_details_pb2 import BadRequest, RetryInfo
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2_grpc import MetricsServiceStub
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from spoilt import CLIENT, JSON, NOW, PROTOBUF, new_span, opened, trace_id

from misstep_store.serve import bodies, otlp_http
from misstep_store.serve.server import Server

EXPORT = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "zstd": zstandard.compress,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[Server]:
    path = tmp_path_factory.mktemp("conformance") / "t.duckdb"
    with Server(path, otlp_port=0, grpc_port=0, ui_port=None) as running:
        yield running


def one_run() -> tuple[bytes, bytes]:
    """A request of one span, and its trace id."""
    made, trace = ExportTraceServiceRequest(), trace_id()
    new_span(made.resource_spans.add().scope_spans.add(), trace)
    return made.SerializeToString(), trace


def post(server: Server, body: bytes, path: str = "/v1/traces", **more: str) -> httpx.Response:
    headers = PROTOBUF | {k.replace("_", "-"): v for k, v in more.items()}
    return CLIENT.post(server.otlp_url + path, content=body, headers=headers)


@pytest.mark.parametrize("encoding", list(PACKED))
def test_all_parts_of_a_body_that_was_packed_in_several_are_stored(server, encoding) -> None:
    (first, one), (second, two) = one_run(), one_run()
    pack = PACKED[encoding]
    answer = post(server, pack(first) + pack(second), content_encoding=encoding)
    assert (answer.status_code, answer.content) == (200, b"")
    assert opened(server, one)["hops"] and opened(server, two)["hops"]


@pytest.mark.parametrize("encoding", list(PACKED))
def test_what_follows_a_packed_body_is_not_left_out_in_silence(server, encoding) -> None:
    body, _ = one_run()
    answer = post(server, PACKED[encoding](body) + b"and more", content_encoding=encoding)
    assert answer.status_code == 400
    assert f"not valid {encoding}" in Status.FromString(answer.content).message


@pytest.mark.parametrize("encoding", list(PACKED))
def test_a_body_of_parts_without_number_is_refused(server, encoding, monkeypatch) -> None:
    monkeypatch.setattr(bodies, "_MOST_MEMBERS", 5)
    empty = PACKED[encoding](b"")
    assert post(server, empty * 5, content_encoding=encoding).status_code == 200
    assert post(server, empty * 6, content_encoding=encoding).status_code == 400


def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_sent(server) -> None:
    port = int(server.otlp_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=60) as one:
        one.sendall(
            b"POST /v1/traces HTTP/1.1\r\nhost: 127.0.0.1\r\nexpect: 100-continue\r\n"
            b"content-type: application/x-protobuf\r\ncontent-length: 10737418240\r\n\r\n"
        )
        assert one.recv(4096).startswith(b"HTTP/1.1 413 ")


def test_a_body_that_took_too_long_ends_its_connection(server, monkeypatch) -> None:
    monkeypatch.setattr(otlp_http, "_BODY_TIMEOUT_S", 0.2)
    port = int(server.otlp_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=60) as slow:
        slow.sendall(
            b"POST /v1/traces HTTP/1.1\r\nhost: 127.0.0.1\r\n"
            b"content-type: application/x-protobuf\r\ncontent-length: 100\r\n\r\n\x0a"
        )
        answer = b"".join(iter(lambda: slow.recv(4096), b""))  # until it is closed
    assert answer.startswith(b"HTTP/1.1 503 ")


@pytest.mark.parametrize("path", ["/v1/traces/", "/v1/logs/", "/v1/metrics/"])
def test_a_path_with_a_slash_behind_it_is_the_same_path(server, path) -> None:
    assert post(server, b"", path).status_code == 200


@pytest.mark.parametrize("path", ["/", "//v1/traces", "/v1/trace", "/v1development/profiles"])
def test_otlp_that_comes_to_another_path_is_told_where_it_goes(server, path) -> None:
    answer = post(server, one_run()[0], path)
    assert answer.status_code == 404
    assert "OTLP goes to /v1/traces" in Status.FromString(answer.content).message
    looked = CLIENT.get(server.otlp_url + path)
    assert looked.status_code == 404 and "/api/openapi.json" in looked.json()["error"]


def test_a_refusal_has_details_of_its_kind_in_either_encoding_and_over_grpc(
    server, monkeypatch
) -> None:
    told = [Status.FromString(post(server, b"\xff").content)]
    answer = CLIENT.post(f"{server.otlp_url}/v1/traces", content=b"{", headers=JSON)
    told.append(json_format.Parse(answer.content, Status()))
    told.append(over_grpc(server, b"\xff", grpc.StatusCode.INVALID_ARGUMENT))
    for status in told:
        bad = BadRequest()
        assert status.details[0].Unpack(bad)
        assert bad.field_violations[0].description == status.message

    def full(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(server.store.database, "write", full)
    body, _ = one_run()
    for status in (
        Status.FromString(post(server, body).content),
        over_grpc(server, body, grpc.StatusCode.UNAVAILABLE),
    ):
        again = RetryInfo()
        assert status.details[0].Unpack(again)
        assert again.retry_delay.seconds == 1


def over_grpc(server: Server, body: bytes, code: grpc.StatusCode) -> Status:
    """The details of a refusal with that code."""
    with (
        grpc.insecure_channel(server.grpc_address) as channel,
        pytest.raises(grpc.RpcError) as raised,
    ):
        channel.unary_unary(EXPORT)(body, timeout=60)
    assert raised.value.code() is code
    told = Status.FromString(dict(raised.value.trailing_metadata())["grpc-status-details-bin"])
    assert (told.code, told.message) == (code.value[0], raised.value.details())
    return told


def test_a_refused_host_is_told_so_in_the_encoding_of_the_request(server) -> None:
    refused = post(server, one_run()[0], host="evil.example")
    assert refused.status_code == 403
    assert "MISSTEP_ALLOWED_HOSTS" in Status.FromString(refused.content).message


def test_metrics_are_taken_and_counted_whichever_way_they_come(server) -> None:
    before = server.reader.stats().dropped.get("metrics requests: accepted, not stored", 0)
    request = ExportMetricsServiceRequest()
    with grpc.insecure_channel(server.grpc_address) as channel:
        answer = MetricsServiceStub(channel).Export(request, timeout=60)
    assert answer == ExportMetricsServiceResponse()
    assert post(server, request.SerializeToString(), "/v1/metrics").content == b""
    now = server.reader.stats().dropped["metrics requests: accepted, not stored"]
    assert now == before + 2


def test_half_an_emoji_that_javascript_escapes_costs_no_batch(server) -> None:
    trace = trace_id()
    span = {"traceId": trace.hex(), "spanId": "1" * 16, "startTimeUnixNano": str(NOW)}
    span["name"] = "a\ud83d and \U0001f600 and \\ud83d"
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]})
    answer = CLIENT.post(f"{server.otlp_url}/v1/traces", content=body, headers=JSON)
    assert (answer.status_code, answer.json()) == (200, {})
    assert opened(server, trace)["hops"][0]["name"] == "a\ufffd and \U0001f600 and \\ud83d"
