"""The official OTLP exporters, made on the worker so that a fork never inherits a channel."""

from __future__ import annotations

import os
import ssl
import time
from collections.abc import Mapping
from typing import Protocol, runtime_checkable

import httpx
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SpanExporter, SpanExportResult
from opentelemetry.util.re import parse_env_headers

from misstep import guard
from misstep.destinations import is_grpc, traces_url, url_of
from misstep.export.batch import Batch
from misstep.export.hush import hush
from misstep.export.sinks import Sink
from misstep.export.spool import Spool, Verdict
from misstep.inbox import Signal

_TIMEOUT_S = 10.0
_ASK_AGAIN_S = 60.0
_FIRST_RETRY_S = 1.0
_LAST_RETRY_S = 30.0
_RETRYABLE = (429, 502, 503, 504)


@runtime_checkable
class EncodedExporter(Protocol):
    """An official exporter that can be given a batch in the encoded form."""

    def export_encoded(self, batch: Batch) -> bool:
        """Sends it as the exporter sends its own; True when it was taken."""
        ...


class LazyOtlpExporter:
    """The OTLP exporter for one endpoint, made at the first batch.

    ``endpoint``: an ``http(s)://`` base URL, ``grpc://host:port`` (plain) or ``grpcs://`` (TLS), or
    None for what the standard environment variables say.
    """

    def __init__(self, endpoint: str | None, *, console: bool = False) -> None:
        self._endpoint = endpoint
        self.console = console
        self._exporter: SpanExporter | None = None
        self._pid = 0
        self.stopped = False
        self.grpc = is_grpc(endpoint)
        self.url = url_of(endpoint)
        self.headers: Mapping[str, str] = parse_env_headers(
            os.environ.get("OTEL_EXPORTER_OTLP_TRACES_HEADERS")
            or os.environ.get("OTEL_EXPORTER_OTLP_HEADERS", ""),
            liberal=True,
        )

    def send(self, batch: Batch) -> bool:
        """Sends a batch, retrying as OTLP says."""
        if self.stopped:
            return False
        if self._exporter is None or self._pid != os.getpid():
            self._exporter, self._pid = self._make(), os.getpid()
        if isinstance(self._exporter, EncodedExporter):
            return self._exporter.export_encoded(batch)
        return self._exporter.export(batch.spans()) is SpanExportResult.SUCCESS

    def _make(self) -> SpanExporter:
        if self.console:
            return ConsoleSpanExporter()
        hush()
        if self.grpc:
            from misstep.export import official_grpc

            return official_grpc.make(self._endpoint)
        from misstep.export import official_http

        return official_http.make(traces_url(self._endpoint) if self._endpoint else None)

    def shutdown(self) -> None:
        """Interrupts a retry that is under way."""
        self.stopped = True
        if self._exporter is not None:
            self._exporter.shutdown()


class OtlpSink(Sink):
    """A collector, with a spool behind it for the time it is away.

    While anything waits in the spool new batches go behind it, so that the collector gets all in
    order; it is tried again after 1 s, then at doubling intervals up to 30 s.
    """

    def __init__(self, exporter: LazyOtlpExporter, spool: Spool | None) -> None:
        self._exporter = exporter
        self._spool = spool
        self._behind = spool is not None and spool.waiting()
        self._next_try_s = 0.0
        self._pause_s = _FIRST_RETRY_S
        self._hears: bool | None = None
        self._asked_s = float("-inf")

    def send(self, batch: Batch) -> bool:
        if self._behind:
            kept = self.keep(batch)
            self.idle()
            return kept
        with guard.quietly("exporting spans"):
            if self._exporter.send(batch):
                return True
        return self.keep(batch)

    def keep(self, batch: Batch) -> bool:
        if self._spool is None:
            return False
        if not self._behind:
            self._behind, self._next_try_s = True, time.monotonic() + self._pause_s
            guard.logger.warning(
                "%s takes no spans: they wait in %s", self._exporter.url, self._spool.folder
            )
        kept = list(map(self._spool.put, batch.requests()))  # each, also after one failed
        return all(kept)

    def idle(self) -> None:
        """Delivers the spool when it is time to try again."""
        if not self._behind or self._spool is None or time.monotonic() < self._next_try_s:
            return
        with self._client() as client:
            done = self._spool.deliver(lambda body, signal: self._deliver(client, body, signal))
        if done:
            self._behind, self._pause_s = False, _FIRST_RETRY_S
        else:
            self._pause_s = min(2 * self._pause_s, _LAST_RETRY_S)
            self._next_try_s = time.monotonic() + self._pause_s

    def _deliver(self, client: httpx.Client, body: bytes, signal: Signal) -> Verdict:
        if signal == "traces":
            return self._post(client, self._exporter.url, body)
        # Kept by a process that could not ask; only a misstep server knows what to do with it.
        if self._hears is None:
            self._asked_s = float("-inf")
        heard = self.hears_events()
        if self._hears is None:
            return None
        return not heard or self._post(client, self._beside("/v1/logs"), body)

    def _client(self) -> httpx.Client:
        authority = os.environ.get("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE") or os.environ.get(
            "OTEL_EXPORTER_OTLP_CERTIFICATE"
        )
        context = ssl.create_default_context(cafile=authority) if authority else True
        return httpx.Client(timeout=_TIMEOUT_S, verify=context)

    def _post(self, client: httpx.Client, url: str, body: bytes) -> Verdict:
        if self._exporter.stopped:
            return None
        if self._exporter.grpc:
            return self._post_grpc(body)
        headers = {**self._exporter.headers, "content-type": "application/x-protobuf"}
        try:
            answer = client.post(url, content=body, headers=headers)
        except httpx.HTTPError:
            return None
        if answer.status_code in _RETRYABLE:
            return None
        return answer.is_success

    def _post_grpc(self, body: bytes) -> Verdict:
        from misstep.export.grpc_raw import send_request

        return send_request(self._exporter.url, body, self._exporter.headers, _TIMEOUT_S)

    def stop(self) -> None:
        with guard.quietly("stopping an exporter"):
            self._exporter.shutdown()

    # --- open hops and losses -----------------------------------------------------------

    def hears_events(self) -> bool:
        """Whether a misstep server answers there; asked once a minute while one is needed."""
        if self._exporter.grpc or self._exporter.console:
            return False
        if self._hears is None or time.monotonic() - self._asked_s > _ASK_AGAIN_S:
            self._asked_s = time.monotonic()
            self._hears = self._is_misstep()
        return self._hears is True

    def _is_misstep(self) -> bool | None:
        try:
            with self._client() as client:
                answer = client.get(self._beside("/healthz"), headers=dict(self._exporter.headers))
            found = answer.json()
        except httpx.HTTPError:  # nobody is there to be asked
            return None
        except ValueError:
            return False
        return isinstance(found, dict) and "store" in found and "version" in found

    def _beside(self, path: str) -> str:
        return self._exporter.url.removesuffix("/v1/traces").rstrip("/") + path

    def send_events(self, body: bytes) -> bool:
        with self._client() as client:
            return self._post(client, self._beside("/v1/logs"), body) is True

    def keep_events(self, body: bytes) -> bool:
        """Into the spool, where the destination is a misstep server or could not be asked."""
        if self._spool is None or self._hears is False or self._exporter.grpc:
            return False
        return self._spool.put(body, "logs")
