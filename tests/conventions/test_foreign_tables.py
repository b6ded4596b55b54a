"""What newer versions of other tools write: Parquet, CSV, other APIs, downloads of their pages."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.conventions.rendering import OWN, load, normalised

from misstep_store.conventions import Normalised
from misstep_store.transfer import importing

TRACE, ROOT, CALL = "5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174", "eee19b7ec3c1b175"
RUN, CHILD = "11111111-2222-4222-8222-333333333333", "11111111-2222-4222-8222-444444444444"
CHAT = json.dumps([{"role": "user", "content": "hi"}])
T0 = dt.datetime(2026, 11, 23, 15, 0, 0, 250, tzinfo=dt.UTC)
T1 = dt.datetime(2026, 11, 23, 15, 0, 1, tzinfo=dt.UTC)


def imported(file: Path) -> tuple[str, list[Normalised]]:
    found = importing.read_file(file)
    assert found.decoded.rejected == []
    return found.format, normalised(found.decoded.spans, found.decoded.logs)


def as_parquet(folder: Path, rows: list[dict[str, Any]], schema: pa.Schema | None = None) -> Path:
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), folder / "x.parquet")
    return folder / "x.parquet"


def as_csv(folder: Path, rows: list[dict[str, Any]]) -> Path:
    """Cells as Langfuse and pandas write them: JSON of objects and lists, nothing for None."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    for row in rows:
        writer.writerow(
            {k: json.dumps(v) if isinstance(v, list | dict) else v for k, v in row.items()}
        )
    (folder / "x.csv").write_text("\ufeff" + out.getvalue())
    return folder / "x.csv"


# --- Phoenix 20, as it answered after it had received an export of ours ---------------------


@pytest.mark.parametrize("file", ["graphql.json", "otlp.json", "dataframe.json", "dataframe.csv"])
def test_each_way_out_of_phoenix_reads_as_the_spans_it_was_sent(file: str) -> None:
    _, made = imported(OWN / "foreign" / f"phoenix-20-{file}.gz")
    live = {h.hop_id: h for n in normalised(*load("openinference-llama-index")) for h in n.hops}
    hops = {h.hop_id: h for n in made for h in n.hops}
    assert set(hops) == set(live)
    # Rounded by Phoenix or pandas: times, scores; GraphQL has no stack traces.
    rounded = {"started_at", "offset_ms", "duration_ms", "time_to_first_token_ms", "index"}
    for hop_id, hop in live.items():
        other = hops[hop_id]
        left_out = rounded | {"documents", "error"}
        assert hop.model_dump(exclude=left_out) == other.model_dump(exclude=left_out)
        assert [d["content"] for d in hop.documents] == [d["content"] for d in other.documents]
        assert (hop.error and hop.error.message) == (other.error and other.error.message)


def test_a_dataframe_of_phoenix_in_parquet_has_lists_of_objects_in_its_cells(tmp_path) -> None:
    row = {
        "name": "ChatCompletion",
        "span_kind": "LLM",
        "parent_id": None,
        "start_time": T0,
        "end_time": T1,
        "status_code": "OK",
        "context.span_id": CALL,
        "context.trace_id": TRACE,
        "attributes.llm.model_name": "m",
        "attributes.llm.token_count.prompt": float("nan"),
        "attributes.llm.input_messages": [{"message.role": "user", "message.content": "hi"}],
    }
    form, (made,) = imported(as_parquet(tmp_path, [row]))
    (hop,) = made.hops
    assert (form, hop.request_model, hop.input, hop.input_tokens) == ("Phoenix spans", "m", "hi", 0)
    assert hop.duration_ms == 999.75


# --- Langfuse: blob exports (Parquet by default, CSV, JSON lines), downloads, scores ----------

