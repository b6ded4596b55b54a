"""What frameworks for Node write of their own: VoltAgent, Strands, LangChain's streams."""

from __future__ import annotations

import json

import pytest
from tests.conventions.spans import MS, genai, hops, only, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.conventions import normalise
from misstep_store.headers import SpanColumns
from misstep_store.headers.reading import read
from misstep_store.otlp.spans import Span, SpanEvent

VOLT = "@voltagent/core"
MODEL = {"ai__model__name": "m", "ai__model__provider": "openai.chat"}


def agent(**more: object) -> Span:
    told = {"agent__state": "completed", "voltagent__operation_id": "o1", "input": "Where?"}
    return span(VOLT, "guide", **{"output": '{"city":"Oslo"}', **told, **MODEL, **more})


def test_what_an_agent_of_voltagent_answered_is_what_its_one_call_said() -> None:
    outer = agent(took=900, conversation__id="chat-7", user__id="user-7")
    asked = '[{"role":"system","content":"Be brief."},{"role":"user","content":"Where?"}]'
    told = {"llm__model": "m", "llm__messages": asked, "llm__tools": "look,now"}
    counts = {"llm__usage__prompt_tokens": 21, "llm__usage__completion_tokens": 9}
    ended = {"llm__finish_reason": "tool-calls", "span__type": "llm", **counts}
    call = span(VOLT, "llm:generateText", parent=outer, at=1_010, took=50, **told, **ended)
    named = {"tool__name": "look", "tool__call__id": "c1", "input": "{}", "output": "sunny"}
    tool = span(VOLT, "tool.execution:look", parent=outer, at=1_020, span__type="tool", **named)
    made = normalise([outer, call, tool])
    llm, used = made.hops
    assert (llm.kind, llm.request_model, llm.input_tokens, llm.output_tokens) == ("llm", "m", 21, 9)
    assert (llm.input, llm.output, llm.system) == ("Where?", {"city": "Oslo"}, "Be brief.")
    assert (llm.finish_reason, [t["name"] for t in llm.tools]) == ("tool_calls", ["look", "now"])
    assert (used.kind, used.name, used.tool_call_id, used.output) == ("tool", "look", "c1", "sunny")
    assert (made.run.session_id, made.run.user_id) == ("chat-7", "user-7")
    assert same_both_ways([outer, call, tool]) == []


def test_an_agent_of_voltagent_within_which_no_call_is_told_of_is_the_call() -> None:
    counts = {"usage__prompt_tokens": 21, "usage__completion_tokens": 9}
    outer = agent(ai__response__finish_reason="stop", **counts)
    memory = span(VOLT, "memory.read", parent=outer, at=1_010, took=5, span__type="memory")
    found = {h.name: h for h in hops(outer, memory)}
    call = found["guide"]
    assert (call.kind, call.provider, call.input_tokens) == ("llm", "openai", 21)
    assert (call.input, call.output, call.finish_reason) == ("Where?", {"city": "Oslo"}, "stop")
    assert found["memory.read"].kind == "chain"
    same_both_ways([outer, memory])
    silent = agent()  # it asked no model
    assert only(silent).kind == "agent"
    same_both_ways([silent])


@pytest.mark.parametrize("key", ["gen_ai.system", "gen_ai.provider.name"])
def test_strands_for_node_says_the_program_s_name_for_the_provider_s(key: str) -> None:
    said = {
        "finish_reason": "toolUse",
        "message": '[{"type":"toolUse","name":"look","toolUseId":"t1","input":{"city":"Oslo"}}]',
    }
    asked = {"content": '[{"text":"Where?"}]'}
    told = [("gen_ai.user.message", asked), ("gen_ai.choice", said)]
    call = span(
        "my-app",
        "chat",
        events=[SpanEvent(name, 1_050 * MS, about) for name, about in told],
        gen_ai__operation__name="chat",
        gen_ai__request__model="m",
        gen_ai__event__start_time="2026-11-27T12:46:12.423Z",
        **{key.replace(".", "__"): "my-app"},
    )
    hop = only(call)
    assert (hop.provider, hop.request_model, hop.finish_reason) == (None, "m", "tool_use")
    assert (hop.input, hop.convention) == ("Where?", "strands")
    assert hop.output == [{"name": "look", "arguments": {"city": "Oslo"}}]
    same_both_ways([call])


