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
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx
from bench.store.plans import checked
from bench.store.workload import RUN_SPANS, SECOND, Workload
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from rich.console import Console
from rich.progress import track
from rich.table import Table

from misstep_store.answering.local import LocalReader
from misstep_store.answering.local_overview import LocalOverview
from misstep_store.database import Connection, Database
from misstep_store.otlp.decode import decode_traces
from misstep_store.reader import RunQuery
from misstep_store.store import Store

TEMPLATES = 1_000
AT_ONCE = 100
COPIES_AT_ONCE = 4
DAYS = 30
RARE = "zebrafinch-7741"
ROUNDS = 7
LONG = "open a run of 100,000 spans, no payloads"
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
    "open a run of 100,000 spans, no payloads": 300.0,
}
"""Milliseconds that each question may take at a million spans; None: no bar is set."""

# What a copy changes of each table, ids first: ids by run and number of the copy, times by its shift.
# It has arrived at a time of its own too, before the first thousand did.
_SHIFT = "+ n.n * $step"
_COPIES = {
    "spans": {
        "trace_id": "{new}",
        "start_unix_nano": _SHIFT,
        "end_unix_nano": _SHIFT,
        "received_unix_nano": "- ($copies - n.n) * 100000000000",
    },
    "run_index": {
        "trace_id": "{new}",
        "start_unix_nano": _SHIFT,
        "last_start_unix_nano": _SHIFT,
        "end_unix_nano": _SHIFT,
    },
    "runs": {
        "run_id": "{new}",
        "start_unix_nano": _SHIFT,
        "last_start_unix_nano": _SHIFT,
        "body": "replace(t.body, t.run_id, {new})",
    },
    "hops": {
        "run_id": "{new}",
        "run_start_unix_nano": _SHIFT,
        "body": "replace(t.body, t.run_id, {new})",
    },
    "diagnoses": {"run_id": "{new}", "body": "replace(t.body, t.run_id, {new})"},
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
            long_id = long_run(store)
            settle(store)
            found = measure(store.database, store.reader, long_id)
            stats = store.reader.stats()
            plans = checked(store.database)
        process = served(path)
    result = {
        "spans": stats.spans,
        "runs": stats.runs,
        "days": DAYS,
        "built_s": built_s,
        "opened_s": round(opened_s, 3),
        "file_bytes_a_span": round(stats.bytes / stats.spans),
        "rounds": ROUNDS,
        "queries": found,
        "plans": plans,
        "text_index_bytes_a_span": round(int(stats.text_index["bytes"]) / stats.spans, 1),
        "server": process,
        "load_average": os.getloadavg(),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "versions": {n: version(n) for n in ("duckdb", "pyarrow")},
    }
    asked.out.parent.mkdir(parents=True, exist_ok=True)
    asked.out.write_text(json.dumps(result, indent=1) + "\n")
    show(result)
    over = [p["question"] for p in plans if p["rows"] > p["most"]]
    if over:
        raise SystemExit(f"these read more than the row groups around a moment: {over}")


def build(path: Path, spans: int) -> None:
    """A store of about so many spans over the last thirty days, oldest first; its text index and
    its sums are made."""
    with Store.open(path) as store:
        fill(store, spans)
        settle(store)


def settle(store: Store) -> None:
    """Waits until the text index and the sums by day are made, as a server does in quiet moments."""
    while store.index.work():
        pass
    while store.reader.rollups.stale_days()[1]:
        if not store.reader.rollups.work():
            time.sleep(1)  # a day is summed once its runs have been quiet


def fill(store: Store, spans: int, *, templates: int = TEMPLATES, diagnosed: int = 10**9) -> None:
    """Fills a new store: some runs the usual way, and copies of them.

    Args:
        templates: how many runs go the usual way, and are copied.
        diagnosed: how many of those are diagnosed at most.
    """
    copies = max(1, round(spans / RUN_SPANS / templates))
    step_s = DAYS * 86_400 / (copies * templates)
    work = Workload(1, time.time_ns() - DAYS * 86_400 * SECOND, step_s)
    rare = work.request(1)
    said = rare.resource_spans[0].scope_spans[0].spans[-1].attributes[-1].value
    said.string_value = json.dumps({"reply": f"{work.text(40)} {RARE}"})
    store.ingest(decode_traces(rare.SerializeToString(), json=False).spans)
    for _ in track(range(templates // AT_ONCE), "Runs through the writer"):
        request = work.request(AT_ONCE)
        store.ingest(decode_traces(request.SerializeToString(), json=False).spans)
        store.reader.refresh()
    for run_id in track(store.reader.due_for_diagnosis(limit=diagnosed), "Diagnosing them"):
        store.reader.diagnosis(run_id)
    step = int(step_s * templates * SECOND)
    for low in track(range(1, copies, COPIES_AT_ONCE), "Copying them"):
        with store.database.transaction() as connection:
            copy(connection, range(low, min(copies, low + COPIES_AT_ONCE)), copies, step)


def copy(connection: Connection, numbers: range, copies: int, step: int) -> None:
    """The copies of these numbers, of ``copies`` in all, each ``step`` ns after the one before."""
    if numbers.start == 1:
        _hold_templates(connection)
    for table, changed in _COPIES.items():
        known = {row[0] for row in connection.execute(f"DESCRIBE first_{table}").fetchall()}
        new = f"md5(t.{next(iter(changed))} || n.n)"
        told = ", ".join(
            f"{f't.{column} {how}' if how[0] in '+-' else how.format(new=new)} AS {column}"
            for column, how in changed.items()
            if column in known
        )
        sql = (
            f"INSERT INTO {table} BY NAME SELECT t.* REPLACE ({told}) "
            f"FROM first_{table} t, range($low, $high) n(n) ORDER BY n.n, t.rowid"
        )
        given = {"low": numbers.start, "high": numbers.stop, "step": step, "copies": copies}
        connection.execute(sql, {n: v for n, v in given.items() if f"${n}" in sql})


def _hold_templates(connection: Connection) -> None:
    """What is copied, in memory: all that is stored but the oldest run, which has the rare text."""
    oldest = "SELECT run_id FROM runs ORDER BY start_unix_nano LIMIT 1"
    for table, changed in _COPIES.items():
        id_ = next(iter(changed))
        order = "start_unix_nano, rowid" if table in ("spans", "runs") else "rowid"
        connection.execute(
            f"CREATE TEMP TABLE first_{table} AS SELECT * FROM {table} "
            f"WHERE {id_} <> ({oldest}) ORDER BY {order}"
        )


def measure(
    database: Database, reader: LocalReader, long_id: str | None = None
) -> dict[str, dict[str, Any]]:
    """{question: median and slowest in ms, number of rounds}; one unmeasured round before.

    Args:
        long_id: a run of 100,000 spans, where there is one.
    """
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
    if long_id is not None:
        # A new one each time: it keeps the columns of runs that it has told before.
        times = [timed_ms(lambda: LocalOverview(database, reader).outline_json(long_id))]
        times += [
            timed_ms(lambda: LocalOverview(database, reader).outline_json(long_id))
            for _ in range(ROUNDS)
        ]
        found[LONG] = {
            "median_ms": round(statistics.median(times[1:]), 1),
            "slowest_ms": round(max(times[1:]), 1),
            "bar_ms": BARS_MS[LONG],
        }
    return found


def long_run(store: Store, spans: int = 100_000) -> str:
    """The id of a run of so many hops, made when the store has none."""
    database = store.database
    known = database.rows("SELECT run_id FROM runs WHERE span_count = ?", [spans])
    if known:
        return str(known[0][0])
    trace_id, begun = b"\x10" * 16, time.time_ns() - 3600 * SECOND
    for first in range(0, spans, 10_000):
        request = ExportTraceServiceRequest()
        scoped = request.resource_spans.add().scope_spans.add()
        for number in range(first, min(spans, first + 10_000)):
            span = scoped.spans.add(trace_id=trace_id, span_id=(number + 1).to_bytes(8, "big"))
            span.name = f"step {number % 40}" if number else "answer"
            span.parent_span_id = (number // 20 + 1).to_bytes(8, "big") if number else b""
            span.start_time_unix_nano = begun + number * 1_000_000
            span.end_time_unix_nano = span.start_time_unix_nano + 900_000
            for key, value in (("misstep.role", "hop"), ("misstep.input", '"in"')):
                span.attributes.add(key=key).value.string_value = value
        store.ingest(decode_traces(request.SerializeToString(), json=False).spans)
    store.reader.refresh()
    store.reader.header(trace_id.hex())
    return trace_id.hex()


def served(path: Path) -> dict[str, float]:
    """A server on the store: seconds from its start to its ready line, and MiB it holds while idle
    after it has answered once."""
    code = "from misstep.command import main; main()"
    ports = ["--otlp-port", "0", "--grpc-port", "0", "--no-ui"]
    begun = time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, "-c", code, "up", "--store", str(path), *ports],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        told = server.stdout.readline()
        ready_s = time.perf_counter() - begun
        time.sleep(5)
        idle = resident_mib(server.pid)
        httpx.get(told.split("otlp=")[1].split()[0] + "/api/runs", timeout=60).raise_for_status()
        asked = resident_mib(server.pid)
    finally:
        server.terminate()
        server.wait(60)
    return {
        "ready_s": round(ready_s, 2),
        "idle_mib": round(idle, 1),
        "idle_after_a_page_mib": round(asked, 1),
    }


def resident_mib(pid: int) -> float:
    """Memory that a process holds."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


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
