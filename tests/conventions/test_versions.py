"""Versions and producers that the data folder has no export of, written after their sources."""

from __future__ import annotations

import json

from tests.conventions.spans import genai, hops, only, span

from misstep_store.conventions import normalise
from misstep_store.otlp.spans import SpanEvent


def test_pydantic_ai_before_its_second_format() -> None:
    call = {
        "id": "c1",
        "type": "function",
        "function": {"name": "look", "arguments": '{"city":"Paris"}'},
    }
    asked = [
        {"content": "Be terse.", "role": "system", "event.name": "gen_ai.system.message"},
        {"content": "Weather?", "role": "user", "event.name": "gen_ai.user.message"},
    ]
    later = [
        {"role": "assistant", "tool_calls": [call], "event.name": "gen_ai.assistant.message"},
        {"content": "18C", "role": "tool", "id": "c1", "event.name": "gen_ai.tool.message"},
    ]
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": "sunny"},
        "event.name": "gen_ai.choice",
    }
    agent = span(
        "pydantic-ai",
        "agent run",
        took=900,
        agent_name="a",
        model_name="m",
        final_result="sunny",
        all_messages_events=json.dumps([*asked, *later]),
        gen_ai__usage__input_tokens=42,
    )
    turn = span("pydantic-ai", "running 1 tool", parent=agent, took=20)
    tool = span(
        "pydantic-ai",
        "running tool",
        parent=turn,
        took=10,
        gen_ai__tool__name="look",
        gen_ai__tool__call__id="c1",
        tool_arguments='{"city":"Paris"}',
        tool_response="18C",
    )
    model = genai("chat m", scope="pydantic-ai", parent=agent, at=1_200)
    model.attributes["events"] = json.dumps([*asked, *later, choice])
    made = normalise([agent, turn, tool, model])
    assert (made.run.name, made.run.input, made.run.output) == ("a", "Weather?", "sunny")
    assert made.run.input_tokens == 21
    by_kind = {h.kind: h for h in made.hops}
    assert (by_kind["tool"].name, by_kind["tool"].input, by_kind["tool"].output) == (
        "look",
        {"city": "Paris"},
        "18C",
    )
    assert (by_kind["llm"].output, by_kind["llm"].system, by_kind["llm"].input) == (
        "sunny",
        "Be terse.",
        "18C",
    )
    assert len(by_kind["llm"].messages_in) == 4


def test_strands_with_the_latest_conventions() -> None:
    told = {
        "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"text","content":"hi"}]}]',
        "gen_ai.output.messages": '[{"role":"assistant","parts":[{"type":"text","content":"yo"}],'
        '"finish_reason":"end_turn"}]',
        "gen_ai.system_instructions": '[{"type":"text","content":"Be terse."}]',
    }
    event = SpanEvent("gen_ai.client.inference.operation.details", 0, told)
    hop = only(
        genai(
            "chat",
            scope="strands.telemetry.tracer",
            events=[event],
            gen_ai__provider__name="strands-agents",
        )
    )
    assert (hop.input, hop.output, hop.system, hop.finish_reason) == (
        "hi",
        "yo",
        "Be terse.",
        "end_turn",
    )
    assert hop.provider is None


