"""What raw requests, answers and counts tell of a call beside the words that were made of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conventions.spans import only, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.conventions import normalise
from misstep_store.otlp.spans import Span, SpanEvent

CALLS = [
    {"id": "c1", "name": "look", "arguments": {"city": "Oslo"}},
    {"id": "c2", "name": "look", "arguments": {"city": "Bern"}},
]


def called(hop: Any) -> list[dict[str, Any]]:
    """The tools that an answer calls."""
    parts = [p for m in hop.messages_out for p in m.parts if p["type"] == "tool_call"]
    return [{k: p[k] for k in ("id", "name", "arguments")} for p in parts]


def traceai(**more: str) -> Span:
    """An answer of Anthropic's blocks, as traceAI tells of LangChain's."""
    blocks = [{"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "I look."}]
    blocks += [
        {"type": "tool_use", "id": c["id"], "name": "look", "input": c["arguments"]} for c in CALLS
    ]
    told = [{"id": c["id"], "name": "look", "args": c["arguments"]} for c in CALLS]
    kwargs = {"content": blocks, "tool_calls": told, "type": "ai"}
    message = {"lc": 1, "type": "constructor", "id": ["x", "AIMessage"], "kwargs": kwargs}
    body = {"generations": [[{"text": "I look.", "message": message}]], "type": "LLMResult"}
    given = {
        "gen_ai__span__kind": "LLM",
        "gen_ai__output__messages__0__message__role": "assistant",
        "gen_ai__output__messages__0__message__contents__1__message_content__type": "text",
        "gen_ai__output__messages__0__message__contents__1__message_content__text": "I look.",
        "output__value": json.dumps(body),
    }
    return span("traceai_langchain", "ChatAnthropic", **(given | more))


def test_calls_that_flattened_messages_leave_out_stand_in_the_raw_answer() -> None:
    call = traceai()
    hop = only(call)
    assert (hop.output, called(hop)) == ("I look.", CALLS)
    assert same_both_ways([call]) == []


def test_a_raw_answer_is_not_read_again_for_calls_that_are_told() -> None:
    told = "gen_ai__output__messages__0__message__tool_calls__0__tool_call__"
    call = traceai(**{told + "id": "c9", told + "function__name": "look"})
    assert [c["id"] for c in called(only(call))] == ["c9"]


def completion(**more: Any) -> Span:
    """The second of a batch of LangChain's completions, as LangSmith tells of it."""
    about = {
        "langsmith__span__kind": "llm",
        "gen_ai__system": "langchain",
        "langsmith__metadata___type": "openai",
        "langsmith__metadata__model_name": "gpt-3.5-turbo-instruct",
        "langsmith__metadata__max_tokens": 256,
        "gen_ai__prompt": json.dumps({"prompts": ["Oslo"]}),
    }
    return span("langsmith", "OpenAI", **(about | more))


def test_a_completion_of_a_batch_is_its_models_and_its_providers() -> None:
    call = completion()
    hop = only(call)
    assert (hop.request_model, hop.provider) == ("gpt-3.5-turbo-instruct", "openai")
    assert hop.parameters["max_tokens"] == 256
    assert same_both_ways([call]) == []


def test_what_langsmith_says_itself_of_a_call_counts_before_its_class() -> None:
    call = completion(langsmith__metadata__ls_provider="azure", gen_ai__request__model="gpt-4")
    hop = only(call)
    assert (hop.request_model, hop.provider) == ("gpt-4", "azure.ai.openai")
    assert same_both_ways([call]) == []


def test_a_prompt_kept_at_openai_is_read_of_judgments_calls_many_at_once() -> None:
    asked = {"model": "m", "prompt": {"id": "pmpt_1", "version": "3"}, "input": "Oslo?"}
    call = span(
        "judgeval", "OPENAI_API_CALL", judgment__span_kind="llm", gen_ai__prompt=json.dumps(asked)
    )
    hop = only(call)
    assert (hop.prompt_name, hop.prompt_version) == ("pmpt_1", "3")
    assert same_both_ways([call]) == []


def monocle(given: list[Any], made: dict[str, Any], status: int = 1) -> Span:
    """A call, as Monocle tells of it."""
    events = [
        SpanEvent("data.input", 1, {"input": [json.dumps(g) for g in given]}),
        SpanEvent("data.output", 2, made),
    ]
    return span("monocle_apptrace", "create", events=events, status=status, **MONOCLE)


