"""What agents do around their calls: tools that ask models, steps that fail, streams told in pieces.

Each trace has the same headers both ways."""

from __future__ import annotations

import json

import pytest
from tests.conventions.spans import genai, hops, only, span
from tests.conventions.test_headers import same_both_ways

ADK = "gcp.vertex.agent"
AGENTS = "openinference.instrumentation.openai_agents"
MS = "agent_framework"


def both_ways(*spans, left=()):
    assert list(same_both_ways(list(spans))) == list(left)
    return hops(*spans)


def called(scope, name, **more):
    return genai(name=name, scope=scope, **more)


def test_a_call_keeps_its_tokens_though_an_agent_it_handed_over_to_runs_inside_its_span() -> None:
    run = span(ADK, "invocation", took=900)
    outer = called(ADK, "call_llm", parent=run, at=1_010, took=800)
    tool = span(ADK, "execute_tool go", parent=outer, at=1_020, gen_ai__tool__name="go")
    inner = called(ADK, "call_llm", parent=tool, at=1_030, took=50)
    found = both_ways(run, outer, tool, inner)
    assert [(h.kind, h.input_tokens) for h in found] == [("llm", 21), ("tool", 0), ("llm", 21)]


def test_a_model_span_around_the_same_call_again_counts_its_tokens_once() -> None:
    run = span(ADK, "invocation", took=900)
    outer = called(ADK, "call_llm", parent=run, at=1_010, took=800)
    step = span(ADK, "inside", parent=outer, at=1_020)
    parts = [called(ADK, "call_llm", parent=step, at=at, took=9) for at in (1_030, 1_050)]
    assert sum(h.input_tokens for h in both_ways(run, outer, step, *parts)) == 42


def test_a_tool_that_asks_a_model_is_a_tool_with_a_call_inside() -> None:
    run = span(MS, "invoke_agent a", gen_ai__operation__name="invoke_agent", took=900)
    tool = span(MS, "execute_tool greet", parent=run, gen_ai__operation__name="execute_tool")
    tool.attributes["gen_ai.tool.name"] = "greet"
    call = called(MS, "chat m", parent=tool, at=1_010, took=20)
    assert [(h.kind, h.merged) for h in both_ways(run, tool, call)] == [("tool", []), ("llm", [])]


def turn(*, failed: bool, call_failed: bool):
    run = span(AGENTS, "Agent workflow", openinference__span__kind="CHAIN", took=900)
    step = span(
        AGENTS, "turn", parent=run, openinference__span__kind="CHAIN", status=2 if failed else 1
    )
    step.status_message = "Invalid JSON provided" if failed else ""
    call = span(
        AGENTS,
        "generation",
        parent=step,
        at=1_010,
        took=20,
        openinference__span__kind="LLM",
        llm__model_name="m",
        status=2 if call_failed else 1,
    )
    return [run, step, call]


@pytest.mark.parametrize(
    ("failed", "call_failed", "kinds"),
    [(True, False, ["chain", "llm"]), (True, True, ["llm"]), (False, False, ["llm"])],
    ids=["after its call", "as its call", "not at all"],
)
def test_a_step_that_failed_after_its_call_had_answered_is_no_failure_of_the_call(
    failed, call_failed, kinds
) -> None:
    found = both_ways(*turn(failed=failed, call_failed=call_failed))
    assert [h.kind for h in found] == kinds
    assert (found[-1].error is not None) == (failed and call_failed)


def pieces(*ends: str, texts: tuple[str, ...] = ("It is sun", "ny", "")) -> str:
    return json.dumps(
        [
            {
                "role": "assistant",
                "parts": [{"type": "text", "content": text}],
                "finish_reason": end,
            }
            for text, end in zip(texts, ends, strict=True)
        ]
    )


def test_pieces_of_a_stream_told_as_messages_are_one_answer() -> None:
    hop = only(called(ADK, "call_llm", gen_ai__output__messages=pieces("", "", "stop")))
    assert [m.parts for m in hop.messages_out] == [[{"type": "text", "content": "It is sunny"}]]
    assert (hop.output, hop.finish_reason) == ("It is sunny", "stop")


def test_answers_to_choose_from_stay_apart() -> None:
    hop = only(called(ADK, "call_llm", gen_ai__output__messages=pieces("stop", "stop", "stop")))
    assert len(hop.messages_out) == 3


def test_a_call_of_a_tool_that_says_it_has_no_id_has_none() -> None:
    run = span(ADK, "invocation", took=900)
    tool = span(ADK, "execute_tool go", parent=run, gen_ai__tool__call__id="<not specified>")
    (hop,) = both_ways(run, tool)
    assert hop.tool_call_id is None


