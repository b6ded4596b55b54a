"""Objects that libraries print into their spans are what a person would have them be."""

from __future__ import annotations

import json
from typing import Any

from tests.conventions.spans import genai, hops, only, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.conventions.content import langchain, objects


def test_where_an_edge_sends_a_graph_is_a_node_and_what_it_is_given() -> None:
    sent = "Send(node='tools', arg={'call': 'c', 'messages': [HumanMessage(content='hi')]})"
    assert langchain.readable([sent, "__end__"]) == [
        {
            "node": "tools",
            "arg": {"call": "c", "messages": [{"role": "user", "content": "hi"}]},
        },
        "__end__",
    ]


def test_a_document_that_haystack_prints_with_colons_is_its_fields() -> None:
    text = "Document(id=b5985c4f, content: 'It\\'s Oslo.', meta: {'source': 'doc-1'}, score: 0.5)"
    assert objects.readable(text) == {
        "id": "b5985c4f",
        "content": "It's Oslo.",
        "meta": {"source": "doc-1"},
        "score": 0.5,
    }
    assert objects.readable("Document(id=b5985c4f, content: 'cut") == (
        "Document(id=b5985c4f, content: 'cut"
    )


def test_what_a_crew_was_asked_to_do_is_told_without_its_objects() -> None:
    tools = "[Tool(name='look', cache_function=<function BaseTool.<lambda> at 0x7f00>)]"
    tasks = f"[{{'agent': 'Reporter', 'description': 'Look.', 'tools': {tools}, 'async': False}}]"
    made = only(span("crewai.telemetry", "weather-crew", crewai__crew__tasks=tasks))
    assert made.input == [{"agent": "Reporter", "description": "Look."}]


def test_a_summary_of_thoughts_in_json_is_its_words() -> None:
    thought = json.dumps([{"text": "Look it up.", "type": "summary_text"}])
    parts = [{"type": "text", "content": "18C"}, {"type": "reasoning", "content": thought}]
    said = [{"role": "assistant", "parts": parts}]
    call = span("x", gen_ai__operation__name="chat", gen_ai__output__messages=json.dumps(said))
    (answer,) = only(call).messages_out
    assert answer.parts[1] == {"type": "reasoning", "content": "Look it up."}


def said_by(scope: str, *parts: Any, **more: Any) -> list[dict[str, Any]]:
    told = [{"role": "assistant", "parts": list(parts), "finish_reason": "stop"}]
    call = genai(scope=scope, gen_ai__output__messages=json.dumps(told), **more)
    assert same_both_ways([call], []) == []
    (answer,) = only(call).messages_out
    return answer.parts


