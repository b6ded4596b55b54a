"""Where spans go: collectors present, away, hanging and back; several at once; files."""

from __future__ import annotations

import json
import logging
import threading
from concurrent import futures
from typing import Any

import grpc
import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

import misstep
from misstep import runtime
from misstep.inbox import inbox_path, segments


@misstep.hop(kind="tool")
def step(n: int, text: str = "") -> dict[str, Any]:
    return {"n": n, "text": text}


def given(collector: Any) -> list[int]:
    """The ``n`` of each step that arrived, in order."""
    texts = [
        a.value.string_value
        for s in collector.spans()
        for a in s.attributes
        if a.key == "misstep.input"
    ]
    return [json.loads(text)["n"] for text in texts]


def test_what_we_encode_is_what_the_official_encoder_encodes(start, collector) -> None:
    recorded = start(endpoint=collector.url, tags=["a", "b"])

    @misstep.hop(kind="llm", output=int)
    def fail(x: float) -> None:
        misstep.state({"n": [1, None, 2.5, True, "ü"]})
        raise ValueError("wrong")

    @misstep.pipeline
    def whole(**given: Any) -> str:
        step(1)
        with pytest.raises(ValueError):
            fail(1.5)
        misstep.mark("bad", text="x")
        return "done"

    whole(a={"b": [1]}, big=2**80)
    official = ExportTraceServiceRequest.FromString(
        encode_spans(recorded.spans()).SerializeToString()
    )
    assert len(collector.traces) == 1
    ours = collector.traces[0]
    for request in (ours, official):
        for span in request.resource_spans[0].scope_spans[0].spans:
            attributes = sorted(span.attributes, key=lambda a: a.key)
            del span.attributes[:]
            span.attributes.extend(attributes)
    assert ours == official


def test_spans_arrive_in_order_with_their_resource(collector) -> None:
    misstep.init(endpoint=collector.url, service="shop", version="1.2", auto=False)
    for n in range(5):
        step(n)
    assert misstep.flush(60)
    resource = {
        a.key: a.value.string_value
        for a in collector.traces[0].resource_spans[0].resource.attributes
    }
    assert (resource["service.name"], resource["service.version"]) == ("shop", "1.2")
    given = [
        next(a.value.string_value for a in s.attributes if a.key == "misstep.input")
        for s in collector.spans()
    ]
    assert [json.loads(g)["n"] for g in given] == list(range(5))


def test_large_batches_are_split_at_four_mebibytes(collector) -> None:
    misstep.init(endpoint=collector.url, auto=False)
    for n in range(24):
        step(n, "x" * 500_000)
    assert misstep.flush(60)
    assert len(collector.names()) == 24
    assert len(collector.raw) > 1 and max(map(len, collector.raw)) <= 4 * 1024 * 1024


def test_several_endpoints_have_queues_of_their_own(collectors, until) -> None:
    good, hanging = collectors(), collectors(hang=threading.Event())
    misstep.init(endpoint=[hanging.url, good.url], auto=False)
    step(1)
    until(lambda: good.names() == ["step"])
    assert misstep.flush(0.05) is False  # the other has not answered
    hanging.hang.set()
    assert misstep.flush(60)
    assert hanging.names() == ["step"]


def test_spans_wait_on_disk_while_the_collector_is_away_and_arrive_in_order(
    serving, state, until
) -> None:
    with serving() as up:
        url, port = up.url, int(up.url.rpartition(":")[2])
    misstep.init(endpoint=url, auto=False)
    for n in range(3):
        step(n)
    running = runtime.active()
    assert running is not None
    running.pipelines[0]._sink._exporter.stopped = True  # skip the exporter's own retries
    assert misstep.flush(60)
    step(3)
    assert misstep.flush(60)
    assert len(list((state / "misstep" / "spool").glob("*/*.otlp"))) == 2
    running.pipelines[0]._sink._exporter.stopped = False
    with serving(port) as back:
        until(lambda: len(back.names()) == 4)
        step(4)
        assert misstep.flush(60)
        assert given(back) == [0, 1, 2, 3, 4]
    assert list((state / "misstep" / "spool").glob("*/*.otlp")) == []


