"""What verbs print: the API's shapes, hops and runs by what people call them, exit codes."""

from __future__ import annotations

import io
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from made_runs import one_run, run_id
from rich.console import Console

from misstep.model import Diagnosis, Hop, OriginRef, Run, RunDetail
from misstep_store.commands.common import money
from misstep_store.commands.diagnose import render
from misstep_store.commands.runs import _table
from misstep_store.otlp.spans import LogRecord
from misstep_store.serve.server import Server
from misstep_store.store import Store


@pytest.fixture
def served(store: Path) -> Iterator[Server]:
    with Server(store, otlp_port=0, grpc_port=None, ui_port=None) as server:
        yield server


def api(server: Server, path: str) -> Any:
    return httpx.get(server.otlp_url + path, timeout=60).json()


def test_json_is_exactly_what_the_api_answers(served, misstep) -> None:
    one, two = run_id(1), run_id(2)
    for number in range(1, 6):  # until then the answers still change
        api(served, f"/api/runs/{run_id(number)}/diagnosis")
    pairs: list[tuple[tuple[str, ...], str]] = [
        (("runs", "--limit", "3"), "/api/runs?limit=3"),
        (("runs", "--failed"), "/api/runs?failed=true&limit=20"),
        (("runs", "--calls"), "/api/runs?calls=true&limit=20"),
        (("show", one), f"/api/runs/{one}"),
        (("diagnose", run_id(4)), f"/api/runs/{run_id(4)}/diagnosis"),
        (("blame", one, "answer 1.1"), f"/api/runs/{one}/blame?text=answer+1.1"),
        (("diff", one, two), f"/api/runs/{one}/diff/{two}"),
        (("blame", one, "answer 1.1", "--forwards"), f"/api/runs/{one}/reach?text=answer+1.1"),
        (("doctor", one), f"/api/runs/{one}/doctor"),
        (("doctor", "--pipeline", "pipeline"), "/api/doctor?pipeline=pipeline"),
        (("stats",), "/api/stats"),
    ]
    for verb, path in pairs:
        told = misstep(*verb, "--store", served.path, "--json")
        assert json.loads(told.out) == api(served, path), verb
        assert told.err == ""


def test_the_doctor_of_a_pipeline_counts_and_mends(store, misstep) -> None:
    told = misstep("doctor", "--pipeline", "pipeline", "--limit", "2", "--store", store)
    assert told.code == 0 and "the latest 2 runs" in told.out
    assert "there are good runs to compare with" in told.out and "misstep mark RUN good" in told.out
    unknown = misstep("doctor", "--pipeline", "nobody", "--store", store)
    assert unknown.code == 2 and "no run of pipeline 'nobody'" in unknown.err
    both = misstep("doctor", "last", "--pipeline", "pipeline", "--store", store)
    assert both.code == 2 and "not both" in both.err


def test_a_value_is_followed_forwards_to_where_it_ended(store, misstep) -> None:
    told = misstep("blame", run_id(1), "question 1", "--forwards", "--store", store)
    assert told.code == 0 and "from: input" in told.out and "ended:" in told.out
    nowhere = misstep("blame", run_id(1), "zebra 99", "--forwards", "--store", store)
    assert nowhere.code == 0 and "stands nowhere" in nowhere.out


def test_marking_and_deleting_print_what_the_api_answers(served, misstep) -> None:
    one = run_id(1)
    marked = misstep("mark", one, "bad", "--text", "answer", "--store", served.path, "--json").json
    assert marked["run_id"] == one and marked["verdict"]["state"] == "bad"
    assert marked["verdict"] == api(served, f"/api/runs/{one}")["verdict"]
    gone = misstep("delete", one, "--yes", "--store", served.path, "--json").json
    assert gone == {"deleted": one}
    assert misstep("delete", one, "--yes", "--store", served.path).code == 2


@pytest.mark.parametrize("given", ["id", "id in capitals", "beginning", "last"])
def test_a_run_is_named_by_its_id_its_beginning_or_last(store, misstep, given) -> None:
    wanted = run_id(5)
    name = {"id": wanted, "id in capitals": wanted.upper(), "beginning": wanted[:9]}
    told = misstep("show", name.get(given, "last"), "--store", store, "--json")
    assert told.json["run_id"] == wanted


