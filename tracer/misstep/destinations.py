"""Where spans go as arguments and the standard variables say, and what waits on disk for it."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from misstep import facts
from misstep.config import DEFAULT_ENDPOINT, DEFAULT_GRPC_ENDPOINT, Config
from misstep.inbox import segments

_PORTS = {"http": 80, "https": 443}
_ASK_S = 1.0


def protocol() -> str:
    """``grpc`` or ``http/protobuf``, as the standard variables say."""
    return (
        os.environ.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")
        or os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL")
        or "http/protobuf"
    ).strip()


def is_grpc(endpoint: str | None) -> bool:
    """Whether an endpoint (None: what the environment says) speaks gRPC."""
    scheme = urlsplit(endpoint).scheme if endpoint else ""
    return scheme in ("grpc", "grpcs") or (endpoint is None and protocol() == "grpc")


def traces_url(endpoint: str | None) -> str:
    """Where OTLP/HTTP traces go for a base ``endpoint`` (None: what the environment says)."""
    if endpoint:
        return endpoint if endpoint.endswith("/v1/traces") else endpoint.rstrip("/") + "/v1/traces"
    exact = os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    if exact:
        return exact
    base = os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or DEFAULT_ENDPOINT
    return base.rstrip("/") + "/v1/traces"


def url_of(endpoint: str | None) -> str:
    """The address of an endpoint, in either protocol; it names the spool's folder too."""
    if not is_grpc(endpoint):
        return traces_url(endpoint)
    return (
        endpoint
        or os.environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
        or os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT")
        or DEFAULT_GRPC_ENDPOINT
    )


def spool_folder(config: Config, url: str) -> Path | None:
    """Where batches for an address wait; None when they are not to."""
    return None if config.spool_dir is None else config.spool_dir / facts.short_hash(url)


def what_waits(
    config: Config, endpoint: str | None, deliver: Callable[[Config, str | None], object]
) -> str | None:
    """What to tell somebody whose spans nobody took; None when nothing waits, or they were not to
    be sent. Where somebody listens, ``deliver`` is asked to bring them what waits first."""
    if config.disabled or config.exporter != "otlp":
        return None
    url = url_of(endpoint)
    folder = spool_folder(config, url)
    if folder is not None and not _waiting(folder):
        return None
    listens = _listens(url)
    if folder is None:
        return None if listens else _NOBODY.format(_base(url)) + _LOST
    if listens:
        deliver(config, endpoint)
    waiting = _waiting(folder)
    if not waiting:
        return None
    told = (_SILENT if listens else _NOBODY).format(_base(url))
    told += f"{waiting} {'batch waits' if waiting == 1 else 'batches wait'} in {folder}; "
    told += "" if listens else "start misstep up, and "
    return told + "the next recorded program delivers what waits"


_NOBODY = "nothing listens at {}, so "
_SILENT = "{} took no spans in time, so "
_LOST = "what was recorded is lost (MISSTEP_SPOOL_DIR is off); start: misstep up"


def _base(url: str) -> str:
    return url.removesuffix("/v1/traces")


def _waiting(folder: Path) -> int:
    return sum(1 for _ in segments(folder))


def _listens(url: str) -> bool:
    try:
        parts = urlsplit(url if "//" in url else f"//{url}")
        port = parts.port or _PORTS.get(parts.scheme, 4317)
        with socket.create_connection((parts.hostname or "localhost", port), timeout=_ASK_S):
            return True
    except (OSError, ValueError):
        return False
