"""What few exports for Node hold: shapes of seldom versions, seldom answers."""

from __future__ import annotations

import json

import pytest
from tests.conventions.spans import MS, genai, only, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.conventions import normalise
from misstep_store.otlp.spans import Span, SpanEvent


def wrapped(said: object, **more: object) -> Span:
    """A call of Vercel's SDK as LangSmith's wrapper tells of it."""
    return span(
        "langsmith",
        "openai.chat",
        langsmith__span__kind="llm",
        langsmith__trace__name="openai.chat",
        langsmith__metadata__ai_sdk_method="ai.doGenerate",
        gen_ai__request__model="m",
        gen_ai__prompt='{"messages":[{"role":"user","content":"Where?"}]}',
        gen_ai__completion=said if isinstance(said, str) else json.dumps(said),
        **more,
    )


ANSWER = {
    "content": [{"type": "text", "text": "In Norway."}],
    "finishReason": "length",
    "usage": {"inputTokens": 21, "outputTokens": 9},
    "request": {"body": {"model": "m", "max_tokens": 77, "messages": []}},
    "response": {"id": "chatcmpl-1", "modelId": "m-2025", "body": {"id": "x"}},
}


def test_the_model_and_the_id_of_an_answer_of_vercel_s_sdk_stand_beside_it() -> None:
    call = wrapped(ANSWER)
    hop = only(call)
    assert (hop.response_model, hop.response_id, hop.finish_reason) == (
        "m-2025",
        "chatcmpl-1",
        "length",
    )
    assert (hop.output, hop.parameters["max_tokens"]) == ("In Norway.", 77)
    assert same_both_ways([call]) == []


def test_tokens_of_a_stream_of_vercel_s_sdk_stand_where_the_provider_counted_them() -> None:
    counted = {"input_tokens": 20, "cache_read_input_tokens": 5, "output_tokens": 9}
    said = {"content": "In Norway.", "role": "assistant", "finishReason": "stop"}
    call = wrapped(said | {"providerMetadata": {"anthropic": {"usage": counted}}})
    hop = only(call)
    assert (hop.input_tokens, hop.cached_tokens, hop.output_tokens) == (25, 5, 9)
    assert same_both_ways([call]) == []


@pytest.mark.parametrize("served", [None, 7, "x", [], {}, {"modelId": 7, "id": ["x"]}, {"id": ""}])
@pytest.mark.parametrize(
    "beside",
    [None, 7, {}, {"a": 7}, {"a": {"usage": "x"}}, {"a": {"usage": {"input_tokens": "7"}}}],
)
def test_spoilt_answers_of_vercel_s_sdk_are_the_same_in_both_readings(
    served: object, beside: object
) -> None:
    told = {k: v for k, v in ANSWER.items() if k != "usage"}
    whole = wrapped(ANSWER)
    spoilt = wrapped(told | {"response": served, "request": served, "providerMetadata": beside})
    same_both_ways([spoilt])
    same_both_ways([whole, spoilt])


def litten(name: str, **more: object) -> Span:
    told = {"gen_ai__operation__name": "chat", "gen_ai__request__model": "gpt-4o"}
    return span("openlit.instrumentation.openai", name, **{**told, **more})


@pytest.mark.parametrize("what", ["retrieve", "cancel", "token_count", "list"])
def test_what_openlit_tells_of_an_answer_that_was_given_before_is_no_call(what: str) -> None:
    made = {"gen_ai__response__id": "resp_1", "gen_ai__response__model": "m-2025"}
    look = litten(f"responses.{what} gpt-4o", **made)
    call = litten("chat gpt-4o", at=1_500, **made)
    hop = only(look)
    assert (hop.kind, hop.request_model, hop.response_model) == ("chain", None, "m-2025")
    for some in ([look], [call], [look, call], [call, look]):
        assert same_both_ways(some) == []


