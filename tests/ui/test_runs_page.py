"""The Runs page, marking, and the empty store, in real Chromium."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from .conftest import Screen, Served, Windows, screen, serving
from .test_journeys import SELECT

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def scratch(demo_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A copy of the demo's runs that tests may change."""
    store = tmp_path_factory.mktemp("scratch") / "runs.duckdb"
    shutil.copy(demo_store.with_name("demo-pristine.duckdb"), store)
    with serving(store) as served:
        yield served


def test_filters_are_the_servers_and_stand_in_the_address(desk: Screen, scratch: Served) -> None:
    page = desk.open(scratch, "/")
    rows = page.locator("tr[data-run]")
    expect(rows).to_have_count(len(scratch.runs()))
    page.get_by_label("pipeline", exact=True).select_option("support_desk")
    expect(rows).to_have_count(len(scratch.runs(pipeline="support_desk")))
    page.get_by_label("Verdict").select_option("bad")
    expect(rows).to_have_count(len(scratch.runs(pipeline="support_desk", verdict="bad")))
    page.get_by_label("Order").select_option("slowest")
    slowest = scratch.runs(pipeline="support_desk", verdict="bad", sort="slowest")
    expect(rows.first).to_have_attribute("data-run", slowest[0]["run_id"])
    expect(page).to_have_url(re.compile(r"verdict=bad.*pipeline=support_desk.*sort=slowest"))
    page.reload()
    expect(rows).to_have_count(len(slowest))
    search = page.get_by_label("Search runs")
    search.fill("no such text anywhere")
    search.press("Enter")
    expect(page.get_by_text("No run matches. Take a filter away.")).to_be_visible()
    desk.watch.assert_clean()


def test_the_picture_counts_the_runs_that_the_list_shows(desk: Screen, scratch: Served) -> None:
    own = scratch.runs(replays="false")
    again = {"traceId": "6" * 32, "spanId": "6" * 16, "name": "support_desk"}
    again |= {"startTimeUnixNano": "1790000000000000000", "endTimeUnixNano": "1790000000001000000"}
    told = {"misstep.role": "run", "misstep.replay_of": own[0]["run_id"]}
    again["attributes"] = [{"key": k, "value": {"stringValue": v}} for k, v in told.items()]
    sent = {"resourceSpans": [{"scopeSpans": [{"spans": [again]}]}]}
    httpx.post(f"{scratch.otlp}/v1/traces", json=sent, timeout=60).raise_for_status()
    page = desk.open(scratch, "/")
    rows, caption = page.locator("tr[data-run]"), page.locator("figure.history figcaption")
    expect(rows).to_have_count(len(own))
    expect(caption).to_contain_text(f"{len(own)} runs")
    page.get_by_role("button", name="Replays").click()
    expect(rows).to_have_count(len(own) + 1)
    expect(caption).to_contain_text(f"{len(own) + 1} runs")
    httpx.delete(f"{scratch.otlp}/api/runs/{'6' * 32}", timeout=60).raise_for_status()
    desk.watch.assert_clean()


def test_runs_that_called_a_model_are_told_from_what_else_a_service_does(
    desk: Screen, scratch: Served
) -> None:
    plain = {"traceId": "7" * 32, "spanId": "7" * 16, "name": "GET /health"}
    plain |= {"startTimeUnixNano": "1790000000000000000", "endTimeUnixNano": "1790000000001000000"}
    sent = {"resourceSpans": [{"scopeSpans": [{"spans": [plain]}]}]}
    httpx.post(f"{scratch.otlp}/v1/traces", json=sent, timeout=60).raise_for_status()
    everything = [r["run_id"] for r in scratch.runs()]
    (silent,) = [r["run_id"] for r in scratch.runs(calls="false")]
    assert silent == "7" * 32
    calling = [r["run_id"] for r in scratch.runs(calls="true")]
    assert calling == [r for r in everything if r != silent]
    page = desk.open(scratch, "/")
    rows, model = page.locator("tr[data-run]"), page.get_by_label("model", exact=True)
    expect(rows).to_have_count(len(everything))
    model.select_option("a model call")
    expect(rows).to_have_count(len(calling))
    expect(page).to_have_url(re.compile(r"calls=true"))
    page.reload()
    expect(rows).to_have_count(len(calling))
    assert model.evaluate("s => s.selectedOptions[0].text") == "a model call"
    model.select_option("any model or none")
    expect(rows).to_have_count(len(everything))
    httpx.delete(f"{scratch.otlp}/api/runs/{silent}", timeout=60).raise_for_status()
    desk.watch.assert_clean()


