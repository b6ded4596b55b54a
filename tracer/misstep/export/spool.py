"""Batches kept on disk while a collector is away, delivered in order when it is back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from misstep import guard
from misstep.inbox import Signal, segments, write_segment

Verdict = bool | None
"""Of a delivery: True taken, False refused for good, None not now."""


class Spool:
    """A folder of serialised requests, the same format as the inbox.

    Bounded: when full, the oldest go first and are counted. Several processes may share it: a segment
    may then be delivered twice, never lost."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self.folder = folder
        self._max_bytes = max_bytes
        self._lock = threading.Lock()  # the worker and the end of the process

    def put(self, body: bytes, signal: Signal = "traces") -> bool:
        """Keeps one serialised request; False when the disk refuses."""
        try:
            with self._lock:
                write_segment(self.folder, body, signal)
                self._trim()
        except OSError:
            guard.note("spool cannot be written")
            return False
        return True

    def waiting(self) -> bool:
        """Whether anything is kept."""
        return next(segments(self.folder), None) is not None

    def _trim(self) -> None:
        kept = []
        for path, _ in segments(self.folder):
            try:
                kept.append((path, path.stat().st_size))
            except FileNotFoundError:  # another process delivered it
                continue
        total = sum(size for _, size in kept)
        for path, size in kept[:-1]:
            if total <= self._max_bytes:
                return
            path.unlink(missing_ok=True)
            total -= size
            guard.note("spool full: oldest batch dropped")

    def deliver(self, send: Callable[[bytes, Signal], Verdict]) -> bool:
        """Sends what waits, oldest first, until one is not taken; True when nothing is left."""
        for path, signal in list(segments(self.folder)):
            try:
                body = path.read_bytes()
            except FileNotFoundError:
                continue
            verdict = send(body, signal)
            if verdict is None:
                return False
            if not verdict:
                guard.note("collector refused a spooled batch")
            path.unlink(missing_ok=True)
        return True
