"""Runs: what happened lately, what failed, and where it began."""

from __future__ import annotations

from misstep_ui.components import mount
from misstep_ui.state.address import follow, given, keep

FILTERS = (
    "text",
    "range",
    "since",
    "until",
    "failed",
    "calls",
    "verdict",
    "status",
    "service",
    "pipeline",
    "session",
    "user",
    "tag",
    "model",
    "version",
    "origin",
    "rule",
    "replays",
)
ADDRESS = (*FILTERS, "sort", "by")


def page() -> None:
    """The list of runs; it fetches its pages itself."""
    result = mount("runs", key="runs", data={"filters": given(ADDRESS)})
    keep(ADDRESS, result["address"], of="runs")
    follow(result["go"])
