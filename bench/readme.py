"""``python -m bench.readme``: puts measured figures into the README, between two markers.

Reads what the benchmarks wrote to ``bench/results``; a missing file leaves its rows out. Nothing is
typed by hand: losses stand beside what is reached.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "README.md"
RESULTS = ROOT / "bench" / "results"
BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"


def main() -> None:
    page = PAGE.read_text("utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    rows = [*_hopfault(_read("hopfault")), *_executing(_read("hopfault-executing"))]
    rows += [*_domains(_read("domains")), *_logs(_read("localise"))]
    rows += [*_tracer(_read("tracer")), *_store(_read("store"))]
    rows += [*_queries(_read("store-queries"), 1), *_queries(_read("store-queries-10m"), 2)]
    rows += [*_ui(_read("ui"))]
    table = ["| what | found | aim |", "|---|---|---|", *rows]
    PAGE.write_text(f"{before}{BEGIN}\n" + "\n".join(table) + f"\n{END}{after}", "utf-8")


def _read(name: str) -> dict[str, Any]:
    path = RESULTS / f"{name}.json"
    read: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return read


def _rate(rate: dict[str, float]) -> str:
    return f"{rate['rate']:.1%} ({rate['low']:.0%}–{rate['high']:.0%})".replace("%", " %")


def _row(what: str, found: str, aim: str) -> str:
    return f"| {what} | {found} | {aim} |"


def _hopfault(made: dict[str, Any]) -> list[str]:
    if not made:
        return []
    read, held = made["recording"], made["held_out"]
    of = f"{read['n']} planted faults, {read['clean_n']} clean runs"
    constant = max(v["rate"] for v in made["baselines"].values())
    rows = [
        _row(f"HopFault, recording alone ({of}): origin named first", _rate(read["top1"]), "60 %"),
        _row("… among the first three", _rate(read["top3"]), "85 %"),
        _row("… clean runs blamed", _rate(read["clean_blamed"]), "≤ 2 %"),
        _row("… best trivial baseline", f"{constant:.1%}".replace("%", " %"), "–"),
    ]
    if "top1" in held:
        rows.append(_row("… held-out shapes and kinds of fault", _rate(held["top1"]), "–"))
    return rows


def _executing(made: dict[str, Any]) -> list[str]:
    run = made.get("executing")
    if not run:
        return []
    runs = run["run_equivalents"]
    spent = f"{runs['mean']:.1f} on average, {runs['max']:.1f} at most"
    return [
        _row(f"… confirmed by executing again ({run['n']} faults)", _rate(run["top1"]), "95 %"),
        _row("… two faults, the exact set", _rate(run["two_faults"]["exact"]), "70 %"),
        _row("… executions spent, in runs", spent, "≤ 12"),
    ]


def _domains(made: dict[str, Any]) -> list[str]:
    if not made:
        return []
    clean = made["clean_blamed"]["rate"] * made["clean_n"]
    found = f"{made['top1']['rate'] * made['n']:.0f} of {made['n']}"
    blamed = f"{clean:.0f} of {made['clean_n']}"
    return [
        _row("Recorded runs of unlike domains: origin first", found, "16 of 20"),
        _row("… clean ones blamed", blamed, "0"),
    ]


def _logs(made: dict[str, Any]) -> list[str]:
    rows = []
    aims = {"algorithm-generated": ("47", "75"), "hand-crafted": ("29", "55")}
    for group, (first, three) in aims.items():
        if group in made:
            found = made[group]
            told = f"{found['top1']:.0%} / {found['top3']:.0%}".replace("%", " %")
            what = f"Who&When, {group}, step top-1 / top-3, cross-validated"
            rows.append(_row(what, told, f"{first} / {three} %"))
    if "gaia" in made:
        found = made["gaia"]
        told = f"{found['f1']:.0%} / {found['top3']:.0%}".replace("%", " %")
        what = "TRAIL-GAIA, span F1 / first error in the first three, cross-validated"
        rows.append(_row(what, told, "60 / 78 %"))
    return rows


def _tracer(made: dict[str, Any]) -> list[str]:
    names = {
        "caller_tight": "Tracer: a hop on the caller's thread, as a multiple of the bare SDK",
        "caller_paced": "… paced calls with cold caches",
        "whole_process": "… all CPU with export",
        "model_call": "… a 20 ms model call on the wall clock",
        "memory_top_above_start_mib": "… memory above the start over 1,000,000 hops, MiB",
    }
    bars = made.get("bars", {})
    rows = [
        _row(told, f"{bars[key]['found']:g}", f"≤ {bars[key]['bar']:g}")
        for key, told in names.items()
        if key in bars
    ]
    peers = sorted(made.get("peers", {}).values(), key=lambda p: p["ratio"])
    told = " · ".join(f"{p['version'].split()[0]} {p['ratio']:.1f}" for p in peers)
    return [
        *rows,
        *([_row("… others, each in an environment of its own", told, "–")] if told else []),
    ]


def _store(made: dict[str, Any]) -> list[str]:
    if "ingest" not in made:
        return []
    ingest = made["ingest"]
    found = f"{ingest['spans_per_s']:,.0f} / {ingest['ack_p99_ms']:,.0f} ms"
    rows = [_row("Store: durable spans a second / ack p99", found, "100,000 / 300 ms")]
    if "ratio_to_upb" in made:
        what = "… as a share of what upb decodes into tuples on one core in the same run"
        rows.append(_row(what, f"{made['ratio_to_upb']:.2f}", "≥ 0.65"))
    size = f"{ingest['file_bytes_a_span']:,.0f} bytes"
    rows.append(_row("… on disk, a span with its payloads", size, "≤ 400 bytes"))
    if "paced" in ingest:
        batch, one = ingest["paced"]["ack_p99_ms"], ingest["single_post"]["median_ms"]
        small = f"{batch:,.0f} ms / {one:,.0f} ms"
        what = "… 2,000 spans a second in batches of 50, ack p99 / a single small post"
        rows.append(_row(what, small, "150 ms / 30 ms"))
    peer = made.get("peers", {}).get("phoenix", {})
    if "queryable_per_s" in peer:
        told = (
            f"{peer['acknowledged_per_s']:,} acknowledged, {peer['queryable_per_s']:,} readable; "
            f"{peer['bytes_a_span']:,} bytes; latest 50 in {peer['latest_50_ms']:,.0f} ms"
        )
        what = f"… Arize Phoenix {peer['version'].strip()} in the same run, spans a second"
        rows.append(_row(what, told, "–"))
    return rows


def _queries(made: dict[str, Any], aim: float) -> list[str]:
    """Questions that have a bar; ``aim`` is what a store of this size may take more."""
    if not made:
        return []
    of = f"Store of {made['spans'] / 1e6:.0f} million spans"
    rows = []
    for name, row in made["queries"].items():
        if row["bar_ms"] is not None:
            bar = row["bar_ms"] * (1 if name.startswith("open a run of") else aim)
            rows.append(_row(f"{of}: {name}", f"{row['median_ms']:,.0f} ms", f"≤ {bar:,.0f} ms"))
    server = made.get("server", {})
    if server:
        found = f"{server['ready_s']:.1f} s / {server['idle_mib']:,.0f} MiB"
        rows.append(_row(f"{of}: a server ready / memory idle", found, "2 s / 300 MiB"))
    if "text_index_bytes_a_span" in made:
        size = f"{made['text_index_bytes_a_span']:.0f} bytes more"
        rows.append(_row(f"{of}: text index, a span", size, "–"))
    return rows


def _ui(made: dict[str, Any]) -> list[str]:
    rows = []
    if "U1" in made:
        found = f"{made['U1']['origin_in_view']} of {made['U1']['runs']}"
        rows.append(_row("UI: origin in view with 0 clicks, demo's failing runs", found, "all"))
    for size in made.get("U2", ()):
        aim = {10_000: "1.5 s", 100_000: "4 s"}.get(size["hops"], "–")
        what = f"UI: a run of {size['hops']:,} hops interactive / a frame"
        found = f"{size['interactive_s']:.1f} s / {size['frame_ms']:.1f} ms"
        rows.append(_row(what, found, f"{aim} / 16 ms"))
    return rows


if __name__ == "__main__":
    main()
