"""Removing old runs: by age, by size, and the failing and marked ones last."""

from __future__ import annotations

import contextlib
import time

from misstep_store.answering.local import delete_runs
from misstep_store.database import Database, query
from misstep_store.ingest.write import count
from misstep_store.shapes.retention import Policy, Retained

_CHUNK_RUNS = 500
_ROUNDS = 8
_DAY_NANO = 86_400 * 1_000_000_000


def retain(database: Database, policy: Policy, *, dry_run: bool = False) -> Retained:
    """Removes what the policy does not let stay, oldest first, failing and marked runs last.

    Runs go a few hundred at a time, each time in one transaction, so that spans keep coming in.
    A run whose spans arrive after it was removed appears again with those alone.

    Raises:
        UsageError: when the policy makes no sense.
    """
    policy.check()
    done = Retained(dry_run=dry_run)
    if policy.days is not None:
        _remove(database, _too_old(database, policy), done)
    if policy.max_bytes is not None and not dry_run:
        _shrink(database, policy.max_bytes, done)
    if done.removed_runs and not dry_run:
        _checkpoint(database)
        with database.transaction() as connection:
            count(connection, "retention: runs removed", done.removed_runs)
            count(connection, "retention: spans removed", done.removed_spans)
    done.bytes = used_bytes(database)
    return done


def used_bytes(database: Database) -> int:
    """What the store's file and log hold, free blocks left out."""
    rows = database.rows(
        "SELECT used_blocks * block_size FROM pragma_database_size() WHERE database_name = 'store'"
    )
    return int(rows[0][0]) + database.log_bytes()


Candidate = tuple[str, int, bool]
"""Run id, when it started (or arrived, where it does not say) in ns, whether it goes last."""


def _candidates(database: Database) -> list[Candidate]:
    """All runs in the order in which they go."""
    return [(r[0], int(r[1]), bool(r[2])) for r in database.rows(query("retention"))]


def _too_old(database: Database, policy: Policy) -> list[Candidate]:
    now = time.time_ns()
    days = float(policy.days or 0)
    failing = days if policy.failing_days is None else policy.failing_days
    return [
        c for c in _candidates(database) if now - c[1] > (failing if c[2] else days) * _DAY_NANO
    ]


def _remove(database: Database, runs: list[Candidate], done: Retained) -> None:
    for start in range(0, len(runs), _CHUNK_RUNS):
        chunk = runs[start : start + _CHUNK_RUNS]
        ids = [c[0] for c in chunk]
        done.removed_spans += _span_count(database, ids)
        done.run_ids += ids
        done.removed_runs += len(chunk)
        done.removed_failing_or_marked += sum(1 for c in chunk if c[2])
        if not done.dry_run:
            with database.transaction() as connection:
                delete_runs(connection, ids)


def _span_count(database: Database, run_ids: list[str]) -> int:
    sql = "SELECT count(*) FROM spans WHERE trace_id IN (SELECT unnest(?))"
    return int(database.rows(sql, [run_ids])[0][0])


def _shrink(database: Database, max_bytes: int, done: Retained) -> None:
    """A share of the runs at a time, then a look at the size: what a run takes is not known.

    Space comes back by row groups, so a store can stay larger than the rows left in it; more than
    half as much again as the size asks for is never removed for that."""
    _checkpoint(database)
    used = used_bytes(database)
    if used <= max_bytes:
        return
    spans = int(database.rows("SELECT count(*) FROM spans")[0][0])
    most = done.removed_spans + int(1.5 * spans * (used - max_bytes) / used) + 1
    for _ in range(_ROUNDS):
        left = _candidates(database)
        if used <= max_bytes or not left or done.removed_spans >= most:
            return
        share = (used - max_bytes) / used
        _remove(database, left[: max(1, int(len(left) * share))], done)
        _checkpoint(database)
        used = used_bytes(database)


def _checkpoint(database: Database) -> None:
    """Gives the space of removed rows back; another time, when somebody is reading."""
    with contextlib.suppress(Exception):
        database.fold()
