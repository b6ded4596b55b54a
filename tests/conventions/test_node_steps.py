"""Steps and answers as Genkit, Mastra and Azure's client for Node tell of them."""

from __future__ import annotations

import json

import pytest
from tests.conventions.spans import genai, hops, only, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.conventions import normalise
from misstep_store.otlp.spans import Span, SpanEvent


def test_a_prompt_of_genkits_gave_what_its_answer_says() -> None:
    said = {"role": "model", "content": [{"text": "Hello Eva."}]}
    made = {"message": said, "finishReason": "stop", "usage": {}, "custom": {}}
    told = {"genkit:name": "greeter", "genkit:type": "dotprompt", "genkit:input": '{"who":"Eva"}'}
    spans = [span("genkit-tracer", "greeter", **told, **{"genkit:output": json.dumps(made)})]
    assert same_both_ways(spans) == []
    hop = only(*spans)
    assert (hop.input, hop.output) == ({"who": "Eva"}, "Hello Eva.")


def test_a_step_that_gave_a_message_of_its_own_kind_keeps_it() -> None:
    made = {"message": "moved", "at": 3}
    told = {"genkit:name": "move", "genkit:type": "flow", "genkit:output": json.dumps(made)}
    spans = [span("genkit-tracer", "move", **told)]
    assert same_both_ways(spans) == []
    assert only(*spans).output == made


def test_a_tool_of_genkits_that_waits_for_a_person_did_not_fail() -> None:
    told = {"genkit:name": "sure", "genkit:type": "action", "genkit:metadata:subtype": "tool"}
    thrown = {"exception.type": "ToolInterruptError", "exception.message": ""}
    event = SpanEvent("exception", 1_050, thrown)
    spans = [span("genkit-tracer", "sure", status=2, events=[event], **told)]
    same_both_ways(spans)
    assert only(*spans).error is None


def test_calls_of_tools_in_an_answer_of_azures_client_for_node_are_calls() -> None:
    function = {"name": "get_weather", "arguments": '{"city": "Rome"}'}
    calls = [{"id": "call_1", "type": "function", "function": function}]
    choice = {"finish_reason": "tool_calls", "index": 0, "message": {"toolCalls": calls}}
    event = SpanEvent("gen_ai.choice", 1_050, {"gen_ai.event.content": json.dumps(choice)})
    spans = [
        span(
            "@azure/ai-inference-rest",
            "chat gpt-4o",
            events=[event],
            gen_ai__operation__name="chat",
            gen_ai__system="az.ai.inference",
            gen_ai__request__model="gpt-4o",
        )
    ]
    same_both_ways(spans)
    (hop,) = normalise(spans).hops
    assert hop.output == [{"name": "get_weather", "arguments": {"city": "Rome"}}]
    assert hop.finish_reason == "tool_calls"


def test_a_cycle_of_strands_for_node_that_tells_the_past_was_asked_what_its_call_was() -> None:
    def told(role: str, text: str) -> SpanEvent:
        words = {"content": json.dumps([{"text": text}])}
        return SpanEvent(f"gen_ai.{role}.message", 1_000, words)

    past = [told("user", "One?"), told("assistant", "First.")]
    scope = "strands.telemetry.tracer"
    agent = span(
        scope,
        "invoke_agent",
        gen_ai__operation__name="invoke_agent",
        events=[told("user", "Two?")],
    )
    cycle = span(
        scope,
        "execute_agent_loop_cycle",
        parent=agent,
        events=past,
        gen_ai__operation__name="execute_agent_loop_cycle",
        agent_loop__cycle_id="c",
    )
    call = span(
        scope,
        "chat",
        parent=cycle,
        events=[*past, told("user", "Two?")],
        gen_ai__operation__name="chat",
        gen_ai__request__model="gpt-4o",
    )
    spans = [agent, cycle, call]
    assert same_both_ways(spans) == []
    (hop,) = [h for h in normalise(spans).hops if h.kind == "llm"]
    assert hop.input == "Two?"


GENERATED = {
    "mastra.span.type": "model_generation",
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "gpt-4o",
    "gen_ai.provider.name": "openai.chat",
    "gen_ai.response.id": "chatcmpl-2",
    "gen_ai.response.finish_reasons": '["stop"]',
    "gen_ai.usage.input_tokens": 163,
    "gen_ai.usage.output_tokens": 21,
}


