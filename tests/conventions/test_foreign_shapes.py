"""OTLP as others than its exporters write it to files; downloads of datasets and experiments."""

from __future__ import annotations

import csv
import json
import struct
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from tests.conventions.rendering import load, normalised

from misstep.errors import DecodeError
from misstep_store.conventions import Normalised
from misstep_store.otlp.decode import decode_traces
from misstep_store.otlp.encode import traces_request
from misstep_store.transfer import importing

SPANS = load("otel-openai-v2-2025-03")[0]
WHOLE = traces_request(SPANS)
OLDER = {"scopeSpans": "instrumentationLibrarySpans", "scope": "instrumentationLibrary"}


def renamed(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [renamed(v, names) for v in value]
    if isinstance(value, dict):
        return {names.get(k, k): renamed(v, names) for k, v in value.items()}
    return value


def as_objects(value: Any) -> Any:
    """Attributes as one object, as MLflow and others write them."""
    if isinstance(value, list):
        return [as_objects(v) for v in value]
    if not isinstance(value, dict):
        return value
    made = {k: as_objects(v) for k, v in value.items() if k != "attributes"}
    if "attributes" in value:
        made["attributes"] = {p["key"]: plain(p["value"]) for p in value["attributes"]}
    return made


def plain(value: dict[str, Any]) -> Any:
    [(kind, told)] = value.items()
    if kind == "arrayValue":
        return [plain(v) for v in told["values"]]
    return int(told) if kind == "intValue" else told


def told(*, plainly: bool = False, **how: bool) -> Any:
    return MessageToDict(WHOLE, use_integers_for_enums=plainly, **how)


WAYS = {
    "names": lambda: told(),
    "underscores": lambda: told(preserving_proto_field_name=True),
    "tempo": lambda: {"batches": told()["resourceSpans"]},
    "tempo-2": lambda: {"trace": told()},
    "until-2022": lambda: renamed(told(plainly=True), OLDER),
    "objects": lambda: [
        {**as_objects(span), "scope": scoped["scope"], "resource": as_objects(group["resource"])}
        for group in told()["resourceSpans"]
        for scoped in group["scopeSpans"]
        for span in scoped["spans"]
    ],
}


@pytest.mark.parametrize("way", WAYS)
def test_otlp_in_json_reads_the_same_whoever_wrote_it(tmp_path: Path, way: str) -> None:
    (tmp_path / "x.json").write_text(json.dumps(WAYS[way]()))
    found = importing.read_file(tmp_path / "x.json").decoded
    assert found.rejected == []
    assert [s.attributes for s in found.spans] == [s.attributes for s in SPANS]
    assert normalised(found.spans, []) == normalised(SPANS, [])


def framed(*requests: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(r)) + r for r in requests)


def test_protobuf_behind_lengths_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    file = tmp_path / "x.pb"
    parts = [traces_request(some).SerializeToString() for some in (SPANS[:5], SPANS[5:])]
    file.write_bytes(framed(*parts))
    assert importing.read_file(file).decoded.spans == SPANS
    file.write_bytes(framed(*parts)[:-1])
    found = importing.read_file(file).decoded
    assert (found.spans, len(found.rejected)) == (SPANS[:5], 1)


@pytest.mark.parametrize("raw", [b"\0" * 4_000, framed(b"\0" * 40), b"\0\0\1\0" + b"ico" * 9])
def test_what_only_begins_like_a_length_is_refused(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "x.bin").write_bytes(raw)
    with pytest.raises(DecodeError, match="is neither OTLP protobuf"):
        importing.read_file(tmp_path / "x.bin")


def test_a_receiver_takes_enumerations_by_their_names_and_a_mark_at_the_beginning() -> None:
    span = {"traceId": "a" * 32, "spanId": "b" * 16, "kind": "SPAN_KIND_CLIENT"}
    span["status"] = {"code": "STATUS_CODE_ERROR"}  # type: ignore[assignment]
    span["attributes"] = [{"key": "k", "value": {"bytesValue": "AP_-"}}]  # type: ignore[assignment]
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}
    [found] = decode_traces(b"\xef\xbb\xbf" + json.dumps(body).encode(), json=True).spans
    assert (found.kind, found.status_code, found.attributes["k"]) == (3, 2, b"\x00\xff\xfe")


@pytest.mark.parametrize(
    ("told", "status"), [("ERROR", 2), ("status_code_ok", 1), (2, 2), (3, 0), (True, 0), ("?", 0)]
)
def test_a_span_without_an_envelope_has_a_status_that_there_is(
    tmp_path: Path, told: Any, status: int
) -> None:
    span = {"trace_id": "a" * 32, "span_id": "b" * 16, "name": "x", "start_time_unix_nano": "1"}
    item = {**span, "kind": "CLIENT", "status": {"code": told}, "attributes": []}
    (tmp_path / "x.json").write_text(json.dumps([item]))
    [found] = importing.read_file(tmp_path / "x.json").decoded.spans
    assert (found.kind, found.status_code) == (3, status)


# --- datasets and experiments --------------------------------------------------------------


def imported(file: Path) -> tuple[str, list[Normalised]]:
    found = importing.read_file(file)
    assert found.decoded.rejected == []
    return found.format, normalised(found.decoded.spans, found.decoded.logs)


def in_file(folder: Path, item: dict[str, Any], kind: str) -> Path:
    file = folder / f"x.{kind}"
    if kind == "json":
        file.write_text(json.dumps([item]))
        return file
    with file.open("w", newline="") as out:
        table = csv.DictWriter(out, list(item))
        table.writeheader()
        table.writerow(item)
    return file