def test_blocks_that_stand_where_a_text_should_are_the_parts_of_the_answer() -> None:
    thought = {"type": "thinking", "thinking": "Which one.", "signature": "c2ln", "index": 0}
    call = {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": "{}"}
    scope = "opentelemetry.instrumentation.genai.langchain"
    blocks = [thought, {"type": "text", "text": "Emma.", "index": 1}, call]
    assert said_by(scope, {"type": "text", "content": blocks}) == [
        {"type": "reasoning", "content": "Which one."},
        {"type": "text", "content": "Emma."},
        {"type": "tool_call", "id": "call_1", "name": "look", "arguments": {}},
    ]
    words = {"type": "text", "content": ["Emma."]}
    assert said_by(scope, words) == [words]


LIT = "openlit.instrumentation.langchain"
SIGNED = {"telemetry__sdk__name": "openlit"}


def test_items_of_a_response_that_openlit_printed_are_its_parts() -> None:
    call = {"type": "tool_call", "id": "call_1", "name": "look", "arguments": {"at": "Rome"}}
    items = [
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm."}]},
        {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": "{}"},
    ]
    told = said_by(LIT, {"type": "text", "content": str(items)}, call, **SIGNED)
    assert told == [{"type": "reasoning", "content": "Hm."}, call]


def test_texts_that_a_tool_gave_are_no_list_under_openlit() -> None:
    printed = "[{'type': 'text', 'text': 'tide of 6'}]"
    told = {"type": "tool_call_response", "id": "t1", "response": printed}
    call = genai(
        scope="openlit.instrumentation.anthropic",
        gen_ai__input__messages=json.dumps([{"role": "tool", "parts": [told]}]),
    )
    hop = only(call)
    assert hop.input == hop.messages_in[0].parts[0]["response"] == "tide of 6"
    assert same_both_ways([call]) == []


def test_pieces_of_thoughts_that_openlit_printed_as_they_streamed_are_one_thought() -> None:
    pieces = [{"thinking": "Which {one", "type": "thinking"}, {"thinking": "}, it's."}]
    signed = {"signature": "c2ln", "type": "thinking", "index": 0}
    text = "".join(map(str, [*pieces, signed])) + "Emma."
    assert said_by(LIT, {"type": "text", "content": text}, **SIGNED) == [
        {"type": "reasoning", "content": "Which {one}, it's."},
        {"type": "text", "content": "Emma."},
    ]
    summed = [{"summary": []}, {"summary": [{"text": "Well."}], "index": 0}]
    text = "".join(map(str, summed))
    assert said_by(LIT, {"type": "text", "content": text}, **SIGNED) == [
        {"type": "reasoning", "content": "Well."}
    ]
    for other in ("{'a': 1} is a dict", "{'thinking': ", "{" * 50_000):
        part = {"type": "text", "content": other}
        assert said_by(LIT, part, **SIGNED) == [part]


def test_the_tools_that_openlit_says_were_called_are_those_that_were_offered() -> None:
    tool = {"type": "function", "name": "look", "parameters": {"type": "object"}, "strict": False}
    call = genai(scope="openlit.otel.tracing", gen_ai__response__tool_calls=str([tool]), **SIGNED)
    assert same_both_ways([call], []) == []
    made = only(call)
    assert [t["name"] for t in made.tools] == ["look"]
    assert made.messages_out == []


def test_llama_index_s_steps_around_a_call_and_its_tools_are_no_calls() -> None:
    scope = "openinference.instrumentation.llama_index"
    said = {"openinference__span__kind": "LLM", "llm__model_name": "m"}
    around = span(scope, "OpenAI.predict_and_call", input__value="{}", **said, took=500)
    about = {"llm__input_messages__0__message__role": "user", "llm__token_count__prompt": 5}
    words = {"llm__input_messages__0__message__content": "Look."}
    call = span(scope, "OpenAI.chat", parent=around, **said, **about, **words)
    tool = span(scope, "look", parent=around, at=1_200, openinference__span__kind="TOOL")
    assert same_both_ways([around, call, tool], []) == []
    assert [h.name for h in hops(around, call, tool)] == ["OpenAI.chat", "look"]


def test_a_method_of_a_crews_flow_is_a_step_and_no_agent() -> None:
    scope = "openlit.instrumentation.crewai"
    said = {"gen_ai__operation__name": "invoke_agent", "telemetry__sdk__name": "openlit"}
    step = only(span(scope, "invoke_agent finalize", **said))
    agent = only(span(scope, "invoke_agent Reporter", gen_ai__agent__name="Reporter", **said))
    assert (step.kind, step.name) == ("chain", "finalize")
    assert (agent.kind, agent.name) == ("agent", "Reporter")


def test_nodes_of_llama_index_that_stand_in_lists_as_json_are_objects() -> None:
    nodes = json.dumps({"nodes": [json.dumps({"id_": "n", "text": "Oslo"}), "plain"]})
    step = span(
        "opentelemetry.instrumentation.llamaindex",
        "SentenceSplitter.task",
        traceloop__span__kind="task",
        traceloop__entity__input=nodes,
        traceloop__entity__output=json.dumps([json.dumps({"id_": "n"})]),
    )
    made = only(step)
    assert made.input == {"nodes": [{"id_": "n", "text": "Oslo"}, "plain"]}
    assert made.output == [{"id_": "n"}]
