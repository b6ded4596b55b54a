"""Looking after what is stored: what a recording can support, and recovering a damaged store."""

from __future__ import annotations

import contextlib
import re
import shutil
from pathlib import Path
from typing import Literal

import duckdb

from misstep.errors import StoreError, first_line
from misstep.inbox import inbox_path, segments
from misstep.model import Shape
from misstep_store import asking
from misstep_store.database import Connection, Database
from misstep_store.reader import Reader
from misstep_store.wal import damaged_at, second_log, wal_path

_DAMAGED = ("corrupt", "checksum", "replaying wal", "serializ", "enough bytes")
_POSITION = re.compile(r"at byte position (\d+)")


class StoreCheckup(Shape):
    """How a store's file is: ``healthy``; ``recovered`` into the new file ``recovered_to``, with
    what was lost in ``lost``; ``lost`` when nothing could be read. The inbox's counts are files."""

    store: str
    state: Literal["healthy", "recovered", "lost"]
    problem: str = ""
    recovered_to: str | None = None
    lost: str = ""
    runs: int = 0
    spans: int = 0
    inbox_waiting: int = 0
    inbox_unreadable: int = 0
    migrated_from: int | None = None
    """The schema it had, if that was an older one: it has this misstep's now."""


def served_store(reader: Reader) -> StoreCheckup:
    """The store of a server that answers: it is open and read all the time, so it is healthy."""
    try:
        found = reader.stats()
    finally:
        reader.close()
    return StoreCheckup(store=found.store, state="healthy", runs=found.runs, spans=found.spans)


def check_store(path: Path) -> StoreCheckup:
    """Opens a store and reads every value in it; a damaged one is recovered into a new file beside it.

    The damaged file itself is never changed.

    Raises:
        StoreError: when another process holds the file, it is no misstep store, or the recovered
            copy cannot be written.
    """
    problem = _damage(path)
    inbox = inbox_path(path)
    more: dict[str, int] = {
        "inbox_waiting": sum(1 for _ in segments(inbox)),
        "inbox_unreadable": sum(1 for _ in segments(inbox / "bad")),
    }
    if problem is None:
        with contextlib.closing(Database.open(path)) as database:
            older = database.migrated_from
        healthy = StoreCheckup(store=str(path), state="healthy", migrated_from=older)
        return healthy.model_copy(update=_totals(path) | more)
    target = _free_name(path)
    try:
        return _recover(path, problem, target).model_copy(update=more)
    except OSError as error:
        raise StoreError(
            f"the recovered copy {target} cannot be written: {error.strerror}; "
            "free some space or move the store to another disk"
        ) from error


def _damage(path: Path) -> str | None:
    """What is wrong with the file, or None. Errors that are no damage are raised."""
    stops = damaged_at(path)
    if stops is not None:
        told = f"its write-ahead log of {stops[1]} bytes cannot be read at byte position {stops[0]}"
        return f"{told}, and whole commits follow" if stops[0] else f"{told}: it is none"
    try:
        connection = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        if _is_damage(error):
            return first_line(error)
        Database.open(path).close()  # raises the sentence that fits
        return None
    try:
        if not _is_store(connection):
            connection.close()
            Database.open(path).close()
            return None
        _read_all(connection)
    except duckdb.Error as error:
        return first_line(error)
    finally:
        connection.close()
    return None


def _is_damage(error: duckdb.Error) -> bool:
    told = str(error).lower()
    return any(word in told for word in _DAMAGED)


def _is_store(connection: Connection) -> bool:
    return ("misstep_schema",) in connection.execute("SHOW TABLES").fetchall()


def _tables(connection: Connection) -> list[str]:
    sql = "SELECT table_name FROM duckdb_tables() WHERE NOT internal ORDER BY 1"
    return [row[0] for row in connection.execute(sql).fetchall()]


def _read_all(connection: Connection) -> None:
    for name in _tables(connection):
        connection.execute(f'SELECT max(hash(COLUMNS(*))) FROM "{name}"').fetchall()  # noqa: S608


def _totals(path: Path) -> dict[str, int]:
    """Spans, and the traces that are runs: not those that went into another's."""
    with contextlib.closing(duckdb.connect(str(path), read_only=True)) as connection:
        tables = _tables(connection)
        own = (
            " FILTER (trace_id NOT IN (SELECT trace_id FROM folded))" if "folded" in tables else ""
        )
        sql = f"SELECT count(DISTINCT trace_id){own}, count(*) FROM spans"  # noqa: S608
        found = asking.row(connection, sql) if "spans" in tables else None
        return {"runs": int(found[0]), "spans": int(found[1])} if found else {"runs": 0, "spans": 0}


