"""Names that versions write which no export here has, taken from their sources, one test a name.

Each span is as that version would make it, and its columns say the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conventions.spans import TRACE, genai, only, span
from tests.conventions.test_headers import same_both_ways

from misstep.model import Hop
from misstep_store.conventions import normalise
from misstep_store.otlp.spans import LogRecord, Span, SpanEvent

MS = 1_000_000


def read(found: Span, logs: list[LogRecord] | None = None) -> Hop:
    """The one hop of a span, whose columns must agree."""
    same_both_ways([found], logs or [])
    return only(found, logs=logs)


@pytest.mark.parametrize(
    ("key", "field"),
    [
        # OpenLIT 1.36
        ("gen_ai.usage.prompt_tokens_details.cached_tokens", "cached_tokens"),
        ("gen_ai.usage.prompt_tokens_details.cache_creation_tokens", "cache_write_tokens"),
        ("gen_ai.usage.completion_tokens_details.reasoning_tokens", "reasoning_tokens"),
        # OpenLIT 1.35
        ("gen_ai.usage.prompt_tokens_details.cache_read", "cached_tokens"),
        ("gen_ai.usage.prompt_tokens_details.cache_write", "cache_write_tokens"),
        ("gen_ai.usage.completion_tokens_details.reasoning", "reasoning_tokens"),
        # AG2 0.14, Laminar 0.8, Google ADK 2.2
        ("gen_ai.usage.thinking_tokens", "reasoning_tokens"),
        ("gen_ai.usage.reasoning_output_tokens", "reasoning_tokens"),
        ("gen_ai.usage.experimental.reasoning_tokens", "reasoning_tokens"),
    ],
)
def test_a_share_of_the_tokens_is_read_by_every_name_it_had(key: str, field: str) -> None:
    found = genai()
    found.attributes[key] = 5
    assert getattr(read(found), field) == 5


@pytest.mark.parametrize(
    ("name", "scope"),
    [
        ("llm.content.completion.chunk", "opentelemetry.instrumentation.openai.v1"),  # 0.40
        ("gen_ai.content.completion.chunk", "opentelemetry.instrumentation.anthropic"),  # 0.62
        ("mlflow.chunk.item.0", "mlflow.openai.autolog"),  # 3.13
    ],
)
def test_the_first_piece_of_a_stream_says_when_it_began(name: str, scope: str) -> None:
    pieces = [SpanEvent(name, (1_000 + at) * MS, {}) for at in (40, 60)]
    found = genai(scope=scope, events=pieces)
    if scope.startswith("mlflow"):
        found.attributes["mlflow.spanType"] = '"CHAT_MODEL"'
    assert read(found).time_to_first_token_ms == 40.0


def test_litellm_of_late_2026_tells_of_a_failure_in_a_log_record() -> None:
    call = genai(scope="litellm", litellm__call_id="c", litellm__cost__total=0.25)
    told = {
        "event.name": "gen_ai.client.operation.exception",
        "exception.type": "InternalServerError",
        "exception.message": "litellm.InternalServerError: it is down",
    }
    record = LogRecord(TRACE, call.span_id, body="it is down", attributes=told)
    hop = read(call, [record])
    assert hop.error is not None
    assert (hop.error.type, hop.error.message) == ("InternalServerError", "it is down")
    assert hop.cost_usd == 0.25


def test_steps_of_litellm_s_proxy_that_name_the_model_are_no_calls() -> None:
    """1.110 with LITELLM_OTEL_V2."""
    about = {"gen_ai__request__model": "gpt-4o", "litellm__api_key__hash": "k"}
    for scope, name in (("litellm", "route gpt-4o"), ("fastapi", "fastapi.dependencies")):
        assert read(span(scope, name, **about)).kind == "chain"


def test_litellm_s_tools_and_guardrails_of_late_2026() -> None:
    tool = {"gen_ai__tool__0__name": "look", "gen_ai__tool__0__parameters": '{"type": "object"}'}
    hop = read(genai(scope="litellm", litellm__end_user__id="ada", **tool))
    assert [t["name"] for t in hop.tools] == ["look"]
    guard = span(
        "litellm",
        "execute_guardrail pii",
        litellm__guardrail__name="pii",
        litellm__guardrail__status="guardrail_intervened",
    )
    found = read(guard)
    assert (found.kind, found.name) == ("guardrail", "pii")
    assert found.output == {"status": "guardrail_intervened"}


def test_guards_of_traceloop_s_sdk() -> None:
    """0.62: the whole of a guardrail, and each guard of it."""
    guard = span(
        "traceloop.tracer",
        "toxicity.guard",
        gen_ai__operation__name="guard",
        gen_ai__guardrail__name="toxicity",
        gen_ai__guardrail__input='{"text": "hi"}',
        gen_ai__guardrail__status="FAILED",
    )
    hop = read(guard)
    assert (hop.kind, hop.input, hop.output) == (
        "guardrail",
        {"text": "hi"},
        {"status": "FAILED"},
    )


def test_a_tool_s_input_and_output_by_the_names_of_traceloop_and_openlit() -> None:
    found = span(
        "openlit.otel.tracing",
        "execute_tool look",
        gen_ai__operation__name="execute_tool",
        gen_ai__tool__name="look",
        gen_ai__tool__input='{"city": "Oslo"}',
        gen_ai__tool__output="rain",
    )
    hop = read(found)
    assert (hop.kind, hop.input, hop.output) == ("tool", {"city": "Oslo"}, "rain")


def test_a_workflow_s_input_and_output_by_the_names_of_openlit() -> None:
    """1.45, LangChain."""
    found = span(
        "openlit.instrumentation.langchain",
        "workflow",
        gen_ai__operation__name="invoke_workflow",
        gen_ai__workflow__input="Where is Oslo?",
        gen_ai__workflow__output="In Norway.",
    )
    hop = read(found)
    assert (hop.input, hop.output) == ("Where is Oslo?", "In Norway.")


def crewai(name: str, **more: Any) -> Span:
    """A span of CrewAI's own tracing, 1.15.30."""
    return span("crewai", name, crewai__event_name="done", **more)


