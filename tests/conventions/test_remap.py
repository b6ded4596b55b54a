"""``misstep remap``: old data gains by better conventions; raw spans and marks stay."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.conventions.spans import genai

from misstep.errors import NotFound, UsageError
from misstep_store.commands.remap import command
from misstep_store.otlp.spans import Span
from misstep_store.reader import RunQuery
from misstep_store.serve.client import HttpReader
from misstep_store.serve.server import Server
from misstep_store.store import Store

RUNS = [f"{n:032x}" for n in (1, 2, 3)]


def filled(path: Path) -> Path:
    """A store of three runs, two of them as an older convention read them."""
    with Store.open(path) as store:
        spans = [
            Span(
                run_id,
                f"{n:016x}",
                "chat m",
                start_unix_nano=n * 10**9,
                end_unix_nano=(n + 1) * 10**9,
                attributes={"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"},
            )
            for n, run_id in enumerate(RUNS, 1)
        ]
        store.ingest(spans)
        store.reader.refresh()
        store.reader.mark(RUNS[0], "bad")
        with store.database.transaction() as connection:
            connection.execute("UPDATE hops SET kind = 'chain' WHERE run_id = ?", [RUNS[0]])
            connection.execute(
                "UPDATE runs SET body = replace(body, '\"chat m\"', '\"older\"') WHERE run_id = ?",
                [RUNS[2]],
            )
    return path


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return filled(tmp_path / "old.duckdb")


def test_remap_reads_every_run_again_and_names_those_that_changed(old) -> None:
    with Store.open(old) as store:
        assert store.reader.run(RUNS[0]).hops[0].kind == "chain"
        done = store.remap(None)
        assert (done.runs, done.changed, done.run_ids) == (3, 2, [RUNS[0], RUNS[2]])
        assert store.reader.run(RUNS[0]).hops[0].kind == "llm"
        assert len(store.reader.runs(RunQuery()).runs) == 3


def test_of_runs_that_were_shown_those_changed_that_are_read_otherwise(tmp_path) -> None:
    """Many at once are made without what they were given and gave, until each is shown."""
    with Store.open(tmp_path / "many.duckdb") as store:
        asked = '[{"role":"user","parts":[{"type":"text","content":"hi"}]}]'
        calls = [genai(gen_ai__input__messages=asked) for _ in range(599)]
        for n, call in enumerate(calls, 1):
            call.trace_id = f"{n:032x}"
        store.ingest(calls)
        store.reader.refresh()
        assert store.reader.run(RUNS[0]).input == store.reader.run(RUNS[1]).input == "hi"
        with store.database.transaction() as connection:
            connection.execute(
                "UPDATE runs SET body = replace(body, '\"hi\"', '\"ho\"') WHERE run_id = ?",
                [RUNS[1]],
            )
        done = store.remap(None)
        assert (done.runs, done.run_ids) == (599, [RUNS[1]])
        assert store.remap(None).changed == 0


def test_remap_of_one_run_leaves_the_others(old) -> None:
    with Store.open(old) as store:
        assert store.remap([RUNS[1]]).changed == 0
        assert store.reader.run(RUNS[0]).hops[0].kind == "chain"


def test_remap_twice_changes_nothing_the_second_time(old) -> None:
    with Store.open(old) as store:
        store.remap(None)
        assert store.remap(None).changed == 0


def test_marks_and_raw_spans_outlive_remap(old) -> None:
    with Store.open(old) as store:
        before = store.reader.spans(RUNS[0])
        store.remap(None)
        assert store.reader.spans(RUNS[0]) == before
        assert store.reader.run(RUNS[0]).verdict.state == "bad"


def test_remap_of_an_unknown_run_says_so(old) -> None:
    with Store.open(old) as store:
        with pytest.raises(NotFound, match=r"no run 'f+' in old\.duckdb; list them: misstep runs"):
            store.remap(["f" * 32])
        with pytest.raises(UsageError, match="--all"):
            store.remap([])


def test_the_verb_prints_what_changed_and_its_json(old) -> None:
    told = CliRunner().invoke(command, ["--all", "--store", str(old), "--json"])
    assert (told.exit_code, json.loads(told.output)["changed"]) == (0, 2)
    told = CliRunner().invoke(command, [RUNS[0], "--store", str(old)])
    assert told.output == "1 run read again, 0 changed\n"
    assert CliRunner().invoke(command, ["--store", str(old)]).exit_code != 0


def test_remap_asks_the_server_that_owns_the_store(old) -> None:
    with Server(old, otlp_port=0, grpc_port=None, ui_port=None) as server:
        reader = HttpReader(server.otlp_url)
        try:
            assert reader.remap(None).changed == 2
            assert reader.remap([RUNS[0]]).runs == 1
            with pytest.raises(NotFound):
                reader.remap(["f" * 32])
        finally:
            reader.close()
