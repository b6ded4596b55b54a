"""Objects that libraries print into their spans are what a person would have them be."""

from __future__ import annotations

import json

from tests.conventions.spans import only, span

from misstep_store.conventions import langchain, objects


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
