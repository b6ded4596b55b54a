"""Agents that speak or work at a prompt, rails around calls, runs told of before they failed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conventions.spans import hops, only, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.conventions import normalise
from misstep_store.otlp.spans import LogRecord, Span, SpanEvent


def said(name: str, content: str) -> SpanEvent:
    return SpanEvent(name, 1, {"content": content})


def livekit(name: str, **more) -> Span:
    return span("livekit-agents", name, **more)


def pipecat(name: str, **more) -> Span:
    return span("pipecat", name, **more)


@pytest.mark.parametrize("place", ["lk__", "lk__pii__"])
def test_livekits_turns_and_tools_say_what_they_were_given_and_gave(place: str) -> None:
    told = {"user_input": "Oslo?", "response__text": "Sunny."}
    turn = livekit("agent_turn", **{place + k: v for k, v in told.items()})
    tool = livekit(
        "function_tool",
        parent=turn,
        lk__function_tool__name="weather",
        lk__function_tool__id="call_1",
        **{place + "function_tool__arguments": '{"city": "Oslo"}'},
        **{place + "function_tool__output": "sunny"},
    )
    made, used = only(turn), only(tool)
    assert (made.kind, made.input, made.output) == ("agent", "Oslo?", "Sunny.")
    assert (used.kind, used.name, used.input, used.output) == (
        "tool",
        "weather",
        {"city": "Oslo"},
        "sunny",
    )
    assert used.tool_call_id == "call_1"
    tool.attributes["lk.function_tool.is_error"] = True
    failed = only(tool)
    assert failed.error is not None and failed.error.message == "sunny"
    assert failed.output is None


def test_livekits_node_its_request_and_the_tries_of_it_are_one_call() -> None:
    items: list[Any] = [
        {"type": "message", "role": "system", "content": ["Be short.", {"type": "cache"}]},
        {"type": "message", "role": "user", "content": ["Oslo?"]},
        {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": "sunny"},
        "none",
    ]
    metrics: dict[str, Any] = {
        "request_id": "answer-1",
        "prompt_tokens": 21,
        "completion_tokens": 9,
    }
    metrics["metadata"] = {"model_provider": "openai"}
    run = livekit("agent_session")
    node = livekit(
        "llm_node",
        parent=run,
        lk__chat_ctx=json.dumps({"items": items}),
        lk__response__text="",
        lk__response__function_calls=json.dumps([items[2]]),
    )
    about = {"gen_ai.request.model": "m", "lk.llm_metrics": json.dumps(metrics)}
    request = livekit("llm_request", parent=node, **about)
    tried = [livekit("llm_request_run", parent=request, lk__retry_count=n) for n in (0, 1)]
    (hop,) = hops(run, node, request, *tried)
    assert (hop.kind, hop.name, hop.request_model, hop.provider) == (
        "llm",
        "llm_node",
        "m",
        "openai",
    )
    assert (hop.system, hop.input_tokens, hop.response_id) == ("Be short.", 21, "answer-1")
    assert [m.role for m in hop.messages_in] == ["system", "user", "assistant", "tool"]
    assert hop.output == [{"name": "weather", "arguments": {}}]
    same_both_ways([run, node, request, *tried])
    failed = livekit("llm_request_run", parent=request, lk__retry_count=1, status=2)
    failed.events.append(said("exception", "no"))
    failed.events[0].attributes["exception.message"] = "No."
    silent = livekit("llm_request", **{"gen_ai.request.model": "m"})
    silent.attributes["gen_ai.response.finish_reasons"] = ["stop"]
    failed.parent_span_id = silent.span_id
    (hop,) = hops(silent, failed)  # LiveKit for Node says that it stopped
    assert hop.error is not None
    assert (hop.error.message, hop.finish_reason) == ("No.", None)
    same_both_ways([silent, failed])
    failed.parent_span_id = request.span_id
    assert hops(run, node, request, tried[1], failed)[0].error is None  # it answered


def test_pipecats_call_was_asked_of_one_model_and_answered_by_another() -> None:
    call = pipecat(
        "llm",
        gen_ai__operation__name="chat",
        gen_ai__request__model="m-2026",
        param__model="m",
        gen_ai__request__top_k="NOT_GIVEN",
        gen_ai__request__temperature=0.3,
        input='[{"role": "user", "content": "Hi."}]',
        output="Hello.",
        metrics__ttfb=0.25,
    )
    hop = only(call)
    assert (hop.request_model, hop.response_model) == ("m", "m-2026")
    assert (hop.input, hop.output, hop.time_to_first_token_ms) == ("Hi.", "Hello.", 250)
    assert hop.parameters == {"temperature": 0.3}


def test_pipecats_tools_of_speaking_models_are_tools() -> None:
    about = {"tool__function_name": "weather", "tool__call_id": "call_1"}
    asked = pipecat("llm_tool_call", tool__arguments='{"city": "Oslo"}', **about)
    failed = pipecat(
        "llm_tool_result", tool__result="no station", tool__result_status="error", **about
    )
    one, other = only(asked), only(failed)
    assert (one.kind, one.name, one.input) == ("tool", "weather", {"city": "Oslo"})
    assert other.error is not None and other.error.message == "no station"


def test_rails_around_calls_and_the_words_in_their_events() -> None:
    prompt = "\n[cyan]System[/]\nBe short.\n[cyan]User[/]\nHi."
    call = span(
        "nemo_guardrails",
        "general m",
        gen_ai__request__model="m",
        gen_ai__operation__name="general",
        events=[said("gen_ai.content.prompt", prompt), said("gen_ai.content.completion", "Hello.")],
    )
    hop = only(call)
    assert (hop.kind, hop.system, hop.input, hop.output) == ("llm", "Be short.", "Hi.", "Hello.")
    rail = span("nemo_guardrails", "guardrails.rail", rail__type="input", rail__stop=True)
    assert (only(rail).kind, only(rail).output) == ("guardrail", {"stop": True})
    legacy = span("nemo_guardrails", "LLM: m", llm_call_m_prompt_tokens_total=21)
    assert (only(legacy).request_model, only(legacy).input_tokens) == ("m", 21)


@pytest.mark.parametrize("kind", ["chain", "llm", "tool"])
@pytest.mark.parametrize("gave", [None, "{}", '{"output":null}'])
def test_a_langsmith_run_that_failed_after_it_was_told_of_failed(
    kind: str, gave: str | None
) -> None:
    about = {"langsmith__span__kind": kind, "gen_ai__prompt": '{"input": "Oslo?"}'}
    if gave is not None:
        about["gen_ai__completion"] = gave
    error = "BadRequestError('no such city')Traceback (most recent call last):\n\n\nBadRequestError"
    event = SpanEvent("exception", 1, {"exception.type": "Exception", "exception.message": error})
    run = span("langsmith", "run", langsmith__span__kind="chain")
    step = span("langsmith", "step", parent=run, status=1, events=[event], **about)
    (hop,) = hops(run, step)
    assert hop.error is not None and hop.error.type == "BadRequestError"
    assert hop.output is None
    same_both_ways([run, step])
    step.attributes["gen_ai.completion"] = '{"output": "sunny"}'
    assert hops(run, step)[0].error is None


def test_bedrock_in_javascript_is_asked_of_the_model_and_told_what_the_raw_request_says() -> None:
    about = {
        "openinference__span__kind": "LLM",
        "llm__model_name": "claude-3-haiku",
        "llm__input_messages__0__message__role": "user",
        "llm__input_messages__0__message__content": "Hi.",
    }
    asked = '{"modelId": "anthropic.claude-3-haiku-v1:0", "system": [{"text": "Be short."}]}'
    scope = "@arizeai/openinference-instrumentation-bedrock"
    run = span("app", "run")
    values = (asked, "{}", "x", '{"a')
    calls = [span(scope, "call", parent=run, input__value=v, **about) for v in values]
    made = hops(run, *calls)
    assert [h.request_model for h in made] == ["anthropic.claude-3-haiku-v1:0"] + [
        "claude-3-haiku"
    ] * 3
    assert made[0].system == "Be short."
    same_both_ways(calls)


def test_vectors_told_of_as_completions_in_javascript_are_vectors() -> None:
    run = span("app", "run")
    scope = "@traceloop/instrumentation-bedrock"
    about = {"gen_ai__operation__name": "text_completion", "gen_ai__usage__input_tokens": 6}
    models = ("titan-text-express-v1", "titan-embed-text-v2:0")
    calls = [
        span(scope, f"text_completion {m}", parent=run, gen_ai__request__model=m, **about)
        for m in models
    ]
    assert [h.kind for h in hops(run, *calls)] == ["llm", "embedding"]
    same_both_ways([run, *calls])


def test_an_agent_that_names_the_answer_of_a_call_beside_it_counts_nothing_again() -> None:
    run = span("app", "run")
    used = {"gen_ai__usage__input_tokens": 21, "gen_ai__usage__output_tokens": 9}
    call = span(
        "openlit.instrumentation.langchain",
        "chat m",
        parent=run,
        gen_ai__operation__name="chat",
        gen_ai__request__model="m",
        gen_ai__response__id="answer-1",
        **used,
    )
    agents = [
        span(
            "openlit.instrumentation.langgraph",
            "invoke_agent agent",
            parent=run,
            gen_ai__operation__name="invoke_agent",
            gen_ai__response__id=answer,
            **used,
        )
        for answer in ("answer-1", "answer-2")
    ]
    made = hops(run, call, *agents)
    assert [h.input_tokens for h in made] == [21, 0, 21]
    same_both_ways([run, call, *agents])


def test_who_asked_stands_among_the_metadata_of_langchains_runs() -> None:
    run = span("app", "run")
    told = ('{"user_id": "u-1"}', '{"user_id": 1}', '["user_id"]', '{"user_id": "u-', "user_id")
    steps = [
        span(
            "openinference.instrumentation.langchain",
            "step",
            parent=run,
            openinference__span__kind="CHAIN",
            metadata=metadata,
        )
        for metadata in told
    ]
    assert normalise([run, *steps]).run.user_id == "u-1"
    same_both_ways([run, *steps])
    steps[0].attributes["user.id"] = "u-2"
    assert normalise([run, *steps]).run.user_id == "u-2"


def gemini(operation: str, **more: Any) -> Span:
    return span("gemini-cli", operation, gen_ai__operation__name=operation, **more)


def test_gemini_clis_streams_are_one_answer_and_its_tools_say_what_they_gave() -> None:
    pieces = [{"text": "Os"}, {"text": "lo."}, {"functionCall": {"name": "ls", "args": {}}}, {}]
    thought = {"text": "Hm.", "thought": True}
    call = gemini(
        "llm_call",
        gen_ai__request__model="m",
        gen_ai__prompt__name="92cf664f",
        gen_ai__input__messages='[{"role": "user", "parts": [{"text": "Where?"}]}]',
        gen_ai__output__messages=json.dumps(
            [{"role": "model", "parts": [p]} for p in (thought, *pieces)]
        ),
    )
    hop = only(call)
    assert (hop.kind, hop.provider, hop.input, hop.prompt_name) == (
        "llm",
        "gcp.gemini",
        "Where?",
        None,
    )
    (said,) = hop.messages_out
    told = [(p["type"], p.get("content")) for p in said.parts][:3]
    assert told == [("reasoning", "Hm."), ("text", "Oslo."), ("tool_call", None)]
    parts = [{"functionResponse": {"response": {"error": "no such file"}}}]
    gave = {"status": "error", "response": {"responseParts": parts, "errorType": "file_not_found"}}
    about = {"gen_ai.tool.name": "read_file", "gen_ai.tool.call_id": "call_1"}
    tool = gemini(
        "tool_call",
        gen_ai__input__messages='{"args": {"file_path": "a"}}',
        gen_ai__output__messages=json.dumps(gave),
        **about,
    )
    failed = only(tool)
    assert (failed.kind, failed.name, failed.input) == ("tool", "read_file", {"file_path": "a"})
    assert failed.error is not None and failed.error.type == "file_not_found"
    same_both_ways([call, tool])


def codex(name: str, **more: Any) -> Span:
    return span("codex_exec", name, **more)


def test_codexs_request_and_the_end_of_its_stream_are_one_call() -> None:
    run = codex("turn/start")
    request = codex(
        "model_client.stream_responses_api", parent=run, model="m", wire_api="responses"
    )
    sent = codex("responses.stream_request", parent=request)
    pieces = [codex("handle_responses", parent=run, at=1_110 + n) for n in range(3)]
    used = {"input_tokens": 21, "output_tokens": 9, "cache_read.input_tokens": 5}
    end = pieces[-1].attributes
    end |= {f"gen_ai.usage.{k}": v for k, v in used.items()}
    end |= {"codex.usage.total_tokens": 30, "codex.usage.reasoning_output_tokens": 2}
    made = hops(run, request, sent, *pieces)
    (call,) = [h for h in made if h.kind == "llm"]
    assert (call.response_model, call.input_tokens, call.output_tokens) == ("m", 21, 9)
    assert (call.cached_tokens, call.reasoning_tokens) == (5, 2)
    same_both_ways([run, request, sent, *pieces])


def test_codexs_refused_request_fails_and_its_tools_are_told_by_their_results() -> None:
    run = codex("turn/start")
    request = codex("model_client.stream_responses_api", parent=run, model="m")
    refused = {
        "event.name": "codex.api_request",
        "http.response.status_code": "400",
        "error.message": "no",
    }
    sent = codex(
        "endpoint_session.stream", parent=request, events=[SpanEvent("event otel", 1, refused)]
    )
    told = {"event.name": "codex.tool_result", "tool_name": "shell", "call_id": "call_1"}
    gave = {"arguments": '{"command": "ls"}', "output": "a.txt", "success": "true"}
    tool = codex("dispatch_tool_call_with_state", parent=run)
    log = LogRecord(tool.trace_id, tool.span_id, attributes={**told, **gave})
    made = {h.kind: h for h in hops(run, request, sent, tool, logs=[log])}
    error = made["chain"].error
    assert error is not None and (error.type, error.message) == ("400", "no")
    used = made["tool"]
    assert (used.name, used.input, used.output) == ("shell", {"command": "ls"}, "a.txt")
    same_both_ways([run, request, sent, tool], [log])


def test_agentscopes_functions_say_what_was_asked_and_its_tools_that_they_failed() -> None:
    asked = [{"role": "system", "content": "Be short."}, {"role": "user", "content": "Oslo?"}]
    call = span(
        "agentscope",
        "chat m",
        gen_ai__operation__name="chat",
        gen_ai__request__model="m",
        gen_ai__conversation__id='"session-1"',
        agentscope__function__input=json.dumps({"args": [asked], "kwargs": {}}),
    )
    hop = only(call)
    assert (hop.system, hop.input) == ("Be short.", "Oslo?")
    assert normalise([call]).run.session_id == "session-1"
    gave = {"content": [{"type": "text", "text": "no station"}], "state": "error"}
    printed = "ToolResponse(content=[{'type': 'text', 'text': 'sunny'}], metadata=None)"
    failed, used = (
        only(
            span(
                "agentscope",
                "execute_tool weather",
                gen_ai__operation__name="execute_tool",
                gen_ai__tool__name="weather",
                gen_ai__tool__call__result=json.dumps(result),
                agentscope__function__name="call",
            )
        )
        for result in (gave, printed)
    )
    assert failed.error is not None and failed.error.message == "no station"
    assert (used.error, used.output) == (None, "sunny")


def test_what_a_call_asked_tools_for_is_told_by_the_next() -> None:
    ask = [{"role": "user", "content": "Oslo?"}]
    given = {"name": "weather", "arguments": '{"city": "Oslo"}'}
    asked = {"role": "assistant", "tool_calls": [{"id": "c1", "function": given}]}
    gave = {"role": "tool", "tool_call_id": "c1", "content": "sunny"}
    later = [*ask, asked, gave]

    def call(parent: Span, messages: list[Any], at: int, **more) -> Span:
        told: dict[str, Any] = {"input": json.dumps(messages), "stream": True, **more}
        told |= {"metrics.ttfb": 0.1, "gen_ai.operation.name": "chat"}
        made = pipecat("llm", parent=parent, **{k.replace(".", "__"): v for k, v in told.items()})
        made.start_unix_nano, made.end_unix_nano = at, at + 5
        return made

    used = {"gen_ai.usage.output_tokens": 9}
    for end in ({"output": "Sunny.", **used}, {}):
        turn = pipecat("turn", turn__number=1, conversation__id="a")
        spans = [turn, call(turn, ask, 1, **used), call(turn, later, 10, **end)]
        first, last = hops(*spans)
        assert first.output == [{"name": "weather", "arguments": {"city": "Oslo"}}]
        assert [p["id"] for m in first.messages_out for p in m.parts] == ["c1"]
        assert last.output == end.get("output")
        same_both_ways(spans)
    for other in ([*later[1:]], ask, [*ask, {"role": "user", "content": "Well?"}]):
        turn = pipecat("turn", turn__number=1, conversation__id="a")
        first, _ = hops(turn, call(turn, ask, 1, **used), call(turn, other, 10))
        assert first.output is None and not first.messages_out
    turn = pipecat("turn", turn__number=1, conversation__id="a")
    first, _ = hops(turn, call(turn, ask, 1), call(turn, later, 10))
    assert first.output is None  # it may never have answered


@pytest.mark.parametrize(
    ("host", "named"), [("api.openai.com", "openai"), ("127.0.0.1:8080", None), ("acme", "acme")]
)
def test_livekits_hosts_are_told_as_whose_they_are(host: str, named: str | None) -> None:
    call = livekit("llm_request", gen_ai__request__model="m", gen_ai__provider__name=host)
    assert [h.provider for h in hops(call)] == [named]
    same_both_ways([call])
