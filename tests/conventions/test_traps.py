"""The traps that real exports prove, each as a promise."""

from __future__ import annotations

import json

import pytest
from tests.conventions.spans import MS, TRACE, genai, hops, only, span

from misstep_store.conventions import normalise
from misstep_store.otlp.spans import LogRecord, SpanEvent

ASKED = '[{"role":"user","parts":[{"type":"text","content":"hi"}]}]'
SAID = '[{"role":"assistant","parts":[{"type":"text","content":"yo"}],"finish_reason":"stop"}]'
NATIVE = "com.anthropic.sdk.python"


def native(**more: object):
    return genai(
        "anthropic.messages.create",
        scope=NATIVE,
        anthropic__message__stop_reason="end_turn",
        **more,
    )


# 1: two spans for one call


def test_an_sdk_span_inside_the_instrumentors_is_the_same_call_counted_once() -> None:
    outer = genai("messages.create", gen_ai__input__messages=ASKED, took=100)
    made = normalise([outer, native(parent=outer, at=1_001, took=90)])
    assert (len(made.hops), made.run.input_tokens) == (1, 21)
    assert made.hops[0].finish_reason == "end_turn"


def test_siblings_with_one_response_id_are_one_call() -> None:
    root = span("app", "pipeline")
    told = [
        genai(parent=root, gen_ai__response__id="r1", gen_ai__input__messages=ASKED),
        native(parent=root, gen_ai__response__id="r1", at=1_001, took=98),
    ]
    (hop,) = hops(root, *told)
    assert (hop.hop_id, hop.merged) == (told[0].span_id, [told[1].span_id])


def test_calls_after_one_another_with_one_response_id_stay_two() -> None:
    root = span("app", "pipeline", took=900)
    calls = [genai(parent=root, gen_ai__response__id="r1", at=at) for at in (1_000, 1_200)]
    doubles = [
        native(parent=root, gen_ai__response__id="r1", at=at + 1, took=90) for at in (1_000, 1_200)
    ]
    found = hops(root, *calls, *doubles)
    assert [(h.hop_id, h.merged) for h in found] == [
        (c.span_id, [d.span_id]) for c, d in zip(calls, doubles, strict=True)
    ]


def test_a_failed_call_and_its_sdk_span_are_one_although_no_id_was_answered() -> None:
    root = span("app", "pipeline")
    failed = {"status": 2, "gen_ai__usage__input_tokens": 0}
    call = genai(parent=root, **failed)
    hop = only(root, call, native(parent=root, at=1_001, took=98, **failed))
    assert hop.hop_id == call.span_id


def test_wrappers_repeat_their_calls_tokens_and_only_leaves_count() -> None:
    wrapper = span(
        "ai", "ai.generateText", ai__operationId="ai.generateText", ai__usage__inputTokens=42
    )
    root = span("app", "pipeline", took=500)
    wrapper.parent_span_id = root.span_id
    calls = [
        span(
            "ai",
            "d",
            parent=wrapper,
            at=at,
            took=40,
            ai__operationId="ai.generateText.doGenerate",
            ai__model__id="m",
            ai__usage__inputTokens=21,
        )
        for at in (1_000, 1_050)
    ]
    made = normalise([root, wrapper, *calls])
    assert made.run.input_tokens == 42
    assert [(h.kind, h.input_tokens) for h in made.hops] == [("chain", 0), ("llm", 21), ("llm", 21)]


def test_an_agents_own_totals_are_never_added() -> None:
    agent = genai(
        "invoke_agent a", gen_ai__operation__name="invoke_agent", gen_ai__usage__input_tokens=42
    )
    made = normalise([agent, genai(parent=agent), genai(parent=agent, at=1_050)])
    assert made.run.input_tokens == 42


def test_a_proxys_raw_request_is_its_call() -> None:
    call = span(
        "litellm", "litellm_request", llm__request__type="completion", gen_ai__request__model="m"
    )
    raw = span(
        *("litellm", "raw_gen_ai_request"),
        parent=call,
        llm__openai__messages="[{'role': 'user', 'content': 'hi'}]",
        llm__openai__choices="[{'finish_reason': 'stop', 'message': {'content': 'yo'}}]",
    )
    hop = only(call, raw)
    assert (hop.input, hop.output, hop.finish_reason) == ("hi", "yo", "stop")


def test_http_requests_inside_a_call_are_its_attempts() -> None:
    call = genai(took=100)
    http = {"kind": 3, "http__request__method": "POST"}
    tries = [
        span(
            "http", "POST", parent=call, took=20, status=2, http__response__status_code=429, **http
        ),
        span(
            "http", "POST", parent=call, at=1_050, took=40, http__response__status_code=200, **http
        ),
    ]
    hop = only(call, *tries)
    assert [(a.status, a.ok) for a in hop.attempts] == [(429, False), (200, True)]
    assert hop.attempt == 2


