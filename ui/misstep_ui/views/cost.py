"""Cost and latency: where money and time went, by hop, model, provider or pipeline."""

from __future__ import annotations

from misstep_ui.components import mount
from misstep_ui.state.address import follow, given, keep
from misstep_ui.views.runs import FILTERS

ADDRESS = (*FILTERS, "by", "order")


def page() -> None:
    """Sums over the runs that the filters choose."""
    result = mount("cost", key="cost", data={"filters": given(ADDRESS)})
    keep(ADDRESS, result["address"], of="cost")
    follow(result["go"])
