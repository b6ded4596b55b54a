"""Headers of LlamaIndex's agents under MLflow: read together, the same both ways."""

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

BLOCKS = {"role": "assistant", "blocks": [{"block_type": "text", "text": "Sunny."}]}
CHUNK = {
    "id": "c-1",
    "object": "chat.completion.chunk",
    "model": "m-1",
    "choices": [{"delta": {}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2},
}
RESPONSE = {"id": "resp_1", "object": "response", "status": "completed", "output": []}
MADE: tuple[Any, ...] = (
    {"response": BLOCKS, "raw": CHUNK},
    {"response": BLOCKS, "raw": CHUNK | {"choices": [{"finish_reason": None}]}},
    {"response": BLOCKS, "raw": CHUNK | {"choices": []}},
    {"response": BLOCKS, "raw": CHUNK | {"usage": None, "id": None}},
    {"response": BLOCKS, "raw": RESPONSE},
    {"response": BLOCKS, "raw": None},
    {"response": BLOCKS, "raw": [CHUNK]},
    {"response": "Sunny.", "raw": CHUNK, "blocks": []},
    {"raw": CHUNK, "tool_calls": [{"blocks": 1}]},
    {"response": {"blocks": []}, "raw": CHUNK},
    [{"response": BLOCKS, "raw": CHUNK}],
    "plain",
)


def spans_of(made: Any, *, prepares: str = "OpenAI._prepare_chat_with_tools") -> list[Span]:
    """An agent's step, and the call inside it with what got its request ready."""
    step = span(
        "mlflow.llama_index",
        "AgentWorkflow.run_agent_step",
        mlflow__spanType='"CHAIN"',
        mlflow__spanInputs=json.dumps({"ctx": "c", "ev": {"input": [BLOCKS]}}),
        mlflow__spanOutputs=json.dumps(made),
    )
    told = {
        "mlflow__spanType": '"LLM"',
        "mlflow__spanInputs": json.dumps({"messages": [BLOCKS]}),
        "mlflow__message__format": '"llamaindex"',
        "invocation_params": '{"model_name": "m-1"}',
        "mlflow__llm__model": '"m-1"',
        "mlflow__spanOutputs": json.dumps({"messages": [BLOCKS], "tools": []}),
    }
    names = prepares, "OpenAI.astream_chat"
    inner = [
        span("mlflow.llama_index", name, parent=step, at=1_010 + 40 * n, took=20, **told)
        for n, name in enumerate(names)
    ]
    inner[1].attributes["mlflow.spanOutputs"] = '"<async_generator object f at 0x7f00>"'
    return [step, *inner]


@pytest.mark.parametrize("order", (1, -1))
def test_headers_of_agents_steps_are_those_of_their_hops(order: int) -> None:
    several: list[Span] = []
    for number, made in enumerate(MADE[::order], 1):
        some = spans_of(
            made, prepares="OpenAI.chat" if number % 3 else "A._prepare_chat_with_tools"
        )
        for one in some:
            one.trace_id = f"{number:032x}"
        several += some
    same_both_ways(several)


def test_steps_of_agents_and_what_gets_their_requests_ready_are_read_together() -> None:
    assert read(SpanColumns.of(*load("mlflow-llama-index-far"))).drafts == {}
    assert read(SpanColumns.of(spans_of(MADE[0]))).drafts == {}


def test_parts_of_which_name_and_class_disagree_are_read_by_their_class() -> None:
    def part(entity: str) -> Span:
        told = {"traceloop__span__kind": "task", "traceloop__entity__name": entity}
        scope = "opentelemetry.instrumentation.llamaindex"
        return span(scope, "OpenAIEmbedding.task", **told)

    spans = [part("OpenAIEmbedding"), part("VectorIndexRetriever"), part("FunctionTool"), part("")]
    assert {hop.kind for hop in hops(*spans)} == {"embedding", "retriever", "tool"}
    same_both_ways(spans)