def test_a_streams_second_half_joins_the_request_it_ended_with() -> None:
    root = span("app", "pipeline", took=900)
    given = {
        "gen_ai__request__model": "m",
        "gen_ai__input__messages": ASKED,
        "logfire__msg": "chat",
    }
    asked = [
        span("logfire.openai", "Chat", parent=root, at=at, took=4, **given) for at in (1_000, 1_010)
    ]
    halves = [
        span(
            "logfire.openai",
            "streaming response from",
            parent=root,
            at=at,
            took=0,
            logfire__span_type="log",
            duration=took,
            gen_ai__output__messages=SAID,
            gen_ai__usage__input_tokens=tokens,
            **given,
        )
        for at, took, tokens in ((1_300, 0.285, 2), (1_400, 0.396, 1))
    ]
    found = hops(root, *asked, *halves)
    assert [(h.hop_id, h.input_tokens, h.output) for h in found] == [
        (asked[0].span_id, 1, "yo"),
        (asked[1].span_id, 2, "yo"),
    ]
    assert found[0].duration_ms == 400


# 2: content in three carriers


@pytest.mark.parametrize("carrier", ["attributes", "details", "event", "logs", "parts"])
def test_content_is_read_wherever_it_travels(carrier) -> None:
    call = genai()
    logs: list[LogRecord] = []
    both = {"gen_ai.input.messages": json.loads(ASKED), "gen_ai.output.messages": json.loads(SAID)}
    if carrier == "attributes":
        call.attributes |= {"gen_ai.input.messages": ASKED, "gen_ai.output.messages": SAID}
    elif carrier == "parts":
        call.attributes |= both
    elif carrier == "event":
        call.events.append(SpanEvent("gen_ai.client.inference.operation.details", 0, both))
    elif carrier == "details":
        name = "gen_ai.client.inference.operation.details"
        logs.append(LogRecord(TRACE, call.span_id, event_name=name, attributes=both))
    else:
        for number, (name, body) in enumerate(
            [
                ("gen_ai.user.message", {"content": "hi"}),
                ("gen_ai.choice", {"finish_reason": "stop", "message": {"content": "yo"}}),
            ]
        ):
            logs.insert(
                0,
                LogRecord(TRACE, call.span_id, number, attributes={"event.name": name}, body=body),
            )
    hop = only(call, logs=logs)
    assert (hop.input, hop.output, hop.finish_reason) == ("hi", "yo", "stop")


def test_content_on_the_span_and_in_logs_at_once_is_taken_once() -> None:
    call = genai(gen_ai__input__messages=ASKED, gen_ai__output__messages=SAID)
    log = LogRecord(TRACE, call.span_id, event_name="gen_ai.user.message", body={"content": "hi"})
    assert len(only(call, logs=[log]).messages_in) == 1


# 3: JSON text, JSON of a JSON string, Python repr, plain text


@pytest.mark.parametrize(
    "text",
    ['{"city": "Paris"}', json.dumps('{"city": "Paris"}'), "{'city': 'Paris'}"],
    ids=["json", "json-in-json", "repr"],
)
def test_arguments_read_the_same_in_every_wrapping(text) -> None:
    call = {"type": "tool_call", "id": "1", "name": "f", "arguments": text}
    said = json.dumps([{"role": "assistant", "parts": [call]}])
    part = only(genai(gen_ai__output__messages=said)).messages_out[0].parts[0]
    assert part["arguments"] == {"city": "Paris"}


def test_text_that_is_no_json_stays_as_it_is() -> None:
    assert only(span("x", "s", input="{not json", output='"half')).input == "{not json"


# 4: nested values


def test_nested_values_bytes_and_nones_arrive_as_values() -> None:
    found = only(span("x", "s", input={"a": [None, b"ab", {"b": float("nan")}]}))
    assert found.input == {"a": [None, "<2 bytes>", {"b": "nan"}]}


# 5: beyond the attribute limit, gaps, huge indices


def test_indexed_messages_survive_gaps_and_an_index_of_a_billion() -> None:
    given = {
        "llm.input_messages.3.message.content": "three",
        "llm.input_messages.3.message.role": "user",
        "llm.input_messages.1000000000.message.content": "last",
        "llm.input_messages.99999999999999999999999.message.content": "absurd",
        "llm.input_messages.x.message.content": "no index",
    }
    call = span("openinference.instrumentation.openai", "c", openinference__span__kind="LLM")
    call.attributes |= given
    assert [m.text for m in only(call).messages_in] == ["three", "last"]


def test_a_call_whose_first_attributes_were_dropped_is_still_a_call() -> None:
    call = span("opentelemetry.instrumentation.openai.v1", "openai.chat", llm__request__type="chat")
    call.dropped_attributes_count = 40
    call.attributes["gen_ai.completion.0.content"] = "yo"
    assert (only(call).kind, only(call).output) == ("llm", "yo")


