"""Tools whose spans say neither what they were given nor what they gave: the calls around them do."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conventions.spans import genai, hops, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.conventions import normalise
from misstep_store.otlp.spans import Span


def asked_for(at: int = 1_000, call_id: str = "t1", name: str = "look", **more: Any) -> Span:
    part = {"type": "tool_call", "id": call_id, "name": name, "arguments": {"city": "Paris"}}
    told = json.dumps([{"role": "assistant", "parts": [part]}])
    return genai(at=at, took=50, gen_ai__output__messages=told, **more)


def told_of(at: int, call_id: str = "t1", **more: Any) -> Span:
    part = {"type": "tool_call_response", "id": call_id, "response": "sunny"}
    told = json.dumps([{"role": "tool", "parts": [part]}])
    return genai(at=at, took=50, gen_ai__input__messages=told, **more)


def silent_tool(at: int, run: Span, **more: Any) -> Span:
    return span(
        "com.anthropic.sdk.python",
        "anthropic.custom_tool_use look",
        parent=run,
        at=at,
        took=10,
        gen_ai__operation__name="execute_tool",
        gen_ai__tool__name="look",
        gen_ai__tool__call__id="t1",
        **more,
    )


def test_a_silent_tool_was_given_and_gave_what_the_calls_around_it_say() -> None:
    run = genai("run", scope="app", gen_ai__operation__name="invoke_agent", took=900)
    calls = [asked_for(parent=run), told_of(1_200, parent=run)]
    tool = next(h for h in hops(run, *calls, silent_tool(1_100, run)) if h.kind == "tool")
    assert (tool.input, tool.output) == ({"city": "Paris"}, "sunny")


def ran(at: int, run: Span, **more: Any) -> Span:
    """A tool of Pydantic AI's in its versions of early 2025, which tell no results."""
    told = {"gen_ai__tool__name": "look", "gen_ai__tool__call__id": "t1", **more}
    told.setdefault("tool_arguments", '{"city": "Oslo"}')
    return span("pydantic-ai", "running tool", parent=run, at=at, took=10, **told)


def test_a_tool_that_tells_its_arguments_alone_gave_what_the_next_question_says() -> None:
    run = genai("run", scope="app", gen_ai__operation__name="invoke_agent", took=900)
    other = told_of(1_150, call_id="t2", parent=run)  # of an agent beside
    trace = [run, asked_for(parent=run), ran(1_100, run), other, told_of(1_200, parent=run)]
    (tool,) = (h for h in hops(*trace) if h.kind == "tool")
    assert (tool.input, tool.output) == ({"city": "Oslo"}, "sunny")
    assert same_both_ways(trace) == []


def test_what_a_tool_says_itself_and_that_it_failed_stay() -> None:
    run = genai("run", scope="app", gen_ai__operation__name="invoke_agent", took=900)
    for more, gave in (({"tool_response": "rain"}, "rain"), ({"status": 2}, None)):
        trace = [run, asked_for(parent=run), ran(1_100, run, **more), told_of(1_200, parent=run)]
        (tool,) = (h for h in hops(*trace) if h.kind == "tool")
        assert (tool.output, tool.error is None) == (gave, gave == "rain")
        assert same_both_ways(trace) == []


def test_a_run_that_a_tool_ended_gave_what_a_later_question_says_of_it() -> None:
    run = span("app", "run", took=900)
    trace = [run, asked_for(parent=run), told_of(1_200, parent=run)]
    trace.append(last := ran(1_100, run))
    last.end_unix_nano = trace[2].start_unix_nano
    trace[2].attributes["gen_ai.output.messages"] = "[]"
    same_both_ways(trace)


def test_two_silent_tools_of_one_id_say_nothing() -> None:
    run = genai("run", scope="app", gen_ai__operation__name="invoke_agent", took=900)
    calls = [asked_for(parent=run), told_of(1_200, parent=run)]
    tools = [silent_tool(1_100, run), silent_tool(1_120, run)]
    found = [h for h in hops(run, *calls, *tools) if h.kind == "tool"]
    assert [(h.input, h.output) for h in found] == [(None, None)] * 2


