"""Runs of ten thousand and a hundred thousand hops stay usable; how fast is written down."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from misstep_store.otlp.decode import decode_traces
from misstep_store.store import Store

from .conftest import Served, Windows, screen, serving
from .spans import MS, Made, request, root

pytestmark = pytest.mark.browser

MEASURED = Path(__file__).parents[2] / "artifacts" / "ui-large.json"
SMALL = 1_000
COPIES = {10_000: 10, 100_000: 100}
FRAMES = """
async () => {
  const node = [...document.querySelectorAll('*')]
    .map((n) => n.shadowRoot && n.shadowRoot.querySelector('.scroll')).find(Boolean);
  const times = [];
  for (let i = 0; i < 40; i++) {
    const start = performance.now();
    node.scrollTop = i * 331;
    node.dispatchEvent(new Event('scroll'));
    times.push(performance.now() - start);
    await new Promise(requestAnimationFrame);
  }
  times.sort((a, b) => a - b);
  return times[20];
}
"""
# The spans of a run once more, each time later and with ids of their own, in another trace. The store
# makes runs and hops of them as of any.
COPIED = """
INSERT INTO spans BY NAME
SELECT s.* REPLACE (
    $copy AS trace_id,
    CASE WHEN s.parent_span_id = '' THEN s.span_id
         ELSE format('{:06x}', n) || substr(s.span_id, 7) END AS span_id,
    CASE WHEN s.parent_span_id IN ('', $root) THEN s.parent_span_id
         ELSE format('{:06x}', n) || substr(s.parent_span_id, 7) END AS parent_span_id,
    s.start_unix_nano + n * $span_nano::BIGINT AS start_unix_nano,
    s.end_unix_nano + CASE WHEN s.parent_span_id = '' THEN $times - 1 ELSE n END * $span_nano::BIGINT
        AS end_unix_nano)
FROM spans s, range($times) AS t(n)
WHERE s.trace_id = $source AND (n = 0 OR s.parent_span_id <> '')
"""
INDEXED = """
INSERT INTO run_index BY NAME
SELECT i.* REPLACE (
    $copy AS trace_id, $times * (i.spans - 1) + 1 AS spans, $times * i.errors AS errors,
    i.last_start_unix_nano + ($times - 1) * $span_nano::BIGINT AS last_start_unix_nano,
    i.end_unix_nano + ($times - 1) * $span_nano::BIGINT AS end_unix_nano,
    (SELECT max(commit_number) + 1 FROM run_index) AS commit_number)
FROM run_index i WHERE i.trace_id = $source
"""


def small_run() -> list[Made]:
    """Agents with calls inside; the last call fails."""
    made = [root("long", length_ms=SMALL * 2.0)]
    for n in range(SMALL):
        agent = n % 20 == 0
        made.append(
            Made(
                number=n + 2,
                name="plan" if agent else f"call_{n % 7}",
                parent=1 if agent else n - n % 20 + 2,
                start_ms=n * 2.0,
                length_ms=39.0 if agent else 1.5,
                kind="agent" if agent else ("llm", "tool", "retriever")[n % 3],
                output={"n": n},
                error=("ValueError", "broken at the end") if n == SMALL - 1 else None,
            )
        )
    return made


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A thousand hops that came over OTLP, and longer runs copied from them in the store."""
    path = tmp_path_factory.mktemp("large") / "large.duckdb"
    source = SMALL.to_bytes(16, "big").hex()
    with Store.open(path) as store:
        store.ingest(decode_traces(request(SMALL, small_run()), json=False).spans)
        assert len(store.reader.overview.outline(source).hop_id) == SMALL
        with store.database.transaction() as connection:
            for hops, times in COPIES.items():
                told: dict[str, object] = {"copy": copy_id(hops), "source": source, "times": times}
                told["span_nano"] = SMALL * 2 * MS
                connection.execute(COPIED, told | {"root": (1).to_bytes(8, "big").hex()})
                connection.execute(INDEXED, told)
    with Store.open(path) as store:
        for hops in COPIES:
            assert len(store.reader.overview.outline(copy_id(hops)).hop_id) == hops
    with serving(path) as served:
        yield served


