"""Where batches go: an OTLP collector with a spool behind it, the inbox, a file, any exporter."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import httpx
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from misstep import guard
from misstep.inbox import inbox_path, segments, write_segment

_MAX_REQUEST_BYTES = 4 * 1024 * 1024


class Sink(Protocol):
    """One destination. ``send`` may block; it runs on the sink's own worker."""

    def send(self, spans: Sequence[ReadableSpan]) -> bool:
        """Delivers a batch; True when it is delivered or safely kept for later."""
        ...

    def keep(self, spans: Sequence[ReadableSpan]) -> bool:
        """Keeps a batch without waiting for anybody, for the end of the process."""
        ...

    def stop(self) -> None:
        """Makes a blocked ``send`` return soon."""
        ...


def encode(spans: Sequence[ReadableSpan]) -> list[bytes]:
    """Serialised ExportTraceServiceRequests of at most 4 MiB each where spans allow."""
    body: bytes = encode_spans(spans).SerializeToString()
    if len(body) <= _MAX_REQUEST_BYTES or len(spans) == 1:
        return [body]
    middle = len(spans) // 2
    return encode(spans[:middle]) + encode(spans[middle:])


class InboxSink:
    """Leaves batches in the inbox of a store that no server owns."""

    def __init__(self, store: str | Path) -> None:
        self._folder = inbox_path(store)

    def send(self, spans: Sequence[ReadableSpan]) -> bool:
        for body in encode(spans):
            write_segment(self._folder, body)
        return True

    keep = send

    def stop(self) -> None:
        """Nothing ever blocks here."""


class ExporterSink:
    """Any OpenTelemetry SpanExporter, e.g. the official OTLP ones; with a spool when given one."""

    def __init__(self, exporter: SpanExporter, spool: Spool | None = None) -> None:
        self._exporter = exporter
        self._spool = spool

    def send(self, spans: Sequence[ReadableSpan]) -> bool:
        with guard.quietly("exporting spans"):
            if self._exporter.export(spans) is SpanExportResult.SUCCESS:
                if self._spool is not None:
                    self._spool.deliver()
                return True
        return self.keep(spans)

    def keep(self, spans: Sequence[ReadableSpan]) -> bool:
        return self._spool is not None and all(self._spool.put(body) for body in encode(spans))

    def stop(self) -> None:
        with guard.quietly("stopping an exporter"):
            self._exporter.shutdown()


class JsonlSink:
    """One OTLP JSON request a line, appended to a file."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._lock = threading.Lock()

    def send(self, spans: Sequence[ReadableSpan]) -> bool:
        from misstep.export.otlp_json import request_json

        line = json.dumps(request_json(spans), ensure_ascii=False, separators=(",", ":"))
        with self._lock, self._path.open("a", encoding="utf-8", errors="replace") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())
        return True

    keep = send

    def stop(self) -> None:
        """Nothing ever blocks here."""


class Spool:
    """Batches kept on disk while a collector is away, delivered in order when it is back.

    Bounded: when full, the oldest go first and are counted."""

    def __init__(self, folder: Path, max_bytes: int, url: str, headers: Mapping[str, str]) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._url = url
        self._headers = headers

    def put(self, body: bytes) -> bool:
        """Keeps one serialised request; False when the disk refuses."""
        try:
            write_segment(self._folder, body)
            self._trim()
        except OSError:
            return False
        return True

    def _trim(self) -> None:
        kept = [(path, path.stat().st_size) for path, _ in segments(self._folder)]
        total = sum(size for _, size in kept)
        for path, size in kept:
            if total <= self._max_bytes:
                return
            path.unlink(missing_ok=True)
            total -= size
            guard.note("spool full: oldest batch dropped")

    def deliver(self) -> None:
        """Sends what waits, oldest first; stops at the first that is not taken."""
        waiting = list(segments(self._folder))
        if not waiting:
            return
        headers = {**self._headers, "content-type": "application/x-protobuf"}
        with httpx.Client(timeout=10, trust_env=False) as client:
            for path, _ in waiting:
                if not self._deliver_one(client, path, headers):
                    return

    def _deliver_one(self, client: httpx.Client, path: Path, headers: Mapping[str, str]) -> bool:
        try:
            answer = client.post(self._url, content=path.read_bytes(), headers=headers)
        except FileNotFoundError:  # another process delivered it
            return True
        except (httpx.HTTPError, OSError):
            return False
        if answer.status_code in (429, 502, 503, 504):
            return False
        if answer.status_code != 200:
            guard.note(f"collector refused a spooled batch: {answer.status_code}")
        path.unlink(missing_ok=True)
        return True
