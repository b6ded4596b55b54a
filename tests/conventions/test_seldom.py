"""Producers that are seldom met: what their own words say, whichever way it is read."""

from __future__ import annotations

import json
from typing import Any

from tests.conventions.spans import hops, only, span
from tests.conventions.test_headers import same_both_ways

from misstep.model import Hop, Run
from misstep_store.conventions import normalise
from misstep_store.otlp.spans import LogRecord, Span, SpanEvent


def told(scope: str, name: str = "step", parent: Span | None = None, **more: Any) -> Span:
    """A span whose attributes stand as they are."""
    made = span(
        scope, name, parent=parent, at=1_010 if parent else 1_000, took=50 if parent else 100
    )
    made.attributes = more.pop("a", {}) | more
    return made


def both(*spans: Span) -> list[Hop]:
    """The hops of spans, which columns read alike."""
    same_both_ways(list(spans))
    return hops(*spans)


def run_of(*spans: Span) -> Run:
    same_both_ways(list(spans))
    return normalise(list(spans)).run


def test_the_tools_that_any_agents_call_asked_for_are_calls_of_one_answer() -> None:
    made = [{"tool.name": "look", "tool.args": json.dumps({"city": c})} for c in ("Oslo", "Bern")]
    a = {"gen_ai.operation.name": "call_llm", "gen_ai.request.model": "m"}
    a |= {"gen_ai.usage.input_tokens": 3, "gen_ai.output": json.dumps(made)}
    [hop] = both(told("any_agent", "call_llm m", a=a))
    assert [p["type"] for p in hop.messages_out[0].parts] == ["tool_call", "tool_call"]
    assert hop.output == [{"name": "look", "arguments": {"city": c}} for c in ("Oslo", "Bern")]


GALILEO: dict[str, Any] = {"gen_ai.system": "galileo-otel", "galileo.session.id": "s1"}


def test_what_galileos_search_found_are_documents() -> None:
    found = [{"role": "assistant", "content": {"documents": [{"content": "Oslo", "metadata": {}}]}}]
    a = GALILEO | {"db.operation": "search"}
    a |= {"gen_ai.input.messages": '[{"role": "user", "content": "north"}]'}
    a |= {"gen_ai.output.messages": json.dumps(found)}
    [hop] = both(told("galileo-tracer", "search", a=a))
    assert (hop.kind, hop.input, hop.provider) == ("retriever", "north", None)
    assert hop.documents == [{"content": "Oslo"}]
    assert hop.output == {"documents": [{"content": "Oslo", "metadata": {}}]}


def test_sessions_of_a_platform_are_those_of_its_runs_whoever_tells_of_calls() -> None:
    call = {"openinference.span.kind": "LLM", "llm.model_name": "m"}
    hive = told("openinference.instrumentation.openai", a=call | {"honeyhive.session_id": "s2"})
    assert run_of(hive).session_id == "s2"
    assert run_of(told("galileo-tracer", a=GALILEO)).session_id == "s1"
    asked = {"gen_ai.request.model": "m", "mcp.session.id": "no talk"}
    assert run_of(told("anybody", a=asked)).session_id is None


def test_a_tool_is_one_whose_name_and_call_stand_under_anybodys_keys() -> None:
    a = {"acme.tool.name": "look", "acme.tool.call_id": "c1", "acme.input": '{"city": "Oslo"}'}
    [hop] = both(told("acme", "tool.execute", a=a))
    assert (hop.kind, hop.name, hop.tool_call_id) == ("tool", "look", "c1")
    [step] = both(told("acme", "tool.execute", a={"acme.tool.name": "look"}))
    assert step.kind == "chain"


