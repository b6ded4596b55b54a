"""Headers of Bedrock's calls under MLflow: read together, the same both ways."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.conventions.rendering import load
from tests.conventions.spans import MS, only, span
from tests.conventions.test_headers import same_both_ways

from misstep_store.headers import SpanColumns
from misstep_store.headers.reading import read
from misstep_store.otlp.spans import Span, SpanEvent

ABOUT = {"ResponseMetadata": {"HTTPStatusCode": 200}}
CHAT = {"id": "c-1", "choices": [{"finish_reason": "stop", "message": {"content": "a"}}]}
MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "content": [{"type": "text", "text": "a"}],
    "stop_reason": "end_turn",
    "usage": {"input_tokens": 5, "cache_read_input_tokens": 4, "output_tokens": 2},
}


def call(said: Any = None, *pieces: Any, name: str = "invoke_model", **more: Any) -> Span:
    told = {
        "mlflow__spanType": '"LLM"',
        "mlflow__llm__provider": '"us"',
        "mlflow__llm__model": '"us.m-1"',
        "mlflow__spanInputs": json.dumps({"modelId": "m-1", "body": json.dumps({"prompt": "q"})}),
    }
    if said is not None:
        told["mlflow__spanOutputs"] = said if isinstance(said, str) else json.dumps(said)
    made = span("mlflow.bedrock", f"BedrockRuntime.{name}", **told | more)
    happened = [
        SpanEvent("chunk", (1_010 + n) * MS, {"json": json.dumps(p)}) for n, p in enumerate(pieces)
    ]
    made.events = [*made.events, *happened]
    return made


def invoked(body: Any, **more: Any) -> Span:
    return call({**ABOUT, "body": body, **more})


FAMILIES: tuple[Any, ...] = (
    CHAT,
    MESSAGE,
    {"inputTextTokenCount": 15, "results": [{"tokenCount": 8, "outputText": "a"}]},
    {"generation": "a", "prompt_token_count": 3, "stop_reason": "stop"},
    {"generation": None, **CHAT},
    {"outputs": [{"text": "a", "stop_reason": "length"}]},
    {"outputs": None, "type": "message"},
    {"text": "a", "generation_id": "g", "finish_reason": "COMPLETE"},
    {"text": "a", "id": "x", "finish_reason": "stop"},
    {"generations": [{"text": "a", "finish_reason": "MAX"}]},
    {"generations": [[{"message": {"kwargs": {"response_metadata": {"model": "m-9"}}}}]]},
    {"completion": "a", "stop_reason": "stop"},
    {"embedding": [0.5, 1], "inputTextTokenCount": 6},
    {"embedding": [0.5, 1], "inputTextTokenCount": None, "id": "e-1"},
    {"embeddings": [[0.5]], "id": "e-2"},
    {"type": "function_call", "name": "look", "arguments": "{}"},
    {"response": CHAT},
    {"message": MESSAGE},
    {"message": {"role": "assistant"}, "raw": CHAT},
    {"body": CHAT, "contentType": "a"},
    {"object": "response", "status": "failed", "error": {"message": "no"}},
    json.dumps(CHAT),
    "EventStream",
    [CHAT],
    None,
)
TRACES: dict[str, list[Span]] = {
    "answers in their envelope": [invoked(body) for body in FAMILIES],
    "answers in an envelope with more": [
        invoked(CHAT, contentType="a", generations=[], choices=[]),
        invoked(MESSAGE, generations=[[{"message": {"kwargs": {"id": "run-1"}}}]]),
        call({"body": CHAT}),
        call({"body": MESSAGE, "contentType": None}),
        call("{"),
        call('"{}"'),
    ],
    "answers in pieces": [
        call({**ABOUT, "body": "EventStream"}, *pieces)
        for pieces in (
            ({"outputText": "a", "inputTextTokenCount": 3}, {"outputText": "b"}),
            ({"messageStop": {"stopReason": "end_turn"}},),
            *(
                (
                    {"messageStart": {"role": "assistant"}},
                    {"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "a"}}},
                    {"contentBlockStop": {"contentBlockIndex": 0}},
                    {"messageStop": {"stopReason": end}, **more},
                    {"metadata": {"usage": {"inputTokens": 3, "outputTokens": 2}, "metrics": {}}},
                    *after,
                )
                for end, more, after in (
                    ("max_tokens", {}, []),
                    ("max_tokens", {"metadata": {"usage": {"inputTokens": 9}}}, []),
                    ("max_tokens", {}, [{"amazon-bedrock-invocationMetrics": {"usage": {}}}]),
                    ("max_tokens", {}, [{"metadata": {"stopReason": "end_turn", "usage": None}}]),
                    ("max_tokens", {}, [{"metadata": None}, {}, {"messageStop": {}}]),
                    ("max_tokens", {}, [{"metadata": [1]}]),
                    (None, {}, [{"contentBlockDelta": None}]),
                )
            ),
            (" " * 3, {"messageStop": {"stopReason": "stop", "x": "a" * 500}}),
            ({"type": "message_start", "message": MESSAGE}, {"type": "message_stop"}),
            *(
                (
                    {"type": "message_start", "message": started},
                    {"type": "content_block_start", "index": at, "content_block": {"text": "a"}},
                    {"type": "content_block_delta", "index": at, "delta": {"text": "b"}},
                    {"type": "message_delta", "delta": {"stop_reason": end}, "usage": counted},
                )
                for started, at, end, counted in (
                    ({**MESSAGE, "stop_reason": None}, 0, "max_tokens", {"output_tokens": 9}),
                    ({**MESSAGE, "response": CHAT}, 0, "end_turn", {"output_tokens": 9}),
                    ({**MESSAGE, "usage": [1]}, [0], "", {"output_tokens": "9"}),
                    (None, {"a": 1}, 3, None),
                )
            ),
            *(
                (
                    {"role": "assistant"},
                    {"contentBlockIndex": 0, "delta": {"text": "a" * words}},
                    {"stopReason": end},
                    {"usage": counted, "metrics": {}},
                )
                for words, end, counted in (
                    (1, "end_turn", {"inputTokens": 3, "outputTokens": 2}),
                    (300, "tool_use", {"inputTokens": 3, "cacheReadInputTokens": 2}),
                    (1, "", {"inputTokens": 3}),
                    (1, "max_tokens", [3]),
                    (1, {"a": 1}, None),
                )
            ),
            ({"contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "a"}}},),
            (CHAT,),
            ({"choices": []}, CHAT, {"more": 1}),
            ({"choices": None}, {"type": ["a"]}),
            ({"odd": 1},),
            ("text",),
            (
                {"generation": "a", "generation_token_count": 1, "prompt_token_count": 15},
                {"generation": "b", "generation_token_count": "9", "stop_reason": None},
                {"generation": "", "generation_token_count": -1, "stop_reason": "length"},
                {"amazon-bedrock-invocationMetrics": {"inputTokenCount": 15}},
            ),
            (
                {"outputText": "a", "inputTextTokenCount": True, "completionReason": None},
                {"outputText": 7, "completionReason": "no"},
                {"outputText": "b", "totalOutputTextTokenCount": 2**60, "completionReason": "X"},
            ),
            ({"completion": "a", "stop_reason": ["stop"]}, {"completion": "b"}),
            ({"completion": "a", "generation": "b", "stop_reason": "stop"},),
            ({"outputs": [{"text": "a", "stop_reason": "length"}]}, {"more": 1}),
            ({"text": "a", "generation_id": "g", "finish_reason": "COMPLETE"}, {"outputs": [1]}),
            ({"embedding": [0.5], "inputTextTokenCount": 6},),
            ({"generation": "finish_reason", "stop_reason": ""},),
        )
    ],
    "answers that were broken off": [
        call(None, {"generation": "a", "stop_reason": "stop"}),
        call(None),
        call(None, status=2),
    ],
    "calls of Converse": [
        call(
            {**ABOUT, "stopReason": end, "output": {"message": {"content": [{"text": "a"}]}}},
            name="converse",
        )
        for end in ("end_turn", "", None, 3)
    ],
    "calls of others beside them": [
        invoked(CHAT),
        span(
            "mlflow.bedrock",
            "Completions",
            mlflow__spanType='"LLM"',
            mlflow__llm__provider='"openai"',
            mlflow__llm__model='"m-2"',
            mlflow__spanInputs='{"model": "m-2"}',
            mlflow__spanOutputs=json.dumps(CHAT),
        ),
    ],
}


@pytest.mark.parametrize("name", TRACES)
def test_headers_of_bedrocks_calls_are_those_of_their_hops(name: str) -> None:
    for number, one in enumerate(TRACES[name]):
        one.span_id, one.trace_id = f"{number + 1:016x}", f"{number + 1:032x}"
    same_both_ways(TRACES[name])


def test_bedrocks_calls_are_read_together() -> None:
    assert read(SpanColumns.of(*load("mlflow-bedrock-odd"))).drafts == {}


def test_vectors_of_bedrock_under_openinference_for_node_are_no_answers() -> None:
    told = {"openinference__span__kind": "LLM", "llm__model_name": "titan-embed-text-v2:0"}
    made = '{"embedding":[0.1],"inputTextTokenCount":6}'
    scope = "@arizeai/openinference-instrumentation-bedrock"
    one = span(scope, "bedrock.invoke_model", output__value=made, **told)
    assert (only(one).kind, only(one).input_tokens) == ("embedding", 6)
    same_both_ways([one])
    other = span(scope, "bedrock.invoke_model", **{**told, "llm__model_name": "nova-lite-v1:0"})
    assert only(other).kind == "llm"
