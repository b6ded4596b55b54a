"""R4 and R5: what senders get wrong, over HTTP and gRPC: told as OTLP says, never a 500, and the good
spans beside it are stored."""

from __future__ import annotations

import base64
import json
import select
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import httpx
import pytest
from google.protobuf import json_format
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub

from misstep_store.columnar.fast import FAST
from misstep_store.serve import otlp_http
from misstep_store.serve.punctual import MAX_CONNECTIONS
from misstep_store.serve.server import Server

PROTOBUF = {"content-type": "application/x-protobuf"}
JSON = {"content-type": "application/json"}
NOW = 1_760_000_000 * 10**9
SECOND = 10**9
WAYS = ("protobuf", "json", "grpc")
CLIENT = httpx.Client(timeout=60)


@pytest.fixture(scope="module", autouse=True)
def no_connection_left() -> Iterator[None]:
    yield
    CLIENT.close()


@pytest.fixture(scope="module", params=["objects", "columns"])
def server(request, tmp_path_factory) -> Iterator[Server]:
    """With and without the compiled walker."""
    kept = FAST.wait(300)  # before anything is set: it is loaded once a process
    assert kept is not None, FAST.failure
    FAST.module = kept if request.param == "columns" else None
    folder = tmp_path_factory.mktemp(request.param)
    with Server(folder / "t.duckdb", otlp_port=0, grpc_port=0, ui_port=None) as running:
        yield running
    FAST.module = kept


_NUMBER = iter(range(1, 10**9))


def trace_id() -> bytes:
    return b"\xab" * 8 + next(_NUMBER).to_bytes(8, "big")


def new_span(scoped: Any, trace: bytes, number: int = 1, parent: int = 0) -> Any:
    span = scoped.spans.add(trace_id=trace, span_id=number.to_bytes(8, "big"))
    span.name = f"step {number}"
    if parent:
        span.parent_span_id = parent.to_bytes(8, "big")
    span.start_time_unix_nano, span.end_time_unix_nano = NOW, NOW + SECOND
    span.attributes.add(key="gen_ai.operation.name").value.string_value = "execute_tool"
    span.attributes.add(key="input.value").value.string_value = "what is the capital of Peru?"
    return span


def put(span: Any, key: str, value: Any) -> None:
    found = span.attributes.add(key=key).value
    if isinstance(value, str):
        found.string_value = value
    elif isinstance(value, bytes):
        found.bytes_value = value
    elif isinstance(value, float):
        found.double_value = value
    elif isinstance(value, int):
        found.int_value = value


# --- what is wrong with a span -----------------------------------------------------------

Spoil = Callable[[Any, bytes], None]
SPOILT: dict[str, tuple[Spoil, int]] = {}
"""{name: (adds bad spans of a trace to a scope, how many of them are refused)}."""


def spoilt(name: str, refused: int = 0) -> Callable[[Spoil], Spoil]:
    def known(function: Spoil) -> Spoil:
        SPOILT[name] = (function, refused)
        return function

    return known


for _name, _trace, _span in (
    ("trace id empty", b"", b"\1" * 8),
    ("trace id zero", bytes(16), b"\1" * 8),
    ("trace id short", b"\1" * 7, b"\1" * 8),
    ("trace id long", b"\1" * 17, b"\1" * 8),
    ("span id empty", None, b""),
    ("span id zero", None, bytes(8)),
    ("span id short", None, b"\1"),
    ("span id long", None, b"\1" * 9),
):

    @spoilt(_name, refused=1)
    def _ids(scoped: Any, trace: bytes, _trace: Any = _trace, _span: bytes = _span) -> None:
        span = new_span(scoped, trace)
        span.trace_id, span.span_id = trace if _trace is None else _trace, _span


@spoilt("values of every kind")
def _values(scoped: Any, trace: bytes) -> None:
    span = new_span(scoped, trace)
    put(span, "bytes", b"\x00\xff\xfe")
    put(span, "largest", 2**63 - 1)
    for number in (float("nan"), float("inf"), float("-inf"), 5e-324, 1.7e308):
        put(span, f"gen_ai.request.{number}", number)
    mixed = span.attributes.add(key="mixed").value.array_value.values
    mixed.add().string_value = "a"
    mixed.add().int_value = 1
    mixed.add().array_value.values.add().bool_value = True
    mixed.add()
    held = mixed.add().kvlist_value.values
    held.add(key="k").value.double_value = float("nan")
    held.add(key="k").value.string_value = "again"
    span.attributes.add(key="nothing")
    span.attributes.add(key="").value.string_value = "no key"