def netra(parent: Span, **more: Any) -> Span:
    """Netra's own telling of an SDK's request, whose answer it does not see."""
    a = {"llm.request.type": "chat", "gen_ai.request.model": "m", "netra.session_id": "s1"}
    a |= {"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "Where?"}
    return told("netra.instrumentation.openai", "openai.chat", parent, a=a, **more)


def test_a_call_that_netra_tells_beside_langchains_is_one() -> None:
    chain = told("opentelemetry.instrumentation.langchain", "RunnableSequence")
    said = [{"role": "assistant", "parts": [{"type": "text", "content": "North."}]}]
    a = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
    a |= {"gen_ai.response.id": "r1", "gen_ai.output.messages": json.dumps(said)}
    asked = [{"role": "user", "parts": [{"type": "text", "content": "Where?"}]}]
    a["gen_ai.input.messages"] = json.dumps(asked)
    call = told("opentelemetry.instrumentation.langchain", "ChatOpenAI.chat", chain, a=a)
    echo = netra(chain)
    echo.end_unix_nano -= 10_000_000
    [found] = [h for h in both(chain, call, echo) if h.kind == "llm"]
    assert (found.output, found.merged) == ("North.", [echo.span_id])
    alone = told("app", "app")
    assert [h.kind for h in both(alone, netra(alone))] == ["llm"]
    assert run_of(alone, netra(alone)).session_id == "s1"


def test_of_two_requests_beside_a_call_of_langchains_the_one_that_counted_alike_is_its() -> None:
    chain = told("opentelemetry.instrumentation.langchain", "RunnableParallel")
    a = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
    counted = {"gen_ai.usage.input_tokens": 3, "gen_ai.usage.output_tokens": 5}
    call = told("opentelemetry.instrumentation.langchain", "ChatOpenAI.chat", chain, a=a | counted)
    other, echo = netra(chain), netra(chain)
    for made in (other, echo):
        made.end_unix_nano -= 10_000_000
    other.attributes |= {"gen_ai.usage.input_tokens": 99, "gen_ai.usage.output_tokens": 7}
    echo.attributes |= counted
    found = {h.hop_id: (h.input_tokens, h.merged) for h in both(chain, call, other, echo)}
    assert found[call.span_id] == (3, [echo.span_id])
    assert found[other.span_id] == (99, [])


def test_respans_words_of_anthropic_stand_in_no_quotes() -> None:
    a = {"llm.request.type": "chat", "gen_ai.request.model": "m"}
    a |= {"gen_ai.prompt.0.role": "system", "gen_ai.prompt.0.content": '"Be short."'}
    a |= {"gen_ai.prompt.1.role": "user", "gen_ai.prompt.1.content": '"Say \\"hi\\"."'}
    [hop] = both(told("respan_instrumentation_anthropic._instrumentation", "llm.m", a=a))
    assert (hop.system, hop.input) == ("Be short.", 'Say "hi".')
    assert hop.messages_in[1].text == 'Say "hi".'


def test_an_answer_that_only_traceais_parameters_name_is_that_of_the_call() -> None:
    given = {"id": "resp_1", "model": "m-1", "temperature": 0.3, "api_key": "sk-1"}
    a = {"gen_ai.span.kind": "LLM", "gen_ai.request.parameters": json.dumps(given)}
    [hop] = both(told("traceai_openai_agents", "response", a=a))
    assert (hop.response_id, hop.parameters) == ("resp_1", {"temperature": 0.3})
    broken = a | {"gen_ai.request.parameters": "[1"}
    assert only(told("traceai_openai_agents", "response", a=broken)).response_id is None
    empty = {"gen_ai.span.kind": "AGENT", "input.value": "{}"}
    assert run_of(told("traceai_openai_agents", "desk", a=empty)).input is None


def test_the_model_that_dspys_adapter_asks_is_that_of_its_call() -> None:
    given = {"lm": {"model": "openai/m", "history": []}, "inputs": {"question": "Where?"}}
    a = {"gen_ai.span.kind": "CHAIN", "input.value": json.dumps(given)}
    a["output.value"] = '{"_store": {"answer": "North"}, "_completions": "Completions()"}'
    adapter = told("traceai_dspy", "ChatAdapter.__call__", a=a)
    call = told("traceai_dspy", "LM.__call__", adapter, a={"gen_ai.span.kind": "LLM"})
    tool = told("traceai_dspy", "look", adapter, a={"gen_ai.span.kind": "TOOL"})
    [found] = [h for h in both(adapter, call, tool) if h.kind == "llm"]
    assert (found.request_model, found.provider) == ("m", "openai")
    run = run_of(adapter, call, tool)
    assert (run.input, run.output) == ({"question": "Where?"}, {"answer": "North"})


def test_steps_of_agent_365_say_what_was_said_and_its_calls_which_tools_they_had() -> None:
    asked = '[{"role": "user", "parts": [{"type": "text", "content": "Where?"}]}]'
    scope = "microsoft_agents_a365.observability.core.config"
    step = told(scope, "agent", a={"gen_ai.input.messages": asked})
    tool = {"type": "function", "function": {"name": "look", "parameters": {}}}
    a = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
    a |= {"gen_ai.input.messages": asked, "gen_ai.tool.call.arguments.0": json.dumps(tool)}
    a |= {"gen_ai.response.finish_reasons": 0}
    [hop] = [h for h in both(step, told(scope, "chat m", step, a=a)) if h.kind == "llm"]
    assert [t["name"] for t in hop.tools] == ["look"]
    assert run_of(step).input == "Where?"


def test_a_stream_that_was_printed_is_no_answer() -> None:
    a = {"gen_ai.operation.name": "chat", "langsmith.span.kind": "llm", "gen_ai.request.model": "m"}
    a |= {"gen_ai.prompt": '{"messages":[{"role":"user","content":"Where?"}]}'}
    a["gen_ai.completion"] = '{"output":"<openai.Stream object at 0x7f00>"}'
    [hop] = both(told("langsmith", "ChatOpenAI", a=a))
    assert (hop.input, hop.output, hop.messages_out) == ("Where?", None, [])
    left = "<async_generator object Partial.from_<locals>.stream at 0x7f00>"
    step = {"openinference.span.kind": "CHAIN", "output.value": left}
    assert run_of(told("openinference.instrumentation.instructor", a=step)).output is None


def chunk(index: int = 0, **delta: str) -> SpanEvent:
    told = json.dumps({"choices": [{"index": index, "delta": delta}]})
    return SpanEvent("mlflow.chunk.item.0", 1, {"mlflow.chunk.value": told})


def test_thoughts_that_mlflow_has_in_its_chunks_alone_belong_to_the_answer() -> None:
    answer = {"choices": [{"finish_reason": "stop", "message": {"content": "Seven."}}]}
    a = {"mlflow.spanType": '"CHAT_MODEL"', "mlflow.spanOutputs": json.dumps(answer)}
    a |= {"mlflow.message.format": '"openai"', "user": '"ada"'}
    call = told("mlflow.tracing.provider", "Completions", a=a)
    call.events = [
        chunk(reasoning_content="I "),
        chunk(reasoning="count."),
        chunk(1, reasoning="Of another answer."),
        chunk(content="Seven."),
    ]
    [hop] = both(call)
    assert [(p["type"], p["content"]) for p in hop.messages_out[0].parts] == [
        ("reasoning", "I count."),
        ("text", "Seven."),
    ]
    assert run_of(call).user_id == "ada"


def test_a_call_around_those_that_googles_sdk_made_by_itself_is_a_step() -> None:
    a = {"mlflow.spanType": '"LLM"', "mlflow.llm.model": '"gemini"'}
    a |= {"mlflow.spanInputs": '{"contents": "Where?"}', "mlflow.message.format": '"gemini"'}
    loop = told("mlflow.gemini.autolog", "Models.generate_content", a=a)
    made = [told("mlflow.gemini.autolog", "Models._generate_content", loop, a=a) for _ in range(2)]
    assert [h.kind for h in both(loop, *made)] == ["llm", "llm"]
    around = told("mlflow.gemini.autolog", "flow", a={"mlflow.spanType": '"CHAIN"'})
    loop.parent_span_id = around.span_id
    assert [h.kind for h in both(around, loop, *made)] == ["chain", "llm", "llm"]
    made.append(told("mlflow.gemini.autolog", "Models._generate_content", loop, a=a))
    made[0].status_code = 2
    assert [h.kind for h in both(around, loop, *made)].count("llm") == 3
    assert [h.kind for h in both(around, loop, *made[:2])].count("chain") == 0


def test_a_call_around_several_tells_the_one_that_gave_its_answer_what_that_lacks() -> None:
    def call(above: Span | None, words: str, **more: Any) -> Span:
        said = {"candidates": [{"content": {"parts": [{"text": words}]}, **more}]}
        a = {"mlflow.spanType": '"LLM"', "mlflow.message.format": '"gemini"'}
        a["mlflow.spanOutputs"] = json.dumps(said)
        return told("mlflow.gemini.autolog", "Models.generate_content", above, a=a)

    loop = call(None, "North.", finishReason="STOP")
    made = [call(loop, words) for words in ("Wait.", "North.")]
    assert [(h.output, h.finish_reason) for h in both(loop, *made)] == [
        ("Wait.", None),
        ("North.", "stop"),
    ]


def test_steps_are_what_anybodys_keys_say_that_they_are() -> None:
    a = {"acme.span.kind": "retrieval", "acme.span.input": "north", "acme.span.output": "Oslo"}
    a["acme.user.id"] = "ada"
    find = told("acme.observability", "find", a=a)
    use = told("acme.observability", "use", find, a=a | {"acme.span.kind": "tool"})
    other = told("acme.observability", "other", find, a=a | {"acme.span.kind": "trace"})
    assert [h.kind for h in both(find, use, other)] == ["retriever", "tool", "chain"]
    assert run_of(find, use).user_id == "ada"


def test_a_step_with_an_answer_alone_has_what_it_was_given_under_anybodys_key() -> None:
    said = '[{"role": "assistant", "parts": [{"type": "text", "content": "North."}]}]'
    a = {"basalt.span.input": '{"q": "Where?"}', "gen_ai.output.messages": said}
    run = run_of(told("basalt.observability.generation", "say", a=a))
    assert (run.input, run.output) == ({"q": "Where?"}, "North.")


def test_a_call_of_a_tool_of_which_only_the_class_is_told_is_no_answer() -> None:
    said = [{"role": "assistant", "parts": ["ToolCall"], "finish_reason": "tool_calls"}]
    a = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
    a["gen_ai.output.messages"] = json.dumps(said)
    [hop] = both(told("opentelemetry.util.genai.handler", "chat m", a=a))
    assert (hop.output, hop.finish_reason) == (None, "tool_calls")


def test_a_run_of_pydantic_ais_that_goes_on_with_a_talk_was_asked_what_is_new() -> None:
    said = [("user", "My name is Ada."), ("assistant", "Hello."), ("user", "Where?")]
    talk = [{"role": r, "parts": [{"type": "text", "content": c}]} for r, c in said]
    a: dict[str, Any] = {"gen_ai.operation.name": "invoke_agent", "final_result": "North."}
    a |= {"pydantic_ai.all_messages": json.dumps(talk), "pydantic_ai.new_message_index": 2}
    assert run_of(told("pydantic-ai", "invoke_agent talker", a=a)).input == "Where?"
    for known in (0, 9, -1, "x"):
        a["pydantic_ai.new_message_index"] = known
        run = run_of(told("pydantic-ai", "invoke_agent talker", a=a))
        assert run.input == "My name is Ada."


def test_only_agents_of_pydantic_ais_that_failed_leave_their_answer_to_the_call_inside() -> None:
    talk = '[{"role": "user", "parts": [{"type": "text", "content": "Where?"}]}]'
    a: dict[str, Any] = {"gen_ai.operation.name": "invoke_agent", "gen_ai.response.id": "r1"}
    call = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
    around = told("pydantic-ai", "desk")
    for key in ("pydantic_ai.all_messages", "gen_ai.input.messages"):
        for status, given, left in ((0, talk, "r1"), (2, talk, None), (2, "[]", "r1")):
            agent = told("pydantic-ai", "invoke_agent desk", around, a=a | {key: given})
            agent.status_code = status
            inner = told("pydantic-ai", "chat m", agent, a=call)
            first, *_ = both(around, agent, inner)
            assert (first.kind, first.response_id) == ("agent", left)


def test_what_a_tool_inside_of_an_agent_was_given_is_not_what_the_run_was_asked() -> None:
    scope = "opentelemetry.instrumentation.genai.openai_agents"
    run = told(scope, "Agent workflow", a={"gen_ai.operation.name": "invoke_workflow"})
    agent = told(scope, "desk", run, a={"gen_ai.operation.name": "invoke_agent"})
    a = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "look"}
    a["gen_ai.tool.call.arguments"] = '{"city": "Oslo"}'
    tool = told(scope, "look", agent, a=a)
    assert run_of(run, agent, tool).input is None
    beside = told(scope, "look", run, a=a)
    assert run_of(run, beside).input == {"city": "Oslo"}


