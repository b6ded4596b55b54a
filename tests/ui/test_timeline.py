"""The pointer on the timeline: what it rests on, stretches that are summed up, zoom and pan."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from .conftest import Screen, Served
from .spans import Made, send
from .test_journeys import replay, silent

pytestmark = pytest.mark.browser


def bars(page: Page) -> dict[str, float]:
    """The box of the timeline's canvas."""
    box = page.get_by_role("listbox", name="Hops by time").locator("canvas").bounding_box()
    assert box is not None
    return {"x": box["x"], "y": box["y"], "width": box["width"]}


def drag(page: Page, x: float, to: float, y: float) -> None:
    """From one part of the canvas' width to another."""
    at = bars(page)
    page.mouse.move(at["x"] + x * at["width"], at["y"] + y)
    page.mouse.down()
    page.mouse.move(at["x"] + to * at["width"], at["y"] + y, steps=4)
    page.mouse.up()


def hops(demo: Served, run: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = demo.get(f"/api/runs/{run['run_id']}")["hops"]
    return found


def test_what_the_pointer_rests_on_is_told_beside_it(desk: Screen, demo: Served) -> None:
    run = silent(demo)
    extract = next(h for h in hops(demo, run) if h["name"] == "extract_fields")
    page = replay(desk, demo, run["run_id"])
    at = bars(page)
    page.mouse.move(at["x"] + 60, at["y"] + 24 + 1.5 * 36)
    card = page.locator(".hover")
    expect(card).to_contain_text("extract_fields")
    expect(card).to_contain_text("● origin")
    expect(card).to_contain_text(f"{extract['input_tokens']} in")
    page.mouse.move(5, 5)
    expect(card).to_be_hidden()
    desk.watch.assert_clean()


def test_a_stretch_that_was_dragged_over_is_summed_up_and_zoomed_to(
    desk: Screen, demo: Served
) -> None:
    run = silent(demo)
    page = replay(desk, demo, run["run_id"])
    sums = page.locator(".sums")
    drag(page, 0.46, 0.999, 100)
    expect(sums).to_contain_text(f"{run['hop_count']} hops")
    expect(sums).to_contain_text(f"{run['input_tokens'] + run['output_tokens']} tokens")
    expect(sums).to_contain_text("gpt-4o-mini")
    drag(page, 0.5, 0.6, 100)
    expect(sums).not_to_contain_text(f"{run['hop_count']} hops")
    timeline = page.get_by_role("listbox", name="Hops by time")
    page.get_by_role("button", name="Zoom to it").click()
    expect(sums).to_be_hidden()
    expect(timeline).to_have_attribute("aria-description", re.compile("^Shown: "))
    desk.watch.assert_clean()


def test_the_wheel_zooms_and_a_drag_on_the_axis_moves_what_is_shown(
    desk: Screen, demo: Served
) -> None:
    page = replay(desk, demo, silent(demo)["run_id"])
    timeline, at = page.get_by_role("listbox", name="Hops by time"), bars(page)
    page.mouse.move(at["x"] + 0.7 * at["width"], at["y"] + 12)
    for _ in range(4):
        page.mouse.wheel(0, -120)
    expect(timeline).to_have_attribute("aria-description", re.compile("^Shown: "))
    before = timeline.get_attribute("aria-description") or ""
    drag(page, 0.6, 0.8, 12)
    expect(timeline).not_to_have_attribute("aria-description", before)
    expect(page.locator(".sums")).to_be_hidden()
    page.keyboard.press("0")
    expect(timeline).to_have_attribute("aria-description", "")


def test_by_keyboard_a_hops_time_is_summed_up_zoomed_to_and_left_again(
    desk: Screen, demo: Served
) -> None:
    run = silent(demo)
    extract = next(h for h in hops(demo, run) if h["name"] == "extract_fields")
    page = replay(desk, demo, run["run_id"])
    sums, timeline = page.locator(".sums"), page.get_by_role("listbox", name="Hops by time")
    page.keyboard.press("s")
    expect(sums).to_contain_text(f"{extract['input_tokens'] + extract['output_tokens']} tokens")
    page.keyboard.press("Escape")
    expect(sums).to_be_hidden()
    page.keyboard.press("z")
    expect(timeline).to_have_attribute("aria-description", re.compile("^Shown: "))


def test_what_should_have_been_read_is_shown_in_what_the_hop_received(
    desk: Screen, demo: Served
) -> None:
    run = silent(demo)
    first = demo.get(f"/api/runs/{run['run_id']}/diagnosis")["suspects"][0]["evidence"][0]
    page = replay(desk, demo, run["run_id"])
    expect(page.locator(".payload .source").first).to_have_text(first["quote"].split(" → ")[0])
    # The same hop in the good run is in view beside it.
    expect(page.locator(".good-run table")).to_be_in_viewport()


def test_steps_that_recorded_nothing_are_out_of_the_way_and_one_press_away(
    desk: Screen, demo: Served
) -> None:
    around = [Made(number=1, name="serve", role="run", length_ms=100, input="hi", output="yo")]
    inner = [
        Made(number=2, name="middleware", parent=1, length_ms=90),
        *(Made(number=3 + n, name=f"plumb {n}", parent=2, start_ms=n) for n in range(3)),
        Made(number=9, name="answer", parent=2, start_ms=10, input="hi", output="yo"),
    ]
    run_id = send(demo.otlp, 0x9177, [*around, *inner])
    page = replay(desk, demo, run_id)
    timeline = page.get_by_role("listbox", name="Hops by time")
    options = timeline.get_by_role("option", include_hidden=True)
    quiet = page.get_by_role("button", name=re.compile("^3 quiet hops"))
    expect(quiet).to_have_text("3 quiet hops hidden")
    expect(options).to_have_count(2)
    expect(page.get_by_role("heading", name=re.compile("^answer"), level=2)).to_be_visible()
    quiet.click()
    expect(quiet).to_have_attribute("aria-pressed", "true")
    expect(options).to_have_count(5)
    # What is asked for by name is shown, and hiding leaves a hop chosen that has a row.
    hidden = next(h for h in hops(demo, {"run_id": run_id}) if h["name"] == "plumb 1")
    page = desk.open(demo, f"/replay?run={run_id}&hop={hidden['hop_id']}")
    expect(page.get_by_role("option", name=re.compile("plumb 1"))).to_have_attribute(
        "aria-selected", "true"
    )
    quiet.click()
    expect(page.get_by_role("option", name=re.compile("answer"))).to_have_attribute(
        "aria-selected", "true"
    )
    desk.watch.assert_clean()


def test_a_run_that_changes_while_it_is_read_still_opens_where_it_should(
    desk: Screen, demo: Served
) -> None:
    spans = [
        Made(number=1, name="serve", role="run", length_ms=100, input="hi", output="yo"),
        Made(number=2, name="middleware", parent=1, length_ms=90),
        Made(number=3, name="answer", parent=2, start_ms=10, input="hi", output="yo"),
    ]
    run_id = send(demo.otlp, 0x9178, spans)
    held: list[Any] = []
    desk.page.route(
        "**/diagnosis*", lambda route: held.append(route) if not held else route.continue_()
    )
    page = desk.open(demo, f"/replay?run={run_id}")
    options = page.get_by_role("listbox", name="Hops by time").get_by_role(
        "option", include_hidden=True
    )
    expect(options).to_have_count(2)
    send(demo.otlp, 0x9178, [Made(number=4, name="late", parent=2, start_ms=50, input=1)])
    expect(options).to_have_count(3)
    held[0].continue_()
    expect(page.get_by_role("heading", name=re.compile("^answer"), level=2)).to_be_visible()
    desk.watch.assert_clean()


def test_hops_that_failed_in_a_run_that_nothing_speaks_against_are_a_press_away(
    desk: Screen, demo: Served
) -> None:
    spans = [Made(number=1, name="serve", role="run", length_ms=900, input="hi", output="yo")]
    for n in range(2, 90):
        wrong = ("ValueError", "boom") if n in (70, 80) else None
        spans.append(Made(number=n, name=f"step {n}", parent=1, start_ms=n, error=wrong))
    page = replay(desk, demo, send(demo.otlp, 0x9182, spans))
    page.get_by_role("button", name="2 hops failed, first step 70").click()
    expect(page.locator(".right h2")).to_contain_text("step 70")
    desk.watch.assert_clean()


def test_one_run_is_one_run(desk: Screen, demo: Served) -> None:
    spans = [Made(number=1, name="serve", role="run", input="hi", output="yo")]
    spans[0].more["misstep.pipeline"] = "of one run"
    send(demo.otlp, 0x9181, spans)
    page = desk.open(demo, "/?pipeline=of+one+run")
    expect(page.get_by_text("1 run, 0 with a first bad hop")).to_be_visible()
