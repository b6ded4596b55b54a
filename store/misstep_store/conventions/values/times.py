"""Times of other tools, as text or number, in nanoseconds since the epoch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from misstep_store.otlp.spans import Span, SpanEvent

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_DAY_S = 86_400
MOST_NANO = 8 * 10**18
"""In the year 2223: room is left for what lasts, below the 63 bits of a store."""


def unix_nano(value: Any) -> int:
    """Nanoseconds since the epoch; 0 for what is no time, or later than any store can hold.

    Text is ISO 8601 (without a zone: UTC); numbers are seconds, milliseconds, microseconds or
    nanoseconds, told apart by their size."""
    if isinstance(value, bool) or value is None:
        return 0
    if isinstance(value, int | float):
        return _number(value)
    text = str(value).strip()
    try:
        moment = dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        try:
            return _number(float(text))
        except ValueError:
            return 0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.UTC)
    since = moment - _EPOCH
    whole = since.days * _DAY_S + since.seconds
    found = whole * 1_000_000_000 + since.microseconds * 1000
    return found if 0 < found < MOST_NANO else 0


def first_of(events: Iterable[SpanEvent], name: str) -> int:
    """When the first event of a name came; 0 when none did, or none says when."""
    return next((e.time_unix_nano for e in events if e.name == name and e.time_unix_nano), 0)


_PIECES = frozenset(
    {
        "llm.content.completion.chunk",
        "gen_ai.content.completion.chunk",
        "First Token Stream Event",
        "stream.chunk",
    }
)
_FIRST_WORDS = ("mlflow.chunk.item", "new_token (")  # MLflow's; BeeAI's under OpenInference


def is_piece(name: str) -> bool:
    """Whether events of this name say that a piece of a streamed answer came."""
    return name in _PIECES or name.startswith(_FIRST_WORDS)


def first_piece(events: Iterable[SpanEvent]) -> int:
    """When a streamed answer began to come, by the events of its pieces; 0 when none says."""
    for event in events:
        name = event.name
        if event.time_unix_nano and (name in _PIECES or name.startswith(_FIRST_WORDS)):
            return event.time_unix_nano
    return 0


def waited_ms(span: Span, moment: int) -> float | None:
    """Milliseconds from the start of a span to a moment; None for 0, which is none."""
    return max(0, moment - span.start_unix_nano) / 1e6 if moment else None


def _number(value: float) -> int:
    if not 0 < value < MOST_NANO:
        return 0
    for limit, factor in ((1e11, 1_000_000_000), (1e14, 1_000_000), (1e17, 1_000)):
        if value < limit:
            return int(value * factor)
    return int(value)


_NANOSECONDS = 100_000


def waited_as_told(value: float | None) -> float | None:
    """Milliseconds as Brokle tells them; of LoongSuite, whose numbers are larger, nanoseconds."""
    return value / 1e6 if value is not None and value >= _NANOSECONDS else value