def test_who_a_request_of_openais_says_that_asks_is_the_user_under_langsmith() -> None:
    a = {"gen_ai.operation.name": "chat", "langsmith.span.kind": "llm"}
    a["langsmith.metadata.ls_invocation_params"] = '{"user": "ada", "seed": 1}'
    assert run_of(told("langsmith", "ChatOpenAI", a=a)).user_id == "ada"
    a["langsmith.metadata.ls_invocation_params"] = '["user"'
    assert run_of(told("langsmith", "ChatOpenAI", a=a)).user_id is None


def test_words_in_angle_brackets_are_an_answer() -> None:
    for words in ("<my object here>", "<empty object>"):
        said = [{"role": "assistant", "parts": [{"type": "text", "content": words}]}]
        a = {"gen_ai.operation.name": "chat", "gen_ai.output.messages": json.dumps(said)}
        [hop] = both(told("app", "chat m", a=a))
        assert hop.output == words


def test_what_a_caller_names_a_request_under_traceai_is_no_answers_id() -> None:
    given = {"id": "support-desk", "model": "m-1"}
    a = {"gen_ai.span.kind": "LLM", "gen_ai.request.parameters": json.dumps(given)}
    [hop] = both(told("traceai_openai", "chat", a=a))
    assert hop.response_id is None


