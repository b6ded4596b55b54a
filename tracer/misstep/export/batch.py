"""A batch on its way to a sink: as spans or as serialised requests, whichever it wants."""

from __future__ import annotations

from collections.abc import Sequence

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan

from misstep import guard
from misstep.export.build import SpanBuilder
from misstep.record import SpanRecord

MAX_REQUEST_BYTES = 4 * 1024 * 1024

Item = SpanRecord | ReadableSpan


class Batch:
    """Finished records of ours and spans of other libraries, in the order they ended.

    What cannot be built is left out and counted, never the rest with it."""

    def __init__(self, items: Sequence[Item], builder: SpanBuilder) -> None:
        self._items = items
        self._builder = builder
        self._requests: list[bytes] | None = None

    def __len__(self) -> int:
        return len(self._items)

    def spans(self) -> list[ReadableSpan]:
        """As OpenTelemetry spans, for exporters."""
        out: list[ReadableSpan] = []
        for item in self._items:
            if isinstance(item, ReadableSpan):
                out.append(item)
                continue
            with guard.quietly("building a span"):
                out.append(self._builder.build(item))
        return out

    def requests(self) -> list[bytes]:
        """As serialised ExportTraceServiceRequests of at most 4 MiB each where spans allow."""
        if self._requests is None:
            self._requests = [*self._own(), *self._foreign()]
        return self._requests

    def _own(self) -> list[bytes]:
        parts: list[list[bytes]] = []
        size = MAX_REQUEST_BYTES
        for item in self._items:
            if isinstance(item, ReadableSpan):
                continue
            with guard.quietly("encoding a span"):
                span = self._builder.encoded(item)
                if size + len(span) > MAX_REQUEST_BYTES - 64 * 1024:
                    parts.append([])
                    size = 0
                parts[-1].append(span)
                size += len(span) + 8
        return [self._builder.envelope.request(spans) for spans in parts]

    def _foreign(self) -> list[bytes]:
        spans = [item for item in self._items if isinstance(item, ReadableSpan)]
        return encode(spans) if spans else []


def encode(spans: Sequence[ReadableSpan]) -> list[bytes]:
    """Serialised requests of other libraries' spans, by the official encoder."""
    body: bytes = encode_spans(spans).SerializeToString()
    if len(body) <= MAX_REQUEST_BYTES or len(spans) == 1:
        return [body]
    middle = len(spans) // 2
    return encode(spans[:middle]) + encode(spans[middle:])