# 6: orphans


def test_an_orphan_is_a_hop_marked_so_and_no_run_is_invented() -> None:
    lost = genai()
    lost.parent_span_id = "f" * 16
    made = normalise([lost])
    assert (made.hops[0].orphan, made.run.root_id, made.run.complete) == (True, None, False)


# 7, 8: span kind and empty scopes


@pytest.mark.parametrize("kind", range(6))
def test_span_kind_is_no_guide(kind) -> None:
    assert only(genai(kind=kind)).kind == "llm"


def test_a_span_without_a_scope_is_told_by_its_attributes() -> None:
    assert only(genai(scope="")).convention == "otel-genai"
    told = span("", "x", langsmith__span__kind="retriever", gen_ai__operation__name="embeddings")
    assert (only(told).convention, only(told).kind) == ("langsmith", "retriever")


def test_the_scope_decides_before_attributes_do() -> None:
    call = span(
        "openinference.instrumentation.x",
        "c",
        gen_ai__operation__name="chat",
        llm__request__type="chat",
    )
    assert only(call).convention == "openinference"


# 10, 13: abandoned streams and usage that never came


def test_an_abandoned_stream_is_a_call_without_output_or_tokens() -> None:
    said = '[{"role":"assistant","parts":[],"finish_reason":"error"}]'
    call = genai(gen_ai__output__messages=said, gen_ai__response__finish_reasons=["error"])
    del call.attributes["gen_ai.usage.input_tokens"], call.attributes["gen_ai.usage.output_tokens"]
    hop = only(call)
    assert (hop.output, hop.finish_reason, hop.input_tokens, hop.error) == (None, "error", 0, None)


# 12: documents without text


def test_documents_that_are_ids_and_scores_alone_stay_documents() -> None:
    given = '[{"id": "d1", "score": null}, {"id": "d2", "score": 0.5}]'
    found = span(
        "opentelemetry.instrumentation.genai.x",
        "r",
        gen_ai__operation__name="retrieval",
        gen_ai__retrieval__documents=given,
    )
    assert only(found).documents == [{"id": "d1"}, {"id": "d2", "score": 0.5}]


# 15: explicit nulls


def test_nulls_written_out_are_absent() -> None:
    said = json.loads(SAID)
    said[0] |= {"name": None, "finish_reason": None}
    message = only(genai(gen_ai__output__messages=json.dumps(said))).messages_out[0]
    assert (message.name, message.finish_reason) == (None, None)


# units


@pytest.mark.parametrize(
    ("scope", "key", "value"),
    [
        ("opentelemetry.instrumentation.genai.openai", "gen_ai.response.time_to_first_chunk", 0.25),
        ("gen_ai", "gen_ai.client.operation.time_to_first_chunk", 0.25),
        ("strands.telemetry.tracer", "gen_ai.server.time_to_first_token", 250),
        ("openlit.instrumentation.openai", "gen_ai.server.time_to_first_token", 0.25),
        ("ai", "ai.response.msToFirstChunk", 250.0),
    ],
)
def test_the_time_to_the_first_token_is_in_milliseconds_whatever_was_sent(
    scope, key, value
) -> None:
    call = (
        genai(scope=scope, gen_ai__request__stream=True, ai__operationId="ai.streamText.doStream")
        if scope == "ai"
        else genai(scope=scope, gen_ai__request__stream=True)
    )
    call.attributes[key] = value
    assert only(call).time_to_first_token_ms == 250


def test_the_first_token_event_of_openinference_gives_its_time() -> None:
    event = SpanEvent("First Token Stream Event", 1_250 * MS)
    call = span(
        "openinference.instrumentation.openai", "c", events=[event], openinference__span__kind="LLM"
    )
    assert only(call).time_to_first_token_ms == 250


# steps, agents, runs


def test_a_step_around_one_call_is_one_hop_with_both_their_sides() -> None:
    run = span("traceloop.tracer", "w", took=900, traceloop__span__kind="workflow")
    step = span(
        "traceloop.tracer",
        "t",
        parent=run,
        traceloop__span__kind="task",
        traceloop__entity__name="summarise",
        traceloop__entity__output='{"short": 1}',
    )
    call = genai(parent=step, gen_ai__output__messages=SAID)
    (hop,) = hops(run, step, call)
    assert (hop.name, hop.kind, hop.output, hop.answer) == ("summarise", "llm", {"short": 1}, "yo")
    assert (hop.hop_id, hop.merged, hop.input_tokens) == (step.span_id, [call.span_id], 21)


