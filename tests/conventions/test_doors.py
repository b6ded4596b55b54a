"""What SDKs are rarely used for: pictures, sounds, vectors of tokens, files, tools that run alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conventions.spans import genai, hops, only, span
from tests.conventions.test_headers import same_both_ways

from misstep.model import Hop
from misstep_store.otlp.spans import Span, SpanEvent

PICTURE = {"b64_json": "iVBORw0KGgo=", "revised_prompt": "A red fjord at dawn.", "url": None}
PAINTED = {
    "created": 1_764_000_000,
    "data": [PICTURE],
    "usage": {"input_tokens": 12, "output_tokens": 272, "total_tokens": 284},
}
HEARD = {"text": "He said so.", "usage": {"input_tokens": 14, "output_tokens": 9, "type": "tokens"}}


def openinference(library: str, name: str, kind: str = "LLM", **more: Any) -> Span:
    scope = f"openinference.instrumentation.{library}"
    return span(scope, name, openinference__span__kind=kind, **more)


def logfire(name: str, **more: Any) -> Span:
    return span("logfire.openai", name, logfire__span_type="span", gen_ai__system="openai", **more)


def both(*spans: Span) -> Hop:
    """The one hop of a trace, of which the headers say the same."""
    same_both_ways(list(spans))
    return only(*spans)


def painted() -> list[Span]:
    asked = {"model": "gpt-image-1", "prompt": "A red fjord"}
    said = {"images": [PICTURE]}
    return [
        openinference(
            "openai",
            "ImagesResponse",
            llm__model_name="gpt-image-1",
            input__value=json.dumps(asked),
            output__value=json.dumps(PAINTED),
        ),
        logfire(
            "Image Generation with {request_data[model]!r}",
            gen_ai__operation__name="image_generation",
            gen_ai__request__model="gpt-image-1",
            gen_ai__response__model="gpt-image-1",
            gen_ai__usage__input_tokens=12,
            gen_ai__usage__output_tokens=272,
            request_data=json.dumps(asked),
            response_data=json.dumps(said),
        ),
        span(
            "mlflow.tracing.provider",
            "Images",
            mlflow__spanType='"TOOL"',
            mlflow__spanInputs=json.dumps(asked),
            mlflow__spanOutputs=json.dumps(PAINTED),
            mlflow__llm__model='"gpt-image-1"',
            model='"gpt-image-1"',
        ),
    ]


@pytest.mark.parametrize("made", painted(), ids=["openinference", "logfire", "mlflow"])
def test_a_picture_is_the_answer_of_a_call_beside_the_prompt_it_was_made_of(made: Span) -> None:
    hop = both(made)
    assert (hop.kind, hop.input, hop.output) == ("llm", "A red fjord", "A red fjord at dawn.")
    assert (hop.request_model, hop.input_tokens, hop.output_tokens) == ("gpt-image-1", 12, 272)
    (message,) = hop.messages_out
    assert [(p["type"], p.get("modality")) for p in message.parts] == [
        ("text", None),
        ("blob", "image"),
    ]


def test_the_words_of_a_sound_are_the_answer_of_a_call() -> None:
    call = openinference("openai", "Transcription", output__value=json.dumps(HEARD))
    assert both(call).output == "He said so."


def test_an_answer_that_is_json_with_a_text_stays_the_json_it_is() -> None:
    told = json.dumps({"text": "Oslo", "country": "Norway"})
    call = genai(gen_ai__output__messages=json.dumps([{"role": "assistant", "parts": []}]))
    call.attributes["gen_ai.output.messages"] = json.dumps(
        [{"role": "assistant", "parts": [{"type": "text", "content": told}]}]
    )
    assert only(call).output == {"text": "Oslo", "country": "Norway"}


def test_a_tool_is_named_in_the_words_of_traceai_where_it_shows_a_picture() -> None:
    before = "gen_ai.output.messages.0.message."
    call = span("traceai_openai", "ImagesResponse", gen_ai__span__kind="LLM")
    call.attributes |= {
        f"{before}role": "assistant",
        f"{before}content.0.message_content.type": "image",
        f"{before}content.0.message_content.image": "iVBORw0KGgo=",
    }
    (message,) = both(call).messages_out
    assert [p["type"] for p in message.parts] == ["blob"]


def test_a_request_that_asks_no_model_is_its_own_input() -> None:
    call = logfire(
        "OpenAI API call to {url!r}",
        request_data=json.dumps({"endpoint": "/v1/chat/completions", "input_file_id": "file-1"}),
        url="/batches",
    )
    assert both(call).input == {"endpoint": "/v1/chat/completions", "input_file_id": "file-1"}


def test_vectors_of_tokens_are_asked_for_as_tokens() -> None:
    told = [{"role": "user", "parts": [{"type": "text", "content": ids}]} for ids in ([1, 2], [3])]
    call = genai(
        "openai.embeddings",
        scope="opentelemetry.instrumentation.openai.v1",
        gen_ai__operation__name="embeddings",
        gen_ai__input__messages=json.dumps(told),
    )
    assert both(call).input == [[1, 2], [3]]


def test_what_was_not_given_is_no_parameter() -> None:
    call = genai(gen_ai__request__top_p=None, gen_ai__request__temperature=0.5)
    assert only(call).parameters == {"temperature": 0.5}


def test_a_model_of_bedrock_that_makes_vectors_is_no_chat() -> None:
    call = genai(
        "text_completion amazon.titan-embed-text-v2:0",
        scope="opentelemetry.instrumentation.botocore.bedrock-runtime",
        gen_ai__operation__name="text_completion",
        gen_ai__request__model="amazon.titan-embed-text-v2:0",
    )
    assert both(call).kind == "embedding"


def test_what_moderation_found_is_its_output() -> None:
    call = genai(
        "moderation omni-moderation-latest",
        scope="openlit.instrumentation.openai",
        telemetry__sdk__name="openlit",
        gen_ai__operation__name="moderation",
        gen_ai__response__id="modr-1",
        gen_ai__moderation__flagged=True,
        gen_ai__moderation__categories='["hate"]',
    )
    assert both(call).output == {"flagged": True, "categories": ["hate"]}


def test_what_is_written_to_a_store_is_not_retrieved_from_it() -> None:
    about = {"telemetry__sdk__name": "openlit", "gen_ai__operation__name": "vectordb"}
    told = {"INSERT": "['a', 'b']", "QUERY": "[1.0, 0.5]"}
    made = [
        span(
            "openlit.instrumentation.chroma",
            f"{name} docs",
            at=at,
            db__operation__name=name,
            db__query__text=text,
            **about,
        )
        for at, (name, text) in enumerate(told.items(), 1_000)
    ]
    same_both_ways(made)
    assert [(h.kind, h.input) for h in hops(*made)] == [
        ("chain", "['a', 'b']"),
        ("retriever", [1.0, 0.5]),
    ]


def test_no_words_beside_tools_are_no_words_though_python_prints_them() -> None:
    parts = [
        {"type": "text", "content": "None"},
        {"type": "tool_call", "id": "", "name": "look", "arguments": {"city": "Paris"}},
    ]
    call = genai(
        scope="openlit.instrumentation.google_ai_studio",
        telemetry__sdk__name="openlit",
        gen_ai__tool__name="look",
        gen_ai__output__messages=json.dumps([{"role": "assistant", "parts": parts}]),
    )
    assert both(call).output == [{"name": "look", "arguments": {"city": "Paris"}}]


def test_parts_that_googles_sdk_printed_are_opened() -> None:
    def printed(**given: str) -> dict[str, str]:
        fields = {"media_resolution": "None", "function_call": "None", "text": "None"} | given
        return {"type": "text", "content": " ".join(f"{k}={v}" for k, v in fields.items())}

    parts = [printed(text="'Five.'", thought="True"), printed(text="''"), printed(text="'5'")]
    code = {"type": "text", "content": "code='print(5)' language=<Language.PYTHON: 'PYTHON'>"}
    call = genai(
        scope="opentelemetry.instrumentation.google_generativeai",
        gen_ai__output__messages=json.dumps([{"role": "assistant", "parts": [*parts, code]}]),
    )
    (message,) = both(call).messages_out
    assert message.parts == [
        {"type": "reasoning", "content": "Five."},
        {"type": "text", "content": "5"},
        {
            "type": "server_tool_call",
            "name": "code_execution",
            "input": {"code": "print(5)", "language": "PYTHON"},
        },
    ]


def test_claude_at_google_is_on_vertex() -> None:
    call = openinference("anthropic", "messages.create", llm__provider="google")
    assert both(call).provider == "gcp.vertex_ai"


def test_an_answer_that_nobody_read_is_none() -> None:
    call = span(
        "mlflow.tracing.provider",
        "Messages.create",
        mlflow__spanType='"CHAT_MODEL"',
        mlflow__spanInputs=json.dumps({"messages": [{"role": "user", "content": "Hello?"}]}),
        mlflow__spanOutputs="\"<APIResponse [200 OK] type=<class 'anthropic.types.Message'>>\"",
        mlflow__llm__model='"claude-x"',
    )
    hop = both(call)
    assert (hop.input, hop.output, hop.messages_out) == ("Hello?", None, [])


def test_a_stream_as_langsmith_joins_it_says_which_tools_it_calls() -> None:
    function = {"name": "look", "arguments": '{"city": "Paris"}'}
    call = span(
        "langsmith",
        "ChatAnthropic",
        langsmith__span__kind="llm",
        gen_ai__completion=json.dumps(
            {
                "id": "msg_1",
                "role": "assistant",
                "content": None,
                "stop_reason": "tool_use",
                "tool_calls": [{"id": "toolu_1", "type": "function", "function": function}],
            }
        ),
    )
    hop = both(call)
    assert hop.output == [{"name": "look", "arguments": {"city": "Paris"}}]
    assert hop.finish_reason == "tool_use"


def test_a_tool_of_bedrocks_agents_was_given_what_its_message_names() -> None:
    before = "llm.input_messages.0.message."
    tool = openinference("bedrock", "action_group", "TOOL", tool__name="locate")
    tool.attributes |= {
        f"{before}role": "tool",
        f"{before}tool_call_id": "default",
        f"{before}tool_calls.0.tool_call.function.name": "locate",
        f"{before}tool_calls.0.tool_call.function.arguments": json.dumps(
            [{"name": "city", "type": "string", "value": "Oslo"}]
        ),
        "output.value": "59.9 N",
    }
    hop = both(tool)
    assert (hop.name, hop.input, hop.output) == ("locate", {"city": "Oslo"}, "59.9 N")


def test_an_answer_begins_with_its_words_where_pieces_of_its_stream_had_none() -> None:
    call = genai(
        scope="opentelemetry.instrumentation.google_generativeai",
        gen_ai__completion__0__role="assistant",
        gen_ai__completion__0__content="NoneNoneNone of these.",
    )
    assert both(call).output == " of these."
    call.attributes["gen_ai.completion.0.content"] = "Nonetheless."
    assert both(call).output == "Nonetheless."


def test_words_of_bedrock_that_were_printed_as_json_are_words() -> None:
    call = genai(
        scope="opentelemetry.instrumentation.bedrock",
        gen_ai__prompt__0__role="user",
        gen_ai__prompt__0__content='"Where is \\"Oslo\\"?"',
    )
    assert both(call).input == 'Where is "Oslo"?'


def azure(**more: Any) -> Span:
    about = {"gen_ai__operation__name": "chat", "gen_ai__request__model": "m", **more}
    return span("azure.core.tracing.ext.opentelemetry_span", "chat m", **about)


def test_items_of_a_response_are_one_answer_of_azures() -> None:
    search = {"type": "web_search_call", "id": "ws_1", "action": {"query": "Oslo"}}
    told = [
        {"role": "assistant", "parts": [{"type": "tool_call", "content": search}]},
        {
            "role": "assistant",
            "parts": [{"type": "text", "content": "Norway."}],
            "finish_reason": "completed",
        },
    ]
    hop = both(azure(gen_ai__output__messages=json.dumps(told)))
    (message,) = hop.messages_out
    assert [p["type"] for p in message.parts] == ["server_tool_call", "text"]
    assert hop.finish_reason == "completed"


def test_events_of_azure_hold_a_whole_message() -> None:
    said = {"message": {"content": "Norway."}, "finish_reason": "stop", "index": 0}
    told = {
        "gen_ai.user.message": {"role": "user", "content": "Where is Oslo?"},
        "gen_ai.choice": said,
    }
    happened = [
        SpanEvent(name, attributes={"gen_ai.event.content": json.dumps(body)})
        for name, body in told.items()
    ]
    hop = both(azure(events=happened))
    assert (hop.input, hop.output, hop.finish_reason) == ("Where is Oslo?", "Norway.", "stop")


def test_the_whole_answer_goes_before_its_words_where_traceai_tells_both() -> None:
    said = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "content": [{"type": "text", "text": "Norway."}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 5, "output_tokens": 2},
    }
    call = span(
        "traceai_anthropic",
        "Messages",
        fi__span__kind="LLM",
        output__value="Norway.",
        raw__output=json.dumps(said),
    )
    hop = both(call)
    assert (hop.output, hop.finish_reason, hop.response_id) == ("Norway.", "end_turn", "msg_1")
    assert hop.input_tokens == 5


def test_gemini_under_traceai_was_asked_for_what_the_request_names() -> None:
    call = span(
        "traceai_google_genai",
        "GenerateContent",
        gen_ai__span__kind="LLM",
        gen_ai__request__model="gemini-2.5-flash-001",
        input__value=json.dumps({"model": "gemini-2.5-flash", "contents": "Oslo?"}),
        output__value=json.dumps({"candidates": [], "model_version": "gemini-2.5-flash-001"}),
    )
    hop = both(call)
    assert (hop.request_model, hop.response_model) == ("gemini-2.5-flash", "gemini-2.5-flash-001")


# --- tools that the SDK calls by itself ---------------------------------------------------------


def test_a_tool_that_googles_instrumentation_wraps_again_is_one_hop() -> None:
    scope = "opentelemetry.instrumentation.google_genai"
    about: dict[str, Any] = {
        "gen_ai__operation__name": "execute_tool",
        "gen_ai__tool__name": "look",
    }
    given = {"code__function__parameters__city__value": "Paris", "code__function__return": "sunny"}
    call = genai("generate_content g", scope=scope, took=900)
    for more in (given, {}):
        outer = span(scope, "execute_tool look", parent=call, at=1_100, **about, **more)
        inner = span(scope, "execute_tool look", parent=outer, at=1_110, took=50, **about, **more)
        same_both_ways([call, outer, inner])
        tools = [h for h in hops(call, outer, inner) if h.kind == "tool"]
        assert [h.merged for h in tools] == [[inner.span_id]]


def test_a_tool_that_failed_beside_a_model_is_no_call_of_one() -> None:
    scope = "opentelemetry.instrumentation.google_genai"
    call = genai("generate_content g", scope=scope, took=900)
    about = {"gen_ai__operation__name": "chat", "gen_ai__tool__name": "look"}
    tool = span(scope, "execute_tool look", parent=call, status=2, logfire__msg="look", **about)
    same_both_ways([call, tool])
    assert [(h.kind, h.name, h.input_tokens) for h in hops(call, tool)] == [
        ("llm", "generate_content g", 21),
        ("tool", "look", 0),
    ]


# --- Bedrock -----------------------------------------------------------------------------------


def test_a_model_is_asked_by_bedrock_what_stands_among_its_parameters() -> None:
    given = {"inputText": "Titan?", "textGenerationConfig": {"temperature": 0.2}}
    call = openinference(
        "bedrock",
        "bedrock.invoke_model",
        llm__model_name="amazon.titan-text-express-v1",
        llm__invocation_parameters=json.dumps(given),
        output__value="Yes.",
    )
    hop = both(call)
    assert (hop.input, hop.output, hop.parameters) == ("Titan?", "Yes.", {"temperature": 0.2})


def test_thoughts_of_bedrock_that_stand_in_a_text_as_json_are_thoughts() -> None:
    thought = {"reasoningContent": {"reasoningText": {"text": "Five.", "signature": "c2ln"}}}
    parts = [{"type": "text", "content": json.dumps(thought)}, {"type": "text", "content": "5"}]
    call = genai(
        scope="opentelemetry.instrumentation.bedrock",
        gen_ai__output__messages=json.dumps([{"role": "assistant", "parts": parts}]),
    )
    (message,) = both(call).messages_out
    assert [(p["type"], p["content"]) for p in message.parts] == [
        ("reasoning", "Five."),
        ("text", "5"),
    ]


# --- OpenAI ------------------------------------------------------------------------------------


def test_calls_that_openlit_tells_beside_words_stand_beside_them() -> None:
    said = [{"role": "assistant", "parts": [{"type": "text", "content": "I look it up."}]}]
    call = genai(
        scope="openlit.otel.tracing",
        gen_ai__output__messages=json.dumps(said),
        gen_ai__tool__name="look",
        gen_ai__tool__call__id="call_1",
        gen_ai__tool__args='{"city": "Oslo"}',
    )
    (message,) = both(call).messages_out
    assert message.text == "I look it up."
    (_, asked) = message.parts
    assert (asked["type"], asked["id"], asked["name"]) == ("tool_call", "call_1", "look")
    assert asked["arguments"] == {"city": "Oslo"}


@pytest.mark.parametrize("fits", [True, False])
def test_calls_whose_names_openlit_tells_apart_from_their_ids_have_them(*, fits: bool) -> None:
    asked = [{"type": "tool_call", "id": f"call_{n}", "name": "", "arguments": {}} for n in (1, 2)]
    call = genai(
        scope="openlit.otel.tracing",
        gen_ai__output__messages=json.dumps([{"role": "assistant", "parts": asked}]),
        gen_ai__tool__name="look, look" if fits else "look",
        gen_ai__tool__call__id="call_1, call_2",
        gen_ai__tool__args='{"city": "Oslo"}, {"city": "Rome, Lazio"}',
    )
    (message,) = both(call).messages_out
    told = [(p["id"], p["name"], p["arguments"]) for p in message.parts]
    named = [("call_1", "look", {"city": "Oslo"}), ("call_2", "look", {"city": "Rome, Lazio"})]
    unnamed = [(call_id, None, given) for call_id, _, given in named]
    assert told == (named if fits else unnamed)


def test_parameters_that_only_openai_has_are_parameters() -> None:
    call = genai(gen_ai__openai__request__seed=7, openai__request__service_tier="auto")
    told = both(call).parameters
    assert told == {**told, "seed": 7, "service_tier": "auto"}


def test_items_of_a_response_are_one_answer() -> None:
    items = [
        {"id": "rs_1", "type": "reasoning", "summary": [{"type": "summary_text", "text": "Well."}]},
        {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "Oslo."}],
        },
    ]
    call = genai(scope="lmnr", gen_ai__output__messages=json.dumps(items))
    (message,) = both(call).messages_out
    assert [(p["type"], p["content"]) for p in message.parts] == [
        ("reasoning", "Well."),
        ("text", "Oslo."),
    ]
