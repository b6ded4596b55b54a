"""What a call does not say itself, and a step around it does; and what only looks like a failure."""

from __future__ import annotations

import json

import pytest
from tests.conventions.spans import MS, hops, only, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.otlp.spans import Span, SpanEvent

LANGFUSE = "langfuse-sdk"
ANSWER = {
    "content": "Oslo.",
    "additional_kwargs": {},
    "response_metadata": {
        "finish_reason": "stop",
        "model_name": "m-2026",
        "id": "chatcmpl-7",
    },
    "type": "ai",
}


def observed(kind: str, name: str, *, parent: Span | None = None, at: int, **told: str) -> Span:
    about = {f"langfuse.observation.{k}": v for k, v in told.items()}
    made = span(LANGFUSE, name, parent=parent, at=at, status=2 if "level" in told else 0)
    made.attributes = {"langfuse.observation.type": kind, **about}
    return made


def tries(answer: object) -> list[Span]:
    """A graph with a node in which one model fails and another one answers."""
    graph = observed("chain", "graph", at=1_000, input='{"q":"?"}', output='{"q":"?"}')
    node = observed("chain", "model", parent=graph, at=1_001, output=json.dumps(answer))
    asked = '[{"role":"user","content":"Where?"}]'
    failed = {"level": "ERROR", "status_message": "ill"}
    first = observed("generation", "Chat", parent=node, at=1_002, input=asked, **failed)
    second = observed(
        "generation", "Chat", parent=node, at=1_003, input=asked, output='{"content":"Oslo."}'
    )
    for call, model in ((first, "best"), (second, "m")):
        call.attributes["langfuse.observation.model.name"] = model
    for one, took in ((graph, 90), (node, 80), (first, 1), (second, 1)):
        one.end_unix_nano = one.start_unix_nano + took * MS
    return [graph, node, first, second]


def test_the_try_that_did_not_fail_ended_as_the_step_around_it_says() -> None:
    trace = tries({"messages": [ANSWER]})
    (hop,) = [h for h in hops(*trace) if h.kind == "llm"]
    assert (hop.finish_reason, hop.response_id, len(hop.attempts)) == ("stop", "chatcmpl-7", 2)
    assert same_both_ways(trace) == []


@pytest.mark.parametrize(
    ("calls", "failed", "ended"), [(1, False, "tool_calls"), (2, False, None), (1, True, None)]
)
def test_the_one_call_in_a_node_ended_as_the_answer_in_the_state_that_node_gave(
    calls: int, failed: bool, ended: str | None
) -> None:
    said = {"content": "", "additional_kwargs": {}, "type": "ai"}
    said["response_metadata"] = {"finish_reason": "tool_calls", "model_name": "m-2026"}
    message = {
        "lc": 1,
        "type": "constructor",
        "id": ["core", "messages", "AIMessage"],
        "kwargs": said,
    }
    gave = {"output": [{"lg_name": "Command", "update": {"messages": [message]}}]}
    graph = observed("chain", "graph", at=1_000, input='{"q":"?"}', output='{"q":"?"}')
    node = observed("chain", "model", parent=graph, at=1_001, output=json.dumps(gave))
    asked = '[{"role":"user","content":"Where?"}]'
    ill = {"level": "ERROR", "status_message": "ill"} if failed else {"output": '{"content":"x"}'}
    inside = [
        observed(
            "generation", "Chat", parent=node, at=1_002 + 200 * n, input=asked + " " * n, **ill
        )
        for n in range(calls)
    ]
    graph.end_unix_nano = node.end_unix_nano = inside[-1].end_unix_nano
    found = [h for h in hops(graph, node, *inside) if h.kind == "llm"]
    assert [h.finish_reason for h in found] == [ended] * calls
    assert same_both_ways([graph, node, *inside]) == []


def volt(kind: str, name: str, *, parent: Span | None, at: int, **told: object) -> Span:
    made = span("@voltagent/core", name, parent=parent, at=at, took=5)
    made.attributes = {"voltagent.operation_id": "o-1", "span.type": kind, **told}
    made.status_code = 2 if told.get("llm.failed") else 1
    return made


