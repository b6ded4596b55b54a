"""``python -m bench.ui [--out bench/results/ui.json] [--hops N …]``: the UI's figures, in Chromium.

Everything runs on this machine: a demo is recorded, served by ``misstep up``, and opened in a
headless Chromium. Figures are medians of ``--rounds`` with the versions and the machine beside
them; nothing fails on a figure.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.ui.serving import Served, fill_run, record_demo, serving
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WAIT_MS = 120_000
FRAMES = """
async () => {
  const shadow = [...document.querySelectorAll('*')].map((n) => n.shadowRoot).filter(Boolean);
  const node = shadow.map((s) => s.querySelector('.scroll')).find(Boolean);
  const times = [];
  for (let i = 0; i < 60; i++) {
    const start = performance.now();
    node.scrollTop = i * 331;
    node.dispatchEvent(new Event('scroll'));
    times.push(performance.now() - start);
    await new Promise(requestAnimationFrame);
  }
  times.sort((a, b) => a - b);
  return [times[30], times[58]];
}
"""


def main() -> int:
    """Measures and writes; the exit code is 0 whatever the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("bench/results/ui.json"))
    parser.add_argument("--hops", type=int, nargs="*", default=[10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="misstep-bench-ui-") as folder:
        results = measure(Path(folder), given.hops, given.rounds)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(results, indent=2) + "\n")
    print(json.dumps(results, indent=2))
    return 0


def measure(folder: Path, hops: list[int], rounds: int) -> dict[str, Any]:
    """All figures; U1 to U5 are the names of docs/ui.md."""
    store = folder / "demo.duckdb"
    record_demo(store)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        with serving(store) as demo:
            first = {"U1": origins(browser, demo), "U3": keyboard(browser, demo)}
        with serving(folder / "large.duckdb") as large:
            second: dict[str, Any] = {"U2_of_it_streamlit_s": shell(browser, large, rounds)}
            second["U2"] = [long_run(browser, large, n, rounds) for n in hops]
            second["U5"] = [listing(browser, large, rounds)]
        versions = {
            "chromium": browser.version,
            "streamlit": version("streamlit"),
            "duckdb": version("duckdb"),
            "python": platform.python_version(),
        }
        browser.close()
    machine = {"cpus": os.cpu_count(), "machine": platform.machine(), "load": os.getloadavg()[0]}
    return {**first, **second, "versions": versions, "machine": machine}


def opened(browser: Browser, served: Served, path: str) -> Page:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.set_default_timeout(WAIT_MS)
    page.goto(served.ui + path)
    page.locator(".ms-root").first.wait_for()
    return page


def origins(browser: Browser, demo: Served) -> dict[str, Any]:
    """U1: of the demo's failing runs, in how many origin and value are in view without a click."""
    runs = [r for r in demo.get("/api/runs?limit=100&failed=true")["runs"] if r["origins"]]
    seen = valued = 0
    for run in runs:
        page = opened(browser, demo, f"/replay?run={run['run_id']}")
        page.locator('.ms-root[data-part="flow"]').wait_for()
        title = page.locator(".verdict h1").inner_text()
        seen += run["origins"][0]["name"] in title
        valued += page.locator(".verdict .values, .payload .wrong").count() > 0
        page.close()
    return {"runs": len(runs), "origin_in_view": seen, "differing_value_in_view": valued}


def keyboard(browser: Browser, demo: Served) -> dict[str, Any]:
    """U3: from the list to the origin, the comparison and a hop's link, by keys alone."""
    page = opened(browser, demo, "/?failed=true")
    page.locator("tr[data-run]").first.wait_for()
    for key in ("j", "Enter"):
        page.keyboard.press(key)
    page.locator('.ms-root[data-part="flow"]').wait_for()
    page.keyboard.press("j")
    page.wait_for_url("**hop=**")
    title = page.locator(".right h2").inner_text()
    link = page.url.removeprefix(demo.ui)
    page.keyboard.press("c")
    page.locator(".pair").first.wait_for()
    again = opened(browser, demo, link)
    again.locator('.ms-root[data-part="flow"]').wait_for()
    restored = again.locator(".right h2").inner_text() == title
    return {"keys_to_origin": 2, "keys_to_comparison": 3, "deep_link_restored": restored}


def shell(browser: Browser, large: Served, rounds: int) -> float:
    """Until a page of ours without anything to show is there: what Streamlit itself takes, cold."""
    times = []
    for _ in range(rounds):
        begun = time.monotonic()
        page = opened(browser, large, "/health")
        times.append(time.monotonic() - begun)
        page.close()
    return statistics.median(times)


def long_run(browser: Browser, large: Served, hops: int, rounds: int) -> dict[str, Any]:
    """U2: until the timeline is drawn, a frame while scrolling, until Python knows the selection."""
    run_id = fill_run(large, hops)
    begun = time.monotonic()
    large.get(f"/api/runs/{run_id}/outline")
    outline_s = time.monotonic() - begun
    shown, frame, worst, lanes, selected = [], [], [], [], []
    for _ in range(rounds):
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(WAIT_MS)
        begun = time.monotonic()
        page.goto(f"{large.ui}/replay?run={run_id}")
        page.locator(".ms-root[data-part]").wait_for()
        shown.append(time.monotonic() - begun)
        middle, high = page.evaluate(FRAMES)
        frame.append(middle)
        worst.append(high)
        begun = time.monotonic()
        page.keyboard.press("j")
        page.wait_for_url("**hop=**")
        selected.append(time.monotonic() - begun)
        page.keyboard.press("v")
        lanes.append(page.evaluate(FRAMES)[0])
        page.close()
    return {
        "hops": hops,
        "interactive_s": statistics.median(shown),
        "outline_first_s": outline_s,
        "frame_ms": statistics.median(frame),
        "frame_p97_ms": statistics.median(worst),
        "frame_lanes_ms": statistics.median(lanes),
        "selection_in_python_s": statistics.median(selected),
    }


def listing(browser: Browser, large: Served, rounds: int) -> dict[str, Any]:
    """U5: the Runs page on a store that holds the long runs."""
    times = []
    for _ in range(rounds):
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        begun = time.monotonic()
        page.goto(large.ui)
        page.locator("tr[data-run]").first.wait_for(timeout=WAIT_MS)
        times.append(time.monotonic() - begun)
        page.close()
    return {"runs_page_s": statistics.median(times)}


if __name__ == "__main__":
    sys.exit(main())