OBSERVATIONS = [
    {
        "id": ROOT,
        "trace_id": TRACE,
        "type": "AGENT",
        "parent_observation_id": "",
        "start_time": T0,
        "end_time": T1,
        "name": "plan",
        "input": "",
        "output": "done",
        "provided_model_name": "",
        "model_parameters": "",
        "usage_details": {},
        "cost_details": {},
        "metadata": {"ls_provider": "openai"},
        "tool_definitions": {},
        "tags": ["prod"],
        "session_id": "s-1",
        "user_id": "",
        "trace_name": "weather",
        "total_cost": 0.0,
    },
    {
        "id": CALL,
        "trace_id": TRACE,
        "type": "GENERATION",
        "parent_observation_id": ROOT,
        "start_time": T0,
        "end_time": T1,
        "name": "say",
        "input": CHAT,
        "output": '{"role": "assistant", "content": "sunny"}',
        "provided_model_name": "gpt-4o-mini",
        "model_parameters": '{"temperature": 0.2}',
        "usage_details": {"input": 21, "output": 9, "total": 30},
        "cost_details": {"total": 0.25},
        "metadata": {"ls_provider": "openai"},
        "tool_definitions": {"look": '{"description": "looks", "parameters": "{}"}'},
        "tags": ["prod"],
        "session_id": "s-1",
        "user_id": "",
        "trace_name": "weather",
        "total_cost": 0.25,
    },
]
_TEXTS = [k for k, v in OBSERVATIONS[1].items() if isinstance(v, str)]
SCHEMA = pa.schema(
    [
        *((k, pa.string()) for k in _TEXTS),
        ("start_time", pa.timestamp("ns", "UTC")),
        ("end_time", pa.timestamp("ns", "UTC")),
        ("usage_details", pa.map_(pa.string(), pa.uint64())),
        ("cost_details", pa.map_(pa.string(), pa.float64())),
        ("metadata", pa.map_(pa.string(), pa.string())),
        ("tool_definitions", pa.map_(pa.string(), pa.string())),
        ("tags", pa.list_(pa.string())),
        ("total_cost", pa.float64()),
    ]
)


def by_line(folder: Path, rows: list[dict[str, Any]]) -> Path:
    (folder / "x.jsonl").write_text("\n".join(json.dumps(r, default=str) for r in rows))
    return folder / "x.jsonl"


@pytest.mark.parametrize(
    "written",
    [lambda f, r: as_parquet(f, r, SCHEMA), as_csv, by_line],
    ids=["parquet", "csv", "jsonl"],
)
def test_each_form_of_langfuse_s_blob_export_reads_as_the_same_run(tmp_path, written) -> None:
    form, (made,) = imported(written(tmp_path, OBSERVATIONS))
    run, (say,) = made.run, made.hops
    assert (form, run.session_id, run.user_id, run.tags) == (
        "Langfuse traces",
        "s-1",
        None,
        ["prod"],
    )
    assert (run.pipeline, run.output) == ("weather", "done")
    assert (say.kind, say.input, say.output, say.cost_usd) == ("llm", "hi", "sunny", 0.25)
    assert (say.provider, say.request_model, say.parameters) == (
        *("openai", "gpt-4o-mini", {"temperature": 0.2}),
    )
    assert (say.input_tokens, say.output_tokens, say.duration_ms) == (21, 9, 999.75)
    assert [t["name"] for t in say.tools] == ["look"]


def test_a_download_of_langfuse_s_trace_page_keeps_the_trace_s_own_facts(tmp_path) -> None:
    trace = {"id": TRACE, "name": "answer", "sessionId": "s-1", "input": '"hi"', "output": '"yo"'}
    seen = [{k: o[k] for k in ("id", "type", "name", "start_time")} for o in OBSERVATIONS]
    file = tmp_path / "trace.json"
    file.write_text(json.dumps({"trace": trace, "observations": seen}, default=str))
    _, (made,) = imported(file)
    assert (made.run.name, made.run.session_id) == ("answer", "s-1")
    assert (made.run.input, made.run.output, len(made.hops)) == ("hi", "yo", 2)


@pytest.mark.parametrize(
    "subject",
    [
        {"trace_id": TRACE, "observation_id": CALL},
        {"subject": {"kind": "observation", "id": CALL, "traceId": TRACE}},
    ],
    ids=["columns", "subject"],
)
def test_langfuse_s_scores_find_what_they_are_about(tmp_path, subject) -> None:
    score = {
        "id": "s",
        "name": "tone",
        "value": 1,
        "dataType": "CATEGORICAL",
        "stringValue": "good",
    }
    text = {"id": "t", "name": "note", "value": 0, "data_type": "TEXT", "string_value": "too long"}
    lines = [json.dumps(r, default=str) for r in (*OBSERVATIONS, score | subject, text | subject)]
    (tmp_path / "x.jsonl").write_text("\n".join(lines))
    _, (made,) = imported(tmp_path / "x.jsonl")
    (say,) = made.hops
    assert [(s.name, s.value, s.label) for s in say.scores] == [
        ("tone", 1.0, "good"),
        ("note", None, "too long"),
    ]


