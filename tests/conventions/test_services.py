"""What servers, services and their clients tell of calls and agents beside what GenAI has words for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conventions.spans import MS, TRACE, genai, hops, only, span
from tests.conventions.test_headers import same_both_ways

from misstep.model import Run
from misstep_store.conventions import normalise
from misstep_store.otlp.spans import LogRecord, Scope, Span, SpanEvent


def happened(**told: Any) -> list[SpanEvent]:
    """Events of a span, a millisecond apart; ``__`` in a name stands for a dot."""
    return [
        SpanEvent(name.replace("__", ".").rstrip("_"), (1_001 + n) * MS, attributes)
        for n, (name, attributes) in enumerate(told.items())
    ]


def run_of(*spans: Span) -> Run:
    return normalise(spans).run


def parts(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


# --- servers that run models -------------------------------------------------------------------


def served(**more: Any) -> Span:
    """A request as vLLM tells of it, which names no operation and no model that was asked for."""
    told: dict[str, Any] = {
        "gen_ai__request__id": "cmpl-1",
        "gen_ai__request__temperature": 0.8,
        "gen_ai__usage__prompt_tokens": 5,
        "gen_ai__usage__completion_tokens": 16,
        "gen_ai__latency__time_to_first_token": 0.05,
    }
    return span("vllm.llm_engine", "llm_request", kind=2, **(told | more))


def test_a_request_that_a_server_answered_is_a_call() -> None:
    spans = [served()]
    call = only(*spans)
    assert (call.kind, call.input_tokens, call.output_tokens) == ("llm", 5, 16)
    assert call.time_to_first_token_ms == 50
    assert call.parameters == {"temperature": 0.8}
    assert same_both_ways(spans) == []


def test_a_request_inside_the_call_of_its_client_is_that_call() -> None:
    call = genai(took=500, gen_ai__usage__input_tokens=5, gen_ai__usage__output_tokens=16)
    spans = [call, served(parent=call, at=1_010, took=400)]
    (found,) = hops(*spans)
    assert (found.kind, found.hop_id, found.time_to_first_token_ms) == ("llm", call.span_id, 50)
    same_both_ways(spans)


def test_a_turn_that_says_which_model_answered_and_what_it_cost_in_tokens_is_a_call() -> None:
    turn = span(
        "openclaw",
        "openclaw.agent.turn",
        openclaw__session__key="agent:main",
        gen_ai__usage__input_tokens=4_521,
        gen_ai__usage__output_tokens=892,
        gen_ai__response__model="claude-opus-4-5",
    )
    call = only(turn)
    assert (call.kind, call.response_model, call.output_tokens) == ("llm", "claude-opus-4-5", 892)
    assert run_of(turn).session_id == "agent:main"
    assert same_both_ways([turn]) == []


def test_a_step_that_only_names_the_model_that_answered_is_no_call() -> None:
    step = span("mine", "turn", gen_ai__response__model="m")
    assert only(step).kind == "chain"
    assert same_both_ways([step]) == []


# --- agents that run elsewhere -----------------------------------------------------------------


def of_azure(name: str, *, events: list[SpanEvent] | None = None, **more: Any) -> Span:
    """An operation on a thread of an agent that Azure runs."""
    told: dict[str, Any] = {
        "gen_ai__system": "az.ai.agents",
        "gen_ai__operation__name": name,
        "gen_ai__thread__id": "thread_1",
    }
    return span("azure.ai.agents", name, kind=3, events=events, **(told | more))


def content(**told: Any) -> dict[str, Any]:
    return {"gen_ai.event.content": json.dumps(told)}


RUN: dict[str, Any] = {
    "gen_ai__thread__run__id": "run_1",
    "gen_ai__agent__id": "asst_1",
    "gen_ai__response__model": "gpt-4o",
}


def test_a_run_of_a_thread_that_was_answered_is_a_call_with_its_answer() -> None:
    said = content(content={"text": {"value": "Hello!"}}, role="assistant")
    counted = {"gen_ai__usage__input_tokens": 41, "gen_ai__usage__output_tokens": 20}
    events = happened(gen_ai__assistant__message=said)
    spans = [of_azure("process_thread_run", events=events, **RUN, **counted)]
    call = only(*spans)
    assert (call.kind, call.output, call.output_tokens) == ("llm", "Hello!", 20)
    assert (run_of(*spans).session_id, call.messages_in) == ("thread_1", [])
    assert same_both_ways(spans) == []


def test_a_run_of_a_thread_that_was_started_is_a_step() -> None:
    spans = [of_azure("start_thread_run", gen_ai__request__model="gpt-4o", **RUN)]
    assert only(*spans).kind == "chain"
    assert same_both_ways(spans) == []


def test_results_handed_to_a_run_of_a_thread_are_a_step_that_was_given_them() -> None:
    events = happened(gen_ai__tool__message=content(content="Sunny", id="call_1"))
    spans = [of_azure("submit_tool_outputs", events=events, gen_ai__thread__run__id="run_1")]
    step = only(*spans)
    assert (step.kind, step.input) == ("chain", "Sunny")
    assert same_both_ways(spans) == []


def test_whole_conversations_and_instructions_may_stand_in_events() -> None:
    asked, said = [parts("user", "hi")], [{**parts("assistant", "hello"), "finish_reason": "stop"}]
    events = happened(
        gen_ai__system__instructions={
            "gen_ai.event.content": json.dumps([{"type": "text", "content": "Be kind."}])
        },
        gen_ai__input__messages={"gen_ai.event.content": json.dumps(asked)},
        gen_ai__output__messages={"gen_ai.event.content": json.dumps(said)},
    )
    agent = span(
        "azure.ai.projects",
        "invoke_agent a",
        events=events,
        gen_ai__operation__name="invoke_agent",
        gen_ai__agent__name="a",
    )
    found = only(agent)
    assert (found.input, found.output, found.system) == ("hi", "hello", "Be kind.")
    call = genai(events=events)
    assert (only(call).finish_reason, only(call).output) == ("stop", "hello")
    same_both_ways([agent])
    same_both_ways([call])


def of_a_session(name: str, **more: Any) -> Span:
    """An event of a live session with a model of Azure's."""
    told = {"gen_ai__operation__name": name.split()[0], "gen_ai__request__model": "rt"}
    return span("azure.ai.voicelive", name, kind=3, **(told | more))