def test_results_of_functions_that_autogen_puts_into_one_message_say_which_call_they_answer() -> (
    None
):
    told = [
        {"name": "look", "content": "sunny", "call_id": "c1", "is_error": False},
        {"name": "look", "content": "no station", "call_id": "c2", "is_error": True},
    ]
    call = span(
        "openinference.instrumentation.autogen_agentchat",
        "create",
        openinference__span__kind="LLM",
        llm__input_messages__0__message__role="function",
    )
    for n, one in enumerate(told):
        call.attributes[f"llm.input_messages.0.function.{n}"] = json.dumps(one)
    (hop,) = both_ways(call)
    (message,) = hop.messages_in
    assert [(p["id"], p["response"]) for p in message.parts] == [
        ("c1", "sunny"),
        ("c2", "no station"),
    ]


MADE_UP = {
    "id": "__fake_id__",
    "object": "response",
    "model": "m",
    "status": None,
    "output": [
        {
            "type": "function_call",
            "call_id": "c1",
            "name": "look",
            "arguments": "{}",
            "provider_data": {"response_id": "chatcmpl-1"},
        }
    ],
}


def test_an_answer_made_up_of_a_streamed_chat_is_read_with_the_id_of_the_chat() -> None:
    call = span(AGENTS, "generation", openinference__span__kind="LLM", llm__model_name="m")
    call.attributes |= {
        "output.value": json.dumps([MADE_UP]),
        "output.mime_type": "application/json",
    }
    (hop,) = both_ways(call)
    (message,) = hop.messages_out
    assert [(p["type"], p["id"]) for p in message.parts] == [("tool_call", "c1")]
    assert (hop.response_id, hop.finish_reason) == ("chatcmpl-1", "tool_calls")


def test_why_a_made_up_answer_in_words_ended_nobody_says() -> None:
    said = {"type": "message", "content": [{"type": "output_text", "text": "Yes."}]}
    call = span(AGENTS, "generation", openinference__span__kind="LLM", llm__model_name="m")
    call.attributes["output.value"] = json.dumps([MADE_UP | {"output": [said]}])
    (hop,) = both_ways(call)
    assert (hop.output, hop.finish_reason) == ("Yes.", None)


@pytest.mark.parametrize("thoughts", [320, 4], ids=["more than words", "fewer than words"])
def test_an_output_counted_without_its_thoughts_is_counted_with_them(thoughts) -> None:
    used = {
        "promptTokenCount": 16,
        "candidatesTokenCount": 6,
        "thoughtsTokenCount": thoughts,
        "totalTokenCount": 22 + thoughts,
    }
    body = {
        "candidates": [{"content": {"role": "model", "parts": [{"text": "Hi"}]}}],
        "usageMetadata": used,
    }
    call = called(
        ADK,
        "call_llm",
        gen_ai__usage__input_tokens=16,
        gen_ai__usage__output_tokens=6,
        gcp__vertex__agent__llm_response=json.dumps(body),
    )
    (hop,) = both_ways(call)
    assert (hop.input_tokens, hop.output_tokens, hop.reasoning_tokens) == (
        16,
        6 + thoughts,
        thoughts,
    )


def test_a_client_and_a_server_of_one_protocol_tell_of_one_tool() -> None:
    mcp = {"mcp__method__name": "tools/call", "gen_ai__tool__name": "look"}
    sdk = "mcp-python-sdk"
    run = span("pydantic-ai", "agent run", gen_ai__operation__name="invoke_agent", took=900)
    asked = span(sdk, "MCP send tools/call look", parent=run, at=1_010, took=80, kind=3, **mcp)
    served = span(sdk, "tools/call look", parent=asked, at=1_020, took=20, kind=2, **mcp)
    (hop,) = both_ways(run, asked, served)
    assert (hop.name, hop.merged) == ("look", [served.span_id])


def test_a_tool_that_agno_says_has_failed_gave_nothing_and_says_why() -> None:
    scope = "opentelemetry.instrumentation.agno"
    run = span(scope, "desk.agent", traceloop__span__kind="agent", took=900)
    printed = "status='{}' result={} error={} images=None"
    told = {
        "good": printed.format("success", "'Oslo: sunny'", None),
        "bad": printed.format("failure", None, "'no station'"),
    }
    tools = [
        span(scope, n, parent=run, traceloop__span__kind="tool", traceloop__entity__output=gave)
        for n, gave in told.items()
    ]
    good, bad = sorted(both_ways(run, *tools), key=lambda h: h.name, reverse=True)
    assert (good.output, good.error) == ("Oslo: sunny", None)
    assert bad.output is None
    assert bad.error is not None
    assert bad.error.message == "no station"


def test_of_tools_called_at_once_each_has_the_servers_telling_of_its_own() -> None:
    mcp = {"mcp__method__name": "tools/call", "gen_ai__tool__name": "look"}
    run = span("pydantic-ai", "agent run", gen_ai__operation__name="invoke_agent", took=900)
    agents = [
        span(
            "pydantic-ai",
            "execute_tool look",
            parent=run,
            at=1_010 + n,
            took=200,
            gen_ai__operation__name="execute_tool",
            gen_ai__tool__name="look",
        )
        for n in range(2)
    ]
    served = [
        span("fastmcp", "tools/call look", parent=run, at=1_020 + n, took=9, kind=3, **mcp)
        for n in range(2)
    ]
    served[1].status_code = 2
    served[1].attributes["error.type"] = "tool_error"
    found = both_ways(run, *agents, *served)
    assert [h.merged for h in found] == [[s.span_id] for s in served]
    assert [h.error is not None for h in found] == [False, True]


