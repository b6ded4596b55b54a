"""Stores of older versions are brought up on a copy; those of others are refused and left alone."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from misstep.errors import StoreError, StoreFormat
from misstep_store import migrating
from misstep_store.database import SCHEMA_VERSION, Database
from misstep_store.otlp.spans import Span
from misstep_store.reader import RunQuery
from misstep_store.store import Store
from misstep_store.upkeep.doctoring import check_store

SCHEMAS = Path(__file__).parent / "schemas"
OLDER = sorted(int(p.name) for p in SCHEMAS.iterdir())
RUN, SOURCE = f"{1:032x}", f"{2:032x}"


def schema_of(version: int) -> list[Path]:
    """The files of a schema in their order; a folder has those that its version changed."""
    found: dict[str, Path] = {}
    for folder in sorted(SCHEMAS.iterdir()):
        if int(folder.name) <= version:
            found |= {file.name: file for file in folder.glob("*.sql")}
    return [found[name] for name in sorted(found)]


def older_store(folder: Path, version: int) -> Path:
    """A store as the misstep of that schema left it: what arrived, a mark and a tag."""
    now, then = folder / "now.duckdb", folder / "then.duckdb"
    with Store.open(now) as store:
        spans = [
            Span(
                RUN,
                f"{n:016x}",
                "chat m",
                parent_span_id=f"{1:016x}" if n > 1 else "",
                start_unix_nano=n * 10**9,
                end_unix_nano=(n + 1) * 10**9,
                attributes={"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
                if n > 1
                else {
                    "misstep.role": "run",
                    "misstep.output": "done",
                    "misstep.replay_of": SOURCE,
                },
            )
            for n in range(1, 4)
        ]
        store.ingest(spans)
        store.reader.mark(RUN, "bad", text="done")
        store.reader.overview.tag(RUN, add=["nightly"], remove=[])
    connection = duckdb.connect(":memory:")
    connection.execute(f"ATTACH '{now}' AS now (READ_ONLY)")
    connection.execute(f"ATTACH '{then}' AS store (STORAGE_VERSION 'v1.5.0')")
    connection.execute("USE store")
    for file in schema_of(version):
        connection.execute(file.read_text())
    kept = ("resources", "scopes", "spans", "run_index", "verdicts", "run_tags")
    for table in (*kept, "runs", "hops") if version >= 5 else kept:
        columns = "*, 0 AS digest" if table == "spans" and version < 7 else "*"
        columns = "* EXCLUDE replay_of" if table == "runs" else columns
        connection.execute(f"INSERT INTO {table} BY NAME SELECT {columns} FROM now.{table}")
    connection.execute(
        "CREATE TABLE misstep_schema (version INTEGER, made TIMESTAMP DEFAULT now())"
    )
    connection.execute("INSERT INTO misstep_schema (version) VALUES (?)", [version])
    connection.close()
    return then


def layout(path: Path) -> list[list[tuple[object, ...]]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return [
            connection.execute(sql).fetchall()
            for sql in (
                "SELECT table_name, column_name, data_type, is_nullable, column_default "
                "FROM duckdb_columns() WHERE NOT internal ORDER BY 1, column_index",
                "SELECT table_name, index_name, is_unique, expressions "
                "FROM duckdb_indexes() ORDER BY 1, 2",
                "SELECT table_name, constraint_type, constraint_column_names "
                "FROM duckdb_constraints() ORDER BY ALL",
            )
        ]


@pytest.mark.parametrize("version", OLDER)
def test_an_older_store_keeps_what_arrived_and_what_people_said(tmp_path, version) -> None:
    path = older_store(tmp_path, version)
    with Store.open(path) as store:
        assert store.database.migrated_from == version
        (run,) = store.reader.runs(RunQuery()).runs
        assert (run.run_id, run.output, run.tags) == (RUN, "done", ["nightly"])
        assert (run.verdict.state, run.verdict.text) == ("bad", "done")
        assert run.replay_of == SOURCE
        assert store.reader.runs(RunQuery(replays=False)).runs == []
        assert [h.request_model for h in store.reader.run(RUN).hops] == ["m", "m"]
        assert len(store.reader.spans(RUN)[0]) == 3
        assert store.database.rows("SELECT count(*) FROM runs") == [(1,)]
        assert store.ingest([Span(RUN, f"{9:016x}", "late")]).accepted == 1
    with Store.open(path) as store:
        assert store.database.migrated_from is None


@pytest.mark.parametrize("version", OLDER)
def test_a_migrated_store_has_the_tables_of_a_new_one(tmp_path, version) -> None:
    path = older_store(tmp_path, version)
    Database.open(path).close()
    assert layout(path) == layout(tmp_path / "now.duckdb")
    assert not list(tmp_path.glob("*.migrating*"))


def test_doctor_says_that_it_brought_a_store_up_to_date(tmp_path) -> None:
    found = check_store(older_store(tmp_path, OLDER[0]))
    assert (found.state, found.migrated_from, found.spans) == ("healthy", OLDER[0], 3)


def test_a_file_that_was_cut_short_is_called_damaged(tmp_path) -> None:
    path = tmp_path / "t.duckdb"
    Database.open(path).close()
    path.write_bytes(path.read_bytes()[:3000])
    with pytest.raises(StoreFormat, match=r"is damaged; nothing was changed.*misstep doctor"):
        Database.open(path)
    found = check_store(path)
    assert (found.state, found.recovered_to) == ("lost", None)
    assert path.stat().st_size == 3000


def test_a_migration_that_fails_leaves_the_store_as_it_was(tmp_path, monkeypatch) -> None:
    path = older_store(tmp_path, OLDER[0])
    with duckdb.connect(str(path)) as connection:
        connection.execute("CHECKPOINT")
    before = path.read_bytes()
    monkeypatch.setattr(migrating, "_step", lambda version: "DROP TABLE spans")
    with pytest.raises(StoreError, match="it is as it was"):
        Database.open(path)
    assert path.read_bytes() == before
    assert not list(tmp_path.glob("*.migrating*"))


@pytest.mark.parametrize(
    ("version", "told"), [(SCHEMA_VERSION + 1, "newer misstep"), (1, "misstep import")]
)
def test_a_store_of_another_schema_is_refused_with_what_to_do(tmp_path, version, told) -> None:
    path = tmp_path / "t.duckdb"
    database = Database.open(path)
    with database.transaction() as connection:
        connection.execute("UPDATE misstep_schema SET version = ?", [version])
    database.close()
    before = path.read_bytes()
    with pytest.raises(StoreFormat, match=told):
        Database.open(path)
    assert path.read_bytes() == before
