"""Which runs a page shows: filters, order, cursor, and text without reading everything."""

from __future__ import annotations

import base64
import datetime as dt
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson

from misstep.errors import UsageError
from misstep_store.answering.searching import Search
from misstep_store.answering.stored import COLUMNS, Stored
from misstep_store.database import Database, among, query
from misstep_store.reader import RunQuery
from misstep_store.textindex.index import TextIndex

SEARCH_BUDGET_S = 0.25
"""How long one page looks for a text; the cursor goes on where it stopped."""
_FIRST_RUNS = 256  # of the first page; what a cursor goes on with was not in the first ones
_NEXT_RUNS = 2048
_MOST_RUNS = 4096
_ORDERS = {
    "newest": ("start_unix_nano", "DESC"),
    "oldest": ("start_unix_nano", "ASC"),
    "slowest": ("duration_ms", "DESC"),
    "costliest": ("coalesce(cost_usd, -1)", "DESC"),
}
_BY_TIME = ("newest", "oldest")
_FEW = 200
_HITS = "$hits IS NULL OR run_id IN (SELECT unnest($hits::VARCHAR[]))"  # as runs.sql has it
_NAMED = re.compile(r"\$([a-z_]+)")


@dataclass(frozen=True, slots=True)
class Chosen:
    """The runs of a page, and where the next page begins; None: there is none. They come with their
    bodies, unless a text was looked for page by page."""

    runs: list[Stored]
    next: str | None


def choose(
    database: Database,
    asked: RunQuery,
    *,
    index: TextIndex | None = None,
    budget_s: float = SEARCH_BUDGET_S,
) -> Chosen:
    """The runs of one page, in their order.

    A ``text`` that little can hold is looked for there at once. With another one and an order by
    time the page can end before it is full: after ``budget_s`` seconds of search, ``next`` saying
    how far that came. With another order all is searched.

    Raises:
        UsageError: a time or the cursor makes no sense.
    """
    hits = None
    search = search_of(database, index, asked)
    if search is not None:
        if search.is_rare:
            hits, asked = search.everywhere(), replace(asked, text=None)
        elif asked.sort in _BY_TIME:
            return _searched(database, asked, search, budget_s)
    found = _rows(database, asked, asked.limit + 1, hits, bodies=True)
    more = len(found) > asked.limit
    page = found[: asked.limit]
    return Chosen(page, _cursor_after(asked, page[-1]) if more else None)


def search_of(database: Database, index: TextIndex | None, asked: RunQuery) -> Search | None:
    """The search for the text that is asked for, if one is."""
    if not asked.text:
        return None
    return Search(database, index, asked.text, since=_nano(asked.since, "since"))


def _searched(database: Database, asked: RunQuery, search: Search, budget_s: float) -> Chosen:
    """Searches the runs that the other filters leave, in their order, some at a time."""
    begun = time.monotonic()
    others, most = replace(asked, text=None), _NEXT_RUNS if asked.cursor else _FIRST_RUNS
    page: list[Stored] = []
    while True:
        since = time.monotonic()
        looked_at = _rows(database, others, most)
        hits = search.among(looked_at)
        page += [run for run in looked_at if run.run_id in hits]
        if len(page) > asked.limit:
            page = page[: asked.limit]
            return Chosen(page, _cursor_after(asked, page[-1]))
        if len(looked_at) < most:
            return Chosen(page, None)
        following = _cursor_after(asked, looked_at[-1])
        now = time.monotonic()
        if now - begun >= budget_s:
            return Chosen(page, following)
        others = replace(others, cursor=following)
        if now - since < budget_s / 4:
            most = min(2 * most, _MOST_RUNS)


def _rows(
    database: Database,
    asked: RunQuery,
    limit: int,
    hits: set[str] | None = None,
    *,
    bodies: bool = False,
) -> list[Stored]:
    sql, parameters = listing_sql(asked, limit, hits, bodies=bodies)
    return [Stored(*row) for row in database.rows(sql, parameters)]


