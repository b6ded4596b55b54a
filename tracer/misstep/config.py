"""Every environment variable misstep's tracer reads, and its default."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

CaptureLevel = Literal["none", "metadata", "full"]

DEFAULT_ENDPOINT = "http://localhost:4318"
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of one tracer. Sizes are in bytes."""

    max_payload_bytes: int = _MIB
    max_queue_spans: int = 16_384
    max_queue_bytes: int = 128 * _MIB
    spool_dir: Path | None = None
    max_spool_bytes: int = 256 * _MIB
    capture: CaptureLevel = "full"
    disabled: bool = False
    exporter: str = "otlp"


def state_dir() -> Path:
    """Where misstep keeps what belongs to the user and this machine: registry and spool."""
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "misstep"


def read_config() -> Config:
    """The settings the environment asks for; a value that makes no sense falls back to the default."""
    return Config(
        max_payload_bytes=_integer("MISSTEP_MAX_PAYLOAD_BYTES", _MIB),
        max_queue_spans=_integer("MISSTEP_MAX_QUEUE_SPANS", 16_384),
        max_queue_bytes=_integer("MISSTEP_MAX_QUEUE_BYTES", 128 * _MIB),
        spool_dir=_spool_dir(),
        max_spool_bytes=_integer("MISSTEP_MAX_SPOOL_BYTES", 256 * _MIB),
        capture=_capture(),
        disabled=os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true",
        exporter=os.environ.get("OTEL_TRACES_EXPORTER", "otlp").strip().lower() or "otlp",
    )


def _integer(name: str, default: int) -> int:
    try:
        value = int(os.environ[name])
    except (KeyError, ValueError):
        return default
    return value if value > 0 else default


def _spool_dir() -> Path | None:
    """``MISSTEP_SPOOL_DIR``: a folder; ``off`` switches the spool off; default in the state folder."""
    value = os.environ.get("MISSTEP_SPOOL_DIR")
    if value is not None and value.strip().lower() in ("", "off", "none", "0", "false"):
        return None
    return Path(value) if value else state_dir() / "spool"


def _capture() -> CaptureLevel:
    value = os.environ.get("MISSTEP_CAPTURE", "full").strip().lower()
    return value if value in ("none", "metadata", "full") else "full"  # type: ignore[return-value]


def server_headers() -> dict[str, str]:
    """What requests to a misstep server carry: the token of ``MISSTEP_TOKEN``, if there is one."""
    token = os.environ.get("MISSTEP_TOKEN", "").strip()
    return {"authorization": f"Bearer {token}"} if token else {}