def retried(*failed: bool) -> list[Span]:
    """An agent of VoltAgent's, which alone says what it was answered, around tries of one call."""
    asked = '[{"role":"user","content":"Where?"}]'
    run = volt("workflow", "flow", parent=None, at=990)
    agent = volt("agent", "guide", parent=run, at=1_000, output="Oslo.")
    tries = [
        volt("llm", "llm:generateText", parent=agent, at=1_010 + 10 * n, **{"llm.messages": asked})
        for n in range(len(failed))
    ]
    for one, ill in zip(tries, failed, strict=True):
        one.attributes["llm.model"] = "m"
        one.status_code, one.status_message = (2, "ill") if ill else (1, "")
    run.end_unix_nano = agent.end_unix_nano = tries[-1].end_unix_nano
    return [run, agent, *tries]


@pytest.mark.parametrize("failed", [(False,), (True, False), (True, True, False)])
def test_the_last_try_gave_what_the_agent_around_it_says(failed) -> None:
    trace = retried(*failed)
    assert same_both_ways(trace) == []
    (hop,) = [h for h in hops(*trace) if h.kind == "llm"]
    assert (hop.output, max(1, len(hop.attempts))) == ("Oslo.", len(failed))


@pytest.mark.parametrize("failed", [(False, False), (False, True), (True, True)])
def test_of_calls_that_did_not_all_fail_before_none_gave_it(failed) -> None:
    trace = retried(*failed)
    same_both_ways(trace)
    assert all(h.output is None for h in hops(*trace) if h.kind == "llm")


def test_an_answer_beside_what_is_parsed_of_it_is_lent_too() -> None:
    trace = tries({"raw": ANSWER})
    del trace[2]
    (hop,) = [h for h in hops(*trace) if h.kind == "llm"]
    assert (hop.finish_reason, hop.response_id) == ("stop", "chatcmpl-7")
    assert same_both_ways(trace) == []


@pytest.mark.parametrize("tool", [True, False])
@pytest.mark.parametrize(
    "said",
    [
        {"content": "Oslo."},
        {"content": '{"city": "Oslo"}'},
        {"content": '{"raw": {"role": "assistant", "content": "Oslo."}}'},
        {"content": '{"\\u0072aw": {"role": "assistant", "content": "Oslo."}}'},
        {"content": "", "additional_kwargs": {"tool_calls": [{"name": "City", "args": {}}]}},
        {"content": None, "additional_kwargs": {"tool_calls": "none"}},
        {"content": "", "additional_kwargs": ["x"]},
    ],
)
def test_an_answer_alone_in_an_object_is_that_object(
    said: dict[str, object], *, tool: bool
) -> None:
    step = observed("chain", "raw", at=1_000, output=json.dumps({"raw": ANSWER}))
    about = {"output": json.dumps({"role": "assistant", **said})}
    calls = [observed("generation", "Chat", parent=step, at=1_001, **about)]
    if tool:
        calls.append(observed("generation", "Chat", parent=step, at=1_002, output='"Bergen"'))
    assert same_both_ways([step, *calls]) == []


@pytest.mark.parametrize("heard", [ANSWER, {**ANSWER, "content": "Bergen."}, "x"])
@pytest.mark.parametrize("failing", ["", "level", "exception", "other"])
def test_a_parser_that_failed_was_given_the_answer_all_the_same(
    heard: object, failing: str
) -> None:
    step = observed("chain", "step", at=1_000, output='"nothing"')
    answer = '{"role": "assistant", "content": "Oslo."}'
    call = observed("generation", "Chat", parent=step, at=1_001, output=answer)
    level = {"level": "ERROR", "status_message": "bad"} if failing == "level" else {}
    parser = observed("span", "parse", parent=step, at=1_002, input=json.dumps(heard), **level)
    if failing in ("exception", "other"):
        parser.status_code = 2
        parser.events = [SpanEvent(failing, 1, {"exception.type": "E"})]
    trace = [step, call, parser]
    assert same_both_ways(trace) == []
    (hop,) = [h for h in hops(*trace) if h.kind == "llm"]
    assert (hop.response_id == "chatcmpl-7") == (heard is ANSWER)