@pytest.mark.parametrize("piece", ["input", "partial_json"])
def test_a_stream_of_anthropic_s_that_langchain_left_in_pieces_is_put_together(piece: str) -> None:
    blocks = [
        {"index": 0, "type": "text", "text": "I look."},
        {"index": 1, "type": "tool_use", "id": "t1", "name": "look", "input": ""},
        {"index": 1, "type": "input_json_delta", piece: '{"city": '},
        {"index": 1, "type": "input_json_delta", piece: '"Oslo"}'},
        {"index": 2, "type": "input_json_delta", piece: 7},
    ]
    kwargs = {"content": blocks, "additional_kwargs": {"stop_reason": "tool_use"}}
    kind = ["langchain_core", "messages", "AIMessageChunk"]
    said = {"lc": 1, "type": "constructor", "id": kind, "kwargs": kwargs}
    told = json.dumps({"generations": [[{"text": "I look.", "message": said}]]})
    plain = json.dumps({"generations": [[{"text": "Yo", "message": {**said, "kwargs": {}}}]]})
    calls = [
        span("x", "ChatAnthropic", openinference__span__kind="LLM", output__value=value)
        for value in (plain, told)
    ]
    assert same_both_ways(calls) == []
    hop = hops(*calls)[1]
    assert hop.finish_reason == "tool_use"
    assert [p for m in hop.messages_out for p in m.parts] == [
        {"type": "text", "content": "I look."},
        {"type": "tool_call", "id": "t1", "name": "look", "arguments": {"city": "Oslo"}},
    ]


def test_sentry_says_in_words_of_its_own_what_was_answered() -> None:
    calls = [{"id": "c1", "type": "function", "function": {"name": "look", "arguments": "{}"}}]
    told = {
        "gen_ai__request__messages": '[{"role":"user","content":"Where?"}]',
        "gen_ai__response__text": '["I look.","I do."]',
        "gen_ai__response__tool_calls": json.dumps(calls),
        "gen_ai__request__available_tools": '[{"type":"function","function":{"name":"look"}}]',
        "gen_ai__response__finish_reasons": '["in_progress","in_progress","completed"]',
    }
    call = genai(scope="@sentry/node", gen_ai__system="openai", **told)
    hop = only(call)
    assert (hop.input, hop.output, hop.finish_reason) == ("Where?", "I look.", "completed")
    assert [len(m.parts) for m in hop.messages_out] == [2, 1]
    assert [t["name"] for t in hop.tools] == ["look"]
    assert not hop.parameters
    assert same_both_ways([call]) == []
    thought = {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]}
    said = {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "output_text", "text": "Yo"}],
    }
    items = json.dumps([thought, said])
    made = only(genai(gen_ai__response__text="Yo", gen_ai__response__tool_calls=items))
    parts = [(p["type"], p["content"]) for m in made.messages_out for p in m.parts]
    assert parts == [("reasoning", "Hm."), ("text", "Yo")]
    for odd in ("7", "{", "[1]", '[{"id":[]}]', ""):
        same_both_ways([genai(gen_ai__response__text=odd, gen_ai__response__tool_calls=odd)])


def test_what_a_graph_said_last_under_sentry_is_what_its_agent_said() -> None:
    said = [{"role": "assistant", "content": ""}, {"role": "tool", "content": "sunny"}]
    told = {"gen_ai__response__text": json.dumps([*said, {"role": "assistant", "content": "Dry."}])}
    calls = [{"name": "look", "args": {"city": "Oslo"}, "type": "tool_call", "id": "c1"}]
    about = {"gen_ai__operation__name": "invoke_agent", "scope": "@sentry/node"}
    agent = genai("desk", gen_ai__response__tool_calls=json.dumps(calls), **told, **about)
    assert only(agent).output == "Dry."
    same_both_ways([agent])
    chat = genai(gen_ai__response__text=told["gen_ai__response__text"], scope="@sentry/node")
    assert only(chat).output == json.loads(told["gen_ai__response__text"])
    same_both_ways([chat])


