"""The pipeline that every tool records: a root and 11 steps in it, 1 KB in and 0.5 KB out each."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Tracer

STEPS = 11
SPANS = STEPS + 1
_TEXT = (
    "Invoice 4711 of 3 March: 12 cartons at 8.40 EUR, 2 pallets at 31.00 EUR, freight 45.00 EUR; "
    "net 207.80 EUR, VAT 19 % 39.48 EUR, total 247.28 EUR, due within 30 days without deduction. "
)
TEXT_IN = (_TEXT * 6)[:1024]
TEXT_OUT = (_TEXT * 3)[:512]
_LINES = range(9)
DOCUMENT_IN = {
    "number": 4711,
    "lines": [
        {"sku": f"SKU-{n:04d}", "qty": n, "price": 1.5 * n, "text": _TEXT[:40]} for n in _LINES
    ],
}
DOCUMENT_OUT = {
    "total": 247.28,
    "currency": "EUR",
    "lines": [{"qty": n, "net": 8.4, "text": _TEXT[:12]} for n in _LINES],
}


def answer_text(text: str) -> str:
    """A step that costs nothing itself."""
    return TEXT_OUT


def answer_document(document: dict[str, Any]) -> dict[str, Any]:
    """The same for a document."""
    return DOCUMENT_OUT


Pipeline = Callable[[], Any]


def bare(tracer: Tracer, *, documents: bool = False) -> Pipeline:
    """Recorded with the bare OpenTelemetry SDK: two attributes a span; documents as JSON text."""
    import json

    spell: Callable[[Any], str] = json.dumps if documents else str
    step: Callable[[Any], Any] = answer_document if documents else answer_text
    given: Any = DOCUMENT_IN if documents else TEXT_IN

    def recorded(value: Any) -> Any:
        with tracer.start_as_current_span("step") as span:
            span.set_attribute("input.value", spell(value))
            result = step(value)
            span.set_attribute("output.value", spell(result))
        return result

    def run() -> Any:
        with tracer.start_as_current_span("pipeline") as span:
            span.set_attribute("input.value", spell(given))
            result = None
            for _ in range(STEPS):
                result = recorded(given)
            span.set_attribute("output.value", spell(result))
        return result

    return run


def ours(*, documents: bool = False) -> Pipeline:
    """Recorded with misstep."""
    import misstep

    step = misstep.hop(name="step")(answer_document if documents else answer_text)
    given: Any = DOCUMENT_IN if documents else TEXT_IN

    @misstep.pipeline(name="pipeline")
    def run(value: Any) -> Any:
        result = None
        for _ in range(STEPS):
            result = step(value)
        return result

    return lambda: run(given)


def silent_provider() -> TracerProvider:
    """The SDK with nothing behind it: the cheapest it can be."""
    return TracerProvider(shutdown_on_exit=False)


def caller_us(run: Pipeline, runs: int, *, pause_s: float = 0.0) -> float:
    """µs of CPU a span on the caller's thread; ``pause_s`` between runs lets caches go cold."""
    total = 0
    for _ in range(runs):
        began = time.thread_time_ns()
        run()
        total += time.thread_time_ns() - began
        if pause_s:
            time.sleep(pause_s)
    return total / runs / SPANS / 1000


def process_us(run: Pipeline, runs: int, flush: Callable[[], Any]) -> float:
    """µs of CPU a span of the whole process, until all is delivered."""
    began = time.process_time_ns()
    for _ in range(runs):
        run()
    flush()
    return (time.process_time_ns() - began) / runs / SPANS / 1000


@dataclass(frozen=True)
class Compared:
    """Medians over interleaved rounds, and the median of the rounds' ratios to the first."""

    medians_us: dict[str, float]
    ratios: dict[str, float]
    rounds: int


def interleaved(contenders: dict[str, Callable[[], float]], rounds: int) -> Compared:
    """Each contender once a round, one after the other; the first is the measure of the others."""
    results: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, measure in contenders.items():
            results[name].append(measure())
    first = results[next(iter(contenders))]
    return Compared(
        {name: round(statistics.median(values), 2) for name, values in results.items()},
        {name: round(_ratio(values, first), 3) for name, values in results.items()},
        rounds,
    )


def _ratio(values: Sequence[float], base: Sequence[float]) -> float:
    return statistics.median(v / b for v, b in zip(values, base, strict=True))
