"""What frameworks tell of a call around it, beside it, or in pieces."""

from __future__ import annotations

import json

from tests.conventions.spans import genai, hops, only, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.conventions import normalise
from misstep_store.otlp.spans import SpanEvent

ASKED = '[{"role":"system","content":"Be short."},{"role":"user","content":"Weather in Paris?"}]'
CALLED = '{"text":"","toolCalls":[{"toolCallId":"c1","toolName":"look","args":{"city":"Paris"}}]}'
MASTRA = "@mastra/otel-exporter"


def mastra_trace(tool: bool = True):
    agent = span(MASTRA, "invoke_agent a", mastra__span__type="agent_run", took=900)
    step = span(
        MASTRA,
        "agent_step a",
        parent=agent,
        at=1_010,
        mastra__span__type="model_step",
        mastra__model_step__input=ASKED,
        mastra__model_step__output=CALLED,
    )
    call = genai(
        scope=MASTRA,
        parent=step,
        at=1_020,
        mastra__span__type="model_inference",
        gen_ai__output__messages='[{"role":"assistant","parts":[{"type":"text","content":""}]}]',
    )
    chunk = span(MASTRA, "model_chunk a", parent=call, at=1_030, mastra__span__type="model_chunk")
    used = span(MASTRA, "execute_tool look", parent=step, at=1_050, gen_ai__tool__name="look")
    return [agent, step, call, chunk, *([used] if tool else [])]


def test_a_call_without_content_was_asked_and_said_what_the_step_around_it_tells() -> None:
    trace = mastra_trace()
    (hop,) = [h for h in hops(*trace) if h.kind == "llm"]
    assert (hop.hop_id, hop.input, hop.system) == (
        trace[2].span_id,
        "Weather in Paris?",
        "Be short.",
    )
    assert hop.output == [{"name": "look", "arguments": {"city": "Paris"}}]


def test_what_a_call_says_itself_stays_its_own() -> None:
    trace = mastra_trace()
    trace[2].attributes["gen_ai.input.messages"] = (
        '[{"role":"user","parts":[{"type":"text","content":"its own"}]}]'
    )
    (hop,) = [h for h in hops(*trace) if h.kind == "llm"]
    assert hop.input == "its own"


def test_pieces_of_a_stream_are_part_of_the_call_they_came_from() -> None:
    trace = mastra_trace()
    (hop,) = [h for h in hops(*trace) if h.kind == "llm"]
    assert hop.merged == [trace[3].span_id]
    assert [h.kind for h in hops(*trace)] == ["chain", "llm", "tool"]


def test_a_piece_whose_call_never_came_is_a_hop() -> None:
    alone = span(MASTRA, "model_chunk a", mastra__span__type="model_chunk")
    alone.parent_span_id = "f" * 16
    assert only(alone).kind == "chain"


def test_a_run_whose_root_says_nothing_is_called_by_its_first_agent() -> None:
    root = span("gcp.vertex.agent", "invocation", took=900)
    agent = span("gcp.vertex.agent", "agent_run [desk]", parent=root, at=1_010)
    inner = span("gcp.vertex.agent", "agent_run [clerk]", parent=agent, at=1_020)
    made = normalise([root, agent, inner]).run
    assert (made.name, made.pipeline) == ("desk", "desk")


def test_a_conversation_gave_its_last_message() -> None:
    said = [
        {"role": "assistant", "parts": [{"type": "text", "content": t}]} for t in ("one", "two")
    ]
    talk = span(
        "opentelemetry.instrumentation.ag2",
        gen_ai__operation__name="conversation",
        gen_ai__request__model="m",
        gen_ai__usage__input_tokens=21,
        gen_ai__output__messages=json.dumps(said),
    )
    made = normalise([talk, genai(parent=talk, at=1_010)])
    assert (made.run.output, made.run.input_tokens, len(made.hops)) == ("two", 21, 1)


