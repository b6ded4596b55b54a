"""Listeners of ``/api/events``: changes are told as they happen."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from numbered_runs import one_run, serving_runs
from spoilt import CLIENT

from misstep_store.serve.server import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    path = tmp_path_factory.mktemp("live") / "t.duckdb"
    with serving_runs(path, (2, 3)) as running:
        yield running


def lines(server: Server, **parameters: str) -> Iterator[str]:
    url = f"{server.otlp_url}/api/events"
    with CLIENT.stream("GET", url, params=parameters, timeout=60) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield from answer.iter_lines()


def first_event(stream: Iterator[str]) -> dict[str, Any]:
    kind = next(line for line in stream if line.startswith("event:"))
    assert kind == "event: runs"
    told = next(stream)
    return json.loads(told.removeprefix("data: "))


def test_changes_are_told_as_they_happen(server) -> None:
    stream = lines(server)
    assert next(stream).startswith(":")
    server.store.ingest(one_run(12))
    try:
        # The runs before it may still be made and diagnosed meanwhile.
        while f"{12:032x}" not in first_event(stream)["run_ids"]:
            pass
    finally:
        CLIENT.delete(f"{server.otlp_url}/api/runs/{12:032x}")
        stream.close()


def test_changes_of_other_runs_are_left_out_when_one_is_named(server) -> None:
    stream = lines(server, run=f"{3:032x}")
    assert next(stream).startswith(":")
    for number in (2, 3):
        url = f"{server.otlp_url}/api/runs/{number:032x}/verdict"
        CLIENT.post(url, json={"state": "unknown"})
    try:
        assert first_event(stream) == {"run_ids": [f"{3:032x}"]}
    finally:
        stream.close()


def test_a_server_with_a_live_listener_stops_at_once(tmp_path: Path) -> None:
    server = Server(tmp_path / "t.duckdb", otlp_port=0, grpc_port=None, ui_port=None)
    with server:
        stream = lines(server)
        next(stream)
    assert list(itertools.islice(stream, 5)) in ([], [""])  # ended, not torn
