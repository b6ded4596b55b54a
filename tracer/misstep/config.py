"""Every environment variable misstep's tracer reads, and its default."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

CaptureLevel = Literal["none", "metadata", "full"]

DEFAULT_ENDPOINT = "http://localhost:4318"
DEFAULT_GRPC_ENDPOINT = "http://localhost:4317"
_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """OpenTelemetry's limits of a span; None where nobody set one. Lengths are in characters."""

    attributes: int | None = None
    value_chars: int | None = None
    events: int | None = None
    event_attributes: int | None = None
    event_value_chars: int | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of one tracer. Sizes are in bytes."""

    max_payload_bytes: int = _MIB
    max_queue_spans: int = 16_384
    batch_spans: int = 512
    delay_s: float = 0.5
    max_queue_bytes: int = 128 * _MIB
    spool_dir: Path | None = None
    max_spool_bytes: int = 256 * _MIB
    capture: CaptureLevel = "full"
    sample: float = 1.0
    keep_failing: bool = True
    max_sample_bytes: int = 64 * _MIB
    announce_after_s: float | None = 1.0
    openinference: bool = False
    redact_paths: tuple[str, ...] = ()
    redact_patterns: tuple[str, ...] = ()
    limits: Limits = Limits()
    disabled: bool = False
    exporter: str = "otlp"


def state_dir() -> Path:
    """Where misstep keeps what belongs to the user and this machine: registry and spool."""
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "misstep"


def read_config() -> Config:
    """The settings the environment asks for; a value that makes no sense falls back to the default."""
    share, keep_failing = _sampling()
    return Config(
        max_payload_bytes=_integer("MISSTEP_MAX_PAYLOAD_BYTES", _MIB),
        max_queue_spans=_integer(
            "MISSTEP_MAX_QUEUE_SPANS", _integer("OTEL_BSP_MAX_QUEUE_SIZE", 16_384)
        ),
        batch_spans=_integer("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 512),
        delay_s=_integer("OTEL_BSP_SCHEDULE_DELAY", 500) / 1000,
        max_queue_bytes=_integer("MISSTEP_MAX_QUEUE_BYTES", 128 * _MIB),
        spool_dir=_spool_dir(),
        max_spool_bytes=_integer("MISSTEP_MAX_SPOOL_BYTES", 256 * _MIB),
        capture=_capture(),
        sample=share,
        keep_failing=keep_failing,
        max_sample_bytes=_integer("MISSTEP_MAX_SAMPLE_BYTES", 64 * _MIB),
        announce_after_s=_announce_after_s(),
        openinference=_text("MISSTEP_OPENINFERENCE") in ("1", "true", "yes", "on"),
        redact_paths=_list("MISSTEP_REDACT_PATHS", ","),
        redact_patterns=_list("MISSTEP_REDACT_PATTERNS", "\n"),
        limits=_limits(),
        disabled=_text("OTEL_SDK_DISABLED") == "true",
        exporter=_text("OTEL_TRACES_EXPORTER") or "otlp",
    )


def _text(name: str) -> str:
    return os.environ.get(name, "").strip().lower()


def _list(name: str, separator: str) -> tuple[str, ...]:
    parts = (p.strip() for p in os.environ.get(name, "").split(separator))
    return tuple(p for p in parts if p)


def _integer(name: str, default: int) -> int:
    return int(_number(name, default, lambda v: v > 0 and v == int(v)))


def _number(name: str, default: float, fits: Callable[[float], bool]) -> float:
    try:
        value = float(os.environ[name])
        return value if fits(value) else default
    except (KeyError, ValueError, OverflowError):
        return default


def _limits() -> Limits:
    def first(*names: str) -> int | None:
        told = (os.environ.get(name, "").strip() for name in names)
        return next((int(text) for text in told if text.isdecimal()), None)

    count, chars = "OTEL_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"
    return Limits(
        attributes=first("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", count),
        value_chars=first("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", chars),
        events=first("OTEL_SPAN_EVENT_COUNT_LIMIT"),
        event_attributes=first("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", count),
        event_value_chars=first(chars),
    )


def _sampling() -> tuple[float, bool]:
    """Share of runs, and whether failing ones are kept besides: not where the standard sampler
    variables ask for a share, which mean what they mean elsewhere."""
    if "MISSTEP_SAMPLE" in os.environ:
        return _number("MISSTEP_SAMPLE", 1.0, _is_share), True
    sampler = _text("OTEL_TRACES_SAMPLER").removeprefix("parentbased_")
    if sampler == "always_off":
        return 0.0, False
    if sampler == "traceidratio":
        return _number("OTEL_TRACES_SAMPLER_ARG", 1.0, _is_share), False
    return 1.0, True


def _is_share(value: float) -> bool:
    return 0 <= value <= 1


def _announce_after_s() -> float | None:
    if _text("MISSTEP_ANNOUNCE_AFTER_S") in ("off", "none", "never"):
        return None
    return _number("MISSTEP_ANNOUNCE_AFTER_S", 1.0, lambda v: v >= 0)


def _spool_dir() -> Path | None:
    """``MISSTEP_SPOOL_DIR``: a folder; ``off`` switches the spool off; default in the state folder."""
    value = os.environ.get("MISSTEP_SPOOL_DIR")
    if value is not None and value.strip().lower() in ("", "off", "none", "0", "false"):
        return None
    return Path(value) if value else state_dir() / "spool"


def _capture() -> CaptureLevel:
    value = _text("MISSTEP_CAPTURE") or "full"
    return value if value in ("none", "metadata", "full") else "full"  # type: ignore[return-value]


def server_headers() -> dict[str, str]:
    """What requests to a misstep server carry: the token of ``MISSTEP_TOKEN``, if there is one."""
    token = os.environ.get("MISSTEP_TOKEN", "").strip()
    return {"authorization": f"Bearer {token}"} if token else {}
