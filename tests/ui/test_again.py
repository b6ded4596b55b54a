"""Replay from here and Confirm: a pipeline executed again from the browser."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
    desk.open(allowed, "/?pipeline=invoice_processing")
    mark = page.get_by_text(f"replay of {run['run_id'][:8]}")
    expect(page.get_by_role("button", name="Replays")).to_have_attribute("aria-pressed", "false")
    expect(page.locator("table tbody tr").first).to_be_visible()
    expect(mark).to_have_count(0)
    page.get_by_role("button", name="Replays").click()
    expect(mark).to_be_visible()
    desk.watch.assert_clean()


@dataclass(frozen=True)
class Planted:
    """A faulty run of an example, and what a person types to have its origin confirmed."""

    pipeline: str
    wrong: str
    """A text of its outcome by which the run is found."""
    origin: str
    lasts: bool
    same_input: bool = False
    expect: str = ""
    mended: Callable[[Any], Any] | None = None
    """The right output of the origin, from what it gave."""


PLANTED = {
    "invoice-once": Planted("invoice_processing", "INV-2231", "extract_fields", lasts=False),
    "support-once": Planted(
        "support_desk", "13 days", "draft_answer", lasts=False, same_input=True
    ),
    "support-lasting": Planted(
        *("support_desk", "14 days", "retrieve"),
        lasts=True,
        expect="30 days",
        mended=lambda documents: [d for d in documents if not d["valid_until"]],
    ),
    "research-lasting": Planted(
        *("research_report", "Northvale contributed 0.1 %", "summarise_source#1"),
        lasts=True,
        mended=lambda told: told | {"text": told["text"].replace("thousand", "million")},
    ),
}


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED.keys())
def test_a_fault_of_each_example_is_confirmed_whether_it_came_once_or_stays(
    desk: Screen, allowed: Served, planted: Planted
) -> None:
    """All six are confirmed without a browser in ``tests/replay/test_examples.py``."""
    runs = allowed.runs(pipeline=planted.pipeline)
    wrong = [r for r in runs if r["origin"] and planted.wrong in json.dumps(r["output"])]
    run_id = next(r["run_id"] for r in wrong if not r["replay_of"])
    page = desk.open(allowed, f"/replay?run={run_id}")
    page.locator('.ms-root[data-part="flow"]').wait_for()
    page.get_by_role("button", name="Confirm").click()
    sheet = page.get_by_role("dialog", name="Confirm the origin by execution")
    if planted.same_input:
        twin = sheet.get_by_label("Good run").locator("option", has_text="the same input").first
        sheet.get_by_label("Good run").select_option(str(twin.get_attribute("value")))
    sheet.get_by_label("Expected text").fill(planted.expect)
    if planted.mended is not None:
        sheet.get_by_text("I know what a hop should have given").click()
        value = sheet.get_by_label("Right output of that hop")
        expect(value).not_to_have_value("")
        value.fill(json.dumps(planted.mended(json.loads(value.input_value()))))
    sheet.get_by_role("button", name="Execute").click()
    expect(sheet.locator(".trials li").first).to_be_visible(timeout=JOB_MS)
    expect(page.locator(".verdict")).to_contain_text("confirmed by execution", timeout=JOB_MS)
    expect(sheet).to_contain_text("persistent" if planted.lasts else "transient")
    (origin,) = allowed.get(f"/api/runs/{run_id}/diagnosis")["origins"]
    assert (origin["name"], origin["confirmed"]) == (planted.origin, True)
    desk.watch.assert_clean()


def test_another_prompt_is_tried_and_the_hops_are_seen_one_by_one(
    desk: Screen, allowed: Served
) -> None:
    run = slipped(allowed)
    page = desk.open(allowed, f"/replay?run={run['run_id']}")
    page.locator('.ms-root[data-part="flow"]').wait_for()
    page.get_by_role("button", name="Replay from here").click()
    sheet = page.get_by_role("dialog", name="Replay from extract_fields")
    prompt = sheet.get_by_label("System prompt of this hop")
    expect(prompt).to_have_value(re.compile("You extract the fields of an invoice"))
    prompt.fill(prompt.input_value() + " Mind the decimal comma.")
    sheet.get_by_role("button", name="Show the plan").click()
    expect(sheet).to_contain_text(re.compile(r"live: extract_fields"))
    sheet.get_by_role("button", name="Execute").click()
    arriving = sheet.get_by_label("Hops of this execution")
    expect(arriving).to_contain_text("✓ ocr served", timeout=JOB_MS)
    sheet.get_by_role("button", name="Open the new run").click(timeout=JOB_MS)
    page.locator('.ms-root[data-part="flow"]').wait_for()
    made = allowed.runs()[0]
    assert made["replay_of"] == run["run_id"] and made["output"]["amount_usd"] == 1787.6
    hops = allowed.get(f"/api/runs/{made['run_id']}")["hops"]
    system = next(h["system"] for h in hops if h["name"] == "extract_fields")
    assert system.endswith("Mind the decimal comma.")
    desk.watch.assert_clean()


def test_without_the_servers_leave_there_is_no_such_button(desk: Screen, demo: Served) -> None:
    page = desk.open(demo, f"/replay?run={slipped(demo)['run_id']}")
    page.locator('.ms-root[data-part="flow"]').wait_for()
    expect(page.get_by_role("button", name="Mark this run, hop or text")).to_be_visible()
    expect(page.get_by_role("button", name="Replay from here")).to_have_count(0)
    page.keyboard.press("r")
    expect(page.get_by_role("dialog")).to_have_count(0)