def test_the_page_s_name_typed_as_its_address_leads_there_with_its_filters(
    desk: Screen, scratch: Served
) -> None:
    page = desk.open(scratch, "/runs?pipeline=support_desk")
    expect(page.locator("tr[data-run]")).to_have_count(len(scratch.runs(pipeline="support_desk")))
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_ticked_runs_show_what_they_have_in_common_and_are_marked_at_once(
    desk: Screen, scratch: Served
) -> None:
    page = desk.open(scratch, "/?pipeline=invoice_processing&failed=true")
    rows = page.locator("tr[data-run]")
    rows.first.wait_for()
    for _ in range(rows.count()):
        page.keyboard.press("j")
        page.keyboard.press("x")
    page.keyboard.press("i")
    together = page.get_by_label("What the ticked runs have in common")
    first = together.locator("tbody tr", has_text="first bad hop")
    expect(first).to_contain_text("extract_fields")
    expect(first).to_contain_text("3 of 3")
    expect(first).to_contain_text("0 of 5")
    expect(first).to_contain_text("only here")
    expect(first).to_contain_text("1.8 %")
    together.get_by_text(re.compile("more that they share, as good runs do")).click()
    model = together.locator("tbody tr", has_text="model at summarise")
    expect(model).to_contain_text("5 of 5")
    expect(model).to_contain_text("× 1.0")
    page.get_by_role("button", name="Mark bad").click()
    expect(page.get_by_text("Marked 3 runs bad")).to_be_visible()
    verdicts = [r["verdict"] for r in scratch.runs(pipeline="invoice_processing", failed="true")]
    assert [(v["state"], v["by"]) for v in verdicts] == [("bad", "user")] * 3


def test_failing_runs_are_grouped_by_first_bad_hop_and_rule(desk: Screen, scratch: Served) -> None:
    page = desk.open(scratch, "/?by=fault")
    faults = scratch.get("/api/faults")["faults"]
    rows = page.locator("table.faults tbody tr")
    expect(rows).to_have_count(len(faults))
    assert sum(f["runs"] for f in faults) == len(scratch.runs(failed="true"))
    assert faults[0]["runs"] == sum(faults[0]["history"]) == 2
    expect(rows.first).to_contain_text("extract_fields")
    expect(rows.first).to_contain_text("number.misread")
    rows.first.locator("button").first.click()
    expect(page.locator("tr[data-run]")).to_have_count(2)
    expect(page).to_have_url(re.compile(r"origin=extract_fields&rule=number.misread"))
    page.get_by_role("button", name="Remove filter rule").click()
    wanted = len(scratch.runs(pipeline="invoice_processing", origin="extract_fields"))
    expect(page.locator("tr[data-run]")).to_have_count(wanted)
    desk.open(scratch, "/?by=fault")
    page.get_by_role("button", name=re.compile("Open the latest run with")).first.click()
    expect(page.locator(".verdict h1")).to_contain_text("First bad hop: extract_fields")
    desk.watch.assert_clean()


@pytest.mark.parametrize("path", ["/", "/?by=fault", "/compare", "/cost", "/health"])
def test_on_a_phone_no_list_scrolls_sideways(chromium: Windows, scratch: Served, path: str) -> None:
    with screen(chromium, (390, 844)) as phone:
        page = phone.open(scratch, path)
        page.locator("tbody tr").first.wait_for()
        wide = page.locator(".table").evaluate_all(
            "all => all.filter((t) => t.scrollWidth > t.clientWidth).map((t) => t.textContent)"
        )
        assert wide == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_two_ticked_runs_are_compared_the_failing_one_first(desk: Screen, scratch: Served) -> None:
    page = desk.open(scratch, "/?pipeline=support_desk")
    good = scratch.runs(pipeline="support_desk", verdict="good")[0]["run_id"]
    bad = scratch.runs(pipeline="support_desk", verdict="bad")[0]["run_id"]
    for run_id in (good, bad):
        page.get_by_label(f"Tick run {run_id}").check()
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.locator("table.heads")).to_contain_text(bad[:8])
    expect(page).to_have_url(re.compile(rf"a={bad}.*b={good}"))


