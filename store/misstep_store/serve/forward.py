"""``misstep up --forward URL``: passes on what arrives, each destination with a spool of its own.

A request is put into the spool (a file under the store's ``.forward`` folder) before its sender is
told that it is stored, and leaves it when the destination has taken it or refused it for good. So
what was acknowledged survives a kill of this process; the page cache is not forced to disk for it,
so a power cut may lose the newest ones here, though not in the store (`misstep export` sends them).
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import logging
import os
import re
import threading
import time
import uuid
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from starlette.requests import Request

from misstep.inbox import segments
from misstep.model import Json
from misstep_store.otlp import decode, encode
from misstep_store.serve.otlp_send import OtlpSender, Sent, Signal, backoff_s, halves

logger = logging.getLogger("misstep.serve")

_SIGNALS: dict[str, Signal] = {"/v1/traces": "traces", "/v1/logs": "logs"}
VIA = "x-misstep-via"
"""Header that names the servers a request came through, so that it passes none of them twice."""
_ID = re.compile(r"[0-9a-f]{12}")
_MOST_SERVERS = 12  # in a row; their names have room in that of a file
DEFAULT_SPOOL_BYTES = 1024**3
_numbers = itertools.count()


def spool_bytes() -> int:
    """``MISSTEP_FORWARD_SPOOL_BYTES``, or 1 GiB for each destination."""
    try:
        return max(1_000_000, int(os.environ["MISSTEP_FORWARD_SPOOL_BYTES"]))
    except (KeyError, ValueError):
        return DEFAULT_SPOOL_BYTES


class Forwarding:
    """All destinations of one server."""

    def __init__(self, urls: Iterable[str], store: Path) -> None:
        self.server_id = uuid.uuid4().hex[:12]
        folder = store.with_name(store.name + ".forward")
        self._destinations = [Destination(url, folder) for url in dict.fromkeys(urls)]

    def __bool__(self) -> bool:
        return bool(self._destinations)

    def start(self) -> None:
        """Begins to send, what an earlier process left first."""
        for destination in self._destinations:
            destination.start()

    def arrived(self, signal: Signal, body: bytes, *, is_json: bool = False, via: str = "") -> None:
        """Takes over a request that is stored. One that came through this server before goes no
        further, so that servers which forward to each other do not do so for ever."""
        passed = _ID.findall(via)
        if not self._destinations or self.server_id in passed or len(passed) >= _MOST_SERVERS:
            return
        try:
            body = _protobuf(signal, body) if is_json else body
        except Exception as error:  # the store has it: its sender must not hear of this
            logger.warning("a request could not be told in protobuf: %s", error)
            for destination in self._destinations:
                destination.drop("its JSON cannot be told in protobuf")
            return
        for destination in self._destinations:
            destination.put(signal, body, via=[*passed, self.server_id])

    def took(self, request: Request, body: bytes, is_json: bool) -> None:
        """Takes over an HTTP request that the receiver has stored."""
        signal: Signal | None = _SIGNALS.get(request.url.path.rstrip("/"))
        if signal is not None:
            self.arrived(signal, body, is_json=is_json, via=request.headers.get(VIA, ""))

    def report(self) -> list[dict[str, Json]]:
        """How each destination fares."""
        return [d.report() for d in self._destinations]

    def close(self) -> None:
        """Stops sending; what waits stays in the spool for the next start."""
        for destination in self._destinations:
            destination.close()


def _protobuf(signal: Signal, body: bytes) -> bytes:
    if signal == "traces":
        spans = decode.decode_traces(body, json=True).spans
        return encode.traces_request(spans).SerializeToString()
    logs = decode.decode_logs(body, json=True).logs
    return encode.logs_request(logs).SerializeToString()


class Destination:
    """One destination: its spool, its thread, its counts."""

    def __init__(self, url: str, folder: Path) -> None:
        self._sender = OtlpSender(url)
        self.url = self._sender.url
        name = hashlib.sha256(self.url.encode()).hexdigest()[:16]
        self._folder = folder / f"{urlsplit(self.url).hostname}-{name}"
        self._max_bytes = spool_bytes()
        self._lock = threading.Condition()
        self._waiting: deque[tuple[Path, Signal, int]] = deque()
        self._waiting_bytes = 0
        self._counts: Counter[str] = Counter()
        self._dropped: Counter[str] = Counter()
        self._last_error = ""
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="misstep-forward", daemon=True)
        for path, signal in segments(self._folder):
            self._add(path, signal, path.stat().st_size)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def put(self, signal: Signal, body: bytes, *, via: Sequence[str] = ()) -> None:
        """Keeps a request that came through some servers until it is sent; oldest out first when the
        spool is full. Never raises: the store has it in any case."""
        number = f"{time.time_ns():020d}-{os.getpid()}-{next(_numbers):08d}"
        name = ".".join([number, "-".join(via), signal, "otlp"])
        path = self._folder / name
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            draft = path.with_name(name + ".tmp")
            draft.write_bytes(body)
            draft.rename(path)
        except OSError as error:
            self.drop(f"the spool cannot be written: {error.strerror}")
            return
        with self._lock:
            self._add(path, signal, len(body))
            while self._waiting_bytes > self._max_bytes and len(self._waiting) > 1:
                oldest, _, size = self._waiting.popleft()
                self._waiting_bytes -= size
                oldest.unlink(missing_ok=True)
                self._dropped["spool full: oldest dropped"] += 1
            self._lock.notify()

    def _add(self, path: Path, signal: Signal, size: int) -> None:
        self._waiting.append((path, signal, size))
        self._waiting_bytes += size

    def drop(self, reason: str) -> None:
        """Counts a request that is not passed on."""
        with self._lock:
            self._dropped[reason] += 1
            self._last_error = reason

    def _run(self) -> None:
        failures = 0
        while True:
            with self._lock:
                while not self._waiting and not self._closing:
                    self._lock.wait()
                if self._closing:
                    return
                path, signal, size = self._waiting[0]
            try:
                sent = self._deliver(path, signal)
            except Exception as error:  # whatever it is, the thread must live
                logger.exception("forwarding to %s failed", self.url)
                sent = Sent("again", f"failed: {error}")
            failures = failures + 1 if sent.outcome == "again" else 0
            self._settle(path, size, sent)
            if sent.outcome == "again":
                self._pause(sent.wait_s if sent.wait_s is not None else backoff_s(failures))

    def _deliver(self, path: Path, signal: Signal) -> Sent:
        try:
            body = path.read_bytes()
        except FileNotFoundError:  # dropped meanwhile: the spool was full
            return Sent("taken")
        return self._send(signal, body, {VIA: ",".join(_ID.findall(path.name.split(".")[1]))})

    def _send(self, signal: Signal, body: bytes, headers: dict[str, str]) -> Sent:
        sent = self._sender.send(signal, body, headers)
        if sent.status != 413:
            return sent
        parts = halves(signal, body)
        rejected = 0
        for part in parts:
            sent = self._send(signal, part, headers)
            rejected += sent.rejected
            if sent.outcome == "again":
                return sent
        return Sent(sent.outcome, sent.reason, sent.status, rejected=rejected) if parts else sent

    def _settle(self, path: Path, size: int, sent: Sent) -> None:
        with self._lock:
            if sent.outcome == "again":
                self._counts["retries"] += 1
                self._last_error = f"{self.url} {sent.reason}"
                return
            if self._waiting and self._waiting[0][0] == path:
                self._waiting.popleft()
                self._waiting_bytes -= size
            if sent.outcome == "taken":
                self._counts["sent"] += 1
                self._last_error = ""
            else:
                self._dropped[f"refused: {sent.status}"] += 1
                self._last_error = f"{self.url} {sent.reason}"
            if sent.rejected:
                self._dropped["rejected spans"] += sent.rejected
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)

    def _pause(self, wait_s: float) -> None:
        with self._lock:
            self._lock.wait_for(lambda: self._closing, timeout=wait_s)

    def report(self) -> dict[str, Json]:
        """Counts of requests: ``sent``, ``waiting`` (and their bytes), ``retries``, ``dropped`` by
        reason; the last error, empty once a request was taken again."""
        with self._lock:
            return {
                "url": self.url,
                "sent": self._counts["sent"],
                "waiting": len(self._waiting),
                "waiting_bytes": self._waiting_bytes,
                "retries": self._counts["retries"],
                "dropped": dict(self._dropped),
                "last_error": self._last_error or None,
            }

    def close(self) -> None:
        """Ends the thread; a request under way is sent again next time."""
        with self._lock:
            self._closing = True
            self._lock.notify_all()
        if self._thread.is_alive():
            self._thread.join(5)
        self._sender.close()
