"""``python -m bench.conventions --out results.json``: what mapping costs on top of decoding.

Two mappings are told apart, in microseconds of processor time a span, medians of the repeats.
``headers`` is what every span pays: kind, name, model, tokens, times, parents of hops and the facts
of runs, made for many traces together as the store makes them; each export stands in it as many
times as make some thousand spans, under ids of its own. ``payloads`` is what a hop pays when it is
shown or diagnosed: everything, one trace at a time. Python's collector is off while the clock runs,
as it is in the store. The exports of bare SDK calls hold one span a trace.
"""

from __future__ import annotations

import dataclasses
import gc
import json
import platform
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from misstep_store import encode, foreign
from misstep_store.conventions import build, convention_of, drafts
from misstep_store.decode import decode_logs, decode_traces
from misstep_store.headers import SpanColumns, headers
from misstep_store.spans import LogRecord, Span

DATA = Path(__file__).parents[3] / "shared" / "data" / "otlp"
AIMS_US = {"misstep": 5.0, "otel-genai": 5.0, "openinference": 5.0}
OTHER_AIM_US = 15.0
_HOPS = 8
_SPANS_TOGETHER = 3_000


@click.command(help=__doc__)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Where results go.")
@click.option("--data", type=click.Path(path_type=Path), default=DATA, help="Folder of exports.")
@click.option("--repeats", type=click.IntRange(min=3), default=15, show_default=True)
def main(out: Path, data: Path, repeats: int) -> None:
    batches = {"misstep-own": ([_own_runs()], [])}
    for folder in sorted(p for p in data.iterdir() if p.is_dir()):
        traces = [p.read_bytes() for p in sorted(folder.glob("*-traces.pb"))]
        if traces:
            logs = [p.read_bytes() for p in sorted(folder.glob("*-logs.pb"))]
            batches[folder.name] = (traces, logs)
    results = {name: _measured(*batch, repeats) for name, batch in batches.items()}
    found = {
        "what": "microseconds of processor time a span, medians",
        "machine": {"python": platform.python_version(), "cpu": platform.machine()},
        "versions": {"misstep": version("misstep"), "orjson": version("orjson")},
        "exports": results,
        "conventions": _by_convention(results),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    for name, row in found["conventions"].items():
        told = f"{name:20s} decode {row['decode_us']:6.1f}   headers {row['headers_us']:6.1f}"
        told += f"   payloads {row['payloads_us']:6.1f}"
        click.echo(f"{told}   aim {row['aim_us']:4.1f} µs a span")


def _own_runs() -> bytes:
    said = [{"role": "user", "parts": [{"type": "text", "content": "Weather in Paris?"}]}]
    hop = {
        "name": "extract",
        "kind": "llm",
        "model": "gpt-4o-mini",
        "provider": "openai",
        "input": {"text": "Weather in Paris?"},
        "output": {"city": "Paris", "temperature": 18},
        "messages_in": said,
        "messages_out": said,
        "input_tokens": 21,
        "output_tokens": 9,
        "finish_reason": "stop",
    }
    runs = [
        {"name": f"run {n}", "input": n, "output": "done", "hops": [hop] * _HOPS} for n in range(20)
    ]
    found = foreign.read(runs)
    assert found is not None
    return encode.traces_request(found[1].spans).SerializeToString()


def _measured(traces: list[bytes], logs: list[bytes], repeats: int) -> dict[str, Any]:
    taken: dict[str, list[float]] = defaultdict(list)
    spans: list[Span] = []
    records: list[LogRecord] = []
    for _ in range(repeats):
        at = time.process_time()
        spans = [s for raw in traces for s in decode_traces(raw, json=False).spans]
        records = [r for raw in logs for r in decode_logs(raw, json=False).logs]
        taken["decode_us"].append((time.process_time() - at) / len(spans) * 1e6)
    by_trace: dict[str, tuple[list[Span], list[LogRecord]]] = defaultdict(lambda: ([], []))
    for span in spans:
        by_trace[span.trace_id][0].append(span)
    for record in records:
        by_trace[record.trace_id][1].append(record)
    grouped = [t for t in by_trace.values() if t[0]]
    plain = [s for found, with_logs in grouped if not with_logs for s in found]
    many = _copies(plain)
    left = 0
    for _ in range(repeats):
        taken["payloads_us"].append(_timed(lambda: _payloads(grouped)) / len(spans) * 1e6)
        if many:
            seconds = _timed(lambda: headers(SpanColumns.of(many)))
            taken["headers_us"].append(seconds / len(many) * 1e6)
    if many:
        left = len(headers(SpanColumns.of(many)).left) * len(plain) // len(many)
    names = [convention_of(s).name for s in spans]
    named = [n for n in names if n != "generic"] or names
    row: dict[str, Any] = {
        "spans": len(spans),
        "traces": len(grouped),
        "traces_left_to_the_conventions": left + len(grouped) - len({s.trace_id for s in plain}),
        "convention": max(set(named), key=named.count),
    }
    taken.setdefault("headers_us", taken["payloads_us"])
    return row | {name: round(statistics.median(v), 1) for name, v in taken.items()}


def _payloads(grouped: list[tuple[list[Span], list[LogRecord]]]) -> None:
    for trace in grouped:
        build(drafts(*trace), price=None)


def _timed(work: Callable[[], object]) -> float:
    gc.collect()
    gc.disable()
    try:
        at = time.process_time()
        work()
        return time.process_time() - at
    finally:
        gc.enable()


def _copies(spans: list[Span]) -> list[Span]:
    """The spans again and again, each time in traces of their own."""
    times = max(1, _SPANS_TOGETHER // len(spans)) if spans else 0
    return [
        dataclasses.replace(span, trace_id=f"{number:08x}{span.trace_id[8:]}")
        for number in range(times)
        for span in spans
    ]


def _by_convention(results: dict[str, dict[str, Any]]) -> dict[str, dict[str, float]]:
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in results.values():
        rows[row["convention"]].append(row)
    found = {}
    for name, of in sorted(rows.items()):
        spans = sum(r["spans"] for r in of)
        found[name] = {
            key: round(sum(r[key] * r["spans"] for r in of) / spans, 1)
            for key in ("decode_us", "headers_us", "payloads_us")
        } | {"aim_us": AIMS_US.get(name, OTHER_AIM_US)}
    return found


if __name__ == "__main__":
    main()