def test_sentry_says_what_was_embedded() -> None:
    told = {"gen_ai__operation__name": "embeddings", "gen_ai__embeddings__input": '["Oslo","Rome"]'}
    assert only(genai(scope="@sentry/node", **told)).input == ["Oslo", "Rome"]


@pytest.mark.parametrize("reasons", [["in_progress", "stop"], ["in_progress"], [""]])
def test_a_response_on_its_way_is_no_end(reasons: list[str]) -> None:
    call = genai(gen_ai__response__finish_reasons=reasons)
    assert only(call).finish_reason == (reasons[1] if len(reasons) > 1 else None)
    same_both_ways([call])


def test_what_traceloop_s_sdk_for_node_tells_of_a_vector_store_is_read() -> None:
    found = {
        "db.query.result.id": "1",
        "db.query.result.document": "Oslo.",
        "db.query.result.score": 0.5,
    }
    told = {"traceloop__association__properties__session_id": "chat-7"}
    events = [SpanEvent("db.query.result", 1_050 * MS, found)]
    query = span("@traceloop/node-server-sdk", "acmedb.query", events=events, **told)
    assert only(query).output == [{"id": "1", "content": "Oslo.", "score": 0.5}]
    assert normalise([query]).run.session_id == "chat-7"
    same_both_ways([query])


def test_mastra_s_exporter_to_laminar_says_in_names_what_its_spans_are() -> None:
    def told(name: str, parent: Span | None = None, at: int = 1_000, **more: object) -> Span:
        about = {"lmnr.association.properties.session_id": "chat-7", **more}
        made = span("@mastra/laminar", name, parent=parent, at=at, took=500 - (at - 1_000))
        made.attributes.update(about)
        return made

    asked = '[{"role":"system","content":"Be brief."},{"role":"user","content":"Where?"}]'
    used = {"usage": {"prompt_tokens": 21, "completion_tokens": 9}, "model": "m-1", "id": "r1"}
    body = json.dumps({**used, "choices": [{"finish_reason": "tool_calls", "message": {}}]})
    meta = "lmnr.association.properties.metadata."
    model = {meta + "modelMetadata": '{"modelId":"m","modelProvider":"openai.chat"}'}
    calls = '{"text":"","toolCalls":[{"toolCallId":"c1","toolName":"look","args":{"city":"Oslo"}}]}'
    agent_run = told("agent run: 'guide'", **{"lmnr.span.input": "Where?"})
    whole = told("llm: 'm'", agent_run, 1_010, **{"gen_ai.usage.input_tokens": 63})
    given = {"lmnr.span.input": asked, "lmnr.span.output": calls}
    step = told("step: 0", whole, 1_020, **given, **model, **{meta + "body": body})
    inner = told("inference: 0", step, 1_030, **{"lmnr.span.output": calls})
    chunk = told("chunk: 'tool-call'", inner, 1_040, **{"lmnr.span.type": "LLM"})
    tool = told("tool: 'look'", step, 1_050, **{"lmnr.span.input": '{"city":"Oslo"}'})
    last = told("step: 1", whole, 1_100, **model)
    every = [agent_run, whole, step, inner, chunk, tool, last]
    made = normalise(every)
    call = next(h for h in made.hops if h.hop_id == inner.span_id)
    assert (call.kind, call.provider, call.request_model, call.response_model) == (
        ("llm", "openai", "m", "m-1")
    )
    assert (call.input, call.input_tokens, call.finish_reason) == ("Where?", 21, "tool_calls")
    assert call.output == [{"name": "look", "arguments": {"city": "Oslo"}}]
    used_tool = next(h for h in made.hops if h.kind == "tool")
    assert (used_tool.name, used_tool.input) == ("look", {"city": "Oslo"})
    assert made.run.session_id == "chat-7"
    assert same_both_ways(every) == []
    assert read(SpanColumns.of(every)).drafts == {}
    alone = [s for s in every if s is not last and s is not inner and s is not chunk]
    same_both_ways(alone)


