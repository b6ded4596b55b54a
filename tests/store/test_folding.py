"""DuckDB's log is folded into the file when nothing else goes on, and nothing is lost by that."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path

import pytest

from misstep.errors import StoreError
from misstep_store.database import Database
from misstep_store.otlp.spans import Span
from misstep_store.store import Store
from misstep_store.upkeep import folding

KILLS = int(os.environ.get("MISSTEP_KILLS", "5"))
Usage = namedtuple("Usage", "total used free")


class Moments:
    """Time as it is told, a log as long as it is told, and how often it was folded in."""

    path = Path("/nowhere/t.duckdb")

    def __init__(self) -> None:
        self.now_s = 100.0
        self.bytes = self.commit = 0
        self.folded = 0
        self.fails = False

    def monotonic(self) -> float:
        return self.now_s

    def log_bytes(self) -> int:
        return self.bytes

    def fold(self) -> None:
        self.folded += 1
        if self.fails:
            raise StoreError("not now")
        self.bytes = 0


@pytest.fixture
def moments(monkeypatch) -> Moments:
    made = Moments()
    monkeypatch.setattr(folding, "time", made)
    monkeypatch.setattr(folding.shutil, "disk_usage", lambda _: Usage(10**12, 0, 10**12))
    return made


def looks(
    found: folding.Folding, moments: Moments, seconds: float, *, grows: int, comes: bool = True
) -> int:
    """Looks twice a second while the log grows by so many bytes a second, for what comes or for what
    is worked out; how often it was folded."""
    before = moments.folded
    for _ in range(int(seconds * 2)):
        moments.now_s += 0.5
        moments.bytes += grows // 2
        moments.commit += comes and grows > 0
        found.work(moments.commit)
    return moments.folded - before


def test_a_log_that_is_long_and_rests_is_folded_in_once(moments) -> None:
    found = folding.Folding(moments)
    assert looks(found, moments, 10, grows=2_000_000) == 0
    assert looks(found, moments, 4, grows=0) == 0
    assert looks(found, moments, 60, grows=0) == 1


def test_a_short_log_stays(moments) -> None:
    moments.bytes = folding.WORTH_BYTES - 1
    assert looks(folding.Folding(moments), moments, 60, grows=0) == 0


def test_a_drip_does_not_keep_a_log_from_being_folded_in(moments) -> None:
    moments.bytes = folding.WORTH_BYTES
    assert looks(folding.Folding(moments), moments, 60, grows=10_000) == 1


def test_what_is_worked_out_behind_does_not_keep_a_log_from_being_folded_in(moments) -> None:
    found = folding.Folding(moments)
    assert looks(found, moments, 10, grows=2_000_000) == 0
    assert looks(found, moments, 60, grows=300_000, comes=False) == 2


def test_what_failed_is_left_for_a_while(moments, caplog) -> None:
    moments.bytes, moments.fails = folding.WORTH_BYTES, True
    found = folding.Folding(moments)
    assert looks(found, moments, 60, grows=0) == 1
    assert "stays as it is: not now" in caplog.text
    moments.fails = False
    assert looks(found, moments, folding.AFTER_FAILURE_S, grows=0) == 1


def test_without_room_on_the_disk_it_is_not_tried(moments, monkeypatch, caplog) -> None:
    moments.bytes = folding.WORTH_BYTES
    usage = Usage(10**12, 10**12, folding.WORTH_BYTES)
    monkeypatch.setattr(folding.shutil, "disk_usage", lambda _: usage)
    assert looks(folding.Folding(moments), moments, 60, grows=0) == 0
    assert caplog.text.count("no room") == 1


def test_a_store_folds_its_log_in_behind_what_it_answers(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(folding, "WORTH_BYTES", 50_000)
    monkeypatch.setattr(folding, "QUIET_S", 0.1)
    with Store.open(tmp_path / "t.duckdb", background=True) as store:
        for number in range(40):
            name = f"{number:032x}"
            long = {"input.value": "word " * 1_000, "openinference.span.kind": "LLM"}
            made = Span(name, "2" * 16, "chat", start_unix_nano=1, end_unix_nano=2, attributes=long)
            store.ingest([made])
        until = time.monotonic() + 60
        while store.database.log_bytes() >= 50_000 and time.monotonic() < until:
            time.sleep(0.05)
        assert store.database.log_bytes() < 50_000
        assert store.reader.stats().runs == 40
        (hop,) = store.reader.run(f"{7:032x}").hops
        assert hop.hop_id == "2" * 16


WRITES = """
import sys, threading
from misstep_store.database import Database
database = Database.open(sys.argv[1])
def fold():
    while True:
        try:
            database.fold()
        except Exception:
            pass
threading.Thread(target=fold, daemon=True).start()
(number,), = database.rows("SELECT count(*) FROM counters")
while True:
    with database.transaction() as connection:
        connection.execute(
            "INSERT INTO counters SELECT 'n' || (? + i) || repeat('x', 300), 1 FROM range(30) t(i)",
            [number],
        )
    number += 30
    print(number, flush=True)
"""


def test_a_process_killed_while_it_folds_loses_nothing_it_committed(tmp_path) -> None:
    path = tmp_path / "t.duckdb"
    rng = random.Random(7)
    for _ in range(KILLS):
        program = [sys.executable, "-c", WRITES, str(path)]
        with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as running:
            assert running.stdout is not None
            assert running.stdout.readline()
            time.sleep(rng.random() * 0.3)
            running.send_signal(signal.SIGKILL)
            lines = running.stdout.read().splitlines(keepends=True)
        told = [int(line) for line in lines if line.endswith("\n")]
        last = told[-1] if told else 0
        with contextlib.closing(Database.open(path)) as again:
            assert again.rows("SELECT count(*) FROM counters")[0][0] >= last
            assert not again.rows("SELECT name FROM counters GROUP BY name HAVING count(*) > 1")
