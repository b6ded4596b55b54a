"""The doctor: what a recording lacks, and damaged stores."""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from made_runs import run_id
from served import PROGRAM

from misstep_store.database import BLOCK_BYTES
from misstep_store.serve.server import Server
from misstep_store.store import Store
from misstep_store.wal import damaged_at

WRITER = """
import sys, os
sys.path.insert(0, sys.argv[2])
from made_runs import one_run
from misstep_store.store import Store
store = Store.open(sys.argv[1])
for number in range(100, 120):
    store.ingest(one_run(number))
os._exit(0)
"""


@pytest.fixture(scope="module")
def killed_once(five_runs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of five runs, and twenty more in the log of a process that was killed."""
    path = Path(shutil.copy(five_runs, tmp_path_factory.mktemp("killed")))
    command = [sys.executable, "-c", WRITER, str(path), str(Path(__file__).parents[1] / "support")]
    subprocess.run(command, check=True, timeout=120)
    assert wal(path).stat().st_size > 10_000
    return path


@pytest.fixture
def killed(killed_once: Path, tmp_path: Path) -> Path:
    """That store and its log, the test's own."""
    shutil.copy(wal(killed_once), tmp_path)
    return Path(shutil.copy(killed_once, tmp_path))


def wal(path: Path) -> Path:
    return path.with_name(path.name + ".wal")


def flip(path: Path, share: float) -> bytes:
    """Damages one byte of text at or after a share of the file."""
    body = bytearray(path.read_bytes())
    text = re.compile(rb"[a-z0-9]{12}").search(body, int(len(body) * share))
    assert text is not None
    body[text.start() + 6] ^= 0xFF
    path.write_bytes(body)
    return bytes(body)


def test_a_healthy_store_is_called_healthy(store, misstep) -> None:
    told = misstep("doctor", "--store", store, "--json").json
    assert told["state"] == "healthy" and (told["runs"], told["spans"]) == (5, 15)
    assert "healthy" in misstep("doctor", "--store", store).out


def test_a_trace_that_went_into_another_s_run_is_no_run_of_its_own(store, misstep) -> None:
    with Store.open(store) as opened, opened.database.transaction() as connection:
        connection.execute("INSERT INTO folded VALUES (?, ?)", [run_id(1), run_id(2)])
    told = misstep("doctor", "--store", store, "--json").json
    assert (told["runs"], told["spans"]) == (4, 15)


def test_a_store_of_a_killed_process_is_whole(killed, misstep) -> None:
    told = misstep("doctor", "--store", killed, "--json").json
    assert told["state"] == "healthy" and told["spans"] == 15 + 60


def test_a_damaged_log_costs_what_follows_and_the_loss_is_named(killed, misstep) -> None:
    damaged = flip(wal(killed), 0.5)
    base = killed.read_bytes()
    refused = misstep("runs", "--store", killed)
    assert refused.code == 2 and "misstep doctor" in refused.err
    told = misstep("doctor", "--store", killed)
    assert told.code == 0, told.err
    assert "damaged" in told.out and "lost: the last" in told.out and "misstep up" in told.out
    assert (killed.read_bytes(), wal(killed).read_bytes()) == (base, damaged)
    recovered = killed.with_name("t.recovered.duckdb")
    with Store.open(recovered) as opened:
        assert all(opened.reader.run(run_id(n)).hops for n in range(1, 6))
        assert 15 < opened.reader.stats().spans < 75


def test_a_log_damaged_at_its_head_leaves_the_file_itself(killed, misstep) -> None:
    flip(wal(killed), 0.0005)
    told = misstep("doctor", "--store", killed, "--json").json
    assert told["state"] == "recovered" and told["spans"] == 15
    assert "bytes of the write-ahead log" in told["lost"]


def test_what_was_committed_while_a_damaged_log_was_folded_in_is_named_as_lost(
    killed, misstep
) -> None:
    flip(wal(killed), 0.5)
    second = killed.with_name("t.duckdb.wal.checkpoint")
    second.write_bytes(b"x" * 321)
    told = misstep("doctor", "--store", killed, "--json").json
    assert told["state"] == "recovered"
    assert told["lost"].endswith(f"all 321 bytes of the log that was begun meanwhile, {second}")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_a_log_damaged_in_the_length_of_an_entry_is_told_from_a_crash(
    killed, misstep, share
) -> None:
    """DuckDB takes it for an entry that was being written, and drops what follows in silence."""
    log = bytearray(wal(killed).read_bytes())
    at = log.find(b"\xff\xff") + 2
    while at < share * len(log):
        at += 16 + struct.unpack_from("<Q", log, at)[0]
    log[at + 5] ^= 0x10
    wal(killed).write_bytes(log)
    with duckdb.connect(str(killed), read_only=True) as connection:  # not a word
        found = connection.execute("SELECT count(*) FROM spans").fetchall()
    assert found[0][0] < 75
    for verb in ("runs", "stats"):
        refused = misstep(verb, "--store", killed)
        assert refused.code == 2 and "misstep doctor" in refused.err
    assert wal(killed).read_bytes() == log
    told = misstep("doctor", "--store", killed, "--json").json
    assert (told["state"], told["spans"]) == ("recovered", found[0][0])
    assert f"the last {len(log) - at} of {len(log)} bytes" in told["lost"]
    with Store.open(told["recovered_to"]) as opened:
        assert opened.reader.stats().spans == found[0][0]


def test_a_log_that_ends_anywhere_is_that_of_a_crash(killed, tmp_path) -> None:
    log, other = wal(killed).read_bytes(), tmp_path / "cut.duckdb"
    for length in [*range(100), *range(100, len(log), 31), len(log)]:
        wal(other).write_bytes(log[:length])
        assert damaged_at(other) is None


def test_a_log_that_is_none_leaves_the_file_itself(killed, misstep) -> None:
    wal(killed).write_bytes(b"notes, by mistake under this name\n" * 50)
    assert misstep("runs", "--store", killed).code == 2
    told = misstep("doctor", "--store", killed, "--json").json
    assert (told["state"], told["spans"]) == ("recovered", 15)
    with Store.open(told["recovered_to"]) as opened:
        assert opened.reader.stats().spans == 15


def test_a_store_damaged_where_it_is_read_is_called_so_in_one_line(store) -> None:
    """By a process of its own: DuckDB complains at the end of one that still holds a connection."""
    whole = store.read_bytes()
    spoilt = {"cut": whole[: len(whole) // 2], "flipped": bytearray(whole)}
    for at in range(3 * 4096 + 500, len(whole), 65_536):
        spoilt["flipped"][at] ^= 0xFF  # type: ignore[index]
    for how, body in spoilt.items():
        store.write_bytes(body)
        done = subprocess.run(
            [PROGRAM, "runs", "--store", str(store)], capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 2 and not done.stdout, how
        assert "is damaged" in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr


def test_a_second_recovery_does_not_overwrite_the_first(killed, misstep) -> None:
    flip(wal(killed), 0.5)
    names = [misstep("doctor", "--store", killed, "--json").json["recovered_to"] for _ in range(2)]
    assert [Path(n).name for n in names] == ["t.recovered.duckdb", "t.recovered-2.duckdb"]


def test_a_block_damaged_in_the_file_costs_its_rows_alone(store, misstep) -> None:
    with Store.open(store) as opened:
        table = opened.database.rows("SELECT block_id FROM pragma_storage_info('spans')")
    blocks = sorted({r[0] for r in table if r[0] is not None and r[0] >= 0})
    body = bytearray(store.read_bytes())
    at = 3 * 4096 + blocks[-1] * BLOCK_BYTES + 1000
    body[at] ^= 0xFF
    store.write_bytes(body)
    with pytest.raises(duckdb.Error), duckdb.connect(str(store), read_only=True) as connection:
        connection.execute("SELECT max(hash(COLUMNS(*))) FROM spans").fetchall()
    told = misstep("doctor", "--store", store)
    assert store.read_bytes() == bytes(body)
    if told.code == 2:  # all spans lay in that block
        assert "nothing in it can be recovered" in told.err
    else:
        assert "lost:" in told.out and "rows of spans" in told.out


def test_a_file_damaged_at_its_head_is_said_to_be_lost_and_left_alone(store, misstep) -> None:
    body = bytearray(store.read_bytes())
    body[4096:16_384] = b"\xee" * (16_384 - 4096)
    store.write_bytes(body)
    told = misstep("doctor", "--store", store)
    assert told.code == 2 and "nothing in it can be recovered" in told.err
    assert len(told.err.splitlines()) == 1
    assert store.read_bytes() == bytes(body)
    assert list(store.parent.glob("*.recovered*")) == []


def test_other_files_are_not_taken_for_damaged_stores(tmp_path, misstep) -> None:
    text, foreign = tmp_path / "text.duckdb", tmp_path / "foreign.duckdb"
    text.write_bytes(b"plain text" * 1000)
    with duckdb.connect(str(foreign)) as connection:
        connection.execute("CREATE TABLE mine (a INTEGER)")
    for path, told in ((text, "not a DuckDB file"), (foreign, "not a misstep store")):
        ended = misstep("doctor", "--store", path)
        assert ended.code == 2 and told in ended.err, ended.err
    assert misstep("doctor", "--store", tmp_path / "none.duckdb").code == 2
    assert not (tmp_path / "none.duckdb").exists()


def test_the_inbox_is_looked_at(store, misstep) -> None:
    inbox = store.with_name(store.name + ".inbox")
    (inbox / "bad").mkdir(parents=True)
    (inbox / "1.traces.otlp").write_bytes(b"")
    (inbox / "bad" / "2.traces.otlp").write_bytes(b"x")
    told = misstep("doctor", "--store", store, "--json").json
    assert (told["inbox_waiting"], told["inbox_unreadable"]) == (1, 1)


def test_a_served_store_is_asked_of_its_server(store, misstep) -> None:
    with Server(store, otlp_port=0, grpc_port=None, ui_port=None):
        told = misstep("doctor", "--store", store, "--json").json
    assert told["state"] == "healthy" and told["spans"] == 15


def test_a_run_is_told_what_its_recording_supports(store, misstep) -> None:
    told = misstep("doctor", run_id(1)[:8], "--store", store)
    assert told.code == 0 and "✓" in told.out and "mend it:" in told.out
    shape = misstep("doctor", run_id(1), "--store", store, "--json").json
    assert shape["run_id"] == run_id(1)
    assert {c["claim"] for c in shape["claims"]} >= {"the run ended", "the outcome is known"}
    assert misstep("doctor", "0123abcd", "--store", store).code == 2
