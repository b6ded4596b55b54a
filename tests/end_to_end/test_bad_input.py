"""What can be wrong outside of misstep: one sentence each, nothing lost, no traceback."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import httpx
import pytest
from made_runs import one_run, run_id
from served import PROGRAM

from misstep_store.otlp.encode import traces_request
from misstep_store.store import Store

PROTOBUF = {"content-type": "application/x-protobuf"}
HOLDER = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); input()"


def assert_sentence(ended: subprocess.CompletedProcess[str], *told: str) -> None:
    assert ended.returncode == 2, ended
    assert len(ended.stderr.splitlines()) == 1 and ended.stderr.startswith("misstep: "), ended
    for part in told:
        assert part in ended.stderr, ended.stderr


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "t.duckdb"
    with Store.open(path) as opened:
        opened.ingest(one_run(1))
    return path


@contextlib.contextmanager
def held(store: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HOLDER, str(store)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None and holder.stdin is not None
        assert holder.stdout.readline() == "held\n"
        try:
            yield holder
        finally:
            holder.stdin.close()


def test_a_store_that_another_process_holds_names_the_process(store, misstep) -> None:
    with held(store) as holder:
        for verb in (("runs",), ("up", "--no-ui", "--otlp-port", "0", "--grpc-port", "0")):
            ended = misstep(*verb, "--store", store)
            assert_sentence(ended, f"process {holder.pid}", "--store")
    assert misstep("show", "last", "--store", store).returncode == 0


def test_a_file_that_is_not_duckdb_is_left_as_it_is(tmp_path, misstep) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(b"plain text\n" * 2000)
    for verb in (("runs",), ("import", path), ("up", "--no-ui", "--otlp-port", "0")):
        assert_sentence(misstep(*verb, "--store", path), "not a DuckDB file")
    assert path.read_bytes() == b"plain text\n" * 2000


def test_a_newer_schema_is_refused_and_left_as_it_is(store, misstep) -> None:
    with duckdb.connect(str(store)) as connection:
        connection.execute("INSERT INTO misstep_schema (version) VALUES (9999)")
    before = store.read_bytes()
    assert_sentence(misstep("runs", "--store", store), "schema 9999", "pip install --upgrade")
    assert store.read_bytes() == before


def test_a_folder_and_a_path_below_a_file_are_no_stores(tmp_path, store, misstep) -> None:
    assert_sentence(misstep("runs", "--store", tmp_path), "folder")
    below = ("up", "--no-ui", "--otlp-port", "0", "--grpc-port", "0")
    assert_sentence(misstep(*below, "--store", store / "below.duckdb"), "cannot be made")


@pytest.mark.parametrize("flag", ["--otlp-port", "--grpc-port", "--ui-port"])
def test_a_port_in_use_names_the_flag_and_leaves_the_store_alone(tmp_path, misstep, flag) -> None:
    path = tmp_path / "t.duckdb"
    ports = {"--otlp-port": "0", "--grpc-port": "0", "--ui-port": "0"}
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        ports[flag] = str(taken.getsockname()[1])
        arguments = [part for pair in ports.items() for part in pair]
        assert_sentence(misstep("up", "--store", path, *arguments), flag, ports[flag])
    assert not path.exists()


@pytest.mark.parametrize(
    "verb",
    [
        ("runs",),
        ("show", "last"),
        ("stats",),
        ("delete", "last", "--yes"),
        ("retain", "--days", "1"),
    ],
    ids=lambda v: v[0],
)
def test_a_store_that_does_not_exist_is_named_and_not_made(tmp_path, misstep, verb) -> None:
    path = tmp_path / "tarces.duckdb"
    assert_sentence(misstep(*verb, "--store", path), str(path), "there is no store", "misstep up")
    assert not path.exists()


def test_a_run_is_not_removed_where_nobody_can_be_asked(store, misstep) -> None:
    for more in ((), ("--json",)):
        assert_sentence(misstep("delete", "last", *more, "--store", store), run_id(1), "--yes")
    assert misstep("show", "last", "--store", store).returncode == 0
    assert misstep("delete", "last", "--yes", "--store", store).returncode == 0
    assert json.loads(misstep("runs", "--store", store, "--json").stdout)["runs"] == []


def test_one_of_a_thing_is_told_as_one(store, misstep) -> None:
    assert misstep("stats", "--store", store).stdout.startswith("1 run, 2 hops, 3 spans, ")


def test_up_says_where_it_listens_as_json_too(tmp_path, home) -> None:
    command = [PROGRAM, "up", "--json", "--no-ui", "--otlp-port", "0", "--grpc-port", "0"]
    path = tmp_path / "t.duckdb"
    with subprocess.Popen(
        [*command, "--store", str(path)], env=home, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        told = json.loads(server.stdout.readline())
        assert told.keys() == {"otlp", "grpc", "store"} and told["store"] == str(path)
        assert httpx.get(f"{told['otlp']}/healthz", timeout=60).status_code == 200
        server.terminate()
        assert server.wait(60) == 0


def test_an_endpoint_that_nobody_serves_says_how_to_start_one(misstep) -> None:
    ended = misstep("runs", "--store", "http://127.0.0.1:9")
    assert_sentence(ended, "http://127.0.0.1:9", "misstep up")


def test_an_endpoint_that_is_no_misstep_is_called_so(misstep, tmp_path) -> None:
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path) as other:
        assert other.stdout is not None
        port = other.stdout.readline().split("port ")[1].split()[0]
        try:
            assert_sentence(misstep("stats", "--store", f"http://127.0.0.1:{port}"), port)
        finally:
            other.terminate()


def test_malformed_and_cut_bodies_harm_nothing_that_is_stored(tmp_path, up, misstep) -> None:
    whole = traces_request(one_run(2)).SerializeToString()
    with up(tmp_path / "t.duckdb") as server:
        url = f"{server.otlp}/v1/traces"
        assert httpx.post(url, content=whole, headers=PROTOBUF, timeout=60).status_code == 200
        for body, kind in ((whole[:-7], "application/x-protobuf"), (b"{", "application/json")):
            assert (
                httpx.post(
                    url, content=body, headers={"content-type": kind}, timeout=60
                ).status_code
                == 400
            )
        host, port = server.otlp.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as torn:
            torn.sendall(
                b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n"
                b"Content-Type: application/x-protobuf\r\n\r\n" + whole[:50]
            )
        told = json.loads(misstep("runs", "--store", server.store, "--json").stdout)
        assert [run["run_id"] for run in told["runs"]] == [run_id(2)]
        assert server.stop() == 0
    assert "Traceback" not in "".join(server.errors)


def test_files_that_are_no_traces_are_named_and_the_others_imported(tmp_path, misstep) -> None:
    good, cut, text = tmp_path / "good.pb", tmp_path / "cut.pb", tmp_path / "text.json"
    good.write_bytes(traces_request(one_run(3)).SerializeToString())
    cut.write_bytes(good.read_bytes()[:-9])
    text.write_text('{"not": "a trace"}')
    (tmp_path / "empty").mkdir()
    files = (cut, text, tmp_path / "none.pb", tmp_path / "empty", good)
    ended = misstep("import", *files, "--store", tmp_path / "t.duckdb", "--json")
    assert ended.returncode == 2
    assert json.loads(ended.stdout) == {"runs": 1, "spans": 3, "skipped": 0, "rejected": 0}
    assert len(ended.stderr.splitlines()) == 4 and "Traceback" not in ended.stderr
    for path in files[:-1]:
        assert f"{path} " in ended.stderr


def test_listening_for_others_wants_a_token_or_the_word_for_it(tmp_path, up, misstep) -> None:
    path, host = tmp_path / "t.duckdb", ("--host", "0.0.0.0")
    free = ("--otlp-port", "0", "--grpc-port", "0", "--ui-port", "0")
    refused = misstep("up", "--store", path, *host, *free)
    assert_sentence(refused, "MISSTEP_TOKEN", "--insecure-bind")
    half = misstep("up", "--store", path, *host, *free, MISSTEP_TOKEN="x")
    assert_sentence(half, "MISSTEP_UI_TOKEN")
    with up(path, *host, MISSTEP_TOKEN="x") as server:
        url = server.otlp.replace("0.0.0.0", "127.0.0.1")
        assert httpx.get(f"{url}/api/runs", timeout=60).status_code == 401
        told = misstep("runs", "--store", path, "--json", MISSTEP_TOKEN="x")
        assert json.loads(told.stdout) == {"runs": [], "next": None}
    with up(path, *host, "--insecure-bind") as server:
        url = server.otlp.replace("0.0.0.0", "127.0.0.1")
        assert httpx.get(f"{url}/api/runs", timeout=60).status_code == 200


def test_a_store_is_served_once_and_let_go_when_told_to_stop(store, up, misstep) -> None:
    with up(store) as server:
        again = misstep("up", "--store", store, "--no-ui", "--otlp-port", "0", "--grpc-port", "0")
        assert_sentence(again, str(server.process.pid), server.otlp)
        assert server.stop(signal.SIGINT) == 0
    assert server.errors == []
    assert not store.with_name("t.duckdb.owner").exists()
    assert misstep("show", "last", "--store", store).returncode == 0


def test_a_killed_server_leaves_everything_it_acknowledged(tmp_path, up, misstep) -> None:
    path = tmp_path / "t.duckdb"
    with up(path) as server:
        for number in range(1, 6):
            body = traces_request(one_run(number)).SerializeToString()
            url = f"{server.otlp}/v1/traces"
            assert httpx.post(url, content=body, headers=PROTOBUF, timeout=60).status_code == 200
        server.stop(signal.SIGKILL)
    told = misstep("stats", "--store", path, "--json")
    assert json.loads(told.stdout)["spans"] == 15, told.stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("rnus",), "No such command"),
        (("runs", "--limit", "0"), "--limit"),
        (("runs", "--since", "yesterday"), "--since"),
        (("show",), "RUN"),
        (("mark", "last", "fine"), "good"),
        (("import",), "FILES"),
        (("up", "--otlp-port", "70000"), "--otlp-port"),
        (("up", "--forward", "nowhere"), "http://host:4318"),
        (("runs", "--store", "redis://x"), ".duckdb"),
        (("show", "0123abcd"), "misstep runs"),
        (("blame", "last", "x"), "misstep demo"),
    ],
    ids=lambda v: "-".join(v) if isinstance(v, tuple) else "",
)
def test_a_command_that_makes_no_sense_is_told_in_a_sentence(
    tmp_path, misstep, arguments, told
) -> None:
    ended = misstep(*arguments, MISSTEP_STORE=str(tmp_path / "t.duckdb"))
    assert_sentence(ended, told)
