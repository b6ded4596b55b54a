"""Exports of other tools, written in their public shapes, become runs like their live exports."""

from __future__ import annotations

import gzip
import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from tests.conventions.rendering import OWN, load, normalised

from misstep.errors import DecodeError
from misstep_store.conventions import Normalised
from misstep_store.reader import RunQuery
from misstep_store.store import Store
from misstep_store.transfer import importing

T0, T1, T2 = "2026-11-23T15:00:00Z", "2026-11-23T15:00:01Z", "2026-11-23T15:00:02.500Z"
ASKED = [{"role": "user", "content": "Weather in Paris?"}]


def imported(tmp_path: Path, content: Any, *, lines: bool = False) -> tuple[str, list[Normalised]]:
    file = tmp_path / "export.json"
    text = "\n".join(json.dumps(c) for c in content) if lines else json.dumps(content)
    file.write_text(text)
    found = importing.read_file(file)
    assert found.decoded.rejected == []
    return found.format, normalised(found.decoded.spans, found.decoded.logs)


PHOENIX = [
    {
        "name": "answer",
        "context": {"trace_id": "a" * 32, "span_id": "b" * 16},
        "span_kind": "CHAIN",
        "parent_id": None,
        "start_time": T0,
        "end_time": T2,
        "status_code": "OK",
        "status_message": "",
        "attributes": {"input": {"value": "Weather?"}, "output": {"value": "sunny"}},
        "events": [],
    },
    {
        "name": "ChatCompletion",
        "context": {"trace_id": "a" * 32, "span_id": "c" * 16},
        "span_kind": "LLM",
        "parent_id": "b" * 16,
        "start_time": T0,
        "end_time": T1,
        "status_code": "OK",
        "attributes": {
            "llm": {
                "model_name": "gpt-4o-mini",
                "provider": "openai",
                "input_messages": [{"message": {"role": "user", "content": "Weather in Paris?"}}],
                "output_messages": [{"message": {"role": "assistant", "content": "sunny"}}],
                "token_count": {"prompt": 21, "completion": 9},
                "invocation_parameters": {"temperature": 0.2},
            },
            "session": {"id": "s-1"},
        },
        "annotations": [{"name": "correct", "result": {"score": 1, "label": "yes"}}],
    },
    {
        "name": "search",
        "context": {"trace_id": "a" * 32, "span_id": "d" * 16},
        "span_kind": "RETRIEVER",
        "parent_id": "b" * 16,
        "start_time": T1,
        "end_time": T2,
        "status_code": "OK",
        "attributes": {
            "retrieval": {
                "documents": [
                    {
                        "document": {
                            "id": "d1",
                            "content": "Paris",
                            "score": 0.9,
                            "metadata": {"p": 1},
                        }
                    }
                ]
            }
        },
    },
]


@pytest.mark.parametrize("lines", [False, True], ids=["array", "lines"])
def test_phoenix_spans_become_a_run_with_messages_documents_and_annotations(
    tmp_path, lines
) -> None:
    form, made = imported(tmp_path, PHOENIX, lines=lines)
    (only,) = made
    call, search = only.hops
    assert (form, only.run.input, only.run.output) == ("Phoenix spans", "Weather?", "sunny")
    assert (call.kind, call.request_model, call.input, call.output) == (
        *("llm", "gpt-4o-mini", "Weather in Paris?", "sunny"),
    )
    assert (call.input_tokens, call.output_tokens, call.parameters) == (21, 9, {"temperature": 0.2})
    assert only.run.session_id == "s-1"
    assert [(s.name, s.value, s.label) for s in call.scores] == [("correct", 1.0, "yes")]
    assert search.documents == [
        {"id": "d1", "content": "Paris", "score": 0.9, "metadata": {"p": 1}},
    ]


def test_records_of_phoenix_s_dataframe_read_as_its_spans(tmp_path) -> None:
    record = {
        "name": "ChatCompletion",
        "span_kind": "LLM",
        "context.trace_id": "a" * 32,
        "context.span_id": "c" * 16,
        "parent_id": None,
        "start_time": 1795446000000,
        "end_time": 1795446001000,
        "status_code": "ERROR",
        "status_message": "boom",
        "attributes.llm.model_name": "gpt-4o-mini",
        "attributes.llm.input_messages": [
            {"message.role": "user", "message.content": "Weather in Paris?"}
        ],
        "attributes.llm.token_count.prompt": None,
    }
    _, (only,) = imported(tmp_path, [record])
    hop = only.hops[0]
    assert (hop.input, hop.duration_ms, only.run.status) == ("Weather in Paris?", 1000, "error")


