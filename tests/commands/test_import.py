"""Import of traces that nobody here wrote."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from made_runs import one_run

from misstep.model import RunDetail
from misstep_store.commands.import_ import _Import
from misstep_store.otlp.encode import traces_request
from misstep_store.otlp.spans import Resource, Span
from misstep_store.reader import RunQuery
from misstep_store.serve.server import Server
from misstep_store.store import Store
from misstep_store.transfer.importing import read_file

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(
    not DATA.is_dir(), reason="the shared real-world data is not beside this checkout"
)


def runs_of(path: Path) -> list[RunDetail]:
    with Store.open(path) as opened:
        found = opened.reader.runs(RunQuery(limit=1000)).runs
        return [opened.reader.run(run.run_id) for run in found]


@pytest.mark.data
@needs_data
def test_real_agent_traces_show_as_runs_with_hops_models_tokens_and_texts(
    tmp_path, misstep
) -> None:
    path = tmp_path / "t.duckdb"
    files = sorted((DATA / "trail" / "gaia").glob("*.trace.json.gz"))[:8]
    told = misstep("import", *files, "--store", path, "--json")
    assert told.code == 0 and told.json["runs"] == 8 and told.json["rejected"] == 0, told.err
    for run in runs_of(path):
        calls = [hop for hop in run.hops if hop.kind == "llm" and hop.error is None]
        assert run.hop_count == len(run.hops) >= 3 and len(calls) >= 2
        assert run.models and run.input_tokens > 100 and run.output_tokens > 10
        assert run.input and run.output
        assert all(hop.request_model or hop.response_model for hop in calls)
        whole = [hop for hop in calls if hop.input is not None and hop.output is not None]
        assert len(whole) >= len(calls) - 1
    shown = misstep("show", "last", "--store", path)
    assert shown.code == 0 and "o3-mini" in shown.out


@pytest.mark.data
@needs_data
def test_recordings_of_other_instrumentations_show_as_hops_with_model_and_texts(
    tmp_path, misstep
) -> None:
    path = tmp_path / "t.duckdb"
    folders = [*(DATA / "otlp").glob("openinference-*"), *(DATA / "otlp").glob("otel-genai-*-span")]
    files = [file for folder in sorted(folders) for file in sorted(folder.glob("*.pb"))]
    told = misstep("import", *files, "--store", path, "--json")
    assert told.code == 0 and told.json["rejected"] == 0, told.err
    runs = runs_of(path)
    assert len(runs) == told.json["runs"] > 30
    calls = [hop for run in runs for hop in run.hops if hop.kind == "llm"]
    answered = [hop for hop in calls if hop.error is None]
    assert all(hop.request_model or hop.response_model for hop in calls)
    assert sum(1 for h in answered if h.messages_in and h.messages_out) >= 0.9 * len(answered)
    assert sum(1 for h in answered if h.input_tokens) >= 0.8 * len(answered)
    again = misstep("import", *files, "--store", path, "--json").json
    assert (again["runs"], again["spans"], again["skipped"]) == (0, 0, told.json["spans"])


def test_a_served_store_takes_the_same_and_counts_the_same(tmp_path, misstep) -> None:
    file, path = tmp_path / "a.pb", tmp_path / "t.duckdb"
    spans = [span for number in range(1, 4) for span in one_run(number)]
    file.write_bytes(traces_request(spans).SerializeToString())
    with Server(path, otlp_port=0, grpc_port=None, ui_port=None):
        first = misstep("import", file, "--store", path, "--json").json
        second = misstep("import", file, "--store", path, "--json").json
    assert first == {"runs": 3, "spans": 9, "skipped": 0, "rejected": 0}
    assert second == {"runs": 0, "spans": 0, "skipped": 9, "rejected": 0}
    assert len(runs_of(path)) == 3


def test_protobuf_that_begins_like_json_is_read_as_protobuf(tmp_path) -> None:
    """Its first group is 123 bytes long: a line break and an opening brace."""
    file = tmp_path / "a.pb"
    for length in range(200):
        span = Span("1" * 32, "2" * 16, "x" * length, resource=Resource({"a": "b"}))
        body = traces_request([span]).SerializeToString()
        if body[:2] == b"\n{":
            file.write_bytes(body)
            assert read_file(file).decoded.spans == [span]
            return
    raise AssertionError("no length gave such a body")


def test_lines_as_windows_writes_them_are_read(tmp_path) -> None:
    lines = [_otlp_line(f"{n:016x}") for n in (1, 2)]
    path = tmp_path / "traces.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + "".join(f"{line}\r\n" for line in lines).encode())
    parsed = read_file(path)
    assert [s.span_id for s in parsed.decoded.spans] == [f"{n:016x}" for n in (1, 2)]
    assert not parsed.decoded.rejected


def _otlp_line(span_id: str) -> str:
    span = {"traceId": "a" * 32, "spanId": span_id, "name": "x", "startTimeUnixNano": "1"}
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]})


def test_an_import_shows_how_far_it_is(tmp_path, misstep, monkeypatch) -> None:
    from rich.progress import Progress

    seen: list[float] = []
    advance = Progress.advance

    def noting(self: Progress, task: int, done: float = 1) -> None:
        seen.append(done)
        advance(self, task, done)  # type: ignore[arg-type]

    monkeypatch.setattr(Progress, "advance", noting)
    file = tmp_path / "a.pb"
    file.write_bytes(traces_request(one_run(1)).SerializeToString())
    assert misstep("import", file, "--store", tmp_path / "t.duckdb").code == 0
    assert sum(seen) == pytest.approx(file.stat().st_size)


def test_the_bar_moves_while_a_long_file_is_read(tmp_path) -> None:
    file = tmp_path / "long.jsonl"
    file.write_text("".join(f"{_otlp_line(f'{n:016x}')}\n" for n in range(1, 201)))
    seen: list[float] = []

    def store(spans: Sequence[Span], _: object) -> int:
        seen.append(0)
        return len(spans)

    _Import(store).take(file, seen.append)
    while_read = seen[: seen.index(0)]
    assert len(while_read) > 20 and all(done > 0 for done in while_read)
    assert sum(seen) == pytest.approx(file.stat().st_size)


def test_of_many_files_that_fail_alike_the_first_are_named(tmp_path, misstep) -> None:
    folder = tmp_path / "mixed"
    folder.mkdir()
    (folder / "a.pb").write_bytes(traces_request(one_run(1)).SerializeToString())
    for number in range(9):
        (folder / f"labels-{number}.json").write_text('{"errors": []}')
    done = misstep("import", folder, "--store", tmp_path / "t.duckdb")
    assert done.code == 2 and done.out.startswith("1 new run")
    *named, rest = done.err.splitlines()
    assert [Path(line.split()[1]).name for line in named] == [f"labels-{n}.json" for n in range(5)]
    assert "likewise 4 more files: each is JSON, but neither OTLP" in rest
