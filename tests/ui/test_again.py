"""Replay from here and Confirm: a pipeline executed again from the browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from misstep_examples.models import URL_VARIABLE
from misstep_examples.provider import LocalProvider

from .conftest import Screen, Served, serving

pytestmark = pytest.mark.browser

JOB_MS = 120_000


@pytest.fixture(scope="module")
def allowed(
    demo_store: Path, demo_state: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """The demo's runs on a server that may execute them again, the provider beside it."""
    store = tmp_path_factory.mktemp("again") / "demo.duckdb"
    shutil.copy(demo_store.with_name("demo-pristine.duckdb"), store)
    with LocalProvider(latency=0) as provider:
        settings = {URL_VARIABLE: provider.url, "XDG_STATE_HOME": str(demo_state)}
        with serving(store, "--allow-replay", settings=settings) as served:
            yield served


def slipped(served: Served) -> dict[str, Any]:
    """The invoice read wrong once: its total was a thousand times too small."""
    runs = served.runs(pipeline="invoice_processing", verdict="bad")
    return next(r for r in runs if r["status"] == "ok" and not r["replay_of"])


def test_a_mended_output_is_replayed_and_compared_with_the_recorded_run(
    desk: Screen, allowed: Served
) -> None:
    run = slipped(allowed)
    page = desk.open(allowed, f"/replay?run={run['run_id']}")
    page.locator('.ms-root[data-part="flow"]').wait_for()
    page.get_by_role("button", name="Replay from here").click()
    sheet = page.get_by_role("dialog", name="Replay from extract_fields")
    execute = sheet.get_by_role("button", name="Execute")
    expect(execute).to_be_disabled()
    output = sheet.get_by_label("Output of this hop")
    output.fill(output.input_value().replace("1.64,", "1640.0,"))
    sheet.get_by_role("button", name="Show the plan").click()
    expect(sheet).to_contain_text("Replaced: extract_fields")
    expect(sheet).to_contain_text(re.compile(r"live: .*check_policy"))
    execute.click()
    sheet.get_by_role("button", name="Compare with the recorded run").click(timeout=JOB_MS)
    expect(page.get_by_text("A is a replay of the other")).to_be_visible()
    replays = [r for r in allowed.runs() if r["replay_of"] == run["run_id"]]
    assert len(replays) == 1
    expect(page.locator("table.heads")).to_contain_text(replays[0]["run_id"][:8])
    desk.watch.assert_clean()


def test_an_origin_is_confirmed_by_execution_with_its_trials_shown(
    desk: Screen, allowed: Served
) -> None:
    run = slipped(allowed)
    page = desk.open(allowed, f"/replay?run={run['run_id']}")
    page.locator('.ms-root[data-part="flow"]').wait_for()
    page.get_by_role("button", name="Confirm").click()
    sheet = page.get_by_role("dialog", name="Confirm the origin by execution")
    sheet.get_by_role("button", name="Execute").click()
    expect(sheet.locator(".trials li").first).to_be_visible(timeout=JOB_MS)
    expect(page.locator(".verdict")).to_contain_text("confirmed by execution", timeout=JOB_MS)
    assert allowed.get(f"/api/runs/{run['run_id']}/diagnosis")["origins"][0]["confirmed"] is True


def test_without_the_servers_leave_there_is_no_such_button(desk: Screen, demo: Served) -> None:
    page = desk.open(demo, f"/replay?run={slipped(demo)['run_id']}")
    page.locator('.ms-root[data-part="flow"]').wait_for()
    expect(page.get_by_role("button", name="Mark this run, hop or text")).to_be_visible()
    expect(page.get_by_role("button", name="Replay from here")).to_have_count(0)
    page.keyboard.press("r")
    expect(page.get_by_role("dialog")).to_have_count(0)