LANGFUSE = {
    "id": "trace-1",
    "timestamp": T0,
    "name": "answer",
    "input": "Weather?",
    "output": "sunny",
    "sessionId": "s-1",
    "userId": "u-1",
    "tags": ["prod"],
    "scores": [
        {"name": "helpful", "value": 0.8, "observationId": "obs-2", "comment": "good"},
        {"name": "overall", "value": 1},
    ],
    "observations": [
        {"id": "obs-1", "traceId": "trace-1", "type": "SPAN", "name": "plan", "startTime": T0}
        | {"endTime": T1, "input": {"q": 1}, "output": "planned"},
        {
            "id": "obs-2",
            "traceId": "trace-1",
            "type": "GENERATION",
            "name": "say",
            "startTime": T1,
            "endTime": T2,
            "completionStartTime": "2026-11-23T15:00:01.500Z",
            "model": "gpt-4o-mini",
            "modelParameters": {"temperature": 0.2},
            "input": ASKED,
            "output": {"role": "assistant", "content": "sunny"},
            "usageDetails": {"input": 21, "output": 9, "total": 30},
            "costDetails": {"total": 0.003},
            "promptName": "weather",
            "promptVersion": 4,
            "parentObservationId": None,
        },
        {"id": "obs-3", "traceId": "trace-1", "type": "TOOL", "name": "look", "startTime": T1}
        | {
            "endTime": T2,
            "level": "ERROR",
            "statusMessage": "no city",
            "parentObservationId": "obs-1",
        },
    ],
}


def test_a_langfuse_trace_becomes_a_run_with_its_scores(tmp_path) -> None:
    form, (only,) = imported(tmp_path, {"data": [LANGFUSE], "meta": {"page": 1}})
    run = only.run
    assert (form, run.name, run.input, run.output) == (
        *("Langfuse traces", "answer", "Weather?", "sunny"),
    )
    assert (run.session_id, run.user_id, run.tags) == ("s-1", "u-1", ["prod"])
    say = next(h for h in only.hops if h.name == "say")
    assert (say.kind, say.input, say.output, say.cost_usd) == (
        *("llm", "Weather in Paris?", "sunny", 0.003),
    )
    assert (say.input_tokens, say.time_to_first_token_ms) == (21, 500)
    assert (say.prompt_name, say.prompt_version) == ("weather", "4")
    assert [(s.name, s.value) for s in say.scores] == [("helpful", 0.8)]
    assert {s.name for s in run.scores} == {"helpful", "overall"}
    look = next(h for h in only.hops if h.name == "look")
    assert look.error is not None
    assert look.error.message == "no city"
    assert look.parent_id == next(h.hop_id for h in only.hops if h.name == "plan")


def test_observations_of_langfuse_s_second_api_carry_their_trace_s_facts(tmp_path) -> None:
    root = {
        "id": "0b" * 8,
        "trace_id": "0a" * 16,
        "type": "AGENT",
        "name": "answer",
        "start_time": T1,
        "end_time": T2,
        "parent_observation_id": None,
        "tags": ["prod"],
        "trace_name": "weather",
        "session_id": "s-1",
        "user_id": "u-1",
        "release": "2.0",
    }
    call = {
        "id": "0c" * 8,
        "trace_id": "0a" * 16,
        "type": "GENERATION",
        "name": "say",
        "start_time": T1,
        "end_time": T2,
        "parent_observation_id": "0b" * 8,
        "model": "gpt-4o-mini",
        "input": ASKED,
        "output": "sunny",
        "total_cost": 0.002,
    }
    _, (only,) = imported(tmp_path, {"data": [root, call], "meta": {"cursor": None}})
    run = only.run
    assert (run.session_id, run.user_id, run.tags) == ("s-1", "u-1", ["prod"])
    assert (run.pipeline, run.version) == ("weather", "2.0")
    (say,) = only.hops
    assert (say.kind, say.output, say.cost_usd) == ("llm", "sunny", 0.002)


def test_a_langsmith_run_keeps_its_cost_and_what_its_tokens_were(tmp_path) -> None:
    run = {
        "id": str(uuid.UUID(int=7)),
        "trace_id": str(uuid.UUID(int=7)),
        "run_type": "llm",
        "name": "ChatOpenAI",
        "start_time": T1,
        "end_time": T2,
        "session_id": "project",
        "inputs": {"messages": ASKED},
        "outputs": {"output": "sunny"},
        "total_cost": 0.004,
        "prompt_tokens": 21,
        "completion_tokens": 9,
        "dotted_order": "x",
        "prompt_token_details": {"cache_read": 7},
        "completion_token_details": {"reasoning": 4},
    }
    _, (only,) = imported(tmp_path, [run])
    (hop,) = only.hops
    assert (hop.input_tokens, hop.cached_tokens, hop.reasoning_tokens) == (21, 7, 4)
    assert (hop.cost_usd, only.run.session_id) == (0.004, None)