def test_a_mark_with_note_score_and_tag_is_in_the_api_at_once(
    desk: Screen, scratch: Served
) -> None:
    run_id = scratch.runs(pipeline="research_report", verdict="good")[0]["run_id"]
    page = desk.open(scratch, f"/replay?run={run_id}")
    page.locator('.ms-root[data-part="flow"]').wait_for()
    page.keyboard.press("m")
    sheet = page.get_by_role("dialog", name="Mark this run")
    sheet.get_by_label("Who marks").fill("reviewer")
    sheet.get_by_label("Note").fill("the total is off")
    sheet.get_by_role("button", name="✕ Bad").click()
    expect(sheet.get_by_role("status")).to_have_text("Marked the run bad")
    assert scratch.get(f"/api/runs/{run_id}")["verdict"] == {
        "state": "bad",
        "by": "reviewer",
        "text": None,
        "note": "the total is off",
        "hop_id": None,
    }
    sheet.get_by_label("Score name").fill("accuracy")
    sheet.get_by_label("Score value").fill("0.25")
    sheet.get_by_role("button", name="Score").click()
    expect(sheet.get_by_role("status")).to_have_text("Scored accuracy = 0.25")
    sheet.get_by_label("New tag").fill("quarter end")
    sheet.get_by_label("New tag").press("Enter")
    expect(sheet.get_by_label("Remove tag quarter end")).to_be_visible()
    run = scratch.get(f"/api/runs/{run_id}")
    assert run["tags"] == ["quarter end"]
    assert [(s["name"], s["value"], s["by"]) for s in run["scores"]] == [
        ("accuracy", 0.25, "reviewer")
    ]
    expect(page.locator(".verdict .chips")).to_contain_text("accuracy 0.25 · reviewer")
    sheet.get_by_label("What is marked").select_option("hop")
    sheet.get_by_role("button", name="✓ Good").click()
    expect(sheet.get_by_role("status")).to_contain_text("good")
    assert scratch.get(f"/api/runs/{run_id}/marks")["marks"][0]["hop_id"]
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(page.get_by_label("Mark this run, hop or text")).to_have_text("Marked bad · reviewer")
    desk.watch.assert_clean()


def test_selected_text_is_marked_wrong(desk: Screen, scratch: Served) -> None:
    run_id = scratch.runs(pipeline="invoice_processing", verdict="good")[-1]["run_id"]
    page = desk.open(scratch, f"/replay?run={run_id}")
    page.locator('.ms-root[data-part="flow"]').wait_for()
    page.locator('.payload [data-path^="output"]').first.evaluate(SELECT)
    page.locator(".bubble").get_by_role("button", name="Mark…").click()
    sheet = page.get_by_role("dialog", name="Mark this run")
    sheet.get_by_role("button", name="✕ Bad").click()
    expect(sheet.get_by_role("status")).to_have_text("Marked the text bad")
    verdict = scratch.get(f"/api/runs/{run_id}")["verdict"]
    assert verdict["state"] == "bad"
    assert verdict["text"]
    assert verdict["hop_id"]


def test_a_run_is_deleted_only_after_a_second_word(desk: Screen, scratch: Served) -> None:
    run_id = scratch.runs(pipeline="support_desk", verdict="good")[-1]["run_id"]
    page = desk.open(scratch, f"/replay?run={run_id}")
    page.locator('.ms-root[data-part="flow"]').wait_for()
    page.keyboard.press("m")
    page.get_by_role("button", name="Delete this run…").click()
    page.get_by_role("button", name="Keep").click()
    assert scratch.get(f"/api/runs/{run_id}")["run_id"] == run_id
    page.get_by_role("button", name="Delete this run…").click()
    page.get_by_role("button", name="Delete for good").click()
    page.locator("tr[data-run]").first.wait_for()
    assert run_id not in {r["run_id"] for r in scratch.runs()}


def test_an_empty_store_shows_three_ways_to_a_first_trace(desk: Screen, tmp_path: Path) -> None:
    with serving(tmp_path / "empty.duckdb") as empty:
        page = desk.open(empty, "/")
        expect(page.locator(".way")).to_have_count(3)
        # The server's own address, whatever its port.
        for place in (f'endpoint="{empty.otlp}"', f"--endpoint {empty.otlp}", f"={empty.otlp}"):
            expect(page.get_by_text(place)).to_be_visible()
        for path in ("/replay", "/compare", "/cost", "/health"):
            desk.open(empty, path)
        desk.watch.assert_clean()