def test_openllmetry_s_langchain_callbacks_around_openai_s_own_span_are_one_call() -> None:
    root = span(
        "opentelemetry.instrumentation.langchain",
        "RunnableSequence.workflow",
        took=900,
        traceloop__span__kind="workflow",
        traceloop__entity__name="RunnableSequence",
        traceloop__entity__input='{"inputs": {"q": "hi"}}',
    )
    chat = span(
        "opentelemetry.instrumentation.langchain",
        "ChatOpenAI.chat",
        parent=root,
        llm__request__type="chat",
        gen_ai__system="Langchain",
        gen_ai__request__model="m",
        gen_ai__usage__input_tokens=21,
        gen_ai__usage__output_tokens=9,
    )
    chat.attributes |= {
        "gen_ai.prompt.0.role": "user",
        "gen_ai.prompt.0.content": "hi",
        "gen_ai.completion.0.content": "yo",
        "gen_ai.completion.0.role": "assistant",
        "traceloop.association.properties.ls_provider": "openai",
    }
    inner = genai(
        "openai.chat",
        scope="opentelemetry.instrumentation.openai.v1",
        parent=chat,
        at=1_010,
        took=50,
        gen_ai__response__finish_reasons=["stop"],
    )
    tool = span(
        "opentelemetry.instrumentation.langchain",
        "look.tool",
        parent=root,
        traceloop__span__kind="tool",
        traceloop__entity__name="look",
    )
    tool.attributes |= {
        "traceloop.entity.input": '{"input_str": "{\'city\': \'Paris\'}", "tags": [], "metadata": {}}',
        "traceloop.entity.output": '{"output": {"lc": 1, "kwargs": {"content": "18C", '
        '"type": "tool"}}, "kwargs": {}}',
    }
    made = normalise([root, chat, inner, tool])
    call = next(h for h in made.hops if h.kind == "llm")
    assert (call.provider, call.input, call.output, call.finish_reason) == (
        "openai",
        "hi",
        "yo",
        "stop",
    )
    assert (made.run.input_tokens, call.merged) == (21, [inner.span_id])
    looked = next(h for h in made.hops if h.kind == "tool")
    assert (looked.input, looked.output) == ({"city": "Paris"}, "18C")


def test_openinference_s_langchain_and_retrievers() -> None:
    root = span(
        "openinference.instrumentation.langchain",
        "RunnableSequence",
        took=900,
        openinference__span__kind="CHAIN",
        input__value="hi",
        output__value="yo",
    )
    found = span(
        "openinference.instrumentation.langchain",
        "VectorStoreRetriever",
        parent=root,
        openinference__span__kind="RETRIEVER",
        input__value="hi",
    )
    found.attributes |= {
        "retrieval.documents.0.document.content": "Paris is sunny",
        "retrieval.documents.0.document.metadata": '{"source": "a.txt"}',
        "retrieval.documents.2.document.content": "Oslo is cold",
    }
    made = normalise([root, found])
    assert [d["content"] for d in made.hops[0].documents] == ["Paris is sunny", "Oslo is cold"]
    assert made.hops[0].documents[0]["metadata"] == {"source": "a.txt"}


def test_google_adk_before_it_spoke_genai() -> None:
    request = {
        "model": "gemini-x",
        "config": {
            "system_instruction": "Be terse.",
            "temperature": 0.1,
            "tools": [{"function_declarations": [{"name": "look"}]}],
        },
        "contents": [{"role": "user", "parts": [{"text": "Weather?"}]}],
    }
    response = {
        "content": {
            "role": "model",
            "parts": [{"function_call": {"name": "look", "args": {"city": "Paris"}}}],
        },
        "finish_reason": "STOP",
        "usage_metadata": {
            "prompt_token_count": 21,
            "candidates_token_count": 9,
            "thoughts_token_count": 4,
        },
    }
    run = span("gcp.vertex.agent", "invocation", took=900)
    agent = span("gcp.vertex.agent", "agent_run [weather_agent]", parent=run, took=800)
    call = span(
        "gcp.vertex.agent",
        "call_llm",
        parent=agent,
        gen_ai__system="gcp.vertex.agent",
        gen_ai__request__model="gemini-x",
    )
    call.attributes |= {
        "gcp.vertex.agent.llm_request": json.dumps(request),
        "gcp.vertex.agent.llm_response": json.dumps(response),
        "gcp.vertex.agent.session_id": "s-1",
    }
    tool = span(
        "gcp.vertex.agent",
        "execute_tool look",
        parent=agent,
        at=1_200,
        gen_ai__tool__name="look",
        gcp__vertex__agent__tool_call_args='{"city": "Paris"}',
        gcp__vertex__agent__tool_response='{"temp": 18}',
    )
    made = normalise([run, agent, call, tool])
    assert [(h.kind, h.name) for h in made.hops] == [
        ("agent", "weather_agent"),
        ("llm", "call_llm"),
        ("tool", "look"),
    ]
    llm = made.hops[1]
    assert (llm.input, llm.system, llm.finish_reason) == ("Weather?", "Be terse.", "stop")
    assert llm.output == [{"name": "look", "arguments": {"city": "Paris"}}]
    assert (llm.input_tokens, llm.output_tokens, llm.reasoning_tokens) == (21, 13, 4)
    assert [t["name"] for t in llm.tools] == ["look"]
    assert (made.hops[2].input, made.hops[2].output) == ({"city": "Paris"}, {"temp": 18})
    assert made.run.session_id == "s-1"