def test_what_javascript_prints_of_an_object_is_no_model() -> None:
    told = {"gen_ai__operation__name": "create_agent", "gen_ai__agent__name": "desk"}
    agents = [
        span("@openlit/x", "create_agent desk", gen_ai__request__model=model, at=at, **told)
        for at, model in ((1_000, "[object Object]"), (2_000, "m"))
    ]
    for agent in agents:  # no convention names the scope: the resource does
        agent.resource.attributes["telemetry.sdk.name"] = "openlit"
    assert [only(a).request_model for a in agents] == [None, "m"]
    assert same_both_ways(agents) == []
    assert same_both_ways(agents[::-1]) == []


STACK = "\n    at APIError.generate (file:///app/core/error.mjs:10:2)"


@pytest.mark.parametrize(
    ("said", "kind", "message"),
    [
        (
            '500 {"error":{"message":"No."}}\n\nInternalServerError: 500 {"error":{"message":"No."}}'
            + STACK,
            "InternalServerError",
            "500 - No.",
        ),
        ("No.\n\nError: No." + STACK, "Error", "No."),
        ("No.\n\nAnd why." + STACK, "Error", "No."),
        ("No.\n\nRateLimitError: No.", "Error", "No.\n\nRateLimitError: No."),
        ("RateLimitError: No." + STACK + "\n\nTypeError: Yes.", "RateLimitError", "No."),
    ],
)
def test_the_class_of_a_failure_stands_above_the_frames_that_follow_its_message(
    said: str, kind: str, message: str
) -> None:
    about = {"openinference__span__kind": "LLM", "llm__model_name": "m", "status": 2}
    raised = SpanEvent("exception", 1_050 * MS, {"exception.message": said})
    call = span("@arizeai/openinference-instrumentation-langchain", "c", events=[raised], **about)
    hop = only(call)
    assert hop.error is not None
    assert (hop.error.type, hop.error.message) == (kind, message)
    same_both_ways([call])


@pytest.mark.parametrize("thought", [None, "Hm."])
def test_what_a_picture_came_with_may_stand_in_other_words(thought: str | None) -> None:
    words = '[{"role":"assistant","parts":[{"type":"text","content":"In Norway."}]}]'
    made = '[{"type":"file","mediaType":"image/png","data":"iVBORw0KGgo="}]'
    told = {"ai__operationId": "ai.generateText.doGenerate", "gen_ai__output__messages": words}
    told |= {"ai__response__reasoning": thought} if thought else {}
    call = span("ai", "chat m", ai__response__files=made, gen_ai__request__model="m", **told)
    hop = only(call)
    kinds = [p["type"] for m in hop.messages_out for p in m.parts]
    assert (kinds, hop.output) == (["reasoning"] * bool(thought) + ["text", "blob"], "In Norway.")
    assert same_both_ways([call]) == []


def asked(*events: tuple[str, dict[str, object]], **more: object) -> Span:
    """A call of Ax's, which tells its messages as events."""
    told = {"gen_ai__operation__name": "chat", "gen_ai__request__model": "m", **more}
    happened = [SpanEvent(name, 1_050 * MS, about) for name, about in events]
    return span("app", "AI Chat Request", events=happened, **told)


def piece(text: str, end: str | None = None, index: object = 0) -> tuple[str, dict[str, object]]:
    said = json.dumps({"content": text})
    return "gen_ai.choice", {"finish_reason": end, "index": index, "message": said}


def test_tools_that_ax_tells_of_by_their_names_alone() -> None:
    wanted = [{"id": "c1", "type": "function", "function": "look", "arguments": '{"city": "Oslo"}'}]
    before = ("gen_ai.assistant.message", {"function_calls": json.dumps(wanted)})
    result = ("gen_ai.tool.message", {"id": "c1", "content": "sunny"})
    said = {"finish_reason": "function_call", "message": json.dumps({"tool_calls": wanted})}
    call = asked(before, result, ("gen_ai.choice", said))
    hop = only(call)
    assert hop.output == [{"name": "look", "arguments": {"city": "Oslo"}}]
    assert hop.messages_in[0].parts == hop.messages_out[0].parts
    assert (hop.input, hop.finish_reason) == ("sunny", "function_call")
    same_both_ways([call])