def test_phoenix_s_own_export_reads_as_the_spans_it_was_sent(tmp_path) -> None:
    # Its REST API gave this after it had received the three exports.
    found = importing.read_file(OWN / "foreign" / "phoenix-spans.json.gz")
    made = {h.hop_id: h for n in normalised(found.decoded.spans, []) for h in n.hops}
    assert found.format == "Phoenix spans"
    names = ("openinference-langgraph", "openinference-llama-index", "openinference-crewai")
    live = [h for name in names for n in normalised(*load(name)) for h in n.hops]
    assert {h.hop_id for h in live} == set(made)
    # What it rounds: times, to the microsecond.
    rounded = {"started_at", "offset_ms", "duration_ms", "time_to_first_token_ms", "index"}
    for hop in live:
        assert hop.model_dump(exclude=rounded) == made[hop.hop_id].model_dump(exclude=rounded)


def test_langfuse_observations_with_underscores_read_the_same(tmp_path) -> None:
    observation = {
        "id": "obs-2",
        "trace_id": "trace-1",
        "type": "GENERATION",
        "name": "say",
        "start_time": T1,
        "end_time": T2,
        "provided_model_name": "gpt-4o-mini",
        "input": json.dumps(ASKED),
        "output": json.dumps({"role": "assistant", "content": "sunny"}),
        "usage_details": {"input": 21, "output": 9},
    }
    _, (only,) = imported(tmp_path, [observation], lines=True)
    hop = only.hops[0]
    assert (hop.input, hop.output, hop.input_tokens) == ("Weather in Paris?", "sunny", 21)


LANGSMITH = {
    "id": "11111111-1111-1111-1111-111111111111",
    "trace_id": "11111111-1111-1111-1111-111111111111",
    "name": "answer",
    "run_type": "chain",
    "start_time": "2026-11-23T15:00:00",
    "end_time": "2026-11-23T15:00:02",
    "inputs": {"input": "Weather?"},
    "outputs": {"output": "sunny"},
    "extra": {"metadata": {"session_id": "s-1"}},
    "feedback_stats": {"correctness": {"n": 1, "avg": 0.0}},
    "child_runs": [
        {
            "id": "22222222-2222-2222-2222-222222222222",
            "name": "ChatOpenAI",
            "run_type": "llm",
            "start_time": "2026-11-23T15:00:00",
            "end_time": "2026-11-23T15:00:01",
            "parent_run_id": "11111111-1111-1111-1111-111111111111",
            "inputs": {"messages": [[{"type": "human", "content": "Weather in Paris?"}]]},
            "outputs": {
                "generations": [[{"text": "sunny", "generation_info": {"finish_reason": "stop"}}]]
            },
            "extra": {
                "metadata": {"ls_provider": "openai", "ls_model_name": "gpt-4o-mini"},
                "invocation_params": {"model": "gpt-4o-mini", "temperature": 0.1},
            },
            "prompt_tokens": 21,
            "completion_tokens": 9,
        },
        {
            "id": "33333333-3333-3333-3333-333333333333",
            "name": "look",
            "run_type": "tool",
            "start_time": "2026-11-23T15:00:01",
            "end_time": "2026-11-23T15:00:02",
            "inputs": {"input": "Paris"},
            "outputs": None,
            "error": "ValueError('no such city')Traceback (most recent call last):\n  …",
        },
    ],
}


def test_nested_langsmith_runs_become_one_run(tmp_path) -> None:
    form, (only,) = imported(tmp_path, {"runs": [LANGSMITH]})
    call, look = only.hops
    assert (form, only.run.input, only.run.output) == ("LangSmith runs", "Weather?", "sunny")
    assert (call.input, call.output, call.finish_reason, call.provider) == (
        *("Weather in Paris?", "sunny", "stop", "openai"),
    )
    assert (call.request_model, call.input_tokens, call.output_tokens) == ("gpt-4o-mini", 21, 9)
    assert look.error is not None
    assert (look.error.type, look.error.message) == ("ValueError", "no such city")
    assert [(s.name, s.value) for s in only.run.scores] == [("correctness", 0.0)]


def test_flat_langsmith_runs_find_their_parents(tmp_path) -> None:
    flat = [LANGSMITH | {"child_runs": None}]
    flat += [
        c | {"trace_id": LANGSMITH["id"], "parent_run_id": LANGSMITH["id"]}
        for c in LANGSMITH["child_runs"]
    ]
    _, (only,) = imported(tmp_path, flat, lines=True)
    assert [h.name for h in only.hops] == ["ChatOpenAI", "look"]


