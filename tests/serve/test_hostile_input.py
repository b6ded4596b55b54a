"""R4 and R5: what senders get wrong, over HTTP and gRPC: told as OTLP says, never a 500, and the good
spans beside it are stored."""

from __future__ import annotations

import json
from collections.abc import Iterator

import grpc
import pytest
from google.protobuf import json_format
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)
from spoilt import (
    CLIENT,
    JSON,
    NOW,
    PROTOBUF,
    SPOILT,
    WAYS,
    new_span,
    opened,
    request_with,
    sent,
    trace_id,
)

from misstep_store.serve.server import Server


@pytest.mark.parametrize("name", list(SPOILT))
def test_a_bad_span_is_kept_or_refused_and_its_neighbours_are_stored(server, name) -> None:
    """Whichever way it is sent, the same is stored; so what came one way is opened for all."""
    refused = SPOILT[name][1]
    stored = []
    for way in WAYS:
        request, good, bad = request_with(name)
        assert sent(server, request, way) == refused
        stored.append(as_stored(server, good, bad))
        before = server.reader.stats().spans
        assert sent(server, request, way) == refused  # and again: it changes nothing
        assert server.reader.stats().spans == before
    assert stored[0] == stored[1] == stored[2]
    assert len(opened(server, good)["hops"]) == 2
    if refused:
        assert CLIENT.get(f"{server.otlp_url}/api/runs/{bad.hex()}").status_code == 404
        assert stored[0][1] is None
    else:
        assert opened(server, bad)["hops"]


def as_stored(server: Server, *traces: bytes) -> list[str | None]:
    """The spans of each trace as they are given back, without the ids of their traces."""
    told = []
    for trace in traces:
        answer = CLIENT.get(
            f"{server.otlp_url}/api/runs/{trace.hex()}/otlp", headers={"accept": "application/json"}
        )
        assert answer.status_code in (200, 404), answer.content
        text = answer.text
        for number, each in enumerate(traces):
            text = text.replace(each.hex(), f"trace {number}")
        told.append(text if answer.status_code == 200 else None)
    return told


def test_a_trace_whose_parents_come_last_is_put_together(server) -> None:
    trace = trace_id()
    for number in (4, 3, 2, 1):
        request = ExportTraceServiceRequest()
        scoped = request.resource_spans.add().scope_spans.add()
        new_span(scoped, trace, number, parent=number - 1)
        assert sent(server, request, WAYS[number % 3]) == 0
    hops = opened(server, trace)["hops"]
    assert len(hops) == 4
    assert sum(1 for h in hops if h["parent_id"] is None) == 1


# --- what is wrong with a body -----------------------------------------------------------


def field(number: int, body: bytes) -> bytes:
    """A length-delimited field of protobuf."""
    size, length = b"", len(body)
    while length > 127:
        size, length = size + bytes([length & 127 | 128]), length >> 7
    return bytes([number << 3 | 2]) + size + bytes([length]) + body


def in_a_span(*parts: bytes) -> bytes:
    ids = field(1, trace_id()) + field(2, b"\1" * 8)
    return field(1, field(2, field(2, ids + b"".join(parts))))


def deep(levels: int) -> bytes:
    value = field(1, b"bottom")
    for _ in range(levels):
        value = field(5, field(1, value))
    return in_a_span(field(9, field(1, b"deep") + field(2, value)))


BODIES: dict[str, tuple[bytes, dict[str, str]]] = {
    "random": (bytes(range(255, 0, -1)) * 9, PROTOBUF),
    "invalid UTF-8 in a name": (in_a_span(field(5, b"\xff\xfe")), PROTOBUF),
    "invalid UTF-8 in a value": (
        in_a_span(field(9, field(1, b"k") + field(2, field(1, b"\xc3\x28")))),
        PROTOBUF,
    ),
    "nested 5,000 deep": (deep(5_000), PROTOBUF),
    "a length beyond the end": (b"\x0a\xff\xff\xff\xff\x0f", PROTOBUF),
    "a number without end": (b"\x0a" + b"\xff" * 20, PROTOBUF),
    "JSON nested 5,000 deep": (b'{"resourceSpans":' + b"[" * 5_000 + b"]" * 5_000 + b"}", JSON),
    "a list as JSON": (b"[1,2]", JSON),
    "members that are no objects": (b'{"resourceSpans":[7,{"scopeSpans":[null]}]}', JSON),
    "JSON cut short": (b'{"resourceSpans":[{"scopeSp', JSON),
    "JSON in Latin-1": ('{"resourceSpans":[{"x":"é"}]}'.encode("latin-1"), JSON),
    "NaN bare in JSON": (b'{"resourceSpans":[NaN]}', JSON),
}


