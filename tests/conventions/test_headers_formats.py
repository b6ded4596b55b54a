"""Objects in a few formats, read by the layout of each."""

from __future__ import annotations

import json
from typing import Any

from tests.conventions.spans import span
from tests.conventions.test_headers import same_both_ways

from misstep_store.headers.columns import formats, layouts

READS = tuple(
    layouts.decoder(layouts.layout(name, {name: Any}, alone=True)) for name in ("one", "other")
)


def test_what_begins_alike_is_read_together_and_told_in_the_order_of_its_numbers() -> None:
    odd = ["[1]", 7, None, '{"third": 1}', "{", "", '{"one": \ud800}']
    values = [v for n in range(40) for v in (f'{{"one": {n}}}', f'{{"other": {n}}}')]
    for n, value in enumerate(odd):
        values.insert(9 * n, value)
    found, others = formats.by_format(values, READS)
    assert others == [9 * n for n in range(len(odd))]
    for number, numbers, read in found:
        assert numbers == sorted(numbers)
        name = ("one", "other")[number]
        assert [json.loads(values[n]) for n in numbers] == [{name: getattr(r, name)} for r in read]
    assert [len(numbers) for _, numbers, _ in found] == [40, 40]


def test_what_is_in_no_format_is_not_tried_again_and_again() -> None:
    tried = []

    def read(text: str) -> Any:
        tried.append(text)
        return READS[0](text)

    values = [f'{{"a{n:07}": 1}}' for n in range(1_000)]
    assert formats.by_format(values, (read, read))[1] == list(range(1_000))
    assert len(tried) < 300


GENERATORS = (
    {"replies": [{"meta": {"model": "m", "id": "r-1"}, "content": [{"text": "x"}]}]},
    {"replies": [{"meta": {"model": "m"}, "content": "x"}]},
    {"replies": [{"meta": {"model": "", "finish_reason": "stop"}, "content": None}]},
    {"replies": [{"meta": {"usage": {"prompt_tokens": 7, "more": 1}}, "content": "x"}]},
    {"replies": [{"meta": {"usage": {"total_tokens": 7}}, "_content": [{"text": "x"}]}]},
    {"replies": [{"_meta": {"model": "m"}, "content": [7]}], "meta": {"model": "n"}},
    {"replies": ["x"], "meta": [{"model": "n", "finish_reason": "length"}]},
    {"replies": [], "meta": {"model": "n"}},
    {"messages": [{"meta": {"model": "m"}, "content": "x"}]},
    {"meta": {"model": "m", "usage": {"prompt_tokens": 3}}, "embedding": [0.5]},
    {"meta": {"model": 7}},
    {"meta": None},
    [],
)


def test_what_haystacks_components_made_is_read_the_same_both_ways() -> None:
    c = "haystack__component__"
    spans = [
        span("haystack", **{f"{c}type": kind, f"{c}input": given, f"{c}output": json.dumps(made)})
        for made in GENERATORS
        for kind in ("OpenAIChatGenerator", "OpenAITextEmbedder")
        for given in ('{"text": "x"}', "[]")
    ]
    for n, one in enumerate(spans):
        one.trace_id = f"{n + 1:032x}"
    assert same_both_ways(spans) == []
