"""Health of misstep itself: what the store holds, what was refused or lost, and retention."""

from __future__ import annotations

from misstep_ui.components import mount


def page() -> None:
    """Totals, kept up to date while the page is open."""
    mount("health", key="health", data={})