@spoilt("tokens that are no numbers")
def _tokens(scoped: Any, trace: bytes) -> None:
    span = new_span(scoped, trace)
    for key, value in (
        ("input_tokens", -5),
        ("output_tokens", 2**63 - 1),
        ("cached_tokens", float("nan")),
        ("input_tokens", "many"),
    ):
        put(span, f"gen_ai.usage.{key}", value)
    put(span, "gen_ai.request.model", 7)


@spoilt("NUL and control characters")
def _controls(scoped: Any, trace: bytes) -> None:
    span = new_span(scoped, trace)
    span.name = "a\x00b\x1b[31m\u202e\ufeff"
    put(span, "input.value", "x\x00y\x07\x7f")
    put(span, "k\x00ey", "v")


@spoilt("nested as deep as protobuf goes")
def _nested(scoped: Any, trace: bytes) -> None:
    value = new_span(scoped, trace).attributes.add(key="deep").value
    for _ in range(40):
        value = value.array_value.values.add()
    value.string_value = "bottom"


@spoilt("JSON 20,000 deep inside a string")
def _json_deep(scoped: Any, trace: bytes) -> None:
    span = new_span(scoped, trace)
    put(span, "input.value", "[" * 20_000 + "]" * 20_000)
    put(span, "gen_ai.input.messages", '{"a":' * 20_000 + "1" + "}" * 20_000)


@spoilt("a list index of a billion")
def _index(scoped: Any, trace: bytes) -> None:
    span = new_span(scoped, trace)
    for place in ("1000000000", "-1", "00", "1e9", "999999999999999999999999"):
        put(span, f"gen_ai.prompt.{place}.content", "x")
        put(span, f"llm.input_messages.{place}.message.content", "x")


@spoilt("dotted keys that collide")
def _collide(scoped: Any, trace: bytes) -> None:
    span = new_span(scoped, trace)
    for key in ("llm.input_messages", "llm.input_messages.0", "llm.input_messages.0.message"):
        put(span, key, "x")
    put(span, "llm.input_messages.0.message.content", "y")
    put(span, "llm.input_messages.0.message.content.0.z", "z")


@spoilt("ten thousand attributes")
def _attributes(scoped: Any, trace: bytes) -> None:
    span = new_span(scoped, trace)
    for number in range(10_000):
        put(span, f"key.{number}", "v" * 20)


@spoilt("five thousand events and links")
def _events(scoped: Any, trace: bytes) -> None:
    span = new_span(scoped, trace)
    for number in range(5_000):
        span.events.add(name="gen_ai.choice", time_unix_nano=NOW + number)
        span.links.add(trace_id=trace, span_id=b"\2" * 8)
    span.links.add(trace_id=b"", span_id=b"x")


@spoilt("parents that are missing, themselves, or in a circle")
def _parents(scoped: Any, trace: bytes) -> None:
    new_span(scoped, trace, 1, parent=99)
    new_span(scoped, trace, 2, parent=2)
    for number, parent in ((3, 5), (4, 3), (5, 4)):
        new_span(scoped, trace, number, parent=parent)
    new_span(scoped, trace, 6).parent_span_id = b"\1\2\3"


@spoilt("times that cannot be")
def _times(scoped: Any, trace: bytes) -> None:
    for number, (start, end) in enumerate(
        (
            (NOW, NOW - SECOND),
            (0, 0),
            (0, NOW),
            (NOW + 30 * 86_400 * SECOND, NOW + 31 * 86_400 * SECOND),
            (2**64 - 1, 2**64 - 1),
            (1, 2**64 - 1),
        )
    ):
        span = new_span(scoped, trace, number + 1)
        span.start_time_unix_nano, span.end_time_unix_nano = start, end


@spoilt("numbers at their limits")
def _limits(scoped: Any, trace: bytes) -> None:
    span = new_span(scoped, trace)
    span.flags = span.dropped_attributes_count = span.dropped_events_count = 2**32 - 1
    span.kind, span.status.code = 77, -3
    span.trace_state = "a=b," * 200
    span.status.message = "m" * 100_000


@spoilt("a megabyte in each of three places")
def _large(scoped: Any, trace: bytes) -> None:
    span = new_span(scoped, trace)
    span.name = "n" * 2**20
    put(span, "output.value", "o" * 2**20)
    put(span, "k" * 2**20, "v")


@spoilt("the same span twice, and once more unlike")
def _twice(scoped: Any, trace: bytes) -> None:
    new_span(scoped, trace)
    new_span(scoped, trace)
    new_span(scoped, trace).name = "another"