LANGCHAIN = "opentelemetry.instrumentation.langchain"
ARGS = {"city": "Oslo"}
MADE = {"content": "Oslo.", "response_metadata": {"finish_reason": "stop", "id": "chatcmpl-7"}}
CONSTRUCTED: dict[str, object] = {
    "words": {"kwargs": MADE},
    "words that may be JSON": {"kwargs": {**MADE, "content": '{"city": "Oslo"}'}},
    "a call": {"kwargs": {**MADE, "content": "", "tool_calls": [{"name": "f", "args": ARGS}]}},
    "no content": {"kwargs": {"response_metadata": MADE["response_metadata"]}},
    "blocks": {"kwargs": {**MADE, "content": [{"type": "text", "text": "Oslo."}]}},
    "a person's words": {"kwargs": MADE, "id": ["langchain", "HumanMessage"]},
    "nobody's words": {"kwargs": MADE, "id": []},
    "another class": {"kwargs": MADE, "class": "AIMessage", "content": "Oslo."},
    "no constructor": {"kwargs": MADE, "lc": 0, "type": "ai", "content": "Bergen."},
    "words alone": "Oslo.",
}


@pytest.mark.parametrize("name", CONSTRUCTED)
@pytest.mark.parametrize("said", ["Oslo.", '{"city": "Oslo"}'])
def test_what_a_step_constructed_is_compared_with_what_was_said(name: str, said: str) -> None:
    made = CONSTRUCTED[name]
    if isinstance(made, dict):
        path = ["langchain", "schema", "messages", "AIMessage"]
        made = {"lc": 1, "type": "constructor", "id": path, **made}
    step = span(LANGCHAIN, "Sequence.task", traceloop__span__kind="task", took=90)
    step.attributes["traceloop.entity.output"] = json.dumps({"outputs": made, "kwargs": {}})
    told = {"gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.content": said}
    about = {"llm.request.type": "chat", "gen_ai.request.model": "m", **told}
    calls = [span(LANGCHAIN, "Chat.chat", parent=step, at=1_001, took=9, **about)]
    parser = span(LANGCHAIN, "Parser.task", parent=step, at=1_050, traceloop__span__kind="task")
    parser.attributes["traceloop.entity.input"] = json.dumps({"inputs": made, "kwargs": {}})
    assert same_both_ways([step, *calls, parser]) == []
    calls.append(span(LANGCHAIN, "Chat.chat", parent=step, at=1_020, took=9, **about))
    calls[1].attributes["gen_ai.completion.0.content"] = "Bergen."
    assert same_both_ways([step, *calls, parser]) == []


def test_of_two_calls_that_answered_neither_is_lent_what_the_step_says() -> None:
    trace = tries({"messages": [ANSWER]})
    for call in trace[2:]:
        call.attributes["langfuse.observation.output"] = '{"content":"Bergen."}'
        call.attributes.pop("langfuse.observation.level", None)
        call.status_code = 0
    assert {h.response_id for h in hops(*trace)} == {None}
    assert same_both_ways(trace) == []


BLOCK = {"id": "t1", "name": "City", "input": {"city": "Oslo"}, "type": "tool_use"}
CALL = {"id": "t1", "name": "City", "args": {"city": "Oslo"}, "type": "tool_call"}


def called(said: object, heard: object, gave: object) -> list[Span]:
    """A call of a tool, in the words of its model, of the step around it and of the parser beside."""
    step = observed("chain", "step", at=1_000, output=json.dumps(gave))
    answer = json.dumps({"role": "assistant"} | {"content": said})
    call = observed("generation", "Chat", parent=step, at=1_001, output=answer)
    parser = observed("span", "parser", parent=step, at=1_002, input=json.dumps(heard))
    return [step, call, parser]


