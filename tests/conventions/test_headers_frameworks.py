"""Headers of Haystack's, LlamaIndex's, Mastra's and MCP's spans: read together, the same both ways."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import orjson
import pytest
from tests.conventions.rendering import load
from tests.conventions.spans import genai, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.headers import SpanColumns, groups, headers
from misstep_store.headers.reading import read
from misstep_store.otlp.spans import Span, SpanEvent

TOGETHER = (
    "openinference-claude-agent-sdk",
    "haystack-own",
    "llama-index-own",
    "mastra",
    "mastra-2026-02",
    "mcp-fastmcp",
    "openinference-autogen",
    "openinference-langchain-twice",
    "mlflow-langchain-twice",
)


@pytest.mark.parametrize("name", TOGETHER)
def test_an_export_is_read_together_and_no_more_of_it_is_left_than_must_be(name: str) -> None:
    spans = SpanColumns.of(*load(name))
    assert read(spans).drafts == {}
    assert headers(spans).left == []


def test_spans_that_are_opened_anew_as_in_the_store_are_read_together(monkeypatch) -> None:
    monkeypatch.setattr(groups, "_SHAPES", {})
    spans, logs = load("openinference-langchain-twice")
    columns = SpanColumns.of(spans, logs)
    columns.span = lambda place: replace(spans[place], attributes=dict(spans[place].attributes))
    assert read(columns).drafts == {}


# --- a tool told of by several libraries -------------------------------------------------------


def tool(scope: str, parent: Span | None, at: int, **more: Any) -> Span:
    told = {"mcp__method__name": "tools/call", "gen_ai__tool__name": "look", **more}
    return span(scope, "tools/call look", parent=parent, at=at, took=90 - at % 1_000, **told)


def told_of_by_three(**of_server: Any) -> list[Span]:
    client = tool("fastmcp", None, 1_000)
    client.attributes["error.type"] = "tool_error"
    sent = tool("mcp-python-sdk", client, 1_001, gen_ai__tool__call__id="c-1")
    server = tool("fastmcp", sent, 1_002, **of_server)
    return [client, sent, server]


def around(spans: list[Span]) -> list[Span]:
    run = span("misstep", "answer", misstep__role="run", misstep__pipeline="answer", took=500)
    spans[0].parent_span_id = run.span_id
    return [run, *spans]


def tools() -> dict[str, list[Span]]:
    failed = SpanEvent("exception", 1, {"exception.type": "KeyError", "exception.message": "Rome"})
    early = told_of_by_three()
    early[2].start_unix_nano -= 5_000_000
    wide = told_of_by_three(session__id="s")
    wide.append(tool("fastmcp", wide[1], 1_003, user__id="u", session__id="other"))
    deep = told_of_by_three()
    within = genai(parent=deep[2], at=1_010, took=5)
    outer = span("one", "look", gen_ai__operation__name="execute_tool", took=90)
    outer.attributes |= {"gen_ai.tool.name": "look", "gen_ai.tool.call.result": "sunny"}
    return {
        "three": told_of_by_three(),
        "three in a run": around(told_of_by_three()),
        "the server failed": told_of_by_three(status=2, events=[failed]),
        "the server says what it gave": told_of_by_three(gen_ai__tool__call__result="sunny"),
        "clocks that differ": early,
        "two servers": around(wide),
        "a call inside the server": [*around(deep), within],
        "a tool of a framework that says what it gave": [outer, tool("fastmcp", outer, 1_001)],
        "one that has not ended": told_of_by_three()[:2],
    }


@pytest.mark.parametrize("name", list(tools()))
def test_a_tool_told_of_by_several_libraries_is_folded_the_same_both_ways(name: str) -> None:
    spans = tools()[name]
    if "not ended" in name:
        spans[1].end_unix_nano = 0
    same_both_ways(spans)


def test_a_tool_of_an_mcp_server_is_one_hop_without_leaving_its_trace() -> None:
    made = headers(SpanColumns.of(around(told_of_by_three())))
    (row,) = made.hops.to_pylist()
    assert made.left == []
    assert (row["name"], row["tool_call_id"], len(orjson.loads(row["more"])["merged"])) == (
        "look",
        "c-1",
        2,
    )


def test_a_servers_telling_beside_an_agents_tool_is_folded_without_leaving_its_trace() -> None:
    whole = agent()
    failed = SpanEvent("exception", 1, {"exception.type": "KeyError", "exception.message": "Rome"})
    known = as_an_agent(whole, 1_000, "mcp__weather__look")
    within = tool("mcp-python-sdk", whole, 1_001, status=2, events=[failed])
    later = tool("mcp-python-sdk", whole, 1_050, error__type="tool_error")
    spans = [whole, later, within, known]
    assert same_both_ways(spans) == []
    row = next(r for r in headers(SpanColumns.of(spans)).hops.to_pylist() if r["kind"] == "tool")
    more = orjson.loads(row["more"])
    assert (row["name"], row["is_error"]) == ("mcp__weather__look", True)
    assert (more["merged"], more["error"]["type"]) == ([within.span_id, later.span_id], "KeyError")


def as_an_agent(parent: Span | None, at: int, name: str, **more: Any) -> Span:
    told = {"openinference__span__kind": "TOOL", "input__value": "{}", **more}
    return span("openinference.instrumentation.x", name, parent=parent, at=at, took=90, **told)


def served_at_random(seed: int) -> list[Span]:
    """Tools as agents and servers tell of them, beside each other and one inside the other."""
    rng = random.Random(seed)
    spans: list[Span] = [agent() if seed % 3 else span("app", "app", took=300)]
    if seed % 7 == 0:
        spans[0].parent_span_id = "f" * 16
    for n in range(rng.randrange(2, 8)):
        parent = rng.choice([*spans[:1] * 6, *spans[-1:], None])
        made = beside_at_random(rng, parent, 1_000 + rng.choice([0, 1, 3, 10, 40]), n)
        made.end_unix_nano += rng.choice([0, 0, 1_000_000, 3_000_000, -made.end_unix_nano])
        made.events = rng.choice([[], [], EVENTS[-1], EVENTS[-2]])
        spans.append(made)
    return spans


def beside_at_random(rng: random.Random, parent: Span | None, at: int, n: int) -> Span:
    if parent is not None and rng.random() < 0.2:
        return rng.choice([piece, call])(parent, at)
    more = rng.choice([{}, {}, {}, {"status": 2, "error__type": "tool_error"}])
    if rng.random() < 0.4:
        name = rng.choice(["look", "mcp__weather__look", "mcp__look", "other"])
        return as_an_agent(parent, at, name, **more)
    about = rng.choice([{}, {}, {"gen_ai__tool__call__id": f"c-{n}", "session__id": "s"}])
    gave = {"gen_ai__tool__call__result": "sunny"}
    said = rng.choice([{}, {}, {}, {"gen_ai__input__messages": "[]", "gen_ai__prompt": "x"}, gave])
    return tool(rng.choice(["mcp-python-sdk", "fastmcp"]), parent, at, **more, **about, **said)


@pytest.mark.parametrize("seed", range(40))
def test_what_servers_tell_of_beside_agents_at_random_is_the_same_both_ways(seed: int) -> None:
    same_both_ways(served_at_random(seed))


def test_an_outermost_agent_that_another_library_tells_of_too_is_not_left() -> None:
    told = {"gen_ai__operation__name": "invoke_agent", "gen_ai__agent__name": "desk"}
    outer = span("one", "desk", took=90, **told)
    inner = span("gcp.vertex.agent", "desk", parent=outer, at=1_001, **told)
    assert same_both_ways([outer, inner, genai(parent=inner, at=1_002)]) == []


def test_spans_that_are_each_others_parents_are_left_and_do_not_hold_others_up() -> None:
    spans = told_of_by_three()
    spans[0].parent_span_id = spans[2].span_id
    bare = [span("unknown", "a"), span("unknown", "b")]
    bare[0].parent_span_id, bare[1].parent_span_id = bare[1].span_id, bare[0].span_id
    asked = genai(parent=bare[0])
    assert len(headers(SpanColumns.of([*spans, *bare, asked])).left) == 1


# --- pieces, and steps that tell what a call was asked -----------------------------------------

ASKED = '[{"role": "user", "content": "hi"}]'
SAID = '{"text": "Hello.", "toolCalls": []}'


def step(parent: Span, at: int, **more: Any) -> Span:
    told = {"mastra__span__type": "model_step", "mastra__model_step__input": ASKED, **more}
    return span("@mastra/x", "step", parent=parent, at=at, took=50, **told)


def call(parent: Span, at: int, **more: Any) -> Span:
    told = {"gen_ai__response__finish_reasons": '["stop"]', "mastra__span__type": "model_inference"}
    return genai(scope="@mastra/x", parent=parent, at=at, took=20, **(told | more))


def piece(parent: Span, at: int) -> Span:
    return span("@mastra/x", "piece", parent=parent, at=at, mastra__span__type="model_chunk")


def agent() -> Span:
    told = {"mastra__span__type": "agent_run", "gen_ai__operation__name": "invoke_agent"}
    return span("@mastra/x", "invoke_agent a", took=900, **told)


def pieces() -> dict[str, list[Span]]:
    run = agent()
    outer = step(run, 1_010, mastra__model_step__output=SAID)
    one, two = call(outer, 1_011), call(outer, 1_031)
    failed = call(outer, 1_011, status=2, error__type="E")
    inner = piece(one, 1_013)
    moved = [piece(one, 1_014), call(inner, 1_014), piece(inner, 1_015)]
    beside = step(run, 1_070, mastra__model_step__input=ASKED.replace("hi", "and now"))
    late = call(beside, 1_071)
    told = step(run, 1_010, gen_ai__response__finish_reasons=["length"])
    silent = step(run, 1_010)
    del silent.attributes["mastra.model_step.input"]
    return {
        "of a step and of its call": [
            run,
            outer,
            one,
            piece(outer, 1_012),
            piece(one, 1_013),
            piece(outer, 1_014),
        ],
        "pieces of pieces": [run, outer, one, inner, *moved],
        "of a tool told of by three": [*(three := told_of_by_three()), piece(three[2], 1_003)],
        "of the run itself": [run, piece(run, 1_002), outer, one],
        "a step around two calls": [run, outer, one, two],
        "a step around tries": [run, outer, failed, two],
        "steps that stand in for each other": [run, outer, failed, beside, late],
        "a step that says why the call ended": [run, told, call(told, 1_011)],
        "a step that tells nothing": [run, silent, call(silent, 1_011)],
        "a step around a call and a tool": [
            run,
            outer,
            one,
            span("@mastra/x", "t", parent=outer, at=1_040, mastra__span__type="tool_call"),
        ],
    }


@pytest.mark.parametrize("name", list(pieces()))
def test_pieces_and_words_that_are_lent_have_the_same_headers_both_ways(name: str) -> None:
    same_both_ways(pieces()[name])


# --- failures that others tell of --------------------------------------------------------------


def fails(told: Span) -> Span:
    told.status_code, told.status_message = 2, "The server had an error."
    return told


def refused(**said: Any) -> dict[str, Any]:
    """What a call of Mastra's tells that was answered nothing."""
    nothing = '[{"role": "assistant", "parts": [{"type": "text", "content": ""}]}]'
    counted = {"gen_ai__usage__input_tokens": 0, "gen_ai__usage__output_tokens": 0}
    return {**counted, "gen_ai__output__messages": nothing, **said}


