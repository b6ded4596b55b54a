"""Facts that are text are kept as numbers among the texts that were found: what comes out of them is
what an array of objects would hold."""

from __future__ import annotations

import random

import numpy as np
import pytest

from misstep_store.headers.columns.logs import Logs
from misstep_store.headers.columns.spans import SpanColumns
from misstep_store.headers.columns.texts import Texts
from misstep_store.headers.steps.alike import Rows
from misstep_store.otlp.spans import LogRecord, Span

_WORDS = [None, "", "a", "b", "gpt-4o", "\ud800", "nul\x00"]


@pytest.mark.parametrize("seed", range(8))
def test_texts_say_at_each_place_what_was_last_told_there(seed: int) -> None:
    dice = random.Random(seed)
    count = 40
    texts, plain = Texts(count), np.full(count, None, object)
    for _ in range(30):
        match dice.randrange(4):
            case 0:
                _take(texts, plain, dice)
            case 1:
                place, word = dice.randrange(count), dice.choice(_WORDS)
                texts.put("name", place, word)
                plain[place] = word
            case 2:
                place = dice.randrange(count)
                texts.forget("name", place)
                plain[place] = None
            case _ if dice.random() < 0.1 and texts.are_told("name"):
                texts["name"][:] = plain  # from here on it is an array
        every = np.arange(count)
        assert texts.at("name", every).tolist() == plain.tolist()
        assert texts.told("name").tolist() == [word is not None for word in plain]
        assert [texts.one("name", n) for n in range(count)] == plain.tolist()
        other = np.array(dice.choices(range(count), k=count))
        either = [a if a is not None else b for a, b in zip(plain, plain[other], strict=True)]
        assert texts.at("name", every, other).tolist() == either
        clean = {"\ud800": "?", "nul\x00": "nul\ufffd"}
        told = texts.arrow("name", every, other).to_pylist()
        assert told == [clean.get(word, word) for word in either]


def _take(texts: Texts, plain: np.ndarray, dice: random.Random) -> None:
    """Some groups of spans say the same, some differ, some say nothing."""
    places = dice.sample(range(len(plain)), 24)
    columns: list[list[str | None] | None] = [
        [dice.choice(_WORDS)],
        None,
        [dice.choice(_WORDS)] * 6,
        dice.choices(_WORDS, k=6),
    ]
    texts.take("name", np.array(places), [6, 6, 6, 6], columns)
    if any(word is not None for column in columns for word in column or ()):
        said = [[None] * 6 if c is None else c * 6 if len(c) == 1 else c for c in columns]
        plain[places] = [word for column in said for word in column]


def test_a_list_that_tells_two_facts_is_not_changed_for_both() -> None:
    spans = SpanColumns.of([Span(trace_id="t", span_id=str(n), name="call") for n in range(2)])
    rows = Rows(spans, [0, 1], [{}, {}])
    models: list[str | None] = ["asked", None]
    rows.fill("request_model", models)
    rows.fill("response_model", models)
    rows.column("response_model")[1] = "served"
    assert rows.text["request_model"] == ["asked", None]
    assert rows.text["response_model"] == ["asked", "served"]


def test_records_of_a_span_that_lie_apart_are_told_by_time() -> None:
    def record(span_id: str, at: int) -> LogRecord:
        return LogRecord(trace_id="t", span_id=span_id, time_unix_nano=at, event_name=f"e{at}")

    logs = [record("a", 5), record("b", 1), record("a", 3), record("a", 4), record("c", 9)]
    joined = Logs.joined(["t", "t"], ["a", "b"], [{}, {}], logs)
    assert joined.names(0) == ("e3", "e4", "e5")
    assert joined.names(1) == ("e1",)
    assert sorted(joined) == [0, 1]
