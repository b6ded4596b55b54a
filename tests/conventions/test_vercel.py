"""Vercel's AI SDK where streams stop, calls are lost and others' exporters rewrite its spans."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from tests.conventions.spans import hops, only, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.conventions import normalise
from misstep_store.otlp.spans import Scope, Span, SpanEvent

MODEL = {"ai__model__id": "m", "ai__model__provider": "openai.chat"}


def ai(operation: str, parent: Span | None = None, **more: object) -> Span:
    """A span of up to 6."""
    return span("ai", operation, parent=parent, ai__operationId=operation, **MODEL, **more)


def of_7(operation: str, parent: Span | None = None, **more: object) -> Span:
    """A span of 7."""
    told = {"gen_ai__operation__name": operation, **more}
    return span("gen_ai", operation, parent=parent, **told)


def test_a_stream_that_was_stopped_is_the_call_its_span_never_told_of() -> None:
    stopped = ai("ai.streamText", ai__prompt='{"system":"Be brief.","prompt":"Count."}')
    hop = only(stopped)
    assert (hop.kind, hop.provider, hop.request_model) == ("llm", "openai", "m")
    assert (hop.input, hop.system, hop.error) == ("Count.", "Be brief.", None)
    same_both_ways([stopped])


def test_a_step_around_its_call_is_no_call_itself() -> None:
    outer = ai("ai.generateText", ai__usage__inputTokens=30, ai__usage__outputTokens=5)
    inner = ai("ai.generateText.doGenerate", outer, at=1_010, took=20, ai__usage__inputTokens=30)
    made = normalise([outer, inner])
    assert [h.kind for h in made.hops] == ["llm"]
    assert made.run.input_tokens == 30


def test_a_step_of_7_whose_call_was_lost_is_the_call_its_agent_tells_of() -> None:
    agent = of_7(
        "invoke_agent",
        gen_ai__request__model="claude",
        gen_ai__provider__name="anthropic",
        gen_ai__system_instructions='[{"type":"text","content":"Be brief."}]',
        gen_ai__input__messages='[{"role":"user","parts":[{"type":"text","content":"Hi"}]}]',
        gen_ai__response__finish_reasons=["error"],
    )
    step = of_7("agent_step", agent, at=1_010, took=20, status=2)
    hop = only(agent, step)
    assert (hop.kind, hop.provider, hop.request_model) == ("llm", "anthropic", "claude")
    assert (hop.input, hop.system, hop.finish_reason) == ("Hi", "Be brief.", "error")
    same_both_ways([agent, step])


def test_calls_in_an_agent_s_steps_have_its_system_prompt_where_they_say_none() -> None:
    agent = of_7("invoke_agent", gen_ai__system_instructions='[{"type":"text","content":"Be."}]')
    step = of_7("agent_step", agent, at=1_010, took=50)
    call = of_7("chat", step, at=1_020, took=10, gen_ai__request__model="m")
    tool = of_7("execute_tool", step, at=1_040, took=10, gen_ai__tool__name="look")
    found = {h.kind: h.system for h in hops(agent, step, call, tool)}
    assert found == {"chain": None, "llm": "Be.", "tool": None}


def test_a_failure_that_openinference_copied_to_all_spans_is_that_of_the_one_that_failed() -> None:
    raised = SpanEvent("exception", 1_500_000_000, {"exception.type": "Error"})
    raised.attributes["exception.message"] = "no station"
    copied = {"status": 2, "openinference__span__kind": "LLM"}
    root = ai("ai.streamText", **copied | {"openinference__span__kind": "AGENT"})
    call = ai("ai.streamText.doStream", root, at=1_010, took=20, **copied)
    tool = ai("ai.toolCall", root, at=1_040, took=20, events=[raised], **copied)
    for one in (root, call, tool):
        one.status_message = "no station"
    made = normalise([root, call, tool])
    assert [h.error and h.error.message for h in made.hops] == [None, "no station"]
    assert made.run.status == "ok"
    same_both_ways([root, call, tool])


def test_a_call_counts_its_tokens_also_where_its_tool_asks_a_model() -> None:
    root = ai("ai.generateText")
    used = {"ai__usage__inputTokens": 20, "ai__usage__outputTokens": 3}
    call = ai("ai.generateText.doGenerate", root, at=1_010, took=80, **used)
    tool = ai("ai.toolCall", call, at=1_020, took=60, ai__toolCall__name="ask")
    inner = ai("ai.generateText.doGenerate", tool, at=1_030, took=40, **used)
    made = normalise([root, call, tool, inner])
    assert made.run.input_tokens == 40
    same_both_ways([root, call, tool, inner])


def test_texts_embedded_some_at_a_time_are_calls_of_one_step() -> None:
    outer = of_7("embeddings", gen_ai__request__model="e", gen_ai__usage__input_tokens=3)
    halves = [
        of_7(
            "embeddings",
            outer,
            at=at,
            took=10,
            gen_ai__request__model="e",
            gen_ai__usage__input_tokens=n,
        )
        for at, n in ((1_010, 1), (1_030, 2))
    ]
    made = normalise([outer, *halves])
    assert [h.kind for h in made.hops] == ["embedding", "embedding"]
    assert made.run.input_tokens == 3
    same_both_ways([outer, *halves])


@pytest.mark.parametrize("asked", [155, 923], ids=["without the cache", "with it"])
def test_what_anthropic_wrote_to_its_cache_is_counted_from_its_own_words(asked: int) -> None:
    beside = (
        '{"anthropic":{"usage":{"input_tokens":155,"cache_creation_input_tokens":512,'
        '"cache_read_input_tokens":256,"output_tokens":1},"cacheCreationInputTokens":512}}'
    )
    call = ai(
        "ai.streamText.doStream",
        ai__usage__inputTokens=asked,
        ai__usage__cachedInputTokens=256,
        ai__usage__outputTokens=30,
        ai__response__providerMetadata=beside,
    )
    hop = only(call)
    assert (hop.input_tokens, hop.cached_tokens, hop.cache_write_tokens) == (923, 256, 512)
    assert hop.output_tokens == 30
    same_both_ways([call])


@pytest.mark.parametrize(
    "before",
    ["ai.telemetry.metadata.", "langsmith.metadata.", "traceloop.association.properties."],
)
def test_who_asked_is_known_whichever_exporter_renames_it(before: str) -> None:
    call = ai("ai.generateText.doGenerate")
    call.attributes |= {before + "sessionId": "s", before + "userId": "u", before + "tags": "a,b"}
    made = normalise([call])
    assert (made.run.session_id, made.run.user_id, made.run.tags) == ("s", "u", ["a", "b"])
    same_both_ways([call])


@pytest.mark.parametrize(
    ("named", "provider"),
    [
        ("together.chat", "together"),
        ("openai", "openai"),
        ("azure.ai.openai", "azure.ai.openai"),
        ("google.vertex.chat", "gcp.vertex_ai"),
        ("amazon-bedrock", "aws.bedrock"),
    ],
)
def test_a_provider_is_named_without_its_interface(named: str, provider: str) -> None:
    call = of_7("chat", gen_ai__request__model="m", gen_ai__provider__name=named)
    assert only(call).provider == provider
    same_both_ways([call])


def test_speech_is_a_call_and_of_sounds_kind_and_size_are_known() -> None:
    told = {"gen_ai__request__model": "voice", "ai__request__text": "Hello."}
    sound = {"ai__response__audio__size": 4, "ai__response__audio__media_type": "audio/mp3"}
    hop = only(of_7("ai.generateSpeech", **told, **sound))
    assert (hop.kind, hop.input) == ("llm", "Hello.")
    assert hop.output == {
        "type": "blob",
        "modality": "audio",
        "mime_type": "audio/mp3",
        "size_bytes": 4,
    }


def test_a_silent_tool_gave_what_a_later_question_tells_and_the_run_what_was_answered_to_that() -> (
    None
):
    root = ai("ai.generateText")
    call = {"id": "c1", "type": "tool-call", "toolCallId": "c1", "toolName": "look", "input": {}}
    given = {"type": "tool-result", "toolCallId": "c1", "toolName": "look"}
    told = [
        {"role": "assistant", "content": [call]},
        {"role": "tool", "content": [{**given, "output": {"type": "text", "value": "sunny"}}]},
    ]
    first = ai("ai.generateText.doGenerate", root, at=1_010, took=10)
    tool = ai("ai.toolCall", root, at=1_030, took=10, ai__toolCall__id="c1")
    asked = {"ai__prompt__messages": json.dumps(told)}
    second = ai("ai.generateText.doGenerate", root, at=1_050, took=10, **asked)
    found = normalise([root, first, tool, second])
    assert [h.output for h in found.hops if h.kind == "tool"] == ["sunny"]
    assert found.run.output is None  # a model heard it, and what that answered nobody says
    same_both_ways([root, first, tool, second])


def test_tries_of_a_call_are_told_by_what_it_was_asked() -> None:
    root = ai("ai.generateText", took=900)
    hello = {"ai__prompt__messages": '[{"role":"user","content":[{"type":"text","text":"Hi"}]}]'}
    other = {"ai__prompt__messages": '[{"role":"user","content":"Ho"}]'}
    tried = [
        ai("ai.generateText.doGenerate", root, at=at, took=10, status=status, **asked)
        for at, status, asked in (
            (1_010, 2, hello),
            (1_030, 2, hello),
            (1_050, 0, other),
            (1_070, 0, hello),
        )
    ]
    made = normalise([root, *tried])
    assert [(h.attempt, [a.ok for a in h.attempts]) for h in made.hops] == [
        (1, []),
        (3, [False, False, True]),
    ]
    same_both_ways([root, *tried])


@pytest.mark.parametrize(
    "scope", ["lmnr.tracer", "app", "langsmith", "opentelemetry.instrumentation.x"]
)
def test_spans_are_its_own_whoever_s_tracer_it_was_given(scope: str) -> None:
    given = {"lmnr__association__properties__session_id": "chat-7", "lmnr__span__path": ["a"]}
    call = ai("ai.generateText.doGenerate", ai__prompt__messages='[{"role":"user","content":"Hi"}]')
    call = replace(call, scope=Scope(scope), attributes={**call.attributes, **dotted(given)})
    tool = ai("ai.toolCall", ai__toolCall__name="look", ai__toolCall__result='"sunny"', **given)
    tool = replace(tool, scope=Scope(scope))
    made = normalise([call, tool])
    assert [(h.kind, h.name, h.input, h.output) for h in made.hops] == [
        ("llm", "ai.generateText.doGenerate", "Hi", None),
        ("tool", "look", None, "sunny"),
    ]
    assert made.run.session_id == "chat-7"
    same_both_ways([call, tool])


def dotted(told: dict[str, object]) -> dict[str, object]:
    return {k.replace("__", "."): v for k, v in told.items()}


@pytest.mark.parametrize("around", [True, False])
def test_a_shelf_that_was_embedded_is_no_question_of_a_run(around: bool) -> None:
    root = span("shop", "answer", took=900)

    def embedded(operation: str, at: int, **told: Any) -> list[Span]:
        told |= {"ai__model__id": "e", "ai__model__provider": "openai.embedding"}
        step = span("ai", operation, parent=root, at=at, ai__operationId=operation, **told)
        named = operation + ".doEmbed"
        call = span("ai", named, parent=step, at=at + 1, took=9, ai__operationId=named, **told)
        return [step, call] if around else [step]

    shelf = embedded("ai.embedMany", 1_010, ai__values=['"Rome."', '"Oslo."'])
    asked = embedded("ai.embed", 1_200, ai__value='"Where is Rome?"')
    made = normalise([root, *shelf, *asked])
    assert same_both_ways([root, *shelf, *asked]) == []
    assert made.run.input == "Where is Rome?"
    assert same_both_ways([root, *shelf]) == []
    assert normalise([root, *shelf]).run.input == ["Rome.", "Oslo."]


def of_traceloop(asked: list[object], said: list[object], **more: Any) -> Span:
    """A call as Traceloop's processor for Node rewrites it in 0.22."""
    call = ai("ai.generateText.doGenerate", **more)
    call.attributes["gen_ai.input.messages"] = json.dumps(
        [{"role": r, "parts": [{"type": "text", "content": json.dumps(p)}]} for r, p in asked]
    )
    call.attributes["gen_ai.output.messages"] = json.dumps([{"role": "assistant", "parts": said}])
    return call