def failed_by_others() -> dict[str, list[Span]]:
    run = fails(agent())
    outer = step(run, 1_010, mastra__model_step__output='{"text": "", "toolCalls": []}')
    said = step(run, 1_010, mastra__model_step__output=SAID)
    inside = span("@mastra/x", "b", parent=outer, mastra__span__type="agent_run", at=1_012)
    unsaid = call(outer, 1_011, **refused())
    open_ = call(run, 1_200, **refused())
    open_.end_unix_nano = 0
    own = call(outer, 1_020, **refused())
    own.status_code, own.status_message = 2, "No."
    request = span("livekit-agents", "llm_request", gen_ai__request__model="m", took=900)
    request.attributes["gen_ai.response.finish_reasons"] = ["stop"]

    def tried(at: int, parent: Span = request, **more: Any) -> Span:
        return span("livekit-agents", "llm_request_run", parent=parent, at=at, took=5, **more)

    counted = genai(scope="livekit-agents", lk__speech_id="s")
    around = span("misstep", "answer", misstep__role="run", misstep__pipeline="answer", took=1_500)
    request_in = genai(scope="livekit-agents", parent=around, **refused(), lk__speech_id="s")
    within = genai(parent=request_in, at=1_020, **refused())
    return {
        "of an agent": [run, outer, unsaid],
        "of an agent whose step says something": [run, said, call(said, 1_011, **refused())],
        "of an agent whose call counts what it said": [run, outer, call(outer, 1_011)],
        "of an agent, the last of two calls": [run, unsaid, outer, open_],
        "of an agent whose last call tells another": [run, outer, unsaid, own],
        "of an agent around another": [run, outer, inside, call(inside, 1_013, **refused())],
        "of an agent inside another": [agent(), outer, fails(inside), call(inside, 1_013)],
        "of an agent of which a call was tried again": [
            run,
            unsaid,
            call(outer, 1_040, gen_ai__input__messages=ASKED),
        ],
        "of a piece": [request, tried(1_001), fails(tried(1_010))],
        "of two pieces": [request, fails(tried(1_001, error__type="A")), fails(tried(1_010))],
        "of a piece of a call that answered": [counted, fails(tried(1_010, counted))],
        "of a piece of a call told of twice": [
            around,
            request_in,
            within,
            fails(tried(1_030, request_in)),
        ],
        "of a piece of nothing": [fails(tried(1_000, around)), around],
    }


