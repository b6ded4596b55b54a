"""What instrumentations flatten or print otherwise than others: calls, tools, blocks, times."""

from __future__ import annotations

import json
from typing import Any

from tests.conventions.spans import genai, only, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.conventions import normalise
from misstep_store.otlp.spans import Span

WEATHER = {"name": "weather", "description": "Of a city.", "parameters": {"type": "object"}}


LINK = "https://example.org/a.png"


def both(made: Span) -> Any:
    """The hop of a span, which columns read alike."""
    assert same_both_ways([made]) == []
    return only(made)


def told(**more: Any) -> dict[str, Any]:
    return {f"gen_ai.completion.{k.replace('__', '.')}": v for k, v in more.items()}


def netra(**more: Any) -> Span:
    made = span("netra.instrumentation.openai", "openai.chat", llm__request__type="chat")
    made.attributes |= {"gen_ai.request.model": "gpt-4o", "netra.instrumentation.name": "openai"}
    made.attributes |= told(**more)
    return made


def called(city: str) -> str:
    return json.dumps({"name": "weather", "arguments": json.dumps({"city": city})})


def test_each_call_that_is_a_message_of_its_own_belongs_to_the_answer_before_it() -> None:
    said = {"0__role": "assistant", "0__content": "I look."}
    for n, city in enumerate(("Oslo", "Bern"), 1):
        said |= {f"{n}__role": "assistant", f"{n}__content": called(city)}
        said |= {f"{n}__tool_call_id": f"c{n}"}
    hop = both(netra(**said, **{"3__finish_reason": "tool_calls"}))
    assert [(p["type"], p.get("id")) for p in hop.messages_out[0].parts] == [
        ("text", None),
        ("tool_call", "c1"),
        ("tool_call", "c2"),
    ]
    assert (hop.output, hop.finish_reason) == ("I look.", "tool_calls")
    assert hop.provider == "openai"


def test_steps_of_netra_are_named_and_belong_to_somebody() -> None:
    made = span("opentelemetry.instrumentation.langchain", "execute_tool look")
    made.attributes = {"netra.span.kind": "tool", "netra.entity.name": "look"}
    made.attributes |= {"netra.association.properties.session_id": "s1"}
    made.attributes |= {"netra.association.properties.user_id": "ada"}
    assert (both(made).kind, both(made).name) == ("tool", "look")
    run = normalise([made]).run
    assert (run.session_id, run.user_id) == ("s1", "ada")


def test_an_answer_in_json_is_no_call() -> None:
    said = '{"name": "Oslo", "arguments": ["cold", "dark"]}'
    hop = both(netra(**{"0__role": "assistant", "0__content": said}))
    assert hop.output == {"name": "Oslo", "arguments": ["cold", "dark"]}


def tracekit(name: str = "Response", scope: str = "openai_agents.instrumentor", **a: Any) -> Span:
    return span(f"llm_tracekit.{scope}", name, **a)


def calling(scope: str) -> Span:
    made = tracekit(scope=scope, gen_ai__operation__name="chat", gen_ai__request__model="gpt-4o")
    call = "0.tool_calls.0."
    given = {"id": "c1", "function.name": "weather", "function.arguments": '{"city": "Oslo"}'}
    made.attributes |= told(**{"0.role": "assistant", "0.finish_reason": "stop"})
    made.attributes |= told(**{call + k: v for k, v in given.items()})
    tool = {f"function.{k}": v if k != "parameters" else json.dumps(v) for k, v in WEATHER.items()}
    tool["type"] = "function"
    made.attributes |= {f"gen_ai.request.tools.0.{k}": v for k, v in tool.items()}
    return made


def test_functions_that_are_flattened_too_are_calls_and_tools() -> None:
    hop = both(calling("openai_agents.instrumentor"))
    assert hop.output == [{"name": "weather", "arguments": {"city": "Oslo"}}]
    assert hop.tools == [{"type": "function", **WEATHER}]
    assert (hop.parameters, hop.finish_reason) == ({}, "tool_calls")


def test_parts_of_gemini_that_are_written_as_their_json_are_opened() -> None:
    made = tracekit("chat", "gemini.instrumentor", gen_ai__operation__name="chat")
    words = {"media_resolution": None, "file_data": None, "text": "Which?"}
    shown = {"file_uri": LINK, "mime_type": "image/png"}
    for n, one in enumerate(({**words, "text": None, "file_data": shown}, words)):
        about = {"role": "user", "content": json.dumps(one, separators=(",", ":"))}
        made.attributes |= {f"gen_ai.prompt.{n}.{k}": v for k, v in about.items()}
    hop = both(made)
    assert [p["type"] for m in hop.messages_in for p in m.parts] == ["uri", "text"]
    assert hop.input == "Which?"


def test_what_says_why_each_answer_ended_is_believed() -> None:
    assert both(calling("openai")).finish_reason == "stop"


def test_agents_and_tools_by_the_type_that_their_sdk_gives_them() -> None:
    told_of: tuple[dict[str, Any], ...] = (
        {"type": "function", "name": "weather", "input": '{"city": "Oslo"}', "output": "sunny"},
        {"type": "guardrail", "name": "calm", "triggered": "True"},
        {"type": "agent", "agent_name": "a"},
    )
    found = []
    for a in told_of:
        made = tracekit("a span")
        made.attributes = a
        found.append(both(made))
    assert [(h.kind, h.name) for h in found] == [
        ("tool", "weather"),
        ("guardrail", "calm"),
        ("agent", "a"),
    ]
    assert (found[0].input, found[0].output) == ({"city": "Oslo"}, "sunny")
    assert found[1].output == {"triggered": True}


