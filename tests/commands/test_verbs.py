"""The verbs as real processes: over the file and over the server that owns it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from misstep_store.otlp.spans import Span
from misstep_store.serve.server import Server

RUN = "a" * 32


def misstep(*arguments: str) -> subprocess.CompletedProcess[str]:
    code = "from misstep.command import main; main()"
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def one_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("one") / "t.duckdb"
    start = time.time_ns()
    span = Span(
        RUN, "b" * 16, "chat \x1b[31m[red]x", start_unix_nano=start, end_unix_nano=start + 9
    )
    with Server(path, otlp_port=0, grpc_port=None, ui_port=None) as server:
        server.store.ingest([span])
    return path


@pytest.fixture
def store(one_run: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(one_run, tmp_path))


@pytest.mark.parametrize("verb", [("runs",), ("show", RUN), ("diagnose", RUN), ("blame", RUN, "x")])
def test_a_verb_prints_the_same_json_over_the_file_and_over_its_owner(store, verb) -> None:
    alone = misstep(*verb, "--store", str(store), "--json")
    with Server(store, otlp_port=0, grpc_port=None, ui_port=None):
        asked = misstep(*verb, "--store", str(store), "--json")
    assert alone.returncode == 0, alone.stderr
    assert json.loads(alone.stdout) == json.loads(asked.stdout)


def test_trace_text_reaches_the_terminal_without_escapes(store) -> None:
    shown = misstep("show", RUN, "--store", str(store)).stdout
    assert "[red]x" in shown
    assert "\x1b[31m" not in shown


@pytest.mark.parametrize(
    ("verb", "told"),
    [
        (("show", "f" * 32), "run"),
        (("stats", "--store", "http://127.0.0.1:9"), "misstep up"),
        (("stats", "--store", "ducklake:x"), "not in this version"),
        (("up", "--host", "0.0.0.0"), "--insecure-bind"),
    ],
)
def test_an_error_is_one_sentence_and_exit_code_2(store, verb, told) -> None:
    given = verb if "--store" in verb else (*verb, "--store", str(store))
    ended = misstep(*given)
    assert ended.returncode == 2
    assert told in ended.stderr and "Traceback" not in ended.stderr


def test_a_file_that_is_no_database_is_refused_in_a_sentence(tmp_path) -> None:
    path = tmp_path / "x.duckdb"
    path.write_bytes(b"plain text" * 1000)
    ended = misstep("runs", "--store", str(path))
    assert ended.returncode == 2
    assert "Traceback" not in ended.stderr
    assert path.read_bytes() == b"plain text" * 1000
