"""The local provider once a module, and what misstep recorded as the store reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import misstep
from misstep.model import Hop
from misstep_examples.provider import LocalProvider
from misstep_store.conventions import normalise
from misstep_store.otlp.decode import decode_traces


class Recorder:
    """What was recorded in one test."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()

    def spans(self) -> list[ReadableSpan]:
        """Every span that was exported."""
        assert misstep.flush(60)
        return list(self.exporter.get_finished_spans())

    def hops(self) -> list[Hop]:
        """The hops of all traces, in order."""
        spans = self.spans()
        traces: dict[int, list[ReadableSpan]] = {}
        for span in spans:
            assert span.context is not None
            traces.setdefault(span.context.trace_id, []).append(span)
        found: list[Hop] = []
        for trace in traces.values():
            body = encode_spans(trace).SerializeToString()
            found += normalise(decode_traces(body, json=False).spans).hops
        return found

    def hop(self) -> Hop:
        """The only hop."""
        (hop,) = self.hops()
        return hop

    def attributes(self) -> dict[str, Any]:
        """Of the only span that is a model call."""
        (span,) = [s for s in self.spans() if (s.attributes or {}).get("misstep.role") == "call"]
        return dict(span.attributes or {})


@pytest.fixture(scope="module")
def served() -> Iterator[LocalProvider]:
    with LocalProvider(latency=0) as provider:
        yield provider


@pytest.fixture
def provider(served: LocalProvider) -> Iterator[LocalProvider]:
    yield served
    served.clear()


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    monkeypatch.setenv("MISSTEP_DEBUG", "1")  # our own mistakes fail the test
    made = Recorder()
    misstep.init(exporter=made.exporter, service="tests")
    yield made
    misstep.shutdown()