def test_blocks_that_were_printed_are_the_parts_of_their_message() -> None:
    blocks = [
        {"type": "thinking", "thinking": "Hm.", "signature": "s"},
        {"type": "tool_use", "id": "t1", "name": "weather", "input": {"city": "Oslo"}},
    ]
    part = {"type": "text", "content": repr(blocks)}
    shown = [{"type": "text", "text": "Which?"}, {"type": "image_url", "image_url": {"url": LINK}}]
    made = genai(
        gen_ai__input__messages=json.dumps([{"role": "user", "content": repr(shown)}]),
        gen_ai__output__messages=json.dumps([{"role": "assistant", "parts": [part]}]),
    )
    hop = both(made)
    assert [p["type"] for p in hop.messages_in[0].parts] == ["text", "uri"]
    assert [p["type"] for p in hop.messages_out[0].parts] == ["reasoning", "tool_call"]
    assert hop.output == [{"name": "weather", "arguments": {"city": "Oslo"}}]


def test_a_list_that_an_answer_prints_stays_its_words() -> None:
    words = "[{'city': 'Oslo', 'type': 7}]"
    said = json.dumps([{"role": "assistant", "parts": [{"type": "text", "content": words}]}])
    assert both(genai(gen_ai__output__messages=said)).messages_out[0].text == words


def test_a_model_that_says_it_is_unknown_is_none() -> None:
    made = genai(gen_ai__response__model="claude-haiku-4-5")
    made.attributes["gen_ai.request.model"] = "unknown_model"
    hop = both(made)
    assert (hop.request_model, hop.response_model) == (None, "claude-haiku-4-5")


def test_a_first_token_told_in_nanoseconds_or_in_milliseconds() -> None:
    made = genai(gen_ai__response__time_to_first_token=66_398_672)
    assert round(both(made).time_to_first_token_ms, 3) == 66.399
    assert both(genai(gen_ai__response__time_to_first_token=13.5)).time_to_first_token_ms == 13.5


def test_texts_to_be_embedded_are_the_input() -> None:
    made = span("opentelemetry.util.genai.handler", gen_ai__operation__name="embeddings")
    made.attributes["gen_ai.embeddings.input.texts"] = ["Oslo", "Bern"]
    assert both(made).input == ["Oslo", "Bern"]


MCP_AGENT = "OpenAIAugmentedLLM.finder."


def test_what_an_agent_generates_is_no_call_beside_those_it_makes() -> None:
    a = {"gen_ai.agent.name": "finder", "gen_ai.request.model": "gpt-4o", "message.content": "Hi?"}
    a |= {
        "gen_ai.usage.input_tokens": 9,
        "response.0.content": "I look.",
        "response.1.content": "Yo.",
    }
    made = span("mcp", MCP_AGENT + "generate")
    made.attributes = a
    hop = both(made)
    assert (hop.kind, hop.name, hop.input, hop.output) == ("agent", "finder", "Hi?", "Yo.")
    assert (hop.request_model, hop.input_tokens) == (None, 0)
    alone = span("mcp", "GoogleAugmentedLLM.finder.generate")
    alone.attributes = a
    assert (both(alone).kind, both(alone).input_tokens) == ("llm", 9)


def test_a_tool_of_an_agent_is_one_though_two_steps_call_it() -> None:
    gave = {"result.content.0.type": "text", "result.content.0.text": "sunny"}
    tool = span("mcp", MCP_AGENT + "execute_tool_call", tool_args='{"city": "Oslo"}')
    step = span("mcp", "Agent.finder.call_tool", arguments__city="Oslo")
    for one in (tool, step):
        one.attributes |= {"gen_ai.tool.name": "weather", **gave}
    found = [both(tool), both(step)]
    assert [(h.kind, h.input, h.output) for h in found] == [
        ("tool", {"city": "Oslo"}, "sunny"),
        ("chain", {"city": "Oslo"}, "sunny"),
    ]


def test_calls_and_tools_that_are_lists_in_json() -> None:
    call = {"id": "c1", "type": "function"}
    call |= {"function": {"name": "weather", "arguments": '{"city": "Oslo"}'}}
    a = {"llm.request.type": "chat", "gen_ai.request.model": "gpt-4o"}
    a |= told(**{"0__role": "assistant", "0__content": "", "0__tool_calls": json.dumps([call])})
    a["llm.request.functions"] = json.dumps([{"type": "function", "function": WEATHER}])
    made = span("", "openai.chat")
    made.attributes = a
    hop = both(made)
    assert hop.output == [{"name": "weather", "arguments": {"city": "Oslo"}}]
    assert (hop.tools, hop.parameters) == ([{"type": "function", **WEATHER}], {})


def test_results_of_tools_are_of_the_calls_that_the_whole_messages_name() -> None:
    made = span("", "openai.chat", llm__request__type="chat")
    made.attributes |= {"gen_ai.prompt.0.role": "tool", "gen_ai.prompt.0.content": "sunny"}
    whole = [{"role": "tool", "content": "sunny", "tool_call_id": "c1"}]
    made.attributes["traceloop.entity.input"] = json.dumps(whole)
    (result,) = both(made).messages_in[0].parts
    assert (result["id"], result["response"]) == ("c1", "sunny")


def test_what_is_told_of_a_failure_is_no_answer() -> None:
    made = span("", "openai.chat", status=2, llm__request__type="chat")
    made.attributes |= {"error.type": "RateLimitError", "error.message": "Busy."}
    made.attributes["traceloop.entity.output"] = '{"error": "RateLimitError", "status": "error"}'
    hop = both(made)
    assert (hop.output, hop.error.type) == (None, "RateLimitError")