@pytest.mark.parametrize("scheme", ["http", "grpc"])
def test_an_absent_collector_is_told_of_once_in_misstep_s_own_words(program, state, scheme) -> None:
    ran = program(
        f"""
        import logging, misstep
        logging.basicConfig(format="%(name)s: %(message)s")
        misstep.init(endpoint="{scheme}://127.0.0.1:9", auto=False)
        for n in range(2):
            misstep.hop(name="step")(lambda: 1)()
            misstep.flush(0.7)
        misstep.shutdown()
        theirs = logging.getLogger("opentelemetry.exporter.otlp.proto.{scheme}.exporter")
        theirs.warning("the program's own exporters still say what they say")
        """
    )
    assert ran.code == 0
    ours, theirs = ran.err.splitlines()
    (folder,) = (state / "misstep" / "spool").iterdir()
    assert ours.startswith(f"misstep: {scheme}://127.0.0.1:9") and ours.endswith(str(folder))
    assert "takes no spans: they wait in" in ours
    assert theirs.endswith("the program's own exporters still say what they say")


def test_what_an_earlier_process_left_in_the_spool_is_delivered_first(
    program, collector, state, until
) -> None:
    dead = "http://127.0.0.1:9"
    ran = program(
        f"""
        import misstep
        misstep.init(endpoint={dead!r}, auto=False)
        misstep.hop(name="before")(lambda: 1)()
        """
    )
    assert ran.code == 0
    (folder,) = (state / "misstep" / "spool").iterdir()
    from misstep.facts import short_hash

    folder.rename(folder.with_name(short_hash(collector.url + "/v1/traces")))
    misstep.init(endpoint=collector.url, auto=False)
    misstep.hop(name="after")(lambda: 1)()
    assert misstep.flush(60)
    until(lambda: collector.names() == ["before", "after"])


@pytest.mark.parametrize("status", [429, 503])
def test_a_collector_that_is_busy_gets_the_batch_again(collector, status, until) -> None:
    collector.status = status
    misstep.init(endpoint=collector.url, auto=False)
    step(1)
    until(lambda: collector.refused)
    collector.status = 200
    until(lambda: collector.names() == ["step"])


def test_a_full_spool_drops_its_oldest_batch_and_counts_it(tmp_path) -> None:
    from misstep.export.spool import Spool

    spool = Spool(tmp_path / "spool", max_bytes=250)
    before = misstep.dropped().get("spool full: oldest batch dropped", 0)
    for n in range(4):
        assert spool.put(bytes([n]) * 100)
    kept = [path.read_bytes()[0] for path, _ in segments(tmp_path / "spool")]
    assert kept == [2, 3]
    assert misstep.dropped()["spool full: oldest batch dropped"] == before + 2


def test_a_spool_on_a_disk_that_refuses_is_counted_and_hurts_nobody(tmp_path) -> None:
    from misstep.export.spool import Spool

    (tmp_path / "file").write_text("")
    before = misstep.dropped().get("spool cannot be written", 0)
    assert Spool(tmp_path / "file" / "x", 1000).put(b"x") is False
    assert misstep.dropped()["spool cannot be written"] == before + 1


