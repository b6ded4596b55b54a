"""The main job with real processes: a pipeline fails silently, and every way of asking names the
hop where it first went wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from misstep.model import RunDetail
from misstep_examples.demo import scenarios
from misstep_store.finding import find_hop

PIPELINE = """
import json
import misstep
from misstep_examples.demo import run_scenarios
from misstep_examples.provider import LocalProvider

misstep.init(service="example")
with LocalProvider(latency=0) as provider:
    outcomes = run_scenarios(provider.url)
assert misstep.flush(timeout_s=60)
print(json.dumps({o.scenario.name: o.run_id for o in outcomes}))
"""
SILENT = [s for s in scenarios() if s.expected_state == "bad" and not s.loud]
ONE_EACH = list({s.name.split(":")[0]: s for s in SILENT}.values())


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, up: Any, home: Any) -> Iterator[Any]:
    """A server, and the ids of the runs an instrumented program left in it."""
    path = tmp_path_factory.mktemp("main") / "t.duckdb"
    with up(path) as server:
        ran = subprocess.run(
            [sys.executable, "-c", PIPELINE],
            env=home | {"OTEL_EXPORTER_OTLP_ENDPOINT": server.otlp},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        yield server, json.loads(ran.stdout.splitlines()[-1])


def expected(run: RunDetail, name: str) -> str:
    return find_hop(run.hops, name).hop_id


@pytest.mark.parametrize("scenario", SILENT, ids=[s.name for s in SILENT])
def test_the_api_names_the_origin_of_a_silent_failure(served, scenario) -> None:
    server, runs = served
    url = f"{server.otlp}/api/runs/{runs[scenario.name]}"
    made = httpx.get(f"{url}/diagnosis", timeout=60).json()
    run = RunDetail.model_validate_json(httpx.get(url, timeout=60).content)
    assert made["verdict"] == "fault", made["explanation"]
    origin = expected(run, scenario.expected_origin)
    assert [found["hop_id"] for found in made["origins"]] == [origin]
    assert [o.model_dump() for o in run.origins] == made["origins"]
    assert {hop.hop_id: hop.state for hop in run.hops}[origin] == "origin"


@pytest.mark.parametrize("scenario", ONE_EACH, ids=[s.name for s in ONE_EACH])
def test_the_command_line_names_the_same_origin_in_words_and_in_json(
    served, misstep, scenario
) -> None:
    server, runs = served
    run_id = runs[scenario.name]
    name = scenario.expected_origin.partition("#")[0]
    told = misstep("diagnose", run_id[:12], "--store", server.store)
    assert told.returncode == 1 and f"first bad hop: {name}" in told.stdout, told
    asked = misstep("diagnose", run_id, "--store", server.otlp, "--json")
    url = f"{server.otlp}/api/runs/{run_id}/diagnosis"
    assert json.loads(asked.stdout) == httpx.get(url, timeout=60).json()


def test_the_listing_of_failed_runs_holds_them_all_and_no_good_one(served, misstep) -> None:
    server, runs = served
    told = misstep("runs", "--failed", "--limit", 1000, "--store", server.store, "--json")
    failed = {run["run_id"]: run for run in json.loads(told.stdout)["runs"]}
    states = {s.name: s.expected_state for s in scenarios()}
    assert failed.keys() == {runs[name] for name, state in states.items() if state == "bad"}
    for scenario in SILENT:
        name = scenario.expected_origin.partition("#")[0]
        origins = failed[runs[scenario.name]]["origins"]
        assert [found["name"].partition("#")[0] for found in origins] == [name]
    assert server.errors == []


def test_no_good_run_is_blamed(served) -> None:
    server, runs = served
    for scenario in scenarios():
        if scenario.expected_state == "good":
            url = f"{server.otlp}/api/runs/{runs[scenario.name]}/diagnosis"
            made = httpx.get(url, timeout=60).json()
            assert (made["verdict"], made["origins"]) == ("clean", []), scenario.name
