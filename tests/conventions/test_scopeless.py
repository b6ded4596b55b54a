"""Exports that lost their scopes on the way, as those of Phoenix: what spans hold tells the library."""

from __future__ import annotations

import dataclasses
import json

import pytest
from tests.conventions.rendering import load
from tests.conventions.spans import hops, only, span
from tests.conventions.test_headers import same_both_ways

from misstep.model import Hop
from misstep_store.conventions.readers.openinference_libraries import libraries_of
from misstep_store.otlp.spans import Scope, Span

FACTS = (
    "kind",
    "request_model",
    "response_model",
    "finish_reason",
    "input_tokens",
    "input",
    "output",
)
SAME = [
    "openinference-langchain-wide-2025-05",
    "openinference-google-genai-2026-03",
    "openinference-agno-2025-09",
    "openinference-smolagents",
    "openinference-openai-2026-11",
    "openinference-anthropic-2025-12",
]


def told(found: list[Hop]) -> dict[str, tuple[object, ...]]:
    return {h.hop_id: tuple(getattr(h, name) for name in FACTS) for h in found}


@pytest.mark.parametrize("name", SAME)
def test_openinference_says_the_same_without_its_scopes(name: str) -> None:
    spans, _ = load(name)
    bare = [dataclasses.replace(s, scope=Scope()) for s in spans]
    traces = dict.fromkeys(s.trace_id for s in spans)

    def of(some: list[Span]) -> dict[str, tuple[object, ...]]:
        return {
            hop_id: facts
            for trace in traces
            for hop_id, facts in told(hops(*(s for s in some if s.trace_id == trace))).items()
        }

    assert of(bare) == of(spans)
    same_both_ways(bare)


def test_what_frameworks_print_names_no_library_of_a_call() -> None:
    said = "Use: [Document(page_content='Oslo lies in Norway.')]"
    answer = {"id": "r", "choices": [{"finish_reason": "stop", "message": {"content": "Norway."}}]}
    call = span("", "ChatCompletion", openinference__span__kind="LLM")
    call.attributes |= {
        "input.value": json.dumps({"messages": [{"role": "user", "content": said}]}),
        "output.value": json.dumps(answer),
        "llm.model_name": "m",
    }
    assert (only(call).finish_reason, only(call).output) == ("stop", "Norway.")
    assert same_both_ways([call]) == []


def test_a_tool_may_be_told_with_its_fields_apart() -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    call = span("", "chat m", openinference__span__kind="LLM")
    call.attributes |= {
        "llm.tools.0.tool.name": "look",
        "llm.tools.0.tool.description": "Looks.",
        "llm.tools.0.tool.json_schema": json.dumps(schema),
        "llm.tools.1.tool.json_schema": json.dumps(
            {"type": "function", "function": {"name": "now"}}
        ),
    }
    assert only(call).tools == [
        {"type": "function", "name": "look", "description": "Looks.", "parameters": schema},
        {"type": "function", "name": "now"},
    ]
    call.attributes["llm.tools.0.tool.json_schema"] = "[" * 20_000
    assert [t["name"] for t in only(call).tools] == ["look", "now"]
    assert same_both_ways([call]) == []


@pytest.mark.parametrize("kind", ["LLM", "DECISION", "CHAIN"])
def test_what_a_framework_prints_in_a_prompt_says_nothing_of_who_asks(kind: str) -> None:
    a = {"openinference.span.kind": kind, "input.value": "Explain Document(page_content='x')."}
    assert libraries_of("", ["ask"], [a]) == ["langchain" if kind == "CHAIN" else ""]