MONOCLE = {"span__type": "inference", "monocle_apptrace__version": "1", "entity__1__type": "x"}


@pytest.mark.parametrize("arguments", [json.dumps, lambda given: given], ids=["text", "object"])
def test_monocles_tools_are_the_calls_of_an_answer(arguments) -> None:
    told = [
        {"tool_id": c["id"], "tool_name": "look", "tool_arguments": arguments(c["arguments"])}
        for c in CALLS
    ]
    call = monocle([{"user": "Oslo?"}], {"response": json.dumps({"tools": told})})
    assert called(only(call)) == CALLS
    assert same_both_ways([call]) == []


def test_of_monocles_responses_the_code_is_their_status_unless_they_failed() -> None:
    made = {"error_code": "completed", "response": json.dumps({"assistant": "Oslo."})}
    assert only(monocle([{"user": "Oslo?"}], made)).output == "Oslo."
    failed = only(monocle([{"user": "Oslo?"}], {**made, "error_code": "busy"}, status=2))
    assert (failed.output, failed.error and failed.error.type) == (None, "busy")


def test_monocles_items_of_responses_are_results_and_calls() -> None:
    item = {"type": "custom_tool_call", "call_id": "c1", "name": "run_sql", "input": "select 1"}
    made = {"response": json.dumps({"assistant": json.dumps([item])})}
    hop = only(monocle([{"call_id": "c0", "output": "sunny"}], made))
    assert [(p["type"], p["id"]) for p in hop.messages_in[0].parts] == [
        ("tool_call_response", "c0")
    ]
    assert [(c["id"], c["name"]) for c in called(hop)] == [("c1", "run_sql")]


def test_counts_in_an_object_beside_genais_own_are_taken_with_them() -> None:
    used = {"input_tokens": 934, "output_tokens": 35, "cache_read_tokens": 256}
    call = span(
        "mirascope.llm",
        "chat m",
        gen_ai__operation__name="chat",
        gen_ai__request__model="m",
        gen_ai__usage__input_tokens=934,
        gen_ai__usage__output_tokens=35,
        mirascope__response__usage=json.dumps(used),
    )
    hop = only(call)
    assert (hop.input_tokens, hop.output_tokens, hop.cached_tokens) == (934, 35, 256)
    assert same_both_ways([call]) == []


def test_sessions_and_arguments_stand_under_anybodys_keys() -> None:
    step = span(
        "mirascope.ops",
        "answer",
        mirascope__ops__session__id="s1",
        mirascope__trace__arg_values=json.dumps({"city": "Oslo"}),
    )
    made = normalise([step])
    assert (made.run.session_id, made.run.input) == ("s1", {"city": "Oslo"})
    assert normalise([span("x", "ping", mcp__session__id="no")]).run.session_id is None
    assert same_both_ways([step]) == []


def promptflow(kind: str, **more: Any) -> Span:
    about = {
        "framework": "promptflow",
        "span_type": kind,
        "function": "openai.resources.chat.create",
    }
    return span("promptflow", "openai_chat", **(about | more))


def test_promptflows_calls_are_told_by_their_bodies() -> None:
    asked = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Oslo?"}], "n": 1}
    said = {"choices": [{"message": {"content": "Norway."}, "finish_reason": "stop"}], "model": "x"}
    call = promptflow(
        "LLM",
        inputs=json.dumps(asked),
        output=json.dumps(said),
        llm__response__model="gpt-4o-1",
        llm__usage__prompt_tokens=7,
        llm__usage__completion_tokens=2,
        session_id="s1",
    )
    hop = only(call)
    assert (hop.kind, hop.provider, hop.request_model) == ("llm", "openai", "gpt-4o")
    assert (hop.response_model, hop.finish_reason, hop.output) == ("gpt-4o-1", "stop", "Norway.")
    assert (hop.input, hop.input_tokens, hop.output_tokens) == ("Oslo?", 7, 2)
    assert same_both_ways([call]) == []


def test_what_promptflow_says_in_events_alone_is_read_there() -> None:
    events = [
        SpanEvent("promptflow.function.inputs", 1, {"payload": json.dumps({"city": "Oslo"})}),
        SpanEvent("promptflow.function.output", 2, {"payload": json.dumps("sunny")}),
    ]
    step = promptflow("Function", events=events)
    hop = only(step)
    assert (hop.kind, hop.input, hop.output) == ("chain", {"city": "Oslo"}, "sunny")
    said = SpanEvent("promptflow.llm.generated_message", 3, {"payload": '{"content": "Norway."}'})
    call = promptflow("LLM", events=[said])
    assert only(call).output == "Norway."
    assert same_both_ways([step, call]) == []


