"""Steps that look at what happened during a span: its events and log records, and when.

See :mod:`headers.steps.rows`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from misstep_store.conventions.readers import genai_events as events
from misstep_store.conventions.values import reading as rd
from misstep_store.conventions.values.times import first_of, first_piece, unix_nano
from misstep_store.headers.steps.alike import Rows
from misstep_store.headers.steps.rows import Step, may_finish, may_tell


def began(key: str, read: Callable[[Any], Any] = lambda value: value) -> Step:
    """The time to the first token, by the moment that a key tells; ``read`` opens its value."""
    return _since_start(lambda rows, n: unix_nano(read(rows.many[n][key])))


def began_with(name: str) -> Step:
    """The time to the first token, by the first event of this name."""
    return _since_start(lambda rows, n: first_of(rows.spans.happened(rows.places[n]), name))


def began_to_come(rows: Rows) -> None:
    """The time to the first token, by the first piece of an answer, where nothing else tells."""
    known = rows.first_token_ms or [None] * len(rows.many)
    for n, place in enumerate(rows.places):
        if known[n] is None and (moment := first_piece(rows.spans.happened(place))):
            known[n] = max(0, moment - rows.spans.start_unix_nano[place]) / 1e6
    rows.first_token_ms = known


def _since_start(when: Callable[[Rows, int], int]) -> Step:
    def step(rows: Rows) -> None:
        known = rows.first_token_ms or [None] * len(rows.many)
        for n, place in enumerate(rows.places):
            if moment := when(rows, n):
                known[n] = max(0, moment - rows.spans.start_unix_nano[place]) / 1e6
        rows.first_token_ms = known

    return step


def began_with_a_piece(rows: Rows) -> None:
    """The time to the first token, by the first piece of an answer."""
    spans, known = rows.spans, rows.first_token_ms or [None] * len(rows.many)
    starts, plain, happened = spans.start_unix_nano, spans.plain, spans.events
    for n, place in enumerate(rows.places):
        if not plain[place] and (moment := first_piece(happened(place))):
            known[n] = max(0, moment - starts[place]) / 1e6
    rows.first_token_ms = known


def chosen(rows: Rows) -> None:
    """The finish reason of ``gen_ai.choice`` events and log records."""
    column = rows.column("finish_reason")
    plain, logs = rows.spans.plain, rows.spans.logs
    for n in rows.lacking("finish_reason"):
        place = rows.places[n]
        record = logs.first(place, events.CHOICE) if plain[place] else None
        body = record.body if record is not None else None
        if type(body) is dict and type(told := body.get("finish_reason")) is str and told:
            column[n] = cast(str, rd.plain(told))
            continue
        for a in _choices(rows, place):
            told = a.get("finish_reason")
            if isinstance(told, str) and told:
                column[n] = cast(str, rd.plain(told))
                break
            if any(_may_tell(a.get(k)) for k in _WHOLE):
                rows.doubtful.add(n)


_WHOLE = ("message", "content", events.CONTENT, events.BODY)


def _may_tell(given: Any) -> bool:
    """As :func:`may_tell`, of what may be an object: of one whose words tell of no end none is said."""
    if type(given) is not dict:
        return may_tell(given)
    try:
        text = repr(given)
    except RecursionError:
        return True
    return may_finish(text) or "'response'" in text


def _choices(rows: Rows, place: int) -> Iterator[Mapping[str, Any]]:
    for event in rows.spans.happened(place):
        if event.name == events.CHOICE:
            yield event.attributes
    for record in rows.spans.logs.named(place, events.CHOICE):
        body = record.body
        if body is None:
            body = record.attributes
        elif type(body) is not dict:
            body = rd.from_repr(body)
        yield body if isinstance(body, Mapping) else {"content": body}


def completed(rows: Rows) -> None:
    """Older events with a whole answer: rows in which one may tell why it ended are doubtful."""
    for n in rows.lacking("finish_reason"):
        for event in rows.spans.events(rows.places[n]):
            a = event.attributes
            if events.is_completion(event.name) and may_tell(events.completion_of(a)):
                rows.doubtful.add(n)