def test_what_was_counted_of_inputs_and_outputs_is_neither() -> None:
    counted = {"acme.tokens.input": 30, "acme.usage.output": 5, "acme.cost.output": 0.1}
    counted |= {"acme.max.output": 400, "acme.limits.input": 9, "acme.output.tokens": 5}
    for more in ({}, {"gen_ai.operation.name": "invoke_workflow"}):
        run = run_of(told("acme", "step", a={**counted, **more}))
        assert (run.input, run.output) == (None, None)
        run = run_of(told("acme", "step", a={**counted, **more, "acme.input": "Where?"}))
        assert run.input == "Where?"


def test_the_project_of_a_trace_under_langsmith_is_no_session() -> None:
    a = {"gen_ai.operation.name": "chat", "langsmith.trace.session_id": "p1"}
    assert run_of(told("app", "chat m", a=a)).session_id is None
    assert run_of(told("app", "chat m", a=a | {"acme.session_id": "s1"})).session_id == "s1"


def test_how_a_stream_ended_is_no_try_of_the_call_around_its_request() -> None:
    asked = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Why?"}]}
    a = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
    a |= {"gen_ai.input.messages": json.dumps(asked["messages"])}
    call = told("pydantic-ai", "chat m", a=a)
    own = {"gen_ai.request.model": "m", "request_data": json.dumps(asked)}
    request = told("logfire.openai", "Chat Completion", call, a=own | {"logfire.msg": "Chat"})
    answer = {"message": {"role": "assistant", "content": "So."}, "usage": {"prompt_tokens": 9}}
    ended = own | {"response_data": json.dumps(answer), "duration": 0.01}
    half = told(
        "logfire.openai", "streaming response", call, a=ended | {"logfire.span_type": "log"}
    )
    [hop] = both(call, request, half)
    assert (hop.output, hop.input_tokens, hop.attempts) == ("So.", 9, [])
    assert sorted(hop.merged) == sorted([request.span_id, half.span_id])


