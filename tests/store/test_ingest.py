"""What is acknowledged is stored once, whole, and in the next query."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench.store.workload import Workload
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from misstep.errors import DecodeError
from misstep_store.ingest import write
from misstep_store.otlp import decode
from misstep_store.otlp.spans import LogRecord, Span
from misstep_store.reader import RunQuery
from misstep_store.store import Store

START = 1_760_000_000_000_000_000


@pytest.fixture(params=["objects", "columns"])
def way(request) -> str:
    """Both ways in: decoded objects, and bodies through the walker."""
    if request.param == "columns":
        request.getfixturevalue("fast")
    return request.param


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "t.duckdb") as opened:
        yield opened


def put(store: Store, body: bytes, way: str):
    if way == "columns":
        queued = store.submit_body(body)
        assert queued is not None
        return queued.result(60)
    found = decode.decode_traces(body, json=False)
    return store.ingest(found.spans, rejected=found.rejected)


def body_of(*spans: dict) -> bytes:
    request = ExportTraceServiceRequest()
    scoped = request.resource_spans.add().scope_spans.add()
    for given in spans:
        span = scoped.spans.add(name=given.get("name", "chat"))
        span.trace_id = given.get("trace", 1).to_bytes(16, "big")
        span.span_id = given.get("span", 1).to_bytes(8, "big")
        span.parent_span_id = given["parent"].to_bytes(8, "big") if "parent" in given else b""
        span.start_time_unix_nano = given.get("start", START)
        span.end_time_unix_nano = given.get("end", START + 10**9)
        for key, value in given.get("attributes", {}).items():
            span.attributes.add(key=key).value.string_value = value
    return request.SerializeToString()


def stored(store: Store) -> list[tuple]:
    return store.database.rows(
        "SELECT trace_id, span_id, name, end_unix_nano FROM spans ORDER BY ALL"
    )


def test_a_batch_delivered_twice_changes_nothing(store, way) -> None:
    body = Workload(1, START).request(4).SerializeToString()
    first = put(store, body, way)
    before = stored(store), store.reader.runs(RunQuery())
    second = put(store, body, way)
    assert (first.accepted, first.duplicates) == (48, 0)
    assert (second.accepted, second.duplicates, second.conflicts) == (0, 48, 0)
    assert (stored(store), store.reader.runs(RunQuery())) == before


def test_a_batch_delivered_again_after_a_restart_changes_nothing(tmp_path, way) -> None:
    body = Workload(1, START).request(10).SerializeToString()
    with Store.open(tmp_path / "t.duckdb") as opened:
        put(opened, body, way)
    with Store.open(tmp_path / "t.duckdb") as opened:
        again = put(opened, body, way)
        assert (again.accepted, again.duplicates) == (0, 120)
        assert len(stored(opened)) == 120


@pytest.fixture
def forgetful(monkeypatch) -> int:
    """A writer that remembers few ids; their number."""
    monkeypatch.setattr(write, "MAX_IDS", 60)
    return 60


def hour(number: int) -> bytes:
    """Thirty-six spans of one hour."""
    workload = Workload(number, START + number * 3600 * 10**9)
    return workload.request(3).SerializeToString()


def test_an_old_span_whose_id_is_forgotten_is_still_known(store, fast, forgetful) -> None:
    bodies = [hour(n) for n in range(10)]
    assert [put(store, b, "columns").accepted for b in bodies] == [36] * 10
    before = stored(store)
    for again in (bodies[0], bodies[4], bodies[9], b"".join(bodies)):
        result = put(store, again, "columns")
        assert (result.accepted, result.conflicts) == (0, 0)
        assert result.duplicates == (360 if len(again) > len(bodies[4]) * 5 else 36)
    assert stored(store) == before


def test_an_old_span_is_still_known_after_a_restart(tmp_path, fast, forgetful) -> None:
    bodies = [hour(n) for n in range(6)]
    with Store.open(tmp_path / "t.duckdb") as opened:
        for body in bodies:
            put(opened, body, "columns")
    with Store.open(tmp_path / "t.duckdb") as opened:
        assert [put(opened, b, "columns").duplicates for b in bodies] == [36] * 6
        assert put(opened, hour(7) + bodies[0], "columns").accepted == 36
        assert len(stored(opened)) == 7 * 36


def test_a_late_span_of_a_forgotten_time_is_new(store, fast, forgetful) -> None:
    for number in range(6):
        put(store, hour(number), "columns")
    mixed = put(store, body_of({"trace": 5, "start": START}) + hour(1), "columns")
    assert (mixed.accepted, mixed.duplicates) == (1, 36)
    assert put(store, body_of({"trace": 6, "start": 0}), "columns").accepted == 1
    assert put(store, body_of({"trace": 6, "start": 0}), "columns").duplicates == 1


def test_forgotten_ids_of_a_deleted_run_do_not_bring_it_back_as_known(
    tmp_path, fast, forgetful
) -> None:
    with Store.open(tmp_path / "t.duckdb") as opened:
        put(opened, body_of({"trace": 7}), "columns")
        for number in range(4):
            put(opened, hour(number), "columns")
        opened.reader.delete(f"{7:032x}")
    with Store.open(tmp_path / "t.duckdb") as opened:
        assert put(opened, body_of({"trace": 7}) + hour(0), "columns").accepted == 1
        assert put(opened, hour(3), "columns").duplicates == 36


def test_an_unfinished_span_that_is_forgotten_is_completed_all_the_same(
    store, fast, forgetful
) -> None:
    put(store, body_of({"trace": 7, "end": 0}), "columns")
    for number in range(4):
        put(store, hour(number), "columns")
    assert put(store, body_of({"trace": 7}), "columns").accepted == 1
    assert [r[3] for r in stored(store) if r[0] == f"{7:032x}"] == [START + 10**9]


def test_what_came_one_way_is_known_on_the_other(store, fast) -> None:
    body = Workload(1, START).request(10).SerializeToString()
    put(store, body, "objects")
    assert put(store, body, "columns").duplicates == 120
    other = Workload(2, START).request(10).SerializeToString()
    put(store, other, "columns")
    assert put(store, other, "objects").duplicates == 120
    assert store.reader.stats().conflicts == 0


def test_ten_threads_with_the_same_batch_store_it_once(store, way) -> None:
    body = Workload(1, START).request(20).SerializeToString()
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(put(store, body, way))) for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(r.accepted for r in results) == 240
    assert sum(r.duplicates for r in results) == 9 * 240
    assert len(stored(store)) == 240


def test_the_same_span_twice_in_one_body_is_one_span(store, way) -> None:
    result = put(store, body_of({"span": 5}, {"span": 5}, {"span": 6}), way)
    assert (result.accepted, result.duplicates) == (2, 1)
    assert len(stored(store)) == 2


def test_a_finished_span_replaces_its_unfinished_self_in_either_order(store, way) -> None:
    put(store, body_of({"trace": 1, "end": 0}, {"trace": 2}), way)
    put(store, body_of({"trace": 1}, {"trace": 2, "end": 0}), way)
    assert [row[3] for row in stored(store)] == [START + 10**9] * 2
    assert store.reader.stats().conflicts == 0


def test_unlike_content_for_a_finished_span_is_a_counted_conflict(store, way) -> None:
    put(store, body_of({"name": "first"}), way)
    result = put(store, body_of({"name": "second"}), way)
    assert (result.accepted, result.conflicts) == (0, 1)
    assert [row[2] for row in stored(store)] == ["first"]
    assert store.reader.stats().conflicts == 1


def test_the_same_span_id_in_two_traces_is_two_spans(store, way) -> None:
    put(store, body_of({"trace": 1, "span": 9}, {"trace": 2, "span": 9}), way)
    assert len(stored(store)) == 2


def test_spans_of_one_trace_find_each_other_late_and_out_of_order(store, way) -> None:
    put(store, body_of({"span": 3, "parent": 2, "name": "leaf"}), way)
    assert store.reader.runs(RunQuery()).runs[0].span_count == 1
    put(store, body_of({"span": 1, "name": "root"}), way)
    put(store, body_of({"span": 2, "parent": 1, "name": "middle"}), way)
    run = store.reader.runs(RunQuery()).runs[0]
    assert (run.name, run.span_count, run.complete) == ("root", 3, True)


def test_a_body_with_bad_spans_keeps_the_good_ones_and_says_why(store, way) -> None:
    body = body_of({"span": 1}, {"span": 0}, {"trace": 0, "span": 4}, {"span": 2})
    result = put(store, body, way)
    assert result.accepted == 2
    assert len(stored(store)) == 2
    if way == "columns":
        assert len(result.rejected) == 2


def test_a_malformed_body_is_an_error_and_its_neighbours_are_stored(store, fast) -> None:
    good = [body_of({"trace": n}) for n in range(1, 9)]
    bad = good[0][:-3]
    store.submit_body(good[0]).result(60)
    jobs = [store.writer.submit_body(b, 1) for b in (good[1], bad, good[2])]
    assert jobs[0].result(60).accepted == jobs[2].result(60).accepted == 1
    with pytest.raises(DecodeError):
        jobs[1].result(60)


def test_a_flood_is_listed_filtered_and_summed_before_any_convention_has_read_it(
    store, fast
) -> None:
    bodies = list(Workload(5, START).batches(12 * 1024, 1024))
    for queued in [store.submit_body(b) for b in bodies]:
        queued.result(60)
    provisional = "SELECT count(*) FILTER (provisional), count(*) FROM runs"
    stats = store.reader.stats()
    assert stats.spans == 12 * 1024 and stats.runs >= 1024
    assert store.database.rows(provisional)[0][0] > 900
    page = store.reader.runs(RunQuery(limit=20))
    assert len(page.runs) == 20 and all(run.hop_count for run in page.runs)
    session = page.runs[7].session_id
    assert session
    assert all(r.session_id == session for r in store.reader.runs(RunQuery(session=session)).runs)
    failing = store.reader.runs(RunQuery(status="error", limit=1000)).runs
    assert failing and all(r.status == "error" for r in failing)


def test_pages_by_cursor_list_every_run_once(store, fast) -> None:
    for queued in [store.submit_body(b) for b in Workload(5, START).batches(1200, 300)]:
        queued.result(60)
    seen: list[str] = []
    cursor = None
    while True:
        page = store.reader.runs(RunQuery(limit=30, cursor=cursor))
        seen += [r.run_id for r in page.runs]
        cursor = page.next
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == store.reader.stats().runs


def test_log_content_joins_its_span_in_either_order(store, way) -> None:
    attributes = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
    for number, logs_first in ((1, True), (2, False)):
        trace, span = f"{number:032x}", f"{1:016x}"
        log = LogRecord(
            trace_id=trace,
            span_id=span,
            time_unix_nano=START,
            event_name="gen_ai.user.message",
            body={"content": f"question {number}"},
        )
        body = body_of({"trace": number, "attributes": attributes})
        if logs_first:
            store.ingest((), [log])
        put(store, body, way)
        if not logs_first:
            store.ingest((), [log])
        store.ingest((), [log])  # a second delivery changes nothing
        hop = store.reader.run(trace).hops[0]
        assert [m.text for m in hop.messages_in] == [f"question {number}"]


def test_a_run_of_thousands_of_spans_opens_with_and_without_payloads(store, fast) -> None:
    spans = [{"span": 1, "attributes": {"misstep.role": "run"}}] + [
        {
            "span": n,
            "parent": 1,
            "start": START + n,
            "attributes": {"misstep.role": "hop", "misstep.input": f'"{n}"'},
        }
        for n in range(2, 2602)
    ]
    put(store, body_of(*spans), "columns")
    run_id = f"{1:032x}"
    bare = store.reader.run(run_id, payloads=False)
    full = store.reader.run(run_id)
    assert len(bare.hops) == len(full.hops) == 2600
    assert bare.hops[5].input is None and full.hops[5].input == "7"
    assert [h.hop_id for h in bare.hops] == [h.hop_id for h in full.hops]


def test_a_deleted_run_can_be_delivered_again(store, way) -> None:
    body = body_of({"trace": 7})
    put(store, body, way)
    store.reader.delete(f"{7:032x}")
    assert put(store, body, way).accepted == 1
    assert len(store.reader.runs(RunQuery()).runs) == 1


def test_a_failed_transaction_is_told_and_the_next_delivery_stored(store, way, monkeypatch) -> None:
    put(store, body_of({"trace": 1}), way)
    real = store.database.write

    def full(*_: object, **__: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(store.database, "write", full)
    with pytest.raises(OSError, match="No space"):
        put(store, body_of({"trace": 2}), way)
    monkeypatch.setattr(store.database, "write", real)
    assert put(store, body_of({"trace": 2}), way).accepted == 1
    assert store.ingest([Span("3" * 32, "1" * 16, "x", end_unix_nano=1)]).accepted == 1
    assert {r[0] for r in store.database.rows("SELECT resource_id FROM spans")} <= {
        r[0] for r in store.database.rows("SELECT resource_id FROM resources")
    }
