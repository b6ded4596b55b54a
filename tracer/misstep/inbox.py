"""Spans left for a store that no server owns: one fsynced OTLP file a batch.

``F.inbox/00…-PID-N.traces.otlp`` holds one serialised ExportTraceServiceRequest (``.logs.otlp`` one
ExportLogsServiceRequest). A file appears under its name only when it is whole and on disk, so
whoever opens ``F`` next can ingest every ``*.otlp`` it finds, in name order. Any number of
processes may write at once. The spool for an absent collector has the same format.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

Signal = Literal["traces", "logs"]

_numbers = itertools.count()


def inbox_path(store: str | Path) -> Path:
    """The inbox folder that belongs to a store's file."""
    path = Path(store).resolve()
    return path.with_name(path.name + ".inbox")


def write_segment(folder: Path, body: bytes, signal: Signal = "traces") -> Path:
    """Puts one serialised request on disk, durable when this returns.

    Raises:
        OSError: when the folder cannot be made or the disk is full; nothing is left behind then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{time.time_ns():020d}-{os.getpid()}-{next(_numbers):06d}.{signal}.otlp"
    draft, final = folder / (name + ".tmp"), folder / name
    try:
        with draft.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(final)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
    _sync_folder(folder)
    return final


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def segments(folder: Path) -> Iterator[tuple[Path, Signal]]:
    """Whole segments in the order they were written."""
    try:
        names = sorted(p.name for p in folder.iterdir())
    except OSError:
        return
    for name in names:
        if name.endswith(".traces.otlp"):
            yield folder / name, "traces"
        elif name.endswith(".logs.otlp"):
            yield folder / name, "logs"