def test_parts_that_traceloops_processor_printed_as_texts_are_parts() -> None:
    called = [{"type": "tool-call", "toolCallId": "c1", "toolName": "find", "input": {"x": 1}}]
    gave = {"type": "json", "value": {"room": 12}}
    result = [{"type": "tool-result", "toolCallId": "c1", "toolName": "find", "output": gave}]
    call = of_traceloop(
        [("assistant", called), ("tool", result)], [{"type": "text", "content": "x"}]
    )
    one, other = only(call).messages_in
    assert one.parts == [{"type": "tool_call", "id": "c1", "name": "find", "arguments": {"x": 1}}]
    assert [(p["id"], p["response"]) for p in other.parts] == [("c1", {"room": 12})]
    assert same_both_ways([call]) == []


@pytest.mark.parametrize("printed", [[], [7], [{"type": "odd"}], [{}], {"type": "text"}, "x"])
def test_texts_that_print_something_else_stay_texts(printed: object) -> None:
    call = of_traceloop([("user", printed)], [{"type": "text", "content": "x"}])
    assert [p["type"] for p in only(call).messages_in[0].parts] == ["text"]
    same_both_ways([call])


def test_tools_that_traceloops_processor_nests_have_their_names_and_words_stand_beside_them() -> (
    None
):
    nested = {"type": "tool_call", "tool_call": {"name": "find", "arguments": '{"x": 1}'}}
    call = of_traceloop([], [nested])
    assert only(call).output == [{"name": "find", "arguments": {"x": 1}}]
    call.attributes["gen_ai.completion.0.content"] = "I look."
    hop = only(call)
    assert (hop.output, [p["type"] for p in hop.messages_out[0].parts]) == (
        "I look.",
        ["text", "tool_call"],
    )
    same_both_ways([call])


def test_what_traceloops_processor_calls_otherwise_of_tools_is_theirs() -> None:
    call = ai("ai.generateText.doGenerate", at=1_000, took=50)
    call.attributes["llm.request.functions.0.name"] = "find"
    call.attributes["llm.request.functions.0.description"] = "Finds."
    tool = ai("ai.toolCall", at=1_050, took=0)
    tool.attributes |= {"ai.toolCall.name": "find", "traceloop.entity.input": '{"x":1}'}
    tool.attributes |= {"traceloop.entity.output": '{"room":12}', "traceloop.span.kind": "tool"}
    asked, found = hops(call, tool)
    assert [(t["name"], t["description"]) for t in asked.tools] == [("find", "Finds.")]
    assert (found.kind, found.name, found.input, found.output) == (
        *("tool", "find"),
        *({"x": 1}, {"room": 12}),
    )
    assert same_both_ways([call, tool]) == []


def test_a_provider_that_another_tracer_wrote_over_is_the_one_its_own_key_names() -> None:
    call = ai("ai.generateText.doGenerate", gen_ai__system="langchain")
    call.attributes["ai.model.provider"] = "acme.chat"
    assert only(call).provider == "acme"
    assert same_both_ways([call]) == []
