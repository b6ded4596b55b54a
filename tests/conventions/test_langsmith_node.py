"""LangSmith's SDK for Node writes down what a call was asked when it sends it on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conventions.spans import span
from tests.conventions.test_headers import same_both_ways

from misstep_store.conventions import normalise
from misstep_store.otlp.spans import Span

ASKED = {"role": "user", "content": "Where is A-1?"}
FOUND = {"role": "tool", "tool_call_id": "call_Xk1aZ93b", "content": "shipped"}
SAID = {"role": "assistant", "content": "It was shipped."}


def calling(identity: str = "call_Xk1aZ93b") -> dict[str, Any]:
    function = {"name": "find_order", "arguments": '{"order": "A-1"}'}
    told = [{"id": identity, "type": "function", "function": function}]
    return {"role": "assistant", "content": None, "tool_calls": told}


def call(asked: list[dict[str, Any]], said: dict[str, Any], **more: Any) -> Span:
    answer = {"choices": [{"index": 0, "message": said, "finish_reason": "stop"}]}
    made = span("langsmith", "ChatOpenAI", langsmith__span__kind="llm", **more)
    made.attributes["gen_ai.prompt"] = json.dumps({"model": "gpt-4o", "messages": asked})
    made.attributes["gen_ai.completion"] = json.dumps(answer)
    return made


def told(asked: list[dict[str, Any]], said: dict[str, Any]) -> list[str]:
    spans = [call(asked, said)]
    assert same_both_ways(spans) == []
    (hop,) = normalise(spans).hops
    return [m.role for m in hop.messages_in]


def test_an_answer_and_what_followed_it_are_nothing_that_was_asked() -> None:
    grown = [ASKED, calling(), FOUND, SAID]
    assert told(grown, calling()) == ["user"]
    assert told(grown, SAID) == ["user", "assistant", "tool"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ([ASKED, calling("call_0"), FOUND], calling("call_0")),  # ids that come again
        ([ASKED, calling(), FOUND], calling("call_another")),
        ([SAID, ASKED, ASKED], SAID),  # said before
        ([ASKED, SAID, ASKED], calling()),
    ],
)
def test_other_answers_among_what_was_asked_stay(asked, said) -> None:
    assert len(told(asked, said)) == len(asked)


def test_what_failed_twice_is_tried_again_whatever_its_list_grew_to() -> None:
    around = span("langsmith", "loop", langsmith__span__kind="chain", gen_ai__prompt="{}")
    first = call([ASKED, SAID], {}, parent=around, at=1_010, took=10, status=2)
    del first.attributes["gen_ai.completion"]
    second = call([ASKED, SAID], SAID, parent=around, at=1_030, took=10)
    same_both_ways([around, first, second])


def test_a_run_of_a_function_that_takes_nothing_was_asked_what_its_first_call_was() -> None:
    around = span("langsmith", "step", langsmith__span__kind="chain", gen_ai__prompt="{}")
    spans = [around, call([ASKED], SAID, parent=around)]
    assert same_both_ways(spans) == []
    assert normalise(spans).run.input == "Where is A-1?"
    assert normalise([around]).run.input == {}


FIRST, SECOND = {"role": "user", "content": "I am Nils."}, {"role": "user", "content": "And mine?"}
HELLO, OPEN = ({"role": "assistant", "content": text} for text in ("Hello Nils.", "It is open."))


def talk(*calls: tuple[list[dict[str, Any]], dict[str, Any]]) -> list[list[str]]:
    """What the calls of one function were asked, as both readings have it."""
    around = span("langsmith", "talk", langsmith__span__kind="chain", gen_ai__prompt="{}", took=900)
    spans = [around]
    for n, (asked, said) in enumerate(calls):
        spans.append(call(asked, said, parent=around, at=1_010 + 20 * n, took=10))
    same_both_ways(spans)
    made = normalise(spans)
    assert made.run.input == made.hops[0].input
    return [[m.text for m in hop.messages_in] for hop in made.hops]


def test_a_call_of_a_talk_was_not_asked_what_its_list_grew_to_with_later_turns() -> None:
    whole = [FIRST, HELLO, SECOND]
    asked = [["I am Nils."], ["I am Nils.", "Hello Nils.", "And mine?"]]
    assert talk((whole, HELLO), (whole, OPEN)) == asked
    assert talk(([*whole, OPEN], HELLO), ([*whole, OPEN], OPEN)) == asked


def test_an_answer_given_again_and_again_is_each_time_told_by_its_place() -> None:
    whole = [FIRST, HELLO, SECOND, HELLO, FIRST]
    lengths = [len(asked) for asked in talk((whole, HELLO), (whole, HELLO), (whole, OPEN))]
    assert lengths == [1, 3, 5]


def test_an_answer_that_was_given_before_cuts_nothing_where_lists_grow_from_call_to_call() -> None:
    first = [FIRST, HELLO, SECOND]
    lengths = [len(a) for a in talk((first, HELLO), ([*first, HELLO, FIRST], OPEN))]
    assert lengths == [3, 5]


def of_sdk(method: str, kind: str = "chain", **more: Any) -> Span:
    """A step or a call of Vercel's SDK, as LangSmith's wrapper names it after the model."""
    told = {"gen_ai__request__model": "gpt-4o", "langsmith__trace__name": "gpt-4o"}
    told |= {"langsmith__span__kind": kind, "langsmith__metadata__ai_sdk_method": method}
    told |= {"gen_ai__prompt": '{"messages":[{"role":"user","content":"Tell."}]}'}
    return span("langsmith", "gpt-4o", **(told | more))


@pytest.mark.parametrize(("system", "told"), [("openai", "openai"), ("langchain", None)])
def test_a_call_of_a_wrapped_model_is_not_provided_by_the_model(system, told) -> None:
    spans = [of_sdk("ai.doGenerate", "llm", gen_ai__system=system)]
    (hop,) = normalise(spans).hops
    assert (hop.provider, hop.request_model) == (told, "gpt-4o")
    assert same_both_ways(spans) == []


def test_a_stream_that_was_stopped_before_its_call_was_told_of_is_a_call() -> None:
    spans = [of_sdk("ai.streamText", langsmith__trace__name="openai.chat")]
    (hop,) = normalise(spans).hops
    assert (hop.kind, hop.provider, hop.request_model) == ("llm", "openai", "gpt-4o")
    assert hop.messages_in[0].text == "Tell."
    same_both_ways(spans)


def test_a_step_around_a_call_and_a_step_that_names_no_model_stay_steps() -> None:
    around = of_sdk("ai.generateText", took=500)
    inside = of_sdk("ai.doGenerate", "llm", parent=around, at=1_010, gen_ai__system="openai")
    nameless = of_sdk("ai.embedMany", at=2_000)
    del nameless.attributes["gen_ai.request.model"]
    odd = of_sdk("ai.streamText", at=3_000, langsmith__metadata__ai_sdk_method=7)
    for spans in ([around, inside], [nameless], [odd]):
        same_both_ways(spans)
        kinds = [h.kind for h in normalise(spans).hops]
        assert kinds == (["llm"] if spans[0] is around else ["chain"])


def of_client(name: str, said: object, kind: str = "llm") -> Span:
    """What ``wrapSDK`` tells of a client of Anthropic's."""
    made = span("langsmith", "runner", langsmith__span__kind=kind, langsmith__trace__name=name)
    asked = {"model": "claude", "max_tokens": 9, "messages": [{"role": "user", "content": "Grow?"}]}
    made.attributes["gen_ai.prompt"] = json.dumps(asked)
    made.attributes["gen_ai.completion"] = json.dumps(said)
    made.attributes["gen_ai.system"] = "langchain"
    return made