@pytest.mark.parametrize(
    ("given", "told"),
    [("abcd", "give more digits"), ("abc", "misstep runs"), ("f" * 32, "misstep runs")],
    ids=["several", "short", "unknown"],
)
def test_a_run_that_is_not_one_is_refused_in_a_sentence(store, misstep, given, told) -> None:
    ended = misstep("show", given, "--store", store)
    assert ended.code == 2 and told in ended.err and len(ended.err.splitlines()) == 1


def test_a_hop_is_named_by_its_id_its_name_or_its_number(store, misstep) -> None:
    hops = misstep("show", run_id(1), "--store", store, "--json").json["hops"]
    steps = [hop["hop_id"] for hop in hops if hop["name"] == "step"]
    assert len(steps) == 2
    for given, expected in ((steps[1], steps[1]), ("step#1", steps[0]), ("step#2", steps[1])):
        told = misstep("mark", run_id(1), "bad", "--hop", given, "--store", store, "--json")
        assert told.json["verdict"]["hop_id"] == expected
    for given, sentence in (("step", "step#1, step#2"), ("step#3", "its hops"), ("no", "its hops")):
        ended = misstep("mark", run_id(1), "bad", "--hop", given, "--store", store)
        assert ended.code == 2 and sentence in ended.err, ended.err


def test_a_good_run_and_equal_runs_end_with_0_and_a_difference_with_1(store, misstep) -> None:
    misstep("mark", run_id(1), "good", "--store", store)
    assert misstep("diagnose", run_id(1), "--store", store).code == 0
    assert misstep("diff", run_id(1), run_id(1), "--store", store).code == 0
    assert misstep("diff", run_id(1), run_id(4), "--store", store).code == 1


def test_a_diagnosis_in_words_has_a_line_for_the_verdict_each_suspect_and_what_is_missing(
    store, misstep
) -> None:
    told = misstep("diagnose", run_id(4), "--store", store)
    made = misstep("diagnose", run_id(4), "--store", store, "--json").json
    lines = [line.rstrip() for line in told.out.splitlines()]
    assert made["suspects"]
    assert lines[0] == made["verdict"] or lines[0].startswith("first bad hop: "), told.out
    for suspect in made["suspects"][:5]:
        assert f"{suspect['rank']}. {suspect['name']}" in lines, told.out
    for hop in misstep("show", run_id(4), "--store", store, "--json").json["hops"]:
        if made["verdict"] == "fault":
            assert any(line.strip().endswith(made["states"][hop["hop_id"]]) for line in lines)


def test_hops_of_one_name_are_told_apart_as_the_first_bad_one_is_named() -> None:
    hops = [Hop(hop_id=f"{n:016x}", name="read" if n < 3 else "write") for n in (1, 2, 3)]
    origin = OriginRef(hop_id=f"{2:016x}", name="read#2")
    states = {h.hop_id: "clean" for h in hops} | {f"{2:016x}": "origin"}
    made = Diagnosis(run_id=run_id(1), verdict="fault", origins=[origin], states=states)
    told = render(made, RunDetail(run_id=run_id(1), name="r", hops=hops)).plain
    assert [line.split()[1] for line in told.splitlines()[-3:]] == ["read#1", "read#2", "write"]


def test_a_narrow_terminal_lists_runs_with_their_first_bad_hop_whole(
    store, misstep, monkeypatch
) -> None:
    misstep("diagnose", run_id(4), "--store", store)
    monkeypatch.setenv("COLUMNS", "80")
    told = misstep("runs", "--store", store).out
    heading, *rows = told.splitlines()
    assert len(rows) == 5 and "first bad hop" in heading and "…" not in told, told
    assert "undecided" in told and run_id(4)[:12] in told


def test_a_run_is_one_line_of_a_wide_terminal_and_only_its_models_are_cut() -> None:
    run = Run(
        run_id="a" * 32,
        name="invoice",
        pipeline="invoice_processing",
        started_at="2026-01-02T03:04:05Z",
        models=[f"a-model-of-a-long-name-{n}" for n in range(4)],
    )
    out = Console(file=io.StringIO(), width=140)
    out.print(_table([run, run], out.width))
    _, *rows = out.file.getvalue().splitlines()
    assert len(rows) == 2
    for row in rows:
        assert "2026-01-02 03:04:05  invoice_processing" in row
        assert row.startswith("a" * 12 + " ") and row.count("…") == 1 and row.endswith("…")


