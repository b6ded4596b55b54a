"""Which call another telling of it belongs to: by time, models, ids and what was asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from misstep_store.conventions import reading as rd
from misstep_store.conventions.between.tries import question
from misstep_store.conventions.types import Draft

SLACK_NANO = 2_000_000
"""By how much clocks of two libraries in one process may differ."""
_STREAM_SLACK_NANO = 2_000_000_000


def end_of(draft: Draft) -> int:
    """When a span ended, its start where it has not."""
    return draft.end_unix_nano or draft.span.start_unix_nano


def overlap_nano(a: Draft, b: Draft) -> int:
    """For how long both ran; below 0 when they did not, some slack for their clocks granted."""
    begin = max(a.span.start_unix_nano, b.span.start_unix_nano)
    return min(end_of(a), end_of(b)) - begin + SLACK_NANO


def distance_nano(a: Draft, b: Draft) -> int:
    """How long one began before the other."""
    return abs(a.span.start_unix_nano - b.span.start_unix_nano)


def partner(echo: Draft, calls: Iterable[Draft]) -> Draft | None:
    """The call an SDK's own span tells of too: it lies around it in time and agrees with it."""
    found = [
        d
        for d in calls
        if d is not echo
        and d.role == "call"
        and not d.echo
        and d.kind == echo.kind
        # Some exporters leave scopes out: then the attributes tell who speaks.
        and (d.span.scope.name, d.convention) != (echo.span.scope.name, echo.convention)
        and (_lies_around(d, echo) or _answers_with(d, echo))
        and _agree(d.response_id, echo.response_id)
        and _agree(d.request_model, echo.request_model)
        and (d.error is None) == (echo.error is None)
    ]
    return min(found, key=lambda d: distance_nano(d, echo), default=None)


def _lies_around(call: Draft, echo: Draft) -> bool:
    began, ended = call.span.start_unix_nano, end_of(call)
    return began <= echo.span.start_unix_nano + SLACK_NANO and ended + SLACK_NANO >= end_of(echo)


def _answers_with(call: Draft, echo: Draft) -> bool:
    """Whether both ran at once and were answered the same: some begin to tell of a stream when it
    began to come."""
    same = call.response_id is not None and call.response_id == echo.response_id
    return same and overlap_nano(call, echo) >= 0


def _agree(a: str | None, b: str | None) -> bool:
    return a is None or b is None or a == b


def stream_pairs(streams: Sequence[Draft], calls: Sequence[Draft]) -> list[tuple[Draft, Draft]]:
    """(streamed half, its request): by order, time and model, and by the question asked.

    The half says how long the stream took; it began where the request ended."""
    pairs = []
    taken: set[int] = set()
    for stream in sorted(streams, key=lambda d: d.span.start_unix_nano):
        start = stream.span.start_unix_nano
        took = rd.number(stream.span.attributes, "duration")
        nano = (took or 0.0) * 1e9
        began = start - int(nano) if abs(nano) < start else 0
        found = [
            d
            for d in calls
            if d is not stream
            and not d.echo
            and id(d) not in taken
            and not d.has_output
            and d.error is None
            and d.kind == stream.kind
            and d.span.scope.name == stream.span.scope.name
            and d.span.start_unix_nano <= stream.span.start_unix_nano
            and d.request_model == stream.request_model
            and (not d.messages_in or not stream.messages_in or question(d) == question(stream))
            and (took is None or abs(end_of(d) - began) < _STREAM_SLACK_NANO)
        ]
        if found:
            if took is None:
                best = max(found, key=lambda d: d.span.start_unix_nano)
            else:
                best = min(found, key=lambda d: abs(end_of(d) - began))
            taken.add(id(best))
            pairs.append((stream, best))
    return pairs
