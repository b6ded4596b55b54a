"""Runs by a text in their names, spans or log records, reading only what can hold it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from misstep_store.database import Database, query
from misstep_store.textindex.index import LOGS, SPANS, TextIndex, Where

_EVER = 2**63 - 1
MOST_ROWS = 20 * 8192
"""Rows of text that are read at once; where more can hold it, runs are looked at page by page."""


class InTime(Protocol):
    """A run that was chosen by other filters."""

    @property
    def start_unix_nano(self) -> int:
        """When it began."""

    @property
    def last_start_unix_nano(self) -> int:
        """When its last span began."""

    @property
    def log_count(self) -> int:
        """Log records that belong to it."""


class Search:
    """One text in one store."""

    def __init__(
        self, database: Database, index: TextIndex | None, text: str, *, since: int | None = None
    ) -> None:
        """Args: ``since``: in ns; runs that began before need not be found."""
        self._database = database
        self._text = str(database.rows("SELECT lower(?)", [text])[0][0])
        self._low = 0 if since is None else since
        everything = Where([(-1, _EVER)], MOST_ROWS + 1, MOST_ROWS + 1)
        self._spans = self._logs = everything
        if index is not None:
            self._spans = index.where(SPANS, self._text, since=since)
            self._logs = index.where(LOGS, self._text)

    @property
    def is_rare(self) -> bool:
        """Whether little of what is stored can hold it: then :meth:`everywhere` is quick."""
        rows, of = self._spans.rows + self._logs.rows, self._spans.of + self._logs.of
        return rows <= MOST_ROWS and 2 * rows <= of

    def everywhere(self) -> set[str]:
        """All runs that hold it, but those that began before ``since``."""
        logged = self._in_logs() if self._logs.of else set()
        return self._standing(self._in_spans(self._low, _EVER) | logged)

    def among(self, runs: Sequence[InTime]) -> set[str]:
        """Runs that hold it, all of these that do and maybe others."""
        if not runs:
            return set()
        low = min(r.start_unix_nano for r in runs)
        found = self._in_spans(low, max(r.last_start_unix_nano for r in runs))
        if any(r.log_count for r in runs):
            found |= self._in_logs()
        return self._standing(found)

    def _in_spans(self, low: int, high: int) -> set[str]:
        window = {"low": low, "high": high, "text": self._text}
        found = {row[0] for row in self._database.rows(query("text_names"), window)}
        sql = query("text_spans")
        for above, upto in self._spans.ranges:
            arrived = window | {"above": above, "upto": upto}
            found |= {row[0] for row in self._database.rows(sql, arrived)}
        return found

    def _in_logs(self) -> set[str]:
        found: set[str] = set()
        for above, upto in self._logs.ranges:
            arrived = {"above": above, "upto": upto, "text": self._text}
            found |= {row[0] for row in self._database.rows(query("text_logs"), arrived)}
        return found

    def _standing(self, traces: set[str]) -> set[str]:
        """The runs that traces are in: of some, another's."""
        folded = self._database.rows("SELECT trace_id, run_id FROM folded")
        return traces | {run_id for trace_id, run_id in folded if trace_id in traces}
