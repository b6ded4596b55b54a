"""``python -m bench.conventions --out results.json``: what mapping costs on top of decoding.

Each export is decoded and mapped in turn, again and again; a figure is the median of the repeats, in
microseconds of processor time a span. ``read`` is the convention, ``build`` the tree, hops and run;
the exports of bare SDK calls hold one span a trace, so that a run is built for every span.
"""

from __future__ import annotations

import json
import platform
import statistics
import time
from collections import defaultdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from misstep_store import encode, foreign
from misstep_store.conventions import build, convention_of, drafts
from misstep_store.decode import decode_logs, decode_traces

DATA = Path(__file__).parents[3] / "shared" / "data" / "otlp"
AIMS_US = {"misstep": 5.0, "otel-genai": 5.0, "openinference": 5.0}
OTHER_AIM_US = 15.0
_HOPS = 8


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
        told = f"{name:20s} decode {row['decode_us']:6.1f}   map {row['map_us']:6.1f}"
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
    count, convention = 0, ""
    for _ in range(repeats):
        at = time.process_time()
        spans = [s for raw in traces for s in decode_traces(raw, json=False).spans]
        records = [r for raw in logs for r in decode_logs(raw, json=False).logs]
        decoded = time.process_time()
        by_trace: dict[str, tuple[list[Any], list[Any]]] = defaultdict(lambda: ([], []))
        for span in spans:
            by_trace[span.trace_id][0].append(span)
        for record in records:
            by_trace[record.trace_id][1].append(record)
        grouped = [t for t in by_trace.values() if t[0]]
        begun = time.process_time()
        read = [drafts(*trace) for trace in grouped]
        middle = time.process_time()
        for trace in read:
            build(trace, price=None)
        done = time.process_time()
        count = len(spans)
        for name, seconds in (
            ("decode_us", decoded - at),
            ("read_us", middle - begun),
            ("build_us", done - middle),
            ("map_us", done - begun),
        ):
            taken[name].append(seconds / count * 1e6)
        names = [convention_of(s).name for s in spans]
        named = [n for n in names if n != "generic"] or names
        convention = max(set(named), key=named.count)
    row: dict[str, Any] = {"spans": count, "traces": len(grouped), "convention": convention}
    return row | {name: round(statistics.median(v), 1) for name, v in taken.items()}


def _by_convention(results: dict[str, dict[str, Any]]) -> dict[str, dict[str, float]]:
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in results.values():
        rows[row["convention"]].append(row)
    found = {}
    for name, of in sorted(rows.items()):
        spans = sum(r["spans"] for r in of)
        found[name] = {
            key: round(sum(r[key] * r["spans"] for r in of) / spans, 1)
            for key in ("decode_us", "read_us", "build_us", "map_us")
        } | {"aim_us": AIMS_US.get(name, OTHER_AIM_US)}
    return found


if __name__ == "__main__":
    main()
