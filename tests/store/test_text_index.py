"""The text index: it leaves out what cannot hold a text, and nothing else, whatever happens to it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from bench.store.workload import Workload
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from misstep_store.answering.listing import choose
from misstep_store.otlp import decode
from misstep_store.reader import RunQuery
from misstep_store.store import Store
from misstep_store.textindex import index as indexing
from misstep_store.textindex.bits import TOP_BITS, packed, pieces
from misstep_store.textindex.grams import mark
from misstep_store.textindex.index import LOGS, SPANS, SUFFIX

START = 1_760_000_000_000_000_000
SALT = 0x9E3779B97F4A7C15
BATCHES, RUNS = 24, 2
ROWS = 12 * RUNS * BATCHES
WORDS = ["Quetzal", "ÄRZTE-42", "日本語の文", "snake_word.z", "88617-44170"]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch) -> None:
    monkeypatch.setattr(indexing, "BLOCK_ROWS", 48)
    monkeypatch.setattr(indexing, "_STEP_ROWS", 24)


def batch(number: int, said: str | None = None) -> decode.Decoded:
    """Two runs; the first of them says a word of its own."""
    request = Workload(number, START + number * 10**12, 60.0).request(RUNS)
    if said is not None:
        value = request.resource_spans[0].scope_spans[0].spans[11].attributes[-1].value
        value.string_value = f"so it said {said}, twice"
    return decode.decode_traces(request.SerializeToString(), json=False)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A store without its index."""
    path = tmp_path_factory.mktemp("texts") / "t.duckdb"
    with Store.open(path) as store:
        fill(store)
    path.with_name(path.name + SUFFIX).unlink()
    return path


def fill(store: Store) -> None:
    for number in range(BATCHES):
        store.ingest(
            batch(number, WORDS[number // 4] if number in (2, 6, 10, 14, 18) else None).spans
        )
    store.reader.refresh()


def build(store: Store) -> int:
    made = 0
    while store.index.work():
        made += 1
    return made


@pytest.fixture
def path(made, tmp_path) -> Path:
    return Path(shutil.copy(made, tmp_path / "t.duckdb"))


@pytest.fixture
def store(path) -> Iterator[Store]:
    with Store.open(path) as opened:
        yield opened


def found(store: Store, text: str, *, use: bool = True) -> list[str]:
    index = store.index if use else None
    asked = RunQuery(text=text, limit=1000)
    return [r.run_id for r in choose(store.database, asked, index=index, budget_s=60).runs]


def rows_read(store: Store, text: str) -> int:
    return store.index.where(SPANS, text.lower()).rows


def marked(text: str) -> set[int]:
    data = np.frombuffer(text.encode(), np.uint8)
    bits = np.zeros(1 << TOP_BITS, np.uint8)
    mark(data, np.array([0, len(data)], np.int32), np.uint64(SALT), bits)
    return set(np.flatnonzero(bits).tolist())


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=40).map(str.lower), st.data())
def test_the_pieces_of_a_part_are_among_the_pieces_of_the_whole(text, data) -> None:
    whole = marked(text)
    assert set(pieces(text, SALT)) == whole
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    assert set(pieces(text[start:end], SALT)) <= whole


@settings(deadline=None, max_examples=40)
@given(st.sets(st.integers(0, (1 << TOP_BITS) - 1), max_size=3000))
def test_a_smaller_signature_keeps_every_piece(numbers) -> None:
    bits = np.zeros(1 << TOP_BITS, np.uint8)
    bits[list(numbers)] = 1
    size, made = packed(bits)
    assert len(made) == 1 << (size - 3)
    cut = [n >> (TOP_BITS - size) for n in numbers]
    assert all(made[c >> 3] >> (c & 7) & 1 for c in cut)


@pytest.mark.parametrize("word", WORDS)
def test_a_rare_text_is_found_by_reading_a_part_of_the_store(store, word) -> None:
    assert build(store) > 8
    assert len(found(store, word)) == 1
    assert found(store, word) == found(store, word, use=False)
    assert rows_read(store, word) < ROWS / 2


@pytest.mark.parametrize(
    "text", ["qu", "QUETZAL", "tzal, twice", "42", "nowhere-9", "a", "compose"]
)
def test_with_and_without_the_index_the_same_runs_are_found(store, text) -> None:
    build(store)
    assert found(store, text) == found(store, text, use=False)


def test_what_came_after_the_index_was_made_is_found(store) -> None:
    build(store)
    store.ingest(batch(100, "Quetzal").spans)
    store.reader.refresh()
    assert len(found(store, "quetzal")) == 2
    build(store)
    assert len(found(store, "quetzal")) == 2