def copy_id(hops: int) -> str:
    return hops.to_bytes(16, "big").hex()


def opened(page: Page, large: Served, hops: int) -> dict[str, float]:
    """The run drawn, scrolled and walked; how long each took."""
    begun = time.monotonic()
    page.goto(f"{large.ui}/replay?run={copy_id(hops)}")
    page.locator(".ms-root[data-part]").wait_for()
    shown_s = time.monotonic() - begun
    frame_ms = page.evaluate(FRAMES)
    begun = time.monotonic()
    page.keyboard.press("j")
    page.wait_for_url("**hop=**")
    return {"shown_s": shown_s, "frame_ms": frame_ms, "selected_s": time.monotonic() - begun}


@pytest.mark.parametrize("hops", COPIES, ids=["10k", "100k"])
def test_a_long_run_is_walked_zoomed_and_seen_as_lanes_and_as_steps(
    chromium: Windows, large: Served, hops: int
) -> None:
    with screen(chromium) as made:
        page = made.page
        figures = opened(page, large, hops)
        timeline = page.get_by_role("listbox", name="Hops by time")
        # Virtual rows: what a screen reader is given is a window, never an element a span.
        expect(timeline.get_by_role("option")).to_have_count(101)
        expect(timeline.get_by_role("option").first).to_have_attribute("aria-setsize", str(hops))
        page.keyboard.press("z")
        expect(timeline).to_have_attribute("aria-description", re.compile("^Shown: "))
        page.keyboard.press("v")
        expect(page.get_by_role("button", name="Lanes")).to_have_attribute("aria-pressed", "true")
        page.keyboard.press("v")
        graph = page.get_by_role("img", name=re.compile("^Hops by data flow"))
        expect(graph).to_have_attribute("aria-label", re.compile(f"{hops:,} hops in 8 boxes"))
        page.keyboard.press("e")
        expect(graph).to_have_attribute("aria-label", re.compile(f"{hops:,} hops in 48 boxes"))
        expect(page.locator(".verdict h1")).to_contain_text(f"{hops:,} hops, not diagnosed yet")
        expect(page.get_by_role("button", name="Diagnose")).to_be_enabled()
        begun = time.monotonic()
        page.goto(large.ui)
        page.locator(f'tr[data-run="{copy_id(hops)}"]').wait_for()
        figures["listed_s"] = time.monotonic() - begun
        assert not made.watch.failed
    note(hops, figures)


def test_a_long_run_is_diagnosed_when_it_is_asked_for(chromium: Windows, large: Served) -> None:
    with screen(chromium) as made:
        page = made.page
        opened(page, large, 10_000)
        held: list[Any] = []  # how long it takes is not looked at
        page.route("**/diagnosis*", lambda r: r.continue_() if held else held.append(r))
        page.get_by_role("button", name="Diagnose").click()
        expect(page.locator(".verdict h1")).to_contain_text(re.compile(r"Diagnosing 10,000 hops"))
        held[0].continue_()
        expect(page.locator(".verdict h1")).not_to_contain_text("Diagnosing", timeout=240_000)
        told = large.get(f"/api/runs/{copy_id(10_000)}/diagnosis")
        assert told["verdict"] in ("fault", "undecided", "clean")
        assert len(told["states"]) == 10_000


def note(hops: int, figures: dict[str, float]) -> None:
    """Keeps figures for people; nothing asserts on them."""
    MEASURED.parent.mkdir(parents=True, exist_ok=True)
    known = json.loads(MEASURED.read_text()) if MEASURED.exists() else {}
    known[str(hops)] = {name: round(value, 3) for name, value in figures.items()}
    MEASURED.write_text(json.dumps(known, indent=2))
