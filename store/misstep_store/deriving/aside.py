"""Traces that could not be made runs, and are not tried again by themselves."""

from __future__ import annotations

import time
from collections.abc import Iterable

import duckdb

from misstep.errors import MisstepError
from misstep_store.database import Database, NotWritten

MOST = 10_000
"""So many are known by name; of more, that they were stored before some moment."""
FAILED_ALONE = 16
"""After so many that fail one by one, and more of them than could be made, the others that came with
them are no longer tried: each is a transaction of its own."""


class Aside:
    """Which traces; their runs stay provisional.

    Spans that come to one let it be tried again. One that failed with others, and not by itself, is
    tried when its run is opened; so are all, after this process."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        # Whether each was tried by itself.
        self._known: dict[str, bool] = {}
        self.until_unix_nano = 0
        """Provisional runs that were made up to then are set aside, whether they are known or not."""

    def __bool__(self) -> bool:
        return bool(self._known or self.until_unix_nano)

    @property
    def known(self) -> list[str]:
        """The ids of those that are known by name."""
        return list(self._known)

    def add(self, run_ids: Iterable[str], *, alone: bool) -> None:
        """Sets them aside."""
        for run_id in run_ids:
            if run_id in self._known or len(self._known) < self._most:
                self._known[run_id] = alone or self._known.get(run_id, False)
            else:
                self.until_unix_nano = time.time_ns()

    def forget(self, run_ids: Iterable[str]) -> None:
        """Lets them be tried again, or were made."""
        if self._known:
            for run_id in run_ids:
                self._known.pop(run_id, None)

    def holds(self, run_id: str, made_unix_nano: int, *, opened: bool) -> bool:
        """Whether a provisional run is not to be tried; ``opened``: somebody wants to see just it."""
        alone = self._known.get(run_id)
        if opened:
            return alone is True
        return alone is not None or made_unix_nano <= self.until_unix_nano

    def count(self, database: Database) -> int:
        """How many runs."""
        if not self:
            return 0
        found = database.rows(
            "SELECT count(*) FROM runs WHERE provisional "
            "AND (made_unix_nano <= ? OR run_id IN (SELECT unnest(?)))",
            [self.until_unix_nano, self.known],
        )
        return int(found[0][0])


def is_of_data(error: Exception) -> bool:
    """Whether something in the spans is why they could not be made, and not the file or the
    machine."""
    if not isinstance(error, NotWritten):
        return not isinstance(error, (MisstepError, MemoryError, OSError))
    told: BaseException | None = error  # what fails after the first error may hide it
    while told is not None and not isinstance(told, (duckdb.DataError, duckdb.ProgrammingError)):
        told = told.__cause__ or told.__context__
    return told is not None