EXPERIMENT = {
    "example_id": "RGF0YXNldEV4YW1wbGU6MQ==",
    "repetition_number": 1,
    "input": {"q": "1+1"},
    "reference_output": {"a": "2"},
    "output": {"a": "3"},
    "error": None,
    "latency_ms": 100.5,
    "start_time": "2026-11-01T10:00:00+00:00",
    "end_time": "2026-11-01T10:00:01+00:00",
    "trace_id": "c" * 32,
}
SCORE = {"name": "correct", "label": "no", "score": 0.0, "explanation": "two"}


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_a_run_of_a_phoenix_experiment_has_what_its_evaluators_said(tmp_path, kind) -> None:
    item: dict[str, Any] = dict(EXPERIMENT)
    if kind == "json":
        item["annotations"] = [SCORE]
    else:
        item |= {k: json.dumps(v) for k, v in item.items() if isinstance(v, dict)}
        item |= {f"annotation_correct_{k}": v for k, v in SCORE.items() if k != "name"}
    form, [made] = imported(in_file(tmp_path, item, kind))
    assert (form, made.run.tags) == ("experiment runs", ["experiment"])
    assert (made.run.input, made.run.output) == ({"q": "1+1"}, {"a": "3"})
    assert made.run.duration_ms == 100.5
    [score] = made.run.scores
    assert (score.name, score.value, score.label, score.explanation) == ("correct", 0, "no", "two")


def test_a_task_that_failed_is_a_run_that_failed(tmp_path) -> None:
    item = EXPERIMENT | {"output": None, "error": "ValueError: no"}
    _, [made] = imported(in_file(tmp_path, item, "json"))
    assert (made.run.status, made.run.output) == ("error", None)


@pytest.mark.parametrize(
    "item",
    [
        {"example_id": "RGF0", "input_q": "1+1", "output_a": "2", "metadata_level": "easy"},
    ],
)
def test_a_dataset_as_phoenix_downloads_it_becomes_good_runs(tmp_path, item) -> None:
    form, [made] = imported(in_file(tmp_path, item, "csv"))
    assert (form, made.run.input, made.run.output) == ("dataset examples", {"q": "1+1"}, {"a": "2"})


@pytest.mark.parametrize("ending", [[{"role": "assistant", "content": "2"}], None])
def test_a_conversation_to_train_with_is_asked_up_to_its_answer(tmp_path, ending) -> None:
    asked = [{"role": "user", "content": "1+1"}]
    item = {"messages": asked + ending} if ending else {"messages": asked, "ideal": "2"}
    _, [made] = imported(in_file(tmp_path, item, "json"))
    assert (made.run.input, made.run.output) == (asked, "2")
    assert made.run.verdict.state == "good"


def test_examples_that_are_numbered_in_each_file_are_runs_of_their_own(tmp_path) -> None:
    made = [
        imported(in_file(tmp_path, {"id": 1, "input": text, "output": text}, "json"))[1][0]
        for text in "ab"
    ]
    assert made[0].run.run_id != made[1].run.run_id


def test_feedback_of_langsmith_alone_finds_its_run(tmp_path) -> None:
    run = {"id": "a36092d2-4ad5-4fb4-9c0d-0dba9a2ed836", "run_type": "llm", "inputs": {}}
    run["trace_id"] = run["id"]
    said = {"id": "f", "run_id": run["id"], "trace_id": run["id"], "key": "quality", "score": 0.5}
    (tmp_path / "x.json").write_text(json.dumps([run, said]))
    form, [made] = imported(tmp_path / "x.json")
    assert (form, [(s.name, s.value) for s in made.run.scores]) == (
        "LangSmith runs",
        [("quality", 0.5)],
    )


def test_a_trace_that_langfuse_lists_lasts_as_long_as_it_says(tmp_path) -> None:
    trace = {"id": "t" * 8, "timestamp": "2026-11-01T10:00:00Z", "latency": 1.5, "name": "answer"}
    _, [made] = imported(in_file(tmp_path, trace, "json"))
    assert made.run.duration_ms == 1500


def test_langfuse_s_oldest_counts_of_tokens_are_read(tmp_path) -> None:
    seen = {"id": "o1", "traceId": "t1", "type": "GENERATION", "startTime": "2024-01-01T00:00:00Z"}
    item = seen | {"promptTokens": 24, "completionTokens": 9, "totalTokens": 33}
    _, [made] = imported(in_file(tmp_path, item, "json"))
    assert (made.run.input_tokens, made.run.output_tokens) == (24, 9)


def test_what_langsmith_s_command_line_writes_keeps_counts_costs_and_metadata(tmp_path) -> None:
    head = {"run_id": "1" * 32, "trace_id": "1" * 32, "name": "answer", "run_type": "chain"}
    answered = {"inputs": {"q": "hi"}, "outputs": {"output": "yo"}}
    call = head | {
        "run_id": "2" * 32,
        "parent_run_id": "1" * 32,
        "run_type": "llm",
        "name": "ChatOpenAI",
        "token_usage": {"prompt_tokens": 5, "completion_tokens": 6, "total_tokens": 11},
        "costs": {"total_cost": 0.5},
        "custom_metadata": {"ls_provider": "openai", "ls_model_name": "gpt-4o"},
        "tags": ["a"],
    }
    lines = [head | answered | {"parent_run_id": None}, call | answered]
    (tmp_path / "x.jsonl").write_text("\n".join(map(json.dumps, lines)))
    _, [made] = imported(tmp_path / "x.jsonl")
    [hop] = made.hops
    assert (hop.provider, hop.request_model, hop.input_tokens, hop.output_tokens, hop.cost_usd) == (
        *("openai", "gpt-4o"),
        *(5, 6, 0.5),
    )
    assert (made.run.name, made.run.complete, made.run.status) == ("answer", True, "ok")
