"""A serialised ExportTraceServiceRequest over gRPC, for what waited in the spool."""

from __future__ import annotations

import os
from collections.abc import Mapping
from urllib.parse import urlsplit

import grpc

_METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
_NOT_NOW = frozenset(
    {
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.OUT_OF_RANGE,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DATA_LOSS,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    }
)


def _as_is(body: bytes) -> bytes:
    return body


def send_request(
    url: str, body: bytes, headers: Mapping[str, str], timeout_s: float
) -> bool | None:
    """True when it was taken, False when it was refused for good, None when not now."""
    parts = urlsplit(url if "://" in url else f"grpc://{url}")
    insecure = (
        parts.scheme in ("grpc", "http")
        or os.environ.get("OTEL_EXPORTER_OTLP_INSECURE", "").lower() == "true"
    )
    target = parts.netloc
    channel = (
        grpc.insecure_channel(target)
        if insecure
        else grpc.secure_channel(target, grpc.ssl_channel_credentials())
    )
    with channel:
        export = channel.unary_unary(_METHOD, _as_is, _as_is)
        try:
            metadata = tuple((k.lower(), v) for k, v in headers.items())
            export(body, timeout=timeout_s, metadata=metadata)
        except grpc.RpcError as error:
            code = error.code() if isinstance(error, grpc.Call) else None
            return None if code is None or code in _NOT_NOW else False
    return True