def test_spans_that_another_librarys_processor_adds_to_are_read_by_their_own_words() -> None:
    found = only(
        span(
            "ai",
            "ai.generateText.doGenerate",
            ai__operationId="ai.generateText.doGenerate",
            ai__model__provider="openai.chat",
            ai__usage__inputTokenDetails__cacheReadTokens=7,
            ai__usage__inputTokens=21,
            ai__telemetry__metadata__sessionId="s1",
            openinference__span__kind="LLM",
            llm__token_count__prompt=21,
        )
    )
    assert (found.convention, found.provider, found.cached_tokens) == ("vercel-ai", "openai", 7)


def test_a_tool_call_without_a_name_and_an_id_is_none() -> None:
    message = "llm.input_messages.0.message."
    told = span("openinference.instrumentation.x", openinference__span__kind="LLM")
    told.attributes |= {
        message + "role": "user",
        message + "content": "hi",
        message + "tool_calls.0.tool_call.id": None,
        message + "tool_calls.0.tool_call.function.name": None,
    }
    assert [p["type"] for p in only(told).messages_in[0].parts] == ["text"]


def test_a_component_is_what_its_class_says() -> None:
    asked = {"messages": [{"role": "user", "content": [{"text": "hi"}]}], "tools": None}
    meta = {"model": "m-1", "finish_reason": "stop", "usage": {"prompt_tokens": 5}}
    said = {"replies": [{"role": "assistant", "content": [{"text": "yo"}], "meta": meta}]}
    hop = only(
        span(
            "my-app",
            "haystack.component.run",
            haystack__component__name="writer",
            haystack__component__type="OpenAIChatGenerator",
            haystack__component__input=json.dumps(asked),
            haystack__component__output=json.dumps(said),
        )
    )
    assert (hop.kind, hop.name, hop.provider, hop.response_model) == (
        "llm",
        "writer",
        "openai",
        "m-1",
    )
    assert (hop.input, hop.output, hop.input_tokens, hop.finish_reason) == ("hi", "yo", 5, "stop")


def test_a_failure_does_not_say_its_class_twice() -> None:
    failed = genai(status=2)
    failed.status_message = "Error: 500 The server had an error."
    error = only(failed).error
    assert error is not None
    assert (error.type, error.message) == ("Error", "500 The server had an error.")


def llama_index(name: str, **told: dict[str, object]):
    made = span("llamaindex.opentelemetry.tracer", name)
    made.events = [SpanEvent(event, 0, attributes) for event, attributes in told.items()]
    return made


def test_what_stands_in_events_alone_makes_a_whole_call() -> None:
    asked = [{"role": "user", "blocks": [{"block_type": "text", "text": "hi"}]}]
    used = [
        {"block_type": "tool_call", "tool_call_id": "c1", "tool_name": "look", "tool_kwargs": "{}"}
    ]
    hop = only(
        llama_index(
            "OpenAI.chat",
            LLMChatStartEvent={
                "messages": json.dumps(asked),
                "model_dict.model_name": "m",
                "model_dict.class_name": "openai_llm",
            },
            LLMChatEndEvent={
                "response.message.role": "assistant",
                "response.message.blocks": json.dumps(used),
                "response.raw.choices": '[{"finish_reason": "tool_calls"}]',
                "response.raw.usage.prompt_tokens": 21,
                "response.raw.usage.prompt_tokens_details.cached_tokens": 7,
            },
        )
    )
    assert (hop.kind, hop.provider, hop.request_model, hop.input) == ("llm", "openai", "m", "hi")
    assert hop.output == [{"name": "look", "arguments": {}}]
    assert (hop.finish_reason, hop.input_tokens, hop.cached_tokens) == ("tool_calls", 21, 7)