def test_instructions_said_again_before_an_answer_are_no_answer_and_thoughts_are_no_words() -> None:
    asked = {"role": "user", "content": "Where?", "event.name": "gen_ai.user.message"}
    said = [
        {"index": 0, "message": {"role": "system", "content": "Be short."}},
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": [
                    {"kind": "thinking", "text": "Hm."},
                    {"kind": "text", "text": "There."},
                ],
            },
        },
    ]
    events = [asked, *({**one, "event.name": "gen_ai.choice"} for one in said)]
    call = genai(scope="pydantic-ai", name="chat m")
    call.attributes["events"] = json.dumps(events)
    (hop,) = both_ways(call)
    assert hop.output == "There."
    assert [p["type"] for m in hop.messages_out for p in m.parts] == ["reasoning", "text"]


def test_the_answer_of_a_stream_that_smolagents_printed_is_its_last_step() -> None:
    printed = "ActionStep(step_number=1)FinalAnswerStep(output='It''s sunny')".replace("''", "\\'")
    agent = span(
        "openinference.instrumentation.smolagents",
        "agent.run",
        openinference__span__kind="AGENT",
        output__value=printed,
    )
    (hop,) = both_ways(agent)
    assert hop.output == "It's sunny"


def test_a_call_told_twice_keeps_the_tools_that_run_inside_its_inner_telling() -> None:
    scope, kept = "gcp.vertex.agent", {"gcp__vertex__agent__event_id": "e-1"}
    request = {"gcp__vertex__agent__llm_request": '{"model": "gemini-2.5-flash"}', **kept}
    agent = span(scope, "invoke_agent desk", took=900, gen_ai__operation__name="invoke_agent")
    around = span(scope, "call_llm", parent=agent, took=500, **request)
    made = {"gen_ai__operation__name": "generate_content", **kept}
    used = {"gen_ai__usage__input_tokens": 7, "gen_ai__request__model": "gemini-2.5-flash"}
    call = span(scope, "generate_content m", parent=around, took=400, **made, **used)
    tool = span(scope, "execute_tool weather", parent=call, at=1_200)
    helper = span(scope, "invoke_agent helper", parent=tool, at=1_210, took=50)
    spans = [agent, around, call, tool, helper]
    assert same_both_ways(spans) == []
    found = {h.name: h for h in hops(*spans)}
    assert found["weather"].parent_id == found["call_llm"].hop_id == around.span_id
    assert found["call_llm"].input_tokens == 7


@pytest.mark.parametrize(
    ("scope", "name"),
    [
        ("strands.telemetry.tracer", "execute_event_loop_cycle"),
        ("strands.telemetry.tracer", "execute_agent_loop_cycle"),  # in Node
        ("semantic_kernel.connectors.ai.chat_completion_client_base", "AutoFunctionInvocationLoop"),
    ],
)
def test_a_round_of_an_agent_that_is_one_call_is_named_as_that(scope: str, name: str) -> None:
    outer = span(scope, "outer", took=900)
    around = span(scope, name, parent=outer, at=1_010, took=500)
    call = genai("chat", scope=scope, parent=around, at=1_020)
    mine = span(scope, "my step", parent=outer, at=1_600, took=90)
    other = genai("chat", scope=scope, parent=mine, at=1_610, took=10)
    trace = [outer, around, call, mine, other]
    assert [h.name for h in hops(*trace)] == ["chat", "my step"]
    assert same_both_ways(trace) == []
    tool = span(scope, "look", parent=around, at=1_200, gen_ai__operation__name="execute_tool")
    assert name in {h.name for h in hops(*trace, tool)}
    assert same_both_ways([*trace, tool]) == []
    assert same_both_ways(trace[1:]) == []  # what is around it is lost: the run has its name


@pytest.mark.parametrize(
    ("scope", "name"),
    [
        ("strands.telemetry.tracer", "execute_event_loop_cycle"),
        ("openinference.instrumentation.openai_agents", "turn"),
    ],
)
def test_a_round_is_named_as_its_call_as_openinference_tells_of_it_too(
    scope: str, name: str
) -> None:
    outer = span(scope, "outer", took=900, openinference__span__kind="AGENT")
    around = span(scope, name, parent=outer, at=1_010, openinference__span__kind="CHAIN")
    call = span(scope, "chat", parent=around, at=1_020, took=9, openinference__span__kind="LLM")
    mine = span(scope, "my step", parent=outer, at=1_600, openinference__span__kind="CHAIN")
    trace = [outer, around, call, mine]
    assert [h.name for h in hops(*trace)] == ["chat", "my step"]
    assert same_both_ways(trace) == []
