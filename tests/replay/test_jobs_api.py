"""The API that the UI replays and confirms through: plans, jobs, cancelling, and who may."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from misstep_examples import scans
from misstep_examples.invoice import process_invoice
from misstep_store.serve.server import Server


@pytest.fixture(scope="module")
def bad(bench: Any) -> str:
    """A run whose fields were read wrong once."""
    bench.provider.set_fault("invoice.decimal_comma", times=1)
    return bench.record(process_invoice, scans.ENGLISH_LABEL, "bad")


@pytest.fixture(scope="module")
def good(bench: Any, bad: str) -> str:
    """A good run on the same scan."""
    return bench.record(process_invoice, scans.ENGLISH_LABEL, "good")


@pytest.fixture(scope="module")
def bisected(bench: Any, bad: str, good: str) -> dict[str, Any]:
    """What a bisect of the bad run against the good one came to."""
    state: dict[str, Any] = bench.post(f"/api/runs/{bad}/bisect", {"good": good})
    return state


def test_the_settings_say_whether_this_server_executes(bench: Any) -> None:
    told = bench.api.get("/api/settings").json()
    assert told["allow_replay"] is True and told["store"] == str(bench.server.path)


def test_without_allow_replay_every_start_is_refused_in_one_sentence(tmp_path: Path) -> None:
    with Server(tmp_path / "t.duckdb", otlp_port=0, grpc_port=None, ui_port=None) as server:
        for path in ("replay/plan", "replay", "bisect"):
            answer = httpx.post(
                f"{server.otlp_url}/api/runs/{'a' * 32}/{path}", json={}, timeout=60
            )
            assert answer.status_code == 403
            assert "--allow-replay" in answer.json()["error"]
        assert (
            httpx.get(f"{server.otlp_url}/api/settings", timeout=60).json()["allow_replay"] is False
        )


def test_the_plan_names_what_is_served_live_and_answered_instead_of_repeated(
    bench: Any, bad: str
) -> None:
    body = {"set": {"extract_fields": {"total": 1}}}
    plan = bench.api.post(f"/api/runs/{bad}/replay/plan", json=body).json()
    assert plan["runnable"] is True and plan["why_not"] is None
    assert plan["entry"] == "misstep_examples.invoice:process_invoice"
    assert plan["substituted"] == ["extract_fields"]
    assert plan["live"][:2] == ["retrieve_vendor", "convert_currency"]
    assert plan["effects"] == ["post_ledger"]
    assert plan["estimated_cost_usd"] > 0


def test_a_replay_leaves_a_new_run_that_names_its_source_and_what_was_replaced(
    bench: Any, bad: str
) -> None:
    before = bench.run(bad)
    fields = next(h for h in before.hops if h.name == "extract_fields")
    mended = {**fields.output, "total": 1640.0}
    state = bench.post(f"/api/runs/{bad}/replay", {"set": {"extract_fields": mended}})
    assert state["state"] == "done" and state["divergence"] is None
    made = bench.run(state["result_run_id"])
    assert (made.replay_of, made.replay_fork) == (bad, fields.hop_id)
    assert made.replay_substituted == [fields.hop_id]
    assert made.output["amount_usd"] == 1787.60 and before.output["amount_usd"] != 1787.60
    assert bench.run(bad) == before


def test_a_bisect_confirms_the_transient_origin_and_the_run_shows_it(
    bench: Any, bad: str, good: str
) -> None:
    state = bench.post(f"/api/runs/{bad}/bisect", {})
    assert state["state"] == "done"
    (origin,) = state["diagnosis"]["origins"]
    assert (origin["name"], origin["confirmed"]) == ("extract_fields", True)
    assert "transient" in state["message"]
    assert [t["kind"] for t in state["trials"][:2]] == ["replay", "all_live"]
    assert state["trials"][1]["outcome"] == "good"
    shown = bench.run(bad)
    assert shown.origin is not None and shown.origin.confirmed
    assert shown.origin.name == "extract_fields"


def test_what_was_confirmed_survives_a_new_diagnosis(
    bench: Any, bad: str, bisected: dict[str, Any]
) -> None:
    bench.api.post(f"/api/runs/{bad}/verdict", json={"state": "bad", "text": "1.79"})
    again = bench.api.get(f"/api/runs/{bad}/diagnosis").json()
    assert again["origin"]["confirmed"] is True and again["trials"]


def test_states_after_a_confirmation_are_those_of_the_mended_run(
    bench: Any, bad: str, bisected: dict[str, Any]
) -> None:
    states, hops = bisected["diagnosis"]["states"], bench.run(bad).hops
    told = {h.name: states[h.hop_id] for h in hops}
    assert told["extract_fields"] == "origin"
    assert told["convert_currency"] in ("carried", "amplified")
    flipped = [t for t in bisected["trials"] if t["outcome"] == "good" and not t["control"]]
    mended = {h.name: h for h in bench.run(flipped[-1]["run_id"]).hops}
    for hop in hops[2:]:
        answered = hop.recording is not None and hop.recording.effect
        if hop.output == mended[hop.name].output and not answered:
            assert told[hop.name] in ("clean", "absorbed"), hop.name
    # Answered and not repeated: what it was given still tells.
    assert mended["post_ledger"].input != hops[-1].input
    assert told["post_ledger"] in ("carried", "amplified")


def test_a_bisect_that_confirms_nothing_says_that_the_earlier_confirmation_is_older(
    bench: Any, bad: str, good: str, bisected: dict[str, Any]
) -> None:
    later = bench.post(f"/api/runs/{bad}/bisect", {"good": good, "budget": 1})
    assert later["diagnosis"]["verdict"] == "undecided"
    kept = bench.api.get(f"/api/runs/{bad}/diagnosis").json()
    assert kept["origin"]["confirmed"] is True
    assert "older than the last bisect" in kept["explanation"]


def test_an_unknown_job_and_an_unknown_hop_get_a_sentence(bench: Any, bad: str) -> None:
    assert bench.api.get("/api/jobs/nothing").status_code == 404
    answer = bench.api.post(f"/api/runs/{bad}/replay", json={"from": "no_such_hop"})
    assert answer.status_code == 404 and "extract_fields" in answer.json()["error"]


def test_a_running_job_names_its_new_run_and_its_hops_as_they_begin_and_end(
    bench: Any, bad: str
) -> None:
    bench.provider.provider._latency = 20  # calls of seconds: it is looked at between two
    try:
        started = bench.api.post(f"/api/runs/{bad}/replay", json={"from": "extract_fields"})
        job = started.json()["job"]
        state = bench.wait(job, lambda s: s["hops_done"] >= 2)
        bench.provider.provider._latency = 0
        assert (state["state"], state["result_run_id"]) == ("running", None)
        assert state["hops"][0] == {"name": "ocr", "served": True, "done": True}
        assert {"name": "extract_fields", "served": False, "done": True} in state["hops"]
        ended = bench.wait(job)
    finally:
        bench.provider.provider._latency = 0
    assert ended["result_run_id"] == ended["new_run_id"] == state["new_run_id"]
    assert ended["hops_done"] == ended["hops_total"] == len(ended["hops"]) == 8
    assert all(h["done"] for h in ended["hops"])


def test_a_bisect_takes_the_right_output_of_a_hop_and_a_budget_in_money(
    bench: Any, bad: str
) -> None:
    fields = next(h.output for h in bench.run(bad).hops if h.name == "extract_fields")
    body = {"expect": "controller", "set": {"extract_fields": {**fields, "total": 1640.0}}}
    state = bench.post(f"/api/runs/{bad}/bisect", {**body, "budget_usd": 1.0, "trials": 2})
    assert "was replaced by the value you gave" in state["message"]
    assert "in 2 of 2 trials" in state["message"]
    state = bench.post(f"/api/runs/{bad}/bisect", {**body, "budget_usd": 0.0})
    assert state["diagnosis"]["verdict"] == "undecided" and "--budget-usd" in state["message"]


def test_a_cancelled_job_keeps_nothing_of_its_execution(bench: Any, bad: str) -> None:
    runs = bench.api.get("/api/runs").json()["runs"]
    bench.provider.provider._latency = 500.0
    try:
        started = bench.api.post(f"/api/runs/{bad}/replay", json={"from": "extract_fields"})
        job = started.json()["job"]
        bench.wait(job, lambda s: "extract_fields" in s["message"])
        bench.api.delete(f"/api/jobs/{job}")
        state = bench.wait(job)
    finally:
        bench.provider.provider._latency = 0
    assert state["state"] == "cancelled" and state["result_run_id"] is None
    now = bench.api.get("/api/runs").json()["runs"]
    assert [r["run_id"] for r in now] == [r["run_id"] for r in runs]


def test_a_trace_can_select_an_entry_but_never_add_one(
    bench: Any, bad: str, state_home: Path
) -> None:
    path = state_home / "misstep" / "registry.json"
    assert path.stat().st_mode & 0o777 == 0o600
    kept = path.read_text()
    path.write_text(json.dumps([e for e in json.loads(kept) if "invoice" not in e["key"]]))
    try:
        plan = bench.api.post(f"/api/runs/{bad}/replay/plan", json={}).json()
        refused = bench.api.post(f"/api/runs/{bad}/replay", json={})
    finally:
        path.write_text(kept)
    assert plan["runnable"] is False and "never ran on this machine" in plan["why_not"]
    assert refused.status_code == 400 and "never ran" in refused.json()["error"]