@pytest.mark.parametrize("name", list(BODIES))
def test_a_body_that_cannot_be_read_is_400_with_a_status_of_its_type(server, name) -> None:
    body, headers = BODIES[name]
    answer = CLIENT.post(f"{server.otlp_url}/v1/traces", content=body, headers=headers, timeout=60)
    assert answer.status_code == 400, answer.content
    assert answer.headers["content-type"].startswith(headers["content-type"])
    told = (
        json_format.Parse(answer.content, Status())
        if headers is JSON
        else Status.FromString(answer.content)
    )
    assert told.code == 3 and told.message
    if headers is PROTOBUF:
        assert refused_over_grpc(server, body) is grpc.StatusCode.INVALID_ARGUMENT
    assert sent(server, request_with("span id zero")[0], "protobuf") == 1  # and it lives


@pytest.mark.parametrize("headers", [PROTOBUF, JSON], ids=["protobuf", "json"])
def test_an_empty_body_is_an_empty_batch(server, headers) -> None:
    answer = CLIENT.post(f"{server.otlp_url}/v1/traces", content=b"", headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "spans",
    [
        [{}],
        [{"traceId": 7, "spanId": None}, {"traceId": "zz" * 16, "spanId": "1" * 16}],
        [{"traceId": "a" * 32, "spanId": "b" * 16, "attributes": 3, "events": {}, "status": []}],
        [{"traceId": "A" * 31 + "B", "spanId": "C" * 16, "startTimeUnixNano": "soon", "kind": {}}],
        [{"traceId": "d" * 32, "spanId": "e" * 16, "startTimeUnixNano": 1e300, "name": ["n"]}],
    ],
    ids=["nothing", "ids", "members", "times", "huge"],
)
def test_json_of_other_shapes_is_refused_span_by_span_or_read_as_far_as_it_goes(
    server, spans
) -> None:
    good = trace_id()
    whole = {"traceId": good.hex(), "spanId": "1" * 16, "name": "x", "startTimeUnixNano": str(NOW)}
    body = {"resourceSpans": [{}, {"scopeSpans": [{}, {"spans": [*spans, whole]}]}]}
    url = f"{server.otlp_url}/v1/traces"
    answer = CLIENT.post(url, content=json.dumps(body), headers=JSON)
    assert answer.status_code == 200, answer.content
    assert len(opened(server, good)["hops"]) == 1


def test_a_body_without_a_length_is_read_to_its_end(server) -> None:
    request, good, _ = request_with("times that cannot be")
    body = request.SerializeToString()

    def pieces() -> Iterator[bytes]:
        for at in range(0, len(body), 50):
            yield body[at : at + 50]

    url = f"{server.otlp_url}/v1/traces"
    answer = CLIENT.post(url, content=pieces(), headers=PROTOBUF, timeout=60)
    assert answer.status_code == 200
    assert len(opened(server, good)["hops"]) == 2


TRACES = "/opentelemetry.proto.collector.trace.v1.TraceService/"
LOGS = "/opentelemetry.proto.collector.logs.v1.LogsService/"


def refused_over_grpc(server, body: bytes, method: str = TRACES + "Export") -> grpc.StatusCode:
    with (
        grpc.insecure_channel(server.grpc_address) as channel,
        pytest.raises(grpc.RpcError) as told,
    ):
        channel.unary_unary(method)(body, timeout=60)
    code: grpc.StatusCode = told.value.code()
    return code


def test_grpc_refuses_what_it_cannot_read_and_what_it_does_not_know(server) -> None:
    assert refused_over_grpc(server, b"\xff" * 3) is grpc.StatusCode.INVALID_ARGUMENT
    assert refused_over_grpc(server, b"\xff" * 3, LOGS + "Export") is (
        grpc.StatusCode.INVALID_ARGUMENT
    )
    assert refused_over_grpc(server, b"", TRACES + "Import") is grpc.StatusCode.UNIMPLEMENTED
    assert sent(server, request_with("span id zero")[0], "grpc") == 1