def test_of_the_events_of_a_live_session_that_with_an_answers_tokens_is_a_call() -> None:
    counted = {"gen_ai__usage__input_tokens": 10, "gen_ai__usage__output_tokens": 5}
    event, answer = "gen_ai__voice__event_type", {"gen_ai__response__id": "r1"}
    session = of_a_session("connect rt", took=900, **answer, **counted)
    told = of_a_session("recv text", parent=session, at=1_010, **{event: "text"}, **answer)
    done = of_a_session(
        "recv done", parent=session, at=1_020, **{event: "done"}, **answer, **counted
    )
    spans = [session, told, done]
    assert [(h.kind, h.name) for h in hops(*spans)] == [
        ("chain", "recv text"),
        ("llm", "recv done"),
    ]
    same_both_ways(spans)


# --- events as Koog writes them ----------------------------------------------------------------


def test_a_whole_event_may_stand_in_its_body() -> None:
    events = happened(
        gen_ai__user__message={"body": '{"content": "Weather?"}'},
        gen_ai__choice={"body": '{"finish_reason": "stop", "message": {"content": "Rain"}}'},
    )
    spans = [genai(events=events)]
    call = only(*spans)
    assert (call.input, call.output, call.finish_reason) == ("Weather?", "Rain", "stop")
    same_both_ways(spans)


def test_an_assistants_message_that_comes_last_is_the_answer_and_choices_before_it_are_not() -> (
    None
):
    asked_for = [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}]
    events = happened(
        gen_ai__user__message={"role": "user", "content": "Weather?"},
        gen_ai__choice={"tool_calls": json.dumps(asked_for), "finish_reason": "tool_calls"},
        gen_ai__tool__message={"role": "tool", "content": "57F", "id": "c1"},
        gen_ai__assistant__message={"role": "assistant", "content": "Mild."},
    )
    spans = [genai(events=events, gen_ai__response__finish_reasons=["stop"])]
    call = only(*spans)
    assert (call.output, call.finish_reason) == ("Mild.", "stop")
    assert [m.role for m in call.messages_in] == ["user", "assistant", "tool"]
    same_both_ways(spans)


def test_an_assistants_message_that_comes_last_in_a_call_that_failed_is_what_was_asked() -> None:
    events = happened(
        gen_ai__user__message={"content": "Count."}, gen_ai__assistant__message={"content": "1, 2,"}
    )
    spans = [genai(events=events, status=2)]
    call = only(*spans)
    assert [m.role for m in call.messages_in] == ["user", "assistant"]
    assert call.messages_out == []
    same_both_ways(spans)


@pytest.mark.parametrize(
    ("given", "made"),
    [("input.value", "output.value"), ("gen_ai.tool.call.arguments", "gen_ai.tool.result.value")],
)
def test_a_tool_may_say_what_it_was_given_and_gave_in_other_words(given: str, made: str) -> None:
    tool = span("ai.koog", "tool.f", gen_ai__tool__name="f", gen_ai__tool__call__id="c1")
    tool.attributes |= {given: '{"city": "Paris"}', made: "57F"}
    found = only(tool)
    assert (found.kind, found.input, found.output) == ("tool", {"city": "Paris"}, "57F")
    assert same_both_ways([tool]) == []