def test_an_answer_as_an_sdk_prints_it_is_none() -> None:
    printed = (
        "<APIResponse [200 OK] type=<class 'openai.types.chat.chat_completion.ChatCompletion'>>"
    )
    for said in (printed, "<Response [200 OK]>", "<Response [404]>"):
        a = {"langsmith.span.kind": "llm", "gen_ai.completion": json.dumps({"output": said})}
        [hop] = both(told("langsmith", "ChatOpenAI", a=a))
        assert (hop.output, hop.messages_out) == (None, [])
    a = {"langsmith.span.kind": "llm", "gen_ai.completion": json.dumps({"output": "<b [1]>"})}
    [hop] = both(told("langsmith", "ChatOpenAI", a=a))
    assert hop.output == "<b [1]>"


def test_the_shape_that_an_answer_is_parsed_into_is_a_parameter() -> None:
    asked = {"model": "m", "input": "Where?", "text_format": {"title": "City", "type": "object"}}
    a = {"langsmith.span.kind": "llm", "gen_ai.prompt": json.dumps(asked)}
    [hop] = both(told("langsmith", "ChatOpenAI", a=a))
    assert hop.parameters == {"text_format": {"title": "City", "type": "object"}}


def test_a_request_that_says_in_which_call_it_was_sent_is_that_call() -> None:
    step = told("opentelemetry.instrumentation.langchain", "model")
    a = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
    call = told("opentelemetry.instrumentation.langchain", "ChatOpenAI.chat", step, a=a)
    calls = [call, told("opentelemetry.instrumentation.langchain", "ChatOpenAI.chat", step, a=a)]
    sent = {"traceparent": f"00-{call.trace_id}-{call.span_id}-03", "X-Other": "1"}
    for headers in (str(sent), json.dumps(sent)):
        own = a | {"gen_ai.headers": headers, "gen_ai.response.finish_reasons": ["stop"]}
        request = told("opentelemetry.instrumentation.openai.v1", "openai.response", step, a=own)
        made = {h.hop_id: h for h in both(step, *calls, request)}
        assert made[call.span_id].merged == [request.span_id]
        assert made[call.span_id].finish_reason == "stop"
        assert calls[1].span_id in made and request.span_id not in made
    other = str({"traceparent": f"00-{call.trace_id}-{'f' * 16}-03"})
    request.attributes["gen_ai.headers"] = other
    assert request.span_id in {h.hop_id for h in both(step, *calls, request)}