def message(text: str, asked: int, said: int) -> dict[str, Any]:
    used = {"input_tokens": asked, "output_tokens": said, "service_tier": "standard"}
    content = [{"type": "text", "text": text}]
    end = {"stop_reason": "end_turn", "usage": used, "model": "claude-2025"}
    return {"id": "msg_1", "type": "message", "role": "assistant", "content": content, **end}


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("Anthropic.messages.create", "anthropic"),
        ("AzureOpenAI.chat.completions.create", "azure.ai.openai"),
        ("Anthropic", None),
        ("Garden.messages.create", None),
    ],
)
def test_the_class_of_a_wrapped_client_tells_the_provider(name: str, told: str | None) -> None:
    spans = [of_client(name, message("It grows.", 5, 3))]
    (hop,) = normalise(spans).hops
    assert (hop.provider, hop.output, hop.input_tokens) == (told, "It grows.", 5)
    assert same_both_ways(spans) == []


def test_a_client_that_runs_tools_itself_answered_with_the_last_message_and_counts_all() -> None:
    told = {"outputs": [message("I look.", 5, 3), message("It grows.", 8, 4)]}
    spans = [of_client("Anthropic.beta.messages.toolRunner", told)]
    (hop,) = normalise(spans).hops
    assert (hop.output, hop.finish_reason) == ("It grows.", "end_turn")
    assert (hop.input_tokens, hop.output_tokens) == (13, 7)
    same_both_ways(spans)