@pytest.mark.parametrize("name", list(failed_by_others()))
def test_failures_that_others_tell_of_have_the_same_headers_both_ways(name: str) -> None:
    left = same_both_ways(failed_by_others()[name])
    assert (left != []) == (name == "of a piece of a call told of twice")


# --- at random ---------------------------------------------------------------------------------

TOLD = (
    '{"replies": [{"content": [{"text": "x"}], "meta": {"model": "m", "finish_reason": "stop"}}]}'
)
PRINTED = "ToolCall(tool_name='look', tool_kwargs={'city': 'Oslo'}, tool_id='c-1')"
SCOPES = ("haystack", "llamaindex.opentelemetry.tracer", "@mastra/x", "fastmcp", "mcp-python-sdk")
NAMES = ("haystack.agent.run", "haystack.component.run", "OpenAI.chat", "LookTool.acall")
NAMES += ("MyAgent.run", "MyAgent._prepare", "tools/call look", "MCP send tools/call look", "x")
VALUES: dict[str, list[Any]] = {
    "haystack.component.type": ["OpenAIChatGenerator", "OpenAITextEmbedder", "ToolInvoker", "X"],
    "haystack.component.name": ["llm", ""],
    "haystack.component.input": ["{}", '{"messages": []}', "[1]", "{'a': 1}", "", 7],
    "haystack.component.output": [
        TOLD,
        "{}",
        "[]",
        "x",
        '{"replies": ["{\\"finish_reason\\": \\"stop\\"}"], "meta": [{"id": "r"}]}',
        '{"replies": [{"role": "assistant", "content": "x", "finish_reason": "length"}]}',
        '{"meta": {"model": "e", "usage": {"prompt_tokens": 4}}, "documents": [1]}',
    ],
    "haystack.agent.input": ["{}", "null"],
    "haystack.agent.output": [
        TOLD.replace("replies", "messages"),
        '{"messages": [{"content": "x", "finish_reason": "length"}]}',
    ],
    "llamaindex.step.input_summary": [
        PRINTED,
        PRINTED.replace("Oslo", "O\\'Slo"),
        PRINTED.replace("'Oslo'", "7"),
        PRINTED.replace("Oslo", "Os\nlo"),
        PRINTED[:-9],
        PRINTED.replace("c-1", "c1"),
        3,
    ],
    "llamaindex.run_id": ["r"],
    "mastra.span.type": ["agent_run", "model_step", "model_chunk", "tool_call", "workflow_run", 7],
    "mastra.metadata.sessionId": ["s", '"s"', 7],
    "mastra.tags": ['["demo"]', ["a"]],
    "mastra.model_step.input": [ASKED, "{}", 7],
    "mastra.model_step.output": [SAID, "x"],
    "mastra.completion_start_time": ["1970-01-01T00:00:01.010Z", "soon", 7, True],
    "mcp.method.name": ["tools/call", "tools/list", "", 7],
    "mcp.resource.uri": ["shelf://Oslo"],
    "gen_ai.operation.name": ["chat", "execute_tool", "invoke_workflow"],
    "gen_ai.tool.name": ["look", ""],
    "gen_ai.tool.call.arguments": ['{"a": 1}', ""],
    "gen_ai.tool.call.id": ["c-1", "c-2"],
    "gen_ai.request.model": ["m"],
    "gen_ai.provider.name": ["openai.chat", "google.generative-ai", ".x", "langchain"],
    "gen_ai.response.finish_reasons": [["stop"], '["tool-calls"]'],
    "gen_ai.output.messages": ['[{"role": "assistant", "finish_reason": "length", "parts": []}]'],
    "gen_ai.usage.input_tokens": [21, 0],
    "error.type": ["ValueError"],
}
CHOICES = '[{"finish_reason": "stop", "index": 0, "logprobs": null, "message": {}}]'
EVENTS: list[list[SpanEvent]] = [
    [],
    [],
    [SpanEvent("LLMChatStartEvent", 1, {"model_dict.model_name": "m", "response.text": "null"})],
    [
        SpanEvent("LLMChatStartEvent", 1, {"model_dict.class_name": "openai_llm"}),
        SpanEvent(
            "LLMChatEndEvent",
            2,
            {
                "response.raw.choices": CHOICES,
                "response.raw.usage.prompt_tokens": 3,
                "response.raw.usage.prompt_tokens_details.cached_tokens": 1,
                "response.raw.id": "r",
            },
        ),
    ],
    [
        SpanEvent("EmbeddingStartEvent", 1, {"model_name": "e", "response.raw.stop_reason": "end"}),
        SpanEvent("EmbeddingEndEvent", 2, {"response.text": '{"finish_reason": "length"}'}),
    ],
    [SpanEvent("step.output", 1, {"output": "x"})],
    [SpanEvent("exception", 1, {"exception.type": "E"})],
]


