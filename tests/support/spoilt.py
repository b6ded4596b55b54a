"""Requests with something wrong in them beside what is right, and the ways to send them."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import grpc
import httpx
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub

from misstep_store.serve.server import Server

PROTOBUF = {"content-type": "application/x-protobuf"}
JSON = {"content-type": "application/json"}
NOW = 1_760_000_000 * 10**9
SECOND = 10**9
WAYS = ("protobuf", "json", "grpc")
CLIENT = httpx.Client(timeout=60)


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