@pytest.mark.parametrize("told", [[], [7], [{}], [message("x", 1, 1), {"type": "x"}], [None]])
def test_lists_of_other_things_are_what_a_wrapped_client_gave(told: list[Any]) -> None:
    spans = [of_client("Anthropic.beta.messages.toolRunner", {"outputs": told})]
    same_both_ways(spans)


def test_what_a_wrapped_client_counts_or_looks_up_is_no_call() -> None:
    counted = of_client("Anthropic.messages.countTokens", {"input_tokens": 5})
    asked = of_client("Anthropic.messages.create", message("It grows.", 5, 3))
    named = of_client("Garden.countTokens", message("It grows.", 5, 3))
    for one in (counted, asked, named):
        one.start_unix_nano += 1
    assert same_both_ways([counted, asked, named]) == []
    assert [h.kind for h in normalise([counted, asked, named]).hops] == ["chain", "llm", "llm"]


def streamed(name: str, identity: str, counted: int, **more: Any) -> Span:
    made = call([ASKED], SAID, langsmith__trace__name="ChatOpenAI", **more)
    made.name = name
    made.attributes["gen_ai.response.id"] = identity
    made.attributes["gen_ai.usage.input_tokens"] = counted
    return made


@pytest.mark.parametrize("tool", [False, True])
def test_a_stream_written_on_the_step_around_another_is_a_call_of_that_steps_name(
    tool: bool,
) -> None:
    step = streamed("answer_me", "c-2", 40, took=900)
    step.attributes["gen_ai.prompt"] = json.dumps({"messages": [ASKED, calling(), FOUND]})
    first = streamed("ChatOpenAI", "c-1", 20, parent=step, took=10)
    spans = [step, first]
    if tool:
        spans.append(
            span("langsmith", "find", langsmith__span__kind="tool", parent=step, at=1_020, took=9)
        )
    same_both_ways(spans)
    made = normalise(spans)
    assert [h.name for h in made.hops[:2]] == ["answer_me", "ChatOpenAI"]
    assert made.run.input_tokens == 60
    assert made.run.input == "Where is A-1?"


def test_a_call_of_several_that_has_the_answer_of_the_last_counts_no_second_time() -> None:
    step = streamed("answer_me", "c-2", 60, took=900)
    inside = [streamed("ChatOpenAI", f"c-{n}", 30, parent=step, at=1_100 * n) for n in (1, 2)]
    same_both_ways([step, *inside])
    assert normalise([step, *inside]).run.input_tokens == 60
