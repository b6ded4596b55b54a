"""Takes in what processes left in the inbox of a store."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from misstep.errors import DecodeError
from misstep.inbox import Signal, inbox_path, segments
from misstep_store.database import Database
from misstep_store.ingest.write import Writer, count
from misstep_store.otlp import decode

logger = logging.getLogger("misstep.store")


def drain(
    database: Database, writer: Writer, arrived: Callable[[Signal, bytes], None] | None = None
) -> int:
    """Ingests every whole segment, oldest first; the number of segments taken.

    A segment is deleted after its commit, so a crash in between delivers it twice, which changes
    nothing. One that cannot be read is moved to ``bad/`` and counted."""
    folder = inbox_path(database.path)
    taken = 0
    for path, signal in segments(folder):
        try:
            body = path.read_bytes()
        except FileNotFoundError:
            continue
        try:
            read = decode.decode_traces if signal == "traces" else decode.decode_logs
            found = read(body, json=False)
        except DecodeError as error:
            _set_aside(database, path, str(error))
            continue
        writer.submit(found.spans, found.logs).result()
        if arrived is not None:
            arrived(signal, body)
        path.unlink(missing_ok=True)
        taken += 1
    return taken


def _set_aside(database: Database, path: Path, reason: str) -> None:
    logger.warning("%s cannot be read and is set aside: %s", path.name, reason)
    bad = path.parent / "bad"
    bad.mkdir(exist_ok=True)
    path.rename(bad / path.name)
    with database.transaction() as connection:
        count(connection, "inbox: unreadable segment", 1)
