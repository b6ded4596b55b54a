"""What platforms write around and about the calls of other instrumentations, under names of theirs."""

from __future__ import annotations

import json
from typing import Any

from tests.conventions.spans import MS, only, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.conventions import normalise
from misstep_store.otlp.spans import Span, SpanEvent


def both(scope: str, name: str, told: dict[str, Any], events: tuple[SpanEvent, ...] = ()) -> Any:
    """The hop of a span, which columns read alike."""
    made: Span = span(scope, name)
    made.attributes, made.events = told, list(events)
    assert same_both_ways([made]) == []
    return only(made)


def whose(scope: str, told: dict[str, Any]) -> tuple[str | None, str | None]:
    """Session and user of a run."""
    made = span(scope, "step")
    made.attributes = told
    run = normalise([made]).run
    return run.session_id, run.user_id


def neatlogs(**told: Any) -> dict[str, Any]:
    return {"neatlogs." + k.replace("__", "."): v for k, v in told.items()}


def test_a_call_of_neatlogs_has_its_tools_and_the_calls_beside_its_words() -> None:
    weather = {"type": "function", "function": {"name": "weather", "parameters": {}}}
    told = neatlogs(
        span__kind="llm",
        llm__provider="openai",
        llm__model_name="gpt-4o",
        llm__input_messages__0__role="user",
        llm__input_messages__0__content='"Where?"',
        llm__tools__0__definition=json.dumps(weather),
        llm__output_messages__0__role="assistant",
        llm__output_messages__0__content="I look.",
        llm__tool_calls__0__id="c1",
        llm__tool_calls__0__name="weather",
        llm__tool_calls__0__arguments='{"city": "Oslo"}',
        llm__finish_reason="tool_calls",
        llm__token_count__prompt=9,
        llm__token_count__completion=3,
        llm__metrics__ttft_ms=38.5,
    )
    hop = both("neatlogs.wrapper", "openai.chat.completions.create", told)
    assert (hop.kind, hop.request_model, hop.provider) == ("llm", "gpt-4o", "openai")
    assert (hop.input, hop.output, hop.finish_reason) == ("Where?", "I look.", "tool_calls")
    assert [p["type"] for p in hop.messages_out[0].parts] == ["text", "tool_call"]
    assert (hop.input_tokens, hop.output_tokens, hop.time_to_first_token_ms) == (9, 3, 38.5)
    assert hop.tools[0]["name"] == "weather"


def test_functions_of_honeyhive_and_agenta_have_what_they_were_given_and_gave() -> None:
    hive = {"honeyhive_event_type": "tool", "honeyhive.session_id": "s1"}
    hive |= {"honeyhive_inputs.city": "Oslo", "honeyhive_outputs.result": "sunny"}
    node = {"ag.type.node": "tool", "ag.session.id": "s1", "ag.data.inputs.city": "Oslo"}
    node["ag.data.outputs.__default__"] = '@ag.type=json:{"sky": "clear"}'
    found = [both("honeyhive.7", "look", hive), both("agenta.tracer", "look", node)]
    assert [(h.kind, h.input) for h in found] == [("tool", {"city": "Oslo"})] * 2
    assert whose("honeyhive.7", hive) == whose("agenta.tracer", node) == ("s1", None)
    assert [h.output for h in found] == ["sunny", {"sky": "clear"}]


def test_steps_of_confident_say_whose_they_are() -> None:
    told = {"type": "tool", "input": '{"city": "Oslo"}', "output": "sunny"}
    a = {f"confident.span.{k}": v for k, v in told.items()}
    a |= {"confident.trace.thread_id": "t1", "confident.trace.user_id": "ada"}
    a["confident.tool.name"] = "weather"
    hop = both("confident_trace", "step", a)
    assert (hop.kind, hop.name, hop.input, hop.output) == (
        *("tool", "weather"),
        *({"city": "Oslo"}, "sunny"),
    )
    assert whose("confident_trace", a) == ("t1", "ada")


def numbered(side: str, n: int, **told: str) -> SpanEvent:
    about = {f"gen_ai.{side}.{k}": v for k, v in told.items()}
    return SpanEvent(name=f"gen_ai.{side}.{n}", time_unix_nano=1_000 * MS, attributes=about)


def test_messages_that_are_numbered_events_and_calls_as_openinference_flattens_them() -> None:
    call = "llm.output_messages.0.message.tool_calls.0.tool_call."
    a: dict[str, Any] = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}
    a |= {call + "id": "c1", call + "function.name": "weather"}
    a |= {call + "function.arguments": '{"city": "Oslo"}', "gen_ai.server.ttft": 0.5}
    asked = numbered("prompt", 0, role="user", content="Where?")
    said = numbered("completion", 0, role="assistant", content="I look.")
    hop = both("genai_otel.instrumentors.base", "openai.chat.completion", a, (asked, said))
    assert (hop.input, hop.output, hop.time_to_first_token_ms) == ("Where?", "I look.", 500)
    assert hop.messages_out[0].parts[1] == {
        "type": "tool_call",
        "id": "c1",
        "name": "weather",
        "arguments": {"city": "Oslo"},
    }


def test_a_call_that_a_processor_of_openinference_takes_for_a_tool_stays_a_call() -> None:
    part = {"type": "tool_call", "id": "c1", "name": "weather", "arguments": {"city": "Oslo"}}
    a = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4o"}
    a |= {"openinference.span.kind": "TOOL", "tool.name": "weather"}
    a["gen_ai.output.messages"] = json.dumps([{"role": "assistant", "parts": [part]}])
    hop = both("openlit.instrumentation.openai", "chat gpt-4o", a)
    assert (hop.convention, hop.kind) == ("openlit", "llm")
    embedded = {"llm.request.type": "embedding", "openinference.span.kind": "LLM"}
    embedded |= {"gen_ai.request.model": "e", "gen_ai.prompt.0.content": "Oslo"}
    hop = both("opentelemetry.instrumentation.openai.v1", "openai.embeddings", embedded)
    assert (hop.kind, hop.input) == ("embedding", ["Oslo"])


def test_a_stream_that_was_printed_is_no_answer() -> None:
    a = {"openinference.span.kind": "LLM", "output.value": "<openai.Stream object at 0x7f00>"}
    hop = both("openinference.instrumentation.portkey", "Completions", a)
    assert (hop.kind, hop.output) == ("llm", None)


def test_of_an_answer_in_blocks_all_words_are_told() -> None:
    a = {"gen_ai.span.kind": "LLM", "output.value": "I search.Oslo is in Norway."}
    a |= {"gen_ai.output.messages.0.message.role": "assistant"}
    a["gen_ai.output.messages.0.message.content"] = "Oslo is in Norway."
    hop = both("traceai_anthropic", "Messages", a)
    assert hop.output == hop.messages_out[0].text == "I search.Oslo is in Norway."
