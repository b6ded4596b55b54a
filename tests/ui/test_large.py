"""A run of ten thousand hops stays usable; how fast is written down (100,000: bench.ui)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from .conftest import Served, screen, serving
from .spans import Made, root, send

pytestmark = pytest.mark.browser

MEASURED = Path(__file__).parents[2] / "artifacts" / "ui-large.json"
BATCH = 10_001
HOPS = 10_000
FRAMES = """
async () => {
  const node = document.querySelector('[data-testid="stMain"]') && [...document.querySelectorAll('*')]
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


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An empty store of its own."""
    with serving(tmp_path_factory.mktemp("large") / "large.duckdb") as served:
        yield served


def fill_run(served: Served, run: int, hops: int) -> str:
    """A run of agents with calls inside; the last call fails."""
    start = time.time_ns()
    made = [root("long", length_ms=hops * 2.0)]
    for n in range(hops):
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
                error=("ValueError", "broken at the end") if n == hops - 1 else None,
            )
        )
    for i in range(0, len(made), BATCH):
        send(served.otlp, run, made[i : i + BATCH], start_nano=start)
    return run.to_bytes(16, "big").hex()


def test_a_long_run_is_walked_searched_and_seen_as_lanes(chromium: Browser, large: Served) -> None:
    run_id = fill_run(large, HOPS, HOPS)
    large.get(f"/api/runs/{run_id}/outline")
    with screen(chromium) as made:
        page = made.page
        begun = time.monotonic()
        made.open(large, f"/replay?run={run_id}")
        page.locator(".ms-root[data-part]").wait_for()
        shown_s = time.monotonic() - begun
        frame_ms = page.evaluate(FRAMES)
        begun = time.monotonic()
        page.keyboard.press("j")
        page.wait_for_url("**hop=**")
        selected_s = time.monotonic() - begun
        page.keyboard.press("v")
        expect(page.get_by_role("button", name="Lanes")).to_have_attribute("aria-pressed", "true")
        page.keyboard.press("v")
        page.keyboard.press("v")
        # Virtual rows: what a screen reader is given is a window, never an element a span.
        assert page.get_by_role("option").count() <= 101
        made.open(large, "/")
        begun = time.monotonic()
        page.locator(f'tr[data-run="{run_id}"]').wait_for()
        listed_s = time.monotonic() - begun
        assert not made.watch.failed
    note(HOPS, shown_s=shown_s, frame_ms=frame_ms, selected_s=selected_s, listed_s=listed_s)


def note(hops: int, **figures: float) -> None:
    """Keeps figures for people; nothing asserts on them."""
    MEASURED.parent.mkdir(parents=True, exist_ok=True)
    known = json.loads(MEASURED.read_text()) if MEASURED.exists() else {}
    known[str(hops)] = {name: round(value, 3) for name, value in figures.items()}
    MEASURED.write_text(json.dumps(known, indent=2))