# --- words of others beside GenAI's ------------------------------------------------------------


def test_calls_and_agents_without_messages_have_the_input_and_output_they_name() -> None:
    told = {"input__value": "hi", "output__value": "hello"}
    agent = span("mine", "a", gen_ai__operation__name="invoke_agent", **told)
    assert (only(agent).input, only(agent).output) == ("hi", "hello")
    call = genai(scope="mine", **told)
    assert [only(call).messages_in[0].role, only(call).messages_out[0].role] == [
        "user",
        "assistant",
    ]
    assert same_both_ways([agent, call]) == []


def test_who_asked_may_be_a_pseudonym() -> None:
    pseudonym = {"enduser__pseudo__id": "a1b2"}
    for one in (genai(**pseudonym), span("mine", "step", **pseudonym)):
        assert run_of(one).user_id == "a1b2"
        assert same_both_ways([one]) == []


def test_who_asked_may_be_told_under_anybodys_key() -> None:
    anybodys = {"acme__user__id": "ann", "acme__session__id": "s1"}
    for one in (genai(**anybodys), span("mine", "step", **anybodys)):
        same_both_ways([one])
        run = normalise([one], []).run
        assert (run.user_id, run.session_id) == ("ann", "s1")


@pytest.mark.parametrize("key", ["gen_ai.usage.thoughts_tokens", "thoughts_token_count"])
def test_thoughts_are_reasoning(key: str) -> None:
    call = genai()
    call.attributes[key] = 5
    assert only(call).reasoning_tokens == 5
    assert same_both_ways([call]) == []


@pytest.mark.parametrize("value", [450, "soon", None, float("nan")])
@pytest.mark.parametrize("key", ["ttft_ms", "copilot_chat.time_to_first_token"])
def test_the_time_to_the_first_token_may_be_told_in_milliseconds(key: str, value: Any) -> None:
    call = genai()
    call.attributes[key] = value
    assert only(call).time_to_first_token_ms == (450 if value == 450 else None)
    same_both_ways([call])


def test_nodes_and_workflows_are_called_by_their_names_and_how_many_items_there_were_is_no_input() -> (
    None
):
    flow = span("n8n", "workflow.execute", n8n__workflow__name="Support", took=900)
    items = {"n8n__node__items__input": 1, "n8n__node__items__output": 3}
    node = span("n8n", "node.execute", parent=flow, n8n__node__name="Ask", at=1_010, **items)
    other = span("n8n", "GET", parent=flow, n8n__node__name="Ask", at=1_200, **items)
    spans = [flow, node, other]
    assert run_of(*spans).name == "Support"
    assert [(h.name, h.input, h.output) for h in hops(*spans)] == [
        ("Ask", None, None),
        ("GET", None, None),
    ]
    same_both_ways(spans)


@pytest.mark.parametrize("name", ["", 5, None, [], "k"])
def test_a_node_whose_name_is_no_text_is_called_what_its_span_is(name: Any) -> None:
    node = span("n8n", "node.execute", n8n__node__name=name)
    assert run_of(node).name == ("k" if name == "k" else "node.execute")
    same_both_ways([node, span("n8n", "node.execute", n8n__node__name="x", at=1_200)])


# --- logs of Spring AI -------------------------------------------------------------------------


def written(call: Span, handler: str, body: Any) -> LogRecord:
    scope = Scope(f"org.springframework.ai.chat.observation.{handler}ObservationHandler")
    return LogRecord(TRACE, call.span_id, 1_050 * MS, body=body, scope=scope)


def test_spring_ai_writes_what_was_asked_and_said_into_its_log() -> None:
    call = genai(scope="org.springframework.boot")
    logs = [
        written(call, "ChatModelPromptContent", 'Chat Model Prompt Content:\n["Be kind.", "Hi"]'),
        written(call, "ChatModelCompletion", 'Chat Model Completion:\n["Hello\\nthere"]'),
    ]
    found = only(call, logs=logs)
    assert [m.parts[0]["content"] for m in found.messages_in] == ["Be kind.", "Hi"]
    assert found.output == "Hello\nthere"
    same_both_ways([call], logs)


@pytest.mark.parametrize("body", ["Started", "Chat Model Completion:\n", None, 5, {"a": 1}, "\n\n"])
def test_whatever_else_it_writes_is_no_message(body: Any) -> None:
    call = genai()
    logs = [written(call, "ChatModelCompletion", body)]
    assert only(call, logs=logs).messages_out == []
    same_both_ways([call], logs)