def test_the_tools_a_call_ended_for_and_leaves_out_are_those_of_the_next_calls_history() -> None:
    """As MLflow tells of LangChain's models that said something before they asked."""
    asking = {"type": "tool_call", "id": "t1", "name": "look", "arguments": {"city": "Paris"}}

    def told(kept: str, ended: str = "tool_calls") -> list[Span]:
        run = span("app", "run", took=900)
        question = {"role": "user", "parts": [{"type": "text", "content": "Where?"}]}
        words = {"type": "text", "content": "I look."}
        answer = {"role": "assistant", "parts": [words]}
        turn = {"role": "assistant", "parts": [{**words, "content": kept}, asking]}
        result = {"role": "tool", "parts": [{"type": "tool_call_response", "id": "t1"}]}
        first = genai(
            parent=run,
            at=1_010,
            took=50,
            gen_ai__input__messages=json.dumps([question]),
            gen_ai__output__messages=json.dumps([answer]),
            gen_ai__response__finish_reasons=[ended],
        )
        asked = json.dumps([question, turn, result])
        second = genai(parent=run, at=1_100, took=50, gen_ai__input__messages=asked)
        return [run, first, second]

    def parts(spans: list[Span]) -> list[str]:
        same_both_ways(spans)
        (message,) = hops(*spans)[0].messages_out
        return [p["type"] for p in message.parts]

    assert parts(told("I look.")) == ["text", "tool_call"]
    assert parts(told("I do not.")) == ["text"]
    assert parts(told("I look.", "stop")) == ["text"]


def test_arguments_that_a_stream_left_out_are_those_that_the_next_call_was_told() -> None:
    def tool(given: object, **more: object) -> dict[str, object]:
        return {"type": "tool_call", "id": "toolu_1", "name": "water", "arguments": given, **more}

    def words(role: str, *parts: object) -> dict[str, object]:
        return {"role": role, "parts": list(parts)}

    asked = words("user", {"type": "text", "content": "Water it."})
    first = genai(gen_ai__input__messages=json.dumps([asked]))
    first.attributes["gen_ai.output.messages"] = json.dumps([words("assistant", tool({}))])
    result = {"type": "tool_call_response", "id": "toolu_1", "response": "watered"}
    for given, told in (({"bed": "fern"}, {"bed": "fern"}), ({}, {}), (None, {})):
        history = [asked, words("assistant", tool(given)), words("tool", result)]
        second = genai(at=2_000, gen_ai__input__messages=json.dumps(history))
        one, _ = normalise([first, second]).hops
        assert one.output == [{"name": "water", "arguments": told}]
        assert same_both_ways([first, second]) == []


ADK = "gcp.vertex.agent"
LOST = {"functionCall": {"name": "find", "args": {"name": "Lost"}}}
ERROR = {"error": "no star called Lost"}
GAVE = {"functionResponse": {"name": "find", "response": ERROR}}


def of_adk(at: int, asked: list[dict[str, Any]], said: list[dict[str, Any]], **more: Any) -> Span:
    """A call of Google's ADK for Node."""
    first = {"role": "user", "parts": [{"text": "Find Lost."}]}
    contents = [first, *({"role": "user", "parts": [part]} for part in asked)]
    answer = {"content": {"role": "model", "parts": said}, "finishReason": "STOP"}
    made = span(ADK, "call_llm", at=at, took=90, **more)
    made.attributes["gcp.vertex.agent.llm_request"] = json.dumps(
        {"model": "g", "contents": contents}
    )
    made.attributes["gcp.vertex.agent.llm_response"] = json.dumps(answer)
    return made


def of_lost(said: list[dict[str, Any]], given: list[dict[str, Any]], tools: int = 1) -> list[Any]:
    """What tools inside of a call were given and gave that tell nothing."""
    agent = span(ADK, "invoke_agent finder", took=900, gen_ai__operation__name="invoke_agent")
    call = of_adk(1_010, [], said, parent=agent)
    silent = [
        span(ADK, "execute_tool find", parent=call, at=1_050 + n, took=1) for n in range(tools)
    ]
    after = of_adk(1_200, given, [{"text": "None."}], parent=agent)
    spans = [agent, call, *silent, after]
    same_both_ways(spans)
    return [(h.input, h.output) for h in normalise(spans).hops if h.kind == "tool"]


def test_a_silent_tool_inside_of_the_call_that_asked_for_it_was_given_and_gave_what_calls_say() -> (
    None
):
    assert of_lost([LOST], [LOST, GAVE]) == [({"name": "Lost"}, ERROR)]
    assert of_lost([LOST], [LOST]) == [({"name": "Lost"}, None)]
    assert of_lost([LOST, {"functionCall": {"name": "see", "args": {}}}], [GAVE]) == [
        ({"name": "Lost"}, ERROR)
    ]


def test_silent_tools_that_may_be_one_or_another_stay_silent() -> None:
    assert of_lost([LOST, LOST], [GAVE, GAVE]) == [(None, None)]
    assert of_lost([LOST], [GAVE], tools=2) == [(None, None)] * 2
    assert of_lost([{"text": "Hm."}], [GAVE]) == [(None, None)]