def test_words_that_googles_adk_leaves_out_are_neither_asked_nor_said() -> None:
    call = told("gcp.vertex.agent", "call_llm", a={"gen_ai.operation.name": "generate_content"})
    call.attributes["gen_ai.request.model"] = "gemini-2.5-flash"
    hidden = {"content": "<elided>"}
    bodies = {"system.message": hidden, "user.message": hidden}
    bodies["choice"] = {**hidden, "index": 0, "finish_reason": "STOP"}
    logs = [
        LogRecord(call.trace_id, call.span_id, event_name=f"gen_ai.{name}", body=body)
        for name, body in bodies.items()
    ]
    same_both_ways([call], logs)
    [hop] = normalise([call], logs).hops
    assert (hop.system, hop.messages_in, hop.input, hop.finish_reason) == (None, [], None, "stop")
    assert hop.output is None


def test_what_a_function_was_given_that_embeds_under_mlflow_is_its_input() -> None:
    a = {"mlflow.spanType": '"EMBEDDING"', "mlflow.spanInputs": '{"words": "Oslo"}'}
    [hop] = both(told("mlflow.tracing.provider", "embed", a=a))
    assert (hop.kind, hop.input) == ("embedding", {"words": "Oslo"})
    a["mlflow.spanInputs"] = '{"model": "e-1", "input": ["Oslo"]}'
    [hop] = both(told("mlflow.tracing.provider", "embed", a=a))
    assert (hop.request_model, hop.input) == ("e-1", ["Oslo"])


def test_a_trace_of_the_agents_sdk_under_logfire_tells_its_conversation_and_who_asked() -> None:
    a = {"name": "desk", "logfire.span_type": "span", "logfire.msg": "OpenAI Agents trace: desk"}
    told_of = {"group_id": "s1", "metadata": '{"user": "u1"}'}
    trace = told("logfire.openai_agents", "OpenAI Agents trace: {name}", a=a | told_of)
    run = run_of(trace, told("logfire.openai_agents", "Agent run: {name!r}", trace, a=a))
    assert (run.session_id, run.user_id) == ("s1", "u1")
    for nothing in ("[Scrubbed due to 'session']", "null"):
        trace.attributes |= {"group_id": nothing, "metadata": '{"team": "users"}'}
        run = run_of(trace, told("logfire.openai_agents", "Agent run: {name!r}", trace, a=a))
        assert (run.session_id, run.user_id) == (None, None)
