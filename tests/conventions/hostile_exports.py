"""A good record or two of every importable format, and what may be wrong with them."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

from tests.conventions.hostile import CYCLIC

TRACE, ROOT, CALL = "5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174", "eee19b7ec3c1b175"
UUIDS = ["11111111-2222-4222-8222-333333333333", "11111111-2222-4222-8222-444444444444"]
T0, T1, T2 = "2026-11-23T15:00:00Z", "2026-11-23T15:00:01Z", "2026-11-23T15:00:02Z"
CHAT = [{"role": "user", "content": "hi"}]

GOOD: dict[str, list[dict[str, Any]]] = {
    "phoenix": [
        {
            "name": "answer",
            "context": {"trace_id": TRACE, "span_id": ROOT},
            "parent_id": None,
            "span_kind": "CHAIN",
            "start_time": T0,
            "end_time": T2,
            "status_code": "OK",
            "attributes": {"input": {"value": "hi"}, "output": {"value": "yo"}},
        },
        {
            "name": "ChatCompletion",
            "context": {"trace_id": TRACE, "span_id": CALL},
            "parent_id": ROOT,
            "span_kind": "LLM",
            "start_time": T0,
            "end_time": T1,
            "status_code": "ERROR",
            "status_message": "boom",
            "attributes": {
                "llm": {
                    "model_name": "m",
                    "input_messages": [{"message": {"role": "user", "content": "hi"}}],
                    "token_count": {"prompt": 3, "completion": 2},
                    "invocation_parameters": {"temperature": 0},
                },
                "metadata": {"a": 1},
            },
            "events": [{"name": "exception", "timestamp": T1, "attributes": {"a": "b"}}],
            "annotations": [{"name": "ok", "result": {"score": 1, "label": "yes"}}],
        },
    ],
    "langfuse": [
        {
            "id": TRACE,
            "timestamp": T0,
            "name": "answer",
            "input": "hi",
            "output": "yo",
            "sessionId": "s",
            "tags": ["a"],
            "metadata": {"a": 1},
            "scores": [{"name": "ok", "value": 1, "observationId": CALL}],
            "observations": [
                {"id": ROOT, "type": "SPAN", "name": "plan", "startTime": T0, "endTime": T2},
                {
                    "id": CALL,
                    "parentObservationId": ROOT,
                    "type": "GENERATION",
                    "name": "say",
                    "startTime": T0,
                    "endTime": T1,
                    "model": "m",
                    "modelParameters": {"temperature": 0},
                    "input": CHAT,
                    "output": {"role": "assistant", "content": "yo"},
                    "usageDetails": {"input": 3, "output": 2},
                    "costDetails": {"total": 0.1},
                    "metadata": {"a": {"b": 1}},
                    "level": "ERROR",
                    "statusMessage": "boom",
                },
            ],
        }
    ],
    "observations": [
        {"id": ROOT, "trace_id": TRACE, "type": "AGENT", "start_time": T0, "end_time": T2},
        {
            "id": CALL,
            "trace_id": TRACE,
            "parent_observation_id": ROOT,
            "type": "GENERATION",
            "start_time": T0,
            "end_time": T1,
            "provided_model_name": "m",
            "model_parameters": '{"temperature": 0}',
            "input": json.dumps(CHAT),
            "output": "yo",
            "usage_details": {"input": 3, "output": 2},
            "tags": ["a"],
            "tool_definitions": {"look": '{"description": "looks"}'},
            "metadata": {"a": "b"},
        },
        {"id": "x", "trace_id": TRACE, "name": "ok", "value": 1, "data_type": "NUMERIC"},
    ],
    "langsmith": [
        {
            "id": UUIDS[0],
            "trace_id": UUIDS[0],
            "name": "answer",
            "run_type": "chain",
            "start_time": T0,
            "end_time": T2,
            "inputs": {"input": "hi"},
            "outputs": {"output": "yo"},
            "feedback_stats": {"ok": {"n": 1, "avg": 1.0}},
        },
        {
            "id": UUIDS[1],
            "trace_id": UUIDS[0],
            "parent_run_id": UUIDS[0],
            "parent_run_ids": [UUIDS[0]],
            "name": "ChatOpenAI",
            "run_type": "llm",
            "start_time": T0,
            "end_time": T1,
            "inputs": {"messages": [CHAT]},
            "outputs": {"generations": [[{"text": "yo"}]]},
            "extra": {"metadata": {"ls_model_name": "m"}, "invocation_params": {"model": "m"}},
            "tags": ["a"],
            "events": [{"name": "new_token", "time": T1}],
            "prompt_tokens": 3,
            "prompt_token_details": {"cache_read": 1},
            "total_cost": "0.1",
            "error": "ValueError('boom')",
        },
    ],
    "trail": [
        {
            "trace_id": TRACE,
            "spans": [
                {
                    "span_id": ROOT,
                    "span_name": "main",
                    "span_kind": "Internal",
                    "timestamp": T0,
                    "duration": "PT2S",
                    "span_attributes": {"input.value": "hi"},
                    "child_spans": [
                        {
                            "span_id": CALL,
                            "parent_span_id": ROOT,
                            "span_name": "LiteLLMModel.__call__",
                            "timestamp": T0,
                            "duration": "PT1S",
                            "span_attributes": {"openinference.span.kind": "LLM"},
                            "status_code": "Error",
                            "events": [{"Name": "exception", "Timestamp": T1, "Attributes": {}}],
                            "resource_attributes": {"service.name": "x"},
                        }
                    ],
                }
            ],
        }
    ],
    "otlp-spans": [
        {
            "trace_id": TRACE,
            "span_id": CALL,
            "parent_span_id": ROOT,
            "name": "ChatCompletion",
            "kind": "INTERNAL",
            "start_time_unix_nano": "1700000000000000000",
            "end_time_unix_nano": 1700000001000000000,
            "attributes": [{"key": "input.value", "value": {"string_value": "hi"}}],
            "events": [{"name": "e", "time_unix_nano": 1, "attributes": []}],
            "status": {"code": "ERROR", "message": "boom"},
        }
    ],
    "runs": [
        {
            "run_id": TRACE,
            "name": "report",
            "started_at": T0,
            "duration_ms": 2000,
            "input": {"a": 1},
            "output": "yo",
            "verdict": {"state": "bad", "by": "user"},
            "tags": ["a"],
            "scores": [{"name": "ok", "value": 1}],
            "hops": [
                {
                    "hop_id": ROOT,
                    "name": "extract",
                    "kind": "llm",
                    "model": "m",
                    "started_at": T0,
                    "duration_ms": 1000,
                    "input": "hi",
                    "output": {"a": 2},
                    "messages_in": CHAT,
                    "parameters": {"temperature": 0},
                    "input_tokens": 3,
                },
                {"hop_id": CALL, "name": "store", "parent_id": "extract", "error": "full"},
            ],
        }
    ],
    "dataset": [
        {"id": "e1", "inputs": {"q": "1+1"}, "outputs": {"a": 2}, "created_at": T0},
        {"id": "e2", "input": {"q": "1+1"}, "expectedOutput": {"a": 2}, "metadata": {}},
    ],
}

WRONG: list[Any] = [
    None,
    True,
    -1,
    2**64,
    1e308,
    "",
    "x",
    "0" * 32,
    [],
    [None, 3, ["x"]],
    {},
    {"id": None},
    {"1000000000": {"message": {"role": "user"}}},
    '{"a": ',
    "[" * 20_000,
    CYCLIC,
    "\x00",
]


def paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every member of a value, however deep."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield (*at, key)
            yield from paths(inner, (*at, key))


def changed(value: Any, at: tuple[Any, ...], to: Any) -> Any:
    """A copy with another value at that place; without it for ``...``."""
    made = copy.deepcopy(value)
    inner = made
    for key in at[:-1]:
        inner = inner[key]
    if to is ...:
        del inner[at[-1]]
    else:
        inner[at[-1]] = to
    return made


def texts(value: Any) -> list[tuple[Any, ...]]:
    """The places of texts that are content: no ids, kinds or times."""
    named = {"content", "value", "input", "output", "text", "string_value", "q", "input.value"}
    return [p for p in paths(value) if p[-1] in named and isinstance(_at(value, p), str)]


def _at(value: Any, at: tuple[Any, ...]) -> Any:
    for key in at:
        value = value[key]
    return value