def test_a_call_names_the_tools_of_its_own_talk_past_the_calls_of_an_agent_between() -> None:
    def chat(at: int, *talk: dict[str, object], ended: str) -> Span:
        made = genai(at=at, took=1, gen_ai__response__finish_reasons=[ended])
        made.attributes["gen_ai.input.messages"] = json.dumps(talk)
        return made

    asked = {"role": "user", "parts": [{"type": "text", "content": "How hot?"}]}
    other = {"role": "user", "parts": [{"type": "text", "content": "Bake."}]}
    wanted = {"type": "tool_call", "id": "c1", "name": "baker", "arguments": {"q": "hot"}}
    gave = {"type": "tool_call_response", "id": "c1", "response": "230"}
    talk = [asked, {"role": "assistant", "parts": [wanted]}, {"role": "tool", "parts": [gave]}]
    spans = [
        chat(1_000, asked, ended="tool_calls"),
        chat(1_010, other, ended="stop"),
        chat(1_020, *talk, ended="stop"),
    ]
    first = hops(*spans)[0]
    assert first.output == [{"name": "baker", "arguments": {"q": "hot"}}]
    assert same_both_ways(spans) == []


def of_node(at: int, *asked: str, ended: str, **said: str) -> Span:
    """A call as OpenLLMetry's for Node of 2025 tells it: of answers before, the words alone."""
    made = span("@traceloop/instrumentation-openai", "openai.chat", at=at, took=1)
    made.attributes = {"llm.request.type": "chat", "gen_ai.request.model": "m"}
    for n, told in enumerate(asked):
        made.attributes[f"gen_ai.prompt.{n}.role"] = told.split(":")[0]
        made.attributes[f"gen_ai.prompt.{n}.content"] = told.partition(":")[2]
    made.attributes["gen_ai.completion.0.role"] = "assistant"
    made.attributes["gen_ai.completion.0.finish_reason"] = ended
    made.attributes |= {"gen_ai.completion.0." + k.replace("__", "."): v for k, v in said.items()}
    return made


def test_an_answer_that_is_empty_in_a_later_question_asked_for_the_tools_it_asked_for() -> None:
    named = {"tool_calls__0__name": "find", "tool_calls__0__arguments": '{"x": 1}'}
    first = ("user:Where?", "assistant:null", "tool:seven")
    spans = [
        of_node(1_000, *first[:1], ended="tool_calls", **named),
        of_node(1_010, *first, ended="tool_calls", **named),
        of_node(1_020, *first, "assistant:null", "tool:eight", ended="stop", content="Both."),
        of_node(1_030, "user:Who?", *first[1:], ended="stop", content="Nobody."),
    ]
    _, second, third, other = hops(*spans)
    part = {"type": "tool_call", "id": None, "name": "find", "arguments": {"x": 1}}
    assert second.messages_in[1].parts == [part]
    assert [third.messages_in[n].parts for n in (1, 3)] == [[part], [part]]
    assert other.messages_in[1].parts == []
    assert same_both_ways(spans) == []


def test_tools_glued_into_one_are_those_the_next_question_tells_of() -> None:
    def generation(at: int, asked: list[object], said: object) -> Span:
        made = span("langfuse-sdk", "OpenAI.chat", at=at, took=1)
        made.attributes = {
            "langfuse.observation.type": "generation",
            "langfuse.observation.model.name": "m",
            "langfuse.observation.input": json.dumps({"messages": asked}),
            "langfuse.observation.output": json.dumps(said),
        }
        return made

    def call(name: str, given: str) -> dict[str, object]:
        return {"id": name, "type": "function", "function": {"name": name, "arguments": given}}

    asked: list[object] = [{"role": "user", "content": "Both?"}]
    glued = {"tool_calls": [{"function": {"name": "tide", "arguments": '{"a": 1}{"b": 2}'}}]}
    whole = {
        "role": "assistant",
        "tool_calls": [call("berth", '{"a": 1}'), call("tide", '{"b": 2}')],
    }
    spans = [generation(1_000, asked, glued), generation(1_010, [*asked, whole], "Both.")]
    first = hops(*spans)[0]
    assert first.output == [
        {"name": "berth", "arguments": {"a": 1}},
        {"name": "tide", "arguments": {"b": 2}},
    ]
    assert same_both_ways(spans) == []