def test_what_an_agent_of_mastras_was_told_to_hide_takes_no_tokens_from_its_call() -> None:
    meta = "lmnr.association.properties.metadata."
    used = {"usage": {"prompt_tokens": 21, "completion_tokens": 9}, "model": "m-1", "id": "r1"}
    body = json.dumps({**used, "choices": [{"finish_reason": "stop", "message": {}}]})
    model = {meta + "modelMetadata": '{"modelId":"m","modelProvider":"openai.chat"}'}
    told = {"agent run: 'guide'": {}, "llm: 'm'": {}, "step: 0": {meta + "body": body, **model}}
    trace: list[Span] = []
    for name, about in [*told.items(), ("inference: 0", {})]:
        trace.append(span("@mastra/laminar", name, parent=trace[-1] if trace else None))
        trace[-1].attributes.update(about)
    (call,) = [h for h in normalise(trace).hops if h.kind == "llm"]
    assert (call.request_model, call.response_model, call.provider) == ("m", "m-1", "openai")
    assert (call.input_tokens, call.output_tokens, call.finish_reason) == (21, 9, "stop")
    same_both_ways(trace)


def test_what_javascript_prints_of_an_object_is_nothing_that_was_said() -> None:
    told = {"telemetry__sdk__name": "openlit", "scope": "@openlit/instrumentation-langchain"}
    system = '[{"role":"system","parts":[{"type":"text","content":"Be brief."}]}]'
    printed = '[{"type":"text","content":"[object Object]"}]'
    asked = {"gen_ai__input__messages": system, "gen_ai__system_instructions": printed}
    call = genai(**asked, **told)
    assert only(call).system == "Be brief."
    about = {"gen_ai__tool__name": "look", "gen_ai__tool__call__arguments": '{"city":"Oslo"}'}
    scope = about | told | {"gen_ai__operation__name": "execute_tool"}
    tool = genai("execute_tool look", gen_ai__tool__call__result="[object ToolMessage]", **scope)
    assert (only(tool).input, only(tool).output) == ({"city": "Oslo"}, None)
    same_both_ways([call])
    same_both_ways([tool])


def mastra_step(name: str, kind: str, told: str, **more: object) -> Span:
    """A span of Mastra as its exporter to Arize writes it."""
    more = {"openinference__span__kind": kind, "mastra__span__type": told, **more}
    return span("@mastra/otel-exporter", name, **more)


def test_what_arize_was_not_told_takes_no_tokens_from_a_call_of_mastras() -> None:
    body = {"id": "r1", "model": "m-1", "object": "chat.completion", "choices": []}
    body["usage"] = {"prompt_tokens": 21, "completion_tokens": 9}
    about = {"modelId": "m", "modelProvider": "openai.chat"}
    known = json.dumps({"body": json.dumps(body), "modelMetadata": json.dumps(about)})
    agent = mastra_step("invoke_agent a", "AGENT", "agent_run", took=900)
    step = mastra_step("step", "CHAIN", "model_step", parent=agent, took=700, metadata=known)
    call = mastra_step("model_inference a", "CHAIN", "model_inference", parent=step, took=600)
    (llm,) = [h for h in hops(agent, step, call) if h.kind == "llm"]
    assert (llm.request_model, llm.input_tokens, llm.output_tokens) == ("m", 21, 9)
    same_both_ways([agent, step, call])