def test_an_agent_never_merges_with_its_call() -> None:
    run = span("traceloop.tracer", "w", took=900, traceloop__span__kind="workflow")
    agent = span("traceloop.tracer", "a", parent=run, traceloop__span__kind="agent")
    assert [h.kind for h in hops(run, agent, genai(parent=agent))] == ["agent", "llm"]


def test_only_the_innermost_step_merges() -> None:
    run = span("traceloop.tracer", "w", took=900, traceloop__span__kind="workflow")
    outer = span("traceloop.tracer", "outer", parent=run, traceloop__span__kind="task")
    inner = span("traceloop.tracer", "inner", parent=outer, traceloop__span__kind="task")
    assert [h.name for h in hops(run, outer, inner, genai(parent=inner))] == ["outer", "inner"]


def test_a_span_nobody_claims_is_a_readable_chain_hop() -> None:
    hop = only(span("my.app", "tidy", input='{"a": 1}', output="done", status=0))
    assert (hop.kind, hop.name, hop.input, hop.output) == ("chain", "tidy", {"a": 1}, "done")


# contradictions


def test_an_errors_type_and_message_are_cleaned() -> None:
    told = {
        "exception.type": "openai.InternalServerError",
        "exception.message": "Error code: 500 - {'error': {'message': 'The server had an error'}}",
    }
    error = only(genai(status=2, events=[SpanEvent("exception", 0, told)])).error
    assert error is not None
    assert (error.type, error.message) == (
        *("InternalServerError", "Error code: 500 - The server had an error"),
    )


@pytest.mark.parametrize(
    ("kind", "message", "expected"),
    [
        ("<class 'a.b.Broken'>", "x", ("Broken", "x")),
        (
            "Exception",
            "ValueError('no city')Traceback (most recent call last):",
            ("ValueError", "no city"),
        ),
        ("", "RateLimitError: slow down", ("RateLimitError", "slow down")),
        ("500", "boom", ("500", "boom")),
        ("X", "litellm.X: X: told", ("X", "told")),
    ],
)
def test_errors_of_every_library_read_alike(kind, message, expected) -> None:
    told = {"exception.type": kind, "exception.message": message}
    error = only(genai(status=2, events=[SpanEvent("exception", 0, told)])).error
    assert error is not None
    assert (error.type, error.message) == expected


def test_evaluation_events_become_scores_of_the_hop_they_judge() -> None:
    call = genai(gen_ai__response__id="r1")
    told = {"gen_ai.evaluation.name": "good", "gen_ai.evaluation.score.value": 0.5}
    by_span = LogRecord(TRACE, call.span_id, event_name="gen_ai.evaluation.result", attributes=told)
    by_id = LogRecord(
        TRACE,
        "",
        event_name="gen_ai.evaluation.result",
        attributes=told | {"gen_ai.response.id": "r1"},
    )
    assert [s.value for s in only(call, logs=[by_span, by_id]).scores] == [0.5, 0.5]


def test_images_come_by_reference() -> None:
    content = [
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
        {"type": "image_url", "image_url": {"url": "https://x.test/a.png"}},
        {"type": "text", "text": "what is it?"},
    ]
    call = genai(gen_ai__input__messages=json.dumps([{"role": "user", "content": content}]))
    blob, link, text = only(call).messages_in[0].parts
    assert (blob["type"], blob["mime_type"], blob["size_bytes"]) == ("blob", "image/png", 3)
    assert "AAAA" not in json.dumps(blob)
    assert (link["type"], link["uri"]) == ("uri", "https://x.test/a.png")
    assert text["content"] == "what is it?"


# a hop called outside a run is a run of its own, and its hop


def own(name: str, *, role: str = "hop", **more: object):
    return span("misstep", name, misstep__role=role, misstep__hop__name=name, **more)


def test_a_step_called_outside_a_run_is_a_run_and_its_hop() -> None:
    step = own("summarise", misstep__input='{"q":1}', misstep__output='"short"')
    call = own("chat m", role="call", parent=step, misstep__output='"short"')
    made = normalise([step, call])
    assert [(h.name, h.hop_id, h.merged) for h in made.hops] == [
        ("summarise", step.span_id, [call.span_id])
    ]
    assert (made.run.name, made.run.input, made.run.output) == ("summarise", {"q": 1}, "short")
    assert (made.run.pipeline, made.run.complete) == (None, True)


def test_a_step_outside_a_run_holds_the_steps_inside_it() -> None:
    outer = own("outer", misstep__input='{"q":1}', misstep__output='"b"', took=500)
    steps = [own(n, parent=outer, at=at, took=10) for n, at in (("a", 1_001), ("b", 1_100))]
    made = normalise([outer, *steps])
    assert [(h.name, h.parent_id) for h in made.hops] == [
        ("outer", None),
        ("a", outer.span_id),
        ("b", outer.span_id),
    ]
    assert (made.run.hop_count, made.run.input, made.run.output) == (3, {"q": 1}, "b")