def test_crewai_through_openllmetry() -> None:
    crew = span(
        "opentelemetry.instrumentation.crewai",
        "crewai.workflow",
        took=900,
        traceloop__span__kind="workflow",
        crewai__crew__result="done",
    )
    task = span(
        "opentelemetry.instrumentation.crewai",
        "write.task",
        parent=crew,
        took=400,
        traceloop__span__kind="task",
        crewai__task__description="Write it",
    )
    agent = span(
        "opentelemetry.instrumentation.crewai",
        "Writer.agent",
        parent=task,
        took=300,
        traceloop__span__kind="agent",
        crewai__agent__role="Writer",
        crewai__agent__result="text",
    )
    call = genai("m.llm", scope="opentelemetry.instrumentation.crewai", parent=agent)
    made = normalise([crew, task, agent, call])
    assert [(h.kind, h.convention) for h in made.hops] == [
        ("chain", "crewai"),
        ("agent", "crewai"),
        ("llm", "crewai"),
    ]
    assert (made.run.output, made.hops[0].input, made.hops[1].output) == (
        "done",
        "Write it",
        "text",
    )


def test_crewai_s_own_telemetry_is_readable() -> None:
    hop = only(
        span(
            "crewai.telemetry",
            "Task Execution",
            task_key="k",
            formatted_description="Write it",
            task_output="text",
        )
    )
    assert (hop.convention, hop.kind, hop.input, hop.output) == (
        "crewai",
        "chain",
        "Write it",
        "text",
    )


def test_vercel_s_fourth_version() -> None:
    hop = only(
        span(
            "ai",
            "ai.generateText.doGenerate",
            ai__operationId="ai.generateText.doGenerate",
            ai__model__id="m",
            ai__model__provider="openai.chat",
            ai__usage__promptTokens=21,
            ai__usage__completionTokens=9,
            ai__finishReason="tool-calls",
        )
    )
    assert (
        hop.provider,
        hop.request_model,
        hop.input_tokens,
        hop.output_tokens,
        hop.finish_reason,
    ) == ("openai", "m", 21, 9, "tool_calls")


def test_era_d_names_and_prompt_versions() -> None:
    call = genai(
        gen_ai__provider__name="xai",
        gen_ai__prompt__name="weather",
        gen_ai__prompt__version="7",
        gen_ai__conversation__id="c-1",
    )
    call.attributes |= {
        "gen_ai.usage.cache_write.input_tokens": 3,
        "gen_ai.usage.reasoning.output_tokens": 4,
        "gen_ai.request.reasoning.level": "high",
    }
    made = normalise([call])
    hop = made.hops[0]
    assert (hop.provider, hop.prompt_name, hop.prompt_version) == ("x_ai", "weather", "7")
    assert (hop.cache_write_tokens, hop.reasoning_tokens, hop.parameters["reasoning.level"]) == (
        3,
        4,
        "high",
    )
    assert made.run.session_id == "c-1"