def test_choices_of_one_index_of_which_only_the_last_ended_are_pieces_of_a_stream() -> None:
    call = asked(piece("In "), piece("Norway."), piece("", "stop"))
    hop = only(call)
    assert (hop.output, hop.finish_reason, len(hop.messages_out)) == ("In Norway.", "stop", 1)
    two = asked(piece("In Norway.", "stop"), piece("There.", "stop"))
    assert len(only(two).messages_out) == 2
    others = asked(piece("In Norway."), piece("There.", index=1))
    assert len(only(others).messages_out) == 2
    for one in (call, two, others):
        same_both_ways([one])


@pytest.mark.parametrize("told", [{}, {"args": "{}"}, {"args": 7, "result": ["x"]}])
def test_what_ax_s_tools_were_given_and_gave_stands_in_an_event(told: dict[str, object]) -> None:
    about = {"tool__name": "look", "function__id": "c1"}
    whole = {"args": '{"city": "Oslo"}', "result": "sunny"}
    tools = [
        span(
            "app",
            "Tool: look",
            events=[SpanEvent("gen_ai.tool.message", 1_050 * MS, some)],
            **about,
        )
        for some in (whole, told)
    ]
    hop = only(tools[0])
    assert (hop.kind, hop.name, hop.input, hop.output) == (
        "tool",
        "look",
        {"city": "Oslo"},
        "sunny",
    )
    same_both_ways(tools)


@pytest.mark.parametrize("function", [7, ["x"], "", None, {"name": "look"}])
def test_functions_that_are_no_names_are_the_same_in_both_readings(function: object) -> None:
    said = {"message": json.dumps({"tool_calls": [{"function": function}]}), "index": [function]}
    call = asked(
        ("gen_ai.choice", said), ("gen_ai.assistant.message", {"function_calls": function})
    )
    same_both_ways([call, asked(piece("x", index=[function]), piece("y", index=[function]))])


ENDED = {"stop_reason": "max_tokens"}


@pytest.mark.parametrize("constructed", [True, False])
@pytest.mark.parametrize(
    ("told", "more", "end"),
    [
        ({"usage": {}}, ENDED, "max_tokens"),
        (None, ENDED, "max_tokens"),
        ({"finish_reason": "stop"}, ENDED, "stop"),
        ({"finish_reason": ""}, ENDED, "max_tokens"),
        ({}, {"stop_reason": 7}, None),
        ({}, None, None),
        ({}, [], None),
    ],
)
def test_why_an_answer_of_langchain_s_ended_may_stand_beside_what_it_says_of_itself(
    constructed: bool, told: object, more: object, end: str | None
) -> None:
    inner = {"content": "Yes.", "response_metadata": told, "additional_kwargs": more, "type": "ai"}
    message = {"lc": 1, "kwargs": inner} if constructed else inner
    said = {"generations": [[{"text": "Yes.", "message": message}]]}
    about = {"openinference__span__kind": "LLM", "output__value": json.dumps(said)}
    calls = [
        span("@arizeai/openinference-instrumentation-langchain", "c", at=at, **about)
        for at in (1_000, 2_000)
    ]
    assert only(calls[0]).finish_reason == end
    same_both_ways(calls)
    smith = span("langsmith", "c", langsmith__span__kind="llm", gen_ai__completion=json.dumps(said))
    same_both_ways([smith])


@pytest.mark.parametrize(
    ("tool", "given"), [("look", '{"city": "Oslo"}'), (7, "x"), ("", None), (["x"], [1])]
)
def test_a_tool_that_effect_ran_is_named_with_what_it_was_given(
    tool: object, given: object
) -> None:
    told = span("app", "Toolkit.handle", tool=tool, parameters=given)
    known = span("app", "Toolkit.handle", tool="look", parameters='{"city": "Oslo"}')
    hop = only(known)
    assert (hop.kind, hop.name, hop.input) == ("tool", "look", {"city": "Oslo"})
    assert only(told).kind == "tool"
    assert same_both_ways([known, told]) == []
    assert only(span("app", "x", tool=tool)).kind == "chain"


