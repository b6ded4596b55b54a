"""Spans of another TracerProvider, recorded beside our own."""

from __future__ import annotations

from collections.abc import Sequence

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor

from misstep.export.pipeline import Pipeline


class ProviderTap(SpanProcessor):
    """Hands every finished span of a provider to our exporters; silent once closed."""

    def __init__(self, pipelines: Sequence[Pipeline]) -> None:
        self._pipelines = list(pipelines)

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Nothing to do."""

    def on_end(self, span: ReadableSpan) -> None:
        """Queues the span."""
        for pipeline in self._pipelines:
            pipeline.put(span)

    def close(self) -> None:
        """Lets go; a provider cannot forget a processor, but this one does nothing afterwards."""
        self._pipelines = []

    def shutdown(self) -> None:
        """The provider ends."""

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Waits as the provider asks."""
        return all(p.flush(timeout_millis / 1000) for p in self._pipelines)
