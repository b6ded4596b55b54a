"""Steps and answers as Genkit and Azure's client for Node tell of them."""

from __future__ import annotations

import json

from tests.conventions.spans import only, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.conventions import normalise
from misstep_store.otlp.spans import SpanEvent


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