def test_a_time_leaves_out_what_lies_before_it(store) -> None:
    build(store)
    late = START + BATCHES // 2 * 10**12
    assert (
        store.index.where(SPANS, "compose", since=late).rows
        < store.index.where(SPANS, "compose").rows
    )
    first = choose(
        store.database, RunQuery(text="quetzal", since="2100-01-01T00:00:00Z"), index=store.index
    )
    assert not first.runs


def test_a_deleted_text_is_out_of_the_index_and_its_neighbours_are_found(store) -> None:
    build(store)
    path = store.database.path.with_name(store.database.path.name + SUFFIX)
    (gone,) = found(store, "quetzal")
    neighbours = found(store, "compose")
    before = store.index.where(SPANS, "quetzal")
    bits = [b for b in store.index._signatures.blocks(0) if (b.low, b.high) in before.ranges]
    store.reader.delete(gone)
    assert store.index.work()
    told = path.read_bytes()
    assert all(not any(told[b.at : b.at + b.bytes]) for b in bits) or len(told) < bits[-1].at
    assert found(store, "quetzal") == []
    assert found(store, "compose") == [r for r in neighbours if r != gone]
    build(store)
    assert store.index.where(SPANS, "quetzal").rows < before.rows
    assert found(store, "compose") == [r for r in neighbours if r != gone]


def test_text_of_log_records_is_found_and_left_out_alike(store) -> None:
    (run_id,) = found(store, "quetzal")
    for number in range(60):
        request = ExportLogsServiceRequest()
        log = request.resource_logs.add().scope_logs.add().log_records.add()
        log.trace_id, log.span_id = bytes.fromhex(run_id), b"\1" * 8
        log.time_unix_nano = START + number
        log.body.string_value = "Kestrel 77" if number == 55 else f"line {number} of many"
        store.ingest((), decode.decode_logs(request.SerializeToString(), json=False).logs)
    store.reader.refresh()
    build(store)
    assert len(found(store, "kestrel")) == 1
    where = store.index.where(LOGS, "kestrel")
    assert where.rows < where.of == 60


@pytest.mark.parametrize("share", [0.0, 0.01, 0.3, 0.6, 0.999])
@pytest.mark.parametrize("how", ["cut", "flipped"])
def test_a_damaged_file_costs_time_and_no_answer(path, how, share) -> None:
    with Store.open(path) as store:
        build(store)
        expected = {word: found(store, word) for word in WORDS}
    file = path.with_name(path.name + SUFFIX)
    told = bytearray(file.read_bytes())
    at = int(share * len(told))
    if how == "cut":
        told = told[:at]
    else:
        told[at] ^= 0x10
    file.write_bytes(told)
    with Store.open(path) as store:
        assert {word: found(store, word) for word in WORDS} == expected
        build(store)
        assert {word: found(store, word) for word in WORDS} == expected
        assert store.index.state().waiting <= 48 + 24


def test_the_file_is_kept_between_openings_and_belongs_to_one_store(path) -> None:
    other = path.with_name("o.duckdb")
    with Store.open(path) as store:
        build(store)
        rows = store.index.state().rows
    with Store.open(path) as store:
        assert store.index.state().rows == rows
        assert build(store) == 0
    other.with_name(other.name + SUFFIX).write_bytes(
        path.with_name(path.name + SUFFIX).read_bytes()
    )
    with Store.open(other) as store:
        assert store.index.state().rows == 0


def test_a_folder_where_no_index_can_be_kept_is_searched_all_the_same(path) -> None:
    path.with_name(path.name + SUFFIX).mkdir()
    with Store.open(path) as store:
        assert build(store) == 0
        assert len(found(store, "quetzal")) == 1


def test_a_step_of_large_texts_ends_a_block(store, monkeypatch) -> None:
    monkeypatch.setattr(indexing, "BLOCK_BYTES", 10_000)
    assert build(store) > ROWS / 48
    assert len(found(store, "quetzal")) == 1


def test_numbers_of_transactions_go_on_where_they_were_when_the_clock_goes_back(
    path, monkeypatch
) -> None:
    with Store.open(path) as store:
        build(store)
    monkeypatch.setattr("misstep_store.ingest.write.time.time_ns", lambda: START)
    with Store.open(path) as store:
        store.ingest(batch(100, "Kingfisher").spans)
        store.reader.refresh()
        assert len(found(store, "kingfisher")) == 1