@pytest.mark.parametrize(
    "example",
    [
        {"id": "e1", "inputs": {"q": "1+1"}, "outputs": {"a": 2}, "created_at": T0},
        {"id": "e1", "datasetId": "d", "input": {"q": "1+1"}, "expectedOutput": {"a": 2}},
        {"id": "e1", "input": {"q": "1+1"}, "output": {"a": 2}, "metadata": {}, "updated_at": T0},
    ],
    ids=["langsmith", "langfuse", "phoenix"],
)
def test_dataset_examples_become_good_runs_of_their_expected_output(tmp_path, example) -> None:
    form, (only,) = imported(tmp_path, {"examples": [example]})
    run = only.run
    assert (form, run.input, run.output) == ("dataset examples", {"q": "1+1"}, {"a": 2})
    assert (run.verdict.state, run.verdict.by, run.tags) == ("good", "dataset", ["dataset"])


PLAIN = {
    "name": "report",
    "input": {"ticket": 7},
    "output": "done",
    "verdict": "bad",
    "session_id": "s-1",
    "hops": [
        {"name": "extract", "kind": "llm", "model": "gpt-4o-mini", "provider": "openai"}
        | {"input": "text", "output": {"total": 18}, "input_tokens": 21, "output_tokens": 9}
        | {"messages_in": ASKED, "finish_reason": "length", "parameters": {"temperature": 0.2}},
        {"name": "store", "kind": "tool", "input": {"total": 18}, "error": "disk full"},
        {"name": "inner", "parent_id": "store", "input": 1, "output": 2},
    ],
}


def test_plain_runs_keep_order_kinds_errors_and_the_mark(tmp_path) -> None:
    form, (only,) = imported(tmp_path, [PLAIN], lines=True)
    extract, store, inner = only.hops
    assert (form, only.run.input, only.run.verdict.state) == ("runs", {"ticket": 7}, "bad")
    assert (extract.kind, extract.output, extract.finish_reason) == ("llm", {"total": 18}, "length")
    assert (extract.input_tokens, extract.parameters) == (21, {"temperature": 0.2})
    assert extract.messages_in[0].text == "Weather in Paris?"
    assert store.error is not None
    assert store.error.message == "disk full"
    assert (inner.input, inner.output, inner.parent_id) == (1, 2, store.hop_id)


def test_what_show_prints_can_be_imported_again(tmp_path) -> None:
    _, (first,) = imported(tmp_path, PHOENIX)
    shown = first.run.model_dump(mode="json") | {
        "hops": [h.model_dump(mode="json") for h in first.hops]
    }
    _, (again,) = imported(tmp_path, shown)
    assert again.run.run_id == first.run.run_id
    for name in ("hop_id", "name", "kind", "input", "output", "request_model", "input_tokens"):
        assert [getattr(h, name) for h in again.hops] == [getattr(h, name) for h in first.hops]
    assert [m.text for m in again.hops[0].messages_out] == ["sunny"]


@pytest.mark.parametrize(
    "content",
    [PHOENIX, LANGFUSE, LANGSMITH, PLAIN],
    ids=["phoenix", "langfuse", "langsmith", "plain"],
)
def test_importing_twice_stores_once(tmp_path, content) -> None:
    file = tmp_path / "export.json.gz"
    file.write_bytes(gzip.compress(json.dumps(content).encode()))
    with Store.open(tmp_path / "t.duckdb") as store:
        for expected in (True, False):
            found = importing.read_file(file).decoded
            result = store.ingest(found.spans, found.logs)
            assert bool(result.accepted) is expected
        assert len(store.reader.runs(RunQuery()).runs) == 1


def test_json_of_no_known_format_is_refused_with_the_formats_named(tmp_path) -> None:
    file = tmp_path / "x.json"
    file.write_text('{"hello": "world"}')
    with pytest.raises(
        DecodeError, match=r"neither OTLP nor Phoenix spans, TRAIL, Langfuse"
    ) as told:
        importing.read_file(file)
    assert str(told.value).count("OTLP") == 1


@pytest.mark.parametrize(
    "content",
    [
        [{"context": {"trace_id": None, "span_id": []}, "span_kind": 3, "attributes": [1]}],
        [{"id": 1, "observations": [None, {}, {"type": 1}], "scores": [3], "tags": 2}],
        [{"run_type": None, "inputs": 1, "child_runs": [{}, 2], "extra": [], "events": [1]}],
        [{"hops": [1, {}, {"parent_id": {}, "duration_ms": "x", "parameters": None}]}],
        [{"trace_id": None, "spans": [{}, {"child_spans": [3], "duration": 1}]}],
        [{"inputs": None, "outputs": None}],
    ],
    ids=["phoenix", "langfuse", "langsmith", "runs", "trail", "dataset"],
)
def test_half_filled_exports_make_best_effort_runs(tmp_path, content) -> None:
    _, made = imported(tmp_path, content)
    assert made
