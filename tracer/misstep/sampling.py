"""Sampling by run: a share of all runs, and every run in which something failed.

A run that is not in the share waits in a bounded buffer until its local root ends. Then it is sent if
it failed anywhere, else let go. The share is chosen by trace id, so that all processes of a
distributed run decide alike; whether it failed is known only to the process where it did.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from misstep import guard
from misstep import semconv as sc
from misstep.record import SpanRecord

_REMEMBERED_RUNS = 2_000
_BITS = (1 << 64) - 1


class Sampler:
    """Lets spans through to ``put``, holds them, or lets them go."""

    def __init__(
        self,
        rate: float,
        max_bytes: int,
        put: Callable[[Any], None],
        *,
        keep_failing: bool = True,
    ) -> None:
        self._bound = round(rate * (_BITS + 1))
        self._keep_failing = keep_failing
        self._max_bytes = max_bytes
        self._put = put
        self._lock = threading.Lock()
        self._held: OrderedDict[int, list[tuple[Any, int]]] = OrderedDict()
        self._failed: set[int] = set()
        self._decided: OrderedDict[int, bool] = OrderedDict()
        self._bytes = 0

    def in_share(self, trace_id: int) -> bool:
        """Whether a run is sent whatever its outcome; by the rule of OpenTelemetry's own
        ``traceidratio``, so that processes with other SDKs decide alike."""
        return (trace_id & _BITS) < self._bound

    def offer(self, item: Any, *, trace_id: int, root: bool, failed: bool, weight: int) -> None:
        """Takes a finished span; ``root``: it is the local root of its run."""
        if self.in_share(trace_id):
            self._put(item)
            return
        if not self._keep_failing:
            return
        with self._lock:
            known = self._decided.get(trace_id)
            if known is None:
                self._hold(item, trace_id, failed=failed, weight=weight)
                released = self._decide(trace_id) if root else []
            else:
                # After its root a run is decided; a late failure brings itself alone.
                released = [item] if known or failed else []
        for span in released:
            self._put(span)

    def _hold(self, item: Any, trace_id: int, *, failed: bool, weight: int) -> None:
        self._held.setdefault(trace_id, []).append((item, weight))
        self._bytes += weight
        if failed:
            self._failed.add(trace_id)
        while self._bytes > self._max_bytes and self._held:
            oldest = next(iter(self._held))
            guard.note("sampling buffer full", len(self._held[oldest]))
            self._forget(oldest, sent=False)

    def _decide(self, trace_id: int) -> list[Any]:
        keep = trace_id in self._failed
        items = [item for item, _ in self._held.get(trace_id, [])]
        self._forget(trace_id, sent=keep)
        return items if keep else []

    def _forget(self, trace_id: int, *, sent: bool) -> None:
        self._bytes -= sum(weight for _, weight in self._held.pop(trace_id, []))
        self._failed.discard(trace_id)
        self._decided[trace_id] = sent
        while len(self._decided) > _REMEMBERED_RUNS:
            self._decided.popitem(last=False)

    def after_fork(self) -> None:
        """In a forked child: what is held is the parent's to send."""
        self._lock = threading.Lock()
        self._held.clear()
        self._failed.clear()
        self._bytes = 0


def is_failing(record: SpanRecord) -> bool:
    """Whether this span alone makes its run one worth keeping."""
    if record.error is not None:
        return True
    return any(
        event.name == sc.EVENT_FINDING
        or (event.name == sc.EVENT_MARK and event.attributes.get(sc.MARK_STATE) == "bad")
        for event in record.events
    )