def laminar(name: str, kind: str = "DEFAULT", **more: Any) -> Span:
    return span("lmnr.tracer", name, lmnr__span__type=kind, **more)


def answered(*items: dict[str, Any], **more: Any) -> Span:
    """A call of OpenAI's agents, as Laminar tells of it."""
    return laminar(
        "agents.response",
        "LLM",
        gen_ai__request__model="m",
        gen_ai__output__messages=json.dumps(items),
        **more,
    )


ITEM = {"type": "function_call", "call_id": "c1", "name": "look", "arguments": '{"city": "Oslo"}'}


def test_laminars_answers_are_items_of_responses_whoever_is_said_to_have_given_them() -> None:
    call = answered({**ITEM, "role": "assistant"})
    hop = only(call)
    assert (called(hop), hop.finish_reason) == (CALLS[:1], "tool_calls")
    whole = answered({"object": "response", "id": "r1", "output": [ITEM], "usage": None})
    assert (called(only(whole)), only(whole).response_id) == (CALLS[:1], "r1")
    assert same_both_ways([call, whole]) == []


def test_an_old_completion_among_messages_says_why_it_ended() -> None:
    call = answered({"finish_reason": "length", "index": 0, "text": "Oslo lies"})
    assert (only(call).output, only(call).finish_reason) == ("Oslo lies", "length")
    assert same_both_ways([call]) == []


def test_turns_that_tell_their_tokens_and_agents_what_they_are_made_of_gave_nothing() -> None:
    made = json.dumps({"name": "desk", "tools": ["look"], "output_type": "str"})
    used = json.dumps({"input_tokens": 3, "output_tokens": 1})
    run = laminar(
        "workflow", lmnr__association__properties__metadata__openai__agents__group_id="s1"
    )
    agent = laminar("desk", parent=run, lmnr__span__input=made)
    about = {
        "openai.agents.turn.index": 1,
        "lmnr.span.input": '{"turn":1}',
        "lmnr.span.output": used,
    }
    turn = laminar("agents.turn", parent=agent)
    turn.attributes.update(about)
    asked = json.dumps([{"role": "user", "content": "Where?"}])
    call = answered(ITEM, parent=turn, gen_ai__input__messages=asked)
    guard = laminar("agents.guardrail", parent=agent)
    guard.attributes["openai.agents.guardrail.name"] = "no_rain"
    handed = laminar("agents.handoff", "TOOL", parent=agent)
    handed.attributes |= {"openai.agents.handoff.from": "desk", "openai.agents.handoff.to": "clerk"}
    spans = [run, agent, turn, call, guard, handed]
    made_of = normalise(spans)
    kinds = [(h.kind, h.name) for h in made_of.hops]
    assert kinds[0] == ("agent", "desk")
    assert ("guardrail", "no_rain") in kinds
    assert made_of.hops[0].input is None
    assert [h.input for h in made_of.hops if h.kind == "llm"] == ["Where?"]
    assert [h.input for h in made_of.hops if h.kind == "tool"] == [{"from": "desk", "to": "clerk"}]
    assert (made_of.run.input, made_of.run.session_id) == ("Where?", "s1")
    assert same_both_ways(spans) == []


def test_whose_a_step_of_langchain_is_stands_in_the_metadata_that_laminar_keeps() -> None:
    step = laminar("chain", langchain__metadata=json.dumps({"session_id": "s1", "user_id": "u1"}))
    run = normalise([step]).run
    assert (run.session_id, run.user_id) == ("s1", "u1")
    assert same_both_ways([step]) == []