def request_with(name: str) -> tuple[ExportTraceServiceRequest, bytes, bytes]:
    """A request with a bad trace between two good spans of another, and the ids of both."""
    made, good, bad = ExportTraceServiceRequest(), trace_id(), trace_id()
    scoped = made.resource_spans.add().scope_spans.add()
    new_span(scoped, good, 1)
    SPOILT[name][0](scoped, bad)
    new_span(scoped, good, 2, parent=1)
    return made, good, bad


def as_json(request: ExportTraceServiceRequest) -> bytes:
    """OTLP's JSON: as protobuf's, but with ids in hex."""
    told = json_format.MessageToDict(request)
    for group in told["resourceSpans"]:
        for scoped in group["scopeSpans"]:
            for span in scoped["spans"]:
                for item in (span, *span.get("links", ())):
                    for key in ("traceId", "spanId", "parentSpanId"):
                        if key in item:
                            item[key] = base64.b64decode(item[key]).hex()
    return json.dumps(told).encode()


def sent(server: Server, request: ExportTraceServiceRequest, way: str) -> int:
    """Sends it; how many spans were refused, each with a reason."""
    if way == "grpc":
        with grpc.insecure_channel(server.grpc_address) as channel:
            partial = TraceServiceStub(channel).Export(request, timeout=60).partial_success
    else:
        body = as_json(request) if way == "json" else request.SerializeToString()
        headers = JSON if way == "json" else PROTOBUF
        url = f"{server.otlp_url}/v1/traces"
        answer = CLIENT.post(url, content=body, headers=headers, timeout=60)
        assert answer.status_code == 200, answer.content
        assert answer.headers["content-type"].startswith(headers["content-type"])
        if way == "json":
            told = json_format.Parse(answer.content, ExportTraceServiceResponse())
        else:
            told = ExportTraceServiceResponse.FromString(answer.content)
        partial = told.partial_success
    assert bool(partial.error_message) == bool(partial.rejected_spans)
    return int(partial.rejected_spans)


def opened(server: Server, trace: bytes) -> dict[str, Any]:
    """A run as the API has it, with its diagnosis read too."""
    url = f"{server.otlp_url}/api/runs/{trace.hex()}"
    answer = CLIENT.get(url, timeout=60)
    assert answer.status_code == 200, answer.text[:300]
    for more in ("/diagnosis", "/lineage"):
        assert CLIENT.get(url + more, timeout=60).status_code == 200, more
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", list(SPOILT))
def test_a_bad_span_is_kept_or_refused_and_its_neighbours_are_stored(server, name, way) -> None:
    request, good, bad = request_with(name)
    refused = SPOILT[name][1]
    assert sent(server, request, way) == refused
    assert len(opened(server, good)["hops"]) == 2
    if refused:
        assert CLIENT.get(f"{server.otlp_url}/api/runs/{bad.hex()}").status_code == 404
    else:
        assert opened(server, bad)["hops"]
    before = server.reader.stats().spans
    assert sent(server, request, way) == refused  # and again: it changes nothing
    assert server.reader.stats().spans == before


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
    "a lone surrogate escaped in JSON": (
        b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"\\ud800"}]}]}]}',
        JSON,
    ),
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


def test_grpc_refuses_what_it_cannot_read_and_what_it_does_not_know(server) -> None:
    service = "/opentelemetry.proto.collector.trace.v1.TraceService/"
    with grpc.insecure_channel(server.grpc_address) as channel:
        for method, code in (
            ("Export", grpc.StatusCode.INTERNAL),
            ("Import", grpc.StatusCode.UNIMPLEMENTED),
        ):
            call = channel.unary_unary(service + method)
            with pytest.raises(grpc.RpcError) as told:
                call(b"\xff\xff\xff", timeout=60)
            assert told.value.code() in (code, grpc.StatusCode.INVALID_ARGUMENT)
    assert sent(server, request_with("span id zero")[0], "grpc") == 1


# --- what is wrong with a connection -----------------------------------------------------


def connection(server: Server) -> socket.socket:
    port = int(server.otlp_url.rpartition(":")[2])
    return socket.create_connection(("127.0.0.1", port), timeout=60)


def head(length: int, more: str = "") -> bytes:
    return (
        f"POST /v1/traces HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: {length}\r\n"
        f"content-type: application/x-protobuf\r\n{more}\r\n"
    ).encode()


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
        head_of, _, body = refused.recv(4096).partition(b"\r\n\r\n")
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
