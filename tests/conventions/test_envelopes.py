"""What frameworks wrap around a value comes off; what is nobody's envelope stays as it was."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from tests.conventions.spans import hops, only, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.conventions.content import langchain, objects
from misstep_store.conventions.content.documents import references

LC = "openinference.instrumentation.langchain"
DATA = {"content": "Sunny.", "additional_kwargs": {}, "response_metadata": {"usage": {"n": 1}}}
DUMPS = {
    "dict": {"type": "ai", "data": {**DATA, "type": "ai"}},
    "model": {**DATA, "type": "ai"},
    "serialised": {"lc": 1, "type": "constructor", "id": ["x", "AIMessage"], "kwargs": DATA},
}


@pytest.mark.parametrize("dump", DUMPS)
def test_a_message_of_langchain_alone_is_its_text(dump) -> None:
    assert langchain.readable(DUMPS[dump]) == "Sunny."


@pytest.mark.parametrize("dump", DUMPS)
def test_a_graphs_command_is_its_update_with_bare_messages(dump) -> None:
    command = [{"graph": None, "update": {"messages": [DUMPS[dump]]}, "resume": None, "goto": []}]
    assert langchain.readable(command) == {"messages": [{"role": "assistant", "content": "Sunny."}]}


@pytest.mark.parametrize("dump", DUMPS)
def test_what_a_node_of_langgraph_for_node_updates_is_its_answer(dump) -> None:
    command = {"lg_name": "Command", "update": {"messages": [DUMPS[dump]]}, "goto": []}
    told = {"messages": [{"role": "assistant", "content": "Sunny."}]}
    assert langchain.readable({"output": [command]}) == langchain.readable(command) == told


def test_a_node_of_langgraph_for_node_tells_why_the_answer_ended() -> None:
    about = {"finish_reason": "length", "model_name": "gpt-4o"}
    message = {**DUMPS["serialised"], "kwargs": {**DATA, "response_metadata": about}}
    made = {"output": [{"lg_name": "Command", "update": {"messages": [message]}, "goto": []}]}
    told = {"langfuse.observation.output": json.dumps(made)}
    around = [
        span("langfuse-sdk", "model_request", **{"langfuse.observation.type": "span"}, **told)
        for _ in range(3)
    ]
    kind = {"langfuse.observation.type": "generation", "langfuse.observation.output": '"Sunny."'}
    inside = [span("langfuse-sdk", "ChatOpenAI", parent=step, **kind) for step in around]
    assert same_both_ways([*around, *inside]) == []
    told_of = [h.finish_reason for h in hops(*around, *inside) if h.kind == "llm"]
    assert told_of == ["length"] * 3


def test_a_text_that_langchain_for_node_wraps_is_that_text() -> None:
    for given, found in (({"input": "Why?"}, "Why?"), ({"input": ""}, None)):
        told = {"langfuse.observation.type": "span"}
        told["langfuse.observation.input"] = json.dumps(given)
        spans = [span("langfuse-sdk", "chain", **told)]
        assert same_both_ways(spans) == []
        assert only(*spans).input == found


def test_a_message_without_words_is_its_tool_calls() -> None:
    calls = [{"name": "look", "args": {"city": "Paris"}, "id": "c", "type": "tool_call"}]
    message = {"type": "ai", "data": {**DATA, "content": "", "tool_calls": calls}}
    assert langchain.readable(message) == [{"name": "look", "arguments": {"city": "Paris"}}]


@pytest.mark.parametrize(
    "value",
    [
        {"type": "ai", "content": "x"},
        {"role": "user", "content": "x"},
        {"type": ["ai"], "data": {"content": "x"}},
        {"update": {"a": 1}, "goto": "b"},
        {"lg_name": "Command", "update": {"a": 1}, "goto": ["b"]},
        {"lg_name": "Command", "resume": "yes"},
        {"output": [{"lg_name": "Send", "node": "a", "args": {}}]},
        [1, None, {"a": [{}]}],
        "text",
        None,
    ],
    ids=str,
)
def test_what_is_no_dumped_message_stays_as_it_is(value) -> None:
    assert langchain.readable(value) == value


def test_a_tool_of_langchain_answers_with_its_words_and_names_its_call() -> None:
    answer = {"type": "tool", "data": {**DATA, "content": "18", "tool_call_id": "call_1"}}
    hop = only(
        span(
            LC,
            "look",
            openinference__span__kind="TOOL",
            input__value="Paris",
            output__value=json.dumps(answer),
        )
    )
    assert (hop.input, hop.output, hop.tool_call_id) == ("Paris", "18", "call_1")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("content='a, b=c' name='n' n=3", {"content": "a, b=c", "name": "n", "n": 3}),
        (
            "A(b=[C(d='e')], f=<K.X: 'x'>)",
            {"class": "A", "b": [{"class": "C", "d": "e"}], "f": "x"},
        ),
        ("A(f=<function g at 0x7f00>, n=-1)", {"class": "A", "f": None, "n": -1}),
        ("A(b=" + "[" * 900 + "]" * 900 + ")", "A(b=" + "[" * 900 + "]" * 900 + ")"),
        ("open('x').read()", "open('x').read()"),
        ("A(b=__import__('os').system('x'))", "A(b=__import__('os').system('x'))"),
        ("A(b=1", "A(b=1"),
        ("plain words", "plain words"),
    ],
    ids=["pydantic", "nested", "no literal", "deep", "a call of a call", "code", "cut", "words"],
)
def test_printed_objects_are_read_and_never_executed(text, found) -> None:
    assert objects.fields_of(text) == found


def test_haystacks_printed_messages_keep_tool_calls_results_and_finish_reason() -> None:
    call = "ToolCall(tool_name='look', arguments={'city': 'Paris'}, id='c1', extra=None)"
    asked = [
        "ChatMessage(_role=<ChatRole.USER: 'user'>, _content=[TextContent(text='Weather?')])",
        f"ChatMessage(_role=<ChatRole.ASSISTANT: 'assistant'>, _content=[{call}])",
        f"ChatMessage(_role=<ChatRole.TOOL: 'tool'>, _content=[ToolCallResult(result='18', "
        f"origin={call}, error=False)])",
    ]
    reply = (
        "ChatMessage(_role=<ChatRole.ASSISTANT: 'assistant'>, _content=[TextContent(text='18.')], "
        "_meta={'finish_reason': 'stop'})"
    )
    hop = only(
        span(
            "openinference.instrumentation.haystack",
            openinference__span__kind="LLM",
            input__value=json.dumps({"messages": asked, "tools": ["Tool(name='look')"]}),
            output__value=json.dumps({"replies": [reply]}),
            **{
                "llm.input_messages.0.message.role": "user",
                "llm.input_messages.1.message.role": "assistant",
                "llm.input_messages.2.message.role": "tool",
                "llm.output_messages.0.message.role": "assistant",
                "llm.output_messages.0.message.content": "18.",
            },
        )
    )
    kinds = [[p["type"] for p in m.parts] for m in hop.messages_in]
    assert kinds == [["text"], ["tool_call"], ["tool_call_response"]]
    assert [m.parts[0].get("id") for m in hop.messages_in[1:]] == ["c1", "c1"]
    assert (hop.finish_reason, hop.output, [t["name"] for t in hop.tools]) == (
        "stop",
        "18.",
        ["look"],
    )


def test_a_tool_call_without_an_id_takes_that_of_the_raw_answer() -> None:
    call = {"id": "c9", "function": {"name": "look", "arguments": '{"city": "Oslo"}'}}
    answer = {"choices": [{"message": {"tool_calls": [call]}, "finish_reason": "tool_calls"}]}
    hop = only(
        span(
            "openinference.instrumentation.mistralai",
            openinference__span__kind="LLM",
            output__value=json.dumps(answer),
            **{"llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "look"},
        )
    )
    part = hop.messages_out[0].parts[0]
    assert (part["id"], part["arguments"]) == ("c9", {"city": "Oslo"})
    assert hop.finish_reason == "tool_calls"


def test_a_crew_and_its_agents_say_what_was_asked_and_what_came_out() -> None:
    scope = "openinference.instrumentation.crewai"
    agent = span(
        scope,
        "Reporter.report._execute_core",
        openinference__span__kind="AGENT",
        graph__node__id="Reporter",
        input__value=json.dumps({"agent": {"goal": "Tell."}, "tools": []}),
        output__value=json.dumps({"description": "Weather?", "raw": "Sunny."}),
    )
    (hop,) = hops(agent)
    assert (hop.name, hop.input, hop.output) == ("Reporter", "Weather?", "Sunny.")


def test_ids_alone_are_documents_where_documents_are_said_to_be() -> None:
    assert references('[{"id": "a", "score": null}, 3]') == [{"id": "a"}]


def test_a_role_that_says_it_is_not_known_is_the_side_it_stands_on() -> None:
    hop = only(
        span(
            "opentelemetry.instrumentation.langchain",
            gen_ai__operation__name="chat",
            gen_ai__output__messages='[{"role":"unknown","parts":[{"type":"text","content":"x"}]}]',
        )
    )
    assert [m.role for m in hop.messages_out] == ["assistant"]


def test_a_tool_two_libraries_tell_of_is_one_hop_with_what_either_said() -> None:
    run = span("openinference.instrumentation.autogen_agentchat", openinference__span__kind="CHAIN")
    outer = span(
        "openinference.instrumentation.autogen_agentchat",
        "look",
        parent=run,
        openinference__span__kind="TOOL",
        tool__name="look",
        input__value='{"city": "Paris"}',
        output__value="18",
    )
    inner = span(
        "autogen-core",
        "execute_tool look",
        parent=outer,
        gen_ai__operation__name="execute_tool",
        gen_ai__tool__name="look",
        gen_ai__tool__call__id="c1",
    )
    (hop,) = hops(run, outer, inner)
    assert (hop.hop_id, hop.merged) == (outer.span_id, [inner.span_id])
    assert (hop.input, hop.output, hop.tool_call_id) == ({"city": "Paris"}, "18", "c1")


def test_two_tools_of_one_name_that_both_have_content_stay_two() -> None:
    told = {"openinference__span__kind": "TOOL", "tool__name": "look", "input__value": "x"}
    run = span("openinference.instrumentation.a", openinference__span__kind="CHAIN")
    outer = span("openinference.instrumentation.a", "look", parent=run, **told)
    inner = span("openinference.instrumentation.b", "look", parent=outer, **told)
    assert len(hops(run, outer, inner)) == 2


def test_google_adk_s_own_spans_with_openinference_on_them_are_openinference_s() -> None:
    event = {"invocation_id": "i", "content": {"parts": [{"text": "Sunny."}], "role": "model"}}
    hop = only(
        span(
            "gcp.vertex.agent",
            "invoke_agent weatherman",
            openinference__span__kind="AGENT",
            agent__name="weatherman",
            output__value=json.dumps(event),
            **{"gcp.vertex.agent.invocation_id": "i"},
        )
    )
    assert (hop.convention, hop.name, hop.output) == ("openinference", "weatherman", "Sunny.")


@pytest.mark.parametrize(
    "scope", ["strands.telemetry.tracer", "agent_framework", "gcp.vertex.agent", "litellm"]
)
def test_spans_that_openinference_s_processors_rewrote_are_read_as_openinference(scope) -> None:
    told = {
        "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.content": "Weather?",
        "llm.output_messages.0.message.role": "assistant",
        "llm.output_messages.0.message.content": "Sunny.",
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "m",
        "event_loop.cycle_id": "1",
    }
    hop = only(span(scope, "chat", openinference__span__kind="LLM", **told))
    assert (hop.convention, hop.input, hop.output) == ("openinference", "Weather?", "Sunny.")
    assert hop.request_model == "m"


def test_misstep_s_own_spans_stay_its_own_with_openinference_beside() -> None:
    hop = only(span("misstep", openinference__span__kind="TOOL", misstep__role="hop"))
    assert hop.convention == "misstep"


@pytest.mark.parametrize("inner", ["chunk", "vectors", "text"])
def test_what_is_joined_of_mistrals_streams_stands_in_their_events_data(inner) -> None:
    answer = {"id": "cmpl-1", "model": "mistral-medium", "choices": [{"finish_reason": "stop"}]}
    body = {"chunk": {"data": answer}, "vectors": {"data": [{"id": "a"}], "id": "cmpl-1"}}
    told = span(
        "openinference.instrumentation.mistralai",
        "MistralClient.chat",
        openinference__span__kind="LLM",
        output__value=json.dumps(body.get(inner, {"data": "cmpl-1"})),
        llm__output_messages__0__message__role="assistant",
        llm__output_messages__0__message__content="One.",
    )
    assert only(told).response_id == (None if inner == "text" else "cmpl-1")
    assert only(told).output == "One."
    same_both_ways([told])


@pytest.mark.parametrize(
    ("asked", "said", "given", "gave"),
    [
        (
            {"sanitize_inputs_outputs": True, "kwargs": {"city": "Oslo"}},
            {"_value": "sunny"},
            {"city": "Oslo"},
            "sunny",
        ),
        (
            {"kwargs": 1, "city": "Oslo"},
            {"_value": 1, "b": 2},
            {"kwargs": 1, "city": "Oslo"},
            {"_value": 1, "b": 2},
        ),
    ],
)
def test_what_mlflow_puts_around_a_tools_values_comes_off(asked, said, given, gave) -> None:
    tool = span(
        "mlflow.tracing.provider",
        "SimpleTool.__call__",
        mlflow__spanType=json.dumps("TOOL"),
        mlflow__spanInputs=json.dumps(asked),
        mlflow__spanOutputs=json.dumps(said),
    )
    hop = only(tool)
    assert (hop.input, hop.output) == (given, gave)
    assert same_both_ways([tool]) == []


SAYING = {"source": "ada", "models_usage": None, "content": "Sunny.", "type": "TextMessage"}


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ({"task": "Where?", "cancellation_token": "<x>"}, "Where?"),
        ({"task": "Where?", "city": "Oslo"}, {"task": "Where?", "city": "Oslo"}),
        ({"messages": [SAYING], "cancellation_token": "<x>"}, "Sunny."),
        ({"messages": [SAYING]}, {"messages": [SAYING]}),
        ({"chat_message": SAYING, "inner_messages": [1]}, "Sunny."),
        ({"messages": [{**SAYING, "content": "?"}, SAYING], "stop_reason": None}, "Sunny."),
        (
            {"messages": [SAYING, SAYING], "cancellation_token": "<x>"},
            [{"source": "ada", "content": "Sunny."}] * 2,
        ),
    ],
    ids=str,
)
def test_what_autogens_agents_were_given_under_mlflow_is_its_words(asked, given) -> None:
    agent = span(
        "mlflow.tracing.provider",
        "ada.run",
        mlflow__spanType=json.dumps("AGENT"),
        mlflow__spanInputs=json.dumps(asked),
        mlflow__spanOutputs=json.dumps(asked),
    )
    hop = only(agent)
    assert (hop.input, hop.output) == (given, given)
    assert same_both_ways([agent]) == []


def test_a_tool_of_a_wrapped_ai_sdk_was_given_the_first_of_its_arguments() -> None:
    told = json.dumps({"args": [{"city": "Oslo"}, {"toolCallId": "c1", "messages": []}]})
    sdk = {"langsmith__metadata__ai_sdk_method": "ai.streamText"}
    kind = {"langsmith__span__kind": "tool"}
    tool = span("langsmith", "look", gen_ai__prompt=told, **kind, **sdk)
    assert (only(tool).input, only(tool).tool_call_id) == ({"city": "Oslo"}, "c1")
    own = span("langsmith", "look", gen_ai__prompt=told, **kind)
    assert only(own).tool_call_id is None
    for odd in ("[1]", '{"args":[1,{"toolCallId":2}]}', '{"args":[1,2]}', "7", "{"):
        same_both_ways(
            [tool, own, replace(tool, attributes=tool.attributes | {"gen_ai.prompt": odd})]
        )