def test_kinds_of_mastras_exporter_to_arize_make_no_calls_of_steps() -> None:
    body = {"id": "r1", "model": "m-1", "object": "chat.completion", "choices": []}
    body["usage"] = {"prompt_tokens": 21, "completion_tokens": 9}
    about = {"modelId": "m", "modelProvider": "openai.chat"}
    known = {"sessionId": "chat-7", "body": json.dumps(body), "modelMetadata": json.dumps(about)}
    asked, said = '[{"role":"user","content":"Where?"}]', '{"text":"Oslo.","toolCalls":[]}'
    agent = mastra_step("invoke_agent a", "AGENT", "agent_run", agent__name="a", took=900)
    generation = mastra_step(
        "chat m", "LLM", "model_generation", parent=agent, took=800, llm__token_count__prompt=99
    )
    step = mastra_step(
        "model_step a",
        "LLM",
        "model_step",
        parent=generation,
        took=700,
        metadata=json.dumps(known),
        mastra__model_step__input=asked,
        mastra__model_step__output=said,
        **{"input.value": asked, "output.value": said},
    )
    call = mastra_step("model_inference a", "CHAIN", "model_inference", parent=step, took=600)
    chunk = mastra_step("model_chunk a", "LLM", "model_chunk", parent=call, took=500)
    trace = [agent, generation, step, call, chunk]
    made = normalise(trace)
    (llm,) = [h for h in made.hops if h.kind == "llm"]
    assert (llm.provider, llm.request_model, llm.response_model) == ("openai", "m", "m-1")
    assert (llm.input, llm.output, llm.input_tokens, llm.output_tokens) == (
        "Where?",
        "Oslo.",
        21,
        9,
    )
    assert (made.run.session_id, len(made.hops)) == ("chat-7", 2)
    same_both_ways(trace)


def test_the_failure_of_an_agent_of_mastra_is_that_of_its_last_call_which_made_nothing() -> None:
    asks = {"gen_ai__operation__name": "chat", "gen_ai__request__model": "m"}
    failed = SpanEvent("exception", 1_800 * MS, {"exception.message": "No."})
    told = {"mastra__span__type": "agent_run", "took": 900, "status": 2, "events": [failed]}
    agent = span("@mastra/otel-exporter", "a", **told)

    def call(at: int, **more: object) -> Span:
        told = {"mastra__span__type": "model_inference", **asks, **more}
        return span("@mastra/otel-exporter", "chat m", parent=agent, at=at, took=50, **told)

    said = call(1_010, gen_ai__usage__output_tokens=9)
    silent = call(1_100, gen_ai__output__messages='[{"role":"assistant","parts":[]}]')
    first, second = hops(agent, said, silent)
    assert first.error is None
    assert second.error is not None
    assert second.error.message == "No."
    assert same_both_ways([agent, said, silent]) == []
    assert [h.error for h in hops(agent, said)] == [None]


def test_tanstack_s_run_is_no_call_and_its_tools_are_what_the_call_around_them_asked_for() -> None:
    asked = {"gen_ai__system": "openai-chat", "gen_ai__request__model": "m"}
    counted = {"gen_ai__usage__input_tokens": 21, "gen_ai__usage__output_tokens": 9}
    words = '[{"role":"user","content":"Where?"}]'
    run = span("app", "chat m", took=900, langfuse__trace__input=words, **asked, **counted)
    ended = {"gen_ai__response__finish_reasons": ["tool_calls"], **counted}
    told = {"gen_ai__operation__name": "chat", "gen_ai__input__messages": words, **asked}
    first = span(
        "app", "chat m #0", parent=run, took=400, tanstack__ai__iteration=0, **told, **ended
    )
    tools = [
        span(
            "app",
            f"execute_tool {name}",
            parent=first,
            at=1_100 + n,
            tanstack__ai__tool__outcome="success",
            gen_ai__tool__name=name,
            gen_ai__tool__call__id=f"c{n}",
            gen_ai__input__messages='[{"role":"tool","content":"{\\"city\\":\\"Oslo\\"}"}]',
            gen_ai__output__messages='[{"role":"tool","content":"sunny"}]',
        )
        for n, name in enumerate(("look", "now"))
    ]
    trace = [run, *reversed(tools), first]
    made = normalise(trace)
    call, look, now = made.hops
    assert (call.kind, call.provider, call.input_tokens) == ("llm", "openai", 21)
    assert call.output == [{"name": n, "arguments": {"city": "Oslo"}} for n in ("look", "now")]
    assert (look.kind, look.input, look.output) == ("tool", {"city": "Oslo"}, "sunny")
    assert (made.run.input_tokens, now.name) == (21, "now")
    assert same_both_ways(trace) == []


