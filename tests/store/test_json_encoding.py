"""OTLP's JSON, every member of it replaced by what does not belong there: it is refused in a
sentence, or what was read can be told in protobuf and read again as the same."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Iterator
from typing import Any

import pytest

from misstep.errors import DecodeError
from misstep_store.otlp.decode import decode_logs, decode_traces
from misstep_store.otlp.encode import logs_request, traces_request

ODD: list[Any] = [
    *(-1, "-1", 2**31, 2**32, 2**63 - 1, 2**63, 2**64 - 1, 2**64, 10**40, 1.5, -0.5, 1e300),
    *("1e3", "x", "", None, True, False, [], {}, [1], {"a": 1}, "\0", "9" * 30, "-" + "9" * 30),
    *("+5", " 5 ", "1_0", "0x10", "NaN", "Infinity"),
]
VALUES = [
    {"intValue": "1"},
    {"doubleValue": 1.5},
    {"bytesValue": "AA=="},
    {"boolValue": True},
    {"arrayValue": {"values": [{"stringValue": "s"}]}},
    {"kvlistValue": {"values": [{"key": "k", "value": {"stringValue": "s"}}]}},
]
ATTRIBUTES = [{"key": f"key {n}", "value": value} for n, value in enumerate(VALUES)]
IDS = {"traceId": "a" * 32, "spanId": "b" * 16}
DROPPED = {"attributes": ATTRIBUTES[:1], "droppedAttributesCount": 1}
SPAN = {
    **IDS,
    "parentSpanId": "c" * 16,
    "traceState": "",
    "flags": 1,
    "name": "n",
    "kind": 1,
    "startTimeUnixNano": "1760000000000000000",
    "endTimeUnixNano": "1760000000000000001",
    "attributes": ATTRIBUTES,
    "droppedAttributesCount": 1,
    "droppedEventsCount": 1,
    "droppedLinksCount": 1,
    "events": [{"timeUnixNano": "1", "name": "e", **DROPPED}],
    "links": [{**IDS, "traceState": "", "flags": 1, **DROPPED}],
    "status": {"message": "m", "code": 1},
}
LOG = {
    **IDS,
    "timeUnixNano": "1760000000000000000",
    "observedTimeUnixNano": "1",
    "severityNumber": 9,
    "severityText": "I",
    "body": {"stringValue": "b"},
    "flags": 1,
    "eventName": "e",
    **DROPPED,
}


def whole(signal: str) -> dict[str, Any]:
    """A request of one span or record."""
    groups, scopes, items = (
        ("resourceSpans", "scopeSpans", "spans")
        if signal == "traces"
        else ("resourceLogs", "scopeLogs", "logRecords")
    )
    reference = {"type": "t", "idKeys": ["a"], "descriptionKeys": ["b"], "schemaUrl": ""}
    scope = {"name": "n", "version": "v", **DROPPED}
    scoped = {"scope": scope, "schemaUrl": "u", items: [SPAN if signal == "traces" else LOG]}
    resource = {**DROPPED, "entityRefs": [reference]}
    return copy.deepcopy({groups: [{"resource": resource, "schemaUrl": "u", scopes: [scoped]}]})


def places(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every member."""
    if at:
        yield at
    if isinstance(value, list):
        value = dict(enumerate(value))
    if isinstance(value, dict):
        for key, member in value.items():
            yield from places(member, (*at, key))


def with_odd(signal: str, at: tuple[Any, ...], odd: Any) -> bytes:
    made: Any = whole(signal)
    holder = made
    for key in at[:-1]:
        holder = holder[key]
    holder[at[-1]] = odd
    return json.dumps(made).encode()


@pytest.mark.parametrize("signal", ["traces", "logs"])
def test_what_is_read_of_odd_json_can_be_passed_on_and_read_again(signal) -> None:
    decode = decode_traces if signal == "traces" else decode_logs
    read = refused = 0
    for at in places(whole(signal)):
        for odd in ODD:
            try:
                found = decode(with_odd(signal, at, odd), json=True)
            except DecodeError as error:
                assert "\n" not in str(error)
                refused += 1
                continue
            request = traces_request(found.spans) if found.spans else logs_request(found.logs)
            again = decode(request.SerializeToString(), json=False)
            if odd != "NaN":  # which is unlike itself
                assert (again.spans, again.logs) == (found.spans, found.logs), (at, odd)
            read += 1
    assert read > refused > 0


def test_a_number_beyond_64_bits_keeps_its_digits_and_nan_is_a_number() -> None:
    body = whole("traces")
    span = body["resourceSpans"][0]["scopeSpans"][0]["spans"][0]
    span["attributes"] = [
        {"key": "large", "value": {"intValue": str(2**64 - 1)}},
        {"key": "nan", "value": {"doubleValue": "NaN"}},
    ]
    found = decode_traces(json.dumps(body).encode(), json=True).spans[0].attributes
    assert found["large"] == str(2**64 - 1)
    assert math.isnan(found["nan"])


def test_ids_that_are_bytes_as_protobuf_s_json_writes_them_are_ids() -> None:
    span = {
        **SPAN,
        "traceId": "qqqqqqqqqqqqqqqqqqqqqg==",
        "spanId": "u7u7u7u7u7s=",
        "parentSpanId": "zMzMzMzMzMw=",
    }
    (read,) = decode_traces(body_of("resourceSpans", "scopeSpans", "spans", span), json=True).spans
    assert (read.trace_id, read.span_id) == ("a" * 32, "b" * 16)
    assert read.parent_span_id == "c" * 16


@pytest.mark.parametrize(
    "told", ["=", "qqqqqqqqqqqqqqqqqqqqqq==", "*" * 23 + "=", "qqqqqqqqqqqqqqqq===="]
)
def test_what_only_looks_like_such_an_id_is_refused(told: str) -> None:
    span = {**SPAN, "traceId": told, "spanId": told}
    found = decode_traces(body_of("resourceSpans", "scopeSpans", "spans", span), json=True)
    assert not found.spans
    assert "hex digits" in found.rejected[0]


def body_of(groups: str, scoped: str, items: str, item: dict[str, Any]) -> bytes:
    return json.dumps({groups: [{scoped: [{items: [item]}]}]}).encode()