def generation(*bodies: object, generated: dict[str, object] = GENERATED) -> list[Span]:
    """A generation of Mastra's until 1.6x, with steps and a tool in the first of them."""
    agent = span(
        "@mastra/otel-exporter", "invoke_agent x", **{"mastra.span.type": "agent_run"}, took=900
    )
    around = span("@mastra/otel-exporter", "chat gpt-4o", parent=agent, took=800, **generated)
    spans = [agent, around]
    for n, body in enumerate(bodies):
        asked = [{"role": "user", "content": f"Question {n}"}]
        told = {"mastra.span.type": "model_step", "gen_ai.operation.name": "model_step"}
        told["mastra.model_step.input"] = json.dumps(asked)
        told["mastra.model_step.output"] = json.dumps({"text": f"Answer {n}", "toolCalls": []})
        if body is not None:
            told["mastra.metadata.body"] = body if isinstance(body, str) else json.dumps(body)
        at = 1_010 + 100 * n
        step = span("@mastra/otel-exporter", "model_step x", parent=around, at=at, took=90, **told)
        told = {"mastra.span.type": "model_inference", "gen_ai.operation.name": "model_inference"}
        inner = span(
            "@mastra/otel-exporter", "model_inference x", parent=step, at=at + 1, took=9, **told
        )
        told = {"mastra.span.type": "tool_call", "gen_ai.tool.name": "look"}
        tool = span(
            "@mastra/otel-exporter", "execute_tool look", parent=step, at=at + 50, took=9, **told
        )
        spans += [step, inner, *([tool] if n == 0 else [])]
    return spans


def answered(number: int, **more: object) -> dict[str, object]:
    choice = {"index": 0, "message": {"role": "assistant", "content": "x"}, "finish_reason": "stop"}
    used = {"prompt_tokens": 50 + number, "completion_tokens": 5}
    body = {"id": f"chatcmpl-{number}", "object": "chat.completion", "model": "gpt-4o-2025"}
    return {**body, "choices": [choice], "usage": used, **more}


def test_a_generation_of_mastras_whose_steps_count_is_a_step_around_their_calls() -> None:
    spans = generation(answered(1), answered(2))
    assert same_both_ways(spans) == []
    made = normalise(spans)
    calls = [h for h in made.hops if h.kind == "llm"]
    assert [(h.input_tokens, h.output_tokens) for h in calls] == [(51, 5), (52, 5)]
    assert [(h.provider, h.request_model, h.finish_reason) for h in calls] == [
        ("openai", "gpt-4o", "stop")
    ] * 2
    assert [h.response_id for h in calls] == ["chatcmpl-1", "chatcmpl-2"]
    assert [(h.input, h.output) for h in calls] == [
        (f"Question {n}", f"Answer {n}") for n in (0, 1)
    ]
    assert (made.run.input_tokens, made.run.output_tokens) == (103, 10)


@pytest.mark.parametrize(
    "bodies",
    [
        (answered(1),),
        (answered(1), None),
        (None, None),
        (answered(1), answered(2, usage={})),
        (answered(1), "{"),
        (answered(1), "[" * 20_000),
        (answered(1), "null", answered(3, usage="7")),
    ],
)
def test_a_generation_of_mastras_whose_steps_do_not_all_count_is_one_call(bodies) -> None:
    spans = generation(*bodies)
    same_both_ways(spans)
    (call,) = [h for h in normalise(spans).hops if h.kind == "llm"]
    assert (call.name, call.input_tokens, call.output_tokens) == ("chat gpt-4o", 163, 21)


@pytest.mark.parametrize("body", [None, "{", answered(3, usage={})])
def test_the_last_call_of_a_generation_of_mastras_that_failed_is_a_call_that_failed(body) -> None:
    spans = generation(answered(1), answered(2), body)
    spans[1].status_code, spans[1].status_message = 2, "refused"
    step = next(s for s in reversed(spans) if s.name == "model_step x")
    del step.attributes["mastra.model_step.output"]
    same_both_ways(spans)
    calls = [h for h in normalise(spans).hops if h.kind == "llm"]
    assert [h.error.message if h.error else None for h in calls] == [None, None, "refused"]
    assert [h.input_tokens for h in calls] == [51, 52, 0]


def test_a_call_of_mastras_of_which_only_the_end_and_the_agent_say_that_it_failed_did() -> None:
    told = GENERATED | {"gen_ai.response.finish_reasons": '["error"]'}
    spans = generation(answered(1), None, generated=told)
    spans[0].status_code, spans[0].status_message = 2, "refused"
    step = next(s for s in reversed(spans) if s.name == "model_step x")
    step.attributes["mastra.model_step.output"] = '{"text":"","toolCalls":[]}'
    same_both_ways(spans)
    calls = [h for h in normalise(spans).hops if h.kind == "llm"]
    assert [h.error.message if h.error else None for h in calls] == [None, "refused"]
    assert [h.finish_reason for h in calls] == ["stop", "error"]


