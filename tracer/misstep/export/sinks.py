"""Where batches go: any exporter, a file, the inbox."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from misstep import guard
from misstep.export.batch import Batch
from misstep.inbox import inbox_path, write_segment


class Sink:
    """One destination. ``send`` may block; it runs on the destination's own worker."""

    def send(self, batch: Batch) -> bool:
        """Delivers a batch; True when it is delivered or safely kept for later."""
        raise NotImplementedError

    def keep(self, batch: Batch) -> bool:
        """Keeps a batch without waiting for anybody, for the end of the process."""
        return False

    def idle(self) -> None:
        """Called by the worker about twice a second: the time to deliver what was kept."""

    def stop(self) -> None:
        """Makes a blocked ``send`` return soon."""

    def hears_events(self) -> bool:
        """Whether it wants to know of open hops and losses: misstep endpoints alone do."""
        return False

    def send_events(self, body: bytes) -> bool:
        """Delivers one serialised ExportLogsServiceRequest."""
        return False

    def keep_events(self, body: bytes) -> bool:
        """Keeps it without waiting for anybody; True when somebody will get it."""
        return False


class InboxSink(Sink):
    """Leaves batches in the inbox of a store that no server owns."""

    def __init__(self, store: str | Path) -> None:
        self._folder = inbox_path(store)

    def send(self, batch: Batch) -> bool:
        for body in batch.requests():
            write_segment(self._folder, body)
        return True

    keep = send

    def hears_events(self) -> bool:
        return True

    def send_events(self, body: bytes) -> bool:
        write_segment(self._folder, body, "logs")
        return True

    keep_events = send_events


class ExporterSink(Sink):
    """Any OpenTelemetry SpanExporter the program brings."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter

    def send(self, batch: Batch) -> bool:
        return self._exporter.export(batch.spans()) is SpanExportResult.SUCCESS

    def stop(self) -> None:
        with guard.quietly("stopping an exporter"):
            self._exporter.shutdown()


class JsonlSink(Sink):
    """One OTLP JSON request a line, appended to a file."""

    def __init__(self, path: str | Path) -> None:
        self._path = Path(path)
        self._lock = threading.Lock()

    def send(self, batch: Batch) -> bool:
        from misstep.export.otlp_json import request_json

        lines = [
            json.dumps(request_json(body), ensure_ascii=False, separators=(",", ":")) + "\n"
            for body in batch.requests()
        ]
        # One write call: lines of several processes do not mix.
        data = "".join(lines).encode("utf-8", "replace")
        with self._lock, self._path.open("ab", buffering=0) as file:
            file.write(data)
            os.fsync(file.fileno())
        return True

    keep = send