def test_a_tool_is_named_and_asked_as_the_step_around_it_printed() -> None:
    used = llama_index("FunctionTool.acall")
    printed = "ToolCall(tool_name='look', tool_kwargs={'city': 'Paris'}, tool_id='c1')"
    used.attributes["llamaindex.step.input_summary"] = printed
    hop = only(used)
    assert (hop.kind, hop.name, hop.input, hop.tool_call_id) == (
        "tool",
        "look",
        {"city": "Paris"},
        "c1",
    )


def test_a_tool_call_that_client_transport_and_server_tell_of_is_one_hop() -> None:
    call = {"mcp__method__name": "tools/call", "gen_ai__tool__name": "look"}
    root = span("app", "pipeline", took=900)
    client = span("fastmcp", "tools/call look", parent=root, at=1_010, **call)
    sent = span(
        "mcp-python-sdk",
        "MCP send tools/call look",
        parent=client,
        at=1_020,
        mcp__method__name="tools/call",
    )
    served = span(
        "fastmcp", "tools/call look", parent=sent, at=1_030, status=2, error__type="E", **call
    )
    (hop,) = hops(root, client, sent, served)
    assert (hop.kind, hop.name, hop.hop_id) == ("tool", "look", client.span_id)
    assert hop.merged == [sent.span_id, served.span_id]
    assert hop.error is not None and hop.error.type == "E"


def test_a_tool_that_its_framework_tells_of_holds_the_request_that_ran_it() -> None:
    root = span("app", "pipeline", took=900)
    outer = span(
        "agents",
        "execute_tool look",
        parent=root,
        gen_ai__operation__name="execute_tool",
        gen_ai__tool__name="look",
        gen_ai__tool__call__arguments='{"city": "Paris"}',
    )
    sent = span(
        "mcp-python-sdk", "tools/call look", parent=outer, at=1_010, mcp__method__name="tools/call"
    )
    (hop,) = hops(root, outer, sent)
    assert (hop.hop_id, hop.input) == (outer.span_id, {"city": "Paris"})


def test_how_a_step_does_its_work_is_no_hop_of_its_own() -> None:
    root = llama_index("FunctionAgent.run")
    step = llama_index("BaseWorkflowAgent.run_agent_step")
    inner = llama_index("OpenAI._prepare_chat_with_tools")
    step.parent_span_id, inner.parent_span_id = root.span_id, step.span_id
    made = normalise([root, step, inner])
    assert (made.run.name, [h.name for h in made.hops]) == ("FunctionAgent", ["run_agent_step"])
    assert made.hops[0].merged == [inner.span_id]


def test_a_stack_behind_a_message_is_the_stack() -> None:
    failed = genai(status=2)
    failed.status_message = "500 overloaded\n\nError: 500 overloaded\n    at ask (app.js:1:2)"
    error = only(failed).error
    assert error is not None
    assert (error.message, error.stacktrace) == ("500 overloaded", failed.status_message)


def test_a_dumped_message_alone_under_output_is_its_text() -> None:
    about = {"content": "sunny", "tool_call_id": "c1", "name": "look"}
    message = {"lc": 1, "type": "constructor", "id": ["m", "ToolMessage"], "kwargs": about}
    used = span("openinference.instrumentation.langchain", openinference__span__kind="TOOL")
    used.attributes |= {
        "tool.name": "look",
        "output.value": json.dumps({"output": message}),
        "metadata": '{"ls_integration": "langgraph"}',
    }
    hop = only(used)
    assert (hop.output, hop.tool_call_id) == ("sunny", "c1")


def test_a_check_of_a_guardrail_says_whether_it_struck() -> None:
    checked = span("opentelemetry.instrumentation.openai_agents", "guardrail_check")
    checked.attributes |= {
        "gen_ai.operation.name": "guardrail_check",
        "gen_ai.guardrail.name": "polite",
        "gen_ai.guardrail.triggered": False,
    }
    same_both_ways([checked])
    hop = only(checked)
    assert (hop.kind, hop.name, hop.output) == ("guardrail", "polite", {"triggered": False})


