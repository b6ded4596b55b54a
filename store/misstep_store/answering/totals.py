"""What a store comes to: spans, runs, size, what was dropped, calls and spend by model."""

from __future__ import annotations

from dataclasses import asdict

import duckdb

from misstep.model import Json, Stats
from misstep_store.database import SCHEMA_VERSION, Database, query
from misstep_store.deriving.rollups import FEW_HOPS, Days, Rollups
from misstep_store.textindex.index import TextIndex

_MOST_MODELS = 200
_MODEL_COLUMNS = (
    "provider",
    "model",
    "calls",
    "input_tokens",
    "output_tokens",
    "unpriced_tokens",
    "cost_usd",
    "errors",
    "p50_ms",
    "p95_ms",
)


def stats_of(database: Database, rollups: Rollups, index: TextIndex | None) -> Stats:
    """The totals of a store, as it is."""
    spans, replays = database.rows(query("stats"))[0]
    now = rollups.now()
    hops = sum(day.hops for day in now.values())
    counters = dict(database.rows("SELECT name, number FROM counters ORDER BY name"))
    days, stale = rollups.stale_days(now)
    conflicts = counters.pop("conflict", 0)
    retention = {
        name.removeprefix("retention: "): counters.pop(name)
        for name in list(counters)
        if name.startswith("retention: ")
    }
    lost = {
        f"{reason} ({service})" if service else reason: int(number)
        for reason, service, number in database.rows(query("lost"))
    }
    return Stats(
        spans=spans,
        runs=sum(day.stamp.runs for day in now.values()),
        replays=replays,
        hops=hops,
        dropped={**counters, **lost},
        bytes=database.size_bytes(),
        schema_version=SCHEMA_VERSION,
        duckdb_version=duckdb.__version__,
        store=str(database.path),
        rejected=sum(v for k, v in counters.items() if k.startswith("rejected")),
        conflicts=conflicts,
        retention=retention,
        text_index=asdict(index.state()) if index is not None else {},
        models=models_of(database, rollups, hops, now),
        rollups={"days": days, "stale_days": stale},
    )


def models_of(database: Database, rollups: Rollups, hops: int, now: Days) -> list[dict[str, Json]]:
    """Totals by model, the most used first; ``hops`` is how many there are in the days ``now``."""
    if hops <= FEW_HOPS:
        found = database.rows(query("models"))
        return [dict(zip(_MODEL_COLUMNS, row, strict=True)) for row in found]
    made: list[dict[str, Json]] = []
    totals = sorted(rollups.totals("model", now=now), key=lambda t: (-t.calls, t.value))
    for total in totals[:_MOST_MODELS]:
        p50, p95 = total.quantiles_ms(0.5, 0.95)
        known = {n: getattr(total, n) for n in _MODEL_COLUMNS if hasattr(total, n)}
        told = {"provider": total.owner, "model": total.value, "p50_ms": p50, "p95_ms": p95}
        made.append({n: (known | told)[n] for n in _MODEL_COLUMNS})
    return made