def test_a_run_of_tanstack_s_that_was_left_before_its_call_was_told_of_is_the_call() -> None:
    told = {"gen_ai__system": "openai", "gen_ai__request__model": "m"}
    left = span("app", "chat m", tanstack__ai__completion__reason="cancelled", status=2, **told)
    call = only(left)
    assert (call.kind, call.request_model, call.error is None) == ("llm", "m", False)
    same_both_ways([left])
    nameless = span("app", "chat", tanstack__ai__completion__reason="cancelled")
    within = span("app", "execute_tool look", parent=nameless, tanstack__ai__tool__outcome="error")
    assert not [h for h in hops(nameless, within) if h.kind == "llm"]
    same_both_ways([nameless, within])


def test_langtrace_for_node_tells_pieces_that_grow_and_who_asked_in_bare_words() -> None:
    told = {"langtrace__service__name": "openai", "session_id": "chat-7", "user_id": "user-7"}
    said = ["", "Os", "Oslo.", "Oslo."]
    pieces = [
        SpanEvent(
            "gen_ai.content.completion",
            (1_010 + n) * MS,
            {"gen_ai.completion": json.dumps([{"role": "assistant", "content": words}])},
        )
        for n, words in enumerate(said)
    ]
    call = genai(events=pieces, **told)
    hop = only(call)
    assert (hop.output, hop.provider) == ("Oslo.", "openai")
    assert (normalise([call]).run.session_id, normalise([call]).run.user_id) == ("chat-7", "user-7")
    same_both_ways([call])
    choices = [SpanEvent(pieces[0].name, 1_010 * MS, pieces[n].attributes) for n in (2, 3)]
    assert len(only(genai(events=choices)).messages_out) == 2  # two answers that say the same
    vectors = {"gen_ai__operation__name": "embed", "gen_ai__request__model": "m"}
    asked = '[["Paris","Oslo"]]'
    embedding = span("app", "e", gen_ai__request__embedding_inputs=asked, **vectors, **told)
    assert (only(embedding).kind, only(embedding).input) == ("embedding", ["Paris", "Oslo"])
    same_both_ways([embedding])


def test_ax_counts_tokens_in_an_event_and_its_tools_are_tools() -> None:
    run = span("app", "AxGen", took=900)
    used = {"gen_ai.usage.input_tokens": 21, "gen_ai.usage.output_tokens": 9}
    told = [("stream.chunk", {}), ("gen_ai.choice", {"finish_reason": "stop"})]
    happened = [SpanEvent(n, 1_050 * MS, a) for n, a in (*told, ("gen_ai.usage", used))]
    asked = {"gen_ai__operation__name": "chat", "gen_ai__request__model": "m"}
    asked["gen_ai__request__top_p"] = "Not set"
    call = span("app", "AI Chat Request", parent=run, events=happened, **asked)
    named = {"tool__name": "look", "function__id": "c1"}
    tool = span("app", "Tool: look", parent=run, at=1_200, **named)
    llm, used_tool = hops(run, call, tool)
    assert (llm.input_tokens, llm.output_tokens, llm.finish_reason) == (21, 9, "stop")
    assert (llm.time_to_first_token_ms, "top_p" in llm.parameters) == (50, False)
    assert (used_tool.kind, used_tool.name, used_tool.tool_call_id) == ("tool", "look", "c1")
    same_both_ways([run, call, tool])