def made_at_random(seed: int) -> list[Span]:
    rng = random.Random(seed)
    spans: list[Span] = []
    kept = [(rng.choice(SCOPES), rng.sample(sorted(VALUES), rng.randrange(0, 7))) for _ in range(3)]
    for _ in range(rng.randrange(1, 14)):
        scope, keys = rng.choice(kept)
        made = span(
            scope,
            rng.choice(NAMES),
            parent=rng.choice([None, *spans, *spans[-2:], *spans[-1:]]),
            at=1_000 + rng.randrange(50),
            took=rng.randrange(40),
            status=rng.choice([0, 0, 1, 2]),
            events=rng.choice(EVENTS),
        )
        made.attributes = {key: rng.choice(VALUES[key]) for key in keys}
        spans.append(made)
    return spans


def told_of_at_random(seed: int) -> list[Span]:
    """Tools, agents and pieces of one name, one inside the other, as several libraries tell of them."""
    rng = random.Random(seed)
    spans: list[Span] = [agent()] if seed % 2 else []
    for at in range(1_001, 1_002 + rng.randrange(2, 8)):
        parent = rng.choice([*spans, *spans[-2:], *spans[-1:]]) if spans else None
        makers: list[Any] = [
            lambda p, at: tool(rng.choice(["fastmcp", "mcp-python-sdk", "one"]), p, at),
            lambda p, at: tool("two", p, at, gen_ai__tool__call__result="sunny"),
            lambda p, at: span(rng.choice(["one", "gcp.vertex.agent"]), "a", parent=p, at=at, **A),
        ]
        if parent is not None:
            makers += [piece, call]
        spans.append(rng.choice(makers)(parent, at))
    return spans


A = {"gen_ai__operation__name": "invoke_agent", "gen_ai__agent__name": "a"}


@pytest.mark.parametrize("seed", range(40))
def test_what_several_libraries_tell_of_at_random_is_folded_the_same_both_ways(seed: int) -> None:
    same_both_ways(told_of_at_random(seed))


@pytest.mark.parametrize("seed", range(40))
def test_traces_made_at_random_have_the_same_headers_both_ways(seed: int) -> None:
    same_both_ways(made_at_random(seed))


@pytest.mark.parametrize("name", ["mlflow-langchain-2026-11", "agentops-openai"])
def test_tries_that_hold_a_call_and_calls_beside_a_parser_are_read_with_all_others(name) -> None:
    spans, logs = load(name)
    assert not same_both_ways(spans, logs)


# --- what libraries print ----------------------------------------------------------------------
