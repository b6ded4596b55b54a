"""The compiled walker against upb: the same rows, and never more than upb accepts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from misstep.errors import DecodeError
from misstep_store import rows
from misstep_store.ingest import commit
from misstep_store.otlp import decode, values

SETTINGS = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
KEYS = st.one_of(
    st.sampled_from(
        [
            "gen_ai.request.model",
            "gen_ai.response.model",
            "gen_ai.usage.input_tokens",
            "session.id",
            "misstep.role",
            "llm.model_name",
            "$one",
            "",
        ]
    ),
    st.text(max_size=12),
)
U64 = st.integers(0, 2**64 - 1)
U32 = st.integers(0, 2**32 - 1)


def any_value(depth: int = 3) -> st.SearchStrategy[AnyValue]:
    scalars = st.one_of(
        st.builds(AnyValue, string_value=st.text(max_size=40)),
        st.builds(AnyValue, bool_value=st.booleans()),
        st.builds(AnyValue, int_value=st.integers(-(2**63), 2**63 - 1)),
        st.builds(AnyValue, double_value=st.floats()),
        st.builds(AnyValue, double_value=st.decimals(0, 1000, places=3).map(float)),
        st.builds(AnyValue, bytes_value=st.binary(max_size=20)),
        st.builds(AnyValue),
    )
    if not depth:
        return scalars
    inner = any_value(depth - 1)

    def listed(items: list[AnyValue]) -> AnyValue:
        made = AnyValue()
        made.array_value.values.extend(items)
        return made

    def mapped(items: list[KeyValue]) -> AnyValue:
        made = AnyValue()
        made.kvlist_value.values.extend(items)
        return made

    return st.one_of(
        scalars,
        st.lists(inner, max_size=3).map(listed),
        st.lists(pair(inner), max_size=3).map(mapped),
    )


def pair(value: st.SearchStrategy[AnyValue]) -> st.SearchStrategy[KeyValue]:
    return st.builds(KeyValue, key=KEYS, value=value)


PAIRS = st.lists(pair(any_value()), max_size=5)


@st.composite
def requests(draw: st.DrawFn) -> ExportTraceServiceRequest:
    made = ExportTraceServiceRequest()
    for _ in range(draw(st.integers(0, 2))):
        group = made.resource_spans.add(schema_url=draw(st.text(max_size=5)))
        group.resource.attributes.extend(draw(PAIRS))
        for _ in range(draw(st.integers(0, 2))):
            scoped = group.scope_spans.add()
            scoped.scope.name = draw(st.text(max_size=5))
            for _ in range(draw(st.integers(0, 3))):
                _span(draw, scoped.spans.add())
    return made


def _span(draw: st.DrawFn, span: object) -> None:
    span.trace_id = draw(st.binary(min_size=16, max_size=16))
    span.span_id = draw(st.binary(min_size=8, max_size=8))
    span.parent_span_id = draw(st.sampled_from([b"", b"\x01" * 8, b"\0" * 8, b"\x02"]))
    span.trace_state = draw(st.text(max_size=6))
    span.name = draw(st.text(max_size=20))
    span.kind = draw(st.integers(0, 5))
    span.flags = draw(U32)
    span.start_time_unix_nano, span.end_time_unix_nano = draw(U64), draw(U64)
    span.attributes.extend(draw(PAIRS))
    span.dropped_attributes_count = draw(U32)
    span.dropped_events_count = draw(U32)
    span.dropped_links_count = draw(U32)
    for _ in range(draw(st.integers(0, 2))):
        event = span.events.add(name=draw(st.text(max_size=6)), time_unix_nano=draw(U64))
        event.attributes.extend(draw(PAIRS))
        event.dropped_attributes_count = draw(U32)
    for _ in range(draw(st.integers(0, 2))):
        link = span.links.add(trace_id=draw(st.binary(max_size=17)), flags=draw(U32))
        link.span_id = draw(st.binary(max_size=9))
        link.trace_state = draw(st.text(max_size=4))
        link.attributes.extend(draw(PAIRS))
    if draw(st.booleans()):
        span.status.code = draw(st.integers(0, 2))
        span.status.message = draw(st.text(max_size=8))


def fast_rows(fast, body: bytes) -> list[tuple] | None:
    slab = fast.Slab(max(1, fast.count_spans(body)), len(body), fast.Names())
    if slab.add(body) is None:
        return None
    table = slab.table(np.arange(slab.rows), 5)
    return list(zip(*(c.to_pylist() for c in table.columns), strict=True))


def upb_rows(body: bytes) -> list[tuple]:
    return commit.rows_of(decode.decode_traces(body, json=False).spans, (), 5).spans


def meaning(row: tuple) -> list[object]:
    """A row with its JSON read."""
    read = []
    for name, value in zip(rows.SPAN_COLUMNS, row, strict=True):
        if name in ("attributes", "events", "links"):
            value = _comparable(values.loads(value))
        read.append(value)
    return read


def _comparable(value: object) -> object:
    if isinstance(value, dict):
        return {k: _comparable(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_comparable(v) for v in value]
    if isinstance(value, float):
        return "nan" if math.isnan(value) else (value, math.copysign(1, value))
    return (type(value).__name__, value)


@SETTINGS
@given(request=requests())
def test_the_walker_makes_the_rows_that_upb_makes(fast, request) -> None:
    body = request.SerializeToString()
    made = fast_rows(fast, body)
    if made is not None:
        assert [meaning(r) for r in made] == [meaning(r) for r in upb_rows(body)]


@SETTINGS
@given(request=requests(), data=st.data())
def test_the_walker_never_accepts_what_upb_refuses(fast, request, data) -> None:
    body = bytearray(request.SerializeToString() or b"\0")
    for _ in range(data.draw(st.integers(1, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    changed = bytes(body[: data.draw(st.integers(0, len(body)))])
    made = fast_rows(fast, changed)
    if made is None:
        return
    try:
        expected = upb_rows(changed)
    except DecodeError as error:
        raise AssertionError(f"upb refuses it: {error}") from error
    assert [meaning(r) for r in made] == [meaning(r) for r in expected]


@pytest.mark.parametrize(
    "group",
    [
        pytest.param(b"\x0a\x02\x00\x20", id="a resource that is none"),
        pytest.param(b"\x1a\x01\xff", id="an address that is no text"),
        pytest.param(b"\x12\x00\x1a\x01\xff\x1a\x01a", id="the first of two addresses"),
    ],
)
def test_a_bad_group_beside_good_spans_is_left_to_upb(fast, group) -> None:
    good = ExportTraceServiceRequest()
    span = good.resource_spans.add().scope_spans.add().spans.add()
    span.trace_id, span.span_id = b"\1" * 16, b"\2" * 8
    body = good.SerializeToString()
    assert fast_rows(fast, body)
    body += b"\x0a" + bytes([len(group)]) + group
    with pytest.raises(DecodeError):
        upb_rows(body)
    assert fast_rows(fast, body) is None


def test_realistic_spans_are_all_walked(fast) -> None:
    from bench.store.workload import Workload

    body = next(iter(Workload(3, 1_760_000_000_000_000_000).batches(512)))
    made = fast_rows(fast, body)
    assert made is not None
    expected = upb_rows(body)
    assert [meaning(r) for r in made] == [meaning(r) for r in expected]
    at = list(rows.SPAN_COLUMNS).index("attributes")
    assert [r[at] for r in made] == [r[at] for r in expected]  # the very same text


@pytest.mark.parametrize(
    "value",
    [0.0, -0.0, 0.1, 0.7, 1e-4, 123456789012.25, 1 / 3, 5e-324, 1.7976931348623157e308, 2.0**60],
)
def test_a_double_comes_back_bit_for_bit(fast, value) -> None:
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add()
    span.trace_id, span.span_id = b"\1" * 16, b"\2" * 8
    span.attributes.add(key="x").value.double_value = value
    (row,) = fast_rows(fast, request.SerializeToString()) or [()]
    read = values.loads(row[list(rows.SPAN_COLUMNS).index("attributes")])["x"]
    assert (read, math.copysign(1, read)) == (value, math.copysign(1, value))


@pytest.mark.parametrize(
    "text", ["", "x" * 12, "x" * 13, "ä€😀" * 9, '"\\\n\t\b\f\r\x01\x7f', "a" * 7 + '"']
)
def test_texts_of_any_length_and_kind_keep_their_bytes(fast, text) -> None:
    request = ExportTraceServiceRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add()
    span.trace_id, span.span_id, span.name = b"\1" * 16, b"\2" * 8, text
    span.attributes.add(key="session.id").value.string_value = text
    body = request.SerializeToString()
    assert fast_rows(fast, body) is not None
    assert meaning(fast_rows(fast, body)[0]) == meaning(upb_rows(body)[0])


def test_ids_are_found_again_and_new_ones_are_new(fast) -> None:
    ids = fast.IdSet(10_000, 16)
    first = np.arange(1, 5000, dtype=np.int64) * 0x9E3779B97F4A7C1
    assert ids.add(first, first).all()
    assert not ids.add(first, first).any()
    assert ids.add(first[:10] + 1, first[:10]).all()
    three = np.array([7, 7, 7], np.int64)
    assert ids.add(three, three).tolist() == [True, False, False]
    assert ids.forgotten_until == -1


def test_ids_beyond_the_limit_go_oldest_first_and_leave_their_latest_start(fast) -> None:
    ids = fast.IdSet(100, 16)
    size = ids.size_bytes
    for number in range(1, 2001):
        one = np.array([number], np.int64)
        assert ids.add(one, one * 10).all()
        assert len(ids) <= 100
        size = max(size, ids.size_bytes)
    forgotten = ids.forgotten_until // 10
    assert 1900 <= forgotten < 1975
    assert size <= 100 * 24
    assert len(ids) == 2000 - forgotten
    newest = np.arange(1996, 2001)
    assert not ids.add(newest, newest * 10).any()


def test_a_later_start_of_a_known_id_counts_when_it_is_forgotten(fast) -> None:
    ids = fast.IdSet(64, 16)
    one = np.array([1], np.int64)
    ids.add(one, one)
    assert not ids.add(one, np.array([10**9], np.int64)).any()
    for number in range(2, 200):
        ids.add(np.array([number], np.int64), np.array([number], np.int64))
    assert ids.forgotten_until == 10**9
