"""Answers of other tools' APIs as they were saved: pages, envelopes, bare spans; and wrong files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.conventions.rendering import normalised
from tests.conventions.test_headers import same_both_ways

from misstep.errors import DecodeError
from misstep_store.conventions import Normalised
from misstep_store.reader import RunQuery
from misstep_store.store import Store
from misstep_store.transfer import importing

TRACE = "5b8efff798038103d269b633813fc60c"


def phoenix(span_id: str) -> dict[str, Any]:
    return {
        "name": "ChatCompletion",
        "context": {"trace_id": TRACE, "span_id": span_id},
        "parent_id": None,
        "span_kind": "LLM",
        "start_time": "2026-11-23T15:00:00+00:00",
        "end_time": "2026-11-23T15:00:01+00:00",
        "status_code": "OK",
        "attributes": {"llm.model_name": "m", "input.value": "hi", "output.value": "yo"},
    }


def bare(span_id: str, *, camel: bool) -> dict[str, Any]:
    """A span of OTLP without resource and scope."""
    kind = {"key": "openinference.span.kind"}
    tokens = {"key": "llm.token_count.prompt"}
    text, number = ("stringValue", "intValue") if camel else ("string_value", "int_value")
    made: dict[str, Any] = {
        "trace_id": TRACE,
        "span_id": span_id,
        "name": "ChatCompletion",
        "kind": "INTERNAL",
        "start_time_unix_nano": "1700000000000000000",
        "end_time_unix_nano": 1700000001000000000,
        "attributes": [{**kind, "value": {text: "LLM"}}, {**tokens, "value": {number: 3}}],
        "status": {"code": "ERROR", "message": "boom"},
    }
    if camel:
        head = {"trace_id": "traceId", "span_id": "spanId"}
        times = {k: k.replace("_time_unix_nano", "TimeUnixNano") for k in made if "nano" in k}
        made = {(head | times).get(k, k): v for k, v in made.items()}
    return made


RUN = {"id": "11111111-2222-4222-8222-333333333333", "name": "ChatOpenAI", "run_type": "llm"}
BULK = {
    **RUN,
    "trace_id": RUN["id"],
    "inputs": json.dumps({"messages": [{"role": "user", "content": "hi"}]}),
    "outputs": json.dumps({"choices": [{"message": {"role": "assistant", "content": "yo"}}]}),
    "extra": json.dumps({"metadata": {"ls_provider": "openai", "session_id": "s-1"}}),
    "start_time": "2026-11-23T15:00:00",
}
TOLD = {"id": "t1", "timestamp": "2026-11-23T15:00:00Z", "sessionId": "s-1", "latency": 1}
SEEN = {"id": "o1", "traceId": "t1", "type": "GENERATION", "startTime": "2026-11-23T15:00:00Z"}
EXAMPLE = {"id": "1", "input": {"q": 1}, "output": {"a": 2}, "metadata": {}}


def imported(file: Path, content: Any) -> tuple[str, list[Normalised]]:
    text = content if isinstance(content, str) else json.dumps(content)
    file.write_text(text)
    found = importing.read_file(file)
    assert found.decoded.rejected == []
    return found.format, normalised(found.decoded.spans, found.decoded.logs)


PAGES = [{"data": [phoenix("a" * 16)], "next_cursor": "x"}, {"data": [phoenix("b" * 16)]}]


@pytest.mark.parametrize(
    ("content", "name", "hops"),
    [
        (PAGES, "Phoenix spans", 2),
        ("\n".join(json.dumps(p) for p in PAGES), "Phoenix spans", 2),
        (
            {"data": {"node": {"spans": {"edges": [{"node": phoenix("a" * 16)}]}}}},
            "Phoenix spans",
            1,
        ),
        ({"data": [bare("a" * 16, camel=False)], "next_cursor": None}, "OTLP spans", 1),
        ([bare("a" * 16, camel=True), bare("b" * 16, camel=True)], "OTLP spans", 2),
        ({"data": {"dataset_id": "d", "examples": [EXAMPLE]}}, "dataset examples", 0),
        ({"runs": [BULK], "cursors": {"next": None}}, "LangSmith runs", 1),
        ({"data": [TOLD], "meta": {"page": 1}}, "Langfuse traces", 1),
    ],
    ids=[
        "pages",
        "pages-by-line",
        "graph",
        "bare",
        "bare-camel",
        "dataset",
        "bulk",
        "langfuse",
    ],
)
def test_an_answer_of_an_api_is_read_whatever_lies_around_its_records(
    tmp_path, content, name, hops
) -> None:
    found, made = imported(tmp_path / "x.json", content)
    assert (found, len(made)) == (name, 1)
    assert len(made[0].hops) == hops or (hops == 0 and len(made[0].hops) <= 1)


def test_a_bare_span_keeps_its_attributes_and_its_failure(tmp_path) -> None:
    _, [made] = imported(tmp_path / "x.json", [bare("a" * 16, camel=False)])
    [hop] = made.hops
    assert (hop.kind, hop.input_tokens, hop.convention) == ("llm", 3, "openinference")
    assert hop.error is not None
    assert hop.error.message == "boom"


def test_a_bulk_export_of_langsmith_holds_json_in_its_columns(tmp_path) -> None:
    _, [made] = imported(tmp_path / "x.jsonl", json.dumps(BULK))
    [hop] = made.hops
    assert (hop.provider, hop.input, hop.output, made.run.session_id) == (
        "openai",
        "hi",
        "yo",
        "s-1",
    )


def test_langfuse_s_observations_beside_their_trace_are_one_run_with_it(tmp_path) -> None:
    _, [made] = imported(tmp_path / "x.json", [{**TOLD, "observations": ["o1"]}, SEEN])
    assert (len(made.hops), made.run.session_id) == (1, "s-1")


LISTED = {**TOLD, "name": "answer", "userId": "u-1", "observations": ["o1", "o2"]}
CALL = {
    **SEEN,
    "id": "o2",
    "parentObservationId": "o1",
    "name": "ask",
    "input": "hi",
    "output": "yo",
}
STEP = {**SEEN, "type": "SPAN", "name": "answer", "endTime": "2026-11-23T15:00:01Z"}


@pytest.mark.parametrize("order", [1, -1], ids=["list-first", "detail-first"])
@pytest.mark.parametrize(
    ("detail", "names"),
    [
        ([{**LISTED, "observations": [STEP, CALL]}], ["ask"]),
        ([STEP, CALL], ["ask"]),
        (
            [{**LISTED, "observations": [STEP, {**CALL, "parentObservationId": None}]}],
            ["answer", "ask"],
        ),
        ([STEP, {**CALL, "parentObservationId": None}], ["answer", "ask"]),
    ],
    ids=["trace", "observations", "several-tops", "several-observations"],
)
def test_what_langfuse_tells_of_a_trace_it_listed_is_in_the_place_of_the_list_s(
    tmp_path, order, detail, names
) -> None:
    told = []
    for number, content in enumerate([[LISTED], detail]):
        (tmp_path / f"{number}.json").write_text(json.dumps(content))
        told.append(importing.read_file(tmp_path / f"{number}.json").decoded.spans)
    assert same_both_ways([s for spans in told for s in spans])
    with Store.open(tmp_path / "t.duckdb") as store:
        for spans in told[::order]:
            store.ingest(spans)
            store.reader.refresh()
        [listed] = store.reader.runs(RunQuery()).runs
        made = store.reader.run(listed.run_id)
        for spans in told:
            assert store.ingest(spans).accepted == 0
        assert store.reader.run(listed.run_id) == made
    # The run itself is the one observation at the top, or else the trace.
    assert sorted(h.name for h in made.hops) == names
    assert (made.session_id, made.user_id, made.name) == ("s-1", "u-1", "answer")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[]", r"holds no records"),
        ('{"data": [], "meta": {}}', r"holds no records"),
        ('{"data": [{"id": 1}', r"is not whole JSON: line 1 is not JSON"),
        ('{"name": "x", "dependencies": {}}', r"is JSON, but neither OTLP nor Phoenix"),
        ("<html><body>404</body></html>", r"is neither OTLP protobuf, OTLP JSON"),
        ("id,name\n1,2\n", r"is neither OTLP protobuf, OTLP JSON"),
    ],
    ids=["empty", "empty-page", "half", "other-json", "html", "csv"],
)
def test_a_wrong_file_is_refused_in_one_sentence_that_says_what_it_is(
    tmp_path, content, told
) -> None:
    file = tmp_path / "x.json"
    file.write_text(content)
    with pytest.raises(DecodeError, match=told) as refused:
        importing.read_file(file)
    assert "\n" not in str(refused.value)
