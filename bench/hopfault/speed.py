"""How long a diagnosis takes as runs grow: 10, 100, 1,000 and 10,000 hops, processor time."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Sequence
from statistics import median
from typing import Any

from misstep.model import Hop, Run, Verdict
from misstep_diagnosis import diagnose, diff, learn_all

SIZES = (10, 100, 1_000, 10_000)
GOOD_RUNS = 3
_ROUNDS = 3


def chain(hops: int, *, turn: int = 0, fault_at: int | None = None) -> tuple[Run, list[Hop]]:
    """A synthetic run: each hop takes numbers and text over from the one before and adds to them.

    ``turn`` varies names and numbers, as another input would; at ``fault_at`` a total is wrong.
    """
    made: list[Hop] = []
    carried: dict[str, Any] = {"order": f"ORD-{4000 + turn}", "amount": 120.5 + turn}
    for n in range(hops):
        lines = [{"sku": f"S-{n}-{i}", "price": 10.25 * (i + 1) + n + turn} for i in range(4)]
        given = {
            **carried,
            "lines": lines,
            "note": f"Step {n} for Alder Works, batch {n * 7 + turn}.",
        }
        total = round(sum(line["price"] for line in lines), 2)
        if n == fault_at:
            total = round(total * 1.37, 2)
        output = {
            "order": carried["order"],
            "total": total,
            "text": f"Batch {n * 7 + turn} of Alder Works comes to {total} in step {n}.",
        }
        made.append(
            Hop(
                hop_id=f"{n:016x}",
                index=n,
                name=f"step_{n % 50}",
                kind=("llm", "tool", "chain")[n % 3],
                input=given,
                output=output,
                offset_ms=n * 10.0,
                duration_ms=9.0,
            )
        )
        carried = {"order": carried["order"], "amount": total}
    run = Run(
        run_id=f"{turn:032x}",
        name="chain",
        pipeline="chain",
        input={"order": f"ORD-{4000 + turn}", "amount": 120.5 + turn},
        output=made[-1].output,
        verdict=Verdict(state="bad" if fault_at is not None else "good", by="user"),
    )
    return run, made


def measured() -> list[dict[str, Any]]:
    """Milliseconds of processor time for each size: alone, beside three good runs whose habits are
    stored, the first time (habits are learned then), and the diff with a good run; medians of three
    (one for 10,000 hops). ``peak_mib`` is the process's greatest memory until then."""
    return [_row(size, 1 if size > 1_000 else _ROUNDS) for size in SIZES]


def _row(size: int, rounds: int) -> dict[str, Any]:
    run, hops = chain(size, turn=9, fault_at=size // 2)
    good = [chain(size, turn=n) for n in range(1, GOOD_RUNS + 1)]
    habits = learn_all(good)
    return {
        "hops": size,
        "alone_ms": _timed(lambda: diagnose(run, hops), rounds),
        "with_good_ms": _timed(lambda: diagnose(run, hops, habits=habits), rounds),
        "first_time_ms": _timed(lambda: diagnose(run, hops, good=good), rounds),
        "diff_ms": _timed(lambda: diff(run, hops, *good[0]), rounds),
        "peak_mib": round(_peak_mib()),
    }


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The measurements as a table in Markdown, with each column's growth from row to row."""
    lines = [
        "| hops | alone | beside 3 good runs | the first time | diff | peak memory |",
        "|---|---|---|---|---|---|",
    ]
    for row in rows:
        cells = [
            f"{row[k]:,.0f} ms" for k in ("alone_ms", "with_good_ms", "first_time_ms", "diff_ms")
        ]
        lines.append(f"| {row['hops']:,} | {' | '.join(cells)} | {row['peak_mib']} MiB |")
    return "\n".join(lines)


def _timed(work: Any, rounds: int) -> float:
    spent = []
    for _ in range(rounds):
        started_s = time.process_time()
        work()
        spent.append(1_000 * (time.process_time() - started_s))
    return round(median(spent), 1)


def _peak_mib() -> float:
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