def test_what_crewai_s_own_tracing_says_of_memory_knowledge_and_guardrails() -> None:
    found = {
        "query memory": {"crewai__memory__query": "q", "crewai__memory__results": '["r"]'},
        "query knowledge": {
            "crewai__knowledge__query": "q",
            "crewai__knowledge__retrieved_knowledge": '["r"]',
        },
        "evaluate guardrail": {
            "crewai__guardrail__description": "q",
            "crewai__guardrail__result": '["r"]',
        },
    }
    for name, told in found.items():
        hop = read(crewai(name, crewai__agent__role="Reporter", **told))
        assert hop.kind == ("guardrail" if "guardrail" in name else "retriever")
        assert (hop.input, hop.output) == ("q", ["r"])


def test_an_mcp_tool_of_crewai_is_a_tool() -> None:
    hop = read(
        crewai(
            "execute mcp tool",
            gen_ai__operation__name="execute_tool",
            gen_ai__tool__name="look",
            gen_ai__tool__call__arguments='{"city": "Oslo"}',
            gen_ai__tool__call__result='"rain"',
            crewai__agent__role="Reporter",
        )
    )
    assert (hop.kind, hop.name, hop.input, hop.output) == ("tool", "look", {"city": "Oslo"}, "rain")


def test_an_error_without_a_class_has_none() -> None:
    """``_OTHER`` is OpenTelemetry's word for that."""
    found = genai(status=2, error__type="_OTHER")
    found.status_message = "it is down"
    hop = read(found)
    assert hop.error is not None
    assert (hop.error.type, hop.error.message) == ("Error", "it is down")


def test_a_failure_in_its_instrumentation_is_none_of_an_answered_call() -> None:
    stack = (
        'Traceback\n  File "/app/site-packages/openlit/instrumentation/openai/openai.py", line 9'
    )
    told = {"exception.type": "IndexError", "exception.stacktrace": stack}
    found = genai(
        scope="openlit.otel.tracing",
        status=2,
        events=[SpanEvent("exception", 1_050 * MS, told)],
        gen_ai__response__id="r-1",
    )
    assert read(found).error is None
    told["exception.stacktrace"] = stack.replace("openlit/instrumentation/openai", "openai")
    assert read(found).error is not None


def test_a_decision_of_openinference_names_its_model() -> None:
    """Semantic conventions 0.1.42."""
    found = span(
        "openinference.instrumentation.x",
        openinference__span__kind="DECISION",
        decision__provider="openai",
        decision__request__model_name="gpt-4o",
        decision__response__model_name="gpt-4o-2024-08-06",
    )
    hop = read(found)
    assert (hop.provider, hop.response_model) == ("openai", "gpt-4o-2024-08-06")


