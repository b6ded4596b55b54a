"""The only holder of DuckDB connections: opening, versions, reading and writing."""

from __future__ import annotations

import contextlib
import functools
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from misstep.errors import StoreBusy, StoreError, StoreFormat, first_line
from misstep_store import asking, migrating, wal

SCHEMA_VERSION = 8
ALIAS = "store"
STORAGE_VERSION = "v1.5.0"
"""The format of a new file, which every supported DuckDB reads; a file that is there keeps its own."""
BLOCK_BYTES = 64 * 1024
"""Of a new file; one that is there keeps its own. A column's rows of a row group begin a block of their
own where they fill most of one, and what is left of it stays empty."""
ROW_GROUP_ROWS = 8192
"""Rows that are compressed together. A transaction of whole row groups is written straight into
the file and leaves the log alone (docs/adr/0001-columnar-ingest.md)."""
LONG_TEXT_BYTES = 128
"""Columns whose texts are as long on average take zstd, if their schema does not say what they take."""
MEMORY_LIMIT = "1GB"
T = TypeVar("T")
Connection = duckdb.DuckDBPyConnection

_HOLDER = re.compile(r"PID (\d+)")


class NotWritten(StoreError):
    """A transaction could not be committed, e.g. for a full disk; what is stored can be read."""


