"""R6: a full disk costs no acknowledged span and stops no reader, and is over when there is room."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from served import Up, empty_home, serving

from misstep.errors import NotFound, StoreError
from misstep_store import database
from misstep_store.database import Database, NotWritten
from misstep_store.otlp.spans import Span
from misstep_store.store import Store

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="fills a disk in Linux's ways")

PORTS = ("--no-ui", "--otlp-port", "0", "--grpc-port", "0")
PROTOBUF = {"content-type": "application/x-protobuf"}
START = 1_760_000_000 * 10**9
ROOM_BYTES = 6 * 1024 * 1024
SPANS = 20
Full = tuple[Path, Callable[[Up], None], Callable[[Up], None]]
"""Where the store lies, what takes the room from a server, and what gives it back."""


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Full]:
    """A file system of its own, which another file fills."""
    disk, filler = folder / "disk", folder / "disk" / "filler"
    disk.mkdir()
    size = ["-o", f"size={ROOM_BYTES}"]
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", *size, "tmpfs", str(disk)], capture_output=True, check=False
        ).returncode
    )
    if not mounted:
        pytest.skip("a small file system can only be mounted by root, outside of a container")

    def fill(_: Up) -> None:
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(b"\0" * 4096)

    try:
        yield disk / "t.duckdb", fill, lambda _: filler.unlink()
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


@contextlib.contextmanager
def limited_file(folder: Path) -> Iterator[Full]:
    """A limit on how large the server's files may become."""

    def limit(server: Up, size: int) -> None:
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    path = folder / "t.duckdb"

    def fill(server: Up) -> None:
        limit(server, max(p.stat().st_size for p in folder.glob("t.duckdb*")))

    yield path, fill, lambda server: limit(server, resource.RLIM_INFINITY)


def batch(number: int) -> bytes:
    made = ExportTraceServiceRequest()
    scoped = made.resource_spans.add().scope_spans.add()
    for index in range(SPANS):
        span = scoped.spans.add(trace_id=(number + 1).to_bytes(16, "big"), name="chat")
        span.span_id = (index + 1).to_bytes(8, "big")
        span.start_time_unix_nano = START + number
        span.end_time_unix_nano = START + 10**9
        span.attributes.add(key="input.value").value.string_value = os.urandom(1500).hex()
    return made.SerializeToString()


def post(server: Up, body: bytes) -> httpx.Response:
    return httpx.post(f"{server.otlp}/v1/traces", content=body, headers=PROTOBUF, timeout=60)


def stored_spans(server: Up) -> int:
    answer = httpx.get(f"{server.otlp}/api/stats", timeout=60)
    assert answer.status_code == 200, answer.text
    return int(answer.json()["spans"])


@pytest.mark.parametrize("kind", [small_disk, limited_file], ids=["disk", "limit"])
def test_a_full_disk_is_503_while_reads_go_on_and_heals_by_itself(tmp_path: Path, kind) -> None:
    bodies = [batch(number) for number in range(6)]
    environment = empty_home(tmp_path / "home")
    with contextlib.ExitStack() as stack:
        path, fill, free = stack.enter_context(kind(tmp_path))
        server = stack.enter_context(serving(path, *PORTS, environment=environment))
        assert [post(server, body).status_code for body in bodies[:2]] == [200, 200]
        assert stored_spans(server) == 2 * SPANS
        fill(server)
        for body in bodies[2:] * 2:
            answer = post(server, body)
            if answer.status_code != 200:
                break
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) >= 1
        assert "not stored" in Status.FromString(answer.content).message
        assert stored_spans(server) >= 2 * SPANS  # what was acknowledged can be read
        for path_of in ("/api/runs", f"/api/runs/{1:032x}", f"/api/runs/{1:032x}/diagnosis"):
            read = httpx.get(server.otlp + path_of, timeout=60)
            assert read.status_code == 200, (path_of, read.text)
        free(server)
        assert [post(server, body).status_code for body in bodies] == [200] * 6
        assert stored_spans(server) == 6 * SPANS
        assert server.process.poll() is None
        assert server.stop() == 0
        with serving(path, *PORTS, environment=environment) as again:
            assert stored_spans(again) == 6 * SPANS


