"""Answers and token counts of many calls at once, as of each; runs that raised, read together."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conventions.rendering import load
from tests.conventions.spans import only, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.conventions.raw import bodies
from misstep_store.conventions.raw.bodies import NOTHING
from misstep_store.conventions.values.reading import parsed
from misstep_store.conventions.values.usage import usage_of
from misstep_store.headers import SpanColumns
from misstep_store.headers.columns import values
from misstep_store.headers.plans import genkit, langfuse, libraries
from misstep_store.headers.raw import answers, generations, plainly
from misstep_store.headers.raw import words as said
from misstep_store.headers.reading import read
from misstep_store.headers.steps import rows
from misstep_store.otlp.spans import Span, SpanEvent

RAISED = SpanEvent("exception", 1, {"exception.type": "KeyError", "exception.message": "Rome"})


# --- token counts ------------------------------------------------------------------------------

COUNTS: tuple[Any, ...] = (
    {"input": 187, "output": 25, "total": 212, "input_audio": 0, "output_reasoning": 0},
    {"input": 148, "output": 46, "total": 450, "input_cache_read": 64, "output_reasoning": 192},
    {"input": 148, "output": 46, "total": 460, "input_cache_read": 64, "output_reasoning": 192},
    {"input": 9, "output": 4, "total": 13, "input_cached_tokens": 0, "input_cache_read": 3},
    {"input": 9, "output": 4, "output_reasoning_tokens": 2, "output_reasoning": 3},
    {"input": 9, "output": 1, "total": 17, "input_cache_creation": 7},
    {"input": 3},
    {"total": 3},
    {"input": None, "output": 2, "total": None},
    {"input": -3, "output": 2},
    {"input": 9, "output": 4, "cache_read_input_tokens": 2},
    {"input": 9, "output": 4, "cache_read_input_tokens": 2, "cache_creation_input_tokens": 1},
    {"input": 9, "total": 11, "cache_read_input_tokens": 2, "server_tool_use": {"web": 1}},
    {"total": 11, "cache_creation": {"ephemeral_5m_input_tokens": 3}, "service_tier": "standard"},
    {"prompt_tokens": 5, "completion_tokens": 6, "total_tokens": 11},
    {"prompt_tokens": 5, "prompt_tokens_details": {"cached_tokens": 4}},
    {"input_tokens": 5, "output_tokens": 6, "output_tokens_details": {"reasoning_tokens": 2}},
    {"input_tokens": 5, "output_tokens": 6, "input_token_details": {"cache_read": 2}},
    {"input_tokens": 5, "output_tokens": 6, "cache_creation_input_tokens": 3, "iterations": []},
    {"input_tokens": 5, "cache_creation": {"ephemeral_5m_input_tokens": 3}, "speed": "fast"},
    {},
    [],
    None,
    7,
)


@pytest.mark.parametrize("spaced", [True, False])
def test_token_counts_of_many_are_those_of_each(spaced: bool) -> None:
    marks = None if spaced else (",", ":")
    values = [json.dumps(c, separators=marks) for c in COUNTS] + [str(c) for c in COUNTS]
    values += [*COUNTS, "{", "[" * 500]
    told = [tuple(usage_of(value)) for value in values]
    assert [tuple(row) for row in answers.all_used(values).T.tolist()] == told
    for value, one in zip(values, told, strict=True):  # in a shape of its own
        assert [tuple(row) for row in answers.all_used([value] * 2).T.tolist()] == [one] * 2


@pytest.mark.parametrize(
    "name", ["langfuse-openai-odd", "langfuse-langchain-odd", "logfire-openai-2026-11"]
)
def test_token_counts_of_langfuse_and_logfire_are_read_many_at_once(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone: list[Any] = []
    whole = answers.used_in
    monkeypatch.setattr(answers, "used_in", lambda value: alone.append(value) or whole(value))
    read(SpanColumns.of(*load(name)))
    assert [value for value in alone if "input_ephemeral" not in str(value)] == []


# --- LangChain's answers -----------------------------------------------------------------------


def answer(*, flat: bool = False, info: Any = None, output: Any = None, **inner: Any) -> str:
    made = {"content": "hi", "type": "ai"} | inner
    message: Any = made if flat else {"lc": 1, "type": "constructor", "id": ["x"], "kwargs": made}
    one = {"text": "hi", "generation_info": info, "message": message}
    return json.dumps({"generations": [[one]], "llm_output": output, "type": "LLMResult"})


USED = {"prompt_tokens": 5, "completion_tokens": 6}
OWN = {"input_tokens": 7, "output_tokens": 8}
CHAT = {"model": "m", "choices": [{"finish_reason": "length"}], "usage": USED, "id": "chatcmpl-2"}
REFUSED = {"error": {"message": "Slow down.", "code": "rate_limit_exceeded", "model": "m-2"}}
OF_RESPONSE = {"id": "resp_1", "object": "response", "status": "completed"}
ANSWERS: list[Any] = [
    answer(flat=flat, **more)
    for flat in (False, True)
    for more in (
        {"info": {"finish_reason": "stop"}, "output": {"token_usage": USED, "model_name": "m"}},
        {"response_metadata": {"token_usage": USED, "model_name": "m", "finish_reason": "length"}},
        {"response_metadata": OF_RESPONSE},
        {"response_metadata": OF_RESPONSE, "content": [{"type": "function_call"}]},
        {"response_metadata": OF_RESPONSE, "content": ["hi", None, {"type": ["function_call"]}]},
        {"response_metadata": OF_RESPONSE, "content": [{"type": "text"}], "tool_calls": [{}]},
        {"response_metadata": {"body": {"model": "m", "choices": [], "usage": USED}}},
        {"response_metadata": {"body": CHAT}, "content": ""},
        {"response_metadata": {"body": CHAT}},
        {"response_metadata": {"body": CHAT, "id": "resp_2"}, "content": ""},
        {"response_metadata": {"body": CHAT}, "content": "", "usage_metadata": OWN, "id": "msg_1"},
        {"response_metadata": {"body": REFUSED}, "content": ""},
        {"response_metadata": {"body": REFUSED | {"type": "error"}}},
        {"response_metadata": {"body": REFUSED | {"model": "m"}}, "content": ""},
        {"response_metadata": {"body": REFUSED, "finish_reason": "stop"}, "content": "hi"},
        {"response_metadata": {"body": REFUSED}, "info": {"finish_reason": "stop"}, "id": "msg_2"},
        {"response_metadata": {"usage": OWN}, "output": {"usage": OWN, "stop_reason": "x"}},
        {"info": {"done_reason": "length", "done": True}, "usage_metadata": OWN},
        {"info": {"finish_reason": "", "done_reason": "stop"}},
        {"response_metadata": {"token_usage": USED | {"queue_time": 0.5, "total_time": None}}},
        {"usage_metadata": OWN, "id": "msg_1"},
        {"usage_metadata": OWN | {"odd": 1}, "kwargs": {"id": "chatcmpl-1"}},
    )
] + [
    '{"generations":[[]],"llm_output":null,"run":null,"type":"LLMResult"}',
    '{"generations": [[]], "llm_output": null, "run": null, "type": "LLMResult"}',
    '{"generations": [[{"text": "hi", "type": "Generation"}]]}',
    '{"generations": [[{"text": "hi", "generation_info": {"finish_reason": "stop"}}]]'
    ', "llm_output": {"token_usage": {"prompt_tokens": 5}, "model_name": "m"}}',
    '{"generations": [[{"text": "hi"}, {"message": {"kwargs": {"id": "msg_1"}}}]]}',
    '{"generations": 3}',
    '{"generations"',
    '{"id": "chatcmpl-1", "model": "m", "choices": [{"finish_reason": "stop"}]}',
    "[0.5, 0.25]",
    '["hi"]',
    "[null]",
    '[{"role": "assistant", "content": "hi"}]',
    '[{"type": "function_call", "name": "f", "arguments": "{}", "call_id": "1"}]',
    '[{"object": "chat.completion.chunk", "id": "1", "choices": [{"finish_reason": "length"}]}]',
    "hi",
    {"model": "m"},
    None,
]


@pytest.mark.parametrize("values", [ANSWERS, *([a] * 2 for a in ANSWERS)])
def test_answers_of_langchain_are_of_many_what_each_says(values: list[Any]) -> None:
    models, ids, ends, used, fresh, _ = generations.either(values)
    told = [answers.about_either(value) for value in values]
    if not models:
        assert told == [NOTHING] * len(values)
        return
    fresh = fresh if fresh is not None else [0] * len(values)
    assert list(zip(models, ids, ends, fresh, strict=True)) == [(*t[:3], t[4]) for t in told]
    assert [tuple(row) for row in used.T.tolist()] == [tuple(t[3]) for t in told]


def test_answers_of_langchains_providers_are_read_many_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(answers, "about_langchain", lambda value: pytest.fail(value))
    read(SpanColumns.of(*load("openinference-langchain-providers-2026-11")))


USERS = ('{"user_id": "u-1"}', '{"user_id": 5}', '{"x_user_id": "u-1"}', '{"user\\u005fid": "u-1"}')


@pytest.mark.parametrize("metadata", [*USERS, USERS[1][:-1], f"[{USERS[0]}]", f" {USERS[0]}"])
def test_who_asked_is_told_by_metadata_both_ways(metadata: str) -> None:
    about = {"openinference__span__kind": "CHAIN", "metadata": metadata}
    assert not same_both_ways([span("openinference.instrumentation.langchain", "run", **about)])


@pytest.mark.parametrize(
    "name", ["langsmith-langgraph", "langsmith-langchain-far", "mlflow-langchain-2025-10"]
)
def test_answers_of_langchain_are_read_many_at_once(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone: list[Any] = []
    whole = answers.about_either
    read(SpanColumns.of(*load(name)))  # makes the plans
    monkeypatch.setattr(answers, "about_either", lambda value: alone.append(value) or whole(value))
    read(SpanColumns.of(*load(name)))
    assert [
        value for value in alone if '"AIMessageChunk"' not in value
    ] == []  # a message without counts


# --- Genkit's and Logfire's ---------------------------------------------------------------------

GEMINIS = {
    "usageMetadata": {
        "promptTokenCount": 9,
        "candidatesTokenCount": 4,
        "thoughtsTokenCount": 2,
        "cachedContentTokenCount": 3,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 9}],
    },
    "candidates": [{"finishReason": "MAX_TOKENS"}],
    "modelVersion": "gemini-2.5",
    "responseId": "r-1",
}
OWNS = {"inputTokens": 9, "outputTokens": 4, "totalTokens": 13, "inputCharacters": 30}
GENKITS: list[Any] = [
    {"usage": OWNS, "finishReason": "stop", "raw": CHAT, "custom": GEMINIS},
    {"usage": OWNS, "finishReason": "stop", "raw": {}, "custom": GEMINIS},
    {"usage": OWNS, "finishReason": "stop", "raw": [3], "custom": GEMINIS},
    {"custom": GEMINIS, "candidates": [{"finishReason": "stop"}], "finishReason": "other"},
    {"custom": GEMINIS | {"promptFeedback": {"blockReason": "SAFETY"}}},
    {"custom": GEMINIS | {"usageMetadata": {"thoughtsTokenCount": 2}}, "usage": {"totalTokens": 5}},
    {"usage": {"outputTokens": 1, "thoughtsTokens": 2, "cachedContentTokens": 4}, "candidates": []},
    {"candidates": [{"finishReason": "stop"}], "custom": {}},
    {"candidates": [{"finishReason": "stop"}], "message": {}, "finishReason": "length"},
    {"candidates": ["stop"], "finishReason": ""},
    {"usage": {"odd": 1, "inputTokens": 3}, "finishReason": 4},
    {"raw": {"object": "response", "status": "failed", "id": "resp_1"}, "usage": OWNS},
    {"raw": {"type": "message", "stop_reason": "end_turn", "usage": OWN}, "usage": OWNS},
    {},
    [],
    "hi",
]


@pytest.mark.parametrize("made", [GENKITS, *([m] for m in GENKITS)])
def test_models_of_genkit_say_of_many_what_each_says(made: list[Any]) -> None:
    about = {"genkit:name": "a/m", "genkit:type": "action", "genkit:metadata:subtype": "model"}
    told = [about | {"genkit:output": json.dumps(m, indent=i)} for m in made for i in (None, 1)]
    same_both_ways([span("genkit-tracer", f"m{n}", **a) for n, a in enumerate(told)])


@pytest.mark.parametrize("name", ["genkit", "genkit-odd", "logfire-openai-2024-11"])
def test_answers_of_genkit_and_logfire_are_read_many_at_once(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(SpanColumns.of(*load(name)))  # makes the plans
    monkeypatch.setattr(genkit, "usage_of", None)
    monkeypatch.setattr(libraries, "usage_of", None)
    assert not read(SpanColumns.of(*load(name))).drafts


LOGFIRES: list[Any] = [
    {"message": {"content": "hi"}, "usage": USED},
    {"usage": OWN | {"cache_read_input_tokens": 3, "cache_creation_input_tokens": 2}},
    {"usage": OWN, "finish_reason": "stop"},
    {"usage": {"total_tokens": 4, "prompt_tokens_details": {"cached_tokens": 3}}},
    {"usage": None, "finish_reason": 3},
    {"usage": {"odd": 2, "input_tokens": 3}, "finish_reason": ""},
    {"combined_chunk_content": "hi"},
    [],
    "hi",
]


@pytest.mark.parametrize("vendor", ["openai", "anthropic"])
@pytest.mark.parametrize("made", [LOGFIRES, *([m] for m in LOGFIRES)])
def test_answers_under_logfire_say_of_many_what_each_says(made: list[Any], vendor: str) -> None:
    given = {"request_data": '{"model": "m"}', "logfire__msg": "Message"}
    same_both_ways(
        [
            span(f"logfire.{vendor}", f"m{n}", **given, response_data=json.dumps(m), **more)
            for n, m in enumerate(made)
            for more in ({}, {"gen_ai__system": "anthropic"})
        ]
    )


# --- LangSmith's runs that raised --------------------------------------------------------------


def run(completion: Any, kind: str = "llm", **more: Any) -> Span:
    given: dict[str, Any] = {"gen_ai__completion": completion} if completion is not None else {}
    asked = '{"messages": [["user", "hi"]]}'
    return span(
        "langsmith",
        "x",
        langsmith__span__kind=kind,
        gen_ai__prompt=asked,
        **(given | {"status": 1, "events": [RAISED]} | more),
    )


COMPLETIONS: tuple[Any, ...] = (
    None,
    "null",
    "{}",
    '"hi"',
    '{"output": null}',
    '{"output": "hi"}',
    '{"output": {}}',
    '{"outputs": null}',
    '{"output": {"error": {"message": "No."}}}',
    '{"generations": [[]], "type": "LLMResult"}',
    answer(content=""),
    answer(content="", response_metadata={"finish_reason": "stop"}),
    answer(content="", response_metadata={"body": {"error": {"message": "No."}}}),
    answer(content="", tool_calls=[{"name": "f", "args": {}, "id": "1"}]),
    answer(content="hi"),
    '{"choices": [{"message": {"role": "assistant", "content": ""}, "finish_reason": "stop"}]}',
    '{"choices": [{"message": {"role": "assistant", "content": "hi"}}]}',
)


@pytest.mark.parametrize("kind", ["llm", "chain", "tool", "retriever", "embedding"])
def test_runs_that_raised_and_end_as_if_they_had_not_are_the_same_both_ways(kind: str) -> None:
    spans = [run(c, kind, status=status) for c in COMPLETIONS for status in (1, 2)]
    for number, one in enumerate(spans):
        one.span_id, one.trace_id = f"{number + 1:016x}", f"{number + 1:032x}"
    same_both_ways(spans)
    for one in spans:
        same_both_ways([one])


@pytest.mark.parametrize(
    ("asked", "model"),
    [
        ({"args": [], "kwargs": {"model": "m-1", "messages": []}}, "m-1"),
        ({"args": [], "kwargs": {"model": "m-1", "prompt": {"id": "pmpt_1"}}}, "m-1"),
        ({"args": [{"model": "m-2"}, {"headers": {}}]}, "m-2"),
        ({"args": [], "kwargs": None, "model": "m-3"}, "m-3"),
        ({"args": []}, None),
    ],
)
def test_arguments_of_a_call_that_failed_early_are_its_request(
    asked: Any, model: str | None
) -> None:
    told = {"langsmith__span__kind": "llm", "gen_ai__prompt": json.dumps(asked)}
    one = span("langsmith", "ChatAnthropic", status=2, **told)
    assert only(one).request_model == model
    assert same_both_ways([one]) == []


@pytest.mark.parametrize(
    "name",
    [
        "langsmith-langchain-far",
        "langsmith-langchain-wide-2026-11",
        "langsmith-anthropic-2026-11",
    ],
)
def test_runs_that_raised_are_read_together(name: str) -> None:
    assert read(SpanColumns.of(*load(name))).drafts == {}


@pytest.mark.parametrize("given", ["stop", '{"a": "stop"}', '{"finish": 1}'])
def test_words_about_an_end_are_none(given: str) -> None:
    assert not rows.may_finish(given + " finish finished")


def test_calls_whose_words_are_about_an_end_are_read_together() -> None:
    assert read(SpanColumns.of(*load("mlflow-dspy-far"))).drafts == {}


@pytest.mark.parametrize(
    "told", ['"{}"', "{}", '"{}', '"\\u00{}"', '" {} "', '""', '"{}\n"', ' "{}"']
)
def test_moments_in_quotes_are_what_the_json_says(told: str) -> None:
    given = told.replace("{}", "2026-11-26T18:35:27.5Z")
    assert langfuse._moment(given) == parsed(given)


# --- what calls were asked and said --------------------------------------------------------------


def dumped(kind: str = "human", content: str = "hi", **more: Any) -> dict[str, Any]:
    about = {"additional_kwargs": {}, "response_metadata": {}, "name": None, "id": None}
    return {"content": content, "type": kind} | about | more


@pytest.mark.parametrize(
    "given",
    [
        [[dumped()]],
        [[dumped("system", "Be brief."), dumped(), dumped("ai", "yo", tool_calls=[])]],
        [[dumped("ai", "", tool_calls=[{"name": "f", "args": {}, "id": "1"}])]],
        [[dumped(content='[{"type": "text", "text": "hi"}]')]],
        [[dumped()], [dumped()]],
        [[]],
    ],
)
def test_tries_of_messages_as_langchain_dumps_them_are_told_the_same_both_ways(given: Any) -> None:
    asked = json.dumps(given)
    told: dict[str, Any] = {"mlflow__spanType": '"CHAT_MODEL"', "mlflow__spanInputs": asked}
    around = span("mlflow", "x", mlflow__spanType='"CHAIN"', took=900)
    first = span("mlflow", "call", parent=around, at=1_010, took=50, status=2, **told)
    again = span(
        "mlflow", "call", parent=around, at=1_100, took=50, mlflow__spanOutputs='"yo"', **told
    )
    assert same_both_ways([around, first, again]) == []


def test_the_words_of_messages_as_langchain_dumps_them_are_plain() -> None:
    asked = plainly.dumped(json.dumps([[dumped("system", "Be brief."), dumped()]]))
    assert asked is not None and asked.system == "Be brief." and len(asked.words) == 1


def test_calls_of_tools_that_stand_beside_the_content_are_what_was_said() -> None:
    function = {"name": "f", "arguments": '{"city": "Oslo"}'}
    beside = {"tool_calls": [{"id": "1", "type": "function", "function": function}]}
    made = {"role": "assistant", "content": "", "additional_kwargs": beside}
    step = dumped("ai", "", tool_calls=[{"name": "f", "args": {"city": "Oslo"}, "id": "1"}])
    key = "langfuse.observation.output"
    told = said.of_call("langfuse", {key: json.dumps(made)})
    assert told is not None and told == said.of_step({key: json.dumps(step)}, "output")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"finish_r\\u0065ason": "stop"}', True),
        ('{"finish\\u005Freason": "stop"}', True),
        ('"{\\"finish\\\\u005freason\\": 1}"', True),
        ('{"finish\\u005cu005freason": 1}', True),
        ('{"content": "\\u0141\\u00f3d\\u017a \\ud83c\\udf27"}', False),
        ("{\"content\": '\\\\x66inish'}", False),
    ],
)
def test_only_escaped_letters_of_ascii_hide_a_key(text: str, told: bool) -> None:
    assert values.hides(text) is told
    assert rows.may_finish(text) is told


@pytest.mark.parametrize("name", ["langfuse-openai-odd", "langfuse-langchain-odd"])
def test_answers_in_other_alphabets_are_read_as_those_in_ascii(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "ended", None)  # which reads the messages of an answer
    read(SpanColumns.of(*load(name)))