def test_results_of_tools_that_anthropic_s_instrumentation_calls_a_user_s() -> None:
    """OpenInference 0.1.20: the last result alone, the others in the raw request."""
    results = [
        {"type": "tool_result", "tool_use_id": f"t{n}", "content": c}
        for n, c in ((1, "a"), (2, "b"))
    ]
    found = span(
        "openinference.instrumentation.anthropic",
        openinference__span__kind="LLM",
        llm__model_name="claude",
        input__value=json.dumps(
            {"model": "claude", "messages": [{"role": "user", "content": results}]}
        ),
    )
    before = "llm.input_messages.0.message."
    found.attributes |= {
        before + "role": "user",
        before + "tool_call_id": "t2",
        before + "content": "b",
    }
    (message,) = read(found).messages_in
    assert message.role == "tool"
    assert [(p["id"], p["response"]) for p in message.parts] == [("t1", "a"), ("t2", "b")]


def test_links_of_pictures_in_a_printed_prompt_are_parts() -> None:
    """OpenLIT 1.34."""
    prompt = "user: text: What is it?, image_url: https://example.org/cat.png"
    found = genai(
        scope="openlit.otel.tracing",
        events=[SpanEvent("gen_ai.content.prompt", 1_000 * MS, {"gen_ai.prompt": prompt})],
    )
    (message,) = read(found).messages_in
    assert message.text == "What is it?"
    assert message.parts[1]["uri"] == "https://example.org/cat.png"


def test_a_conversation_in_place_of_a_message_without_words_is_what_was_asked() -> None:
    """OpenLIT 1.34: a line for each item of the Responses API, all of them in each line."""
    items = [
        {"role": "user", "content": "Oslo?"},
        {"type": "function_call", "call_id": "c1", "name": "look", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "sunny"},
    ]
    lines = ["user: Oslo?", f"user: {items}", f"user: {items}"]
    told = {"gen_ai.prompt": "\n".join(lines)}
    found = genai(
        scope="openlit.otel.tracing", events=[SpanEvent("gen_ai.content.prompt", 1_000 * MS, told)]
    )
    hop = read(found)
    assert [m.role for m in hop.messages_in] == ["user", "assistant", "tool"]
    assert [p["type"] for m in hop.messages_in for p in m.parts] == [
        "text",
        "tool_call",
        "tool_call_response",
    ]
    assert hop.input == "sunny"


def test_agents_of_strands_under_openinference_are_called_by_their_names() -> None:
    agent = span("strands.telemetry.tracer", "invoke_agent writer")
    agent.attributes["openinference.span.kind"] = "AGENT"
    assert read(agent).name == "writer"


def test_how_cohere_plans_to_use_tools_is_a_thought() -> None:
    call = {"id": "c1", "function": {"name": "look", "arguments": "{}"}}
    message = {"role": "assistant", "tool_calls": [call], "tool_plan": "I will look."}
    found = span("openinference.instrumentation.cohere", "ClientV2.chat")
    before = "llm.output_messages.0.message."
    found.attributes |= {
        "openinference.span.kind": "LLM",
        "output.value": json.dumps({"id": "r1", "message": message}),
        before + "role": "assistant",
        before + "tool_calls.0.tool_call.id": "c1",
        before + "tool_calls.0.tool_call.function.name": "look",
        before + "tool_calls.0.tool_call.function.arguments": "{}",
    }
    (answer,) = read(found).messages_out
    assert [p["type"] for p in answer.parts] == ["reasoning", "tool_call"]
    assert answer.parts[0]["content"] == "I will look."


def test_names_and_arguments_that_were_printed_are_what_they_say() -> None:
    """CrewAI 1.15 prints what lies deep in a message."""
    call = {"type": "tool_call", "id": "c", "name": "'look'", "arguments": '\'{"city": "Oslo"}\''}
    asked = [{"role": "assistant", "parts": [call]}]
    hop = read(genai(gen_ai__input__messages=json.dumps(asked)))
    (part,) = hop.messages_in[0].parts
    assert (part["name"], part["arguments"]) == ("look", {"city": "Oslo"})