def test_axioms_streams_are_the_calls_of_the_loop_around_them() -> None:
    call = {"id": "c1", "function": {"name": "look", "arguments": "{}"}}
    asked = [
        {"role": "user", "content": "Where?"},
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "sunny"},
    ]
    words = {"gen_ai__input__messages": json.dumps(asked)}
    words |= {"gen_ai__output__messages": '[{"role":"assistant","content":"Oslo."}]'}
    loop = genai(scope="axiom", took=900, **words)

    def stream(at: int, tokens: int, why: str) -> Span:
        used = {"gen_ai__usage__input_tokens": tokens, "gen_ai__usage__output_tokens": 2}
        ended = {"gen_ai__response__finish_reasons": f'["{why}"]'}
        return span("axiom", "chat m stream", parent=loop, at=at, took=50, **used, **ended)

    named = {"gen_ai__operation__name": "execute_tool", "gen_ai__tool__name": "look"}
    tool = span("axiom", "execute_tool look", parent=loop, at=1_100, **named)
    trace = [loop, stream(1_010, 11, "tool-calls"), tool, stream(1_200, 10, "stop")]
    made = normalise(trace)
    assert [(h.kind, h.request_model, h.input_tokens) for h in made.hops] == [
        ("llm", "m", 11),
        ("tool", None, 0),
        ("llm", "m", 10),
    ]
    assert (made.run.output, made.run.input_tokens) == ("Oslo.", 21)
    first, _, last = made.hops
    assert (first.input, first.output) == ("Where?", [{"name": "look", "arguments": {}}])
    assert (last.input, last.output) == ("sunny", "Oslo.")
    assert same_both_ways(trace) == []
    (alone,) = hops(loop, trace[1])
    assert (alone.input, alone.output) == ("sunny", "Oslo.")
    assert same_both_ways([loop, trace[1]]) == []


def watched(kind: str, given: object, made: object, **more: object) -> Span:
    """A span of LangWatch's callbacks of LangChain for Node."""
    run = "langwatch__langchain__run__metadata__"
    about = {run + "thread_id": "chat-7", run + "userId": "u-7", "langwatch__span__type": kind}
    told = {"langwatch__input": json.dumps(given), "langwatch__output": json.dumps(made)}
    return span("langwatch.instrumentation.langchain", kind, **about, **told, **more)


def typed(kind: str, value: object) -> dict[str, object]:
    return {"type": kind, "value": value}


def test_values_of_langwatch_for_node_are_what_their_types_hold() -> None:
    asked = typed("chat_messages", [{"role": "user", "content": "Where?"}])
    thought = {"type": "text", "text": '{"type":"reasoning","reasoning":"Hm."}'}
    words = [thought, {"type": "text", "text": "Oslo."}]
    said = {"role": "assistant", "content": words, "function_call": {}}
    message = {"lc": 1, "type": "constructor", "id": ["x", "messages", "ToolMessage"]}
    message["kwargs"] = {"content": "sunny", "tool_call_id": "c1", "name": "look"}
    chain = watched("chain", typed("text", "Where?"), typed("text", json.dumps(message)), took=900)
    metrics = json.dumps(typed("json", {"promptTokens": 5, "completionTokens": 2, "cost": 0.1}))
    answers = typed("list", [typed("list", [typed("json", said)])])
    call = watched("llm", asked, answers, parent=chain, langwatch__metrics=metrics)
    given = typed("text", '{"city":"Oslo"}')
    tool = watched("tool", given, typed("json", typed("text", message)), parent=chain)
    texts = typed("list", [typed("text", "Oslo."), typed("text", "Bern.")])
    contexts = json.dumps(typed("json", [{"content": "Oslo."}, {"content": "Bern."}]))
    rag = watched("rag", asked, texts, parent=chain, langwatch__contexts=contexts)
    made = normalise([chain, call, tool, rag])
    assert (made.run.session_id, made.run.user_id, made.run.output) == ("chat-7", "u-7", "sunny")
    by_kind = {h.kind: h for h in made.hops}
    llm = by_kind["llm"]
    assert (llm.output, llm.input_tokens, llm.output_tokens) == ("Oslo.", 5, 2)
    assert [p["type"] for p in llm.messages_out[0].parts] == ["reasoning", "text"]
    assert (by_kind["tool"].input, by_kind["tool"].output) == ({"city": "Oslo"}, "sunny")
    assert by_kind["retriever"].output == ["Oslo.", "Bern."]
    assert [d["content"] for d in by_kind["retriever"].documents] == ["Oslo.", "Bern."]
    same_both_ways([chain, call, tool, rag])


def test_types_of_langwatch_in_each_other_end() -> None:
    deep: object = "x"
    for _ in range(200):
        deep = typed("list", [typed("json", deep)])
    for kind in ("llm", "tool", "chain"):
        one = watched(kind, deep, deep, langwatch__metrics=json.dumps(deep))
        assert only(one).kind == kind
        same_both_ways([one])