def _free_name(path: Path) -> Path:
    for number in range(1, 10_000):
        more = "" if number == 1 else f"-{number}"
        target = path.with_name(f"{path.stem}.recovered{more}{path.suffix}")
        if not target.exists() and not wal_path(target).exists():
            return target
    raise StoreError(f"beside {path} lie thousands of recovered copies; remove some")


def _recover(path: Path, problem: str, target: Path) -> StoreCheckup:
    made = StoreCheckup(store=str(path), state="recovered", problem=problem)
    shutil.copyfile(path, target)
    log = wal_path(path)
    size = log.stat().st_size if log.exists() else 0
    kept = _longest_log(log, target, size, problem) if size else 0
    if kept is None or not _folds_in(target):
        _discard(target)
        return _recover_tables(path, problem, target)
    made.lost = (
        f"the last {size - kept} of {size} bytes of the write-ahead log: what was committed there "
        "since the log was last folded into the file"
    )
    second = second_log(path)
    if second.exists():
        made.lost += (
            f"; all {second.stat().st_size} bytes of the log that was begun meanwhile, {second}"
        )
    made.recovered_to = str(target)
    return made.model_copy(update=_totals(target))


def _folds_in(target: Path) -> bool:
    """Whether what the log holds can be folded into the copy, and all of it be read."""
    try:
        with contextlib.closing(duckdb.connect(str(target))) as connection:
            connection.execute("CHECKPOINT")
            _read_all(connection)
    except duckdb.Error:
        return False
    return True


def _longest_log(log: Path, target: Path, size: int, problem: str) -> int | None:
    """How many bytes of the log can be replayed; 0 with the base alone; None when not even that."""
    copy = wal_path(target)
    shutil.copyfile(log, copy)

    def opens(length: int) -> bool:
        shutil.copyfile(log, copy)
        with copy.open("r+b") as file:
            file.truncate(length)
        if length == 0:
            copy.unlink()
        try:
            duckdb.connect(str(target), read_only=True).close()
        except duckdb.Error:
            return False
        return True

    named = _POSITION.search(problem)
    if named and opens(min(int(named[1]), size)):
        return min(int(named[1]), size)
    if not opens(0):
        return None
    low, high = 0, min(int(named[1]), size) if named else size
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if opens(middle) else (low, middle)
    opens(low)
    return low


def _discard(target: Path) -> None:
    target.unlink(missing_ok=True)
    wal_path(target).unlink(missing_ok=True)


def _recover_tables(path: Path, problem: str, target: Path) -> StoreCheckup:
    """Every table that can be read, as far as it can be, into a new store."""
    made = StoreCheckup(store=str(path), state="recovered", problem=problem)
    Database.open(target).close()
    with contextlib.closing(duckdb.connect(str(target))) as connection:
        quoted = str(path).replace("'", "''")
        try:
            connection.execute(f"ATTACH '{quoted}' AS damaged (READ_ONLY)")
        except duckdb.Error:
            lost = None
        else:
            lost = _copy_tables(connection)
    if lost is None or _totals(target)["spans"] == 0:
        _discard(target)
        made.state, made.lost = "lost", "everything: its head or all its spans are damaged"
        return made
    made.lost = "; ".join(f"{n} rows of {name}" for name, n in lost.items()) or "nothing"
    made.recovered_to = str(target)
    return made.model_copy(update=_totals(target))


def _copy_tables(connection: Connection) -> dict[str, int]:
    """Copies what can be read; how many rows could not be, by table."""
    sql = (
        "SELECT table_name FROM duckdb_tables() WHERE database_name = ? AND NOT internal "
        "AND table_name <> 'misstep_schema' ORDER BY 1"
    )
    damaged = [row[0] for row in connection.execute(sql, ["damaged"]).fetchall()]
    lost = {name: _copy_table(connection, name) for name in damaged}
    return {name: number for name, number in lost.items() if number}


_GROUP, _STEP = 122_880, 2048
"""Rows DuckDB keeps and rows it reads together."""


def _copy_table(connection: Connection, name: str) -> int:
    """Copies what can be read, in ranges of rows; how many rows could not be."""
    found = asking.row(
        connection,
        f'SELECT count(*), coalesce(max(rowid), -1) + 1 FROM damaged."{name}"',  # noqa: S608
    )
    total, end = (int(found[0]), int(found[1])) if found else (0, 0)
    read = 0
    ranges = [(start, _GROUP) for start in range(0, end, _GROUP)]
    while ranges:
        start, length = ranges.pop()
        try:
            made = asking.row(
                connection,
                f'INSERT INTO "{name}" BY NAME SELECT * FROM damaged."{name}" '  # noqa: S608
                "WHERE rowid >= ? AND rowid < ?",
                [start, start + length],
            )
        except duckdb.Error:
            if length > _STEP:
                ranges += [(s, _STEP) for s in range(start, min(start + length, end), _STEP)]
            continue
        read += int(made[0]) if made else 0
    return total - read