@pytest.mark.parametrize("ended", ["", [""], [], None, 7, [7, "stop"]])
def test_words_of_vercel_s_sdk_go_before_genai_s_and_so_does_that_they_did_not_end(
    ended: object,
) -> None:
    said = '[{"role":"assistant","parts":[{"type":"text","content":"x"}],"finish_reason":"length"}]'
    told = {"ai__operationId": "ai.generateText.doGenerate", "ai__response__text": "x"}
    whole, spoilt = (
        span("ai", "chat m", gen_ai__output__messages=said, ai__response__finishReason=end, **told)
        for end in ("stop", ended)
    )
    assert only(whole).finish_reason == "stop"
    assert same_both_ways([whole, spoilt]) == []


@pytest.mark.parametrize("spoilt", ["", None, 7, "[]", '{"outputs": {"messages": []}}'])
def test_what_a_step_gave_stands_in_genai_s_words_first(spoilt: object) -> None:
    about = {"response_metadata": {"finish_reason": "stop", "model_name": "m-1"}, "type": "ai"}
    said = json.dumps({"outputs": {"content": "Yes.", "additional_kwargs": {}, **about}})
    told = {"traceloop__span__kind": "task", "gen_ai__task__output": said}
    scope = "opentelemetry.instrumentation.langchain"
    steps = [
        span(scope, "execute_task a", traceloop__entity__output=given, **told)
        for given in (said, spoilt)
    ]
    call = genai(scope=scope, parent=steps[1], gen_ai__output__messages="[]")
    assert same_both_ways([*steps, call]) == []


@pytest.mark.parametrize(
    ("made", "output"),
    [
        ('{"result": "sunny"}', "sunny"),
        ('{"result": "No.", "is_error": true}', "No."),
        ('{"result": "sunny", "city": "Oslo"}', {"result": "sunny", "city": "Oslo"}),
        ("7", "7"),
    ],
)
def test_a_tool_of_an_mcp_server_was_given_what_stands_beside_its_name(
    made: str, output: object
) -> None:
    given = '{"tool_name": "look", "arguments": {"city": "Oslo"}}'
    told = {"traceloop__span__kind": "tool", "traceloop__entity__name": "look"}
    told |= {"traceloop__entity__input": given, "traceloop__entity__output": made}
    tool = span("@traceloop/instrumentation-mcp", "look.tool", **told)
    hop = only(tool)
    assert (hop.name, hop.input, hop.output) == ("look", {"city": "Oslo"}, output)
    assert same_both_ways([tool]) == []


def test_sessions_and_users_of_vercel_s_sdk_may_stand_in_metadata_of_metadata() -> None:
    told = {"ai__operationId": "ai.generateText.doGenerate", "gen_ai__request__model": "m"}
    known = {"acme.convoId": "chat-7", "acme.ai.userId": "user-7", "acme.modelId": "m-7"}
    call = span("acme", "call", **told)
    call.attributes |= {f"ai.telemetry.metadata.{key}": value for key, value in known.items()}
    run = normalise([call]).run
    assert (run.session_id, run.user_id) == ("chat-7", "user-7")
    assert same_both_ways([call]) == []
    call.attributes["ai.telemetry.metadata.sessionId"] = "chat-8"
    assert normalise([call]).run.session_id == "chat-8"
    assert same_both_ways([call]) == []


OPENLIT = "@openlit/instrumentation-openai"


def of_openlit(name: str = "openai.resources.chat.completions", **told: object) -> Span:
    """A call as OpenLIT for Node told of it in 1.7."""
    made = span(OPENLIT, name, **told)
    made.resource.attributes["telemetry.sdk.name"] = "openlit"
    return made


def test_what_openlit_for_node_printed_of_a_talk_is_its_messages() -> None:
    asked = 'system: Be kind.\nuser: Where?\nassistant: null\ntool: {"a":1}'
    call = of_openlit(
        gen_ai__operation__name="chat",
        gen_ai__content__prompt=asked,
        gen_ai__completion="Function called with tools",
        gen_ai__response__finish_reason="tool_calls",
    )
    assert same_both_ways([call]) == []
    hop = only(call)
    roles = [m.role for m in hop.messages_in]
    assert (hop.system, roles) == ("Be kind.", ["system", "user", "tool"])
    assert (hop.output, hop.finish_reason) == (None, "tool_calls")


