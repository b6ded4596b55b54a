"""Headers of spans that tell scores, and of answers that end in choices: the same both ways."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.conventions.spans import span
from tests.conventions.test_headers import same_both_ways

from misstep_store.headers import SpanColumns
from misstep_store.headers.raw.endings import told_in
from misstep_store.headers.reading import read
from misstep_store.otlp.spans import Span, SpanEvent

SCORES = [
    '{"accuracy": 0.9}',
    '{"accuracy": 0.9, "accuracy": 1, "polite": "0.5", "no": null, "yes": true}',
    '{"acc\\u0075racy": {"score": 1}}',
    '{"accuracy": NaN}',
    '{"accuracy": 0.9',
    "['accuracy']",
    "",
    0.5,
    ["accuracy"],
]
EVENTS = [
    '{"name": "polite", "score": 0.5, "label": "yes", "details": "so"}',
    '{"name": "polite", "sc\\u006fre": "1", "score": true}',
    '{"score": 0.5}',
    '{"name": "polite"',
    "[1]",
    7,
]


def judged(kind: str, given: object, made: str) -> Span:
    """A span of Braintrust's with scores."""
    said = {"braintrust__span_attributes": f'{{"type": "{kind}", "name": "j"}}'}
    return span("app", "j", braintrust__scores=given, braintrust__output_json=made, **said)


@pytest.mark.parametrize("kind", ["score", "llm", "tool"])
@pytest.mark.parametrize("made", ['{"score": 0.25}', '"words"', "null"])
def test_scores_of_braintrust_are_the_same_both_ways(kind: str, made: str) -> None:
    spans = [judged(kind, given, made) for given in SCORES]
    assert same_both_ways(spans) == []
    one = read(SpanColumns.of([judged(kind, SCORES[0], made)]))
    assert not one.drafts
    assert one.scores[0].scores[0].value == 0.9


def told(name: str, given: object, kind: str = "span") -> Span:
    """A span of LangWatch's that was judged."""
    one = span("langwatch", "step", langwatch__span__type=kind, langwatch__output='{"score": 1}')
    return replace(one, events=[SpanEvent(name, 1, {"json_encoded_event": given})])


@pytest.mark.parametrize("kind", ["span", "evaluation", "llm", "tool"])
def test_scores_of_langwatch_are_the_same_both_ways(kind: str) -> None:
    spans = [told("langwatch.evaluation.custom", given, kind) for given in EVENTS]
    spans.append(told("another", EVENTS[0], kind))
    assert same_both_ways(spans) == []
    one = read(SpanColumns.of([told("langwatch.evaluation.custom", EVENTS[0], kind)]))
    assert not one.drafts
    assert one.scores[0].scores[0].value == 0.5


CHOICE = '{"finish_reason": "stop", "index": 0, "message": {"role": "assistant", "content": "x"}}'
CANDIDATE = '{"content": {"parts": [{"text": "x"}], "role": "model"}, "finish_reason": "STOP"}'
ANSWERS = [
    f"[{CHOICE}]",
    f"[{CANDIDATE}]",
    f"[{CHOICE.replace('stop', '')}, {CANDIDATE}]",
    f"[{CHOICE.replace('finish_reason', 'finishReason')}]",
    f"[{CANDIDATE.replace('finish_reason', 'finishReason')}]",
    f"[{CANDIDATE.replace('_reason', chr(92) + 'u005freason')}]",
    '[{"finish_reason": "a", "finish_reason": "b", "message": {"role": "assistant"}}]',
    '[{"finish_reason": 7, "message": {"role": "ai", "finish_reason": "length"}}]',
    '[{"finish_reason": "stop", "message": null, "content": "x"}]',
    '[{"finish_reason": "stop", "message": {"content": "x"}}]',
    '[{"finish_reason": "stop", "role": null, "message": {"role": "ai", "finish_reason": "b"}}]',
    '[{"finish_reason": "stop", "message": {"role": "ai", "blocks": [], "finish_reason": "b"}}]',
    '[{"finish_reason": "stop", "type": "x", "message": {"role": "ai", "finish_reason": "b"}}]',
    '[{"finish_reason": "stop", "type": "message", "message": {"role": "ai", "content": "b"}}]',
    '[{"finish_reason": "a", "parts": [], "message": {"role": "ai", "finish_reason": "b"}}]',
    '[{"finish_reason": "a", "message": {"role": "ai", "parts": [], "finish_reason": "b"}}]',
    '[{"event.name": "gen_ai.choice", "finish_reason": "a", "message": {"role": "ai"}}]',
    '[{"content": {"parts": "x"}, "finish_reason": "a"}]',
    '[{"content": {"parts": []}, "finish_reason": "", "finishReason": "b"}]',
    '[{"data": {"content": "x", "finish_reason": "c"}, "message": {"role": "ai"}}]',
    f"[{CHOICE}",
    f"[{CHOICE}] x",
    f"[{CHOICE}, 7]",
    f"[{CHOICE.replace('0', 'NaN')}]",
    f"[{CHOICE.replace('x', chr(92) + 'ud800')}]",
    f"[{CHOICE.replace('0', '[' * 300 + ']' * 300)}]",
    f" [{CHOICE}]",
    CHOICE,
]


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_in_choices_ends_the_same_both_ways(answer: str) -> None:
    both = [f"[{CHOICE}]", answer]  # the plan is found right by the first
    said = [{"lmnr__span__type": "LLM", "gen_ai__output__messages": made} for made in both]
    assert same_both_ways([span("lmnr.tracer", "openai.chat", **one) for one in said]) == []


def test_choices_and_candidates_are_read_without_the_rest_of_them() -> None:
    assert told_in(f"[{CHOICE}]") == ("stop",)
    assert told_in(f"[{CANDIDATE}]") == ("STOP",)