# --- LangSmith: bulk export in Parquet, the newer API ------------------------------------------


def test_langsmith_s_bulk_export_in_parquet_has_json_in_its_cells(tmp_path) -> None:
    root = {
        "id": RUN,
        "trace_id": RUN,
        "name": "answer",
        "run_type": "chain",
        "start_time": T0,
        "end_time": T1,
        "inputs": '{"input": "Weather?"}',
        "outputs": '{"output": "sunny"}',
        "parent_run_id": None,
        "extra": "{}",
        "tags": ["prod"],
        "total_cost": None,
        "feedback_stats": '{"ok": {"n": 1, "avg": 1.0}}',
    }
    call = root | {
        "id": CHILD,
        "name": "ChatOpenAI",
        "run_type": "llm",
        "inputs": json.dumps({"messages": [json.loads(CHAT)]}),
        "outputs": '{"generations": [[{"text": "sunny"}]]}',
        "parent_run_id": RUN,
        "extra": '{"metadata": {"ls_model_name": "gpt-4o-mini", "thread_id": "t-1"}}',
        "total_cost": "0.25",
        "feedback_stats": None,
    }
    form, (made,) = imported(as_parquet(tmp_path, [root, call]))
    (say,) = made.hops
    assert (form, made.run.input, made.run.output) == ("LangSmith runs", "Weather?", "sunny")
    assert (say.request_model, say.input, say.output) == ("gpt-4o-mini", "hi", "sunny")
    assert say.cost_usd == 0.25
    assert [(s.name, s.value) for s in made.run.scores] == [("ok", 1.0)]


def test_runs_of_langsmith_s_newer_api_have_their_ancestors_in_a_list(tmp_path) -> None:
    call = {
        "id": CHILD,
        "trace_id": RUN,
        "parent_run_ids": [RUN],
        "run_type": "LLM",
        "name": "ChatOpenAI",
        "start_time": "2026-11-23T15:00:00.000Z",
        "status": "ERROR",
        "error_preview": "RateLimitError('slow down')",
        "inputs": {"messages": [json.loads(CHAT)]},
        "metadata": {"ls_model_name": "gpt-4o-mini"},
        "thread_id": "t-1",
        "prompt_tokens": 21,
        "prompt_token_details": {"raw": {"cache_read": 7}},
        "project_id": "p",
    }
    root = {"id": RUN, "trace_id": RUN, "run_type": "CHAIN", "name": "answer", "is_root": True}
    root |= {"start_time": "2026-11-23T15:00:00.000Z", "outputs_preview": "sorry"}
    file = tmp_path / "x.json"
    file.write_text(json.dumps({"items": [{"root_run": root}, call], "next_cursor": None}))
    _, (made,) = imported(file)
    (say,) = made.hops
    assert (made.run.name, made.run.output, say.kind) == ("answer", "sorry", "llm")
    assert say.error is not None
    assert (say.error.type, say.error.message) == ("RateLimitError", "slow down")
    assert (say.request_model, say.cached_tokens) == ("gpt-4o-mini", 7)


# --- Datasets as tables -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "row",
    [
        {"id": "e1", "node_id": "n", "input.q": "1+1", "output.a": "2", "metadata.level": "easy"},
        {"id": "e1", "input": '{"q": "1+1"}', "expected_output": '{"a": "2"}', "metadata": None},
        {"id": "e1", "inputs": '{"q": "1+1"}', "outputs": '{"a": "2"}'},
    ],
    ids=["phoenix", "langfuse", "langsmith"],
)
def test_a_dataset_as_a_table_becomes_good_runs(tmp_path, row) -> None:
    form, (made,) = imported(as_csv(tmp_path, [row]))
    assert (form, made.run.input, made.run.output) == ("dataset examples", {"q": "1+1"}, {"a": "2"})
    assert made.run.verdict.state == "good"


def test_members_that_otlp_json_sets_to_null_are_not_there(tmp_path) -> None:
    value = {"stringValue": None, "boolValue": None, "doubleValue": "0.5"}
    span = {"traceId": TRACE, "spanId": CALL, "name": "x", "startTimeUnixNano": "1"}
    span["attributes"] = [{"key": "a", "value": value}]  # type: ignore[assignment]
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    (tmp_path / "x.json").write_text(json.dumps(body))
    assert importing.read_file(tmp_path / "x.json").decoded.spans[0].attributes == {"a": 0.5}