@pytest.mark.parametrize(
    ("cost_usd", "unpriced", "told"),
    [
        (None, 0, "–"),
        (None, 7, "no price"),
        (0.0, 0, "$0.00"),
        (0.0000039, 0, "<$0.00001"),
        (0.0000075, 3, "≥ <$0.00001"),
        (0.00774, 0, "$0.00774"),
        (0.137, 0, "$0.137"),
        (7.01, 2, "≥ $7.01"),
    ],
)
def test_money_is_written_as_the_pages_write_it_and_never_as_nothing(
    cost_usd: float | None, unpriced: int, told: str
) -> None:
    assert money(cost_usd, unpriced) == told


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (("--limit", "2"), [5, 4]),
        (("--sort", "oldest"), [1, 2, 3, 4, 5]),
        (("--status", "error"), [4]),
        (("--failed",), [4]),
        (("--service", "service-1"), [5, 3, 1]),
        (("--text", "question 3"), [3]),
        (("--since", "1h"), []),
        (("--until", "2025-06-15T15:08:30Z"), [1]),
        (("--model", "none"), []),
    ],
    ids=lambda v: v[0].strip("-") if isinstance(v, tuple) else "",
)
def test_the_listing_takes_the_filters_of_the_api(store, misstep, filters, expected) -> None:
    found = misstep("runs", *filters, "--store", store, "--json").json["runs"]
    assert [run["run_id"] for run in found] == [run_id(number) for number in expected]


def test_text_of_a_trace_reaches_the_terminal_without_its_escapes(tmp_path, misstep) -> None:
    from misstep_store.store import Store

    path = tmp_path / "t.duckdb"
    with Store.open(path) as opened:
        spans = one_run(1)
        for span in spans:
            span.name = "\x1b]0;title\x07[red]x\u202e"
            span.attributes["misstep.output"] = json.dumps("\x1b[2Jgone\r\n[link=http://x]y")
        opened.ingest(spans)
    for verb in (("runs",), ("show", "last"), ("diagnose", "last"), ("blame", "last", "gone")):
        told = misstep(*verb, "--store", path)
        assert not {"\x1b", "\x07", "\r", "\u202e"} & set(told.out), verb
    assert "[red]x⟨U+202E⟩" in misstep("show", "last", "--store", path).out


def test_an_empty_store_says_what_records_into_it(tmp_path, misstep) -> None:
    path = tmp_path / "my runs.duckdb"
    Store.open(path).close()
    told = misstep("runs", "--store", path).out.replace("\n", " ")
    assert told.startswith("No runs yet. Try: misstep demo, or misstep run --store ")
    words = shlex.split(told)
    assert Path(words[words.index("--store") + 1]) == path


def test_every_verb_tells_hops_of_one_name_apart(store, misstep) -> None:
    one, two = run_id(1), run_id(2)
    shown = misstep("show", one, "--store", store).out
    assert "step#1  " in shown and "step#2  " in shown
    differing = misstep("diff", one, two, "--store", store).out
    assert "\nstep#1: " in differing and "\nstep#2: " in differing
    blamed = misstep("blame", one, "answer 1.2", "--store", store).out
    assert blamed.startswith("first appeared at: step#2\n") and "introduced by step#2:" in blamed
    assert "  step#2.output  answer 1.2" in blamed
    ended = misstep("blame", one, "answer 1.2", "--forwards", "--store", store).out
    assert ended.startswith("from: step#2\n")


def test_stats_say_that_log_records_are_searched_beside_spans(store, misstep) -> None:
    with Store.open(store) as opened:
        begun = LogRecord(trace_id=run_id(1), span_id="9" * 16, event_name="misstep.hop.start")
        opened.ingest([], [begun])
    told = misstep("stats", "--store", store).out
    beside = re.search(r"(\d+) spans and log records in it, (\d+) searched without it", told)
    assert beside and int(beside[1]) + int(beside[2]) > int(re.search(r"(\d+) spans, ", told)[1])


def test_stats_in_words_tell_retention_and_forwarding(store, misstep) -> None:
    misstep("retain", "--days", "1", "--store", store)
    with Server(
        store, otlp_port=0, grpc_port=None, ui_port=None, forward=["http://127.0.0.1:9"]
    ) as server:
        told = misstep("stats", "--store", server.otlp_url)
    assert "retention: runs removed: 5" in told.out
    assert "http://127.0.0.1:9: 0 requests sent, 0 waiting" in told.out
