"""Sending OTLP/HTTP as the specification says: gzip, which answers to retry, how long to wait."""

from __future__ import annotations

import email.utils
import gzip
import math
import os
import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from google.protobuf.message import DecodeError as ProtobufError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.util.re import parse_env_headers

from misstep.errors import UsageError
from misstep.owner import is_plain

if TYPE_CHECKING:
    import httpx

Signal = Literal["traces", "logs"]
RETRIED = frozenset({429, 502, 503, 504})
MAX_WAIT_S = 60.0
_MAX_RETRY_AFTER_S = 300.0
_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a request: ``taken``, ``again`` (after ``wait_s``, when the receiver says how
    long) or ``refused`` for good. ``rejected`` counts spans left out of a request that was taken."""

    outcome: Literal["taken", "again", "refused"]
    reason: str = ""
    status: int = 0
    wait_s: float | None = None
    rejected: int = 0


def base_url(given: str) -> str:
    """The address a destination's ``/v1/traces`` stands under.

    Raises:
        UsageError: when it is no http address.
    """
    parts = urlsplit(given)
    try:
        whole = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        whole = False
    if not whole:
        raise UsageError(
            f"{given} is no OTLP/HTTP address; give one like http://host:4318 or https://host/otlp"
        )
    return given.rstrip("/").removesuffix("/v1/traces")


class OtlpSender:
    """One OTLP/HTTP destination. Headers are those of ``OTEL_EXPORTER_OTLP_HEADERS``."""

    def __init__(self, url: str, *, headers: dict[str, str] | None = None) -> None:
        self.url = base_url(url)
        named = parse_env_headers(os.environ.get("OTEL_EXPORTER_OTLP_HEADERS", ""), liberal=True)
        import httpx  # takes a fifth of a server's start, and most forward nothing

        self._client = httpx.Client(
            timeout=_TIMEOUT_S,
            trust_env=False,
            verify=not is_plain(self.url),
            headers={
                **named,
                **(headers or {}),
                "content-type": "application/x-protobuf",
                "content-encoding": "gzip",
            },
        )

    def send(self, signal: Signal, body: bytes, headers: dict[str, str] | None = None) -> Sent:
        """Posts one serialised request once."""
        import httpx

        try:
            answer = self._client.post(
                f"{self.url}/v1/{signal}", content=gzip.compress(body, 1), headers=headers
            )
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return Sent("again", f"cannot be reached ({error or type(error).__name__})")
        if answer.status_code in RETRIED:
            return Sent(
                "again",
                f"answered {answer.status_code}",
                answer.status_code,
                retry_after_s(answer.headers.get("retry-after")),
            )
        if not answer.is_success:
            return Sent("refused", f"answered {answer.status_code}", answer.status_code)
        return Sent("taken", status=answer.status_code, rejected=_rejected(signal, answer))

    def close(self) -> None:
        """Closes the connection."""
        self._client.close()


def _rejected(signal: Signal, answer: httpx.Response) -> int:
    if not answer.headers.get("content-type", "").startswith("application/x-protobuf"):
        return 0
    try:
        if signal == "traces":
            made = ExportTraceServiceResponse.FromString(answer.content)
            return int(made.partial_success.rejected_spans)
        logs = ExportLogsServiceResponse.FromString(answer.content)
        return int(logs.partial_success.rejected_log_records)
    except ProtobufError:
        return 0


def retry_after_s(given: str | None) -> float | None:
    """Seconds out of a Retry-After header, a number or a date; None when it makes no sense."""
    if not given:
        return None
    try:
        wait_s = float(given)
    except ValueError:
        try:
            wait_s = email.utils.parsedate_to_datetime(given).timestamp() - time.time()
        except (TypeError, ValueError):
            return None
    return None if math.isnan(wait_s) else min(max(wait_s, 0.0), _MAX_RETRY_AFTER_S)


def backoff_s(attempt: int) -> float:
    """How long to wait after the ``attempt``-th failure in a row (from 1), with jitter."""
    return float(min(MAX_WAIT_S, 0.5 * 2 ** min(attempt, 10))) * random.uniform(0.5, 1.0)  # noqa: S311


def halves(signal: Signal, body: bytes) -> list[bytes]:
    """A request in two, for a receiver to which it is too large; empty when it cannot be split."""
    kind: Any = ExportTraceServiceRequest if signal == "traces" else ExportLogsServiceRequest
    whole = kind.FromString(body)
    groups = whole.resource_spans if signal == "traces" else whole.resource_logs
    members = [
        (group, scoped, item)
        for group in groups
        for scoped in (group.scope_spans if signal == "traces" else group.scope_logs)
        for item in (scoped.spans if signal == "traces" else scoped.log_records)
    ]
    if len(members) < 2:
        return []
    middle = len(members) // 2
    return [_request(signal, kind, part) for part in (members[:middle], members[middle:])]


def _request(signal: Signal, kind: Any, members: list[tuple[Any, Any, Any]]) -> bytes:
    made = kind()
    is_traces = signal == "traces"
    last: tuple[Any, Any] = (None, None)
    group_made: Any = None
    scope_made: Any = None
    for group, scoped, item in members:
        if last[0] is not group:
            groups = made.resource_spans if is_traces else made.resource_logs
            group_made = groups.add(schema_url=group.schema_url)
            group_made.resource.CopyFrom(group.resource)
        if last[1] is not scoped:
            scopes = group_made.scope_spans if is_traces else group_made.scope_logs
            scope_made = scopes.add(schema_url=scoped.schema_url)
            scope_made.scope.CopyFrom(scoped.scope)
        (scope_made.spans if is_traces else scope_made.log_records).append(item)
        last = (group, scoped)
    return bytes(made.SerializeToString())
