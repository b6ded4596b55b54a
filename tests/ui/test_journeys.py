"""What people do in the browser, on the demo's runs: real Chromium, real server."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from .conftest import Screen, Served, Windows, screen

# As a pointer does it, in one go: what is drawn anew in between would lose the selection.
SELECT = """
node => {
  getSelection().selectAllChildren(node);
  node.dispatchEvent(new MouseEvent('mouseup', { bubbles: true, composed: true }));
}
"""
# Every title that the node had while nobody looked.
NOTED = """
node => {
  window.noted = [];
  const note = () => { const h2 = node.querySelector('h2'); if (h2) noted.push(h2.textContent); };
  new MutationObserver(note).observe(node, { childList: true, subtree: true, characterData: true });
}
"""

pytestmark = pytest.mark.browser


def failing(demo: Served, pipeline: str, origin: str) -> dict[str, Any]:
    """The failing run of a pipeline with that first bad hop."""
    return next(
        r
        for r in demo.runs(failed="true", pipeline=pipeline)
        if r["origin"] and r["origin"]["name"] == origin
    )


def silent(demo: Served) -> dict[str, Any]:
    """A run that failed silently: a total read a thousand times too small."""
    return next(
        r
        for r in demo.runs(failed="true", pipeline="invoice_processing", verdict="bad")
        if r["status"] == "ok"
    )


def replay(desk: Screen, demo: Served, run_id: str, more: str = "") -> Page:
    """The replay screen of a run, loaded to its end."""
    page = desk.open(demo, f"/replay?run={run_id}{more}")
    page.locator('.ms-root[data-part="flow"]').wait_for()
    return page


def hop_title(page: Page) -> Any:
    return page.locator(".right h2")


def test_a_failing_run_opens_at_its_first_bad_hop_without_a_click(
    desk: Screen, demo: Served
) -> None:
    run = silent(demo)
    page = replay(desk, demo, run["run_id"])
    expect(page.locator(".verdict h1")).to_contain_text("First bad hop: extract_fields")
    expect(hop_title(page)).to_contain_text("extract_fields")
    evidence = demo.get(f"/api/runs/{run['run_id']}/diagnosis")["suspects"][0]["evidence"][0]
    total = demo.get(f"/api/runs/{run['run_id']}")["hops"][1]["output"]["total"]
    expect(page.locator(".verdict .values")).to_contain_text(str(total))
    expect(page.locator(".verdict .values")).to_contain_text(evidence["expected"])
    expect(page.locator(".payload .wrong")).to_have_text(str(total))
    for locator in (page.locator(".verdict .values"), page.locator(".payload .wrong")):
        expect(locator).to_be_in_viewport()
    desk.watch.assert_clean()


def test_a_run_is_opened_from_the_list_whose_column_names_the_first_bad_hop(
    desk: Screen, demo: Served
) -> None:
    run = silent(demo)
    page = desk.open(demo, "/")
    row = page.locator(f'tr[data-run="{run["run_id"]}"]')
    expect(row).to_contain_text("● extract_fields suspected")
    row.get_by_role("button", name=f"Open run {run['run_id']}").click()
    expect(page.locator(".verdict h1")).to_contain_text("First bad hop: extract_fields")
    expect(page).to_have_url(re.compile(rf"/replay\?run={run['run_id']}"))
    desk.watch.assert_clean()


def test_a_wrong_value_leads_to_the_hop_that_wrote_it_in_one_click(
    desk: Screen, demo: Served
) -> None:
    run = silent(demo)
    hops = demo.get(f"/api/runs/{run['run_id']}")["hops"]
    later = next(h for h in hops if h["name"] == "convert_currency")
    page = replay(desk, demo, run["run_id"], f"&hop={later['hop_id']}")
    expect(hop_title(page)).to_contain_text("convert_currency")
    page.locator(".payload .from.tainted").first.click()
    expect(hop_title(page)).to_contain_text("extract_fields")


def test_whence_on_any_selected_text_names_where_it_first_appeared(
    desk: Screen, demo: Served
) -> None:
    run = silent(demo)
    hops = demo.get(f"/api/runs/{run['run_id']}")["hops"]
    last = next(h for h in hops if h["name"] == "check_policy")
    page = replay(desk, demo, run["run_id"], f"&hop={last['hop_id']}")
    expect(hop_title(page)).to_contain_text("check_policy")
    amount = page.locator(
        '.payload [data-path="input.entry.amount"], .payload [data-path$="amount"]'
    )
    amount.first.evaluate(SELECT)
    page.get_by_role("button", name="Whence does the selected text come").click()
    expect(page.locator(".whence .chain li").first).to_be_visible()
    expect(page.locator(".whence .chain")).to_contain_text("convert_currency")


def test_pressing_c_compares_with_the_good_run_at_the_first_difference(
    desk: Screen, demo: Served
) -> None:
    run = silent(demo)
    diff = demo.get(f"/api/runs/{run['run_id']}/diff")
    page = replay(desk, demo, run["run_id"])
    page.keyboard.press("c")
    first = page.locator(".pair.first")
    expect(first).to_be_in_viewport()
    expect(page.locator(".verdict h1")).to_contain_text(diff["first_divergence"]["field"])
    expect(first.locator("mark.a").first).to_be_visible()
    expect(page.locator("table.heads")).to_contain_text(diff["run_b"][:8])
    expect(page).to_have_url(re.compile(rf"a={run['run_id']}"))
    desk.watch.assert_clean()


def test_many_changed_settings_do_not_push_the_first_difference_out_of_sight(
    desk: Screen, demo: Served
) -> None:
    run = failing(demo, "research_report", "summarise_source#1")
    diff = demo.get(f"/api/runs/{run['run_id']}/diff")
    assert len(diff["changed_settings"]) > 4
    page = desk.open(demo, f"/compare?a={run['run_id']}")
    expect(page.locator(".pair.first")).to_be_in_viewport()
    expect(page.locator(".verdict h1")).to_be_in_viewport(ratio=1)
    page.get_by_text(re.compile(r"settings changed: summarise_source")).click()
    expect(page.get_by_text(diff["changed_settings"][-1]["field"], exact=True)).to_be_visible()
    desk.watch.assert_clean()


def test_a_deep_link_restores_run_hop_field_baseline_and_view(
    chromium: Windows, desk: Screen, demo: Served
) -> None:
    run = failing(demo, "research_report", "summarise_source#1")
    good = demo.runs(verdict="good", pipeline="research_report")[-1]["run_id"]
    page = replay(desk, demo, run["run_id"])
    for _ in range(3):
        page.keyboard.press("j")
    expect(hop_title(page)).to_contain_text("extract_facts")
    page.keyboard.press("v")
    page.get_by_label("Good run to compare with").select_option(good)
    leaf = page.locator('.leaf[data-path^="output."]').first
    path = leaf.get_attribute("data-path")
    leaf.click()
    expect(page).to_have_url(re.compile(r"field=output.*baseline=.*view=lanes"))
    with screen(chromium) as other:
        again = other.open(demo, page.url.removeprefix(demo.ui))
        expect(hop_title(again)).to_contain_text("extract_facts")
        expect(again.locator(".leaf.chosen")).to_have_attribute("data-path", path or "")
        expect(again.get_by_label("Good run to compare with")).to_have_value(good)
        expect(again.get_by_role("button", name="Lanes")).to_have_attribute("aria-pressed", "true")
        expect(again.locator(".whence input")).not_to_have_value("")


def test_everything_is_reached_by_keyboard_alone(desk: Screen, demo: Served) -> None:
    page = desk.open(demo, "/")
    page.locator("tr[data-run]").first.wait_for()
    page.keyboard.press("f")
    expect(page.get_by_role("button", name="Failing")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("tr[data-run]")).to_have_count(len(demo.runs(failed="true")))
    expect(page.locator("tr[data-run]:not(.fault)")).to_have_count(0)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.locator('.ms-root[data-part="flow"]').wait_for()
    page.locator(".right .trio").wait_for()
    origin = hop_title(page).inner_text()
    page.keyboard.press("k")
    expect(hop_title(page)).not_to_have_text(origin)
    page.keyboard.press("b")
    expect(hop_title(page)).to_have_text(origin)
    page.keyboard.press("]")
    expect(hop_title(page)).not_to_have_text(origin)
    page.keyboard.press("g")
    expect(page.locator(".good-run")).to_have_count(0)
    page.keyboard.press("v")
    page.keyboard.press("v")
    expect(page.get_by_role("img", name=re.compile("^Hops by data flow"))).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_have_count(0)
    page.keyboard.press("/")
    page.keyboard.type("finalise")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(hop_title(page)).to_contain_text("finalise")
    page.keyboard.press("w")
    desk.watch.assert_clean()


def test_play_walks_the_run_and_escape_shows_it_whole(desk: Screen, demo: Served) -> None:
    page = replay(desk, demo, silent(demo)["run_id"])
    page.locator(".right").evaluate(NOTED)
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Play the run hop by hop")).to_have_text("❚❚ Pause")
    page.wait_for_function("noted.some((title) => title.includes('retrieve_vendor'))")
    page.keyboard.press(" ")
    noted = page.evaluate("noted")
    first = next(at for at, title in enumerate(noted) if "ocr" in title)
    assert any("retrieve_vendor" in title for title in noted[first:])
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Play the run hop by hop")).to_have_text("▶ Play")


def test_the_timeline_speaks_to_a_screen_reader(desk: Screen, demo: Served) -> None:
    page = replay(desk, demo, silent(demo)["run_id"])
    options = page.get_by_role("listbox", name="Hops by time").get_by_role("option")
    expect(options).to_have_count(8)
    chosen = page.locator('[role="option"][aria-selected="true"]')
    expect(chosen).to_have_text(re.compile("extract_fields, llm .*, origin, "))


def test_the_context_strip_names_what_entered_what_left_and_what_was_kept(
    desk: Screen, demo: Served
) -> None:
    run = demo.runs(pipeline="support_desk", verdict="good")[0]
    hops = demo.get(f"/api/runs/{run['run_id']}")["hops"]
    draft = next(h for h in hops if h["name"] == "draft_answer")
    page = replay(desk, demo, run["run_id"], f"&hop={draft['hop_id']}")
    strip = page.get_by_label("Context from the hop before")
    expect(strip.locator(".change.in")).to_contain_text("← classify")
    expect(strip.locator(".change.out")).to_contain_text("left")
    expect(strip.locator(".change.same")).to_contain_text("kept")


def test_a_verdict_reads_on_a_phone(chromium: Windows, demo: Served) -> None:
    with screen(chromium, (390, 844)) as phone:
        page = phone.open(demo, f"/replay?run={silent(demo)['run_id']}")
        title = page.locator(".verdict h1")
        expect(title).to_contain_text("First bad hop: extract_fields")
        expect(title).to_be_in_viewport()
        expect(page.locator(".verdict .values")).to_be_in_viewport()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_unknown_run_is_answered_by_a_sentence(desk: Screen, demo: Served) -> None:
    page = desk.open(demo, f"/replay?run={'0' * 32}")
    expect(page.locator(".verdict h1")).to_have_text("There is no such run.")