def test_steps_of_a_generation_of_mastras_that_is_no_call_stay_steps() -> None:
    spans = generation(answered(1), answered(2), generated={"mastra.span.type": "model_generation"})
    same_both_ways(spans)
    assert [h.kind for h in normalise(spans).hops if h.kind == "llm"] == []


def test_a_generation_of_mastras_that_another_library_tells_of_too_is_read_the_same_both_ways() -> (
    None
):
    spans = generation(answered(1), answered(2))
    told = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}
    told |= {"gen_ai.response.id": "chatcmpl-1", "gen_ai.usage.input_tokens": 51}
    scope = "opentelemetry.instrumentation.genai.openai"
    for step in (spans[2], spans[-1]):
        same_both_ways([*spans, span(scope, "chat gpt-4o", parent=step, at=1_012, took=5, **told)])


def test_a_run_that_only_evaluates_gave_what_its_evaluator_did() -> None:
    told = {
        "genkit:name": "polite",
        "genkit:type": "action",
        "genkit:metadata:subtype": "evaluator",
    }
    cases = [{"testCaseId": "1", "evaluation": {"score": 1}}]
    judge = span(
        "genkit-tracer", "polite", **told, **{"genkit:output": json.dumps(cases)}, took=900
    )
    told = {"genkit:name": "Test Case 1", "genkit:output": json.dumps(cases[0])}
    case = span("genkit-tracer", "Test Case 1", parent=judge, at=1_010, **told)
    spans = [judge, case]
    assert same_both_ways(spans) == []
    assert normalise(spans).run.output == cases
    del judge.attributes["genkit:output"]
    same_both_ways(spans)
    assert normalise(spans).run.output == cases[0]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([{"id": "1", "role": "user", "parts": [{"type": "text", "text": "How?"}]}], "How?"),
        ([{"role": "user", "parts": 7}], [{"role": "user", "parts": 7}]),
        ([], []),
        ("How?", "How?"),
    ],
)
def test_an_agent_of_voltagents_was_asked_what_the_messages_say_that_its_boss_hands_on(
    given, told
) -> None:
    asked = given if isinstance(given, str) else json.dumps(given)
    known = {"voltagent.operation_id": "o-1", "entity.type": "agent", "agent.state": "completed"}
    agent = span("@voltagent/core", "subagent:expert", input=asked, **known)
    assert only(agent).input == told
    same_both_ways([agent])


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([{"role": "user", "content": "Hi."}, {"role": "user", "content": "My seat?"}], "My seat?"),
        ([{"text": "Hi."}], [{"text": "Hi."}]),
        ([], []),
        ({"messages": 7}, {"messages": 7}),
        ("Hi.", "Hi."),
    ],
)
def test_an_agent_of_mastras_that_was_given_a_talk_was_asked_what_its_end_says(given, told) -> None:
    asked = given if isinstance(given, str) else json.dumps(given)
    known = {"mastra.span.type": "agent_run", "mastra.agent_run.input": asked}
    agent = span("@mastra/otel-exporter", "invoke_agent x", **known)
    assert only(agent).input == told
    same_both_ways([agent])


def test_a_tool_of_mastras_that_the_program_runs_has_its_name_and_its_arguments() -> None:
    known = {"mastra.span.type": "client_tool_call", "gen_ai.operation.name": "client_tool_call"}
    tool = span("@mastra/otel-exporter", "client_tool_call fly", **known)
    tool.attributes["mastra.metadata.args"] = '{"to": "moon"}'
    hop = only(tool)
    assert (hop.kind, hop.name, hop.input) == ("tool", "fly", {"to": "moon"})
    assert same_both_ways([tool]) == []


def test_of_two_that_began_in_one_millisecond_the_shorter_was_first() -> None:
    root = genai("loop", gen_ai__operation__name="invoke_agent", at=1_000, took=100)
    call = genai("chat m", parent=root, at=1_010, took=40)
    tool = genai("execute_tool t", gen_ai__operation__name="execute_tool", parent=root, at=1_010)
    tool.end_unix_nano = tool.start_unix_nano + 64_000
    assert [h.hop_id for h in hops(root, call, tool)[-2:]] == [tool.span_id, call.span_id]
    assert same_both_ways([root, call, tool]) == []
