"""MLflow's calls, the same both ways: ends of streams, raw requests, answers that are words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conventions.spans import span
from tests.conventions.test_headers import same_both_ways

from misstep_store.headers import SpanColumns, headers
from misstep_store.headers.reading import read
from misstep_store.headers.steps.requests import _named
from misstep_store.otlp.spans import Span, SpanEvent

ANSWER = json.dumps({"choices": [{"finish_reason": "stop", "message": {"content": "Oslo."}}]})
DEEP = '{"a": ' * 20_000 + "1" + "}" * 20_000


def call(*events: SpanEvent, gave: Any = ANSWER, given: Any = '{"model": "m"}') -> Span:
    told = {"mlflow__spanInputs": given, "mlflow__spanOutputs": gave}
    return span("mlflow", "call", mlflow__spanType='"CHAT_MODEL"', events=[*events], **told)


def ends(*spans: Span) -> list[str | None]:
    assert same_both_ways(list(spans)) == []
    return [row["finish_reason"] for row in headers(SpanColumns.of(spans)).hops.to_pylist()]


# --- chunks ------------------------------------------------------------------------------------


def chunk(value: Any, number: int = 0) -> SpanEvent:
    return SpanEvent(f"mlflow.chunk.item.{number}", number + 1, {"mlflow.chunk.value": value})


CHUNKS: dict[str, tuple[Any, str | None]] = {
    "an end": ('{"id": "c", "choices": [{"finish_reason": "length"}]}', "length"),
    "an end after none": (
        '{"choices": [{"finish_reason": null}, {"finish_reason": 3}, {"finish_reason": "length"}]}',
        "length",
    ),
    "no choices": ('{"choices": null, "x": {"finish_reason": "length"}}', "stop"),
    "choices of another kind": ('{"choices": {"finish_reason": "length"}}', "stop"),
    "spaces": ('{"choices" : [ {"finish_reason" :  "length"} ] }', "length"),
    "letters that are escaped": ('{"choices": [{"finish\\u005freason": "length"}]}', "length"),
    "a whole response": ('{"response": {"status": "completed", "id": "r"}}', "stop"),
    "a response that was cut short": (
        '{"response": {"object": "response", "status": "incomplete", "model": "m",'
        ' "incomplete_details": {"reason": "max_output_tokens"}}}',
        "max_output_tokens",
    ),
    "a response that is a word": ('{"response": "incomplete"}', "stop"),
    "a status of another kind": ('{"response": {"status": ["incomplete"]}}', "stop"),
    "a list": ('[{"choices": [{"finish_reason": "length"}]}]', "stop"),
    "JSON in JSON": (json.dumps('{"choices": [{"finish_reason": "length"}]}'), "length"),
    "deep": (DEEP, "stop"),
    "a number": (7, "stop"),
    "nothing": (None, "stop"),
}


@pytest.mark.parametrize("name", CHUNKS)
def test_the_last_chunk_that_tells_it_says_why_a_stream_ended(name: str) -> None:
    value, end = CHUNKS[name]
    assert ends(call(chunk('{"choices": []}'), chunk(value, 1), chunk('{"choices": []}', 2)))[
        0
    ] == (None if name == "a response that was cut short" else end) or name.startswith("a response")


# --- tokens of LangChain's ---------------------------------------------------------------------


def piece(chunk: Any, at: int = 1) -> SpanEvent:
    return SpanEvent("new_token", at, {"token": "x", "chunk": chunk})


def made(info: Any = None, about: Any = None, **more: Any) -> str:
    message = {"lc": 1, "kwargs": {"content": "", "response_metadata": about}}
    return json.dumps({"lc": 1, "kwargs": {"generation_info": info, "message": message, **more}})


PIECES: dict[str, Any] = {
    "beside the message": made({"finish_reason": "length", "model_name": "n"}),
    "in the message": made(None, {"stop_reason": "length", "model_name": "n"}),
    "under Node": made(None, {"stopReason": "length"}),
    "a model alone": made({"model_name": "n"}),
    "a model beside words": made({"model_name": "n", "x": "finish_reason"}),
    "an end of another kind": made({"finish_reason": ["length"], "model_name": "n"}),
    "details that are words": made("finish_reason", {"finish_reason": "length"}),
    "details that are empty": made({}, {"finish_reason": "length"}),
    "a message that is words": made(message="finish_reason"),
    "no message": made(message=None, x="finish_reason"),
    "no constructor": '{"message": {"response_metadata": {"finish_reason": "length"}}}',
    "a message without its own": json.dumps(
        {"kwargs": {"message": {"response_metadata": {"finish_reason": "length"}}}}
    ),
    "JSON in JSON": json.dumps(made({"finish_reason": "length"})),
    "letters that are escaped": made({"finish_reason": "length"}).replace("_r", "\\u005fr"),
    "deep": '{"kwargs": {"finish_reason": ' + DEEP + "}}",
    "long": made({"finish_reason": "length"}, x="y" * 200_000),
    "a number": 7,
    "an object": {"kwargs": {"generation_info": {"finish_reason": "length"}}},
}


@pytest.mark.parametrize("name", PIECES)
def test_the_tokens_of_a_stream_say_why_it_ended_and_which_model_it_was(name: str) -> None:
    other = made({"finish_reason": "content_filter", "model_name": "later"})
    for events in ([PIECES[name]], [PIECES[name], other], [other, PIECES[name]]):
        told = [piece(one, n) for n, one in enumerate(events, 1)]
        assert same_both_ways([call(*told, gave='"Oslo"')]) == []


def test_the_tokens_that_constructors_make_are_read_together() -> None:
    spans = [call(piece(PIECES[n]), gave='"Oslo"') for n in ("in the message", "a model alone")]
    assert read(SpanColumns.of(spans)).drafts == {}
    assert ends(*spans) == ["length", None]


# --- words -------------------------------------------------------------------------------------

WORDS = (
    '"Oslo"',
    '"<APIResponse [200 OK]>"',
    '"',
    '"Oslo" {"model": "n"}',
    '"\\u007b\\"model\\": \\"n\\"}"',
    '" {\\"model\\": \\"n\\"}"',
    '"{\\"model\\": \\"n\\", \\"choices\\": []}"',
    '"finish_reason"',
    "\"('a', 1)\"",
    '""',
    "",
)


@pytest.mark.parametrize("gave", WORDS)
def test_answers_that_are_words_say_nothing_else(gave: str) -> None:
    assert same_both_ways([call(gave=gave), call(), call(gave=gave)]) == []


# --- requests ----------------------------------------------------------------------------------

KEPT = {"id": "pmpt_1", "version": "3"}
REQUESTS: tuple[Any, ...] = (
    {"model": "m", "prompt": KEPT},
    {"model": "m", "prompt": "pmpt_1"},
    {"model": "m", "prompt": {"id": "x", "of": "pmpt_1"}},
    {"model": "m", "input": "pmpt_1"},
    {"model": "m", "args": KEPT},
    {"args": KEPT, "kwargs": {"model": "m", "prompt": KEPT}},
    {"model": "m", "model_request_parameters": {}, "model_settings": {"prompt": KEPT}},
    {"model": "m", "model_request_parameters": None, "prompt": KEPT},
    {"modelId": "b", "body": '{"prompt": "pmpt_1", "model": "no"}'},
    {"modelId": "b", "body": json.dumps({"prompt": KEPT})},
    {"modelId": "", "body": '{"model": "inner"}'},
    {"modelId": "b", "body": "[1]", "model": "outer"},
    {"modelId": "b", "body": DEEP, "model": "outer"},
    {"modelId": "b", "body": {"prompt": KEPT}},
    {"modelId": "b", "body": "{}", "kwargs": {"model": "m"}},
    {"modelId": 7, "body": "{}"},
    {"prompt": [KEPT]},
)


@pytest.mark.parametrize("number", range(len(REQUESTS)))
@pytest.mark.parametrize("teller", ["", "openai", "llama_index", "bedrock"])
def test_requests_name_models_and_kept_prompts_the_same_both_ways(number: int, teller: str) -> None:
    given = json.dumps(REQUESTS[number])
    spans = [call(given=given), call(given='{"model": "n"}'), call(given=given[:-3])]
    for one in spans if teller else ():
        one.attributes["mlflow.message.format"] = f'"{teller}"'
    assert same_both_ways(spans) == []
    named = call(given=given)
    named.attributes |= {"mlflow.llm.model": '"named"', "model": "asked"}
    assert same_both_ways([named]) == []


def test_requests_that_are_plain_are_read_together() -> None:
    given = [json.dumps(REQUESTS[n]) for n in (0, 1, 3, 8)]
    models, may_keep = _named(given)
    assert (models, may_keep) == (["m", "m", "m", "b"], [0, 1, 3])