def test_calls_that_began_together_stand_in_one_order_whichever_span_came_first() -> None:
    def words(role: str, text: str) -> dict[str, object]:
        return {"role": role, "parts": [{"type": "text", "content": text}]}

    grown = [words("user", "I am Ada."), words("assistant", "Oslo."), words("user", "Who am I?")]
    told = {
        "gen_ai__input__messages": json.dumps(grown),
        "gen_ai__output__messages": json.dumps([words("assistant", "Oslo.")]),
    }
    run = span("app", "answer", took=500)
    at_once = genai(parent=run, at=1_010, took=0, **told)
    longer = genai(parent=run, at=1_010, took=50, **told)
    for spans in ([run, at_once, longer], [run, longer, at_once]):
        same_both_ways(spans)
        assert {h.input for h in hops(*spans) if h.kind == "llm"} == {"I am Ada.", "Who am I?"}


def agents_turns(*, status: int = 1, again: bool = False) -> list[Span]:
    """A loop as OpenLLMetry tells it of OpenAI's agents over chat completions: questions alone."""
    asked = {"role": "user", "parts": [{"type": "text", "content": "How many?"}]}
    part = {"type": "tool_call", "id": "t1", "name": "look", "arguments": {"city": "Paris"}}
    gave = {"type": "tool_call_response", "id": "t1", "response": "sunny"}
    talk = [asked, {"role": "assistant", "parts": [part]}, {"role": "tool", "parts": [gave]}]
    times = [(1_010, [asked]), (1_030, [asked])] if again else [(1_010, [asked])]
    run = span("app", "answer", took=500)
    calls = [
        genai(parent=run, at=at, took=10, status=status, gen_ai__input__messages=json.dumps(told))
        for at, told in (*times, (1_100, talk))
    ]
    for call in calls:
        del call.attributes["gen_ai.usage.output_tokens"]
    looked = span("app", "look", parent=run, at=1_050, took=10, gen_ai__tool__name="look")
    looked.attributes |= {"gen_ai.operation.name": "execute_tool"}
    looked.attributes |= {"gen_ai.tool.call.result": "sunny"}
    return [run, *calls, looked]


def test_a_call_that_ended_well_and_counts_nothing_asked_for_what_the_next_question_says() -> None:
    def said(spans: list[Span]) -> list[object]:
        same_both_ways(spans)
        return [h.output for h in hops(*spans) if h.kind == "llm"]

    look = [{"name": "look", "arguments": {"city": "Paris"}}]
    assert said(agents_turns()) == [look, None]
    assert said(agents_turns(again=True)) == [None, look, None]
    assert said(agents_turns(status=0)) == [None, None]  # it may never have answered


def test_what_a_tool_gave_is_not_what_a_run_gave_whose_model_heard_it_and_says_no_more() -> None:
    def gave(spans: list[Span]) -> object:
        same_both_ways(spans)
        return normalise(spans, []).run.output

    spans = agents_turns()
    assert gave(spans) is None
    assert gave([s for s in spans if s.start_unix_nano != spans[2].start_unix_nano]) == "sunny"
    said = [{"role": "assistant", "parts": [{"type": "text", "content": "Sunny."}]}]
    spans[2].attributes["gen_ai.output.messages"] = json.dumps(said)
    assert gave(spans) == "Sunny."


@pytest.mark.parametrize(
    ("said", "counted", "again", "told"),
    [("", 9, False, 2), ("", 0, False, 0), ("", 9, True, 0), ("Hm.", 9, False, 0)],
)
def test_a_call_told_to_have_said_nothing_that_counted_it_asked_for_the_tools_of_its_turn(
    said: str, counted: int, again: bool, told: int
) -> None:
    """One that counted nothing may never have answered; one asked again may have said nothing."""
    asked = {"role": "user", "parts": [{"type": "text", "content": "Both?"}]}
    turn = [
        {"role": "assistant", "parts": [{"type": "tool_call", "id": i, "name": i, "arguments": {}}]}
        for i in "ab"
    ]
    gave = [{"role": "tool", "parts": [{"type": "tool_call_response", "id": "a", "response": "x"}]}]
    spans = [
        genai(at=at, took=1, gen_ai__input__messages=json.dumps(talk))
        for at, talk in ((1_000, [asked]), (1_010, [asked]), (1_020, [asked, *turn, *gave]))
    ]
    if not again:
        del spans[1]
    spans[0].attributes["gen_ai.usage.output_tokens"] = counted
    answer = {"role": "assistant", "parts": [{"type": "text", "content": said}]}
    spans[0].attributes["gen_ai.output.messages"] = json.dumps([answer])
    first = hops(*spans)[0]
    found = [p for m in first.messages_out for p in m.parts if p["type"] == "tool_call"]
    assert [p["id"] for p in found] == ["a", "b"][:told]
    assert same_both_ways(spans) == []