@pytest.mark.parametrize(
    ("said", "content", "calls", "is_same"),
    [
        ([BLOCK], [BLOCK], [CALL], True),
        ([BLOCK], "", [CALL], True),
        ([BLOCK], [BLOCK], [], False),
        ([BLOCK], [BLOCK, BLOCK], [CALL], False),
        ([BLOCK], [BLOCK], [CALL | {"args": {"city": "Bergen"}}], False),
        (
            [BLOCK | {"input": {"people": 2**70}}],
            [BLOCK],
            [CALL | {"args": {"people": 2**70}}],
            None,
        ),
        ("Oslo.", "Oslo.", [], True),
        ("Oslo.", "Bergen.", [], False),
    ],
)
def test_the_call_of_a_tool_in_anthropics_blocks_is_what_the_steps_around_tell(
    said: object, content: object, calls: list[object], is_same: bool | None
) -> None:
    told = {**ANSWER, "content": content, "tool_calls": calls}
    for around in (
        (told, {"q": 1}),
        ({"q": 1}, told),
        ({"q": 1}, [{"graph": None, "update": {"messages": [told]}}]),
        ({"q": 1}, {"raw": told}),
        ({"raw": told, "parsed": None}, {"raw": told, "parsed": None}),
    ):
        trace = called(said, *around)
        assert same_both_ways(trace) == []
        (hop,) = [h for h in hops(*trace) if h.kind == "llm"]
        if is_same is not None and told in around:
            assert hop.finish_reason == ("stop" if is_same else None)


def raised(kind: str, message: str, stack: str = "") -> Span:
    told = {"exception.type": kind, "exception.message": message, "exception.stacktrace": stack}
    event = SpanEvent(name="exception", time_unix_nano=1_050 * MS, attributes=told)
    scope = "opentelemetry.instrumentation.langchain"
    return span(scope, "ask", events=[event], status=2, traceloop__span__kind="task")


def test_a_graph_that_waits_for_a_person_did_not_fail() -> None:
    waiting = raised("langgraph.errors.GraphInterrupt", "(Interrupt(value='Which city?'),)")
    printed = raised("Exception", "GraphInterrupt((Interrupt(value='Which?'),))Traceback (most")
    for one in (waiting, printed):
        assert only(one).error is None
        assert same_both_ways([one]) == []
    assert only(raised("langgraph.errors.GraphRecursionError", "25 steps")).error is not None


def test_the_class_at_the_end_of_the_stack_is_what_was_raised() -> None:
    frames = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    g()\n\n'
    one = raised("Exception", "no such city", f"{frames}shop.errors.CityError: no such city\n")
    other = raised("Exception", "", f"{frames}asyncio.exceptions.CancelledError\n")
    quoted = raised("Exception", "no such city", f"{frames}ValueError: another\n")
    found = [only(s).error for s in (one, other, quoted)]
    assert [e and e.type for e in found] == ["CityError", "CancelledError", "Exception"]


def test_what_pydantic_refused_is_known_by_how_it_counts() -> None:
    error = only(raised("", "2 validation errors for City\nname\n  Field required")).error
    assert error is not None
    assert error.type == "ValidationError"


def test_a_step_that_names_the_answer_by_its_id_tells_why_the_call_ended() -> None:
    for output in (ANSWER, {**ANSWER, "content": [{"type": "text", "text": "Oslo."}]}):
        graph = observed("chain", "graph", at=1_000, input='{"q":"?"}', output='{"q":"?"}')
        step = observed("chain", "sequence", parent=graph, at=1_001, output=json.dumps(output))
        asked = '[{"role":"user","content":"Where?"}]'
        about = {"input": asked, "output": '"Of its own."'}
        calls = [observed("generation", n, parent=step, at=1_002, **about) for n in ("A", "B")]
        for number, call in enumerate(calls):
            call.attributes["gen_ai.response.id"] = f"chatcmpl-{7 + number}"
        spans = [graph, step, *calls]
        assert same_both_ways(spans) == []
        found = {h.name: h.finish_reason for h in hops(*spans) if h.kind == "llm"}
        assert found == {"A": "stop", "B": None}