def test_the_envelope_of_a_javascript_value_comes_off() -> None:
    found = [{"page_content": "Oslo", "metadata": {"id": "doc-1"}}]
    shelf = span("langsmith", "shelf", langsmith__span__kind="retriever")
    shelf.attributes["gen_ai.completion"] = json.dumps({"outputs": found})
    hop = only(shelf)
    assert (hop.output, hop.documents[0]["content"]) == (found, "Oslo")


def test_a_run_that_failed_without_a_word_failed_as_its_hops_say() -> None:
    root = span("fastapi", "POST /v1/chat/completions", status=2, took=900)
    call = genai(parent=root, at=1_010, status=2, error__type="openai.InternalServerError")
    call.status_message = "overloaded"
    error = normalise([root, call]).run.error
    assert error is not None
    assert (error.type, error.message) == ("InternalServerError", "overloaded")


def test_a_step_that_does_not_say_how_its_one_call_failed_failed_as_the_call_did() -> None:
    root = span("logfire", "run", took=900)
    turn = span("logfire", "Turn 1", parent=root)
    call = genai(scope="logfire.openai_agents", parent=turn, at=1_010, took=50, status=2)
    call.status_message = "overloaded"
    (hop,) = hops(root, turn, call)
    assert hop.hop_id == turn.span_id and hop.error is not None
    assert hop.error.message == "overloaded"
    turn.attributes["return"] = "a fallback"  # it saw the failure, and went on
    step, failed = hops(root, turn, call)
    assert (step.output, step.error) == ("a fallback", None)
    assert failed.error == hop.error


def test_a_tool_of_adk_that_failed_has_no_id_under_openinference_either() -> None:
    scope, told = "openinference.instrumentation.google_adk", {"gen_ai__tool__name": "look"}
    told |= {"gen_ai__operation__name": "execute_tool", "error__type": "LookupError"}
    known = {"gen_ai__tool__call__id": "<not specified>"}
    tool = span(scope, "execute_tool look", status=2, **told, **known)
    assert same_both_ways([tool]) == []
    assert only(tool).tool_call_id is None


def test_scores_that_an_evaluator_of_phoenix_gave_are_scores() -> None:
    given = {"name": "short", "score": 0.1, "kind": "code", "direction": "maximize"}
    label = {
        "name": "helpful",
        "label": "yes",
        "score": 1.0,
        "kind": "llm",
        "direction": "maximize",
    }
    one = span("phoenix.evals.tracing", "short.evaluate", openinference__span__kind="EVALUATOR")
    one.attributes["output.value"] = json.dumps([given, label])
    hop = only(one)
    told = [(s.name, s.value, s.label, s.by, s.hop_id) for s in hop.scores]
    assert told == [
        ("short", 0.1, None, "code", hop.hop_id),
        ("helpful", 1.0, "yes", "llm", hop.hop_id),
    ]
    assert hop.kind == "evaluator"


def test_the_request_of_a_wrapped_client_is_the_first_of_its_arguments() -> None:
    request = {"model": "m", "messages": [{"role": "user", "content": "Where is Oslo?"}]}
    told = json.dumps({"args": [request, {"signal": {}}]})
    call = span("langsmith", "ChatAnthropic", langsmith__span__kind="llm", gen_ai__prompt=told)
    assert same_both_ways([call]) == []
    hop = only(call)
    assert (hop.input, hop.request_model, len(hop.messages_in)) == ("Where is Oslo?", "m", 1)


def autogen_call(asked: object, said: object):
    return span(
        "mlflow.tracing.provider",
        "OpenAIChatCompletionClient.create",
        mlflow__spanType='"LLM"',
        mlflow__message__format='"autogen"',
        mlflow__spanInputs=json.dumps(asked),
        mlflow__spanOutputs=json.dumps(said),
    )


