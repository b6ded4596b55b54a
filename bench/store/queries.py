"""Queries over a large store: ``python -m bench.store.queries``; medians, written as JSON.

A thousand runs go through the writer, the conventions and the diagnosis like any others. The rest
are copies of them by SQL, with ids and times of their own, so that a million spans take minutes.
Copies repeat the same texts a thousand runs later, further apart than a row group: pruning and
decompression cost what they would, but totals of words and of values are those of a thousand runs.
One run, the oldest copied, holds a text that no other has.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.store.workload import RUN_SPANS, SECOND, Workload
from rich.console import Console
from rich.progress import track
from rich.table import Table

from misstep_store.database import Connection
from misstep_store.decode import decode_traces
from misstep_store.local import LocalReader
from misstep_store.reader import RunQuery
from misstep_store.store import Store

TEMPLATES = 1_000
AT_ONCE = 100
COPIES_AT_ONCE = 4
DAYS = 30
RARE = "zebrafinch-7741"
ROUNDS = 7
BARS_MS = {
    "latest 50 runs with roll-up": 15.0,
    "open a 12-hop run": 15.0,
    "latest errors": 10.0,
    "latest failing runs": None,
    "filter by model": None,
    "per-model totals with p95": 30.0,
    "text search of the last day": 50.0,
    "text of nobody, the last day": 50.0,
    "rare text, the first answer": None,
    "rare text in everything": 300.0,
    "facets of the Runs page": None,
}
"""Milliseconds that each question may take at a million spans; None: no bar is set."""

# What a copy changes of each table: ids by run and number of the copy, times by its shift. It has
# arrived at a time of its own too, before the first thousand did.
_NEW_ID = "md5(t.{id} || n.n)"
_SHIFT = "n.n * $step"
_COPIES = {
    "spans": (
        "trace_id",
        "{new} AS trace_id, t.start_unix_nano + {shift} AS start_unix_nano, "
        "t.end_unix_nano + {shift} AS end_unix_nano, "
        "t.received_unix_nano - ($copies - n.n) * 100000000000 AS received_unix_nano",
        "t.start_unix_nano, t.rowid",
    ),
    "run_index": (
        "trace_id",
        "{new} AS trace_id, t.start_unix_nano + {shift} AS start_unix_nano, "
        "t.last_start_unix_nano + {shift} AS last_start_unix_nano, "
        "t.end_unix_nano + {shift} AS end_unix_nano",
        "t.rowid",
    ),
    "runs": (
        "run_id",
        "{new} AS run_id, t.start_unix_nano + {shift} AS start_unix_nano, "
        "t.last_start_unix_nano + {shift} AS last_start_unix_nano, "
        "replace(t.body, t.run_id, {new}) AS body",
        "t.start_unix_nano",
    ),
    "hops": (
        "run_id",
        "{new} AS run_id, replace(t.body, t.run_id, {new}) AS body, "
        "t.run_start_unix_nano + {shift} AS run_start_unix_nano",
        "t.rowid",
    ),
    "diagnoses": ("run_id", "{new} AS run_id, replace(t.body, t.run_id, {new}) AS body", "t.rowid"),
}


def main() -> None:
    """Builds, measures, prints and writes."""
    parser = argparse.ArgumentParser(prog="python -m bench.store.queries")
    parser.add_argument("--spans", type=int, default=1_000_000)
    parser.add_argument("--store", type=Path, help="kept there, and used again when it exists")
    parser.add_argument("--out", type=Path, default=Path("bench/results/store-queries.json"))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = asked.store or Path(folder) / "queries.duckdb"
        built_s = None
        if not path.exists():
            begun = time.perf_counter()
            build(path, asked.spans)
            built_s = round(time.perf_counter() - begun, 1)
        begun = time.perf_counter()
        with Store.open(path) as store:
            opened_s = time.perf_counter() - begun
            found = measure(store.reader)
            stats = store.reader.stats()
    result = {
        "spans": stats.spans,
        "runs": stats.runs,
        "days": DAYS,
        "built_s": built_s,
        "opened_s": round(opened_s, 3),
        "file_bytes_a_span": round(stats.bytes / stats.spans),
        "rounds": ROUNDS,
        "queries": found,
        "load_average": os.getloadavg(),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "versions": {n: version(n) for n in ("duckdb", "pyarrow")},
    }
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(result, indent=1) + "\n")
    show(result)


def build(path: Path, spans: int) -> None:
    """A store of about so many spans over the last thirty days, oldest first."""
    copies = max(1, round(spans / RUN_SPANS / TEMPLATES))
    step_s = DAYS * 86_400 / (copies * TEMPLATES)
    first = time.time_ns() - DAYS * 86_400 * SECOND
    work = Workload(1, first, step_s)
    with Store.open(path) as store:
        rare = work.request(1)
        said = rare.resource_spans[0].scope_spans[0].spans[-1].attributes[-1].value
        said.string_value = json.dumps({"reply": f"{work.text(40)} {RARE}"})
        store.ingest(decode_traces(rare.SerializeToString(), json=False).spans)
        for _ in track(range(TEMPLATES // AT_ONCE), "Runs through the writer"):
            request = work.request(AT_ONCE)
            store.ingest(decode_traces(request.SerializeToString(), json=False).spans)
            store.reader.refresh()
        while due := store.reader.due_for_diagnosis():
            for run_id in track(due, "Diagnosing them"):
                store.reader.diagnosis(run_id)
        step = int(step_s * TEMPLATES * SECOND)
        for low in track(range(1, copies, COPIES_AT_ONCE), "Copying them"):
            with store.database.transaction() as connection:
                copy(connection, low, min(copies, low + COPIES_AT_ONCE), copies, step)


def copy(connection: Connection, low: int, high: int, copies: int, step: int) -> None:
    """Copies number ``low`` to ``high`` - 1 of ``copies`` of the first thousand runs, ``step`` ns
    apart."""
    connection.execute(
        "CREATE TEMP TABLE IF NOT EXISTS first_runs AS SELECT run_id FROM runs "
        f"ORDER BY start_unix_nano LIMIT {TEMPLATES} OFFSET 1"
    )
    for table, (id_, changed, order) in _COPIES.items():
        changed = changed.format(new=_NEW_ID.format(id=id_), shift=_SHIFT)
        connection.execute(
            f"INSERT INTO {table} BY NAME SELECT t.* REPLACE ({changed}) "
            f"FROM {table} t SEMI JOIN first_runs f ON f.run_id = t.{id_}, "
            f"range($low, $high) n(n) ORDER BY n.n, {order}",
            {"low": low, "high": high}
            | {n: v for n, v in (("step", step), ("copies", copies)) if f"${n}" in changed},
        )


def measure(reader: LocalReader) -> dict[str, dict[str, Any]]:
    """{question: median and slowest in ms, number of rounds}; one unmeasured round before."""
    day = datetime.fromtimestamp(time.time() - 86_400, UTC).isoformat()
    run_id = reader.runs(RunQuery(limit=1, failed=True)).runs[0].run_id
    questions: dict[str, Callable[[], object]] = {
        "latest 50 runs with roll-up": lambda: reader.runs(RunQuery()),
        "open a 12-hop run": lambda: reader.run(run_id),
        "latest errors": lambda: reader.runs(RunQuery(status="error")),
        "latest failing runs": lambda: reader.runs(RunQuery(failed=True)),
        "filter by model": lambda: reader.runs(RunQuery(model="o1")),
        "per-model totals with p95": reader.stats,
        "text search of the last day": lambda: reader.runs(RunQuery(text="12", since=day)),
        "text of nobody, the last day": lambda: reader.runs(RunQuery(text=RARE, since=day)),
        "rare text, the first answer": lambda: reader.runs(RunQuery(text=RARE)),
        "facets of the Runs page": reader.overview.facets,
    }
    found: dict[str, dict[str, Any]] = {}
    for name, ask in track(list(questions.items()), "Measuring"):
        times = [timed_ms(ask) for _ in range(ROUNDS + 1)][1:]
        found[name] = {
            "median_ms": round(statistics.median(times), 1),
            "slowest_ms": round(max(times), 1),
            "bar_ms": BARS_MS[name],
        }
    found["rare text in everything"] = everything(reader)
    return found


def timed_ms(ask: Callable[[], object]) -> float:
    """How long a question takes."""
    begun = time.perf_counter()
    ask()
    return (time.perf_counter() - begun) * 1000


def everything(reader: LocalReader) -> dict[str, Any]:
    """Follows the cursor until all has been searched, three times."""
    times, pages, runs = [], 0, 0
    for _ in range(3):
        begun, asked, pages, runs = time.perf_counter(), RunQuery(text=RARE), 0, 0
        while True:
            page = reader.runs(asked)
            pages, runs = pages + 1, runs + len(page.runs)
            if page.next is None:
                break
            asked = replace(asked, cursor=page.next)
        times.append((time.perf_counter() - begun) * 1000)
    return {
        "median_ms": round(statistics.median(times), 1),
        "slowest_ms": round(max(times), 1),
        "bar_ms": BARS_MS["rare text in everything"],
        "pages": pages,
        "runs_found": runs,
    }


def show(result: dict[str, Any]) -> None:
    """The table."""
    table = Table(title=f"{result['spans']:,} spans, {result['runs']:,} runs, {DAYS} days")
    table.add_column("question")
    for heading in ("median ms", "slowest ms", "bar ms"):
        table.add_column(heading, justify="right")
    for name, row in result["queries"].items():
        bar = "–" if row["bar_ms"] is None else f"{row['bar_ms']:.0f}"
        table.add_row(name, f"{row['median_ms']:.1f}", f"{row['slowest_ms']:.1f}", bar)
    console = Console()
    console.print(table)
    rare = result["queries"]["rare text in everything"]
    console.print(
        f"rare text in everything: {rare['pages']} answers, {rare['runs_found']} run found; "
        f"load {result['load_average'][0]:.1f}"
    )


if __name__ == "__main__":
    main()