def test_a_call_with_an_exception_that_gave_nothing_failed_whatever_its_status() -> None:
    """Agno under OpenInference, 0.1.8: the span of the call ends with the status of a success."""
    told = {"exception.type": "agno.exceptions.ModelProviderError", "exception.message": "down"}
    about: dict[str, Any] = {
        "openinference__span__kind": "LLM",
        "llm__model_name": "gpt-4o",
        "status": 1,
        "events": [SpanEvent("exception", 1_050 * MS, told)],
    }
    hop = read(span("openinference.instrumentation.agno", "OpenAIChat.invoke", **about))
    assert hop.error is not None
    assert (hop.error.type, hop.error.message) == ("ModelProviderError", "down")
    answered = {**about, "llm__output_messages__0__message__content": "Oslo."}
    answered["llm__output_messages__0__message__role"] = "assistant"
    again = read(span("openinference.instrumentation.agno", "OpenAIChat.invoke", **answered))
    assert again.error is None


def test_the_model_that_answered_stands_beside_openinference_s_own_names() -> None:
    """OpenInference's processor for the Agent Framework, 0.1.13, leaves the spans' own names."""
    found = span(
        "agent_framework",
        openinference__span__kind="LLM",
        llm__model_name="gpt-4o",
        gen_ai__request__model="gpt-4o",
        gen_ai__response__model="gpt-4o-2024-08-06",
    )
    hop = read(found)
    assert (hop.request_model, hop.response_model) == ("gpt-4o", "gpt-4o-2024-08-06")


def test_a_run_of_langchain_that_failed_over_failed_though_its_status_is_fine() -> None:
    """LangSmith 0.15: the first model of ``with_fallbacks`` leaves an empty generation."""
    message = {"lc": 1, "type": "constructor", "id": ["AIMessage"], "kwargs": {"content": ""}}
    given = {"generations": [[{"text": "", "message": message}]]}
    told = {"exception.type": "Exception", "exception.message": "OpenAIAPIError('it is down')"}
    found = span(
        "langsmith",
        "ChatOpenAI",
        status=1,
        events=[SpanEvent("exception", 1_050 * MS, told)],
        langsmith__span__kind="llm",
        gen_ai__request__model="gpt-4o",
        gen_ai__completion=json.dumps(given),
    )
    hop = read(found)
    assert hop.error is not None
    assert (hop.error.type, hop.error.message) == ("OpenAIAPIError", "it is down")
    assert hop.messages_out == []


def test_an_error_printed_without_a_stack_keeps_its_class() -> None:
    """LangSmith 0.15, of a call that an async client made."""
    said = "RateLimitError('Error code: 429 - too many')\n\nNoneType: None\n"
    told = {"exception.type": "Exception", "exception.message": said}
    found = genai(status=2, events=[SpanEvent("exception", 1_050 * MS, told)])
    hop = read(found)
    assert hop.error is not None
    assert (hop.error.type, hop.error.message) == ("RateLimitError", "Error code: 429 - too many")


def test_the_shape_that_openai_v2_says_was_wanted_is_a_parameter() -> None:
    """opentelemetry-instrumentation-openai-v2 2.4."""
    found = genai(gen_ai__openai__request__response_format="json_schema")
    assert read(found).parameters == {"response_format": "json_schema"}


def test_the_model_of_llama_index_s_embeddings_under_openllmetry() -> None:
    """0.40.9."""
    found = span(
        "opentelemetry.instrumentation.llamaindex",
        "BaseEmbedding.task",
        traceloop__span__kind="task",
        traceloop__entity__name="BaseEmbedding.task",
        embedding__model_name="text-embedding-3-small",
    )
    assert read(found).request_model == "text-embedding-3-small"


@pytest.mark.parametrize("named", [{"traceloop__association__properties__ls_model_name": "q"}, {}])
def test_a_model_that_openllmetry_calls_unknown_is_the_one_langchain_names_or_none(
    named: Any,
) -> None:
    scope, model = "opentelemetry.instrumentation.langchain", "unknown"
    about = {"gen_ai__request__model": model, "gen_ai__response__model": model, **named}
    hop = read(span(scope, "ChatOllama.chat", gen_ai__operation__name="chat", **about))
    assert (hop.request_model, hop.response_model) == ("q" if named else None, None)


