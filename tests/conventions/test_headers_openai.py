"""Headers of OpenAI's calls under OpenInference, whose prompt is kept at OpenAI or whose answer is
none: read together, the same both ways."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conventions.rendering import load
from tests.conventions.spans import hops, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.headers import SpanColumns
from misstep_store.headers.reading import read
from misstep_store.otlp.spans import Span

EXPORTS = (
    "openinference-openai-odd",
    "openinference-langchain-odd",
    "openinference-openai-2026-11",
)
KEPT = {"id": "pmpt_1", "version": "3", "variables": {"city": "Oslo"}}
STUMBLED = {"code": "server_error", "message": "The model stumbled."}


@pytest.mark.parametrize("name", EXPORTS)
def test_odd_answers_are_read_together(name: str) -> None:
    assert read(SpanColumns.of(*load(name))).drafts == {}


def call(parameters: Any = None, answer: Any = None, **more: Any) -> Span:
    told = {"openinference__span__kind": "LLM", "llm__model_name": "m-1", "llm__system": "openai"}
    if parameters is not None:
        given = parameters if isinstance(parameters, str) else json.dumps(parameters)
        told["llm__invocation_parameters"] = given
    if answer is not None:
        told["output__value"] = json.dumps(answer)
    return span("openinference.instrumentation.openai", "Response", **told | more)


def failed(**more: Any) -> dict[str, Any]:
    return {"object": "response", "id": "resp_1", "status": "failed", "error": STUMBLED} | more


ASKED = {"llm__input_messages__0__message__content": "Where is Oslo?"}
TRACES: dict[str, list[Span]] = {
    "prompts that are kept": [
        call({"model": "m-2", "prompt": prompt}, **ASKED)
        for prompt in (KEPT, {"id": "pmpt_2"}, {"id": "mine"}, "pmpt_3", None, KEPT, ["pmpt_4"])
    ],
    "prompts with a name of their own": [
        call({"prompt": KEPT}, prompt__id=name, prompt__version=version)
        for name, version in (("mine", "1"), ("mine", ""), ("", "2"))
    ],
    "prompts in parameters that Portkey keeps": [
        call({"kwargs": {"prompt": KEPT, "model": "m-3"}, "model": "m-2"}),
        call({"kwargs": [], "model": "m-2"}),
        call({"kwargs": {"model_name": 3}}),
    ],
    "prompts that the request alone names": [
        call({"model": "m"}, input__value=json.dumps({"prompt": prompt, "input": "hi"}))
        for prompt in (KEPT, {"id": "x"}, "pmpt_5")
    ],
    "parameters that are none": [call(given) for given in ("", "{", "[1]", "{'model': 'm-2'}")],
    "parameters that are a list": [call("{}"), call("{}", llm__invocation_parameters=["a"])],
    "answers that failed": [call(answer=failed(**more)) for more in ({}, {"error": None})],
    "answers that failed and were cut off": [
        call(answer=failed(incomplete_details={"reason": "max_output_tokens"}))
    ],
    "answers that failed, of calls that did": [
        call(answer=failed(), status=2),
        call(answer=failed(error={"message": ""}), status=2),
    ],
    "answers that failed in part": [
        call(answer=failed(status=s)) for s in ("failed", "completed", "incomplete", "cancelled")
    ],
    "answers that failed around others": [
        call(answer={"response": failed()}),
        call(answer={"response": failed(), "choices": [{"message": {"content": "a"}}]}),
    ],
    "answers that failed beside a known end": [call(answer=failed(), llm__finish_reason="stop")],
    "chats that failed": [
        call(answer={"object": "chat.completion", "choices": [{"finish_reason": "failed"}]})
    ],
    "vectors that failed": [call(answer=failed(), openinference__span__kind="EMBEDDING")],
}


@pytest.mark.parametrize("name", TRACES)
def test_prompts_and_failures_have_the_same_headers_both_ways(name: str) -> None:
    same_both_ways(TRACES[name])
    for one in TRACES[name]:
        same_both_ways([one])


def test_an_answer_that_failed_says_why_when_it_is_read_together() -> None:
    facts = read(SpanColumns.of([call(answer=failed()), call(answer=failed(error=None))]))
    assert facts.drafts == {}
    assert {p: e.message for p, e in facts.errors.items()} == {0: "The model stumbled."}
    assert hops(call(answer=failed()))[0].error == facts.errors[0]


SAID = {"type": "output_text", "text": "Hi."}
ITEM = {"id": "msg_1", "type": "message", "status": "completed", "content": [SAID]}
CALL = {"type": "function_call", "name": "f", "arguments": "{}", "call_id": "c"}
USED = {"input_tokens": 9, "output_tokens": 3}
WHOLE = {"object": "response", "id": "resp_1", "model": "m-2", "output": [ITEM], "usage": USED}
LONG = {"incomplete_details": {"reason": "max_output_tokens"}, "status": "incomplete"}
FAILED = {"status": "failed", "error": {"code": "x", "message": "no"}}
RESPONSES: tuple[Any, ...] = (
    *([ITEM], [CALL], [ITEM, CALL], [ITEM | {"status": "incomplete"}], [SAID], [WHOLE]),
    *(WHOLE, WHOLE | LONG, WHOLE | FAILED, WHOLE | {"output": []}, SAID),
    [{"type": "reasoning", "summary": []}],
)
OTHERS = {"gen_ai__response__id": "r-9", "gen_ai__usage__input_tokens": 4}


@pytest.mark.parametrize("status", [0, 2])
@pytest.mark.parametrize("others", [{}, OTHERS])
def test_items_of_responses_under_laminar_are_read_together(
    others: dict[str, Any], status: int
) -> None:
    about = {"lmnr__span__type": "LLM", "gen_ai__request__model": "m", **others}
    words = [{"role": "assistant", "content": "Hi."}]
    calls = [
        span("lmnr.tracer", "call", gen_ai__output__messages=json.dumps(said), **about)
        for said in (words, *RESPONSES)
    ]
    for call in calls:
        call.status_code = status
        assert not same_both_ways([calls[0], call][call is calls[0] :])
    if not status:
        assert read(SpanColumns.of(calls[:4])).drafts == {}
