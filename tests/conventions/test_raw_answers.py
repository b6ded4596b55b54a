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
