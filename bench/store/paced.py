"""Acknowledgements while little comes: so many spans a second in small batches, and single posts."""

from __future__ import annotations

import http.client
import statistics
import time
from typing import Any

from bench.store.sending import HEADERS
from bench.store.workload import RUN_SPANS, Workload

SPANS_A_SECOND = 2_000
BATCH = 50
SECONDS = 15
POSTS = 60
CONNECTIONS = 4
SPANS = SECONDS * SPANS_A_SECOND + POSTS * RUN_SPANS
"""What both send together."""


def paced(port: int) -> dict[str, Any]:
    """Latency of batches of fifty spans, 2,000 spans a second, over kept connections in turn."""
    wanted = SECONDS * SPANS_A_SECOND
    bodies = list(Workload(3, time.time_ns() - 10**12).batches(wanted, BATCH))
    connections = [_open(port) for _ in range(CONNECTIONS)]
    begun, took = time.perf_counter(), []
    for number, body in enumerate(bodies):
        due = begun + number * BATCH / SPANS_A_SECOND
        time.sleep(max(0.0, due - time.perf_counter()))
        took.append(_post(connections[number % CONNECTIONS], body))
    seconds = time.perf_counter() - begun
    for connection in connections:
        connection.close()
    took.sort()
    return {
        "spans_per_s": round(len(bodies) * BATCH / seconds),
        "batch": BATCH,
        "ack_p50_ms": round(took[len(took) // 2], 1),
        "ack_p99_ms": round(took[int(0.99 * len(took))], 1),
        "bar_p99_ms": 150,
    }


def single(port: int) -> dict[str, Any]:
    """Latency of one post of a twelve-span run, nothing else going on."""
    work = Workload(4, time.time_ns() - 10**12)
    connection, took = _open(port), []
    for _ in range(POSTS):
        took.append(_post(connection, work.request(1).SerializeToString()))
        time.sleep(0.05)
    connection.close()
    return {"median_ms": round(statistics.median(took), 1), "slowest_ms": round(max(took), 1)}


def _open(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=60)


def _post(connection: http.client.HTTPConnection, body: bytes) -> float:
    begun = time.perf_counter()
    connection.request("POST", "/v1/traces", body, HEADERS)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"the server answered {answer.status}")
    return (time.perf_counter() - begun) * 1000