@contextlib.contextmanager
def files_up_to(size: int) -> Iterator[None]:
    """A limit on the files of this process."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("reopens", [True, False], ids=["at once", "later"])
def test_a_store_that_duckdb_gave_up_is_opened_anew(tmp_path, monkeypatch, reopens) -> None:
    path = tmp_path / "t.duckdb"
    with contextlib.closing(Database.open(path)) as opened:

        def add(name: str) -> None:
            with opened.transaction() as connection:
                connection.execute(
                    "INSERT INTO counters SELECT ? || i || repeat('x', 500), 1 "
                    "FROM range(3000) t(i)",
                    [name],
                )

        def counted() -> list[tuple[int]]:
            return opened.rows("SELECT count(*) FROM counters")

        add("a")
        with files_up_to(path.stat().st_size), monkeypatch.context() as held:
            if not reopens:
                held.setattr(database, "_connect", no_connection)
            with pytest.raises(StoreError, match="has been invalidated"):
                opened.read(lambda c: c.execute("CHECKPOINT"))
            if reopens:
                assert counted() == [(3000,)]
            else:
                with pytest.raises(StoreError, match="no room"):
                    counted()
        assert counted() == [(3000,)]
        add("b")
        assert counted() == [(6000,)]
        with pytest.raises(StoreError, match="locked"):
            opened.rows("SET threads = 2")
    with contextlib.closing(Database.open(path)) as again:
        assert again.rows("SELECT count(*) FROM counters") == [(6000,)]


def test_a_run_that_came_just_before_the_disk_was_full_is_not_said_to_be_unknown(
    tmp_path, monkeypatch
) -> None:
    with Store.open(tmp_path / "t.duckdb") as store, monkeypatch.context() as full:
        store.reader.refresh()
        store.ingest([Span("1" * 32, "2" * 16, "chat", start_unix_nano=1, end_unix_nano=2)])
        full.setattr(store._materialiser, "refresh", not_written)
        with pytest.raises(StoreError, match=r"spans of run '1+' are stored.*make room"):
            store.reader.run("1" * 32)
        with pytest.raises(NotFound):
            store.reader.run("3" * 32)
        full.undo()
        assert store.reader.run("1" * 32).name == "chat"


def not_written(_: int) -> list[str]:
    raise NotWritten("the disk is full")


def no_connection(_: Path) -> None:
    raise StoreError("no room to open it")


REPLACING = """
import contextlib, os, resource, sys
from misstep.errors import StoreError
from misstep.model import Diagnosis
from misstep_store.otlp.spans import Span
from misstep_store.store import Store

path, runs = sys.argv[1], [f"{n:032x}" for n in range(1, 9)]
with Store.open(path) as store:
    reader = store.reader
    def arrive(name):
        for n, run_id in enumerate(runs):
            store.ingest([Span(run_id, os.urandom(8).hex(), name, start_unix_nano=n * 10**9,
                               end_unix_nano=(n + 1) * 10**9, attributes={"a": name})])
    def replace():
        yield lambda: store.remap(runs)
        for run_id in runs:
            made = Diagnosis(run_id=run_id, verdict="clean", explanation="x" * 4000,
                             rules_version=os.urandom(4).hex())
            yield lambda made=made: reader.keep_diagnosis(made, "f")
        yield lambda: reader.overview.tag(runs[0], add=["t"], remove=["t"])
        for day, found in reader.rollups.now().items():
            yield lambda day=day, found=found: reader.rollups._keep(day, found.stamp)
    arrive("one")
    reader.rollups.work()
    for work in replace():
        work()
    old = store.database.cursor()
    old.execute("BEGIN")
    before = old.execute("SELECT count(*) FROM runs").fetchall()
    largest = max(os.path.getsize(path + end) for end in ("", ".wal"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))
    refused = 0
    for _ in range(3):
        for work in replace():
            try:
                work()
            except StoreError:
                refused += 1
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    old.execute("ROLLBACK")
    for work in replace():
        work()
    counted = store.database.rows("SELECT count(*), count(DISTINCT run_id) FROM runs")
    print(refused > 0, before == [(8,)], counted == [(8, 8)])
"""


def test_rows_that_replace_others_are_refused_on_a_full_disk_and_the_process_goes_on(
    tmp_path: Path,
) -> None:
    """DuckDB 1.5 ends a process that cannot commit the removal and return of one key while
    somebody reads: no table is written that way."""
    done = subprocess.run(
        [sys.executable, "-c", REPLACING, str(tmp_path / "t.duckdb")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "True True True\n"), done.stderr[-2000:]
