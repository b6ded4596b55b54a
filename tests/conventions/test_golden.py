"""Every export, read as a reviewer approved it; nothing doubled, nothing lost.

Exports are those of the shared data folder and our own programs' (tests/conventions/exports)."""

from __future__ import annotations

import json
import random
import re
from dataclasses import dataclass
from typing import Any

import pytest
from tests.conventions.rendering import (
    GOLDEN,
    OTLP,
    as_text,
    exports,
    load,
    normalised,
    own_exports,
)
from tests.conventions.spans import began

from misstep.model import Hop
from misstep_store.conventions import Normalised, convention_of
from misstep_store.otlp.spans import LogRecord, Span

OWN = own_exports()
SHARED = sorted({p.stem for p in GOLDEN.glob("*.txt")} - set(OWN))
_shared = [
    pytest.mark.data,
    pytest.mark.skipif(not OTLP.is_dir(), reason="the shared real-world data is not here"),
]
NAMES = [*(pytest.param(n, marks=_shared) for n in SHARED), *OWN]


@dataclass(frozen=True)
class Export:
    name: str
    spans: list[Span]
    logs: list[LogRecord]
    made: list[Normalised]


@pytest.fixture(scope="module", params=NAMES)
def export(request: pytest.FixtureRequest) -> Export:
    """One export, read once for all that is asked of it."""
    spans, logs = load(request.param)
    return Export(request.param, spans, logs, normalised(spans, logs))


# How each part of a call shows in raw spans and logs, whatever the convention.
TRACES = {
    "model": r'"(gen_ai\.re\w+\.model|llm\.model_name|ai\.model\.id|model)": "\w',
    "input": r'"(user|human|tool)"|ai\.prompt|\.input\.value',
    "output": r'output\.messages": "?\[[^\]]*?("content": ?"[^"]|"tool_call")|response_data": '
    r'|"gen_ai\.choice".{0,150}("content": ?"[^"]|arguments)'
    r'|output_messages(?!\.0\.message\.role": "\w+"(,|}))'
    r'|ai\.response\.(text|toolCalls)|observation\.output": "(?!"|\{"role": "assistant", "content": \})'
    r'|gen_ai\.completion\.0\.(content|tool)|"generations[^\]]*"text": ?"[^"]',
    "tokens": r"(input_tokens|prompt_tokens|token_count\.prompt|usage\.inputTokens)\W+[1-9]",
    "finish": r"(finish_?reasons?|stop_reason).{0,2}[:,=] ?[^a-zA-Z]{0,3}\b"
    r"(?!parts|role|name|message|stop_sequence)[a-z]",
}


@pytest.mark.data
@pytest.mark.skipif(not OTLP.is_dir(), reason="the shared real-world data is not here")
def test_every_shared_export_has_a_golden_file() -> None:
    assert exports() == SHARED


def test_an_export_reads_as_its_golden_file_says(export: Export) -> None:
    told = as_text(export.name, export.spans, export.logs, export.made)
    assert told == (GOLDEN / f"{export.name}.txt").read_text(encoding="utf-8")


def test_each_span_is_a_hop_or_folded_into_one_or_the_run(export: Export) -> None:
    found = [h.hop_id for n in export.made for h in n.hops]
    found += [i for n in export.made for h in n.hops for i in h.merged]
    roots = {n.run.root_id for n in export.made if n.run.root_id}
    found += [*roots, *began(roots, export.spans)]
    assert sorted(found) == sorted(s.span_id for s in export.spans)


def test_no_span_of_an_export_is_left_to_the_generic_reader(export: Export) -> None:
    generic = {s.scope.name for s in export.spans if convention_of(s).name == "generic"}
    assert generic <= {
        "opentelemetry.instrumentation.httpx",
        "@opentelemetry/instrumentation-undici",
        "azure.core.tracing.ext.opentelemetry_span",
        "fastapi",
        "app",
    }  # no speakers of models


def test_the_order_in_which_spans_arrive_changes_nothing(export: Export) -> None:
    mixed = random.Random(7).sample(export.spans, len(export.spans))
    again = normalised(mixed, export.logs)
    assert [(n.run, n.hops) for n in export.made] == [(n.run, n.hops) for n in again]


def _parts(hop: Hop) -> dict[str, Any]:
    return {
        "model": hop.request_model or hop.response_model,
        "input": hop.input,
        # Thoughts alone, or an answer without words, are no output and yet not lost.
        "output": [m.parts for m in hop.messages_out if m.parts] or hop.output,
        "tokens": hop.input_tokens or hop.output_tokens,
        "finish": hop.finish_reason,
    }


def test_a_model_call_has_every_part_its_spans_and_logs_carry_in_any_form(export: Export) -> None:
    raw: dict[str, str] = {s.span_id: "" for s in export.spans}
    for span in export.spans:
        told = [span.attributes, {e.name: e.attributes for e in span.events}]
        raw[span.span_id] += json.dumps(told, default=str)
    for log in export.logs:
        if log.span_id in raw:
            raw[log.span_id] += json.dumps([log.event_name, log.body, log.attributes], default=str)
    lacking = []
    for made in export.made:
        around = {h.parent_id for h in made.hops if h.kind == "llm"}
        for hop in made.hops:
            if hop.kind != "llm":
                continue
            told_elsewhere = (
                hop.error is not None or hop.hop_id in around
            )  # of a failure, of others
            text = "".join(raw[i] for i in (hop.hop_id, *hop.merged)).replace("\\", "")
            text = re.sub(r"(null|None|false|true)", "", text)
            if hop.error is not None:  # whose words are no output
                text = re.sub(r'"langfuse\.observation\.output": "Error: [^"]*"', "", text)
            # AgentScope writes an end to messages that were asked too.
            text = re.sub(r'"name": "\w+", "finish_reason": "stop"', "", text)
            if '"gen_ai.prompt.0.content"' not in text:  # a role without words is no input
                text = re.sub(r'"gen_ai\.prompt\.\d+\.role": "\w+"', "", text)
            lacking += [
                (hop.name, hop.hop_id, part)
                for part, value in _parts(hop).items()
                if (value in (None, 0) or (value == "" and part != "output"))
                and not (part == "tokens" and told_elsewhere)
                and re.search(TRACES[part], text)
            ]
    assert lacking == []