def dumped(kind: str, *parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A message as Pydantic AI dumps it."""
    return {"parts": list(parts), "kind": kind, "instructions": None, **more}


RESULT = {"part_kind": "tool-return", "tool_name": "look", "content": 4, "tool_call_id": "c1"}
PICTURE = {"url": "https://example.org/cat.png", "kind": "image-url"}
TALK = [
    dumped(
        "request",
        {"part_kind": "system-prompt", "content": "Be kind."},
        {"part_kind": "user-prompt", "content": ["Where?", PICTURE]},
        instructions="Answer shortly.",
    ),
    dumped(
        "response",
        {"part_kind": "thinking", "content": "Hm."},
        {"part_kind": "tool-call", "tool_name": "look", "args": "{}", "tool_call_id": "c1"},
    ),
    dumped(
        "request",
        RESULT,
        {"part_kind": "retry-prompt", "content": "Again.", "tool_name": None},
    ),
]
SAID = dumped(
    "response",
    {"part_kind": "text", "content": "I look."},
    {"part_kind": "tool-call", "tool_name": "look", "args": {"city": "Oslo"}, "tool_call_id": "c1"},
    model_name="gpt-4o-1",
    finish_reason="tool_call",
    provider_response_id="r1",
    usage={"input_tokens": 9, "output_tokens": 2, "cache_read_tokens": 3},
)


def of_pydantic(asked: Any, said: Any, kind: str = "LLM", **more: Any) -> Span:
    """What MLflow tells of Pydantic AI."""
    return span(
        "mlflow.tracing.provider",
        "Model.request",
        mlflow__spanType=json.dumps(kind),
        mlflow__message__format=json.dumps("pydantic_ai"),
        mlflow__spanInputs=json.dumps(asked),
        mlflow__spanOutputs=json.dumps(said),
        **more,
    )


def test_messages_that_pydantic_ai_dumps_are_told_by_their_parts() -> None:
    tools = {"function_tools": [{"name": "look"}], "output_tools": [{"name": "give"}], "x": 1}
    settings = {"temperature": 0.1}
    asked = {"messages": TALK, "model_settings": settings, "model_request_parameters": tools}
    call = of_pydantic(asked, SAID, mlflow__llm__model=json.dumps("gpt-4o"))
    hop = only(call)
    told = [(m.role, [p["type"] for p in m.parts]) for m in hop.messages_in]
    assert told == [
        ("system", ["text"]),
        ("system", ["text"]),
        ("user", ["text", "uri"]),
        ("assistant", ["reasoning", "tool_call"]),
        ("tool", ["tool_call_response"]),
        ("user", ["text"]),
    ]
    assert (hop.input, hop.output, called(hop)) == ("Again.", "I look.", CALLS[:1])
    assert (hop.request_model, hop.response_model, hop.response_id) == ("gpt-4o", "gpt-4o-1", "r1")
    assert (hop.finish_reason, hop.input_tokens, hop.cached_tokens) == ("tool_call", 9, 3)
    assert ([t["name"] for t in hop.tools], hop.parameters) == (["look", "give"], settings)
    assert same_both_ways([call]) == []


def test_an_agent_of_pydantic_ai_gave_its_output_and_not_its_state() -> None:
    model = json.dumps({"_model_name": "gpt-4o", "_provider": "x(url=http://127.0.0.1/v1/)"})
    agent = of_pydantic(
        {"user_prompt": "Where?", "infer_name": False},
        {"output": "Norway.", "_state": {}},
        "AGENT",
        model=model,
    )
    run = of_pydantic({"user_prompt": "Where?"}, None, "AGENT")
    agent.parent_span_id = run.span_id
    hop = only(run, agent)
    assert (hop.input, hop.output, hop.request_model) == ("Where?", "Norway.", "gpt-4o")
    assert same_both_ways([run, agent]) == []


@pytest.mark.parametrize(
    "asked",
    [
        {"messages": [dumped("request", {"part_kind": 3, "content": [[1], None, {"kind": "x"}]})]},
        {"messages": [dumped("request", {"part_kind": "tool-return"})], "model_settings": 3},
        {"messages": [dumped("x", RESULT)], "model_request_parameters": {"function_tools": 5}},
        {"messages": [{"kind": "request", "parts": [3]}], "model_request_parameters": 5},
    ],
    ids=str,
)
def test_odd_messages_of_pydantic_ai_are_read_as_far_as_they_go(asked) -> None:
    call = of_pydantic(asked, {**SAID, "parts": []})
    assert only(call).kind == "llm"
    assert same_both_ways([call]) == []


def test_pydantic_ais_embeddings_say_what_was_embedded() -> None:
    call = span(
        "pydantic-ai", "embeddings m", gen_ai__operation__name="embeddings", inputs='["Oslo?"]'
    )
    assert only(call).input == ["Oslo?"]
    assert same_both_ways([call]) == []


def test_words_that_were_spoken_are_what_was_said() -> None:
    part = "gen_ai__output__messages__0__message__content__0__message_content__"
    heard = {part + "type": "audio", part + "audio": "UklG", part + "audio__transcript": "Oslo."}
    call = span("traceai_openai", "ChatCompletion", gen_ai__span__kind="LLM", **heard)
    assert only(call).output == "Oslo."
    assert same_both_ways([call]) == []


def test_a_tool_that_langtrace_takes_for_a_result_is_what_the_answer_calls() -> None:
    block = {"type": "tool_use", "id": "c1", "name": "look", "input": {"city": "Oslo"}}
    call = span(
        "langtrace_python_sdk.instrumentation.anthropic.instrumentation",
        "anthropic.messages.create",
        gen_ai__operation__name="chat",
        gen_ai__request__model="m",
        gen_ai__request__tool_results=json.dumps(json.dumps(block)),
    )
    assert called(only(call)) == CALLS[:1]
    assert same_both_ways([call]) == []
    given = {"gen_ai.request.tool_results": json.dumps([{"call": "c1", "outputs": ["sunny"]}])}
    call.attributes |= given  # Cohere's
    assert not only(call).messages_out


@pytest.mark.parametrize(
    ("failure", "status"), [("Max turns exceeded", "error"), ("Guardrail tripwire triggered", "ok")]
)
def test_a_trace_of_openais_agents_under_laminar_failed_as_the_last_of_it_did(
    failure, status
) -> None:
    named = "lmnr__association__properties__metadata__openai__agents__trace_name"
    run = laminar("workflow", **{named: "workflow"})
    told = {"exception.type": failure, "exception.message": '{"max_turns":2}'}
    agent = laminar("desk", parent=run, status=2, events=[SpanEvent("exception", 1, told)])
    assert normalise([run, agent]).run.status == status
    assert same_both_ways([run, agent]) == []


def test_any_agents_answers_and_tools_stand_under_one_key() -> None:
    about: dict[str, Any] = {"gen_ai__operation__name": "call_llm", "gen_ai__request__model": "m"}
    about |= {"gen_ai__usage__input_tokens": 3}
    call = span("any_agent", "call_llm m", **about, gen_ai__output="It is sunny.")
    assert (only(call).kind, only(call).output) == ("llm", "It is sunny.")
    tool = span(
        "any_agent",
        "execute_tool look",
        gen_ai__operation__name="execute_tool",
        gen_ai__tool__name="look",
        gen_ai__tool__args='{"city": "Oslo"}',
        gen_ai__output="sunny",
    )
    hop = only(tool)
    assert (hop.kind, hop.input, hop.output) == ("tool", {"city": "Oslo"}, "sunny")
    assert same_both_ways([call, tool]) == []


def of_node(info: dict[str, Any], **about: Any) -> Span:
    """A stream that LangGraph passed on, as OpenInference's LangChain for Node tells it."""
    kwargs = {"content": "Seven.", "response_metadata": {"model_provider": "openai", **about}}
    message = {"lc": 1, "type": "constructor", "id": ["x", "AIMessageChunk"], "kwargs": kwargs}
    said = {"text": "Seven.", "generationInfo": info, "message": message}
    body = {"generations": [[said]], "llmOutput": {"tokenUsage": {"promptTokens": 3}}}
    return span(
        "@arizeai/openinference-instrumentation-langchain",
        "ChatOpenAI",
        openinference__span__kind="LLM",
        llm__model_name="gpt-4o-mini",
        output__value=json.dumps(body),
        output__mime_type="application/json",
    )


def test_the_model_that_served_a_stream_may_stand_beside_its_message() -> None:
    beside = {"prompt": 0, "finish_reason": "stop", "model_name": "gpt-4o-mini-2024-07-18"}
    for info in (beside, {**beside, "finish_reason": None, "finishReason": "stop"}):
        call = of_node(info)
        hop = only(call)
        told = (hop.response_model, hop.finish_reason)
        assert told == ("gpt-4o-mini-2024-07-18", "stop")
        assert same_both_ways([call]) == []
    assert only(of_node(beside, model_name="m-2")).response_model == "m-2"


@pytest.mark.parametrize("info", [None, [], 3, {"model_name": 3}, {"model_name": ""}, {"x": {}}])
def test_what_stands_beside_a_message_and_is_no_model_names_none(info: Any) -> None:
    calls = [of_node(info), of_node({**(info if isinstance(info, dict) else {}), "object": "x"})]
    for call in calls:
        assert only(call).response_model == "gpt-4o-mini"
        assert same_both_ways([call]) == []
