"""Spans of another TracerProvider, recorded beside our own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from opentelemetry.context import Context
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor

if TYPE_CHECKING:
    from misstep.runtime import Runtime


class ProviderTap(SpanProcessor):
    """Hands every finished span of a provider to our exporters; silent once closed."""

    def __init__(self, running: Runtime) -> None:
        self._running: Runtime | None = running

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Nothing to do."""

    def on_end(self, span: ReadableSpan) -> None:
        """Queues the span, unless its own library decided not to sample it."""
        running = self._running
        if running is not None and (span.context is None or span.context.trace_flags.sampled):
            running.finish_foreign(span)

    def close(self) -> None:
        """Lets go; a provider cannot forget a processor, but this one does nothing afterwards."""
        self._running = None

    def shutdown(self) -> None:
        """The provider ends; misstep may outlive it."""

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Waits as the provider asks."""
        return self._running is None or self._running.flush(timeout_millis / 1000)
