"""Stores of older schemas: brought to this one on a copy, which then takes the file's place.

A step a version, in ``schema/steps``: it changes the tables that hold what arrived and what people
said, and drops those that are made from them. Then every schema file whose tables are missing is
run, so that a migrated store has the tables of a new one; a test compares them.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import duckdb

from misstep.errors import StoreError, first_line
from misstep_store import asking

Connection = duckdb.DuckDBPyConnection
logger = logging.getLogger("misstep.store")

OLDEST = 2
"""The oldest schema that can be brought up."""
KEPT = ("resources", "scopes", "spans", "logs", "verdicts", "scores", "run_tags")
"""Tables that must have as many rows afterwards as before."""
_CREATED = re.compile(r"CREATE (?:TABLE|VIEW|SEQUENCE) (\w+)")
_CHANGED = re.compile(r"^-- changes: (\w+)$", re.MULTILINE)
"""A step's table that is left alone when an earlier step has dropped it."""


def migrate(
    file: Path,
    connection: Connection,
    connect: Callable[[Path], Connection],
    *,
    since: int,
    to: int,
    schema: list[tuple[str, str]],
) -> None:
    """Replaces a store by a migrated copy; the file is as it was when this fails.

    Args:
        connection: holds the file, so that nobody writes to it meanwhile.
        connect: opens a store file.
        since, to: versions.
        schema: name and text of the schema files.

    Raises:
        StoreError: there is no room for the copy, or a step fails.
    """
    copy = file.with_name(file.name + ".migrating")
    _discard(copy)
    _check_room(file, since, to)
    connection.execute("CHECKPOINT store")
    try:
        shutil.copyfile(file, copy)
        made = connect(copy)
        try:
            _bring_up(made, since, to, schema)
        finally:
            made.close()
        _sync(copy)
        copy.replace(file)
    except (duckdb.Error, OSError) as error:
        raise StoreError(
            f"{file} could not be brought from schema {since} to {to}: {first_line(error)}; it is as "
            "it was. Read it with the misstep that wrote it, or make room and try again"
        ) from error
    finally:
        _discard(copy)
    logger.info("%s was brought from schema %d to %d", file, since, to)


def _check_room(file: Path, since: int, to: int) -> None:
    size, free = file.stat().st_size, shutil.disk_usage(file.parent).free
    if free < size + size // 4:
        raise StoreError(
            f"{file} has schema {since} and is brought to {to} on a copy, which needs "
            f"{size + size // 4:,} bytes beside it; {free:,} are free. Make room and try again; "
            "nothing was changed"
        )


def _bring_up(made: Connection, since: int, to: int, schema: list[tuple[str, str]]) -> None:
    before = _counts(made)
    made.execute("BEGIN")
    for version in range(since + 1, to + 1):
        step = _step(version)
        if set(_CHANGED.findall(step)) <= _objects(made):
            made.execute(step)
    there = _objects(made)
    for name, sql in schema:
        wanted = set(_CREATED.findall(sql))
        missing = wanted - there
        if missing and missing != wanted:
            raise StoreError(f"schema file {name}: {', '.join(sorted(missing))} has no step")
        if missing:
            made.execute(sql)
    made.execute("INSERT INTO misstep_schema (version) VALUES (?)", [to])
    if _counts(made) != before:
        raise StoreError("rows were lost on the way")
    made.execute("COMMIT")
    made.execute("CHECKPOINT store")


def _step(version: int) -> str:
    folder = resources.files("misstep_store") / "schema" / "steps"
    return (folder / f"{version:03}.sql").read_text()


def _objects(made: Connection) -> set[str]:
    found = made.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'store' "
        "UNION ALL SELECT view_name FROM duckdb_views() WHERE database_name = 'store' "
        "UNION ALL SELECT sequence_name FROM duckdb_sequences() WHERE database_name = 'store'"
    ).fetchall()
    return {row[0] for row in found}


def _counts(made: Connection) -> dict[str, int]:
    there = _objects(made)
    found = {}
    for name in KEPT:
        if name in there:
            row = asking.row(made, f"SELECT count(*) FROM {name}")  # noqa: S608
            found[name] = int(row[0]) if row else 0
    return found


def _discard(copy: Path) -> None:
    copy.unlink(missing_ok=True)
    copy.with_name(copy.name + ".wal").unlink(missing_ok=True)


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