class Database:
    """One open store file. Reads run on cursors of their own; writes one at a time."""

    def __init__(self, path: Path, connection: Connection) -> None:
        self.path = path
        self._connection = connection
        self._write_lock = threading.RLock()
        self._count_lock = threading.Lock()
        self._writing = 0
        self._closed = False
        self._lost = False
        self._idle: list[Connection] = []
        self.migrated_from: int | None = None
        """The schema it had when it was opened, if that was an older one."""

    @classmethod
    def open(cls, path: str | Path) -> Database:
        """The store at ``path``, made when there is none.

        Raises:
            StoreBusy: another process holds the file.
            StoreFormat: it is no DuckDB file, is damaged, or a newer misstep wrote it.
            StoreError: it cannot be opened for another reason.
        """
        file = Path(path).expanduser().resolve()
        if file.is_dir():
            raise StoreError(
                f"{file} is a folder; name a file in it, e.g. {file / 'traces.duckdb'}"
            )
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"the folder of {file} cannot be made: {error.strerror}") from error
        database = cls(file, _connect(file))
        try:
            database._prepare()
        except BaseException:
            database.close()
            raise
        return database

    def _prepare(self) -> None:
        version = self._version()
        if version is None:
            self._create()
        elif version > SCHEMA_VERSION:
            raise StoreFormat(
                f"{self.path} has schema {version}, this misstep knows {SCHEMA_VERSION}: it was "
                "written by a newer misstep. Upgrade with: pip install --upgrade misstep"
            )
        elif version < migrating.OLDEST:
            raise StoreFormat(
                f"{self.path} has schema {version}, which this misstep cannot read (it knows "
                f"{migrating.OLDEST} to {SCHEMA_VERSION}): nothing was changed. Export its runs with "
                "the misstep that wrote it, then read them with: misstep import FILE"
            )
        elif version < SCHEMA_VERSION:
            self._migrate(version)
        self._lock_down()

    def _migrate(self, version: int) -> None:
        migrating.migrate(
            self.path,
            self._connection,
            _connect,
            since=version,
            to=SCHEMA_VERSION,
            schema=schema_files(),
        )
        self._connection.close()
        self._connection = _connect(self.path)
        self.migrated_from = version

    def _lock_down(self) -> None:
        # From here on no statement may touch files, load extensions or change settings.
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("SET lock_configuration = true")

    def _version(self) -> int | None:
        tables = {
            row[0]
            for row in self._connection.execute(
                "SELECT table_name FROM duckdb_tables() WHERE database_name = ?", [ALIAS]
            ).fetchall()
        }
        if "misstep_schema" not in tables:
            if tables:
                raise StoreFormat(
                    f"{self.path} is a DuckDB file, but not a misstep store "
                    f"(it holds {', '.join(sorted(tables)[:3])}); name another file with --store"
                )
            return None
        row = asking.row(self._connection, "SELECT max(version) FROM misstep_schema")
        return int(row[0]) if row and row[0] is not None else None

    def _create(self) -> None:
        with self.transaction() as connection:
            for name, sql in schema_files():
                try:
                    connection.execute(sql)
                except duckdb.Error as error:
                    raise StoreError(f"schema file {name}: {error}") from error
            connection.execute(
                "CREATE TABLE misstep_schema (version INTEGER, made TIMESTAMP DEFAULT now())"
            )
            connection.execute("INSERT INTO misstep_schema (version) VALUES (?)", [SCHEMA_VERSION])

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """The writing connection inside a transaction: committed at the end, else rolled back.

        A row of a table with a key is replaced by ``INSERT OR REPLACE``, never removed and added:
        DuckDB 1.5 ends the process when it cannot commit that for want of room.

        Raises:
            NotWritten: when it cannot be committed; nothing of it is stored then.
        """
        with self._write_lock:
            self._check_open()
            try:
                self._connection.execute("BEGIN")
                try:
                    yield self._connection
                except BaseException:
                    with contextlib.suppress(duckdb.Error):
                        self._connection.execute("ROLLBACK")
                    raise
                self._connection.execute("COMMIT")
            except duckdb.Error as error:
                self._heal(error)
                raise self._told(error) or NotWritten(
                    f"{self.path} could not be written: {first_line(error)}"
                ) from error

    def write(self, work: Callable[[Connection], object], *, exclusive: bool = True) -> None:
        """Runs work that commits by itself, on a connection of its own.

        Args:
            exclusive: False for work that only appends rows nobody else writes; it then runs beside
                other transactions.

        Raises:
            NotWritten: when it cannot be committed.
        """
        self._check_open()
        with self._write_lock if exclusive else contextlib.nullcontext():
            cursor = self.cursor()
            try:
                with self._counted():
                    work(cursor)
            except duckdb.Error as error:
                cursor.close()
                self._heal(error)
                raise self._told(error) or NotWritten(
                    f"{self.path} could not be written: {first_line(error)}"
                ) from error
            except BaseException:
                cursor.close()
                raise
            self._idle.append(cursor)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._count_lock:
            self._writing += 1
        try:
            yield
        finally:
            with self._count_lock:
                self._writing -= 1

    def read(self, ask: Callable[[Connection], T]) -> T:
        """What ``ask`` makes of a cursor of its own; never blocked by a writer."""
        self._check_open()
        cursor = self.cursor()
        try:
            answer = ask(cursor)
        except duckdb.Error as error:
            cursor.close()
            self._heal(error)
            raise self._told(error) or StoreError(
                f"{self.path} could not be read: {first_line(error)}"
            ) from error
        except BaseException:
            cursor.close()
            raise
        self._idle.append(cursor)
        return answer

    def cursor(self) -> Connection:
        """A connection of its own to the open store, for one thread."""
        try:
            return self._idle.pop()
        except IndexError:
            cursor = self._connection.cursor()
            cursor.execute(f"USE {ALIAS}")  # cursors do not inherit it
            return cursor

    def _heal(self, error: duckdb.Error) -> None:
        """After an error that made DuckDB give the file up (a full disk), opens it anew."""
        if "has been invalidated" not in str(error):
            return
        with self._write_lock:
            if self._writing:  # that one may still write into the file; the last to fail heals
                return
            if self._closed or self._lost or self._works():
                return
            for idle in self._idle:
                idle.close()
            self._idle.clear()
            self._connection.close()
            self._lost = True
            with contextlib.suppress(StoreError):  # then it is tried again with the next request
                self._reopen()

    def _told(self, error: duckdb.Error) -> StoreFormat | None:
        """The sentence for a file whose blocks are damaged."""
        return _damaged(self.path) if is_damage(error) else None

    def _reopen(self) -> None:
        with self._write_lock:
            if self._lost and not self._closed:
                self._connection = _connect(self.path)
                self._lock_down()
                self._lost = False

    def _works(self) -> bool:
        try:
            self._connection.execute("SELECT 1 FROM misstep_schema").fetchall()
        except duckdb.Error:
            return False
        return True

    def rows(
        self, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()
    ) -> list[tuple[Any, ...]]:
        """All rows of a query; parameters by position, or by name in a dict."""
        given = parameters if isinstance(parameters, dict) else list(parameters)
        return self.read(lambda c: c.execute(sql, given).fetchall())

    def size_bytes(self) -> int:
        """What the store takes on disk, its write-ahead log included."""
        return (self.path.stat().st_size if self.path.exists() else 0) + self.log_bytes()

    def log_bytes(self) -> int:
        """What of it lies in the write-ahead log."""
        try:
            return wal.wal_path(self.path).stat().st_size
        except FileNotFoundError:
            return 0

    def fold(self) -> None:
        """Folds the write-ahead log into the file; who commits meanwhile waits.

        Raises:
            StoreError: when it could not be done, e.g. beside another transaction.
        """
        with self._write_lock:
            self.read(lambda connection: connection.execute("CHECKPOINT"))

    def _check_open(self) -> None:
        if self._closed:
            raise StoreError(f"{self.path} was closed")
        if self._lost:
            self._reopen()

    def close(self) -> None:
        """Writes what is buffered and lets the file go; safe to call twice."""
        with self._write_lock:
            if not self._closed:
                self._closed = True
                for idle in self._idle:
                    idle.close()
                self._idle.clear()
                self._connection.close()


