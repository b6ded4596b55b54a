"""What decorators of platforms write is read many spans at a time as one by one."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from tests.conventions.rendering import load
from tests.conventions.spans import genai, span
from tests.conventions.test_headers import same_both_ways
from tests.conventions.test_mutations import spoil

from misstep_store.headers import SpanColumns, headers
from misstep_store.headers.reading import read
from misstep_store.otlp.spans import Span, SpanEvent

SAID = '[{"role": "assistant", "finish_reason": "stop", "parts": []}]'
GENAI: dict[str, list[Any]] = {
    "gen_ai.operation.name": ["chat", "execute_tool", "invoke_agent", "embeddings"],
    "gen_ai.provider.name": ["openai"],
    "gen_ai.request.model": ["gpt-4o"],
    "gen_ai.response.model": ["gpt-4o-2024"],
    "gen_ai.usage.input_tokens": [9, 0],
    "gen_ai.usage.output_tokens": [3],
    "gen_ai.response.finish_reasons": ['["stop"]', "['tool_calls', 'stop']", ["length"]],
    "gen_ai.tool.name": ["look"],
    "gen_ai.tool.call.id": ["c1"],
    "gen_ai.agent.name": ["desk"],
    "gen_ai.output.messages": [SAID],
    "session.id": ["s0"],
    "user.id": ["u0"],
}
LOOK = "llm.output_messages.0.message.tool_calls.0.tool_call.function.name"
TOLD: dict[str, dict[str, list[Any]]] = {
    "mcp-agent": {
        "message.content": ["Where?"],
        "tool_args": ['{"city": "Oslo"}'],
        "result.content.0.text": ["sunny"],
        "mcp.method.name": ["tools/call"],
    },
    "confident_trace": {
        "confident.span.type": ["llm", "tool", "agent", "retriever", "x"],
        "confident.span.input": ['{"city": "Oslo"}'],
        "confident.trace.output": ["sunny"],
        "confident.trace.thread_id": ["t1"],
        "confident.trace.user_id": ["ada"],
        "confident.tool.name": ["weather"],
        "confident.agent.name": ["desk"],
        "confident.llm.model": ["gpt-4o-mini"],
        "confident.span.prompt_alias": ["ask"],
        "confident.span.prompt_version": ["2", 2],
    },
    "honeyhive.7": {
        "honeyhive_event_type": ["model", "tool", "chain"],
        "honeyhive.session_id": ["s1"],
        "honeyhive_user_id": ["ada"],
        "honeyhive_inputs.city": ["Oslo"],
        "honeyhive_outputs.result": ["sunny"],
    },
    "agenta.tracer": {
        "ag.type.node": ["tool", "workflow", "chat", "embedding", "agent"],
        "ag.session.id": ["s1"],
        "ag.user.id": ["ada"],
        "ag.data.inputs.city": ["Oslo"],
        "ag.data.outputs.__default__": ['@ag.type=json:{"sky": "clear"}'],
    },
    "neatlogs.wrapper": {
        "neatlogs.span.kind": ["llm", "tool", "AGENT", "workflow", "embedding"],
        "neatlogs.session.id": ["s1"],
        "neatlogs.end_user_id": ["ada"],
        "neatlogs.llm.provider": ["OpenAI"],
        "neatlogs.llm.model_name": ["gpt-4o"],
        "neatlogs.llm.response_id": ["r1"],
        "neatlogs.llm.finish_reason": ["tool_calls", "STOP"],
        "neatlogs.llm.metrics.ttft_ms": [38.5, "7"],
        "neatlogs.llm.token_count.prompt": [9],
        "neatlogs.llm.token_count.completion": [3, "3"],
        "neatlogs.llm.token_count.cache_read": [2, 20],
        "neatlogs.llm.output_messages.0.content": ["I look."],
        "neatlogs.llm.output_messages.0.finish_reason": ["stop"],
        "neatlogs.tool.output": ["sunny"],
    },
    "llm_tracekit.openai_agents": {
        "type": ["function", "agent", "guardrail", "x"],
        "name": ["weather"],
        "agent_name": ["desk"],
        "input": ['{"city": "Oslo"}'],
        "output": ["sunny"],
        "triggered": [True],
        "gen_ai.completion.0.finish_reason": ["stop", "end_turn"],
        "gen_ai.completion.0.content": ["I look."],
        "gen_ai.completion.0.tool_calls.0.function.name": ["weather"],
    },
    "genai_otel.instrumentors.base": {
        "gen_ai.response": ["I look."],
        LOOK: ["weather"],
        "gen_ai.server.ttft": [0.5],
        "gen_ai.usage.cost.total": [0.25, 0],
        "gen_ai.request.first_message": ["Where?"],
    },
}
NAMES: dict[str, list[str]] = {
    "mcp-agent": [
        "GoogleAugmentedLLM.a.generate",
        "OpenAIAugmentedLLM.a.generate",
        "OpenAIAugmentedLLM.a.execute_tool_call",
        "Agent.a.call_tool",
        "tools/call look",
    ],
    "neatlogs.wrapper": ["step", "step", "step", "neatlogs.trace.complete"],
    "llm_tracekit.openai_agents": ["step", "step", "step", "GenerationSpanData"],
}
NUMBERED = (
    SpanEvent("gen_ai.prompt.0", 1, {"gen_ai.prompt.role": "user", "gen_ai.prompt.content": "Hi"}),
    SpanEvent("gen_ai.completion.0", 2, {"gen_ai.completion.content": "Ho"}),
)
FAILED = SpanEvent("exception", 3, {"exception.type": "KeyError", "exception.message": "Rome"})


def told(scope: str, rng: random.Random, *, spoilt: bool) -> Span:
    made = span(scope, rng.choice(NAMES.get(scope, ["step"])), at=rng.randrange(1_000, 1_500))
    for key, values in (TOLD[scope] | GENAI).items():
        if rng.random() < (0.6 if key in TOLD[scope] else 0.3):
            value = rng.choice(values)
            made.attributes[key] = spoil(value, rng) if spoilt and rng.random() < 0.2 else value
    made.status_code = rng.choice((0, 0, 0, 1, 2))
    if rng.random() < 0.2:
        made.events = rng.sample([*NUMBERED, FAILED], rng.randrange(1, 4))
    return made


@pytest.mark.parametrize("spoilt", [False, True])
@pytest.mark.parametrize("scope", list(TOLD))
def test_traces_of_decorated_functions_have_the_same_headers_both_ways(
    scope: str, spoilt: bool
) -> None:
    rng = random.Random(f"{scope} {spoilt}")
    for _ in range(60):
        made = [told(scope, rng, spoilt=spoilt) for _ in range(rng.randrange(1, 7))]
        for n, one in enumerate(made[1:], 1):
            one.parent_span_id = made[rng.randrange(n)].span_id if rng.random() < 0.8 else ""
        for one in made if rng.random() < 0.3 else ():
            one.attributes = dict(made[0].attributes)
        same_both_ways(made)


@pytest.mark.parametrize("scope", list(TOLD))
def test_decorated_functions_are_read_together(scope: str) -> None:
    a = {key: values[0] for key, values in TOLD[scope].items()}
    a |= {key: values[0] for key, values in GENAI.items() if key != "gen_ai.operation.name"}
    for key in [k for k in a if k.endswith("output_messages.0.finish_reason")]:
        del a[key]
    made = [span(scope, NAMES.get(scope, ["step"])[0]) for _ in range(3)]
    for one in made:
        one.attributes = dict(a)
    assert read(SpanColumns.of(made)).drafts == {}
    assert same_both_ways(made) == []


def test_an_export_of_mcp_agent_is_read_together() -> None:
    spans = SpanColumns.of(*load("mcp-agent-own"))
    assert read(spans).drafts == {}
    assert headers(spans).left == []


# --- streams of which the span around them tells as of one call --------------------------------

ASKED = [
    {"role": "user", "content": "Where?"},
    {"role": "assistant", "content": "I look."},
    {"role": "user", "content": "And?"},
]


def loop(rng: random.Random) -> list[Span]:
    run = span("axiom", "answer", took=2_000, gen_ai__operation__name="invoke_agent")
    told = {"gen_ai__input__messages": json.dumps(ASKED), "gen_ai__response__id": "r1"}
    told |= {"gen_ai__response__model": "m-1", "gen_ai__provider__name": "openai"}
    around = genai(scope="axiom", parent=run, took=900)
    around.attributes |= {k.replace("__", "."): v for k, v in told.items() if rng.random() < 0.8}
    made = [run, around]
    for n in range(rng.randrange(5)):
        where = {"parent": rng.choice([around] * 6 + [made[-1]]), "at": 1_010 + n * 100, "took": 50}
        if rng.random() < 0.7:
            status = rng.choice((0, 0, 0, 2))
            made.append(span("axiom", "chat m stream", **where, status=status))
            made[-1].attributes["gen_ai.usage.output_tokens"] = rng.randrange(3)
            made[-1].attributes["gen_ai.response.finish_reasons"] = '["stop"]'
        else:
            made.append(span("axiom", "execute_tool look", **where, gen_ai__tool__name="look"))
            made[-1].attributes["gen_ai.operation.name"] = "execute_tool"
    return made


def test_streams_that_are_told_of_as_one_call_have_the_same_headers_both_ways() -> None:
    rng = random.Random(3)
    left = [same_both_ways(loop(rng)) for _ in range(150)]
    assert sum(map(bool, left)) < 75