def test_messages_of_autogen_have_roles_by_their_type_and_parts_without_one() -> None:
    call = {"id": "c1", "arguments": '{"city": "Oslo"}', "name": "look"}
    result = {"content": "sunny", "name": "look", "call_id": "c1", "is_error": False}
    asked = [
        {"content": "Be short.", "type": "SystemMessage"},
        {"content": "Weather?", "source": "user", "type": "UserMessage"},
        {"content": [call], "thought": "Hm.", "source": "a", "type": "AssistantMessage"},
        {"content": [result], "type": "FunctionExecutionResultMessage"},
    ]
    said = {"finish_reason": "function_calls", "content": [call], "usage": {}, "cached": False}
    tools = ["<autogen_core.tools.FunctionTool object at 0x7f00>", "<Other object>"]
    made = autogen_call({"messages": asked, "tools": tools}, said | {"thought": "Again."})
    hop = only(made)
    called = {"type": "tool_call", "id": "c1", "name": "look", "arguments": {"city": "Oslo"}}
    assert [m.role for m in hop.messages_in] == ["system", "user", "assistant", "tool"]
    assert hop.messages_in[2].parts == [{"type": "reasoning", "content": "Hm."}, called]
    assert hop.messages_in[3].parts[0]["id"] == "c1"
    assert hop.input == "sunny"
    assert hop.messages_out[0].parts == [{"type": "reasoning", "content": "Again."}, called]
    assert hop.tools == []
    assert same_both_ways([made]) == []


def test_an_object_that_was_printed_is_no_model() -> None:
    made = genai(gen_ai__request__model="<agents.models.Chat object at 0x7f0000000000>")
    assert only(made).request_model is None
    assert same_both_ways([made]) == []


def test_tools_that_litellm_calls_beside_words_are_of_the_answer() -> None:
    said = [{"role": "assistant", "parts": [{"type": "text", "content": "I look."}]}]
    call = genai(scope="litellm", llm__request__type="completion")
    call.attributes["gen_ai.output.messages"] = json.dumps(said)
    for n, city in enumerate(("Oslo", "Bern")):
        call.attributes[f"gen_ai.completion.{n}.function_call.name"] = "look"
        call.attributes[f"gen_ai.completion.{n}.function_call.arguments"] = json.dumps({"at": city})
    hop = only(call)
    told = [p.get("content") or p["arguments"] for p in hop.messages_out[0].parts]
    assert told == ["I look.", {"at": "Oslo"}, {"at": "Bern"}]
    assert (hop.output, same_both_ways([call])) == ("I look.", [])


def test_a_graph_that_waits_for_a_person_did_not_fail_in_langfuse() -> None:
    told = 'GraphInterrupt: [\n  {\n    "value": "ok?"\n  }\n]'
    root = span("langfuse-sdk", "LangGraph", langfuse__observation__type="chain")
    about = {"langfuse__observation__type": "chain", "langfuse__observation__level": "ERROR"}
    gate, other = (
        span("langfuse-sdk", "gate", parent=root, langfuse__observation__status_message=t, **about)
        for t in (told, "Error: no gate")
    )
    assert same_both_ways([root, gate, other]) == []
    assert [h.error and h.error.message for h in hops(root, gate, other)] == [None, "no gate"]


def test_a_tool_of_strands_that_says_that_it_failed_failed_whatever_its_span_says() -> None:
    told = {"message": '[{"text": "Error: LookupError - no station in Mordor"}]'}
    used = span(
        "strands.telemetry.tracer", "execute_tool look", gen_ai__operation__name="execute_tool"
    )
    used.attributes |= {"gen_ai.system": "strands-agents", "gen_ai.tool.name": "look"}
    used.attributes["gen_ai.tool.status"] = "error"
    used.events.append(SpanEvent("gen_ai.choice", used.end_unix_nano, told))
    assert same_both_ways([used]) == []
    error = only(used).error
    assert error is not None and error.message.endswith("no station in Mordor")
    used.attributes["gen_ai.tool.status"] = "success"
    assert only(used).error is None
    assert same_both_ways([used]) == []