def _connect(file: Path) -> Connection:
    if wal.damaged_at(file) is not None:
        raise _damaged(file)
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoload_known_extensions": "false",
        "autoinstall_known_extensions": "false",
    }
    try:
        connection = duckdb.connect(":memory:", config=settings)
        quoted = str(file).replace("'", "''")
        version = (
            ""
            if file.exists()
            else f"STORAGE_VERSION '{STORAGE_VERSION}', BLOCK_SIZE {BLOCK_BYTES}, "
        )
        connection.execute(
            f"ATTACH '{quoted}' AS {ALIAS} ({version}ROW_GROUP_SIZE {ROW_GROUP_ROWS})"
        )
        connection.execute(f"USE {ALIAS}")
    except duckdb.Error as error:
        raise _open_error(file, error) from error
    # A larger log before it is folded in: fewer stalls while spans arrive.
    connection.execute("SET checkpoint_threshold = '256MB'")
    # Plans for two threads, without a second: each caller works alone. With plans for one, rows would
    # be compressed when they are committed, and two transactions one after the other.
    connection.execute("SET threads = 2")
    connection.execute("SET external_threads = 2")
    connection.execute(f"SET zstd_min_string_length = {LONG_TEXT_BYTES}")
    connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
    # Its allocator gives back what a large join or a flood has freed only while it is asked for
    # more, unless it has a thread for that: 80 MiB of an idle server on ten million spans.
    connection.execute("SET allocator_background_threads = true")
    return connection


def _open_error(file: Path, error: duckdb.Error) -> StoreError:
    message = str(error)
    told = message.lower()
    if "could not set lock" in told or "conflicting lock" in told:
        holder = _HOLDER.search(message)
        who = f"process {holder.group(1)}" if holder else "another process"
        return StoreBusy(
            f"{file} is held by {who}. Stop it, or name another store with --store; "
            "a store that `misstep up` serves is asked over its port by itself"
        )
    if re.search(r"can only read (storage )?versions", told):
        return StoreFormat(
            f"{file} was written by a newer DuckDB than the {duckdb.__version__} here; nothing was "
            "changed. Upgrade it with: pip install --upgrade duckdb"
        )
    if any(word in told for word in ("corrupt", "replaying wal", "checksum", "enough bytes")):
        return _damaged(file)
    if "not a valid duckdb" in told or "magic bytes" in told:
        return StoreFormat(
            f"{file} is not a DuckDB file. Name another with --store; to read a trace file, "
            f"use: misstep import {file}"
        )
    if isinstance(error, duckdb.IOException):
        return StoreError(f"{file} could not be opened: {first_line(error)}")
    return StoreFormat(
        f"{file} could not be opened: {first_line(error)}. Look into it with: "
        f"misstep doctor --store {file}"
    )


_NOTICED = re.compile(r"([\w :]+: )?(Corrupt database file|Could not read enough bytes)")


def is_damage(error: duckdb.Error) -> bool:
    """Whether it says that what the file holds is not what was written."""
    # At its beginning: further on it may quote values, and values are anybody's.
    return _NOTICED.match(str(error)) is not None


def _damaged(file: Path) -> StoreFormat:
    return StoreFormat(
        f"{file} is damaged; nothing was changed. Recover what is whole into a new file with: "
        f"misstep doctor --store {file}"
    )


def schema_files() -> list[tuple[str, str]]:
    """Name and text of the schema files in their order."""
    folder = resources.files("misstep_store") / "schema"
    names = sorted(f.name for f in folder.iterdir() if f.name.endswith(".sql"))
    return [(name, (folder / name).read_text()) for name in names]


@functools.cache
def query(name: str) -> str:
    """The text of a named query."""
    return (resources.files("misstep_store") / "queries" / f"{name}.sql").read_text()


def chosen(sql: str, values: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """A query whose ``{chosen}`` compares with one of these values, and its parameters: one value is
    planned in half the time as itself, several are one list."""
    if len(values) == 1:
        return sql.replace("{chosen}", "= $chosen"), {"chosen": values[0]}
    listed = "IN (SELECT unnest($chosen::VARCHAR[]))"
    return sql.replace("{chosen}", listed), {"chosen": list(values)}


def among(sql: str, values: Sequence[str]) -> str:
    """A query with a place for each value in ``({runs})``: a list of values is looked up in an
    index, a list as one parameter is not."""
    return sql.replace("{runs}", ", ".join("?" * len(values)) or "NULL")
