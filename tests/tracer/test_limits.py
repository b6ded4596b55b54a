"""OpenTelemetry's own limits, where somebody sets them, mean what they mean elsewhere."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import httpx
import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider

import misstep

LONG = "A text that is longer than any limit here. " * 30


@misstep.hop(kind="tool")
def look_up(order: str) -> dict[str, Any]:
    for n in range(4):
        misstep.state({"n": n, "text": LONG})
    return {"order": order, "text": LONG}


def strings(attributes: Any) -> list[str]:
    found = []
    for value in attributes.values():
        found += value if isinstance(value, tuple | list) else [value]
    return [v for v in found if isinstance(v, str)]


def test_values_are_cut_at_the_length_that_is_asked_for_with_mark_size_and_hash(
    start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "100")
    recorded = start(tags=[LONG, "b"])
    with misstep.run(LONG):
        look_up("4711")
    for span in recorded.spans():
        assert max(map(len, strings(span.attributes or {}))) <= 100
        assert all(len(s) <= 100 for e in span.events for s in strings(e.attributes or {}))
    held = recorded.attributes("look_up")
    whole = json.dumps({"order": "4711", "text": LONG}, separators=(",", ":")).encode()
    assert held["misstep.input"] == '{"order":"4711"}'
    assert held["misstep.output"] == whole[:100].decode()
    assert held["misstep.output.cut"] is True and "misstep.input.cut" not in held
    assert held["misstep.output.size_bytes"] == len(whole)
    assert held["misstep.output.hash"] == "sha256:" + hashlib.sha256(whole).hexdigest()
    run = recorded.attributes(LONG)
    assert run["misstep.tags"] == [LONG[:100], "b"]
    assert run["misstep.attributes.cut"] >= 1


def test_half_a_hash_is_left_out_and_the_span_s_own_limit_goes_before(
    start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "2000")
    monkeypatch.setenv("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "30")
    recorded = start()
    look_up("4711")
    held = recorded.attributes("look_up")
    assert max(map(len, strings(held))) == 30
    assert not {"misstep.content_key", "misstep.code.hash", "misstep.output.hash"} & held.keys()
    assert len(str(held["misstep.output.size_bytes"])) == 4
    (state, *_) = recorded.span("look_up").events
    assert len(str(dict(state.attributes or {})["misstep.state.value"])) > 30


@pytest.mark.parametrize("most", [5, 12])
def test_above_the_count_what_matters_least_goes_and_is_counted_as_elsewhere(
    most: int, start: Any, collector: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", str(most))
    monkeypatch.setenv("OTEL_SPAN_EVENT_COUNT_LIMIT", "3")
    monkeypatch.setenv("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "0")
    recorded = start(endpoint=collector.url)
    look_up("4711")
    span = recorded.span("look_up")
    attributes = span.attributes or {}
    assert len(attributes) == most
    assert {"misstep.role", "misstep.hop.name", "misstep.hop.kind"} <= attributes.keys()
    assert ("misstep.output" in attributes) is (most == 12)
    assert span.dropped_attributes > 0
    assert (len(span.events), span.dropped_events) == (3, 1)
    assert [(len(e.attributes or {}), e.dropped_attributes) for e in span.events] == [(0, 1)] * 3
    official = ExportTraceServiceRequest.FromString(encode_spans([span]).SerializeToString())
    (theirs,) = official.resource_spans[0].scope_spans[0].spans
    (ours,) = collector.spans()
    assert ours == theirs
    with TracerProvider().get_tracer("x").start_as_current_span("peer") as peer:
        for n in range(30):
            peer.set_attribute(f"a{n}", n)
    assert len(peer.attributes) == most  # type: ignore[attr-defined]


def test_a_model_call_that_is_cut_says_how_long_its_bodies_were(
    start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "300")
    recorded = start()
    said = {"model": "m", "choices": [{"message": {"role": "assistant", "content": LONG}}]}
    client = httpx.Client(
        transport=httpx.MockTransport(lambda request: httpx.Response(200, json=said))
    )
    asked = {"model": "m", "messages": [{"role": "user", "content": LONG}]}
    sent = client.post("http://m.test/v1/chat/completions", json=asked)
    held = recorded.attributes("chat m")
    assert held["misstep.input.cut"] is held["misstep.output.cut"] is True
    assert held["misstep.input.size_bytes"] == len(sent.request.content)
    assert held["misstep.output.size_bytes"] == len(sent.content)
    digest = hashlib.sha256(sent.content).hexdigest()
    assert held["misstep.output.hash"] == f"sha256:{digest}"
    assert max(map(len, strings(held))) <= 300
    assert held["misstep.content_key"].startswith("sha256:")


def test_without_them_nothing_is_limited_and_nonsense_is_no_limit(
    start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_ATTRIBUTE_COUNT_LIMIT", "many")
    monkeypatch.setenv("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "-1")
    recorded = start()
    look_up("4711")
    span = recorded.span("look_up")
    assert recorded.payload("look_up", "output")["text"] == LONG
    assert (span.dropped_attributes, span.dropped_events) == (0, 0)
