"""What the pages ask of the API, on the demo's runs."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import httpx
import pytest
from streamlit.file_util import get_static_dir

from misstep.errors import NotFound, UsageError
from misstep_store.reader import RunQuery
from misstep_store.serve.client import HttpReader

from .conftest import Served


def failing(demo: Served, pipeline: str) -> dict[str, object]:
    return next(r for r in demo.runs(failed="true", pipeline=pipeline))


def test_facets_name_the_values_runs_can_be_filtered_by(demo: Served) -> None:
    facets = demo.get("/api/facets")["facets"]
    # Other tests of this folder may have sent runs of their own.
    counted = Counter(r["pipeline"] for r in demo.runs() if r["pipeline"])
    assert counted.keys() >= {"invoice_processing", "support_desk", "research_report"}
    assert {f["value"]: f["runs"] for f in facets["pipeline"]} == counted
    assert facets["service"][0]["value"] == "misstep-demo"


def test_history_counts_every_chosen_run_once(demo: Served) -> None:
    history = demo.get("/api/history", buckets=30)
    assert sum(history["runs"]) == len(demo.runs())
    assert sum(history["failing"]) == len(demo.runs(failed="true"))
    chosen = demo.get("/api/history", buckets=5, pipeline="support_desk")
    assert sum(chosen["runs"]) == len(demo.runs(pipeline="support_desk"))
    assert demo.get("/api/history", pipeline="nobody")["runs"] == []


def test_spend_sums_to_the_totals_of_the_runs(demo: Served) -> None:
    total = sum(r["cost_usd"] or 0 for r in demo.runs())
    for by in ("hop", "model", "provider", "pipeline"):
        rows = demo.get("/api/spend", by=by)["rows"]
        assert sum(r["cost_usd"] or 0 for r in rows) == pytest.approx(total), by
    slowest = demo.get("/api/spend", by="hop", pipeline="invoice_processing")["rows"]
    assert {r["owner"] for r in slowest} == {"invoice_processing"}


def test_outline_holds_the_hops_of_a_run_without_payloads(demo: Served) -> None:
    run_id = failing(demo, "research_report")["run_id"]
    outline, run = demo.get(f"/api/runs/{run_id}/outline"), demo.get(f"/api/runs/{run_id}")
    assert outline["hop_id"] == [h["hop_id"] for h in run["hops"]]
    assert [outline["words"][n] for n in outline["name"]] == [h["name"] for h in run["hops"]]
    assert outline["run"]["run_id"] == run_id
    one = demo.get(f"/api/runs/{run_id}/hops/{outline['hop_id'][2]}")
    assert one == run["hops"][2]


def test_critical_path_ends_with_the_hop_that_ended_last(demo: Served) -> None:
    run_id = failing(demo, "research_report")["run_id"]
    latency, run = demo.get(f"/api/runs/{run_id}/latency"), demo.get(f"/api/runs/{run_id}")
    last = max(run["hops"], key=lambda h: h["offset_ms"] + h["duration_ms"])
    assert latency["critical_path"][-1] == last["hop_id"]
    assert 0 < latency["critical_ms"] <= run["duration_ms"] + 1
    listed = demo.get("/api/latency", runs=run_id)["runs"]
    assert [(r["run_id"], r["critical_ms"]) for r in listed] == [(run_id, latency["critical_ms"])]


def test_tags_and_marks_are_in_the_api_at_once_and_filter_runs(demo: Served) -> None:
    run_id = failing(demo, "support_desk")["run_id"]
    reader = HttpReader(demo.ui)
    try:
        assert "to look at" in reader.overview.tag(run_id, add=["to look at"], remove=[]).tags  # type: ignore[arg-type]
        assert [r.run_id for r in reader.runs(RunQuery(tag="to look at")).runs] == [run_id]
        assert reader.overview.facets().facets["tag"][0].value == "to look at"
        taken = reader.overview.tag(run_id, add=[], remove=["to look at"])  # type: ignore[arg-type]
        assert taken.tags == []
        hop = reader.overview.outline(run_id).hop_id[1]  # type: ignore[arg-type]
        before = reader.run(run_id, payloads=False).verdict  # type: ignore[arg-type]
        after = reader.mark(run_id, "good", hop_id=hop, note="fine here", by="reviewer")  # type: ignore[arg-type]
        assert after.verdict == before
        newest = reader.overview.marks(run_id).marks[0]  # type: ignore[arg-type]
        assert (newest.state, newest.note, newest.hop_id) == ("good", "fine here", hop)
        assert reader.overview.groups(RunQuery(), "session").groups == []
        with pytest.raises(NotFound, match="no run"):
            reader.overview.marks("0" * 32)
        with pytest.raises(UsageError, match="by must be"):
            reader.overview.spend(RunQuery(), "colour")  # type: ignore[arg-type]
    finally:
        reader.close()


def test_the_pages_scripts_come_whole_and_stay_in_the_browsers_cache(demo: Served) -> None:
    page = httpx.get(demo.ui + "/replay", headers={"accept": "text/html"}, timeout=60).text
    scripts = re.findall(r'href="(?:\./|/)(static/js/[^"]+)"', page)
    assert [s for s in scripts if "BidiComponent" in s]
    for path in scripts[:5]:
        answer = httpx.get(f"{demo.ui}/{path}", timeout=60)
        assert answer.status_code == 200
        assert answer.content == (Path(get_static_dir()) / path).read_bytes()
        assert "immutable" in answer.headers["cache-control"]
        assert "default-src 'self'" in answer.headers["content-security-policy"]
    outside = httpx.get(f"{demo.ui}/static/js/%2e%2e/%2e%2e/%2e%2e/file_util.py", timeout=60)
    assert "def get_static_dir" not in outside.text


def test_a_senseless_question_is_answered_by_one_sentence(demo: Served) -> None:
    for path in ("/api/history?buckets=many", "/api/groups?by=x", "/api/spend?colour=red"):
        answer = httpx.get(demo.ui + path, timeout=60)
        assert answer.status_code == 400, path
        assert "\n" not in answer.json()["error"]
