"""Real spans with some of their values spoilt: their own reader still makes a hop of each."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
from tests.conventions.rendering import load, own_exports

from misstep_store.conventions import build, convention_of
from misstep_store.otlp.spans import LogRecord, Span

SPOILT: list[Any] = [
    None,
    True,
    -1,
    1e308,
    "",
    "[null]",
    "[[[]]]",
    '{"role": null}',
    '[{"parts": null}]',
    '[{"role": 1, "content": {"a": 1}}]',
    '{"choices": [{"message": null}]}',
    '{"generations": [[null]]}',
    '["{\\"choices\\": [{\\"delta\\": null}]}"]',
    '{"choices": [{"delta": {"tool_calls": [{"index": "x", "function": null}]}}]}',
    '{"total": 5, "input": 1, "input_x": "y"}',
    '{"messages": [[{"lc": 1, "kwargs": null}]]}',
    "content='a' additional_kwargs={",
    "Message(role='user', content='",
    "user: \nassistant: ",
    "@@@langfuseMedia:",
    [],
    [None],
    [{"a": None}],
    {"message": {"content": [None]}},
]
EACH = 40


def spoil(value: Any, rng: random.Random) -> Any:
    """Something else in place of a value, or the value cut, quoted anew or with a member lost."""
    choice = rng.random()
    if choice < 0.5 or not isinstance(value, str) or not value:
        return copy.deepcopy(rng.choice(SPOILT))
    if choice < 0.75:
        return value[: rng.randrange(len(value))]
    try:
        opened = json.loads(value)
    except ValueError:
        return value.replace('"', "'")
    inner = opened[0] if isinstance(opened, list) and opened else opened
    if isinstance(inner, dict) and inner:
        inner[rng.choice(list(inner))] = rng.choice(SPOILT)
    return json.dumps(opened)


def spoilt(span: Span, rng: random.Random) -> Span:
    made = copy.copy(span)
    made.attributes = dict(span.attributes)
    for key in rng.sample(list(made.attributes), min(len(made.attributes), 3)):
        made.attributes[key] = spoil(made.attributes[key], rng)
    made.events = [copy.copy(e) for e in span.events]
    for event in made.events:
        event.attributes = {
            k: spoil(v, rng) if rng.random() < 0.2 else v for k, v in event.attributes.items()
        }
    return made


@pytest.mark.parametrize("name", own_exports())
def test_a_reader_makes_a_hop_of_its_spans_whatever_became_of_their_values(name: str) -> None:
    spans, logs = load(name)
    rng = random.Random(name)
    beside: dict[str, list[LogRecord]] = {}
    for log in logs:
        beside.setdefault(log.span_id, []).append(log)
    for _ in range(EACH):
        span = rng.choice(spans)
        changed = spoilt(span, rng)
        reader = convention_of(changed)
        # Asked directly: conventions.read would hide a failure behind the generic reader.
        made = build([reader.read(changed, beside.get(span.span_id, ()))], price=None)
        assert [h.hop_id for h in made.hops] == [span.span_id]
        assert made.run.model_dump_json()
        assert made.hops[0].model_dump_json()
