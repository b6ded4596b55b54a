"""The official exporters' words on our threads: what they say is told in our own, once."""

from __future__ import annotations

import logging

_LOGGERS = (
    "opentelemetry.exporter.otlp.common.http",
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "opentelemetry.exporter.otlp.proto.grpc.exporter",
)


def hush() -> None:
    """Keeps exporters that misstep runs from warning; those of the program say what they always do."""
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        if _not_ours not in logger.filters:
            logger.addFilter(_not_ours)


def _not_ours(record: logging.LogRecord) -> bool:
    return not (record.threadName or "").startswith("misstep-")