@pytest.mark.parametrize(
    "document",
    [
        {"source": {"type": "text", "media_type": "text/plain", "data": "Oslo data"}},
        {"source": {"type": "content", "content": [{"type": "text", "text": "Oslo data"}]}},
        {"source": {"type": "base64", "media_type": "text/plain", "data": "T3NsbyBkYXRh"}},
        {"document": {"format": "txt", "source": {"text": "Oslo data"}}},
    ],
)
def test_a_document_that_is_text_says_it(document: dict[str, Any]) -> None:
    asked = [{"role": "user", "content": [{"type": "document", **document}]}]
    printed = {"request_data": json.dumps({"messages": asked, "model": "m"})}
    assert (
        read(span("logfire.anthropic", logfire__span_type="span", **printed)).input == "Oslo data"
    )
    content = "llm__input_messages__0__message__contents__0__message_content__"
    told: dict[str, Any] = {
        content + "type": "document",
        content + "text": json.dumps({"type": "document", **document}),
    }
    scope = "openinference.instrumentation.anthropic"
    assert read(span(scope, openinference__span__kind="LLM", **told)).input == "Oslo data"


def test_bytes_that_are_no_text_stay_bytes_whatever_they_say_they_are() -> None:
    source = {"type": "base64", "media_type": "text/plain", "data": "/w=="}
    asked = [{"role": "user", "content": [{"type": "document", "source": source}]}]
    printed = {"request_data": json.dumps({"messages": asked, "model": "m"})}
    hop = read(span("logfire.anthropic", logfire__span_type="span", **printed))
    assert [p["type"] for p in hop.messages_in[0].parts] == ["blob"]


def test_thoughts_stand_in_the_message_that_openai_agents_print_without_an_envelope() -> None:
    said = [{"content": "Sunny.", "role": "assistant", "reasoning_content": "Hm."}]
    told = span(
        "openinference.instrumentation.openai_agents",
        "generation",
        openinference__span__kind="LLM",
        output__value=json.dumps(said),
        llm__output_messages__0__message__role="assistant",
        llm__output_messages__0__message__content="Sunny.",
    )
    (message,) = read(told).messages_out
    assert [p["content"] for p in message.parts] == ["Hm.", "Sunny."]


def test_spans_that_programs_make_in_the_agents_sdk_have_the_names_they_were_given() -> None:
    told = {"type": "custom", "name": "weigh", "data": "{}", "logfire.span_type": "span"}
    told |= {"logfire.msg": "OpenAI agents: custom span", "gen_ai.system": "openai"}
    made = span("logfire.openai_agents", "OpenAI agents: {type} span")
    made.attributes = told
    assert read(made).name == "weigh"


def test_parameters_that_a_response_repeats_though_nobody_set_them_are_none() -> None:
    asked = {"model": "m", "user": "", "reasoning": {"effort": None, "summary": None}, "top_p": 1.0}
    made = span("langfuse-sdk", "mine")
    made.attributes = {
        "langfuse.observation.type": "generation",
        "langfuse.observation.input": json.dumps({**asked, "input": "Where?"}),
    }
    assert read(made).parameters == {"top_p": 1.0}


def test_who_asked_is_not_how_an_sdk_prints_that_nobody_was_named() -> None:
    for told, who in (
        ('"<openai.Omit object at 0x7f00>"', None),
        ('"NOT_GIVEN"', None),
        ('"ann"', "ann"),
    ):
        asked = {"mlflow.spanType": '"CHAT_MODEL"', "user": told, "model": '"gpt-5"'}
        made = span("mlflow.tracing.provider", "Completions")
        made.attributes = asked
        same_both_ways([made])
        assert normalise([made]).run.user_id == who


@pytest.mark.parametrize("field", ["text", "content", "message"])
def test_an_answer_that_is_an_object_with_one_field_is_no_message(field: str) -> None:
    said = json.dumps({field: "A week."})
    assert read(genai(gen_ai__completion=said)).output == {field: "A week."}


def test_a_failure_told_by_its_code_is_named_as_it_was_thrown() -> None:
    """OpenTelemetry for Node tells the code of a failure for its class."""
    told = {"exception.type": "23", "exception.message": "it took too long"}
    stack = "{}: it took too long\n    at fetch (file:///app/index.js:3:7)"
    for head, kind in (("TimeoutError", "TimeoutError"), ("it", "23"), ("a" * 200, "23")):
        told["exception.stacktrace"] = stack.format(head)
        found = genai(status=2, events=[SpanEvent("exception", 1_050 * MS, told)])
        error = read(found).error
        assert error is not None
        assert (error.type, error.message) == (kind, "it took too long")