def listing_sql(
    asked: RunQuery,
    limit: int,
    hits: set[str] | None = None,
    *,
    bodies: bool = False,
) -> tuple[str, dict[str, Any]]:
    """The query for the first runs of a listing in its order, and its parameters.

    Args:
        hits: the only runs to choose among.
        bodies: read the bodies too, of the chosen runs alone.
    """
    column, direction = _ORDERS[asked.sort]
    sql, parameters = conditions(query("runs"), parameters_of(asked, hits))
    if hits is not None and len(hits) <= _FEW:
        # Few are looked up by their key.
        named = {f"hit_{n}": run_id for n, run_id in enumerate(hits)}
        places = ", ".join(f"${name}" for name in named) or "NULL"
        sql = sql.replace(_HITS, f"run_id IN ({places})")
        parameters = {k: v for k, v in parameters.items() if k != "hits"} | named
    if asked.cursor:
        value, run_id = _cursor(asked.cursor, asked.sort)
        sign = "<" if direction == "DESC" else ">"
        # The first condition alone bounds the time in a way that skips what lies outside.
        sql += f"\n  AND {column} {sign}= $at AND ({column} {sign} $at OR run_id {sign} $after)"
        parameters |= {"at": value, "after": run_id}
    order = f"ORDER BY {column} {direction}, run_id {direction}"
    if not bodies:
        return f"SELECT {COLUMNS} FROM (\n{sql})\n{order} LIMIT {limit}", parameters  # noqa: S608
    # Chosen by narrow columns, then fetched: DuckDB would unpack the bodies of all it looks at.
    chosen = f"SELECT place FROM (\n{sql})\n{order} LIMIT {limit}"  # noqa: S608
    return f"SELECT {COLUMNS}, body FROM runs WHERE rowid IN ({chosen})\n{order}", parameters  # noqa: S608


def _cursor_after(asked: RunQuery, last: Stored) -> str:
    cost = -1 if last.cost_usd is None else last.cost_usd
    at = {"slowest": last.duration_ms, "costliest": cost}.get(asked.sort, last.start_unix_nano)
    return cursor_at(asked.sort, at, last.run_id)


def cursor_at(sort: str, at: float, run_id: str) -> str:
    """The cursor behind a run whose value in that order is ``at``."""
    return base64.urlsafe_b64encode(orjson.dumps([sort, at, run_id])).decode()


def _cursor(cursor: str, sort: str) -> tuple[float, str]:
    try:
        sorted_by, value, run_id = orjson.loads(base64.urlsafe_b64decode(cursor.encode()))
        if not isinstance(run_id, str) or not isinstance(value, int | float):
            raise ValueError(cursor)
        if sorted_by not in _ORDERS:
            raise ValueError(cursor)
    except (ValueError, TypeError) as error:
        raise UsageError(f"{cursor[:80]!r} is not a cursor this server gave") from error
    if sorted_by != sort:
        raise UsageError(
            f"the cursor belongs to sort={sorted_by}, not to sort={sort}: "
            f"ask with sort={sorted_by}, or without the cursor"
        )
    return value, run_id


def starts_of(database: Database, run_ids: Sequence[str]) -> dict[str, int]:
    """When each stored run began, in ns: what its hops are found by."""
    sql = among("SELECT run_id, start_unix_nano FROM runs WHERE run_id IN ({runs})", run_ids)
    return dict(database.rows(sql, run_ids))


def conditions(sql: str, parameters: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A query without the conditions whose parameter is None, and the parameters that are left."""
    first, *others = sql.rstrip().split("\n  AND (")
    kept = [o for o in others if parameters[o[1 : o.index(" ")]] is not None]
    made = "\n  AND (".join([first, *kept])
    return made, named_in(made, parameters)


def named_in(sql: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """Those of the parameters that a query has a place for."""
    places = set(_NAMED.findall(sql))
    return {name: value for name, value in parameters.items() if name in places}


def parameters_of(query_: RunQuery, hits: Iterable[str] | None = None) -> dict[str, Any]:
    """The parameters of ``queries/runs.sql``; ``hits`` are the only runs to choose among."""
    return {
        "hits": None if hits is None else list(hits),
        "since": _nano(query_.since, "since"),
        "until": _nano(query_.until, "until"),
        "verdict": query_.verdict,
        "status": query_.status,
        "name": query_.name,
        "service": query_.service,
        "pipeline": query_.pipeline,
        "version": query_.version,
        "session": query_.session,
        "user": query_.user,
        "tag": query_.tag,
        "origin": query_.origin,
        "rule": query_.rule,
        "model": query_.model,
        "failed": query_.failed,
        "calls": query_.calls,
        "replays": query_.replays,
        "text": query_.text or None,
    }


def _nano(moment: str | None, name: str) -> int | None:
    if moment is None:
        return None
    try:
        parsed = dt.datetime.fromisoformat(moment.replace("Z", "+00:00"))
    except ValueError as error:
        raise UsageError(
            f"{name} must be an ISO 8601 time like 2026-01-31T12:00:00Z, got {moment!r}"
        ) from error
    if parsed.tzinfo is None:
        parsed = parsed.replace(tzinfo=dt.UTC)
    return int(parsed.timestamp() * 1_000_000) * 1000
