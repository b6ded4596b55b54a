"""``init(store=F)``: to the server that owns F while there is one, else into F's inbox."""

from __future__ import annotations

import time
from pathlib import Path

import httpx

from misstep import guard
from misstep.config import server_headers
from misstep.export.batch import Batch
from misstep.export.sinks import Sink
from misstep.inbox import Signal, inbox_path, write_segment
from misstep.owner import Owner, find_owner, is_plain

_LOOK_AGAIN_S = 2.0


class StoreSink(Sink):
    """Durable whether or not a server runs; needs no duckdb."""

    def __init__(self, store: str | Path) -> None:
        self._store = Path(store).resolve()
        self._folder = inbox_path(self._store)
        self._owner: Owner | None = None
        self._looked_s = float("-inf")

    def send(self, batch: Batch) -> bool:
        """Every batch is acknowledged by the owner or on disk when this returns."""
        for body in batch.requests():
            if not self._post(body, "traces"):
                write_segment(self._folder, body)
        return True

    def keep(self, batch: Batch) -> bool:
        """Into the inbox, without asking anybody."""
        for body in batch.requests():
            write_segment(self._folder, body)
        return True

    def hears_events(self) -> bool:
        """Always: it is misstep's own store."""
        return True

    def send_events(self, body: bytes) -> bool:
        """To the owner's receiver, else into the inbox."""
        if not self._post(body, "logs"):
            write_segment(self._folder, body, "logs")
        return True

    def keep_events(self, body: bytes) -> bool:
        """Into the inbox, without asking anybody."""
        write_segment(self._folder, body, "logs")
        return True

    def _post(self, body: bytes, signal: Signal) -> bool:
        owner = self._find()
        if owner is None:
            return False
        try:
            answer = httpx.post(
                f"{owner.url.rstrip('/')}/v1/{signal}",
                content=body,
                headers={"content-type": "application/x-protobuf", **server_headers()},
                timeout=10,
                trust_env=False,
                verify=not is_plain(owner.url),
            )
        except httpx.HTTPError:
            self._owner, self._looked_s = None, time.monotonic()
            return False
        if answer.status_code in (401, 403):  # a token this process lacks: the inbox needs none
            return False
        if answer.status_code not in (200, 429, 502, 503, 504):
            guard.note(f"store refused a batch: {answer.status_code}")
            return True
        return answer.status_code == 200

    def _find(self) -> Owner | None:
        if self._owner is None and time.monotonic() - self._looked_s > _LOOK_AGAIN_S:
            self._looked_s = time.monotonic()
            self._owner = find_owner(self._store)
        return self._owner
