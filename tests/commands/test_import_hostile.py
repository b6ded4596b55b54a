"""Imports of folders that hold everything: good exports, hostile ones, and files that are none."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from tests.conventions.hostile_exports import GOOD, TRACE, changed, texts

from misstep_store.reader import RunQuery
from misstep_store.serve.server import Server
from misstep_store.store import Store


def folder_of_everything(folder: Path) -> Path:
    """Every format, hostile, beside files that are none."""
    folder.mkdir()
    for name, records in GOOD.items():
        spoilt = json.loads(json.dumps(records).replace(TRACE, f"{len(name):032x}"))
        for at in texts(spoilt):
            spoilt = changed(spoilt, at, "a\x00b" + "[" * 3_000)
        (folder / f"{name}.json").write_text(json.dumps(spoilt))
    (folder / "inner").mkdir()
    (folder / "inner" / "broken.json").write_text('[{"a": 1')
    (folder / "inner" / "notes.txt").write_text("nothing")
    (folder / ".hidden").write_text("nothing")
    return folder


@pytest.mark.parametrize("served", [False, True], ids=["file", "server"])
def test_a_folder_of_everything_is_imported_once_and_its_broken_files_are_named(
    tmp_path: Path, served: bool, misstep
) -> None:
    folder, path = folder_of_everything(tmp_path / "exports"), tmp_path / "t.duckdb"
    server = Server(path, otlp_port=0, grpc_port=None, ui_port=None)
    with server if served else contextlib.nullcontext():
        first = misstep("import", folder, "--store", path, "--json")
        again = misstep("import", folder, "--store", path, "--json")
        listed = misstep("runs", "--store", path, "--limit", 100, "--json").json["runs"]
    assert (first.code, again.code) == (2, 2)
    assert first.json["spans"] == again.json["skipped"] > 12
    assert (again.json["runs"], again.json["spans"]) == (0, 0)
    told = first.err.strip().splitlines()
    assert len(told) == 2 and all(line.startswith("misstep: ") for line in told)
    assert "broken.json is not whole JSON" in told[0] and "notes.txt" in told[1]
    assert "Traceback" not in first.err + again.err
    assert len(listed) == first.json["runs"]


def test_a_folder_without_files_is_refused(tmp_path: Path, misstep) -> None:
    told = misstep("import", tmp_path, "--store", tmp_path / "t.duckdb")
    assert told.code == 2 and "holds no files" in told.err
    assert not (tmp_path / "t.duckdb").exists()


def test_what_was_left_out_of_a_file_is_told(tmp_path: Path, misstep) -> None:
    lines = [json.dumps(r) for r in GOOD["runs"]]
    (tmp_path / "x.jsonl").write_text("\n".join([*lines, "{", "["]))
    told = misstep("import", tmp_path / "x.jsonl", "--store", tmp_path / "t.duckdb")
    assert told.code == 0
    assert "x.jsonl: left out: line 2 is not JSON" in told.err and "(and 1 more)" in told.err
    with Store.open(tmp_path / "t.duckdb") as store:
        assert len(store.reader.runs(RunQuery()).runs) == 1