def test_an_openlit_of_old_with_content_events() -> None:
    events = [
        SpanEvent("gen_ai.content.prompt", 0, {"gen_ai.prompt": "user: hi"}),
        SpanEvent("gen_ai.content.completion", 0, {"gen_ai.completion": "yo"}),
    ]
    hop = only(genai(scope="openlit.otel.tracing", events=events))
    assert (hop.convention, hop.input, hop.output) == ("openlit", "hi", "yo")


def test_a_litellm_proxy_s_server_span_is_the_run_around_its_call() -> None:
    root = span("litellm", "Received Proxy Server Request", took=900, kind=2)
    auth = span("litellm", "auth", parent=root, took=5)
    call = genai(
        "litellm_request", scope="litellm", parent=root, at=1_010, llm__request__type="completion"
    )
    assert [(h.kind, h.name) for h in hops(root, auth, call)] == [
        ("chain", "auth"),
        ("llm", "litellm_request"),
    ]


def test_openinference_attributes_under_another_scope_are_openinference() -> None:
    call = span(
        "litellm",
        "litellm_request",
        openinference__span__kind="LLM",
        llm__model_name="m",
        output__value="yo",
    )
    hop = only(call)
    assert (hop.convention, hop.response_model, hop.output) == ("openinference", "m", "yo")


def test_a_langgraph_agent_in_langfuse_reads_messages_of_langchain() -> None:
    said = {
        "type": "ai",
        "content": "yo",
        "tool_calls": [],
        "response_metadata": {"finish_reason": "stop"},
    }
    call = span(
        "langfuse-sdk",
        "ChatOpenAI",
        langfuse__observation__type="generation",
        langfuse__observation__model__name="m",
        langfuse__observation__input='[{"role": "human", "content": "hi"}]',
    )
    call.attributes["langfuse.observation.output"] = json.dumps(said)
    hop = only(call)
    assert (hop.input, hop.output, hop.finish_reason) == ("hi", "yo", "stop")


def test_an_mlflow_langgraph_chat_model_reads_generations() -> None:
    call = span("mlflow.tracing.fluent", "ChatOpenAI")
    call.attributes |= {
        "mlflow.spanType": '"CHAT_MODEL"',
        "mlflow.spanInputs": '[[{"type": "human", "content": "hi"}]]',
        "mlflow.spanOutputs": '{"generations": [[{"text": "yo", '
        '"generation_info": {"finish_reason": "stop"}, "message": {"type": "ai", "content": "yo", '
        '"usage_metadata": {"input_tokens": 21, "output_tokens": 9}}}]]}',
        "mlflow.trace.session": '"s-1"',
    }
    made = normalise([call])
    hop = made.hops[0]
    assert (hop.input, hop.output, hop.finish_reason, hop.input_tokens) == ("hi", "yo", "stop", 21)
    assert made.run.session_id == "s-1"


def test_a_span_a_program_made_with_logfire_keeps_what_it_attached() -> None:
    own = span("logfire", "add {a}", logfire__msg="add 1", logfire__span_type="span", a=1, b="[2]")
    own.attributes["logfire.json_schema"] = (
        '{"type":"object","properties":{"a":{},"b":{"type":"array"}}}'
    )
    own.attributes |= {"return": "3", "http.method": "GET", "code.lineno": 7}
    hop = only(own)
    assert (hop.name, hop.kind, hop.input, hop.output) == (
        "add 1",
        "chain",
        {"a": 1, "b": [2]},
        "3",
    )


def test_numbers_that_langsmith_for_node_writes_as_texts_are_numbers() -> None:
    told = {"ls_temperature": "0.3", "ls_max_tokens": "99", "ls_stop": "12"}
    call = span("langsmith", "ChatOpenAI", langsmith__span__kind="llm")
    call.attributes |= {f"langsmith.metadata.{key}": value for key, value in told.items()}
    found = only(call).parameters
    assert (found["temperature"], found["max_tokens"]) == (0.3, 99)
    assert found["stop_sequences"] == "12"
