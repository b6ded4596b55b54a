"""Export and import: what leaves a store arrives in another as it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from collecting import rotel_to, wait_until
from made_runs import logs_of, one_run, run_id

from misstep_store.reader import RunQuery
from misstep_store.serve.server import Server
from misstep_store.store import Store
from misstep_store.transfer.importing import read_file

DATA = Path(__file__).parents[3] / "shared" / "data"
ENDINGS = ["pb", "pb.gz", "jsonl", "jsonl.gz", "parquet"]


def content(path: Path) -> dict[str, Any]:
    """Runs and raw spans of a store, by run id."""
    with Store.open(path) as opened:
        found: dict[str, Any] = {}
        for run in (r.run_id for r in opened.reader.runs(RunQuery(limit=1000)).runs):
            spans, logs = opened.reader.spans(run)
            detail = opened.reader.run(run).model_dump(mode="json")
            found[run] = (sorted(spans, key=lambda s: s.span_id), logs, detail)
        return found


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_exported_to_a_file_and_imported_elsewhere_is_identical(
    store, tmp_path, misstep, ending
) -> None:
    file, other = tmp_path / f"all.{ending}", tmp_path / "other.duckdb"
    told = misstep("export", "--all", "--out", file, "--store", store, "--json")
    assert told.json == {"runs": 5, "spans": 15, "logs": 5, "rejected": 0}, told.err
    made = misstep("import", file, "--store", other, "--json")
    assert made.json == {"runs": 5, "spans": 15, "skipped": 0, "rejected": 0}
    again = misstep("import", file, "--store", other, "--json")
    assert again.json == {"runs": 0, "spans": 0, "skipped": 15, "rejected": 0}
    before, after = content(store), content(other)
    assert before == after
    assert before[run_id(1)][0] == one_run(1) and before[run_id(1)][1] == logs_of(1)


def test_some_runs_are_exported_by_the_beginning_of_their_ids(store, tmp_path, misstep) -> None:
    file = tmp_path / "some.jsonl"
    told = misstep("export", run_id(2)[:10], "last", "--out", file, "--store", store)
    assert told.code == 0 and "2 runs" in told.out
    ids = {
        span["traceId"]
        for line in file.read_bytes().splitlines()
        for group in json.loads(line).get("resourceSpans", [])
        for scoped in group["scopeSpans"]
        for span in scoped["spans"]
    }
    assert ids == {run_id(2), run_id(5)}


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of recordings that nobody here wrote, message content in log events among them."""
    if not DATA.is_dir():
        pytest.skip("the shared real-world data is not beside this checkout")
    path = tmp_path_factory.mktemp("foreign") / "first.duckdb"
    kinds = ("otel-genai-openai-event", "otel-openai-v2-legacy", "openllmetry-openai", "strands")
    files = [file for kind in kinds for file in sorted((DATA / "otlp" / kind).glob("*.pb"))[:12]]
    files += sorted((DATA / "trail" / "gaia").glob("*.trace.json.gz"))[:1]
    with Store.open(path) as opened:
        for file in files:
            found = read_file(file).decoded
            opened.ingest(found.spans, found.logs)
    return path


@pytest.mark.data
@pytest.mark.parametrize("ending", ["pb", "jsonl", "parquet"])
def test_real_exports_of_others_survive_the_round_trip(foreign, tmp_path, misstep, ending) -> None:
    file, other = tmp_path / f"all.{ending}", tmp_path / "other.duckdb"
    told = misstep("export", "--all", "--out", file, "--store", foreign, "--json")
    assert told.json["runs"] > 8 and told.json["logs"] > 0, told.err
    assert misstep("import", file, "--store", other).code == 0
    assert content(foreign) == content(other)


def test_a_receiver_gets_the_runs_as_they_arrived(store, tmp_path, misstep) -> None:
    other = tmp_path / "other.duckdb"
    with Server(other, otlp_port=0, grpc_port=None, ui_port=None) as server:
        told = misstep("export", "--all", "--to", server.otlp_url, "--store", store, "--json")
    assert told.json == {"runs": 5, "spans": 15, "logs": 5, "rejected": 0}, told.err
    assert content(store) == content(other)


def test_a_server_that_owns_the_store_is_asked_for_the_runs(store, tmp_path, misstep) -> None:
    alone, asked = tmp_path / "alone.jsonl", tmp_path / "asked.jsonl"
    misstep("export", "--all", "--out", alone, "--store", store)
    with Server(store, otlp_port=0, grpc_port=None, ui_port=None):
        told = misstep("export", "--all", "--out", asked, "--store", store)
    assert told.code == 0, told.err
    assert alone.read_text() == asked.read_text()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--all",), "--out"),
        (("--out", "x.pb"), "--all"),
        (("--all", "last", "--out", "x.pb"), "--all"),
        (("--all", "--out", "x.csv"), ".parquet"),
        (("--all", "--to", "localhost"), "http://host:4318"),
        (("--all", "--to", "http://127.0.0.1:9", "--timeout", "0"), "cannot be reached"),
        (("--all", "--out", "missing/folder/x.pb"), "cannot be written"),
        (("0123abcd", "--out", "x.pb"), "misstep runs"),
    ],
    ids=["nowhere", "nothing", "both", "csv", "no url", "away", "folder", "unknown"],
)
def test_an_export_that_cannot_be_is_one_sentence(
    store, tmp_path, misstep, monkeypatch, arguments, told
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = misstep("export", *arguments, "--store", store)
    assert ended.code == 2 and told in ended.err, ended.err
    assert len(ended.err.splitlines()) == 1
    assert not list(tmp_path.glob("x.*"))


def test_a_collector_between_two_stores_passes_the_runs_on_unharmed(
    store, tmp_path, misstep
) -> None:
    other = tmp_path / "other.duckdb"
    with (
        Server(other, otlp_port=0, grpc_port=None, ui_port=None) as server,
        rotel_to(server.otlp_url, tmp_path) as collector,
    ):
        told = misstep("export", "--all", "--to", collector, "--store", store)
        assert told.code == 0, told.err
        wait_until(lambda: server.reader.stats().spans == 15)
        wait_until(lambda: all(server.reader.spans(run_id(n))[1] for n in range(1, 6)))
    before, after = content(store), content(other)
    for run, (spans, logs, detail) in before.items():
        assert [s.attributes for s in after[run][0]] == [s.attributes for s in spans]
        assert [x.body for x in after[run][1]] == [x.body for x in logs]
        assert after[run][2]["hops"] == detail["hops"]