class Stuck(SpanExporter):
    """Takes nothing until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.got = 0

    def export(self, spans: Any) -> SpanExportResult:
        self.go.wait()
        self.got += len(spans)
        return SpanExportResult.SUCCESS


def test_a_full_queue_drops_new_spans_counts_them_and_says_so(monkeypatch, caplog) -> None:
    monkeypatch.setenv("MISSTEP_MAX_QUEUE_SPANS", "100")
    exporter = Stuck()
    misstep.init(exporter=exporter, auto=False)
    before = misstep.dropped().get("queue full", 0)
    for n in range(1000):
        step(n)
    lost = misstep.dropped()["queue full"] - before
    exporter.go.set()
    assert misstep.flush(60)
    assert exporter.got + lost == 1000
    assert 0 < exporter.got <= 100 + 512
    with caplog.at_level(logging.WARNING, "misstep"):
        misstep.shutdown()
    assert "not everything was recorded" in caplog.text and "queue full" in caplog.text


def test_when_the_queues_memory_is_full_payloads_go_first_and_the_span_says_so(
    start, monkeypatch
) -> None:
    monkeypatch.setenv("MISSTEP_MAX_QUEUE_BYTES", "100000")
    recorded = start()
    with misstep.run("all"):
        for n in range(10):
            step(n, "x" * 30_000)
    spans = [dict(s.attributes or {}) for s in recorded.spans() if s.name == "step"]
    assert len(spans) == 10
    without = [a for a in spans if "misstep.input" not in a]
    assert without and all(a["misstep.left_out.size_bytes"] > 30_000 for a in without)
    assert all(a["misstep.input.cut"] for a in without)


def test_flush_tells_of_every_batch_that_was_lost_not_only_of_the_last(monkeypatch) -> None:
    class LosesTheFirst(SpanExporter):
        calls = 0

        def export(self, spans: Any) -> SpanExportResult:
            self.calls += 1
            return SpanExportResult.FAILURE if self.calls == 1 else SpanExportResult.SUCCESS

    exporter = LosesTheFirst()
    misstep.init(exporter=exporter, auto=False)
    for n in range(600):
        step(n)
    assert misstep.flush() is False
    assert exporter.calls >= 2
    assert misstep.flush(60) is True


def test_an_exporter_that_raises_is_counted_and_does_not_stop_the_next_batch(monkeypatch) -> None:
    class Moody(SpanExporter):
        def __init__(self) -> None:
            self.names: list[str] = []

        def export(self, spans: Any) -> SpanExportResult:
            if not self.names:
                self.names.append("raised")
                raise RuntimeError("broken")
            self.names += [s.name for s in spans]
            return SpanExportResult.SUCCESS

    exporter = Moody()
    misstep.init(exporter=exporter, auto=False)
    step(1)
    assert misstep.flush() is False
    step(2)
    assert misstep.flush(60) is True
    assert exporter.names == ["raised", "step"]


# --- gRPC --------------------------------------------------------------------------------


class Service(trace_service_pb2_grpc.TraceServiceServicer):
    def __init__(self) -> None:
        self.names: list[str] = []

    def Export(self, request: Any, context: Any) -> Any:
        self.names += [
            s.name for r in request.resource_spans for c in r.scope_spans for s in c.spans
        ]
        return trace_service_pb2.ExportTraceServiceResponse()


def serve_grpc(port: int = 0) -> tuple[Any, Service, int]:
    server = grpc.server(futures.ThreadPoolExecutor(2))
    service = Service()
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(service, server)
    port = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    return server, service, port


def test_grpc_collectors_get_the_same_spans() -> None:
    server, service, port = serve_grpc()
    try:
        misstep.init(endpoint=f"grpc://127.0.0.1:{port}", auto=False)
        step(1)
        assert misstep.flush(60)
        assert service.names == ["step"]
    finally:
        server.stop(0)


def test_the_standard_variables_choose_grpc(monkeypatch) -> None:
    server, service, port = serve_grpc()
    try:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{port}")
        misstep.init(auto=False)
        step(1)
        assert misstep.flush(60)
        assert service.names == ["step"]
    finally:
        server.stop(0)


def test_what_waited_in_the_spool_of_a_grpc_collector_is_delivered(state, until) -> None:
    misstep.init(endpoint="grpc://127.0.0.1:1", auto=False)
    running = runtime.active()
    assert running is not None
    sink = running.pipelines[0]._sink
    sink._exporter.stopped = True
    step(1)
    assert misstep.flush(60)
    server, service, port = serve_grpc()
    try:
        sink._exporter.url = f"grpc://127.0.0.1:{port}"
        sink._exporter.stopped = False
        until(lambda: service.names == ["step"])
    finally:
        server.stop(0)


# --- files -------------------------------------------------------------------------------


def test_jsonl_holds_one_otlp_json_request_a_line(tmp_path) -> None:
    misstep.init(jsonl=tmp_path / "t.jsonl", auto=False)
    step(1)
    assert misstep.flush(60)
    step(2)
    assert misstep.flush(60)
    lines = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text().splitlines()]
    spans = [line["resourceSpans"][0]["scopeSpans"][0]["spans"][0] for line in lines]
    assert [s["name"] for s in spans] == ["step", "step"]
    assert all(len(s["traceId"]) == 32 and len(s["spanId"]) == 16 for s in spans)


def test_a_store_without_an_owner_gets_whole_segments_in_its_inbox(tmp_path) -> None:
    store = tmp_path / "t.duckdb"
    misstep.init(store=store, auto=False)
    step(1)
    assert misstep.flush(60)
    ((path, signal),) = segments(inbox_path(store))
    request = ExportTraceServiceRequest.FromString(path.read_bytes())
    assert signal == "traces"
    assert request.resource_spans[0].scope_spans[0].spans[0].name == "step"
    assert not store.exists()


# --- open hops ---------------------------------------------------------------------------


@pytest.fixture
def at_once(monkeypatch) -> None:
    monkeypatch.setenv("MISSTEP_ANNOUNCE_AFTER_S", "0")


def test_open_hops_are_announced_once_to_a_misstep_endpoint(at_once, collectors, until) -> None:
    server = collectors(is_misstep=True)
    misstep.init(endpoint=server.url, auto=False)
    with misstep.run("nightly") as run, misstep.hop("long", kind="tool") as hop:
        hop.input = {"q": 1}
        until(lambda: len(server.starts()) == 2)
        first, second = server.starts()
        assert first.trace_id.hex() == run.id and second.span_id.hex() == hop.id
        told = {a.key: a.value.string_value for a in second.attributes}
        assert second.event_name == "misstep.hop.start"
        assert told["misstep.hop.start.name"] == "long"
        assert told["misstep.hop.start.parent_span_id"] == first.span_id.hex()
        assert told["misstep.input"] == '{"q":1}'
        assert server.names() == []
    assert misstep.flush(60)
    assert sorted(server.names()) == ["long", "nightly"]
    assert len(server.starts()) == 2


def test_open_hops_are_announced_nowhere_else(at_once, collector, until) -> None:
    misstep.init(endpoint=collector.url, auto=False)
    with misstep.run("nightly"):
        step(1)
        until(lambda: collector.names() == ["step"])
    assert misstep.flush(60)
    assert collector.logs == []


def test_open_hops_are_announced_in_the_inbox_of_a_store(at_once, tmp_path, until) -> None:
    store = tmp_path / "t.duckdb"
    misstep.init(store=store, auto=False)
    with misstep.run("nightly"):
        (found,) = until(lambda: list(segments(inbox_path(store))))
        assert found[1] == "logs"


# --- the standard switches ---------------------------------------------------------------


def test_otel_sdk_disabled_switches_everything_off(monkeypatch) -> None:
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    misstep.init()
    assert runtime.active() is None


def test_otel_traces_exporter_none_sends_nothing(monkeypatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")
    misstep.init(auto=False)
    step(1)
    running = runtime.active()
    assert running is not None and running.pipelines == []
    assert misstep.flush(60)


def test_tags_stand_on_whatever_is_a_run_and_on_nothing_inside_it(start) -> None:
    recorded = start(tags=["nightly"])

    @misstep.pipeline
    def whole() -> None:
        step(1)

    whole()
    step(2)
    found = {dict(s.attributes or {}).get("misstep.input"): s for s in recorded.spans()}
    tagged = {k for k, s in found.items() if (s.attributes or {}).get("misstep.tags")}
    assert tagged == {"{}", '{"n":2,"text":""}'}
    assert len(found) == 3
