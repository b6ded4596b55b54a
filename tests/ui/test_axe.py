"""Every page, light and dark, under axe-core: no violation, grave or small, in what is ours.

What axe says of Streamlit's own frame is kept in ``artifacts/axe-streamlit.json``.
"""

from __future__ import annotations

import importlib.resources
import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from .conftest import Served, Windows, screen

pytestmark = pytest.mark.browser

AXE = importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text()
KEPT = Path(__file__).parents[2] / "artifacts" / "axe-streamlit.json"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What the theme decides is looked at in both, the rest once.
RULES = {
    "light": {"type": "tag", "values": TAGS},
    "dark": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
RUN = """
async (rules) => {
  const asked = {runOnly: rules, resultTypes: ['violations']};
  const found = await axe.run(document, asked);
  const node = (n) => ({target: n.target, html: n.html.slice(0, 200), why: n.failureSummary});
  return found.violations.map((v) =>
    ({id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.map(node)}));
}
"""

# Streamlit fades what it is about to draw again, which has no contrast for that while.
STEADY = """
() => [...document.querySelectorAll('[data-testid="stElementContainer"]')].every(
  (e) => e.dataset.stale !== 'true' && getComputedStyle(e).opacity === '1')
"""


class Audit:
    """What axe found, ours and Streamlit's apart: ours is all below a shadow root."""

    def __init__(self, scheme: str) -> None:
        self.rules = RULES[scheme]
        self.ours: list[str] = []
        self.streamlits: dict[str, str] = {}
        self.pages = 0

    def look(self, page: Page, name: str) -> None:
        """Audits the page as it now stands."""
        if not page.evaluate("typeof axe === 'object'"):
            page.evaluate(AXE)
        page.wait_for_function(STEADY)
        self.pages += 1
        for violation in page.evaluate(RUN, self.rules):
            for node in violation["nodes"]:
                self._note(name, violation, node)

    def _note(self, name: str, violation: dict[str, Any], node: dict[str, Any]) -> None:
        if any(isinstance(part, list) for part in node["target"]):
            told = f"{name}: {violation['id']} ({violation['impact']}) {node['html']}"
            self.ours.append(f"{told} {node['why']}")
        else:
            self.streamlits[violation["id"]] = f"{violation['impact']}: {violation['help']}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_violates_a_rule_of_accessibility(
    chromium: Windows, demo: Served, scheme: Any
) -> None:
    audit = Audit(scheme)
    runs = demo.runs(failed="true", pipeline="invoice_processing", verdict="bad")
    run_id = next(r for r in runs if r["status"] == "ok")["run_id"]
    with screen(chromium, scheme=scheme) as made:
        page = made.open(demo, "/")
        page.locator("tr[data-run]").first.wait_for()
        page.get_by_label("Tick all shown runs").check()
        page.get_by_role("button", name="In common").click()
        page.locator(".together tbody tr").first.wait_for()
        audit.look(page, "runs")
        page.get_by_role("button", name="By fault").click()
        page.locator("table.faults").wait_for()
        audit.look(page, "faults")
        made.open(demo, f"/replay?run={run_id}")
        page.locator('.ms-root[data-part="flow"]').wait_for()
        page.locator(".right .trio").wait_for()
        page.keyboard.press("s")
        page.locator(".sums").wait_for()
        audit.look(page, "replay")
        for name in ("Lanes", "Data flow"):
            page.keyboard.press("v")
            page.get_by_role("button", name=name, pressed=True).wait_for()
            audit.look(page, name)
        for key, name in (("m", "Mark this run"), ("?", "Keys")):
            page.keyboard.press(key)
            page.get_by_role("dialog", name=name).wait_for()
            audit.look(page, name)
            page.keyboard.press("Escape")
            page.get_by_role("dialog").wait_for(state="detached")
        page.get_by_label("Value to trace").fill("INV-2231")
        page.keyboard.press("Enter")
        page.locator(".end.output").wait_for()
        page.get_by_role("button", name="Doctor").click()
        page.locator(".gap").first.wait_for()
        audit.look(page, "doctor")
        made.open(demo, f"/compare?a={run_id}")
        page.locator(".pair").first.wait_for()
        audit.look(page, "compare")
        for path, ready in (("cost", "td.share"), ("health", ".tile")):
            made.open(demo, f"/{path}")
            page.locator(ready).first.wait_for()
            audit.look(page, path)
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    if scheme == "light":
        KEPT.write_text(json.dumps(audit.streamlits, indent=2))
    assert audit.pages == 11
    assert not audit.ours, "\n".join(audit.ours)
