"""Where a value ended, beside where it came from, and what the recordings of a pipeline can support."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from .conftest import Screen, Served, Windows, screen
from .test_journeys import SELECT, hop_title, replay, silent
from .test_screens import take

pytestmark = pytest.mark.browser


def wrong_total(demo: Served) -> tuple[dict[str, Any], dict[str, Any]]:
    """The run, and what its first bad hop put out."""
    run = silent(demo)
    hops = demo.get(f"/api/runs/{run['run_id']}")["hops"]
    output: dict[str, Any] = next(h for h in hops if h["name"] == "extract_fields")["output"]
    return run, output


def test_a_selected_value_shows_where_it_came_from_and_where_it_ended(
    desk: Screen, demo: Served
) -> None:
    run, output = wrong_total(demo)
    page = replay(desk, demo, run["run_id"])
    told = demo.get(f"/api/runs/{run['run_id']}/reach", text=str(output["total"]))
    page.locator(".payload .wrong").first.evaluate(SELECT)
    page.keyboard.press("w")
    back, on = page.get_by_label("Where it came from"), page.get_by_label("Where it went")
    expect(back).to_contain_text("extract_fields")
    expect(on).to_contain_text(told["explanation"][:40])
    names = {h["hop_id"]: h["name"] for h in demo.get(f"/api/runs/{run['run_id']}")["hops"]}
    for reached in {names[s["hop_id"]] for s in told["chain"] if s["hop_id"]}:
        expect(on.locator(".onward")).to_contain_text(reached)
    assert [e["how"] for e in told["ends"]] == ["absorbed"]
    expect(on.locator(".end.absorbed")).to_contain_text(told["ends"][0]["name"])
    later = on.locator(".onward button", has_text="convert_currency").first
    later.click()
    expect(hop_title(page)).to_contain_text("convert_currency")
    desk.watch.assert_clean()


def test_a_value_in_the_final_output_is_marked_as_having_reached_it(
    desk: Screen, demo: Served
) -> None:
    run, output = wrong_total(demo)
    page = replay(desk, demo, run["run_id"])
    page.get_by_label("Value to trace").fill(output["number"])
    page.keyboard.press("Enter")
    told = demo.get(f"/api/runs/{run['run_id']}/reach", text=output["number"])
    assert told["reaches_output"]
    end = page.get_by_label("Where it went").locator(".end.output")
    expect(end).to_contain_text("in the final output")
    desk.watch.assert_clean()


def test_a_value_that_stands_nowhere_has_no_end(desk: Screen, demo: Served) -> None:
    run, _ = wrong_total(demo)
    page = replay(desk, demo, run["run_id"])
    page.get_by_label("Value to trace").fill("no such value 918273")
    page.keyboard.press("Enter")
    on = page.get_by_label("Where it went")
    told = demo.get(f"/api/runs/{run['run_id']}/reach", text="no such value 918273")
    expect(on).to_contain_text(told["explanation"][:40])
    expect(on.locator(".end.output")).to_have_count(0)
    desk.watch.assert_clean()


def test_the_doctor_says_what_recordings_of_the_pipeline_support_and_what_each_gap_costs(
    desk: Screen, demo: Served
) -> None:
    run, _ = wrong_total(demo)
    page = replay(desk, demo, run["run_id"])
    page.keyboard.press("d")
    sheet = page.get_by_role("dialog")
    told = demo.get("/api/doctor", pipeline=run["pipeline"], limit=20)
    gaps = [c for c in told["claims"] if not c["supported"]]
    held = [c for c in told["claims"] if c["supported"]]
    assert gaps and held
    expect(sheet.locator(".gap")).to_have_count(len(gaps))
    for gap in gaps:
        box = sheet.locator(".gap", has_text=gap["claim"])
        expect(box).to_contain_text(f"{gap['supporting']} of {gap['runs']}")
        for word in ("missing", "costs", "mend"):
            expect(box).to_contain_text(gap[word])
    for claim in held:
        expect(sheet.locator(".held")).to_contain_text(claim["claim"])
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    page.get_by_role("button", name="Doctor").click()
    expect(sheet).to_be_visible()
    desk.watch.assert_clean()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_are_pictured(chromium: Windows, demo: Served, scheme: Any) -> None:
    run, output = wrong_total(demo)
    with screen(chromium, (1280, 800), scheme) as made:
        page = replay(made, demo, run["run_id"])
        page.get_by_label("Value to trace").fill(output["number"])
        page.keyboard.press("Enter")
        end = page.locator(".end.output")
        end.wait_for()
        page.locator(".whence").evaluate("node => node.scrollIntoView({ block: 'start' })")
        take(page, f"reach-{scheme}")
        page.locator("canvas").first.click(position={"x": 5, "y": 60})
        page.keyboard.press("d")
        page.locator(".gap").first.wait_for()
        take(page, f"doctor-{scheme}")
        made.watch.assert_clean()
