"""Arize Phoenix beside us: the same batches into its own server, in an environment of its own."""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
from bench.store.sending import send
from bench.tracer.interop import phoenix
from bench.tracer.peers import build

BATCH = 512
_PATIENCE_S = 600.0
_COUNT = "{ projects { edges { node { traceCount recordCount } } } }"


def measure(bodies: Sequence[bytes]) -> dict[str, Any]:
    """What Phoenix does with bodies of 512 spans; its failure where it cannot be measured.

    Acknowledged is not readable there: it is asked how many spans it has until it has them all.
    """
    try:
        python = build("arize-phoenix", ["arize-phoenix"])
        with tempfile.TemporaryDirectory() as folder, phoenix(python, Path(folder)) as url:
            return _measured(url, Path(folder), bodies)
    except (subprocess.SubprocessError, OSError, SystemExit, RuntimeError) as error:
        return {"failed": str(error)[:300]}


def _measured(url: str, folder: Path, bodies: Sequence[bytes]) -> dict[str, Any]:
    spans = len(bodies) * BATCH
    begun = time.perf_counter()
    sent = send(int(url.rpartition(":")[2]), bodies, 8)
    while (readable := _stored(url)) < spans and time.perf_counter() - begun < _PATIENCE_S:
        time.sleep(0.25)
    seconds = time.perf_counter() - begun
    took = []
    for _ in range(8):
        at = time.perf_counter()
        answer = httpx.get(f"{url}/v1/projects/default/spans", params={"limit": 50}, timeout=60)
        answer.raise_for_status()
        took.append((time.perf_counter() - at) * 1000)
    size = sum(f.stat().st_size for f in folder.rglob("phoenix.db*"))
    return {
        "version": httpx.get(url + "/arize_phoenix_version", timeout=60).text,
        "spans": spans,
        "acknowledged_per_s": round(spans / sent.seconds),
        "queryable_per_s": round(readable / seconds),
        "all_readable": readable >= spans,
        "bytes_a_span": round(size / max(1, readable)),
        "latest_50_ms": round(statistics.median(took[1:]), 1),
    }


def _stored(url: str) -> int:
    answer = httpx.post(f"{url}/graphql", json={"query": _COUNT}, timeout=60)
    projects = answer.json()["data"]["projects"]["edges"]
    return sum(int(project["node"]["recordCount"]) for project in projects)