def test_texts_that_litellm_embeds_under_mlflow_are_a_request_for_vectors() -> None:
    asked = [{"role": "user", "content": city} for city in ("Oslo", "Bern")]
    told = {"mlflow__spanType": '"LLM"', "mlflow__spanInputs": json.dumps({"messages": asked})}
    scope = "mlflow.tracing.provider"
    root = span(scope, "all", mlflow__spanType='"CHAIN"')
    one = span(scope, "a", parent=root, call_type='"aembedding"', **told)
    other = span(scope, "b", parent=root, call_type='"acompletion"', **told)
    assert [(h.kind, h.input) for h in hops(root, one, other)] == [
        ("embedding", ["Oslo", "Bern"]),
        ("llm", "Bern"),
    ]
    assert same_both_ways([root, one, other]) == []


def test_a_tool_that_raised_under_openlit_is_a_tool_by_its_name_alone() -> None:
    scope = "openlit.instrumentation.agno"
    used = span(scope, "execute_tool look", status=2, error__type="RetryAgentRun")
    assert (only(used).kind, only(used).name) == ("tool", "look")
    assert same_both_ways([used]) == []


def test_an_agent_that_goes_on_was_asked_what_its_first_call_was_asked() -> None:
    scope = "strands.telemetry.tracer"
    agent = span(scope, "invoke_agent a", gen_ai__operation__name="invoke_agent", took=900)
    told = {"content": json.dumps([{"text": "Be careful."}])}
    agent.events.append(SpanEvent("gen_ai.system.message", agent.start_unix_nano, told))
    call = genai(parent=agent, at=1_010)
    asked = [{"role": "user", "parts": [{"type": "text", "content": "How is Rome?"}]}]
    call.attributes["gen_ai.input.messages"] = json.dumps(asked)
    assert normalise([agent, call]).run.input == "How is Rome?"
    assert same_both_ways([agent, call]) == []


def test_what_a_run_gave_is_no_call_that_handed_over_to_the_agent_that_answered() -> None:
    desk = span("x", "desk", gen_ai__operation__name="invoke_agent", took=900)
    first = genai(parent=desk, at=1_010, took=800)
    clerk = span("x", "clerk", parent=first, at=1_100, gen_ai__operation__name="invoke_agent")
    last = genai(parent=clerk, at=1_110, took=50)
    call = {"type": "tool_call", "id": "c1", "name": "transfer_to_agent", "arguments": {}}
    for made, part in ((first, call), (last, {"type": "text", "content": "It is sunny."})):
        said = [{"role": "assistant", "parts": [part]}]
        made.attributes["gen_ai.output.messages"] = json.dumps(said)
    root = span("x", "invocation", took=950)
    desk.parent_span_id = root.span_id
    trace = [root, desk, first, clerk, last]
    assert normalise(trace).run.output == "It is sunny."
    assert same_both_ways(trace) == []


def test_what_a_flattened_message_leaves_out_stands_in_the_request() -> None:
    words = [{"type": "output_text", "text": "I hand it over."}]
    said = {"type": "message", "role": "assistant", "content": words}
    asked = json.dumps([{"role": "user", "content": "Where is Bern?"}, said])
    listed = {
        "llm__input_messages__0__message__role": "system",
        "llm__input_messages__0__message__content": "Be short.",
        "llm__input_messages__1__message__role": "user",
        "llm__input_messages__1__message__content": "Where is Bern?",
        "llm__input_messages__2__message__role": "assistant",
    }
    scope = "@arizeai/openinference-instrumentation-openai-agents"
    call = span(scope, "response", openinference__span__kind="LLM", input__value=asked, **listed)
    assert same_both_ways([call]) == []
    assert [m.text for m in only(call).messages_in][1:] == ["Where is Bern?", "I hand it over."]