def test_what_openlit_for_node_embedded_is_its_input() -> None:
    told = {"gen_ai__operation__name": "embedding", "gen_ai__content__prompt": ["a", "b"]}
    call = of_openlit("openai.resources.embeddings", **told)
    assert same_both_ways([call]) == []
    assert (only(call).kind, only(call).input) == ("embedding", ["a", "b"])


def test_a_failed_call_of_openlits_for_node_says_so_by_its_name_alone() -> None:
    ill = span(OPENLIT, "openai.resources.chat.completions", status=2)
    assert same_both_ways([ill]) == []
    assert only(ill).kind == "llm"


@pytest.mark.parametrize(("ended", "gave"), [("toolUse", {"title": "Dune"}), ("cancelled", "")])
def test_an_agent_of_strands_for_node_that_a_tool_ended_gave_what_that_gave(ended, gave) -> None:
    said = SpanEvent("gen_ai.choice", 1, {"message": "", "finish_reason": ended})
    agent = span(
        "strands-agents", "invoke_agent A", events=[said], gen_ai__operation__name="invoke_agent"
    )
    made = SpanEvent("gen_ai.choice", 1, {"message": '[{"json":{"title":"Dune"}}]'})
    tool = span(
        "strands-agents",
        "execute_tool structured_output",
        parent=agent,
        events=[made],
        gen_ai__operation__name="execute_tool",
        gen_ai__tool__name="structured_output",
    )
    assert same_both_ways([agent, tool]) == []
    assert normalise([agent, tool]).run.output == gave


def test_tools_that_were_offered_under_openlit_for_node_are_no_calls_of_them() -> None:
    """As of the Responses API: names without ids and arguments."""
    offered = {
        "gen_ai__operation__name": "chat",
        "gen_ai__request__model": "m",
        "gen_ai__tool__name": "balance, rates",
        "gen_ai__tool__call__type": "function, function",
    }
    message = {"role": "assistant", "parts": [{"type": "text", "content": "It is open."}]}
    silent = message | {"parts": []}
    for said, told in ((message, "It is open."), (silent, None)):
        call = of_openlit(**offered, gen_ai__output__messages=json.dumps([said]))
        hop = only(call)
        assert (hop.output, [t["name"] for t in hop.tools]) == (told, ["balance", "rates"])
        same_both_ways([call])


@pytest.mark.parametrize("kind", ["summary_text", "reasoning_text", "reasoning"])
def test_a_summary_of_thoughts_under_openinference_for_node_is_no_answer(kind: str) -> None:
    m, thought = "llm__output_messages__", "0__message__contents__0__message_content__"
    said = {m + thought + "type": kind, m + thought + "text": "It depends."}
    said |= {m + "0__message__role": "assistant", m + "1__message__role": "assistant"}
    calling = m + "1__message__tool_calls__0__tool_call__function__"
    said |= {calling + "name": "balance", calling + "arguments": '{"account": "F"}'}
    scope = "@arizeai/openinference-instrumentation-openai"
    call = span(scope, "OpenAI Responses", openinference__span__kind="LLM", **said)
    hop = only(call)
    assert hop.output == [{"name": "balance", "arguments": {"account": "F"}}]
    same_both_ways([call])


@pytest.mark.parametrize(
    "told", [['{"bed": "oak"}', '{"bed": "elm"}'], '{"bed": "oak"}, {"bed": "elm"}']
)
def test_arguments_that_messages_of_openlit_lack_stand_beside_their_ids(told: object) -> None:
    named = [{"type": "tool_call", "id": f"t{n}", "name": "water", "arguments": {}} for n in (1, 2)]
    beside = {"gen_ai__tool__name": "water, water", "gen_ai__tool__call__id": "t1, t2"}
    said = json.dumps([{"role": "assistant", "parts": named}])
    about = {"gen_ai__operation__name": "chat", "gen_ai__request__model": "m"}
    call = of_openlit(
        **about, **beside, gen_ai__tool__call__arguments=told, gen_ai__output__messages=said
    )
    assert [c["arguments"] for c in only(call).output] == [{"bed": "oak"}, {"bed": "elm"}]
    same_both_ways([call])
    call.attributes["gen_ai.tool.call.id"] = "t1, t9"
    assert [c["arguments"] for c in only(call).output] == [{}, {}]
    same_both_ways([call])
