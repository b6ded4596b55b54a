"""What is dropped is counted, told to the misstep endpoint that missed it, and shown there."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import httpx
import pytest

import misstep
from misstep import guard, runtime
from misstep.export.lost import Losses
from misstep.export.sinks import Sink
from misstep.inbox import inbox_path, segments
from misstep_store.serve.server import Server
from misstep_store.store import Store

FULL = "queue full"


@misstep.hop
def step(n: int) -> int:
    return n


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MISSTEP_MAX_QUEUE_SPANS", "4")
    monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "2")


def told(collector: Any) -> Counter[str]:
    """What a collector was told to have missed."""
    found: Counter[str] = Counter()
    for record in collector.starts():
        assert record.event_name == "misstep.dropped"
        at = {a.key: a.value for a in record.attributes}
        reason = at["misstep.dropped.reason"].string_value
        found[reason] += at["misstep.dropped.number"].int_value
    return found


def overflow(collector: Any) -> int:
    """Makes hops until the queue to a collector that hangs is full; how many were dropped."""
    before = misstep.dropped().get(FULL, 0)
    for n in range(20):
        step(n)
    collector.hang.set()
    return misstep.dropped().get(FULL, 0) - before


def test_a_misstep_endpoint_is_told_how_much_it_missed(small, collectors) -> None:
    server = collectors(is_misstep=True, hang=threading.Event())
    misstep.init(endpoint=server.url, service="shop", auto=False)
    lost = overflow(server)
    assert lost > 0 and misstep.flush(60)
    assert told(server) == {FULL: lost}
    assert len(server.names()) == 20 - lost
    resource = server.logs[0].resource_logs[0].resource
    assert {a.key: a.value.string_value for a in resource.attributes}["service.name"] == "shop"
    misstep.shutdown()
    assert told(server) == {FULL: lost}, "once"


def test_only_the_destination_that_missed_it_is_told_and_others_than_misstep_never(
    small, collectors
) -> None:
    slow, other = (collectors(is_misstep=m, hang=threading.Event()) for m in (True, False))
    fast = collectors(is_misstep=True)
    misstep.init(endpoint=[slow.url, other.url], auto=False)
    running = runtime.active()
    assert running is not None
    lost = overflow(slow)
    other.hang.set()
    assert misstep.flush(60)
    assert 0 < sum(told(slow).values()) < lost, "the other one's losses are not its own"
    assert other.logs == [] and len(other.names()) < 20
    misstep.init(endpoint=fast.url, auto=False)
    step(1)
    assert misstep.flush(60)
    assert fast.logs == [] and fast.names() == ["step"]


class Unsteady(Sink):
    """Takes the second request of two."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []

    def hears_events(self) -> bool:
        return True

    def send_events(self, body: bytes) -> bool:
        self.bodies.append(body)
        return len(self.bodies) % 2 == 0


def test_what_was_not_taken_is_sent_again_unchanged_and_what_came_since_after_it(start) -> None:
    start()
    running = runtime.active()
    assert running is not None
    sink = Unsteady()
    losses = Losses(sink, running.builder)
    losses.tell(now=True)
    assert sink.bodies == []
    guard.note(FULL, 3, ledger=losses.ledger)
    losses.tell(now=True)
    guard.note(FULL, 2, ledger=losses.ledger)
    losses.tell(now=True)
    assert losses.any()
    for _ in range(3):
        losses.tell(now=True)
    assert not losses.any()
    first, again, since, once_more = sink.bodies
    assert (first, since) == (again, once_more)
    assert b"queue full: 3" in first and b"queue full: 2" in since


def test_the_store_shows_it_by_reason_and_service(small, tmp_path) -> None:
    path = tmp_path / "t.duckdb"
    with Server(path, otlp_port=0, grpc_port=None, ui_port=None) as server:
        misstep.init(endpoint=server.otlp_url, service="shop", auto=False)
        running = runtime.active()
        assert running is not None
        losses = running.pipelines[0]._losses
        guard.note(FULL, 7, ledger=losses.ledger)
        assert misstep.flush(60)
        guard.note(FULL, 5, ledger=losses.ledger)
        guard.note("spool full: oldest batch dropped", 1, ledger=losses.ledger)
        assert misstep.flush(60)
        shown = httpx.get(f"{server.otlp_url}/api/stats", timeout=60).json()
        assert shown["dropped"] == {
            f"{FULL} (shop)": 12,
            "spool full: oldest batch dropped (shop)": 1,
        }
        assert shown["runs"] == shown["spans"] == 0


def test_a_process_that_ends_leaves_the_news_in_the_inbox(small, program, tmp_path) -> None:
    ran = program(
        """
        import misstep
        from misstep import guard, runtime
        misstep.init(store="t.duckdb", service="nightly", auto=False)
        misstep.hop(name="step")(lambda: 1)()
        guard.note("queue full", 9, ledger=runtime.active().pipelines[0]._losses.ledger)
        """
    )
    assert ran.code == 0, ran.err
    assert "queue full: 9" in ran.err or ran.err == ""
    assert {s for _, s in segments(inbox_path(tmp_path / "t.duckdb"))} == {"traces", "logs"}
    with Store.open(tmp_path / "t.duckdb") as store:
        store.poll_inbox()
        assert store.reader.stats().dropped == {f"{FULL} (nightly)": 9}


def test_the_news_waits_in_the_spool_for_a_misstep_server(program, serving, state, until) -> None:
    with serving() as up:
        url, port = up.url, int(up.url.rpartition(":")[2])
    ran = program(
        f"""
        import misstep
        misstep.init(endpoint={url!r}, auto=False)
        step = misstep.hop(name="step")(lambda: "x" * 3000)
        for n in range(3):
            step()
            misstep.flush(60)
        """,
        env={"MISSTEP_MAX_SPOOL_BYTES": "5500", "OTEL_EXPORTER_OTLP_TIMEOUT": "1"},
    )
    assert ran.code == 0, ran.err
    kept = sorted((state / "misstep" / "spool").glob("*/*.logs.otlp"))
    bodies = {path: path.read_bytes() for path in kept}
    assert bodies
    for is_misstep in (False, True):
        with serving(port) as back:
            back.is_misstep = is_misstep
            misstep.init(endpoint=url, auto=False)
            step(1)
            until(lambda: back.names()[-1:] == ["step"])
            until(lambda: not list((state / "misstep" / "spool").glob("*/*.otlp")))
            misstep.shutdown()
        assert told(back) == ({"spool full: oldest batch dropped": 2} if is_misstep else {})
        for path, body in bodies.items():
            path.write_bytes(body)
