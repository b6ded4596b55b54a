"""Pictures of every page, light and dark, kept under artifacts/ to be looked at.

With ``MISSTEP_UPDATE_SCREENSHOTS=1`` (``make screenshots``) those of the docs are written anew.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from .conftest import Served, Windows, screen, serving

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
SCREENS = ROOT / "artifacts" / "screens"
IMAGES = ROOT / "docs" / "images"
DOCUMENTED = {
    "replay-light": "replay.png",
    "replay-dark": "replay-dark.png",
    "flow-dark": "data-flow.png",
    "runs-light": "runs.png",
    "compare-light": "compare.png",
    "cost-light": "cost.png",
    "faults-light": "faults.png",
    "lanes-light": "lanes.png",
}


@pytest.fixture(scope="module")
def pictured(demo_store: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demo's runs as recorded, whatever other tests did."""
    store = tmp_path_factory.mktemp("pictured") / "demo.duckdb"
    shutil.copy(demo_store.with_name("demo-pristine.duckdb"), store)
    with serving(store) as served:
        yield served


def take(page: Page, name: str) -> None:
    SCREENS.mkdir(parents=True, exist_ok=True)
    target = SCREENS / f"{name}.png"
    page.screenshot(path=target, animations="disabled", caret="hide")
    assert target.stat().st_size > 10_000
    if name in DOCUMENTED and os.environ.get("MISSTEP_UPDATE_SCREENSHOTS") == "1":
        IMAGES.mkdir(parents=True, exist_ok=True)
        shutil.copy(target, IMAGES / DOCUMENTED[name])


def silent(served: Served) -> str:
    """The invoice whose total was read a thousand times too small and marked bad later."""
    runs = served.runs(failed="true", pipeline="invoice_processing", verdict="bad")
    return str(next(r for r in runs if r["status"] == "ok")["run_id"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_pictured(chromium: Windows, pictured: Served, scheme: Any) -> None:
    run = silent(pictured)
    with screen(chromium, (1280, 800), scheme) as made:
        page = made.open(pictured, "/")
        page.locator(".critical", has_text="%").first.wait_for()
        take(page, f"runs-{scheme}")
        page.get_by_role("button", name="By fault").click()
        page.locator("table.faults").wait_for()
        take(page, f"faults-{scheme}")
        page = made.open(pictured, f"/replay?run={run}")
        page.locator('.ms-root[data-part="flow"]').wait_for()
        take(page, f"replay-{scheme}")
        page.keyboard.press("s")
        for view in ("lanes", "flow"):
            page.keyboard.press("v")
            take(page, f"{view}-{scheme}")
            page.keyboard.press("Escape")
        page.keyboard.press("m")
        take(page, f"mark-{scheme}")
        page.keyboard.press("Escape")
        made.open(pictured, f"/compare?a={run}")
        page.locator(".pair").first.wait_for()
        take(page, f"compare-{scheme}")
        for path, ready in (("cost", "td.share"), ("health", ".tile")):
            made.open(pictured, f"/{path}")
            page.locator(ready).first.wait_for()
            take(page, f"{path}-{scheme}")
        made.watch.assert_clean()


@pytest.mark.parametrize(("width", "height"), [(390, 844), (1920, 1080)], ids=["phone", "wide"])
def test_other_sizes_are_pictured(
    chromium: Windows, pictured: Served, width: int, height: int
) -> None:
    with screen(chromium, (width, height)) as made:
        page = made.open(pictured, f"/replay?run={silent(pictured)}")
        page.locator('.ms-root[data-part="flow"]').wait_for()
        take(page, f"replay-{width}")
        page = made.open(pictured, "/")
        page.locator("tr[data-run]").first.wait_for()
        take(page, f"runs-{width}")
