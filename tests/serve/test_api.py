"""Every route of the API over a real server: parameters, shapes, limits and errors."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from numbered_runs import START, one_run, serving_runs
from spoilt import CLIENT

from misstep.model import (
    Blame,
    Diagnosis,
    Diff,
    Lineage,
    Reach,
    Run,
    RunDetail,
    RunPage,
    Stats,
)
from misstep_store.otlp.decode import decode_logs, decode_traces
from misstep_store.otlp.spans import LogRecord
from misstep_store.serve.server import Server
from misstep_store.shapes.checkups import Checkup, PipelineCheckup

NOBODY = "f" * 32


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    path = tmp_path_factory.mktemp("api") / "t.duckdb"
    with serving_runs(path, range(1, 8), failed=7) as running:
        yield running


def get(server: Server, path: str, **parameters: Any) -> httpx.Response:
    return CLIENT.get(server.otlp_url + path, params=parameters, timeout=60)


def ids(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [int(run["run_id"], 16) for run in answer.json()["runs"]]


def iso(number: int) -> str:
    return datetime.fromtimestamp(START / 1e9 + number * 60, UTC).isoformat()


# --- listing --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, [7, 6, 5, 4, 3, 2, 1]),
        ({"limit": 2}, [7, 6]),
        ({"sort": "oldest"}, [1, 2, 3, 4, 5, 6, 7]),
        ({"sort": "slowest", "limit": 1}, [7]),
        ({"since": iso(6)}, [7, 6]),
        ({"until": iso(3)}, [2, 1]),
        ({"since": iso(2), "until": iso(4)}, [3, 2]),
        ({"status": "error"}, [7]),
        ({"verdict": "bad"}, [7]),
        ({"model": "gpt-4o-mini"}, [7, 5, 3, 1]),
        ({"model": "gpt-4o-mini-2024-07-18"}, [7, 5, 3, 1]),
        ({"service": "even"}, [6, 4, 2]),
        ({"session": "session-0"}, [6, 4, 2]),
        ({"user": "user-3"}, [3]),
        ({"text": "answer 4"}, [4]),
        ({"text": "ANSWER 4"}, [4]),
        ({"model": "gpt-4o-mini", "since": iso(4)}, [7, 5]),
        ({"model": ""}, [7, 6, 5, 4, 3, 2, 1]),
        ({"text": "100%_'\"\\"}, []),
        ({"tag": "none"}, []),
        ({"version": "9"}, []),
        ({"name": "no such name"}, []),
        ({"pipeline": "'; DROP TABLE runs; --"}, []),
    ],
    ids=lambda v: "-".join(v) or "all" if isinstance(v, dict) else "",
)
def test_the_listing_filters_by(server, parameters, expected) -> None:
    assert ids(get(server, "/api/runs", **parameters)) == expected


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 1001}, "limit"),
        ({"limit": "x"}, "limit"),
        ({"limit": "9" * 40}, "limit"),
        ({"sort": "random"}, "sort"),
        ({"verdict": "fine"}, "verdict"),
        ({"status": "500"}, "status"),
        ({"since": "yesterday"}, "since"),
        ({"until": "99999999999-01-01"}, "until"),
        ({"cursor": "not-a-cursor"}, "cursor"),
        ({"cursor": "W10="}, "cursor"),
        ({"colour": "red"}, "colour"),
    ],
    ids=lambda v: (
        "-".join(f"{k}={str(x)[:12]}" for k, x in v.items()) if isinstance(v, dict) else ""
    ),
)
def test_a_parameter_without_sense_is_named_in_one_sentence(server, parameters, named) -> None:
    answer = get(server, "/api/runs", **parameters)
    assert answer.status_code == 400
    assert list(answer.json()) == ["error"]
    assert named in answer.json()["error"] and "Traceback" not in answer.text


@pytest.mark.parametrize("sort", ["newest", "oldest", "slowest", "costliest"])
def test_pages_follow_each_other_without_gap_or_repetition(server, sort) -> None:
    whole = ids(get(server, "/api/runs", sort=sort))
    pages: list[int] = []
    cursor = ""
    for _ in range(10):
        answer = get(server, "/api/runs", sort=sort, limit=2, cursor=cursor)
        pages += ids(answer)
        cursor = answer.json()["next"]
        if cursor is None:
            break
    assert pages == whole


def test_a_cursor_holds_while_newer_runs_arrive(server) -> None:
    first = get(server, "/api/runs", limit=3, until=iso(8))
    server.store.ingest(one_run(9))
    try:
        rest = get(server, "/api/runs", limit=50, cursor=first.json()["next"])
        assert ids(first) + ids(rest) == [7, 6, 5, 4, 3, 2, 1]
    finally:
        CLIENT.delete(f"{server.otlp_url}/api/runs/{9:032x}")


# --- one run --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/api/runs", RunPage),
        (f"/api/runs/{5:032x}", RunDetail),
        (f"/api/runs/{5:032x}/diagnosis", Diagnosis),
        (f"/api/runs/{5:032x}/lineage", Lineage),
        (f"/api/runs/{5:032x}/blame?text=answer+5", Blame),
        (f"/api/runs/{5:032x}/reach?text=answer+5", Reach),
        (f"/api/runs/{5:032x}/diff/{4:032x}", Diff),
        (f"/api/runs/{5:032x}/doctor", Checkup),
        ("/api/doctor?pipeline=pipeline-1&limit=3", PipelineCheckup),
        ("/api/stats", Stats),
    ],
    ids=[
        "page",
        "run",
        "diagnosis",
        "lineage",
        "blame",
        "reach",
        "diff",
        "doctor",
        "pipeline",
        "stats",
    ],
)
def test_an_answer_has_exactly_its_shape(server, path, shape) -> None:
    answer = CLIENT.get(server.otlp_url + path, timeout=60)
    assert answer.status_code == 200, answer.text
    made = shape.model_validate_json(answer.content)
    assert json.loads(made.model_dump_json(by_alias=True)) == answer.json()


def test_a_run_carries_its_hops_and_leaves_payloads_out_when_asked(server) -> None:
    whole = get(server, f"/api/runs/{5:032x}").json()
    lean = get(server, f"/api/runs/{5:032x}", payloads="false").json()
    assert whole["hops"][-1]["output"] is not None
    assert all(h["input"] is h["output"] is None and not h["messages_in"] for h in lean["hops"])
    assert [h["hop_id"] for h in lean["hops"]] == [h["hop_id"] for h in whole["hops"]]
    assert whole["hop_count"] == len(whole["hops"])


def test_an_id_in_capitals_is_the_same_run(server) -> None:
    assert get(server, f"/api/runs/{10:032X}").status_code == 404
    server.store.ingest(one_run(10))
    try:
        assert get(server, f"/api/runs/{10:032X}").json()["run_id"] == f"{10:032x}"
    finally:
        assert CLIENT.delete(f"{server.otlp_url}/api/runs/{10:032X}").status_code == 200


_UNKNOWN = [
    ("GET", "", None),
    ("DELETE", "", None),
    ("GET", "/diagnosis", None),
    ("GET", "/lineage", None),
    ("GET", "/blame?text=x", None),
    ("GET", "/diff", None),
    ("GET", f"/diff/{1:032x}", None),
    ("GET", "/doctor", None),
    ("GET", "/otlp", None),
    ("POST", "/verdict", {"state": "good"}),
    ("POST", "/scores", {"name": "x", "value": 1}),
]


@pytest.mark.parametrize(("method", "path", "body"), _UNKNOWN, ids=[m + p for m, p, _ in _UNKNOWN])
@pytest.mark.parametrize("run_id", [NOBODY, "zz", "%00", "..%2f..%2fetc"])
def test_an_unknown_run_is_404_with_a_sentence(server, run_id, method, path, body) -> None:
    url = f"{server.otlp_url}/api/runs/{run_id}{path}"
    answer = CLIENT.request(method, url, json=body, timeout=60)
    assert answer.status_code == 404, answer.text
    assert list(answer.json()) == ["error"] and "Traceback" not in answer.text


def test_a_diff_against_an_unknown_run_is_404(server) -> None:
    assert get(server, f"/api/runs/{5:032x}/diff/{NOBODY}").status_code == 404


def test_a_diff_without_b_takes_the_nearest_good_run_or_says_that_there_is_none(server) -> None:
    lonely = get(server, f"/api/runs/{7:032x}/diff")
    assert lonely.status_code == 404 and "misstep mark" in lonely.json()["error"]
    url = f"{server.otlp_url}/api/runs/{4:032x}/verdict"
    assert CLIENT.post(url, json={"state": "good"}).status_code == 200
    found = get(server, f"/api/runs/{7:032x}/diff").json()
    assert (found["run_a"], found["run_b"]) == (f"{7:032x}", f"{4:032x}")
    assert found["reason"]


def test_the_doctor_of_a_pipeline_needs_its_name_and_a_limit_in_range(server) -> None:
    path = "/api/doctor"
    assert get(server, path).status_code == 400
    assert get(server, path, pipeline="nobody").status_code == 404
    for limit in ("0", "201", "-1", "x"):
        assert get(server, path, pipeline="pipeline-1", limit=limit).status_code == 400
    found = get(server, path, pipeline="pipeline-1", limit="2").json()
    assert len(found["run_ids"]) == 2 and found["claims"][0]["runs"] == 2


def test_blame_needs_a_text_and_a_known_hop(server) -> None:
    path = f"/api/runs/{5:032x}/blame"
    assert get(server, path).status_code == 400
    assert get(server, path, text="x" * 20_000).status_code == 400
    assert get(server, path, text="answer 5", hop="nowhere").status_code == 404
    found = get(server, path, text="answer 5", hop="chat").json()
    assert found["text"] == "answer 5" and found["chain"]


# --- judging --------------------------------------------------------------------------------


def test_a_verdict_answers_the_run_as_it_now_stands(server) -> None:
    url = f"{server.otlp_url}/api/runs/{2:032x}/verdict"
    body = {"state": "bad", "text": "answer", "hop_id": "b" * 16, "note": "wrong", "by": "user"}
    made = Run.model_validate(CLIENT.post(url, json=body).json())
    assert made.verdict.model_dump() == body
    assert 2 in ids(get(server, "/api/runs", verdict="bad"))
    assert CLIENT.post(url, json={"state": "unknown"}).json()["verdict"]["state"] == "unknown"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("verdict", b"{", 400),
        ("verdict", b"[]", 400),
        ("verdict", b'{"state": "fine"}', 400),
        ("verdict", b'{"state": "bad", "colour": 1}', 400),
        ("verdict", b'{"state": "bad", "hop_id": "0123456789abcdef"}', 404),
        ("verdict", b"[" * 100_000, 400),
        ("verdict", b'{"state": "bad", "note": "' + b"x" * 1_100_000 + b'"}', 400),
        ("scores", b'{"name": "x"}', 400),
        ("scores", b'{"name": "x", "value": "many"}', 400),
        ("scores", b'{"name": "x", "value": 1e999}', 400),
        ("scores", b'{"name": "", "value": 1}', 400),
        ("scores", b'{"name": "x", "value": 1, "hop_id": "nowhere"}', 404),
        ("scores", b"\xff\xfe", 400),
    ],
    ids=[
        "cut",
        "list",
        "state",
        "extra",
        "hop",
        "deep",
        "long",
        "no value",
        "text",
        "endless",
        "nameless",
        "hop2",
        "bytes",
    ],
)
def test_a_judgement_that_makes_no_sense_is_refused_in_a_sentence(
    server, path, body, status
) -> None:
    answer = CLIENT.post(f"{server.otlp_url}/api/runs/{3:032x}/{path}", content=body)
    assert answer.status_code == status, answer.text
    assert list(answer.json()) == ["error"] and "Traceback" not in answer.text


def test_a_score_answers_the_run_and_stands_on_its_hop(server) -> None:
    url = f"{server.otlp_url}/api/runs/{3:032x}/scores"
    made = CLIENT.post(
        url, json={"name": "faithful", "value": 0.25, "hop_id": "b" * 16, "by": "me"}
    )
    assert Run.model_validate(made.json()).scores[-1].value == 0.25
    hops = get(server, f"/api/runs/{3:032x}").json()["hops"]
    scored = next(h for h in hops if h["hop_id"] == "b" * 16)
    assert scored["scores"][-1]["name"] == "faithful" and scored["scores"][-1]["by"] == "me"


def test_a_deleted_run_is_gone_from_every_answer(server) -> None:
    server.store.ingest(one_run(8))
    url = f"{server.otlp_url}/api/runs/{8:032x}"
    before = get(server, "/api/stats").json()
    assert CLIENT.delete(url).json() == {"deleted": f"{8:032x}"}
    assert CLIENT.get(url).status_code == CLIENT.delete(url).status_code == 404
    assert 8 not in ids(get(server, "/api/runs"))
    after = get(server, "/api/stats").json()
    assert (after["runs"], after["spans"]) == (before["runs"] - 1, before["spans"] - 2)


# --- raw spans, ids, retention --------------------------------------------------------------


def test_the_raw_spans_come_back_as_they_arrived_in_either_encoding(server) -> None:
    spans = one_run(11)
    spans[0].attributes |= {"n": 2**60, "f": 0.1, "b": b"\0\1", "deep": {"a": [1, None, "x"]}}
    log = LogRecord(f"{11:032x}", "b" * 16, START, event_name="gen_ai.choice", body={"a": 1})
    server.store.ingest(spans, [log])
    path = f"/api/runs/{11:032x}/otlp"
    try:
        for accept, is_json in (("application/x-protobuf", False), ("application/json", True)):
            url = server.otlp_url + path
            traces = CLIENT.get(url, headers={"accept": accept})
            logs = CLIENT.get(url, params={"signal": "logs"}, headers={"accept": accept})
            assert decode_traces(traces.content, json=is_json).spans == spans
            assert decode_logs(logs.content, json=is_json).logs == [log]
        assert get(server, path, signal="metrics").status_code == 400
    finally:
        CLIENT.delete(f"{server.otlp_url}/api/runs/{11:032x}")


def test_a_run_is_found_by_how_its_id_begins(server) -> None:
    found = get(server, "/api/resolve", run=f"{5:032x}").json()
    assert found == {"run_ids": [f"{5:032x}"]}
    assert get(server, "/api/resolve", run="last").json() == {"run_ids": [f"{7:032x}"]}
    assert get(server, "/api/resolve", run="abcd").json() == {"run_ids": []}
    assert len(get(server, "/api/resolve", run="0000").json()["run_ids"]) == 7
    assert get(server, "/api/resolve").status_code == 400


def test_retention_refuses_a_policy_without_sense(server) -> None:
    url = f"{server.otlp_url}/api/retain"
    for body in ({}, {"days": -1}, {"days": 10, "failing_days": 1}, {"max_bytes": 0}, {"d": 1}):
        answer = CLIENT.post(url, json=body)
        assert answer.status_code == 400 and answer.json()["error"], body
    dry = CLIENT.post(url, json={"days": 1, "dry_run": True}).json()
    assert dry["removed_runs"] == 7 and dry["dry_run"] is True
    assert len(ids(get(server, "/api/runs"))) == 7


# --- the document and the ports -------------------------------------------------------------


def test_the_document_describes_every_route_and_every_described_route_answers(server) -> None:
    CLIENT.post(f"{server.otlp_url}/api/runs/{4:032x}/verdict", json={"state": "good"})
    described = get(server, "/api/openapi.json").json()
    for path, methods in described["paths"].items():
        made = path.replace("{run_id}", f"{7:032x}").replace("{other}", f"{4:032x}")
        made = made.replace("{hop_id}", "b" * 16)
        for method in ("get", "post", "delete", "put"):
            if path == "/api/events" or (method in methods and method == "delete"):
                continue
            answer = CLIENT.request(method, server.otlp_url + made, timeout=60)
            if method in methods:
                assert answer.status_code in (200, 400, 403, 404), (method, path, answer.text)
            else:
                assert answer.status_code == 405, (method, path)
                assert method.upper() not in answer.headers["allow"]


def test_the_document_names_every_filter_of_the_listing(server) -> None:
    described = get(server, "/api/openapi.json").json()
    names = {p["name"] for p in described["paths"]["/api/runs"]["get"]["parameters"]}
    fixed = "limit cursor since until sort verdict status model name service pipeline version"
    assert names >= {*fixed.split(), "session", "user", "tag", "text"}
    references = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(described)))
    assert references <= set(described["components"]["schemas"])


def test_an_unknown_path_and_a_wrong_method_are_answered_in_json(server) -> None:
    unknown = get(server, "/api/nothing")
    wrong = CLIENT.post(f"{server.otlp_url}/api/stats")
    assert (unknown.status_code, wrong.status_code) == (404, 405)
    assert unknown.json()["error"] and wrong.json()["error"]


def test_the_probes_answer_and_readiness_means_that_the_store_can_be_written(
    server, monkeypatch
) -> None:
    from misstep.errors import StoreError

    assert get(server, "/healthz").json()["status"] == "ok"
    assert get(server, "/readyz").json() == {"status": "ready"}

    def full() -> None:
        raise StoreError("no space left on device")

    monkeypatch.setattr(server.store, "check_writable", full)
    assert get(server, "/readyz").status_code == 503
    assert get(server, "/healthz").status_code == 200


def test_a_failure_inside_is_told_without_its_trace(server, monkeypatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail of /home/somebody")

    monkeypatch.setattr(server.store.reader, "stats", broken)
    answer = get(server, "/api/stats")
    assert answer.status_code == 503
    assert "secret" not in answer.text and "Traceback" not in answer.text
