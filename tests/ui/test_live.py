"""Runs that arrive while they are looked at, with their gaps and clocks as recorded."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import expect

from .conftest import Screen, Served, serving
from .spans import Made, root, send

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A store of its own for what these tests send."""
    with serving(tmp_path_factory.mktemp("live") / "live.duckdb") as served:
        yield served


def test_a_run_appears_in_the_open_list_and_grows_in_the_open_replay(
    desk: Screen, live: Served
) -> None:
    page = desk.open(live, "/")
    expect(page.get_by_text("No runs yet")).to_be_visible()
    start = time.time_ns()
    first = Made(number=2, name="fetch", parent=1, input={"q": "a"}, output={"n": 12})
    run_id = send(live.otlp, 0xA1, [first], start_nano=start)
    row = page.locator(f'tr[data-run="{run_id}"]')
    expect(row).to_be_visible()
    page = desk.open(live, f"/replay?run={run_id}")
    options = page.get_by_role("listbox", name="Hops by time").get_by_role("option")
    expect(options).to_have_count(1)
    expect(page.locator(".right")).to_contain_text("waiting for its parent")
    second = Made(
        number=3, name="report", parent=1, start_ms=10, input={"n": 12}, output={"text": "12"}
    )
    send(live.otlp, 0xA1, [second], start_nano=start)
    expect(options).to_have_count(2)
    # What was being read stays: the selection does not move to what arrived.
    expect(page.locator(".right h2")).to_contain_text("fetch")
    send(live.otlp, 0xA1, [root("growing", length_ms=30)], start_nano=start)
    expect(page.locator(".verdict")).to_contain_text("growing")
    expect(page.locator(".right")).not_to_contain_text("waiting for its parent")
    desk.watch.assert_clean()


def test_the_place_that_is_read_stays_while_hops_arrive(desk: Screen, live: Served) -> None:
    start = time.time_ns()
    hops = [
        Made(number=n + 2, name=f"step_{n}", parent=1, start_ms=n * 10, output={"n": n})
        for n in range(121)
    ]
    run_id = send(live.otlp, 0xE5, hops[:120], start_nano=start)
    page = desk.open(live, f"/replay?run={run_id}")
    timeline = page.get_by_role("listbox", name="Hops by time")
    expect(timeline.get_by_role("option")).to_have_count(120)
    page.keyboard.press("/")
    page.keyboard.type("step_70")
    page.keyboard.press("Enter")
    expect(page.locator(".right h2")).to_contain_text("step_70")
    place = timeline.evaluate("node => node.scrollTop")
    assert place > 0
    send(live.otlp, 0xE5, [hops[120]], start_nano=start)
    expect(timeline.get_by_role("option")).to_have_count(121)
    assert timeline.evaluate("node => node.scrollTop") == place
    expect(page.locator(".right h2")).to_contain_text("step_70")
    desk.watch.assert_clean()


def test_the_list_follows_while_runs_keep_coming(desk: Screen, live: Served) -> None:
    page = desk.open(live, "/?pipeline=steady")
    enough = threading.Event()

    def stream() -> None:
        for number in range(2000):
            if enough.wait(0.1):
                return
            send(live.otlp, 0x500 + number, [root("steady"), Made(number=2, name="a", parent=1)])

    sender = threading.Thread(target=stream)
    sender.start()
    try:
        expect(page.locator("tr[data-run]").nth(5)).to_be_visible()
    finally:
        enough.set()
        sender.join()
    desk.watch.assert_clean()


def test_a_parent_that_never_came_and_a_skewed_clock_are_said_and_not_corrected(
    desk: Screen, live: Served
) -> None:
    hops = [
        root("gaps", length_ms=100),
        Made(number=2, name="outer", parent=1, start_ms=20, length_ms=50, kind="agent"),
        Made(number=3, name="early", parent=2, start_ms=-15, length_ms=10, output={"a": 1}),
        Made(number=4, name="lost", parent=99, start_ms=60, length_ms=10, output={"b": 2}),
    ]
    run_id = send(live.otlp, 0xB2, hops)
    page = desk.open(live, f"/replay?run={run_id}&hop={(4).to_bytes(8, 'big').hex()}")
    page.locator('.ms-root[data-part="flow"]').wait_for()
    expect(page.locator(".right")).to_contain_text("its parent never arrived")
    page.keyboard.press("/")
    page.keyboard.type("early")
    page.keyboard.press("Enter")
    expect(page.locator(".right")).to_contain_text("clock skew: starts 35 ms before the hop")
    recorded = httpx.get(f"{live.ui}/api/runs/{run_id}", timeout=60).json()["hops"]
    at = {h["name"]: h["offset_ms"] for h in recorded}
    assert at["outer"] - at["early"] == pytest.approx(35)


def test_the_views_by_session_and_user_lead_to_their_runs(desk: Screen, live: Served) -> None:
    for number, (session, user) in enumerate([("s-1", "ann"), ("s-1", "ann"), ("s-2", "bo")]):
        told = {"session.id": session, "user.id": user}
        send(
            live.otlp,
            0xC0 + number,
            [root("chat", more=told), Made(number=2, name="say", parent=1)],
        )
    page = desk.open(live, "/?by=session")
    first = page.locator("tbody tr", has_text="s-1")
    expect(first).to_contain_text("2")
    page.get_by_role("button", name="By user").click()
    page.get_by_role("button", name="Runs of user bo").click()
    expect(page.locator("tr[data-run]")).to_have_count(1)
    expect(page.locator("tr[data-run]")).to_contain_text("s-2")


def test_a_model_without_a_price_makes_every_total_at_least(desk: Screen, live: Served) -> None:
    def call(number: int, model: str) -> Made:
        told = {
            "gen_ai.request.model": model,
            "gen_ai.provider.name": "openai",
            "gen_ai.operation.name": "chat",
            "gen_ai.usage.input_tokens": 1000,
            "gen_ai.usage.output_tokens": 500,
        }
        return Made(number=number, name=f"call{number}", parent=1, kind="llm", more=told)

    calls = [root("priced"), call(2, "gpt-4o-mini"), call(3, "house-model-nobody-prices")]
    run_id = send(live.otlp, 0xD4, calls)
    page = desk.open(live, "/?pipeline=priced")
    expect(page.locator("tr[data-run]")).to_contain_text("at least $")
    page = desk.open(live, f"/replay?run={run_id}")
    expect(page.locator(".meta").last).to_contain_text("at least $")
    page = desk.open(live, "/cost?pipeline=priced")
    expect(page.locator(".tile").first).to_contain_text("at least $")
    expect(page.locator(".tile").first).to_contain_text("1,500 tokens have no known price")


def test_a_run_of_another_century_is_told_of_and_not_drawn(desk: Screen, live: Served) -> None:
    calls = [root("clocks"), Made(number=2, name="a", parent=1)]
    for number in range(3):
        send(live.otlp, 0xF00 + number, calls)
    send(live.otlp, 0xF10, calls, start_nano=1)
    page = desk.open(live, "/?pipeline=clocks")
    caption = page.locator(".history figcaption")
    expect(caption).to_contain_text("of 3 runs failing; 1 run outside, by a clock years off")
    expect(caption).not_to_contain_text("1970")
    desk.watch.assert_clean()
