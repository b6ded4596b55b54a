"""``python -m bench.conventions --out results.json``: what mapping costs on top of decoding.

Two mappings are told apart, in microseconds of processor time a span, medians of the repeats.
``headers`` is what every span pays when it is stored: kind, name, model, tokens, times, parents of
hops and the facts of runs, made for many traces together as the store makes them, traces that are
left to the conventions included. What decoding gives is given as the store has it: lists, ids and
times as columns too, attributes as dictionaries; a span that is read alone is opened anew.
``payloads`` is what a hop pays when it is shown or diagnosed: ``normalise``, everything, one trace at
a time. Exports hold five to two hundred spans; each stands in the measurement as many times as make
8,000, in traces of their own: as many as the store makes runs of together when more arrive than it
can do at once, and no more (``BATCH_TRACES``, ``BATCH_SPANS`` of
:mod:`misstep_store.deriving.materialise`). What a batch costs whatever is in it, some milliseconds,
is thus shared by as many spans as in the store.
Python's collector is off while the clock runs, as it is in the store. With ``--docs`` the table of
docs/conventions.md is written too.
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
import numpy as np
from rich.progress import track

from misstep_store.conventions import convention_of, normalise
from misstep_store.deriving.loading import IDS, NUMBERS
from misstep_store.deriving.materialise import BATCH_SPANS, BATCH_TRACES
from misstep_store.headers import SpanColumns, headers
from misstep_store.headers.columns.logs import Logs
from misstep_store.headers.columns.spans import named
from misstep_store.otlp import encode, values
from misstep_store.otlp.decode import decode_traces
from misstep_store.otlp.spans import LogRecord, Span
from misstep_store.transfer import foreign, importing

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "otlp"
OWN = ROOT / "tests" / "conventions" / "exports"
DOCS = ROOT / "docs" / "conventions.md"
AIMS_US = {"misstep": 5.0, "otel-genai": 5.0, "openinference": 5.0}
OTHER_AIM_US = 15.0
_HOPS = 8
Trace = tuple[list[Span], list[LogRecord]]
"""Spans and log records; an export is one too, of several traces."""


@click.command(help=__doc__)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Where results go.")
@click.option("--data", type=click.Path(path_type=Path), default=DATA, help="Folder of exports.")
@click.option("--repeats", type=click.IntRange(min=3), default=7, show_default=True)
@click.option("--docs", is_flag=True, help="Writes the table of docs/conventions.md.")
def main(out: Path, data: Path, repeats: int, *, docs: bool) -> None:
    exports = {"misstep-own": (decode_traces(_own_runs(), json=False).spans, [])}
    exports |= _exports(data)
    shown = track(exports.items(), "mapping exports")
    results = {name: _measured(*export, repeats) for name, export in shown}
    found = {
        "what": "microseconds of processor time a span, medians; each export repeated in traces of "
        f"their own until there are {BATCH_SPANS} spans or {BATCH_TRACES} traces, as many as the "
        "store reads at once",
        "machine": {
            "python": platform.python_version(),
            "cpu": platform.machine(),
            "million_additions_ms": round(_yardstick(), 1),
        },
        "versions": {"misstep": version("misstep"), "orjson": version("orjson")},
        "exports": results,
        "conventions": _by_convention(results),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    click.echo(f"{found['what']}, CPU of one core; {len(results)} exports")
    click.echo(f"a million additions in Python: {found['machine']['million_additions_ms']} ms")
    for name, row in found["conventions"].items():
        told = f"{name:20s} decode {row['decode_us']:6.1f}   headers {row['headers_us']:6.1f}"
        told += f"   payloads {row['payloads_us']:6.1f}"
        told += f"   aim {row['aim_us']:4.1f} µs a span"
        click.echo(f"{told}   {row['spans_a_trace']:4.1f} spans a trace")
    if docs:
        _write_docs(found["conventions"])


def _yardstick() -> float:
    """How fast the machine is while this runs, in milliseconds: figures of two machines compare only
    after they are divided by it."""

    def add() -> None:
        total = 0
        for number in range(1_000_000):
            total += number

    return statistics.median(_timed(add) for _ in range(15)) * 1e3


def _exports(data: Path) -> dict[str, Trace]:
    """Spans and logs of the exports in the data folder and of our own."""
    files: dict[str, list[Path]] = {}
    for folder in sorted(p for p in data.iterdir() if p.is_dir()) if data.is_dir() else ():
        files[folder.name] = sorted(folder.glob("*.pb"))
    for file in sorted(OWN.glob("*.pb.gz")):
        if not file.name.endswith(".logs.pb.gz"):  # read with the traces they belong to
            files.setdefault(file.name.partition(".")[0], []).append(file)
    found: dict[str, Trace] = {}
    for name, parts in files.items():
        read = [importing.read_file(p).decoded for p in parts]
        spans = [s for r in read for s in r.spans]
        if spans:
            found[name] = (spans, [log for r in read for log in r.logs])
    return found


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


def _measured(spans: list[Span], logs: list[LogRecord], repeats: int) -> dict[str, Any]:
    taken: dict[str, list[float]] = defaultdict(list)
    raw = encode.traces_request(spans).SerializeToString()
    traces = _traces(spans, logs)
    many, beside = _copies(spans, logs)
    all_traces = _traces(many, beside)
    kept = _Kept(many, beside)
    made = headers(kept.columns())
    work = {
        "decode_us": (lambda: decode_traces(raw, json=False), len(spans)),
        "payloads_us": (lambda: [normalise(*t) for t in traces.values()], len(spans)),
        "headers_us": (lambda: _stored(kept, all_traces), len(many)),
    }
    gc.collect()
    gc.freeze()  # what is measured with holds no garbage: looking through it took half of the time
    for _ in range(repeats):
        for name, (call, count) in work.items():
            taken[name].append(_timed(call) / count * 1e6)
    gc.unfreeze()
    names = [convention_of(s).name for s in spans]
    told = [n for n in names if n != "generic"] or names
    return {
        "spans": len(spans),
        "traces": len(traces),
        "spans_together": len(many),
        "traces_left_to_the_conventions": len(made.left) * len(spans) // len(many),
        "convention": max(dict.fromkeys(told), key=told.count),
        **{name: round(statistics.median(v), 1) for name, v in taken.items()},
    }


class _Kept:
    """Spans and log records as the store hands them over, see :class:`deriving.loading.Loaded`."""

    def __init__(self, spans: list[Span], logs: list[LogRecord]) -> None:
        self._spans, self._logs = spans, logs
        self._attributes = [values.dumps(s.attributes) for s in spans]
        self._table = SpanColumns.of(spans)
        self._ids = {name: self._table.text(name) for name in IDS}
        self._numbers = {name: self._table.numbers(name) for name in NUMBERS}
        scopes = {name: n for n, name in enumerate(dict.fromkeys(self._table.scope))}
        self._numbers["scope"] = np.array([scopes[name] for name in self._table.scope], np.int64)
        self._scopes = list(scopes)
        self._plain = np.array(self._table.plain)
        self._linked = np.array([bool(s.links) for s in spans])

    def columns(self) -> SpanColumns:
        """Handed over to be mapped, as ``Loaded.columns`` does."""
        table = self._table
        found = dataclasses.replace(
            table,
            plain=self._plain.tolist(),
            scope=named(self._numbers["scope"], self._scopes),
            span=self._opened,
            linked=set(np.flatnonzero(self._linked).tolist()),
            arrow=dict(self._ids),
            arrays=dict(self._numbers),
            failing=None,
        )
        found.logs = Logs.joined(table.trace_id, table.span_id, table.attributes, self._logs)
        return found

    def _opened(self, place: int) -> Span:
        attributes = values.loads(self._attributes[place])
        return dataclasses.replace(self._spans[place], attributes=attributes)


def _stored(kept: _Kept, traces: dict[str, Trace]) -> None:
    """Headers of all traces as the store makes them, those that are left included."""
    for trace_id in headers(kept.columns()).left:
        normalise(*traces[trace_id])


def _traces(spans: list[Span], logs: list[LogRecord]) -> dict[str, Trace]:
    found: dict[str, Trace] = {}
    for span in spans:
        found.setdefault(span.trace_id, ([], []))[0].append(span)
    for log in logs:
        if log.trace_id in found:
            found[log.trace_id][1].append(log)
    return found


def _timed(work: Callable[[], object]) -> float:
    gc.collect()
    gc.disable()
    try:
        at = time.process_time()
        work()
        return time.process_time() - at
    finally:
        gc.enable()


def _copies(spans: list[Span], logs: list[LogRecord]) -> tuple[list[Span], list[LogRecord]]:
    """The spans and logs again and again, each time in traces of their own."""
    traces = len({s.trace_id for s in spans})
    times = max(1, min(BATCH_SPANS // len(spans), BATCH_TRACES // traces))
    ids = [f"{number:08x}" for number in range(times)]
    many = [
        dataclasses.replace(s, trace_id=i + s.trace_id[8:], attributes=dict(s.attributes))
        for i in ids
        for s in spans
    ]
    beside = [
        dataclasses.replace(log, trace_id=i + log.trace_id[8:])
        for i in ids
        for log in logs
        if log.trace_id
    ]
    return many, beside


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
        } | {
            "aim_us": AIMS_US.get(name, OTHER_AIM_US),
            "spans_a_trace": round(spans / sum(r["traces"] for r in of), 1),
        }
    return found


def _write_docs(conventions: dict[str, dict[str, float]]) -> None:
    lines = [
        "| convention | spans a trace | decoding | headers | aim | payloads |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {name} | {row['spans_a_trace']} | {row['decode_us']} | {row['headers_us']} "
        f"| {row['aim_us']:.0f} | {row['payloads_us']} |"
        for name, row in conventions.items()
    ]
    text = DOCS.read_text(encoding="utf-8")
    before, _, rest = text.partition("<!-- speed:begin -->\n")
    _, _, after = rest.partition("<!-- speed:end -->")
    table = "\n".join(lines)
    DOCS.write_text(
        f"{before}<!-- speed:begin -->\n{table}\n<!-- speed:end -->{after}", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
